package shell

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
)

// painted counts what Fyne would redraw: refreshed objects, and whole windows.
type painted struct {
	fyne.App
	driver paintedDriver
}

func (p *painted) Driver() fyne.Driver { return &p.driver }

type paintedDriver struct {
	fyne.Driver
	times int
	last  fyne.CanvasObject
}

func (d *paintedDriver) CanvasForObject(o fyne.CanvasObject) fyne.Canvas {
	c := d.Driver.CanvasForObject(o)
	if c == nil {
		return nil
	}
	return &paintedCanvas{c, d}
}

type paintedCanvas struct {
	fyne.Canvas
	driver *paintedDriver
}

func (c *paintedCanvas) Refresh(o fyne.CanvasObject) {
	c.driver.times++
	c.driver.last = o
	c.Canvas.Refresh(o)
}

// SetDirty makes Fyne redraw a window.
func (c *paintedCanvas) SetDirty() { c.driver.times++ }

// watchPaint returns two functions: since returns how often something was redrawn since its last call, last returns the
// last such object.
func watchPaint(t *testing.T) (since func() int, last func() fyne.CanvasObject) {
	t.Helper()
	app := fyne.CurrentApp()
	p := &painted{App: app, driver: paintedDriver{Driver: app.Driver()}}
	fyne.SetCurrentApp(p)
	t.Cleanup(func() { fyne.SetCurrentApp(app) })
	return func() int {
		n := p.driver.times
		p.driver.times = 0
		return n
	}, func() fyne.CanvasObject { return p.driver.last }
}

// old makes all times so old that another second changes no text.
func old(s *scene) {
	for _, t := range s.engine.snap.Torrents {
		t.First, t.Last, t.Next = s.clock.Add(-9*time.Hour), s.clock.Add(-90*time.Minute), s.clock.Add(90*time.Minute+30*time.Second)
	}
	s.engine.snap.Pending[0].Since = s.clock.Add(-90 * time.Minute)
}

// TestNothingIsRedrawnWhereNothingChanged: a visible window in which nothing happens redraws nothing.
func TestNothingIsRedrawnWhereNothingChanged(t *testing.T) {
	for _, state := range []engine.State{engine.Off, engine.On, engine.Degraded} {
		s := newScene(t, func(s *scene) {
			full(s)
			old(s)
			s.engine.snap.State = state
		})
		drawn, last := watchPaint(t)
		for page := range s.pages {
			s.tabs.Choose(page)
			if s.Shell.show(); drawn() == 0 {
				t.Fatalf("page %d: turning to it draws nothing: nothing is counted", page)
			}
			s.clock = s.clock.Add(time.Second)
			s.Shell.show()
			if n := drawn(); n > 0 {
				t.Errorf("state %d, page %d: drawn anew %d times though nothing changed, at last a %T", state, page, n, last())
			}
		}
	}
}

// TestAChangedRowRedrawsItsOwnTexts and no others: those of its three figures.
func TestAChangedRowRedrawsItsOwnTexts(t *testing.T) {
	s := newScene(t, func(s *scene) { full(s); old(s) })
	s.Shell.show()
	drawn, last := watchPaint(t)
	s.engine.change(func(snap *engine.Snapshot) {
		row := *snap.Torrents[1]
		row.Seen, row.Reported = 5<<20, 15<<20
		snap.Torrents = slices.Clone(snap.Torrents)
		snap.Torrents[1] = &row
	})
	s.Shell.show()
	if n := drawn(); n != 3 {
		t.Errorf("drawn anew %d times, at last a %T", n, last())
	}
}

// TestAHiddenWindowDrawsNothing, whatever happens, and shows it all when it is shown again.
func TestAHiddenWindowDrawsNothing(t *testing.T) {
	s := newScene(t, full)
	s.hide()
	drawn, _ := watchPaint(t)
	for i := range 20 {
		s.engine.change(func(snap *engine.Snapshot) {
			snap.Torrents = append(slices.Clone(snap.Torrents), &engine.Torrent{ID: string(rune('a' + i)), Last: s.clock, Client: "Deluge 2.2.0"})
			snap.State, snap.Addr, snap.Factor = engine.Degraded, "127.0.0.1:9999", policy.Factor(1000*(i+1))
		})
		s.clock = s.clock.Add(time.Second)
		(<-s.queue)() // the feed's function
	}
	if n := drawn(); n > 0 {
		t.Errorf("hidden, but drawn %d times", n)
	}
	if s.Raise(); drawn() == 0 {
		t.Error("shown, but nothing was drawn")
	}
	if got := s.bar.addr.Text(); got != "127.0.0.1:9999" {
		t.Errorf("it came back with %q", got)
	}
}
