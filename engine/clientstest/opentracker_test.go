//go:build clients

package clientstest

import (
	bin "encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
)

// TestOpentrackerAcceptsAnnouncesThroughSOCKS5: a tracker that is not ours accepts udp announces through SOCKS5. After an
// outage of the tracker it accepts the pending announce, which the program delivers.
func TestOpentrackerAcceptsAnnouncesThroughSOCKS5(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	hash, err := bittorrent.ParseInfoHash(enginetest.HexHash)
	if err != nil {
		t.Fatal(err)
	}
	const at = "10.99.0.9:20430"
	p := startProgram(t, udpFolder(t), "-multiplier", "3")
	a := enginetest.Associate(t, p.addr)
	send := func(id uint64, request []byte) []byte {
		t.Helper()
		bin.BigEndian.PutUint64(request, id)
		a.Send(at, request)
		_, answer := a.Receive()
		return answer
	}
	a.Send(at, enginetest.UDPConnect(1))
	_, placeholder := a.Receive() // the program sends it after three seconds
	answer := send(bin.BigEndian.Uint64(placeholder[8:]), enginetest.UDPAnnounce(2, 5, 2))
	if string(answer[:8]) != "\x00\x00\x00\x03\x00\x00\x00\x02" {
		t.Fatalf("the announce to an unreachable tracker got %q, want an error", answer)
	}
	startOpentracker(t, hash, at)
	a.Send(at, enginetest.UDPConnect(3))
	_, connected := a.Receive()
	id := bin.BigEndian.Uint64(connected[8:])
	// Before this announce the program delivers the pending `started`.
	plain := enginetest.UDPAnnounce(4, 100, 0)
	bin.BigEndian.PutUint64(plain[64:], 0) // nothing left
	if answer := send(id, plain); len(answer) < 20 || string(answer[:8]) != "\x00\x00\x00\x01\x00\x00\x00\x04" {
		t.Fatalf("the announce got %q, want the tracker's answer", answer)
	}
	p.await("started is delivered", func(l *logLine) bool {
		return l.Msg == "redelivered" && l.Event == "started" && l.Outcome == "forwarded"
	})
	p.await("the announce is logged with its total", func(l *logLine) bool {
		return l.Msg == "announce" && l.Seen == 100 && l.Reported == 290 && l.Outcome == "forwarded"
	})
	scrape := append(enginetest.UDPConnect(5)[:16], hash[:]...)
	scrape[11] = 2
	if answer := send(id, scrape); fmt.Sprintf("%x", answer) != "0000000200000005"+"000000010000000000000000" {
		t.Errorf("the scrape got %x, want the tracker's answer", answer)
	}
}

// TestAClientBoundToAnInterfaceReachesTheUDPRelay: a client that is bound to one network interface gets a relay address
// on that interface, and the relay ignores datagrams from other addresses.
func TestAClientBoundToAnInterfaceReachesTheUDPRelay(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	tr := enginetest.NewUDPTrackerAt(t, "127.0.0.2:20432", nil)
	p := startProgram(t, udpFolder(t), "-multiplier", "3")
	a := enginetest.AssociateFrom(t, net.IPv4(10, 99, 0, 1), p.addr)
	if host, _, err := net.SplitHostPort(a.Relay); err != nil || host != "10.99.0.1" {
		t.Fatalf("the relay is at %s, want 10.99.0.1 (%v)", a.Relay, err)
	}
	relay, err := net.ResolveUDPAddr("udp4", a.Relay)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.WriteToUDP(append([]byte("\x00\x00\x00"+enginetest.SOCKSAddress(t, tr.Addr)), enginetest.UDPConnect(9)...), relay); err != nil {
		t.Fatal(err)
	}
	a.Send(tr.Addr, enginetest.UDPConnect(1))
	a.Receive()
	for i, uploaded := range []uint64{0, 1000} {
		a.Send(tr.Addr, enginetest.UDPAnnounce(uint32(2+i), uploaded, 0))
		a.Receive()
	}
	if all := tr.Announces(); len(all) != 2 || bin.BigEndian.Uint64(all[1][72:]) != 3000 {
		t.Errorf("the tracker received the announces %x, want two of which the second reports 3000", all)
	}
	if all := tr.Datagrams(); len(all) != 3 {
		t.Errorf("the tracker received %d datagrams, want only the 3 of the client", len(all))
	}
}

// udpFolder returns a data folder whose settings allow datagrams through SOCKS5.
func udpFolder(t *testing.T) string {
	t.Helper()
	dir := dataFolder(t)
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), []byte(`{"version": 1, "udp_trackers": true}`), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
