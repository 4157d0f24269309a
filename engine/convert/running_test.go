package convert

import (
	"context"
	"errors"
	"slices"
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

// TestTrackersThatTheClientDidNotAcceptAreAnError: the trackers are read again after a change, because a client may
// report success and keep the old ones.
func TestTrackersThatTheClientDidNotAcceptAreAnError(t *testing.T) {
	const one, two, odd = "https://a.example/announce", "https://b.example/announce", "https://c.example/a%20b"
	for _, stubborn := range []string{"", two} {
		r := &running{torrent: remote.Torrent{Trackers: []remote.Tracker{{Announce: one}, {Announce: two}, {Announce: odd}}}, stubborn: stubborn}
		n, err := Retrack(t.Context(), r, "127.0.0.1:8080", false, []bittorrent.InfoHash{{}})
		var no *remote.Error
		if stubborn == "" && (n != 1 || err != nil) || stubborn != "" && (n != 0 || !errors.As(err, &no) || no.Kind != remote.NotTaken || no.Client != "Client") {
			t.Errorf("with %q refused, %d trackers changed (%v)", stubborn, n, err)
		}
		r.stubborn = ""
		if n, err = Retrack(t.Context(), r, "127.0.0.1:8080", true, []bittorrent.InfoHash{{}}); n != 1 || err != nil || r.torrent.Trackers[0].Announce != one || r.torrent.Trackers[1].Announce != two {
			t.Errorf("with %q refused, %d trackers were restored (%v): %+v", stubborn, n, err, r.torrent)
		}
	}
}

// several is a client with several torrents, of which some refuse other trackers.
type several struct {
	all    []remote.Torrent
	refuse map[bittorrent.InfoHash]error
	listed []int // how many torrents each list was asked for; 0 means all
}

func (s *several) Name() string { return "Client" }
func (s *several) Close()       {}

func (s *several) Torrents(_ context.Context, only ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	s.listed = append(s.listed, len(only))
	var out []remote.Torrent
	for _, t := range s.all {
		if len(only) == 0 || slices.Contains(only, t.InfoHash) {
			out = append(out, remote.Torrent{InfoHash: t.InfoHash, Trackers: slices.Clone(t.Trackers)})
		}
	}
	return out, nil
}

func (s *several) Readdress(_ context.Context, t remote.Torrent, f func(string) (string, bool)) (n int, err error) {
	if err := s.refuse[t.InfoHash]; err != nil {
		return 0, err
	}
	i := slices.IndexFunc(s.all, func(own remote.Torrent) bool { return own.InfoHash == t.InfoHash })
	if to, ok := f(t.Trackers[0].Announce); ok {
		s.all[i].Trackers[0].Announce, n = to, 1
	}
	return n, nil
}

// TestATorrentThatRefusesDoesNotStopTheOthers: qBittorrent refuses for a torrent that has the new address
// already. Another failure ends the change, because nothing else would succeed.
func TestATorrentThatRefusesDoesNotStopTheOthers(t *testing.T) {
	for _, c := range []struct {
		refuse  map[bittorrent.InfoHash]error
		kind    remote.Kind
		changed int
	}{
		{map[bittorrent.InfoHash]error{{1}: &remote.Error{Kind: remote.NotDone, Err: errors.New("409")}}, remote.NotTaken, 2},
		{map[bittorrent.InfoHash]error{
			{1}: &remote.Error{Kind: remote.NotDone, Err: errors.New("409")}, {2}: &remote.Error{Kind: remote.NotDone, Err: errors.New("409")},
			{3}: &remote.Error{Kind: remote.NotDone, Err: errors.New("409")},
		}, remote.NotTaken, 0},
		{map[bittorrent.InfoHash]error{{2}: &remote.Error{Kind: remote.NotHere, Err: errors.New("gone")}}, remote.NotHere, 1},
	} {
		s := &several{refuse: c.refuse}
		var hashes []bittorrent.InfoHash
		for i := range byte(3) {
			h := bittorrent.InfoHash{i + 1}
			hashes = append(hashes, h)
			s.all = append(s.all, remote.Torrent{InfoHash: h, Trackers: []remote.Tracker{{Announce: "https://t.example/announce"}}})
		}
		n, err := Retrack(t.Context(), s, "127.0.0.1:8080", false, hashes)
		var no *remote.Error
		if !errors.As(err, &no) || no.Kind != c.kind || n != c.changed || slices.Contains(s.listed, 0) {
			t.Errorf("%d trackers changed, want %d; error %v, want kind %d; listed %v", n, c.changed, err, c.kind, s.listed)
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
