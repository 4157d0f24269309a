package httpway_test

import (
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestAUDPConnectWithoutAnAnswerIsAFailedDial: a connect without an answer is a failed dial, through the gateway too,
// so three of them make the tracker away; the announce was not sent, and may be tried again at once.
func TestAUDPConnectWithoutAnAnswerIsAFailedDial(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, func([]byte) []byte { return nil })
	p := parts()
	p.Patience.Others = 300 * time.Millisecond
	entries := make(chan exchange.Entry, 1)
	p.Note = func(e exchange.Entry) { entries <- e }
	client := enginetest.Dial(t, serve(t, p))
	for i := range announce.AwayAfter {
		if _, away := p.Health.Away(bittorrent.HealthKey("udp", tr.Addr)); away {
			t.Errorf("the tracker counts as unreachable after %d announces", i)
		}
		client.Ask("GET /announce/udp/" + tr.Addr + "?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&port=51413&uploaded=" +
			string(rune('1'+i)) + "&downloaded=0&left=0&compact=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Transmission/4.1.0\r\n\r\n")
		if e := <-entries; e.Outcome != exchange.OutcomeFailed || e.Problem != exchange.ProblemTimeout {
			t.Errorf("the report has %+v", e)
		}
	}
	if _, away := p.Health.Away(bittorrent.HealthKey("udp", tr.Addr)); !away {
		t.Error("the tracker does not count as unreachable")
	}
	all := p.Spool.All()
	if len(all) != 1 || !all[0].Again.IsZero() {
		t.Errorf("pending: %+v", all)
	}
}
