package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/store"
)

// TestANewPasskeyContinuesTheTotalByEachRoute: the total does not fall when the path changes.
func TestANewPasskeyContinuesTheTotalByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		r = r.scene(t, nil)
		for _, step := range []struct {
			path     string
			uploaded int
		}{{"/OLD/announce", 0}, {"/OLD/announce", 1000}, {"/NEW/announce", 1000}, {"/NEW/announce", 1100}} {
			r.ask(v, r.first, r.announce(v, r.first, step.path, step.uploaded, fmt.Sprint("&key=", step.uploaded)))
		}
		const want = "/OLD/announce 0; /OLD/announce 3000; /NEW/announce 3000; /NEW/announce 3300; "
		if got := r.first.receivedTotals(r.torrent); got != want {
			t.Errorf("the tracker received\n%s, want\n%s", got, want)
		}
	})
}

// TestTotalsAndCachedAnswersSurviveByEachRoute: without the ledger no total falls, and after a restart the last answers
// of trackers that are away are still cached.
func TestTotalsAndCachedAnswersSurviveByEachRoute(t *testing.T) {
	enginetest.CheckGoroutines(t)
	r := newRig(t)
	torrents := make([]string, len(routes))
	ask := func(i, uploaded int) string {
		v, r := &routes[i], *r
		r.torrent = torrents[i]
		head, body := r.ask(v, r.first, r.announce(v, r.first, "/announce", uploaded, ""))
		return head + body
	}
	all := func(uploaded int, want string) {
		t.Helper()
		seq := r.e.Snapshot().Seq
		for i := range routes {
			if want == "" && routes[i].name == "CONNECT" {
				seq-- // this route dials first: the client learns of a failure before it announces
				continue
			}
			if got := ask(i, uploaded); got != enginetest.Answer(enginetest.Peers) {
				t.Errorf("%s: with %d uploaded the client got %q, want the tracker's answer", routes[i].name, uploaded, got)
			}
			if heads := r.first.headsOf(torrents[i]); want != "" && enginetest.Query(heads[len(heads)-1], "uploaded") != want {
				t.Errorf("%s: with %d uploaded the tracker received %q", routes[i].name, uploaded, r.first.receivedTotals(torrents[i]))
			}
		}
		enginetest.Eventually(t, "all exchanges are recorded", func() bool { return r.e.Snapshot().Seq == seq+uint64(len(routes)) })
	}
	for i := range routes {
		torrents[i] = r.scene(t, nil).torrent
	}
	all(0, "0")
	all(1000, "3000")
	r.restart(func(folder string) error { return os.Remove(filepath.Join(folder, store.LedgerFile)) })
	all(1100, "3300")
	r.restart(nil)
	r.first.Close()
	r.first.front.Close()
	all(1200, "")
	if damaged, _ := filepath.Glob(filepath.Join(r.options.Folder, "*.damaged-*")); len(damaged) != 0 {
		t.Errorf("files set aside as damaged: %v, want none", damaged)
	}
}

// TestClientsThatLookLikeBrowsersAreServedByEachRoute, but browsers are not.
func TestClientsThatLookLikeBrowsersAreServedByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		for name, c := range map[string]struct {
			lines   string
			browser bool
		}{
			"aria2 --referer=*":         {"User-Agent: aria2/1.36.0\r\nReferer: http://first.test/announce\r\n", false},
			"Node's fetch":              {"User-Agent: node\r\nSec-Fetch-Mode: cors\r\n", false},
			"Tixati with a cookie":      {"User-Agent: Tixati/3.19\r\nCookie: a=b\r\n", false},
			"Transmission with Mozilla": {"User-Agent: Mozilla/5.0\r\n", true},
			"Origin":                    {"User-Agent: x\r\nOrigin: http://evil.example\r\n", true},
			"Sec-Fetch-Site":            {"User-Agent: x\r\nSec-Fetch-Site: cross-site\r\n", true},
			"Sec-Fetch-Dest":            {"User-Agent: x\r\nSec-Fetch-Dest: image\r\n", true},
		} {
			t.Run(name, func(t *testing.T) {
				r := r.scene(t, nil)
				for _, uploaded := range []int{0, 1000} {
					request := r.announce(v, r.first, "/announce", uploaded, "")
					head, _ := r.ask(v, r.first, strings.Replace(request, "User-Agent: Transmission/4.1.0\r\n", c.lines, 1))
					if v.gateway && c.browser != strings.HasPrefix(head, "HTTP/1.1 403 ") {
						t.Errorf("the client got %q", head)
					}
				}
				want := "/announce 0; /announce 3000; "
				switch {
				case v.gateway && c.browser:
					want = ""
				case c.browser:
					want = "/announce 0; /announce 1000; " // forwarded as it is
				}
				if got := r.first.receivedTotals(r.torrent); got != want {
					t.Errorf("the tracker received %q, want %q", got, want)
				}
			})
		}
	})
}

// TestDoubtfulAnnouncesPassUnchangedByEachRoute: a request that only looks like an announce arrives as it was sent.
func TestDoubtfulAnnouncesPassUnchangedByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		for name, query := range map[string]string{
			"no uploaded":        "info_hash=HASH&peer_id=-TR4100-0123456789ab&port=1&left=0",
			"negative":           "info_hash=HASH&peer_id=-TR4100-0123456789ab&port=1&uploaded=-5&left=0",
			"beyond 2^63":        "info_hash=HASH&peer_id=-TR4100-0123456789ab&port=1&uploaded=9223372036854775808&left=0",
			"uploaded twice":     "info_hash=HASH&peer_id=-TR4100-0123456789ab&port=1&uploaded=5&uploaded=6&left=0",
			"escaped":            "info_hash=HASH&peer_id=-TR4100-0123456789ab&port=1&uploaded=%35&left=0",
			"an empty info_hash": "info_hash=&x=HASH&peer_id=-TR4100-0123456789ab&port=1&uploaded=5&left=0",
			"two info hashes":    "info_hash=HASH&info_hash=bbbbbbbbbbbbbbbbbbbb&peer_id=-TR4100-0123456789ab&port=1&uploaded=5&left=0",
		} {
			if v.gateway && name == "an empty info_hash" {
				continue // the gateway serves only requests that name a torrent
			}
			t.Run(name, func(t *testing.T) {
				r := r.scene(t, nil)
				for range 2 {
					target := "/announce?" + strings.Replace(query, "HASH", r.torrent, 1)
					if head, body := r.ask(v, r.first, v.get(r.first, target, "")); head+body != enginetest.Answer(enginetest.Peers) {
						t.Errorf("the client got %q", head)
					}
					for _, head := range r.first.headsOf(r.torrent) {
						if !strings.HasPrefix(head, "GET "+target+" HTTP/1.1\r\n") {
							t.Errorf("the tracker received %q, want the target unchanged", head)
						}
					}
				}
				if n := len(r.first.headsOf(r.torrent)); n != 2 {
					t.Errorf("the tracker received %d requests, want 2", n)
				}
			})
		}
	})
}
