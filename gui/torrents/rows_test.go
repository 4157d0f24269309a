package torrents

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
)

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// newest puts the newest announce on top.
var newest = Sort{Key: "last", Descending: true}

func sample() []*engine.Torrent {
	return []*engine.Torrent{
		{
			ID: "a", Size: 1, Factor: 1000, InfoHash: bittorrent.InfoHash{3}, Tracker: "c.example", Client: "Deluge 2.2.0", Event: bittorrent.EventStarted, Seen: 5, Reported: 9,
			Swarm: bittorrent.Swarm{Seeders: 1, Leechers: 9}, Last: now.Add(-3 * time.Minute), Next: now.Add(time.Minute), Answered: true, Failure: "no",
		},
		{
			ID: "b", Size: 2, Factor: 2000, InfoHash: bittorrent.InfoHash{1}, Tracker: "b.example", Client: "Transmission 4.1.4", Seen: 7, Reported: 7,
			Swarm: bittorrent.Swarm{Seeders: 4, Leechers: 2}, Last: now.Add(-2 * time.Minute), Next: now.Add(3 * time.Minute), Answered: true,
		},
		{
			ID: "c", Size: 3, Factor: 3000, InfoHash: bittorrent.InfoHash{2}, Tracker: "a.example", Client: "qBittorrent 5.3.0", Event: bittorrent.EventStopped, Seen: 6, Reported: 20,
			Swarm: bittorrent.UnknownSwarm, Last: now.Add(-time.Minute), Answered: true, Outcome: exchange.OutcomeCached, Away: true,
		},
	}
}

// with returns the next snapshot's list, in which one torrent has changed.
func with(list []*engine.Torrent, i int, change func(*engine.Torrent)) []*engine.Torrent {
	list = slices.Clone(list)
	t := *list[i]
	change(&t)
	list[i] = &t
	return list
}

func ids(r *rows) (out string) {
	for i := range r.shown {
		out += r.at(i).ID
	}
	return out
}

func TestEveryColumnSortsBothWays(t *testing.T) {
	for key, want := range map[string]string{
		"hash": "bca", "state": "bca", "size": "abc", "factor": "abc", "tracker": "cba", "client": "abc", "event": "bac", "seen": "acb", "told": "bac", "credit": "bac",
		"peers": "cab", "answer": "bca", "last": "abc", "next": "cab",
	} {
		var r rows
		r.update(sample(), Sort{key, false})
		if got := ids(&r); got != want {
			t.Errorf("by %s: got %s, want %s", key, got, want)
		}
		r.update(sample(), Sort{key, true})
		back := []byte(want)
		slices.Reverse(back)
		if got := ids(&r); got != string(back) {
			t.Errorf("by %s, descending: got %s, want %s", key, got, back)
		}
	}
	if len(comparators) != len(columns()) {
		t.Errorf("%d orders for %d columns", len(comparators), len(columns()))
	}
}

func TestAnUnknownSortKeySortsByName(t *testing.T) {
	var r rows
	r.update(sample(), Sort{"nonsense", false})
	if got := ids(&r); got != "bca" {
		t.Errorf("got %s, want bca: by name", got)
	}
}

func TestASecondClickReversesTheSort(t *testing.T) {
	s := newest
	for _, c := range []struct {
		key  string
		want Sort
	}{
		{"last", Sort{"last", false}},
		{"tracker", Sort{"tracker", false}},
		{"tracker", Sort{"tracker", true}},
		{"seen", Sort{"seen", true}},
	} {
		if s = s.afterClick(c.key); s != c.want {
			t.Errorf("click on %s: got %v, want %v", c.key, s, c.want)
		}
	}
}

// TestTheIncrementalOrderEqualsAFullSort: from one snapshot to the next the order is kept, only new rows and rows that
// moved are sorted, and the filter looks only at changed rows. The result must be as if all rows were sorted and
// filtered.
func TestTheIncrementalOrderEqualsAFullSort(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	all := manyTorrents(400)
	list := all[:300]
	var kept rows
	kept.update(list, newest)
	for round := range 200 {
		next := list
		for range r.Intn(12) {
			next = with(next, r.Intn(len(next)), func(t *engine.Torrent) {
				t.Last = now.Add(time.Duration(r.Intn(4000)-2000) * time.Second)
				t.Seen = uint64(r.Intn(50))
				t.Name = []string{"", "Debian 12", "Étude"}[r.Intn(3)]
			})
		}
		if round%3 == 0 {
			next = append(next[:len(next):len(next)], all[len(next)])
		}
		by := newest
		if round%50 > 25 {
			by = Sort{"seen", round%2 == 0}
		}
		if round%20 == 0 {
			kept.setFilter(filter{words: wordsOf([]string{"", "debian", "ÉTUDE", "tracker7."}[round/20%4]), class: class(round / 20 % 3)})
		}
		kept.update(next, by)
		fresh := rows{filter: kept.filter}
		fresh.update(next, by)
		if !slices.Equal(kept.order, fresh.order) || !slices.Equal(kept.shown, fresh.shown) {
			t.Fatalf("round %d: the incremental order differs from a full sort", round)
		}
		list = next
	}
	kept.setFilter(filter{})
	kept.update(list[:100], newest)
	if len(kept.order) != 100 || kept.find("nobody") != -1 || kept.at(kept.find(list[7].ID)).ID != list[7].ID {
		t.Errorf("with a shorter list: %d rows, want 100; or a torrent is not found", len(kept.order))
	}
	if kept.setFilter(filter{words: []string{"no"}}); kept.find(list[7].ID) != -1 {
		t.Errorf("a torrent that the filter hides is found in row %d", kept.find(list[7].ID))
	}
}

