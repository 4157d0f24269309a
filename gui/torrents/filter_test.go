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
	"bittoratio/gui/control"
	"bittoratio/gui/text"
)

// TestEveryWordOfTheFilterMustMatchTheRow, each anywhere: in the name, the tracker, the client or the state.
func TestEveryWordOfTheFilterMustMatchTheRow(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Name = "Ubuntu 26.04"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	for typed, want := range map[string]string{
		"ubuntu seeding": "b", "SEEDING  ubuntu": "b", "ubuntu refused": "", "b.example transmission ubuntu": "b", "example": "cba", "deluge c.example refused": "a",
	} {
		s.bar.filter.SetText(typed)
		if got := ids(&s.rows); got != want {
			t.Errorf("the filter %q shows %q, want %q", typed, got, want)
		}
	}
}

// TestAChipShowsAsManyRowsAsItCounts: each torrent belongs to All and at least one other chip, and a chip's count is
// the number of rows that match it.
func TestAChipShowsAsManyRowsAsItCounts(t *testing.T) {
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
			t.Errorf("chip %d shows %q and counts %d, want %q", c, got, s.rows.counts[c], want)
		}
	}
	s.bar.filter.SetText("nothing")
	if s.rows.counts[all] != 6 {
		t.Errorf("the typed filter changes the count of all torrents to %d, want 6", s.rows.counts[all])
	}
	s.ShowOnly(text.AboutRefused)
	if got := ids(&s.rows); got != "a" || s.bar.filter.Text != "" {
		t.Errorf("the light shows %q, want a", got)
	}
}

func TestTheTrackerMenuShowsTheTorrentsOfOneTracker(t *testing.T) {
	s := newScene(t)
	snap := &engine.Snapshot{State: engine.On, Torrents: sample(), Trackers: []engine.Tracker{{Host: "c.example", Torrents: 1}, {Host: "b.example", Torrents: 1}}}
	s.Show(snap, now)
	m := s.bar.trackerMenu()
	if len(m.Items) != 3 || m.Items[1].Label != "b.example  1" || !m.Items[0].Checked {
		t.Fatalf("the menu has %d items, the second %q; want 3 and b.example", len(m.Items), m.Items[1].Label)
	}
	m.Items[1].Action()
	if ids(&s.rows) != "b" || s.bar.count.Text() != "1 of 3 torrents" || !s.bar.trackerMenu().Items[1].Checked {
		t.Errorf(`shows %s, count %q; want b and "1 of 3 torrents"`, ids(&s.rows), s.bar.count.Text())
	}
	snap.Trackers = snap.Trackers[:1]
	if s.Show(snap, now); ids(&s.rows) != "cba" {
		t.Errorf("shows %s for a tracker that no longer exists, want all", ids(&s.rows))
	}
}

// TestHeldRowsStayWhenTheFilterNoLongerMatchesThem: rows that no longer fit stay, new ones that fit come last, and the
// button sorts both out.
func TestHeldRowsStayWhenTheFilterNoLongerMatchesThem(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[0].Failure = ""
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onClass(active)
	if ids(&s.rows) != "ba" {
		t.Fatalf("active torrents %s, want ba", ids(&s.rows))
	}
	s.onSelect(1)
	list = with(list, 1, func(t *engine.Torrent) { t.Failure = "no" })
	list = with(list, 2, func(t *engine.Torrent) {
		t.Outcome, t.Event, t.Away = exchange.OutcomeForwarded, bittorrent.EventNone, false
	})
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if ids(&s.rows) != "bac" || s.bar.sortNow.Text != "2 updated" || s.Grid().Selected() != 1 {
		t.Fatalf(`held: rows %s, button %q, row %d selected; want bac, "2 updated", 1`, ids(&s.rows), s.bar.sortNow.Text, s.Grid().Selected())
	}
	list = slices.Clone(list) // a new snapshot in which nothing happened
	if s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now); ids(&s.rows) != "bac" {
		t.Fatalf("held, without a change: rows %s, want bac", ids(&s.rows))
	}
	test.Tap(s.bar.sortNow)
	if ids(&s.rows) != "ca" || s.bar.sortNow.Visible() || s.Grid().Selected() != 1 {
		t.Errorf("updated: rows %s, row %d selected; want ca, 1", ids(&s.rows), s.Grid().Selected())
	}
}

