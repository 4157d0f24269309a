package shell

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
)

func press(s *scene, key fyne.KeyName) {
	e := &fyne.KeyEvent{Name: key}
	if f := s.window.Canvas().Focused(); f != nil {
		f.TypedKey(e)
		return
	}
	s.window.Canvas().OnTypedKey()(e)
}

// fillPages gives every part of every page something to show.
func fillPages(s *scene) {
	now := s.clock
	s.engine.snap.State = engine.On
	for i := range 3 {
		s.engine.snap.Torrents = append(s.engine.snap.Torrents, &engine.Torrent{
			ID: fmt.Sprint(i), InfoHash: bittorrent.InfoHash{byte(i)}, Name: fmt.Sprint("torrent ", i), Tracker: "tracker.example", Client: "Transmission 4.1.4",
			First: now.Add(-time.Hour), Last: now, Factor: 2 * policy.One, Answered: true,
		})
	}
	s.engine.snap.Pending = []engine.Pending{{ID: 1, Tracker: "tracker.example", Since: now}}
	s.engine.snap.HTTPS.Hosts = []string{"tracker.example"}
}

// tabThrough presses Tab until the focus is back where it began, and calls visit at each control.
func (s *scene) tabThrough(visit func(name string, at fyne.Focusable)) {
	c := s.window.Canvas()
	first, visited := c.Focused(), 0
	for c.FocusNext(); c.Focused() != first; c.FocusNext() {
		if visited++; visited > 200 {
			s.t.Fatal("Tab does not return to its first control within 200")
		}
		name := fmt.Sprintf("page %d, control %d: %T %v", s.tabs.Current()+1, visited, c.Focused(), c.Focused())
		visit(name[:min(len(name), 120)], c.Focused())
	}
	if visited < 5 {
		s.t.Errorf("page %d: Tab visits %d controls, want at least 5", s.tabs.Current()+1, visited)
	}
}

// TestF1AndEscWorkWhateverHasTheFocus, and give the focus back.
func TestF1AndEscWorkWhateverHasTheFocus(t *testing.T) {
	s := newScene(t, fillPages)
	c := s.window.Canvas()
	for page := range s.pages {
		s.goToPage(page)
		if page == pageTorrents { // the detail and the pending announces have controls too
			c.FocusNext()
			s.tabThrough(func(_ string, at fyne.Focusable) {
				if b, ok := at.(*control.Button); ok && b.Text == "1 announce pending for the tracker" {
					press(s, fyne.KeyReturn)
				}
			})
			s.Shell.show()
		}
		s.tabThrough(func(name string, at fyne.Focusable) {
			press(s, fyne.KeyF1)
			if s.desk.OpenDialogs() != 1 {
				t.Errorf("%s: F1 leaves %d dialogs open, want 1", name, s.desk.OpenDialogs())
				return
			}
			press(s, fyne.KeyEscape)
			if s.desk.OpenDialogs() != 0 || c.Overlays().Top() != nil || c.Focused() != at {
				t.Errorf("%s: Esc leaves %d dialogs open and the focus on %T, want it back", name, s.desk.OpenDialogs(), c.Focused())
			}
		})
	}
}

// TestTheControlWithTheFocusIsVisible: Tab scrolls a long page.
func TestTheControlWithTheFocusIsVisible(t *testing.T) {
	s := newScene(t, fillPages)
	s.window.Resize(fyne.NewSize(900, 420))
	d := fyne.CurrentApp().Driver()
	for _, page := range []int{pageSetup, pageSettings} {
		s.goToPage(page)
		scroll, moved := control.ScrollIn(s.pages[page].Content()), false
		top := d.AbsolutePositionForObject(scroll).Y
		s.tabThrough(func(name string, at fyne.Focusable) {
			o, _ := at.(fyne.CanvasObject)
			y := d.AbsolutePositionForObject(o).Y
			if moved = moved || scroll.Offset.Y > 0; !moved && y < top {
				return // the bar over the page, and the part above the scroll
			}
			if y > top+scroll.Size().Height-o.MinSize().Height {
				t.Errorf("%s is %.0f below the top, outside the %.0f that are visible", name, y-top, scroll.Size().Height)
			}
		})
		if !moved {
			t.Errorf("page %d did not scroll", page+1)
		}
	}
}

// TestLongPagesScrollByKey: texts without a widget that takes the focus can be read by keyboard too.
func TestLongPagesScrollByKey(t *testing.T) {
	s := newScene(t, fillPages)
	s.window.Resize(fyne.NewSize(900, 420))
	s.goToPage(pageSetup)
	scroll := control.ScrollIn(s.pages[pageSetup].Content())
	end := scroll.Content.Size().Height - scroll.Size().Height
	if end < 100 {
		t.Fatalf("only %.0f to scroll, want at least 100", end)
	}
	for _, k := range []struct {
		key  fyne.KeyName
		want func(was, is float32) bool
	}{
		{fyne.KeyPageDown, func(was, is float32) bool { return is > was }},
		{fyne.KeyDown, func(was, is float32) bool { return is == was+scrollStep }},
		{fyne.KeyUp, func(was, is float32) bool { return is == was-scrollStep }},
		{fyne.KeyEnd, func(_, is float32) bool { return is == end }},
		{fyne.KeyDown, func(_, is float32) bool { return is == end }},
		{fyne.KeyHome, func(_, is float32) bool { return is == 0 }},
	} {
		was := scroll.Offset.Y
		if press(s, k.key); !k.want(was, scroll.Offset.Y) {
			t.Errorf("%s: scrolled from %.0f to %.0f of %.0f", k.key, was, scroll.Offset.Y, end)
		}
	}
}

// TestShiftTabVisitsControlsInReverseOrder: backwards, Fyne visits the content of a widget in another order.
func TestShiftTabVisitsControlsInReverseOrder(t *testing.T) {
	s := newScene(t, fillPages)
	c := s.window.Canvas()
	for page := range s.pages {
		s.goToPage(page)
		way := []fyne.Focusable{c.Focused()}
		s.tabThrough(func(_ string, at fyne.Focusable) { way = append(way, at) })
		for i := range way {
			c.FocusPrevious()
			if want := way[len(way)-1-i]; c.Focused() != want {
				t.Fatalf("page %d: the focus is on %T, want %T", page+1, c.Focused(), want)
			}
		}
	}
}

func TestDownMovesTheFocusFromTheFilterToTheTable(t *testing.T) {
	s := newScene(t, fillPages)
	s.goToPage(pageTorrents)
	s.find()
	press(s, fyne.KeyDown)
	p, ok := s.pages[pageTorrents].(finder)
	if !ok || s.window.Canvas().Focused() != p.Grid().Body() {
		t.Fatalf("the focus is on %T, want the table", s.window.Canvas().Focused())
	}
	if press(s, fyne.KeyDown); p.Grid().Selected() != 0 {
		t.Errorf("row %d is selected, want 0", p.Grid().Selected())
	}
}
