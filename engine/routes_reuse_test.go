package engine_test

import (
	"strings"
	"testing"

	"bittoratio/engine/enginetest"
)

// TestARequestIsSentAgainOnlyIfAReusedConnectionEnded by each route: a request is sent a second time only if the
// connection had served another one before, and ended without a byte.
func TestARequestIsSentAgainOnlyIfAReusedConnectionEnded(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		for name, c := range map[string]struct {
			request func(r *rig, i int) string
			own     string // the program's own answer
		}{
			"an announce": {func(r *rig, i int) string { return r.announce(v, r.first, "/announce", i, "") }, "HTTP/1.1 504 "},
			"a scrape":    {func(r *rig, _ int) string { return v.get(r.first, "/scrape?info_hash="+r.torrent, "") }, "HTTP/1.1 504 "},
			"a page":      {func(r *rig, _ int) string { return v.get(r.first, "/page?"+r.torrent, "") }, "HTTP/1.1 502 "},
		} {
			if v.gateway && name == "a page" {
				continue // it has none
			}
			t.Run(name, func(t *testing.T) {
				const ok, end = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "\r\nde"
				r := r.scene(t, func(x *enginetest.Exchange, n int) {
					switch n {
					case 2:
						x.Send(ok + end)
					case 4:
						x.Send(ok + "Connection: close\r\n" + end) // or another scene would reuse the connection
					}
					if n != 2 {
						x.Close()
					}
				})
				conn := v.open(r, v.at(r.first))
				defer conn.Close()
				if head, _ := conn.Ask(c.request(r, 0)); !strings.HasPrefix(head, c.own) || len(r.first.headsOf(r.torrent)) != 1 {
					t.Errorf("on a new connection the client got %q, and the server received %d requests; want the program's own answer, and 1", head, len(r.first.headsOf(r.torrent)))
				}
				again := v.open(r, v.at(r.first))
				defer again.Close()
				for i := range 2 {
					if head, _ := again.Ask(c.request(r, 1+i)); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
						t.Errorf("on a reused connection the client got %q, want the server's answer", head)
					}
				}
				if n := len(r.first.headsOf(r.torrent)); n != 4 {
					t.Errorf("the server received %d requests, want 4", n)
				}
			})
		}
	})
}
