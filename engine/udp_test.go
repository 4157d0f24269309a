package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
)

// associateRefused requests datagrams through SOCKS5, and returns what arrives until the connection ends.
func associateRefused(t *testing.T, proxy string) string {
	t.Helper()
	c := enginetest.Dial(t, proxy)
	c.Send("\x05\x01\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00")
	return c.Rest()
}

// refusedUDP is the answer to the greeting, and "command not supported".
const refusedUDP = "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"

// TestDatagramsAreRefusedUntilTheUserAllowsThem, because libtorrent stops using µTP if they are allowed. The activity
// shows the refusal once.
func TestDatagramsAreRefusedUntilTheUserAllowsThem(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	for range 3 {
		if got := associateRefused(t, addr(t, e)); got != refusedUDP {
			t.Errorf("got %q, want %q", got, refusedUDP)
		}
	}
	enginetest.Eventually(t, "the exchange is recorded", func() bool { return e.Snapshot().Seq > 0 })
	if all := activity(e, 0); len(all) != 1 || all[0].Kind != exchange.KindRefused || all[0].Problem != exchange.ProblemUDP {
		t.Errorf("recorded: %+v", all)
	}
	if !e.Snapshot().UDPRefused {
		t.Error("the snapshot does not have the refusal")
	}
	set := func(on bool) {
		t.Helper()
		if err := e.Change(func(s *settings.Settings) { s.UDPTrackers = on }); err != nil {
			t.Fatal(err)
		}
	}
	set(true)
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	enginetest.Eventually(t, "the window shows it no more", func() bool { return !e.Snapshot().UDPRefused })
	set(false)
	if got := associateRefused(t, addr(t, e)); got != refusedUDP {
		t.Errorf("got %q, want %q", got, refusedUDP)
	}
	enginetest.Eventually(t, "the refusal is recorded again", func() bool { return len(activity(e, 0)) == 2 && e.Snapshot().UDPRefused })
	e.LeaveUDP()
	enginetest.Eventually(t, "the user has decided", func() bool { return !e.Snapshot().UDPRefused })
}

// TestDatagramsStayAllowedForUsersOfVersion020: version 0.2.0 had no setting for datagrams. They stay allowed if a
// client has used them before and the settings file lacks the setting.
func TestDatagramsStayAllowedForUsersOfVersion020(t *testing.T) {
	enginetest.Parallel(t)
	for _, c := range []struct {
		name, file string
		silent     bool // the tracker does not answer, so the announce is pending
		none       bool // no datagrams were used
		want       bool
	}{
		{"a cached answer", `{"version": 1}`, false, false, true},
		{"a pending announce", `{"version": 1}`, true, false, true},
		{"no settings file", "", false, false, true},
		{"switched off", `{"version": 1, "udp_trackers": false}`, false, false, false},
		{"no trace of datagrams", `{"version": 1}`, false, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			e := udpEngine(t, engine.Options{Folder: folder, Patience: enginetest.Hurried()})
			if !c.none {
				tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
					if c.silent {
						return nil
					}
					return enginetest.AnswerUDP(d)
				})
				a := enginetest.Associate(t, addr(t, e))
				a.Send(tr.Addr, under(connectUDP(t, a, tr.Addr), enginetest.UDPAnnounce(1, 5, 2)))
				a.Receive()
				enginetest.Eventually(t, "the exchange is recorded", func() bool { return len(activity(e, 0)) > 0 })
			}
			if err := e.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, "settings.json")
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if c.file != "" {
				if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e = enginetest.NewEngine(t, engine.Options{Folder: folder})
			if got := e.Settings().UDPTrackers; got != c.want {
				t.Errorf("datagrams are allowed: %v, want %v", got, c.want)
			}
		})
	}
}
