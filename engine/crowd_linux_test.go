package engine_test

import (
	"strconv"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
)

// TestDialsToSilentPeersLeaveRoomForAnnounces: a client that sends its peers through tunnels tries many that never
// answer, each for as long as a dial takes.
func TestDialsToSilentPeersLeaveRoomForAnnounces(t *testing.T) {
	enginetest.CheckGoroutines(t)
	peer := enginetest.NewTrackerAt(t, "127.0.0.3:0", nil)
	blackhole(&outage{t: t, tracker: peer, target: peer.Addr})
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	for i := range maxClients + 8 {
		if i%2 == 0 {
			enginetest.Dial(t, addr(t, e)).Send("CONNECT " + peer.Addr + " HTTP/1.1\r\nHost: " + peer.Addr + "\r\n\r\n")
		} else {
			enginetest.SOCKS5(t, addr(t, e), peer.Addr).Send("\x13BitTorrent protocol")
		}
	}
	for i := range 20 {
		if head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, strconv.Itoa(i), "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce beside the silent peers got %q, want the tracker's answer", head)
		}
	}
}
