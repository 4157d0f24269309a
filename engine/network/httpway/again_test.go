package httpway_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/enginetest"
)

// TestAReusedConnectionThatEndsIsReplaced: the tracker closes it just as the request is sent, which no client must
// notice. A new connection that ends in the same way is not replaced: the tracker may have received the request.
func TestAReusedConnectionThatEndsIsReplaced(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, c := range map[string]struct {
		ends     string // which requests end without an answer
		received int
		good     bool
	}{
		"the reused one":              {"-+-", 3, true},
		"and the new one":             {"-++-", 3, false},
		"a new one, nothing was sent": {"+-", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
				if i := int(n.Add(1)) - 1; c.ends[i] == '+' {
					x.Close()
					return
				}
				x.Answer(enginetest.Peers)
			})
			client := enginetest.Dial(t, serve(t, parts()))
			if c.ends[0] == '-' {
				client.Ask(enginetest.Announce(tr.Addr, "1", "&event=started"))
			}
			other := strings.Replace(enginetest.Announce(tr.Addr, "2", ""), "info_hash=", "info_hash=x", 1) // nothing is cached for it
			head, _ := client.Ask(strings.Replace(other, "456789", "45678", 1))
			if good := strings.HasPrefix(head, "HTTP/1.1 200 "); good != c.good || len(tr.Heads()) != c.received {
				t.Errorf("the client got %q, the tracker received %d announces", head, len(tr.Heads()))
			}
		})
	}
}

// TestTheClientGetsTheAnswerBeforeTheDesk, so the client does not wait for the disk: from a tracker over http, and from a
// udp tracker through the gateway.
func TestTheClientGetsTheAnswerBeforeTheDesk(t *testing.T) {
	http, udp := enginetest.NewTracker(t, nil), enginetest.NewUDPTracker(t, nil)
	for name, request := range map[string]string{
		"http": enginetest.Announce(http.Addr, "1", ""),
		"udp": "GET /announce/udp/" + udp.Addr + "?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&port=51413" +
			"&uploaded=1&downloaded=0&left=0&compact=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Transmission/4.1.0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			p := parts()
			disk := enginetest.NewStuckJournal()
			defer disk.Release()
			p.Answers = announce.NewAnswers()
			p.Answers.SetJournal(disk, time.Now())
			head, body := enginetest.Dial(t, serve(t, p)).Ask(request)
			disk.Await() // the desk does wait for it
			if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(body, "5:peers") {
				t.Errorf("the client got %q %q", head, body)
			}
		})
	}
}
