package torrents

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
)

func (f *fakeEngine) Sessions(id string) []engine.Session {
	f.calls = append(f.calls, "sessions "+id)
	return f.sessions
}

func (f *fakeEngine) Noticed(id string) checks.Noticed {
	f.calls = append(f.calls, "noticed "+id)
	return f.noticed
}

// openSide opens the detail of the first row, and one of its sides.
func openSide(t *testing.T, s *scene, side int) {
	t.Helper()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.onSelect(0)
	test.Tap(s.detail.side.buttons[side])
	if !s.detail.side.contents[side].Visible() || s.detail.side.contents[sideAnnounces].Visible() {
		t.Fatal("the chosen side of the details is not visible")
	}
}

// TestTheDetailShowsWhatATrackerCouldNotice also checks that the engine is asked only for what is visible.
func TestTheDetailShowsWhatATrackerCouldNotice(t *testing.T) {
	s := newScene(t)
	s.engine.noticed = checks.Noticed{
		Since: now.Add(-time.Hour), Began: true, Rate: 2 << 20, Line: 1 << 20, Ceiling: true,
		Findings: []checks.Finding{{Check: checks.Speed, At: now, Rate: 2 << 20, Line: 1 << 20}},
	}
	openSide(t, s, sideNoticed)
	if calls := strings.Join(s.engine.calls, ","); strings.Contains(calls, "sessions") || !strings.Contains(calls, "noticed") {
		t.Errorf("calls %s, want only those for the visible side", calls)
	}
	want := []struct {
		tone  theme.Tone
		words string
	}{
		{theme.Good, "The client started before anything was reported."},
		{theme.Good, "The total never fell."},
		{theme.Muted, "Not known: the tracker doesn't say how many peers lack something."},
		{theme.Muted, "Not known: BittOratio doesn't try it."},
		{theme.Warn, "2.00 MiB/s between two announces; your ceiling is 1.00 MiB/s."},
	}
	for i, w := range want {
		f := &s.detail.noticed.facts[i]
		if f.tone != w.tone || f.words.Text() != w.words {
			t.Errorf("%s: got %v %q, want %v %q", f.title.Text(), f.tone, f.words.Text(), w.tone, w.words)
		}
	}
	if got := s.detail.noticed.summary.Text(); got != "1 of these five checks fires; a tracker may have others." {
		t.Errorf("summary of a finding: %q", got)
	}
	s.engine.noticed = checks.Noticed{}
	s.refresh()
	if got := s.detail.noticed.summary.Text(); got != "Nothing has reached this tracker since BittOratio started, so there is nothing to compare." {
		t.Errorf("summary without data: %q", got)
	}
}

func TestEarlierSessionsAreSummedUpInOneRow(t *testing.T) {
	s := newScene(t)
	for i := range 60 {
		last := now.AddDate(0, 0, -i)
		s.engine.sessions = append(s.engine.sessions, engine.Session{
			Client: "Transmission 4.1.4", Event: bittorrent.EventStopped, Sums: exchange.Sums{Seen: 1 << 20, Reported: 2 << 20}, First: last.Add(-time.Hour), Last: last,
		})
	}
	openSide(t, s, sideSessions)
	list := s.detail.sessions
	if len(list.list) != 2 || list.more != 59 {
		t.Fatalf("%d rows, the last for %d earlier sessions; want 2 and 59", len(list.list), list.more)
	}
	out := make([]grid.Cell, 4)
	list.cells(1, out)
	if out[0].Text != "59 earlier sessions" || out[1].Text != "59.0 MiB" || out[2].Text != "118 MiB" || !list.list[1].First.Equal(now.AddDate(0, 0, -59).Add(-time.Hour)) {
		t.Errorf("the row of earlier sessions: %v since %v", out, list.list[1].First)
	}
	if s.engine.sessions[1].Sums.Seen != 1<<20 {
		t.Error("the engine's own list was changed")
	}
}

func (f *fakeEngine) SetTrackerRule(tracker string, rule policy.TrackerRule) error {
	f.calls = append(f.calls, fmt.Sprintf("rule of %s %+v", tracker, rule))
	return nil
}

// TestTheGuardBesideTheChecksChangesNoOtherRule: the guard is off until the user switches it on, and it leaves the
// tracker's other rules as they are.
func TestTheGuardBesideTheChecksChangesNoOtherRule(t *testing.T) {
	s := newScene(t)
	openSide(t, s, sideNoticed)
	list := sample()
	own := policy.TrackerRule{Ceiling: 5}
	snap := &engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{{Host: s.rows.at(0).Tracker, Own: own}}}
	s.Show(snap, now)
	if s.detail.noticed.guard.Checked {
		t.Fatal("the guard is on at first")
	}
	test.Tap(s.detail.noticed.guard)
	for _, do := range s.queued {
		do()
	}
	own.Alone = true
	if want := fmt.Sprintf("rule of %s %+v", s.rows.at(0).Tracker, own); !slices.Contains(s.engine.calls, want) {
		t.Errorf("calls %q, want %s", s.engine.calls, want)
	}
	snap = &engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{{Host: s.rows.at(0).Tracker}}}
	s.Show(snap, now)
	if s.detail.noticed.guard.Checked {
		t.Error("the guard is ticked although the engine does not have it")
	}
}