// TestTheLightTheChipsAndTheRowsAgree about every possible torrent: a chip shows the rows that show its state,
// and a torrent that the light counts is in the class that a click on the light chooses.
func TestTheLightTheChipsAndTheRowsAgree(t *testing.T) {
	shows := map[state]class{refused: refusals, trackerAway: unreachable, overdue: late}
	var list []*engine.Torrent
	var tracker engine.Tracker
	for _, event := range []bittorrent.Event{bittorrent.EventNone, bittorrent.EventStopped} {
		for _, last := range []time.Duration{time.Minute, 2 * time.Hour, 80 * time.Hour} {
			for _, failure := range []string{"", "no"} {
				for _, outcome := range []exchange.Outcome{exchange.OutcomeForwarded, exchange.OutcomeCached, exchange.OutcomeFailed} {
					for bits := range 8 {
						one := &engine.Torrent{
							Tracker: "t.example", Event: event, Last: now.Add(-last), Next: now.Add(-last).Add(30 * time.Minute), Failure: failure,
							Answered: true, Outcome: outcome, Problem: exchange.ProblemTimeout, Pending: bits & 1, Away: bits&2 != 0,
						}
						if bits&4 != 0 {
							one.Own = policy.One
						}
						list = append(list, one)
					}
				}
			}
		}
	}
	for _, one := range list {
		s := stateAt(one, now, true)
		k := classesOf(one, s, now, true)
		for of, c := range shows {
			if k.has(c) != (s == of) && !(c == late && s == undelivered) { // pending weighs more than overdue
				t.Errorf("%+v shows %q, but its classes are %b", *one, s.words(), k)
			}
		}
		tracker = engine.Tracker{Host: "t.example", Away: one.Away, Since: now}
		light := text.LightOf(&engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{one}, Trackers: []engine.Tracker{tracker}}, now)
		if !k.has(classOf[light.Subject]) {
			t.Errorf("%+v shows %q, but a click on %q does not show it", *one, s.words(), light.Words)
		}
		if light.Subject == text.AboutAll && (k.has(refusals) || k.has(unreachable) || k.has(late)) {
			t.Errorf("%+v shows %q, but the light reports nothing", *one, s.words())
		}
	}
}

// TestAClickOnTheLightShowsTheRowsItIsAbout if a tracker is away and was not asked since.
func TestAClickOnTheLightShowsTheRowsItIsAbout(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Away = true
	list[0].Failure, list[2].Away = "", false
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{{Host: "b.example", Away: true, Since: now}}}, now)
	s.ShowOnly(text.AboutUnreachable)
	if got := ids(&s.rows); got != "b" || s.rows.counts[unreachable] != 1 {
		t.Errorf("shows %q, counts %d; want b, 1", got, s.rows.counts[unreachable])
	}
}

// TestAFilterThatMatchesNothingIsExplainedAndCleared in both tables, and a button ends it.
func TestAFilterThatMatchesNothingIsExplainedAndCleared(t *testing.T) {
	s, _ := newTrackersScene(t)
	none := s.noMatch.(*fyne.Container)
	show := none.Objects[2].(*fyne.Container).Objects[1].(*control.Button)
	for _, byTracker := range []bool{true, false} {
		s.setView(byTracker)
		if none.Visible() {
			t.Fatal("the message about a filter is visible without a filter")
		}
		s.bar.filter.SetText("no such word")
		if !none.Visible() {
			t.Fatal("the table is empty without a message")
		}
		test.Tap(show)
		if none.Visible() || s.bar.filter.Text != "" || s.rows.filter.isSet() {
			t.Errorf("after the button the message is visible: %v, the filter is %+v, %q; want none", none.Visible(), s.rows.filter, s.bar.filter.Text)
		}
	}
}
