package engine_test

import (
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// TestPipelinedRequestsAreAnsweredInOrderByEachRoute: a client does not wait for the first answer.
func TestPipelinedRequestsAreAnsweredInOrderByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		r = r.scene(t, func(x *enginetest.Exchange, n int) { x.Answer("d8:intervali180" + string(rune('0'+n)) + "ee") })
		c := v.open(r, v.at(r.first))
		defer c.Close()
		c.Send(r.announce(v, r.first, "/announce", 0, "&event=started") + r.announce(v, r.first, "/announce", 1000, "") + r.announce(v, r.first, "/announce", 1500, "&event=stopped"))
		for _, want := range []string{"1", "2", "3"} {
			if _, body := c.Answer(); body != "d8:intervali180"+want+"ee" {
				t.Errorf("the client got %q, want answer %s", body, want)
			}
		}
		if got := r.first.receivedTotals(r.torrent); got != "/announce 0started; /announce 3000; /announce 4500stopped; " {
			t.Errorf("the tracker received %q, want %q", got, "/announce 0started; /announce 3000; /announce 4500stopped; ")
		}
	})
}

// TestHTTP10ClientsAreServedByEachRoute: their connection ends with the answer, and they use another one afterwards.
func TestHTTP10ClientsAreServedByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		r = r.scene(t, nil)
		for _, uploaded := range []int{0, 1000} {
			c := v.open(r, v.at(r.first))
			c.Send(strings.Replace(r.announce(v, r.first, "/announce", uploaded, ""), " HTTP/1.1\r\n", " HTTP/1.0\r\n", 1))
			if got := c.Rest(); got != enginetest.Answer(enginetest.Peers) {
				t.Errorf("the client got %q", got)
			}
			c.Close()
		}
		if got := r.first.receivedTotals(r.torrent); got != "/announce 0; /announce 3000; " {
			t.Errorf("the tracker received %q, want %q", got, "/announce 0; /announce 3000; ")
		}
	})
}

// TestAnIPv6TrackerIsReachedByEachRoute, through the gateway also with escaped brackets.
func TestAnIPv6TrackerIsReachedByEachRoute(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := &server{Tracker: enginetest.NewTrackerAt(t, "[::1]:0", nil)}
	tr.plain = tr.Addr
	r := &rig{t: t, e: enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One}), first: tr}
	for i := range routes {
		v := routes[i]
		if v.secure || strings.HasPrefix(v.name, "SOCKS4") || v.name == "SOCKS5 to an address" { // they use names or IPv4
			continue
		}
		forms := map[string]func(string) string{"": func(s string) string { return s }}
		if v.gateway {
			forms[", escaped"] = func(s string) string { return strings.Replace(strings.Replace(s, "[", "%5B", 1), "]", "%5d", 1) }
		}
		for name, form := range forms {
			t.Run(v.name+name, func(t *testing.T) {
				r := *r
				r.t, r.torrent = t, "torrent"+strings.Repeat("0", 11)+string(rune('a'+i))+string(rune('a'+len(name)))
				for _, uploaded := range []int{0, 1000} {
					if head, _ := r.ask(&v, tr, form(r.announce(&v, tr, "/announce", uploaded, ""))); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
						t.Errorf("the client got %q", head)
					}
				}
				if got := tr.receivedTotals(r.torrent); got != "/announce 0; /announce 3000; " {
					t.Errorf("the tracker received %q, want %q", got, "/announce 0; /announce 3000; ")
				}
			})
		}
	}
}
