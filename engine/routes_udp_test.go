package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/store"
)

// udpRoute is one route of an announce to a udp tracker. announce returns the tracker's part of the answer: the peers,
// or its text.
type udpRoute struct {
	name     string
	announce func(t *testing.T, e *engine.Engine, tracker, path string, uploaded int) string
}

var udpRoutes = []udpRoute{
	{"datagrams through SOCKS5", func(t *testing.T, e *engine.Engine, tracker, path string, uploaded int) string {
		a := enginetest.Associate(t, addr(t, e))
		defer a.Close()
		a.Send(tracker, enginetest.UDPConnect(7))
		_, answer := a.Receive()
		if binary.BigEndian.Uint32(answer) == 0 {
			d := under(binary.BigEndian.Uint64(answer[8:]), enginetest.UDPAnnounce(uint32(8+uploaded), uint64(uploaded), 0))
			d = append(d[:98], append([]byte{2, byte(len(path))}, path...)...)
			a.Send(tracker, d)
			_, answer = a.Receive()
		}
		if binary.BigEndian.Uint32(answer) == 3 {
			return string(answer[8:])
		}
		return string(answer[20:])
	}},
	{"gateway", func(t *testing.T, e *engine.Engine, tracker, path string, uploaded int) string {
		c := enginetest.Dial(t, addr(t, e))
		defer c.Close()
		_, body := c.Ask(gatewayed("/announce/udp/"+tracker+path, fmt.Sprint(uploaded), ""))
		for _, mark := range []string{"14:failure reason", "5:peers"} {
			if _, rest, ok := strings.Cut(body, mark); ok {
				_, rest, _ = strings.Cut(rest, ":")
				return strings.TrimSuffix(rest, "e")
			}
		}
		return body
	}},
}

const udpPeers = "\x7f\x00\x00\x09\x1a\xe1"

// TestTotalsSentToUDPTrackersNeverFall by each route, if the passkey in their address changes, after a restart, and
// without the ledger; and their last answers are still cached when they are silent.
func TestTotalsSentToUDPTrackersNeverFall(t *testing.T) {
	for _, v := range udpRoutes {
		t.Run(v.name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			tr := enginetest.NewUDPTracker(t, nil)
			o := engine.Options{Folder: t.TempDir(), Multiplier: 3 * policy.One, Patience: enginetest.Hurried()}
			e := udpEngine(t, o)
			for i, step := range []struct {
				path               string
				uploaded, reported int
			}{{"/old", 0, 0}, {"/old", 1000, 3000}, {"/new", 1000, 3000}, {"/new", 1100, 3300}} {
				if got := v.announce(t, e, tr.Addr, step.path, step.uploaded); got != udpPeers {
					t.Fatalf("the client got %q, want %q", got, udpPeers)
				}
				if reported := reportedUDP(tr.AwaitAnnounces(t, i+1)[i]); reported != uint64(step.reported) {
					t.Errorf("%s: reported %d, want %d", step.path, reported, step.reported)
				}
			}
			enginetest.Eventually(t, "all exchanges are recorded", func() bool { return e.Snapshot().Seq == 4 })
			again := func(damage bool) {
				t.Helper()
				if err := e.Close(context.Background()); err != nil {
					t.Fatal(err)
				}
				if damage {
					if err := os.Remove(filepath.Join(o.Folder, store.LedgerFile)); err != nil {
						t.Fatal(err)
					}
				}
				e = enginetest.Engine(t, o)
			}
			again(true)
			if got := v.announce(t, e, tr.Addr, "/new", 1200); got != udpPeers || reportedUDP(tr.AwaitAnnounces(t, 5)[4]) != 3600 {
				t.Errorf("without the ledger the client got %q, and reported was %d; want 3600", got, reportedUDP(tr.Announces()[4]))
			}
			again(false)
			tr.Close()
			if got := v.announce(t, e, tr.Addr, "/new", 1300); got != udpPeers {
				t.Errorf("after a restart, with a silent tracker, the client got %q, want the cached answer", got)
			}
			if damaged, _ := filepath.Glob(filepath.Join(o.Folder, "*.damaged-*")); len(damaged) != 0 {
				t.Errorf("files set aside as damaged: %v, want none", damaged)
			}
		})
	}
}

// TestAUDPTrackersErrorReachesTheClient by each route, also those in the answer to a connect.
func TestAUDPTrackersErrorReachesTheClient(t *testing.T) {
	for _, refused := range []uint32{0, 1} {
		for _, v := range udpRoutes {
			t.Run(fmt.Sprint(v.name, ", action ", refused), func(t *testing.T) {
				enginetest.CheckGoroutines(t)
				tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
					if binary.BigEndian.Uint32(d[8:]) != refused {
						return enginetest.AnswerUDP(d)
					}
					return append(append([]byte{0, 0, 0, 3}, bytes.Clone(d[12:16])...), "you are banned"...)
				})
				e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Hurried()})
				if got := v.announce(t, e, tr.Addr, "/a", 0); !strings.HasSuffix(got, "you are banned") || strings.Contains(got, "BittOratio") {
					t.Errorf("the client got %q", got)
				}
			})
		}
	}
}
