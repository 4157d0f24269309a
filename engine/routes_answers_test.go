package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// oddHeads returns answers that curl and libtorrent read, although their heads break HTTP or are large.
func oddHeads() map[string]string {
	length := fmt.Sprint(len(enginetest.Peers))
	return map[string]string{
		"bare LF":                 "HTTP/1.1 200 OK\nContent-Length: " + length + "\n\n" + enginetest.Peers,
		"a blank before a colon":  "HTTP/1.1 200 OK\r\nContent-Length : " + length + "\r\n\r\n" + enginetest.Peers,
		"a folded line":           "HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: " + length + "\r\n\r\n" + enginetest.Peers,
		"the length twice":        "HTTP/1.1 200 OK\r\nContent-Length: " + length + ", " + length + "\r\n\r\n" + enginetest.Peers,
		"zeros before the length": "HTTP/1.1 200 OK\r\nContent-Length: 0000" + length + "\r\n\r\n" + enginetest.Peers,
		"identity":                "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: " + length + "\r\n\r\n" + enginetest.Peers,
		"a head of 40 KiB":        "HTTP/1.1 200 OK\r\nSet-Cookie: a=" + strings.Repeat("b", 40<<10) + "\r\nContent-Length: " + length + "\r\n\r\n" + enginetest.Peers,
		"a head of 118 lines":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Line: a\r\n", 116) + "Content-Length: " + length + "\r\n\r\n" + enginetest.Peers,
	}
}

// TestMalformedAnswerHeadsArriveWellFormed by each route, live and from the cache; a pending announce that gets one is
// delivered.
func TestMalformedAnswerHeadsArriveWellFormed(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		for name, answer := range oddHeads() {
			t.Run(name, func(t *testing.T) {
				r := r.scene(t, func(x *enginetest.Exchange, n int) {
					if n == 2 {
						x.Send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
						return
					}
					x.Send(answer)
				})
				conn := v.open(r, v.at(r.first))
				defer conn.Close()
				for i, event := range []string{"&event=started", "&event=completed"} { // the second one from the cache
					head, body := conn.Ask(r.announce(v, r.first, "/announce", 1000*i, event))
					resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head+body)), nil)
					if err != nil {
						t.Fatalf("the client got a malformed head %.200q: %v", head, err)
					}
					if got, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || string(got) != enginetest.Peers || strings.Contains(strings.ReplaceAll(head, "\r\n", ""), "\n") {
						t.Errorf("the client got %.200q %q", head, body)
					}
				}
				r.recorded(2)
				r.e.Deliver(r.pending().ID)
				if n := r.recorded(3)[2]; n.Outcome != exchange.OutcomeForwarded || n.Problem != exchange.ProblemNone || n.Swarm.Seeders != 2 {
					t.Errorf("the delivery is recorded as %+v, want it forwarded", n)
				}
			})
		}
	})
}

// TestATrackersFailureReasonReachesTheClient by each route, whatever the status, even if an answer is cached.
func TestATrackersFailureReasonReachesTheClient(t *testing.T) {
	const reason = "d14:failure reason14:you are bannede"
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		for name, answer := range map[string]string{
			"200":          enginetest.Answer(reason),
			"403":          fmt.Sprintf("HTTP/1.1 403 No\r\nContent-Length: %d\r\n\r\n%s", len(reason), reason),
			"500":          fmt.Sprintf("HTTP/1.1 500 Oh\r\nContent-Length: %d\r\n\r\n%s", len(reason), reason),
			"500, chunked": fmt.Sprintf("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(reason), reason),
		} {
			t.Run(name, func(t *testing.T) {
				r := r.scene(t, func(x *enginetest.Exchange, n int) {
					if n == 2 {
						x.Send(answer)
						x.Close()
						return
					}
					x.Answer(enginetest.Peers)
				})
				r.ask(v, r.first, r.announce(v, r.first, "/announce", 0, "&event=started"))
				conn := v.open(r, v.at(r.first))
				defer conn.Close()
				conn.Send(strings.Replace(r.announce(v, r.first, "/announce", 1000, ""), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
				if got := conn.Rest(); got != answer {
					t.Errorf("the client got %q, want %q", got, answer)
				}
				if n := r.recorded(2)[1]; n.Failure != "you are banned" {
					t.Errorf("recorded %+v, want the failure reason", n)
				}
			})
		}
	})
}
