package shell

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestARefreshKeepsTheFocusOnEveryPage: the widget with the focus keeps it, while torrents announce, come
// and change their state, trackers come back, and minutes pass.
func TestARefreshKeepsTheFocusOnEveryPage(t *testing.T) {
	checked := 0
	visitViews(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, v view) {
		if v.dialog {
			return
		}
		c := s.window.Canvas()
		var all []fyne.Focusable
		for c.FocusNext(); c.Focused() != nil && !slices.Contains(all, c.Focused()); c.FocusNext() {
			all = append(all, c.Focused())
		}
		clock, before := s.clock, *s.engine.Snapshot()
		for i, f := range all {
			checked++
			c.Focus(f)
			s.clock = clock.Add(time.Duration(i+1) * 61 * time.Second)
			s.engine.change(func(snap *engine.Snapshot) { changeALittle(snap, i, s.clock) })
			s.Shell.show()
			if c.Focused() != f {
				t.Errorf("%T %s lost the focus to %T", f, accessibleName(f), c.Focused())
			}
		}
		c.Unfocus()
		s.clock = clock
		s.engine.change(func(snap *engine.Snapshot) { *snap = before })
		s.Shell.show()
	})
	if checked < 200 {
		t.Errorf("%d controls were checked, want at least 200", checked)
	}
}

// changeALittle changes a little of everything but removes nothing, since a widget that is removed cannot keep the
// focus.
func changeALittle(snap *engine.Snapshot, i int, now time.Time) {
	if len(snap.Torrents) == 0 {
		return
	}
	list := slices.Clone(snap.Torrents)
	one := *list[i%len(list)]
	one.Last, one.Seen, one.Reported, one.Points = now, one.Seen+1<<20, one.Reported+3<<20, one.Points+1
	if one.Failure == "" {
		one.Failure = "no"
	} else {
		one.Failure = ""
	}
	list[i%len(list)] = &one
	snap.Torrents = append(list, &engine.Torrent{ID: fmt.Sprint("new ", i), Name: fmt.Sprint("new ", i), Tracker: "torrent.ubuntu.com", Factor: policy.One, Last: now})
	snap.Trackers = slices.Clone(snap.Trackers)
	snap.Trackers[0].Away = !snap.Trackers[0].Away
	snap.Pending = append(slices.Clone(snap.Pending), engine.Pending{ID: uint64(1000 + i), Tracker: "tracker.archive.example", Since: now})
	snap.Day.Seen += 1 << 20
	snap.HTTPS.Seen = append(slices.Clone(snap.HTTPS.Seen), exchange.TLSClient{Host: fmt.Sprintf("host%d.example", i), Client: "Deluge", Count: 1, Last: now})
}

func accessibleName(f fyne.Focusable) string {
	if a, ok := f.(fyne.Accessible); ok {
		return a.AccessibilityLabel()
	}
	return ""
}
