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
// notice. A new connection that ends in the same way is not replaced: the tracker may have received the request. Found
// N9.
func TestAReusedConnectionThatEndsIsReplaced(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, c := range map[string]struct {
		ends  string // which requests end without an answer
		heard int
		good  bool
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
			if good := strings.HasPrefix(head, "HTTP/1.1 200 "); good != c.good || len(tr.Heads()) != c.heard {
				t.Errorf("the client got %q, the tracker received %d", head, len(tr.Heads()))
			}
		})
	}
}

// stuck is a journal on a disk that does not answer until the gate is open.
type stuck struct {
	nowhere
	gate chan struct{}
}

func (s stuck) Append([]byte) error {
	<-s.gate
	return nil
}

// TestTheClientHasTheAnswerBeforeTheDesk, so the client does not wait for the disk.
func TestTheClientHasTheAnswerBeforeTheDesk(t *testing.T) {
	enginetest.CheckGoroutines(t)
	p := parts()
	disk := stuck{gate: make(chan struct{})}
	p.Answers = announce.NewAnswers()
	p.Answers.SetJournal(disk, time.Now())
	addr := serve(t, p)
	tr := enginetest.NewTracker(t, nil)
	head, body := enginetest.Dial(t, addr).Ask(enginetest.Announce(tr.Addr, "1", ""))
	close(disk.gate)
	if head+body != enginetest.Answer(enginetest.Peers) {
		t.Errorf("the client got %q %q", head, body)
	}
}
