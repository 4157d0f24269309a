package torrents

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
)

// click clicks a row while modifier keys are held.
func (s *scene) click(row int, held fyne.KeyModifier) {
	at := fyne.PointEvent{Position: fyne.NewPos(20, float32(row)*29+10)}
	body := s.Grid().Body()
	body.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{PointEvent: at, Modifier: held})
	body.(fyne.Tappable).Tapped(&at)
}

func (s *scene) selectedIDs() (out string) {
	for _, t := range s.selectedTorrents() {
		out += t.ID
	}
	return out
}

func TestSeveralRowsCanBeSelected(t *testing.T) {
	s := newScene(t)
	list := append(sample(), &engine.Torrent{ID: "d"})
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	const ctrl, shift = fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	check := func(what, want, lead string) {
		t.Helper()
		if got := s.selectedIDs(); got != want || s.chosen != lead || s.bar.selected.Visible() != (len(want) > 1) {
			t.Errorf("%s: selected %q with the details of %q, want %q and %q", what, got, s.chosen, want, lead)
		}
	}
	s.click(0, 0)
	check("a click", "c", "c")
	s.click(2, ctrl)
	check("with Ctrl", "ca", "a")
	s.click(3, shift)
	check("with Shift", "ad", "d")
	s.click(1, shift)
	check("with Shift on the other side", "ba", "b")
	s.click(1, ctrl)
	check("with Ctrl again", "a", "a")
	s.click(1, 0)
	check("a click alone", "b", "b")
	s.window.Canvas().Focus(s.Grid().Body())
	s.Grid().Body().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	check("Ctrl+A", "cbad", "b")
	s.bar.filter.SetText("example")
	check("a filter", "cba", "b")
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	check("Esc", "", "")
	s.click(0, shift)
	check("Shift without a row before", "c", "c")
	s.click(2, shift)
	if body := s.Grid().Body().(fyne.SecondaryTappable); true {
		body.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(20, 40)})
	}
	check("the other button on one of them", "cba", "a")
	if got := strings.Count(s.Copied(), "Uploaded: "); got != 3 {
		t.Errorf("%d torrents are copied, want 3", got)
	}
}

func TestTheMenuOfSeveralRowsActsOnAllTheirTorrents(t *testing.T) {
	s := newScene(t)
	list := sample()
	list = append(list, &engine.Torrent{ID: "b2", InfoHash: list[1].InfoHash, Tracker: "other.example", Own: 3000})
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	m := s.menu(list)
	choose(t, m, "Copy 4 hashes")
	if got := fyne.CurrentApp().Clipboard().Content(); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "03") {
		t.Errorf("copied %q, want each hash once", got)
	}
	for _, label := range []string{"Show activity", "Multiplier and guards of this tracker…"} {
		if i := slices.IndexFunc(m.Items, func(i *fyne.MenuItem) bool { return i.Label == label }); i < 0 || !m.Items[i].Disabled {
			t.Errorf("%q is enabled for several torrents on several trackers", label)
		}
	}
	choose(t, m, "Multiplier of these 4 torrents…")
	if wrong := s.accept("4"); wrong != "" {
		t.Errorf("the multiplier 4 is refused: %s", wrong)
	}
	if want := []string{"torrent 01000000 4", "torrent 02000000 4", "torrent 03000000 4"}; !slices.Equal(s.engine.calls, want) {
		t.Errorf("calls %q, want %q", s.engine.calls, want)
	}
}

// stoppedList returns torrents, two of which may be forgotten.
func stoppedList() []*engine.Torrent {
	list := sample()
	list[0].Event = bittorrent.EventStopped
	return list
}

