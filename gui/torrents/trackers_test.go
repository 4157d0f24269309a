package torrents

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/grid"
)

// newTrackersScene returns a page that shows its trackers.
func newTrackersScene(t *testing.T) (s *scene, snap *engine.Snapshot) {
	s = newScene(t)
	list := sample()
	for i, host := range []string{"a.example", "b.example", "a.example"} {
		list[i].Tracker = host
	}
	list[2].Seen, list[2].Reported = 5<<20, 15<<20
	snap = &engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{
		{Host: "b.example", Away: true, Since: now.Add(-41 * time.Minute), NextTry: now.Add(4 * time.Minute), Problem: exchange.ProblemTimeout},
		{Host: "a.example", Own: policy.TrackerRule{Factor: 1500, Ceiling: 1 << 20, StopAt: 3000}},
	}}
	s.Show(snap, now)
	test.Tap(s.bar.view)
	return s, snap
}

func (s *scene) trackerCells(row int) (out []string) {
	cells := make([]grid.Cell, 10)
	s.trackers.cells(row, cells)
	for _, c := range cells {
		out = append(out, c.Text)
	}
	return out
}

func TestEachTrackerHasTheSumsOfItsTorrents(t *testing.T) {
	s, _ := newTrackersScene(t)
	if s.table.Visible() || !s.trackers.content.Visible() || s.bar.classRow.Visible() || s.Grid() != s.Trackers() {
		t.Fatal("the trackers are not shown, or the bar is that of the torrents")
	}
	for row, want := range [][]string{
		{"a.example", "1 refused", "2", "5.00 MiB", "15.0 MiB", "+10.0 MiB", "1", "–", "1.5×", "at most 1.00 MiB/s, nothing added from ratio 3 on"},
		{"b.example", "Unreachable", "1", "7 B", "7 B", "–", "–", "4 min", "–", "–"},
	} {
		if got := s.trackerCells(row); !slices.Equal(got, want) {
			t.Errorf("row %d: got %q, want %q", row, got, want)
		}
	}
	s.Trackers().OnSelect(1)
	if got := s.trackers.line.Text(); got != "b.example has not answered for 41 min: no answer in time. Next try in 4 min." {
		t.Errorf("details of the tracker: %q", got)
	}
	if got := s.Copied(); !strings.Contains(got, "Next try: 4 min") {
		t.Errorf("copied %q, want the next try", got)
	}
	test.Tap(s.trackers.rules)
	if !slices.Equal(s.engine.calls, []string{"rules of b.example"}) {
		t.Errorf("calls %q, want the rules of b.example", s.engine.calls)
	}
	s.bar.filter.SetText("a.ex")
	if got := s.trackerCells(0); len(s.trackers.rows) != 1 || got[0] != "a.example" || s.bar.count.Text() != "1 of 2 trackers" || !s.trackers.showTorrents.Disabled() {
		t.Errorf("filtered: row %q, count %q", got, s.bar.count.Text())
	}
}

// TestACachedAnswerDoesNotCountAsTheTrackersOwn: an answer from the cache means that the tracker gave none, except for
// a duplicate.
func TestACachedAnswerDoesNotCountAsTheTrackersOwn(t *testing.T) {
	for _, c := range []struct {
		answered bool
		outcome  exchange.Outcome
		problem  exchange.Problem
		want     string
	}{
		{false, exchange.OutcomeForwarded, exchange.ProblemNone, "–"},
		{true, exchange.OutcomeForwarded, exchange.ProblemNone, "Answers"},
		{true, exchange.OutcomeCached, exchange.ProblemNone, "Answers"}, // a duplicate
		{true, exchange.OutcomeCached, exchange.ProblemReset, "No answer"},
		{true, exchange.OutcomeFailed, exchange.ProblemReset, "No answer"},
	} {
		s, snap := newTrackersScene(t)
		list := slices.Clone(snap.Torrents)
		for i := range list {
			one := *list[i]
			one.Tracker, one.Failure, one.Answered, one.Outcome, one.Problem = "a.example", "", c.answered, c.outcome, c.problem
			list[i] = &one
		}
		snap.Torrents = list
		s.Show(snap, now)
		if got := s.trackerCells(0)[1]; got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestEnterOnATrackerShowsItsTorrents(t *testing.T) {
	s, _ := newTrackersScene(t)
	s.Trackers().OnSelect(0)
	s.window.Canvas().Focus(s.Trackers().Body())
	s.Trackers().Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if ids(&s.rows) != "ca" || !s.table.Visible() || s.trackers.content.Visible() || s.window.Canvas().Focused() != s.Grid().Body() {
		t.Errorf("torrents %s, table visible: %v; want ca, true, and the focus on the table", ids(&s.rows), s.table.Visible())
	}
	for _, item := range s.trackers.menu("b.example").Items {
		if !item.IsSeparator && item.Action == nil {
			t.Errorf("menu item %q has no action", item.Label)
		}
	}
}

// TestTheTrackersKeepTheirOrderWhileOneIsSelected, until the user asks for another order.
func TestTheTrackersKeepTheirOrderWhileOneIsSelected(t *testing.T) {
	s, snap := newTrackersScene(t)
	s.Trackers().OnSort("told")
	s.Trackers().OnSelect(0)
	next := *snap
	next.Torrents = with(snap.Torrents, 1, func(t *engine.Torrent) { t.Reported = 1 << 40 })
	s.Show(&next, now)
	if got := s.trackerCells(0)[0]; got != "a.example" || s.Trackers().Selected() != 0 {
		t.Errorf("selected: %q is first, row %d selected; want a.example, 0", got, s.Trackers().Selected())
	}
	s.Trackers().OnSelect(-1)
	if got := s.trackerCells(0)[0]; got != "b.example" {
		t.Errorf("not selected: %q is first, want b.example", got)
	}
	for key := range trackerOrders {
		s.Trackers().OnSort(key)
		s.Trackers().OnSort(key)
		if s.Trackers().Header(key) == nil {
			t.Errorf("the sort key %q has no column", key)
		}
	}
}

// TestTheOrderOfTrackersIsNotHeldOnceTheSelectedOneIsGone, and a tracker that is gone is no longer selected.
func TestTheOrderOfTrackersIsNotHeldOnceTheSelectedOneIsGone(t *testing.T) {
	s, snap := newTrackersScene(t)
	next := *snap
	next.Trackers = append(slices.Clone(snap.Trackers), engine.Tracker{Host: "c.example"})
	s.Trackers().OnSort("told")
	s.Show(&next, now)
	s.Trackers().OnSelect(0) // a.example
	s.bar.filter.SetText("b.ex")
	s.bar.filter.SetText("")
	if s.Trackers().Selected() != 0 {
		t.Errorf("after the filter row %d is selected, want 0", s.Trackers().Selected())
	}
	next.Trackers = []engine.Tracker{snap.Trackers[0], {Host: "c.example"}}
	s.Show(&next, now)
	next.Torrents = with(snap.Torrents, 0, func(t *engine.Torrent) { t.Tracker, t.Reported = "c.example", 1<<40 })
	s.Show(&next, now)
	if got := s.trackerCells(0)[0]; got != "c.example" || s.trackers.chosen != "" {
		t.Errorf("%q is first, %q is selected; want c.example, none", got, s.trackers.chosen)
	}
}
