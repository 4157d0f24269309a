package engine_test

import (
	"strings"
	"testing"

	"bittoratio/engine/enginetest"
)

// redirects redirects announces to /old, and answers all others. It repeats the query, as many trackers do.
func redirects(status string, location func(query string) string) script {
	return func(x *enginetest.Exchange, _ int) {
		_, query, _ := strings.Cut(x.Head, "?")
		query, _, _ = strings.Cut(query, " ")
		if !strings.Contains(x.Head, "/old/announce?") {
			x.Answer(enginetest.Peers)
			return
		}
		x.Send("HTTP/1.1 " + status + " Elsewhere\r\nLocation: " + location(query) + "\r\nContent-Length: 0\r\n\r\n")
	}
}

// follow announces to the first server as a client that follows redirects.
func (r *rig) follow(v *route, uploaded int, extra string) {
	r.t.Helper()
	head, _ := r.ask(v, r.first, r.announce(v, r.first, "/old/announce", uploaded, extra))
	for range 5 {
		status := strings.Fields(head)[1]
		if status[0] != '3' {
			if status != "200" {
				r.t.Fatalf("the client got %q", head)
			}
			return
		}
		_, location, ok := strings.Cut(head, "\r\nLocation: ")
		location, _, _ = strings.Cut(location, "\r\n")
		if !ok || v.gateway && !strings.HasPrefix(location, "/announce/") {
			r.t.Fatalf("the client got %q", head)
		}
		if v.gateway {
			c := v.open(r, v.at(r.first))
			head, _ = c.Ask("GET " + location + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Transmission/4.1.0\r\n\r\n")
			c.Close()
			continue
		}
		at, to := r.first, location
		if strings.Contains(location, "second.test") {
			at = r.second
		}
		to = strings.TrimPrefix(strings.TrimPrefix(to, v.url(at, "")), "//"+v.at(at))
		if !strings.HasPrefix(to, "/") {
			to = "/old/" + to
		}
		head, _ = r.ask(v, at, v.get(at, to, "User-Agent: Transmission/4.1.0\r\n"))
	}
	r.t.Fatal("the redirects do not end")
}

// TestARedirectedAnnounceCountsOnce by whatever route, form of the address and status: the tracker at the new address
// receives the same total as the first one.
func TestARedirectedAnnounceCountsOnce(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		path := func(path string) func(string) string { return func(query string) string { return path + "?" + query } }
		for name, c := range map[string]struct {
			status   string
			location func(query string) string
			second   bool // on another server
			path     string
		}{
			"a path":              {"302", path("/new/announce"), false, "/new/announce"},
			"a relative path":     {"303", path("new"), false, "/old/new"},
			"300":                 {"300", path("/new/announce"), false, "/new/announce"},
			"another host, by //": {"307", path("//" + v.at(r.second) + "/x"), true, "/x"},
			"another host, whole": {"302", path(v.url(r.second, "/x")), true, "/x"},
			"permanent, whole":    {"301", path(v.url(r.second, "/x")), true, "/x"},
			"permanent, relative": {"308", path("new"), false, "/old/new"},
		} {
			t.Run(name, func(t *testing.T) {
				r := r.scene(t, redirects(c.status, c.location))
				r.follow(v, 0, "&event=started")
				r.follow(v, 1000, "")
				r.follow(v, 1500, "")
				first, second := "", ""
				for _, reported := range []string{"0started", "3000", "4500"} {
					first += "/old/announce " + reported + "; "
					if c.second {
						second += c.path + " " + reported + "; "
					} else {
						first += c.path + " " + reported + "; "
					}
				}
				if got := r.first.receivedTotals(r.torrent); got != first {
					t.Errorf("the first server received\n%s, want\n%s", got, first)
				}
				if got := r.second.receivedTotals(r.torrent); got != second {
					t.Errorf("the second server received\n%s, want\n%s", got, second)
				}
			})
		}
	})
}

// TestAnAnnounceRedirectedOutOfTLSCountsOnce: a client may follow, but neither the gateway nor a redelivery,
// because others could read the passkey on the way.
func TestAnAnnounceRedirectedOutOfTLSCountsOnce(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		if !v.secure {
			return
		}
		r = r.scene(t, redirects("302", func(query string) string { return "http://" + r.first.plain + "/new/announce?" + query }))
		plain := routes[0] // by which a client continues
		for _, step := range []struct {
			uploaded        int
			extra, reported string
		}{{0, "&event=started", "0started"}, {1000, "", "3000"}, {1500, "", "4500"}} {
			head, _ := r.ask(v, r.first, r.announce(v, r.first, "/old/announce", step.uploaded, step.extra))
			if v.gateway {
				if !strings.HasPrefix(head, "HTTP/1.1 502 BittOratio: ") || strings.Contains(head, "Location") {
					t.Fatalf("the gateway's client got %q, want 502 without an address", head)
				}
				continue
			}
			_, location, _ := strings.Cut(head, "\r\nLocation: http://"+r.first.plain)
			location, _, _ = strings.Cut(location, "\r\n")
			r.ask(&plain, r.first, plain.get(r.first, location, "User-Agent: Transmission/4.1.0\r\n"))
			if got := r.first.receivedTotals(r.torrent); !strings.HasSuffix(got, "; /new/announce "+step.reported+"; ") {
				t.Errorf("the server received\n%s", got)
			}
		}
	})
}

// TestAPendingAnnounceFollowsItsTrackersRedirect in whatever form and with whatever status, but not out of TLS.
func TestAPendingAnnounceFollowsItsTrackersRedirect(t *testing.T) {
	enginetest.CheckGoroutines(t)
	r := newRig(t)
	for _, v := range []route{routes[0], routes[2]} {
		path := func(path string) func(string) string { return func(query string) string { return path + "?" + query } }
		outOfTLS := "/new/announce 1000completed; | "
		if v.secure {
			outOfTLS = "| "
		}
		for name, c := range map[string]struct {
			status   string
			location func(query string) string
			goes     string // what the first and the second server then receive
		}{
			"300, a path":         {"300", path("/new/announce"), "/new/announce 1000completed; | "},
			"302, another host":   {"302", path(v.url(r.second, "/x")), "| /x 1000completed; "},
			"308, without scheme": {"308", path("//" + v.at(r.second) + "/x"), "| /x 1000completed; "},
			"out of TLS":          {"302", path("http://" + r.first.plain + "/new/announce"), outOfTLS},
		} {
			t.Run(v.name+", "+name, func(t *testing.T) {
				onward := redirects(c.status, c.location)
				r := r.scene(t, func(x *enginetest.Exchange, n int) {
					if n == 1 {
						x.Send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
						return
					}
					onward(x, n)
				})
				r.ask(&v, r.first, r.announce(&v, r.first, "/old/announce", 1000, "&event=completed"))
				r.recorded(1)
				r.e.Deliver(r.pending().ID)
				r.recorded(2)
				const before = "/old/announce 1000completed; /old/announce 1000completed; "
				if got := strings.TrimPrefix(r.first.receivedTotals(r.torrent), before) + "| " + r.second.receivedTotals(r.torrent); got != c.goes {
					t.Errorf("the servers received %q, want %q", got, c.goes)
				}
			})
		}
	}
}