func TestForgettingCanBeUndoneCompletely(t *testing.T) {
	s := newScene(t)
	snap := &engine.Snapshot{State: engine.On, Torrents: stoppedList()}
	s.Show(snap, now)
	s.Grid().Body().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if ids(&s.rows) != "b" || s.undo.line.Text() != "Forgotten: 2 torrents. Still shared: 1 torrent." || !s.undo.content.Visible() {
		t.Fatalf("forgotten: rows %s, message %q", ids(&s.rows), s.undo.line.Text())
	}
	if s.rows.counts[all] != 1 || s.rows.counts[stopped] != 0 {
		t.Errorf("counts after forgetting: %v", s.rows.counts)
	}
	s.Undo()
	s.clock = s.clock.Add(undoFor)
	s.Show(snap, s.clock)
	s.Finish()
	forgets := slices.ContainsFunc(s.engine.calls, func(c string) bool { return strings.HasPrefix(c, "forget") })
	if ids(&s.rows) != "cba" || forgets || s.undo.content.Visible() {
		t.Errorf("after undo: rows %s, calls %q; want all rows and no call", ids(&s.rows), s.engine.calls)
	}
	s.Undo() // there is nothing more to undo
}

// TestForgettingAllTorrentsIsNotBlamedOnAFilter: there is none, and nothing that "Show all" could show.
func TestForgettingAllTorrentsIsNotBlamedOnAFilter(t *testing.T) {
	s := newScene(t)
	list := sample()
	for _, one := range list {
		one.Event = bittorrent.EventStopped
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if s.forget(list); len(s.rows.shown) != 0 || s.noMatch.Visible() || !s.undo.content.Visible() {
		t.Errorf("%d rows, message about a filter visible: %v, undo visible: %v; want 0, false, true", len(s.rows.shown), s.noMatch.Visible(), s.undo.content.Visible())
	}
}

func TestForgettingIsCarriedOutAfterTheTimeToUndo(t *testing.T) {
	s := newScene(t)
	list := stoppedList()
	snap := &engine.Snapshot{State: engine.On, Torrents: list}
	s.Show(snap, now)
	s.forget(list[2:])
	s.clock = s.clock.Add(undoFor - 1)
	if s.Settle(s.clock); len(s.queued) != 0 {
		t.Fatal("carried out before the time to undo was over")
	}
	s.clock = s.clock.Add(1)
	s.Settle(s.clock)
	if len(s.queued) != 1 || ids(&s.rows) != "ba" || s.undo.content.Visible() {
		t.Fatalf("%d requests, rows %s, undo visible: %v; want 1, ba, false", len(s.queued), ids(&s.rows), s.undo.content.Visible())
	}
	s.engine.sharing = []string{"c"} // its client has just come back
	s.queued[0]()
	if !slices.Equal(s.engine.calls, []string{"forget c"}) || ids(&s.rows) != "cba" {
		t.Errorf("calls %q, rows %s; want [forget c] and all rows", s.engine.calls, ids(&s.rows))
	}
	if len(s.questions) != 1 || !strings.Contains(s.questions[0], "1 torrent is shared by a client again") {
		t.Errorf("messages %q, want one about the shared torrent", s.questions)
	}
}

// TestASecondForgettingCarriesOutTheFirst, and closing the window carries out both.
func TestASecondForgettingCarriesOutTheFirst(t *testing.T) {
	s := newScene(t)
	list := stoppedList()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.forget(list[2:])
	s.forget(list[:1])
	if len(s.queued) != 1 || ids(&s.rows) != "b" {
		t.Fatalf("%d requests, rows %s; want 1, b", len(s.queued), ids(&s.rows))
	}
	s.queued[0]()
	s.Finish()
	if !slices.Equal(s.engine.calls, []string{"forget c", "forget a"}) {
		t.Errorf("calls %q, want c, then a", s.engine.calls)
	}
}

func TestASharedTorrentIsNotForgotten(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.forget(list[1:2])
	if ids(&s.rows) != "cba" || len(s.questions) != 1 || s.undo.content.Visible() {
		t.Errorf("rows %s, messages %q, undo visible: %v; want all rows, one message, false", ids(&s.rows), s.questions, s.undo.content.Visible())
	}
}

func TestAnExclusionCanBeUndone(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Own = 3000
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.exclude(list[:2])
	if s.undo.line.Text() != "Excluded: 2 torrents." {
		t.Errorf(`message %q, want "Excluded: 2 torrents."`, s.undo.line.Text())
	}
	var button fyne.Tappable
	for _, o := range test.LaidOutObjects(s.undo.content) {
		if b, ok := o.(fyne.Tappable); ok {
			button = b
		}
	}
	test.Tap(button)
	want := []string{"torrent 01000000 1", "torrent 03000000 1", "torrent 01000000 3 if 1", "torrent 03000000 0 if 1"}
	if !slices.Equal(s.engine.calls, want) {
		t.Errorf("calls %q, want %q", s.engine.calls, want)
	}
	s.engine.refuse = errors.New("disk full")
	s.exclude(list[:1])
	if s.undo.content.Visible() || len(s.questions) != 1 {
		t.Errorf("an exclusion that failed: undo visible: %v, messages %q; want false and one", s.undo.content.Visible(), s.questions)
	}
}

// TestTheRowOfTheKeyboardIsAlwaysSelected: the row in the detail, from which the arrow keys go on, is always one of the
// selected rows.
func TestTheRowOfTheKeyboardIsAlwaysSelected(t *testing.T) {
	const ctrl = fyne.KeyModifierShortcutDefault
	list := append(sample(), &engine.Torrent{ID: "d", Tracker: "d.example"})
	for _, c := range []struct {
		what        string
		lead        int // the row that is selected last; rows are c, b, a, d
		filter      string
		gone        string
		want, leads string
	}{
		{"the filter hides the row of the keyboard", 0, "b.example", "", "b", "b"},
		{"the filter hides another row", 1, "b.example", "", "b", "b"},
		{"the row of the keyboard is gone", 0, "", "c", "ba", "b"},
		{"another row is gone", 2, "", "c", "ba", "a"},
		{"all rows but one are gone", 0, "", "cb", "a", "a"},
		{"all rows are gone", 0, "", "cba", "", ""},
	} {
		s := newScene(t)
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
		for row := range 3 {
			if row != c.lead {
				s.click(row, ctrl)
			}
		}
		s.click(c.lead, ctrl)
		if s.selectedIDs() != "cba" {
			t.Fatalf("selected %q, want cba", s.selectedIDs())
		}
		if c.filter != "" {
			s.bar.filter.SetText(c.filter)
		}
		rest := slices.DeleteFunc(slices.Clone(list), func(t *engine.Torrent) bool { return strings.Contains(c.gone, t.ID) })
		s.Show(&engine.Snapshot{State: engine.On, Torrents: rest}, now)
		if got := s.selectedIDs(); got != c.want || s.chosen != c.leads {
			t.Errorf("%s: selected %q with the details of %q, want %q and %q", c.what, got, s.chosen, c.want, c.leads)
		}
		if row := s.Grid().Selected(); row != s.rows.find(c.leads) || s.detail.content.Visible() != (c.leads != "") {
			t.Errorf("%s: the keyboard is at row %d, want %d; details visible: %v", c.what, row, s.rows.find(c.leads), s.detail.content.Visible())
		}
		if s.bar.selected.Visible() != (len(c.want) > 1) {
			t.Errorf("%s: the bar shows %q: %v, want it only for several rows", c.what, s.bar.selected.Text, s.bar.selected.Visible())
		}
	}
}

// TestTheSelectionReturnsAfterAFilterThatMatchedNothing: without the filter the keyboard's row is selected again, and a
// click with Ctrl adds to it.
func TestTheSelectionReturnsAfterAFilterThatMatchedNothing(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.click(0, 0)
	s.click(1, fyne.KeyModifierShortcutDefault)
	s.bar.filter.SetText("nowhere")
	s.bar.filter.SetText("")
	if s.selectedIDs() != "b" || s.chosen != "b" {
		t.Errorf("after the filter: selected %q with the details of %q, want b and b", s.selectedIDs(), s.chosen)
	}
	s.click(2, fyne.KeyModifierShortcutDefault)
	if s.selectedIDs() != "ba" || s.chosen != "a" {
		t.Errorf("with Ctrl: selected %q with the details of %q, want ba and a", s.selectedIDs(), s.chosen)
	}
}

// TestTheOrderIsNotHeldOnceTheSelectedRowIsGone: rows are held in place only while the selected row is visible.
func TestTheOrderIsNotHeldOnceTheSelectedRowIsGone(t *testing.T) {
	for what, hide := range map[string]func(*scene, []*engine.Torrent) []*engine.Torrent{
		"hidden by a filter": func(s *scene, list []*engine.Torrent) []*engine.Torrent { s.bar.filter.SetText("qb"); return list },
		"gone":               func(_ *scene, list []*engine.Torrent) []*engine.Torrent { return list[1:] },
	} {
		s := newScene(t)
		list := append(sample(), &engine.Torrent{ID: "d", Client: "qB", Last: now.Add(-time.Hour)})
		show := func() { s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now) }
		show()
		s.onSelect(2)
		list = hide(s, list)
		show()
		last := len(list) - 1
		list = with(list, last, func(t *engine.Torrent) { t.Last = now })
		if show(); !strings.HasPrefix(ids(&s.rows), "d") || s.bar.sortNow.Visible() {
			t.Errorf("%s: rows %s, want d first; button visible: %v, want false", what, ids(&s.rows), s.bar.sortNow.Visible())
		}
	}
}

