package convert

import (
	"context"
	"errors"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
)

// running is a client with one torrent, which may only pretend to accept other trackers.
type running struct {
	torrent  remote.Torrent
	stubborn string // an address that it claims to have changed, but has not
}

func (r *running) Name() string { return "Client" }
func (r *running) Close()       {}

func (r *running) Torrents(context.Context, ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	t := r.torrent
	t.Trackers = append([]remote.Tracker(nil), t.Trackers...)
	return []remote.Torrent{t}, nil
}

func (r *running) Readdress(_ context.Context, _ remote.Torrent, f func(string) (string, bool)) (n int, err error) {
	for i, k := range r.torrent.Trackers {
		to, ok := f(k.Announce)
		if !ok || to == k.Announce || strings.Contains(k.Announce, "%") {
			continue // as qBittorrent, which writes the last one differently
		}
		n++
		if k.Announce != r.stubborn {
			r.torrent.Trackers[i].Announce = to
		}
	}
	return n, nil
}

// TestTrackersThatWereNotTakenAreAnError: the trackers are read again after a change, because a client may report
// success and keep the old ones.
func TestTrackersThatWereNotTakenAreAnError(t *testing.T) {
	const one, two, odd = "https://a.example/announce", "https://b.example/announce", "https://c.example/a%20b"
	for _, stubborn := range []string{"", two} {
		r := &running{torrent: remote.Torrent{Trackers: []remote.Tracker{{Announce: one}, {Announce: two}, {Announce: odd}}}, stubborn: stubborn}
		n, err := Retrack(t.Context(), r, "127.0.0.1:8080", false, []bittorrent.InfoHash{{}})
		var no *remote.Error
		if stubborn == "" && (n != 1 || err != nil) || stubborn != "" && (n != 0 || !errors.As(err, &no) || no.Kind != remote.NotTaken || no.Client != "Client") {
			t.Errorf("%q: %d changed, %v", stubborn, n, err)
		}
		r.stubborn = ""
		if n, err = Retrack(t.Context(), r, "127.0.0.1:8080", true, []bittorrent.InfoHash{{}}); n != 1 || err != nil || r.torrent.Trackers[0].Announce != one || r.torrent.Trackers[1].Announce != two {
			t.Errorf("%q: %d changed back, %v, %+v", stubborn, n, err, r.torrent)
		}
	}
}

func TestTrackersAreShownWithoutTheirPasskeys(t *testing.T) {
	for address, want := range map[string]string{
		"https://t.example/0123456789abcdef/announce":                                     "https://t.example/…/announce",
		"https://t.example/announce.php?passkey=SECRET":                                   "https://t.example/announce.php",
		"udp://u.example:80":                                                              "udp://u.example:80",
		"http://127.0.0.1:8080/announce/https/t.example/0123456789abcdef/announce?a=b":    "http://127.0.0.1:8080/announce/https/t.example/…/announce",
		"http://[::1]:8080/announce/udp/u.example:80":                                     "http://[::1]:8080/announce/udp/u.example:80",
		"http://127.0.0.1:1/announce/http/127.0.0.1:1/announce/https/t.example/SECRETXX/": "http://127.0.0.1:1/announce/http/127.0.0.1:1/announce/https/t.example/…/",
		"SECRET": "…",
	} {
		if got := shownAddress(address); got != want || strings.Contains(got, "SECRET") {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}
