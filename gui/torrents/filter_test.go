package torrents

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/text"
)

// TestEveryWordOfTheFilterMustBeInTheRow, each wherever it is: in the name, the tracker, the client or the state.
func TestEveryWordOfTheFilterMustBeInTheRow(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Name = "Ubuntu 26.04"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	for typed, want := range map[string]string{
		"ubuntu seeding": "b", "SEEDING  ubuntu": "b", "ubuntu refused": "", "b.example transmission ubuntu": "b", "example": "cba", "deluge c.example refused": "a",
	} {
		s.bar.filter.SetText(typed)
		if got := ids(&s.rows); got != want {
			t.Errorf("%q leaves %q, want %q", typed, got, want)
		}
	}
}

// TestChipsCountAndLeave: each torrent is under All and at least one other chip, and a chip's count is what it leaves.
func TestChipsCountAndLeave(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Pending = 2
	list = append(list, &engine.Torrent{ID: "d", Answered: true, Last: now.Add(-time.Hour), Next: now.Add(-30 * time.Minute)},
		&engine.Torrent{ID: "e", Own: policy.One, Last: now.Add(-72 * time.Hour)}, &engine.Torrent{ID: "f", Own: policy.One, Last: now})
	list[2].Event = bittorrent.EventNone
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	for c, want := range map[class]string{all: "fcbade", active: "f", pending: "b", refusals: "a", unreachable: "c", stopped: "e", late: "d"} {
		test.Tap(s.bar.chips.Item(int(c)).(fyne.Tappable))
		if got := ids(&s.rows); got != want || s.rows.counts[c] != len(want) || s.bar.chips.Current() != int(c) {
			t.Errorf("chip %d leaves %q of %d, want %q", c, got, s.rows.counts[c], want)
		}
	}
	s.bar.filter.SetText("nothing")
	if s.rows.counts[all] != 6 {
		t.Error("what is typed changes the counts")
	}
	s.ShowOnly(text.AboutRefused)
	if got := ids(&s.rows); got != "a" || s.bar.filter.Text != "" {
		t.Errorf("the light leaves %q", got)
	}
}

func TestOneTrackersTorrents(t *testing.T) {
	s := newScene(t)
	snap := &engine.Snapshot{State: engine.On, Torrents: sample(), Trackers: []engine.Tracker{{Host: "c.example", Torrents: 1}, {Host: "b.example", Torrents: 1}}}
	s.Show(snap, now)
	m := s.bar.trackers()
	if len(m.Items) != 3 || m.Items[1].Label != "b.example  1" || !m.Items[0].Checked {
		t.Fatalf("%v", m.Items)
	}
	m.Items[1].Action()
	if ids(&s.rows) != "b" || s.bar.count.Text() != "1 of 3 torrents" || !s.bar.trackers().Items[1].Checked {
		t.Errorf("%s, %q", ids(&s.rows), s.bar.count.Text())
	}
	snap.Trackers = snap.Trackers[:1]
	if s.Show(snap, now); ids(&s.rows) != "cba" {
		t.Error("a tracker that is gone still filters")
	}
}

// TestHeldRowsStayUnderAFilter: what no longer fits stays, what fits since comes last, and the button puts both right.
func TestHeldRowsStayUnderAFilter(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[0].Failure = ""
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onClass(active)
	if ids(&s.rows) != "ba" {
		t.Fatal(ids(&s.rows))
	}
	s.onSelect(1)
	list = with(list, 1, func(t *engine.Torrent) { t.Failure = "no" })
	list = with(list, 2, func(t *engine.Torrent) { t.Outcome, t.Event = exchange.OutcomeForwarded, bittorrent.EventNone })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if ids(&s.rows) != "bac" || s.bar.late.Text != "2 updated" || s.Grid().Selected() != 1 {
		t.Fatalf("%s, %q, row %d", ids(&s.rows), s.bar.late.Text, s.Grid().Selected())
	}
	list = slices.Clone(list) // another snapshot in which nothing happened
	if s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now); ids(&s.rows) != "bac" {
		t.Fatal(ids(&s.rows))
	}
	test.Tap(s.bar.late)
	if ids(&s.rows) != "ca" || s.bar.late.Visible() || s.Grid().Selected() != 1 {
		t.Errorf("settled: %s", ids(&s.rows))
	}
}