// TestForgottenRowsDoNotComeBack with a snapshot that was made before they were forgotten. A torrent that is announced
// again is a new one.
func TestForgottenRowsDoNotComeBack(t *testing.T) {
	s := newScene(t)
	list := stoppedList()
	show := func(list []*engine.Torrent) {
		s.Show(&engine.Snapshot{State: engine.On, Torrents: slices.Clone(list)}, s.clock)
	}
	show(list)
	s.forget(list[2:])
	s.clock = s.clock.Add(undoFor)
	s.Settle(s.clock)
	if s.queued[0](); ids(&s.rows) != "ba" {
		t.Fatalf("after forgetting: rows %q, want ba", ids(&s.rows))
	}
	if show(list); ids(&s.rows) != "ba" {
		t.Errorf("in a snapshot from before: rows %q, want ba", ids(&s.rows))
	}
	again := with(list, 2, func(t *engine.Torrent) { t.First = now.Add(time.Minute) })
	if show(again); len(ids(&s.rows)) != 3 {
		t.Errorf("after another announce: rows %q, want 3", ids(&s.rows))
	}
	show(list[:2])
	if show(list); len(ids(&s.rows)) != 3 || len(s.rows.hidden) != 0 {
		t.Errorf("rows %q, and %d stay hidden; want 3 and 0", ids(&s.rows), len(s.rows.hidden))
	}
}

func TestManyRowsAreForgottenInOneRequest(t *testing.T) {
	s := newScene(t)
	list := manyTorrents(10_000)
	for _, one := range list {
		one.Event, one.Pending = bittorrent.EventStopped, 0
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.Grid().Body().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	s.clock = s.clock.Add(undoFor)
	s.Settle(s.clock)
	for _, do := range s.queued {
		do()
	}
	forgets := slices.DeleteFunc(slices.Clone(s.engine.calls), func(c string) bool { return !strings.HasPrefix(c, "forget ") })
	if len(forgets) != 1 || strings.Count(forgets[0], " ") != len(list) || len(s.rows.shown) != 0 {
		t.Errorf("%d requests, %d rows left; want 1 and 0", len(forgets), len(s.rows.shown))
	}
}
