package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// TestLargeAnswersPassWhole checks that an answer that is too large to be read is still forwarded byte for byte, and
// that the connections are reused after it.
func TestLargeAnswersPassWhole(t *testing.T) {
	enginetest.CheckGoroutines(t)
	peers := strings.Repeat("abcdef", 2<<20/6)
	body := fmt.Sprintf("d8:intervali1800e5:peers%d:%se", len(peers), peers)
	var chunks strings.Builder
	for rest := body; rest != ""; {
		n := min(len(rest), 70_001)
		fmt.Fprintf(&chunks, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	for name, answer := range map[string]string{
		"by length": enginetest.Answer(body),
		"by chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.String() + "0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
				if x.N == 1 {
					x.Send(answer)
				} else {
					x.Answer(enginetest.Peers)
				}
			})
			e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
			c := enginetest.Dial(t, addr(t, e))
			c.Send(enginetest.Announce(tr.Addr, "5", ""))
			if got := c.Read(len(answer)); got != answer {
				t.Error("the answer is not the tracker's")
			}
			if head, got := c.Ask(enginetest.Announce(tr.Addr, "6", "")); head+got != enginetest.Answer(enginetest.Peers) {
				t.Errorf("the next answer is %q", head+got)
			}
			if heads := tr.Heads(); tr.Conns() != 1 || enginetest.Query(heads[1], "uploaded") != "8" {
				t.Errorf("%d connections, want 1; the tracker received %q", tr.Conns(), heads)
			}
		})
	}
}

// TestABodyThatLooksLikeAHeadIsNotTakenForOne checks that the body of a request, which is read into the buffer that had
// its head, is not taken for the head: HEAD in the body would make the answer's body the next answer.
func TestABodyThatLooksLikeAHeadIsNotTakenForOne(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const size = 300_000
	body := strings.Repeat("HEAD", size/4)
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		if got := x.Body(size); got != body {
			t.Errorf("the tracker got %d bytes that are not the body", len(got))
		}
		x.Answer("stored")
	})
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	for range 3 {
		c.Send(fmt.Sprintf("POST http://%s/x HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", tr.Addr, tr.Addr, size))
		for at := 0; at < size; at += 10_000 {
			c.Send(body[at : at+10_000])
		}
		if head, got := c.Answer(); head+got != enginetest.Answer("stored") {
			t.Fatalf("got %q", head+got)
		}
	}
	if tr.Conns() != 1 {
		t.Errorf("%d connections to the tracker, want 1", tr.Conns())
	}
}

// TestAnAnswerBeforeTheBodyClosesBothConnections checks that a tracker that refuses a body without reading it costs at
// most a second, and that neither connection is reused.
func TestAnAnswerBeforeTheBodyClosesBothConnections(t *testing.T) {
	enginetest.CheckGoroutines(t)
	done := make(chan struct{})
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		<-done // the tracker neither reads nor closes
		x.Close()
	})
	defer close(done)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	c.Send(fmt.Sprintf("POST http://%s/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 100000000\r\n\r\nsome", tr.Addr, tr.Addr))
	if head := c.Head(); !strings.HasPrefix(head, "HTTP/1.1 413 ") {
		t.Errorf("got %q", head)
	}
	if rest := c.Rest(); rest != "" {
		t.Errorf("after the answer the client got %q, want the end", rest)
	}
}

// TestAServerMaySend100ContinueLate: the client sends its body after the 100 (RFC 9110 §10.1.1), and meanwhile the
// program looks whether the client is still there.
func TestAServerMaySend100ContinueLate(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const interim = "HTTP/1.1 100 Continue\r\n\r\n"
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		time.Sleep(1500 * time.Millisecond) // longer than the pause between two looks
		x.Send(interim)
		x.Answer(x.Body(4))
	})
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	c.Send(fmt.Sprintf("POST http://%s/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n", tr.Addr, tr.Addr))
	if got := c.Read(len(interim)); got != interim {
		t.Fatalf("got %q, want %q", got, interim)
	}
	c.Send("body")
	if head, got := c.Answer(); head+got != enginetest.Answer("body") {
		t.Errorf("the next answer is %q", head+got)
	}
}

// TestUnreadableAnswersArePassedOn: whatever an answer contains, the program's own reading of it must not
// affect the client.
func TestUnreadableAnswersArePassedOn(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for _, body := range []string{
		strings.Repeat("l", 900_000), "5:peers2147483647:", "d5:peers99999999999999999999:e", "i" + strings.Repeat("9", 500_000) + "e",
		strings.Repeat("d1:a", 200_000), "d8:intervali-1e5:peersi5ee", "d14:failure reasonlee",
	} {
		tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer(body) })
		e := enginetest.Engine(t, engine.Options{})
		if head, got := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, "5", "")); head+got != enginetest.Answer(body) {
			t.Errorf("the answer %.20q was not passed on", body)
		}
	}
}
