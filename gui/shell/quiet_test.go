package shell

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
)

// countingApp counts what Fyne would redraw: refreshed objects, and whole windows.
type countingApp struct {
	fyne.App
	driver countingDriver
}

func (p *countingApp) Driver() fyne.Driver { return &p.driver }

type countingDriver struct {
	fyne.Driver
	times int
	last  fyne.CanvasObject
}

func (d *countingDriver) CanvasForObject(o fyne.CanvasObject) fyne.Canvas {
	c := d.Driver.CanvasForObject(o)
	if c == nil {
		return nil
	}
	return &countingCanvas{c, d}
}

type countingCanvas struct {
	fyne.Canvas
	driver *countingDriver
}

func (c *countingCanvas) Refresh(o fyne.CanvasObject) {
	c.driver.times++
	c.driver.last = o
	c.Canvas.Refresh(o)
}

// SetDirty makes Fyne redraw a window.
func (c *countingCanvas) SetDirty() { c.driver.times++ }

// countRedraws returns two functions: since returns how often something was redrawn since its last call, last returns
// the last such object.
func countRedraws(t *testing.T) (since func() int, last func() fyne.CanvasObject) {
	t.Helper()
	app := fyne.CurrentApp()
	p := &countingApp{App: app, driver: countingDriver{Driver: app.Driver()}}
	fyne.SetCurrentApp(p)
	t.Cleanup(func() { fyne.SetCurrentApp(app) })
	return func() int {
		n := p.driver.times
		p.driver.times = 0
		return n
	}, func() fyne.CanvasObject { return p.driver.last }
}

// makeTimesOld makes all times so old that another second changes no text.
func makeTimesOld(s *scene) {
	for _, t := range s.engine.snap.Torrents {
		t.First, t.Last, t.Next = s.clock.Add(-9*time.Hour), s.clock.Add(-90*time.Minute), s.clock.Add(90*time.Minute+30*time.Second)
	}
	s.engine.snap.Pending[0].Since = s.clock.Add(-90 * time.Minute)
}

func TestNothingIsRedrawnIfNothingChanged(t *testing.T) {
	for _, state := range []engine.State{engine.Off, engine.On, engine.Degraded} {
		s := newScene(t, func(s *scene) {
			fillPages(s)
			makeTimesOld(s)
			s.engine.snap.State = state
		})
		drawn, last := countRedraws(t)
		for page := range s.pages {
			s.tabs.Choose(page)
			if s.Shell.show(); drawn() == 0 {
				t.Fatalf("page %d: switching to it counts no redraw, so nothing is counted", page)
			}
			s.clock = s.clock.Add(time.Second)
			s.Shell.show()
			if n := drawn(); n > 0 {
				t.Errorf("state %d, page %d: %d redraws though nothing changed, the last of a %T; want 0", state, page, n, last())
			}
		}
	}
}

// TestAChangedRowRedrawsOnlyItsOwnTexts: those of its three numbers.
func TestAChangedRowRedrawsOnlyItsOwnTexts(t *testing.T) {
	s := newScene(t, func(s *scene) { fillPages(s); makeTimesOld(s) })
	s.Shell.show()
	drawn, last := countRedraws(t)
	s.engine.change(func(snap *engine.Snapshot) {
		row := *snap.Torrents[1]
		row.Seen, row.Reported = 5<<20, 15<<20
		snap.Torrents = slices.Clone(snap.Torrents)
		snap.Torrents[1] = &row
	})
	s.Shell.show()
	if n := drawn(); n != 3 {
		t.Errorf("%d redraws, the last of a %T; want 3", n, last())
	}
}

// TestAHiddenWindowDrawsNothing, whatever happens, and shows it all when it is shown again.
func TestAHiddenWindowDrawsNothing(t *testing.T) {
	s := newScene(t, fillPages)
	s.hide()
	drawn, _ := countRedraws(t)
	for i := range 20 {
		s.engine.change(func(snap *engine.Snapshot) {
			snap.Torrents = append(slices.Clone(snap.Torrents), &engine.Torrent{ID: string(rune('a' + i)), Last: s.clock, Client: "Deluge 2.2.0"})
			snap.State, snap.Addr, snap.Factor = engine.Degraded, "127.0.0.1:9999", policy.Factor(1000*(i+1))
		})
		s.clock = s.clock.Add(time.Second)
		(<-s.queue)() // the feed's function
	}
	if n := drawn(); n > 0 {
		t.Errorf("%d redraws of a hidden window, want 0", n)
	}
	if s.Raise(); drawn() == 0 {
		t.Error("no redraw of the window that is shown again")
	}
	if got := s.bar.addr.Text(); got != "127.0.0.1:9999" {
		t.Errorf("the window that is shown again has the address %q, want 127.0.0.1:9999", got)
	}
}