func manyTorrents(n int) []*engine.Torrent {
	list := make([]*engine.Torrent, n)
	for i := range list {
		list[i] = &engine.Torrent{
			ID: fmt.Sprint("id", i), InfoHash: bittorrent.InfoHash{byte(i), byte(i >> 8)}, Tracker: fmt.Sprintf("tracker%d.example", i%37),
			Client: "Transmission 4.1.4", Seen: uint64(i*7919%100_003) << 20, Reported: uint64(i*7919%100_003) << 21, Answered: true, Status: 200,
			Last: now.Add(-time.Duration(i*7919%1800) * time.Second), Next: now.Add(time.Duration(i%1800) * time.Second),
		}
	}
	return list
}

func TestCellsShowWhatIsKnownOfATorrent(t *testing.T) {
	tr := engine.Torrent{
		InfoHash: bittorrent.InfoHash{0xab, 0xcd, 0xef, 1}, Tracker: "tracker.example:6969", Client: "Transmission 4.1.4",
		Event: bittorrent.EventCompleted, Factor: 3000, Seen: 10 << 20, Reported: 30 << 20, Swarm: bittorrent.Swarm{Seeders: 12, Leechers: -1},
		Last: now.Add(-90 * time.Second), Next: now.Add(28 * time.Minute), Answered: true, Status: 200,
	}
	out := make([]grid.Cell, len(columns()))
	pics := newStateIcons()
	cells(&tr, now, true, &pics, out)
	want := []string{"abcdef01", "Seeding", "tracker.example:6969", "Transmission 4.1.4", "completed", "–", "10.0 MiB", "30.0 MiB", "+20.0 MiB", "3×", "12 / –", "OK", "1 min", "28 min"}
	for i, w := range want {
		if out[i].Text != w {
			t.Errorf("column %d: got %q, want %q", i, out[i].Text, w)
		}
	}
	if out[8].Tone != theme.Strong || out[11].Tone != theme.Good {
		t.Errorf("tones of Added and of the answer: %v, %v; want strong, good", out[8].Tone, out[11].Tone)
	}
	cells(&engine.Torrent{Seen: 5, Reported: 5}, now, true, &pics, out)
	if out[8].Text != "–" || out[11].Text != "–" || out[12].Text != "–" || out[13].Text != "–" {
		t.Errorf("cells of a torrent without an announce: %v, want dashes", out)
	}
}

func TestAPendingAnnounceShowsWhyItIsPending(t *testing.T) {
	k := engine.Pending{
		InfoHash: bittorrent.InfoHash{0xab, 0xcd, 0xef, 1}, Tracker: "t.example", Event: bittorrent.EventStopped, Reported: 3 << 20,
		Since: now.Add(-9 * time.Minute), NextTry: now.Add(90 * time.Second), Problem: exchange.ProblemTimeout,
	}
	if title, _ := pendingWords(&engine.Pending{Name: "Sintel", Event: bittorrent.EventStopped}, now); title != "stopped, 0 B: Sintel" {
		t.Errorf("title with a name: %q", title)
	}
	title, why := pendingWords(&k, now)
	if title != "stopped, 3.00 MiB: abcdef01" || why != "t.example, for 9 min: no answer in time, next try in 1 min" {
		t.Errorf("title %q, reason %q", title, why)
	}
}

// TestHeldRowsKeepTheirPlaces: while rows are held, no row moves except to close the gaps of rows that are gone.
func TestHeldRowsKeepTheirPlaces(t *testing.T) {
	var r rows
	list := sample()
	r.update(list, newest)
	r.hold = true
	later := func(i int) {
		list = with(list, i, func(t *engine.Torrent) { t.Last = now.Add(time.Duration(i) * time.Second) })
	}
	check := func(what, want string, late int) {
		t.Helper()
		r.update(list, newest)
		if got := ids(&r); got != want || r.countOutOfPlace() != late {
			t.Errorf("%s: rows %s with %d updated, want %s with %d", what, got, r.countOutOfPlace(), want, late)
		}
	}
	check("no change", "cba", 0)
	later(0)
	check("one torrent moved", "cba", 1)
	later(0)
	check("the same torrent again", "cba", 1)
	list = append(list[:len(list):len(list)], &engine.Torrent{ID: "d", Last: now.Add(time.Hour)})
	check("a new torrent", "cbad", 2)
	list = list[1:] // a is gone, so all others have another index in the list
	check("a torrent is gone", "cbd", 1)
	later(0)
	check("another torrent moved", "cbd", 2)
	r.sortNow()
	if got := ids(&r); got != "dbc" || r.countOutOfPlace() != 0 {
		t.Errorf("updated: rows %s with %d late, want dbc with 0", got, r.countOutOfPlace())
	}
	later(1)
	check("held again", "dbc", 1)
	r.hold = false
	check("not held", "dcb", 0)
	if r.update(list, Sort{Key: "last"}); ids(&r) != "bcd" {
		t.Errorf("another sort: rows %s, want bcd", ids(&r))
	}
}

func TestNamesAreComparedWithoutCase(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"debian", "Ubuntu", -1}, {"Ubuntu", "debian", 1}, {"ÉTUDE", "étude", 0}, {"a", "ab", -1}, {"", "", 0}} {
		if got := compareFold(c.a, c.b); got != c.want {
			t.Errorf("comparing %q with %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
