package torrents

import (
	"testing"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/gui/theme"
)

// TestAHiddenTableCanBeDrawnAfterItsRowsAreGone: Fyne also lays out hidden objects, and draws them for a new theme.
func TestAHiddenTableCanBeDrawnAfterItsRowsAreGone(t *testing.T) {
	draw := func(s *scene) {
		s.window.Resize(fyne.NewSize(700, 400))
		fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
		s.grid.Refresh()
		s.trackers.grid.Refresh()
		s.detail.list.Refresh()
		s.detail.sessions.grid.Refresh()
		s.window.Resize(fyne.NewSize(1100, 600))
	}
	t.Run("torrents, while their trackers are shown", func(t *testing.T) {
		s, snap := newTrackersScene(t)
		next := *snap
		next.Torrents = snap.Torrents[:1]
		s.Show(&next, now)
		draw(s)
	})
	t.Run("torrents that a filter leaves out, while their trackers are shown", func(t *testing.T) {
		s, _ := newTrackersScene(t)
		s.bar.filter.SetText("a.example")
		draw(s)
		s.bar.filter.SetText("nowhere")
		draw(s)
	})
	t.Run("trackers, while the torrents are shown", func(t *testing.T) {
		s, snap := newTrackersScene(t)
		s.setView(false)
		s.Show(&engine.Snapshot{State: engine.On, Torrents: snap.Torrents[:1], Trackers: snap.Trackers[:1]}, now)
		draw(s)
	})
	t.Run("all torrents", func(t *testing.T) {
		s := newScene(t)
		s.Show(&engine.Snapshot{State: engine.On, Torrents: sample(), Pending: make([]engine.Pending, 3)}, now)
		s.onSelect(2)
		s.Show(&engine.Snapshot{State: engine.On}, now) // the objects above and below the table go, so it gets more room
		draw(s)
	})
	t.Run("announces of the selected torrent", func(t *testing.T) {
		s := newScene(t)
		s.engine.points = make([]exchange.Point, 9)
		s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
		s.onSelect(2)
		s.engine.points = nil
		s.queued[0]() // reads the announces again
		draw(s)
	})
}

// TestWhatAppearsBelowTheTableGetsItsSpaceAtOnce: an object that appears above or below the table takes its space from
// the table at once, even if other things change in the same frame.
func TestWhatAppearsBelowTheTableGetsItsSpaceAtOnce(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample(), Pending: make([]engine.Pending, 3)}, now)
	below := s.pendingList.content
	if at, size := below.Position().Y, below.Size().Height; size < below.MinSize().Height || at+size > s.content.Size().Height || s.split.Position().Y+s.split.Size().Height > at {
		t.Errorf("the object is at %v, %v high, want at least %v; the table ends at %v", at, size, below.MinSize().Height, s.split.Position().Y+s.split.Size().Height)
	}
}
