package httpway_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report"
)

// panickingLedger is an accountant with a fault: 666 uploaded bytes cause a panic.
type panickingLedger struct{ *report.Reporter }

func (f panickingLedger) Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) report.Total {
	if a.Counters.Uploaded == 666 {
		panic("no such figure for " + u.Secret())
	}
	return f.Reporter.Announce(u, a, now)
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (w *syncBuffer) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Write(b)
}

func (w *syncBuffer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.String()
}

// TestAPanicInOneExchangeDoesNotAffectOthers: the connection ends, and everything else continues, even the same
// session. The log has the place of the fault, but nothing that was sent.
func TestAPanicInOneExchangeDoesNotAffectOthers(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const passkey = "0123456789abcdef0123456789abcdef"
	var log syncBuffer
	tr := enginetest.NewTracker(t, nil)
	p := parts()
	p.Accountant = panickingLedger{p.Accountant.(*report.Reporter)}
	p.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	at := serve(t, p)
	ask := func(c *enginetest.Client, uploaded string) {
		t.Helper()
		if head, body := c.Ask(enginetest.Announce(tr.Addr, uploaded, "")); head+body != enginetest.Answer(enginetest.Peers) {
			t.Fatalf("%s: got %q", uploaded, head+body)
		}
	}
	other := enginetest.Dial(t, at)
	ask(other, "1")
	for range 3 {
		broken := enginetest.Dial(t, at)
		broken.Send(strings.Replace(enginetest.Announce(tr.Addr, "666", "&passkey="+passkey), "/announce", "/announce/"+passkey, 1))
		if got := broken.Rest(); got != "" {
			t.Errorf("got %q, want %q", got, "")
		}
		ask(other, "2")
		again := enginetest.Dial(t, at)
		ask(again, "3")
		again.Close()
	}
	if text := log.String(); strings.Count(text, "fault of this program") != 3 || !strings.Contains(text, "panic_test.go") || strings.Contains(text, passkey) {
		t.Errorf("the log is %s", text)
	}
	if n := len(tr.Heads()); n != 7 { // 1, and three times 2 and 3: none is a duplicate, since another came in between
		t.Errorf("the tracker received %d announces, want 7", n)
	}
}
