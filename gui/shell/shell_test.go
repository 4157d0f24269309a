//go:build !nogui

package shell

import (
	"context"
	"errors"
	"image"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/gui/torrents"
)

// fakeEngine does what the window asks at once, and remembers it.
type fakeEngine struct {
	mu       sync.Mutex
	settings engine.Settings
	snap     engine.Snapshot
	calls    []string
	factors  []engine.Factor
	refuse   error         // of Start
	gate     chan struct{} // Stop waits for it, if it is there
	news     chan struct{}
	ended    sync.Once
}

func newFakeEngine() *fakeEngine {
	f := &fakeEngine{settings: engine.DefaultSettings(), news: make(chan struct{}, 1)}
	f.snap = engine.Snapshot{Addr: "127.0.0.1:8080", Factor: 2 * engine.One}
	return f
}

func (f *fakeEngine) change(do func(*engine.Snapshot)) {
	f.mu.Lock()
	do(&f.snap)
	f.mu.Unlock()
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *fakeEngine) call(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
}

func (f *fakeEngine) called(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.calls, name)
}

func (f *fakeEngine) Settings() engine.Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

func (f *fakeEngine) Apply(s engine.Settings) error {
	f.call("apply " + s.Listen)
	f.mu.Lock()
	f.settings, f.refuse = s, nil
	f.mu.Unlock()
	f.change(func(snap *engine.Snapshot) { snap.Addr = s.Listen })
	return nil
}

func (f *fakeEngine) Start() error {
	f.call("start")
	f.mu.Lock()
	refuse := f.refuse
	f.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	f.change(func(s *engine.Snapshot) { s.State = engine.On })
	return nil
}

func (f *fakeEngine) Stop(ctx context.Context) error {
	f.call("stop")
	if f.gate != nil {
		f.change(func(s *engine.Snapshot) {
			s.State, s.Delivery = engine.Stopping, &engine.Delivery{Delivered: 1, Left: 2}
		})
		select {
		case <-f.gate:
		case <-ctx.Done():
		}
	}
	f.change(func(s *engine.Snapshot) { s.State, s.Delivery = engine.Off, nil })
	return nil
}

func (f *fakeEngine) SetMultiplier(v engine.Factor) error {
	f.mu.Lock()
	f.factors = append(f.factors, v)
	f.mu.Unlock()
	f.change(func(s *engine.Snapshot) { s.Factor = v })
	return nil
}

func (f *fakeEngine) Snapshot() *engine.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.snap
	return &s
}

func (f *fakeEngine) Reset() error                             { return nil }
func (f *fakeEngine) Folder() string                           { return "/data" }
func (f *fakeEngine) Deliver(uint64)                           {}
func (f *fakeEngine) Forget(uint64)                            {}
func (f *fakeEngine) Activity(uint64) ([]engine.Entry, uint64) { return nil, 0 }
func (f *fakeEngine) end()                                     { f.ended.Do(func() { close(f.news) }) }

// fakeTray remembers what was put into it.
type fakeTray struct {
	hosted  bool
	menu    *fyne.Menu
	menus   int
	icon    string
	tooltip string
	tapped  func()
}

func (t *fakeTray) SetMenu(m *fyne.Menu)    { t.menu, t.menus = m, t.menus+1 }
func (t *fakeTray) SetIcon(r fyne.Resource) { t.icon = r.Name() }
func (t *fakeTray) SetTooltip(s string)     { t.tooltip = s }
func (t *fakeTray) OnTapped(do func())      { t.tapped = do }
func (t *fakeTray) Hosted() bool            { return t.hosted }
func (t *fakeTray) Settle()                 {}

func (t *fakeTray) item(label string) *fyne.MenuItem {
	for _, i := range t.menu.Items {
		if i.Label == label {
			return i
		}
	}
	return nil
}

// scene is a window whose queue the test runs itself, as Fyne's goroutine would.
type scene struct {
	*Shell
	t      *testing.T
	engine *fakeEngine
	tray   *fakeTray
	queue  chan func()
	show   chan struct{}
	clock  time.Time
	quit   bool
}

// quitApp tells the scene when the program would end; the test app's own Quit does nothing.
type quitApp struct {
	fyne.App
	quit func()
}

func (a quitApp) Quit() { a.quit() }

func newScene(t *testing.T, prepare func(*scene)) *scene {
	t.Helper()
	s := &scene{
		t: t, engine: newFakeEngine(), tray: &fakeTray{hosted: true}, queue: make(chan func()), show: make(chan struct{}),
		clock: time.Unix(1_000_000, 0),
	}
	if prepare != nil {
		prepare(s)
	}
	a := quitApp{test.NewTempApp(t), func() { s.quit = true }}
	s.Shell = New(a, Options{
		Engine: s.engine, News: s.engine.news, EndNews: s.engine.end, Show: s.show, Tray: s.tray,
		Do: s.do, Now: func() time.Time { return s.clock },
	})
	s.Begin()
	t.Cleanup(func() {
		s.engine.end()
		s.until("the feed ends", func() bool { return s.quit })
		s.Wait()
		s.window.SetCloseIntercept(nil)
		s.window.Close()
	})
	return s
}

func (s *scene) do(f func()) {
	done := make(chan struct{})
	s.queue <- func() { f(); close(done) }
	<-done
}

// until runs the queue until something holds.
func (s *scene) until(what string, holds func() bool) {
	s.t.Helper()
	limit := time.After(10 * time.Second)
	for !holds() {
		select {
		case f := <-s.queue:
			f()
		case <-limit:
			s.t.Fatalf("never happened: %s", what)
		}
	}
}

// button finds a button of the topmost dialog.
func (s *scene) button(label string) *widget.Button {
	s.t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		s.t.Fatalf("no dialog with %q is open", label)
	}
	for _, o := range test.LaidOutObjects(top) {
		if b, ok := o.(*widget.Button); ok && b.Text == label {
			return b
		}
	}
	s.t.Fatalf("the dialog has no button %q", label)
	return nil
}

func TestSwitchStartsAndStopsTheEngine(t *testing.T) {
	s := newScene(t, nil)
	test.Tap(s.bar.power)
	s.until("on", func() bool { return s.bar.power.On() && !s.bar.power.Disabled() })
	if got := s.bar.sentence.Text(); got != "On, 127.0.0.1:8080, 0 torrents, 0 trackers" {
		t.Error(got)
	}
	test.Tap(s.bar.power)
	s.until("off", func() bool { return !s.bar.power.On() })
	if !slices.Equal(s.engine.calls, []string{"start", "stop"}) {
		t.Errorf("called %v", s.engine.calls)
	}
}

func TestTakenPortOffersTheNextFreeOne(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.refuse = &engine.ListenError{Addr: "127.0.0.1:8080", Taken: true, Free: "127.0.0.1:8081", Err: errors.New("in use")}
	})
	test.Tap(s.bar.power)
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	test.Tap(s.button("Use port 8081"))
	s.until("on", func() bool { return s.bar.power.On() })
	if !slices.Equal(s.engine.calls, []string{"start", "apply 127.0.0.1:8081", "start"}) {
		t.Errorf("called %v", s.engine.calls)
	}
	if s.bar.addr.Text() != "127.0.0.1:8081" {
		t.Errorf("shows %s", s.bar.addr.Text())
	}
}

func TestOtherErrorsAreTold(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.refuse = &engine.ListenError{Addr: "10.9.9.9:80", Err: errors.New("no such address")}
	})
	test.Tap(s.bar.power)
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	test.Tap(s.button("OK"))
	if s.bar.power.On() {
		t.Error("shows on")
	}
	for want, err := range map[string]error{
		"Another program uses a:1, and no port near it is free. Choose another port in Settings.":            &engine.ListenError{Addr: "a:1", Taken: true},
		"a:1 cannot be opened on this computer. Choose another address in Settings; 127.0.0.1 always works.": &engine.ListenError{Addr: "a:1"},
		"A setting cannot be: listen is not host:port. Change it in Settings.":                               &engine.SettingsError{Field: "listen", Reason: "is not host:port"},
		"disk full. The log says more.": errors.New("disk full"),
	} {
		if got := sentence(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSliderSetsTenths(t *testing.T) {
	s := newScene(t, nil)
	f := s.bar.factor
	f.slider.SetValue(3.7)
	if !slices.Equal(s.engine.factors, []engine.Factor{3700}) || f.figure.line.Text() != "3.7×" {
		t.Errorf("set %v, shows %s", s.engine.factors, f.figure.line.Text())
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want engine.Factor
	}{
		{fyne.KeyRight, 3800}, {fyne.KeyLeft, 3700}, {fyne.KeyPageUp, 4700}, {fyne.KeyEnd, 10000}, {fyne.KeyRight, 10000}, {fyne.KeyHome, 1000}, {fyne.KeyLeft, 1000},
	} {
		f.slider.TypedKey(&fyne.KeyEvent{Name: c.key})
		if f.value != c.want {
			t.Errorf("%s: %s, want %s", c.key, f.value, c.want)
		}
	}
	f.choose(2345)
	f.step(1)
	if f.value != 2346 {
		t.Errorf("a thousandth more than 2.345 is %s", f.value)
	}
}

func TestSliderDoesNotFightTheUser(t *testing.T) {
	s := newScene(t, nil)
	f := s.bar.factor
	f.slider.Resize(fyne.NewSize(200, 30))
	f.slider.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(150, 10)}})
	mine := f.value
	f.show(2 * engine.One) // an older snapshot comes late
	if f.value != mine || f.slider.Value != mine.Float() {
		t.Fatal("an old snapshot moved the slider while it was dragged")
	}
	f.slider.DragEnd()
	f.show(2 * engine.One)
	if f.value != mine {
		t.Fatal("an old snapshot moved the slider right after it was let go")
	}
	f.show(mine) // the engine has it
	f.show(5 * engine.One)
	if f.value != 5*engine.One || f.slider.Value != 5 {
		t.Errorf("a new factor from elsewhere is not followed: %s", f.value)
	}
	f.choose(mine)
	s.clock = s.clock.Add(2 * patience)
	f.show(3 * engine.One)
	if f.value != 3*engine.One {
		t.Error("the engine never took it, and the window never noticed")
	}
}

func TestExactFactorIsTyped(t *testing.T) {
	s := newScene(t, nil)
	test.Tap(s.bar.factor.figure)
	entry := s.window.Canvas().Focused().(interface {
		fyne.Focusable
		SetText(string)
	})
	entry.SetText("101")
	test.Tap(s.button("Set"))
	if len(s.engine.factors) != 0 {
		t.Fatalf("set %v", s.engine.factors)
	}
	entry.SetText("12,345")
	test.Tap(s.button("Set"))
	if !slices.Equal(s.engine.factors, []engine.Factor{12345}) || s.bar.factor.figure.line.Text() != "12.345×" {
		t.Errorf("set %v, shows %s", s.engine.factors, s.bar.factor.figure.line.Text())
	}
	if s.bar.factor.slider.Value != 10 {
		t.Error("beyond its range the slider stands at its end")
	}
}

func TestPagesTurnByKeyAndAreRemembered(t *testing.T) {
	s := newScene(t, nil)
	for i := range s.pages {
		s.tabs.Choose(i)
		if s.stack.Objects[0] != s.pages[i].Content() || s.prefs.page() != i {
			t.Errorf("page %d is not shown or not remembered", i)
		}
	}
	s.prefs.setSort(torrents.Sort{Key: "seen", Descending: true})
	if s.prefs.sort() != (torrents.Sort{Key: "seen", Descending: true}) {
		t.Error("the sort is not remembered")
	}
	s.prefs.setSize(fyne.NewSize(900, 600))
	if s.prefs.size() != fyne.NewSize(900, 600) {
		t.Error("the size is not remembered")
	}
}

func TestTrayShowsTheState(t *testing.T) {
	s := newScene(t, nil)
	if s.tray.icon != "tray-off.svg" || s.tray.tooltip != "BittOratio: Off: your clients cannot reach this program" {
		t.Errorf("%s, %s", s.tray.icon, s.tray.tooltip)
	}
	s.tray.item("Start").Action()
	s.until("the icon is on", func() bool { return s.tray.icon == "tray-on.svg" })
	before := s.tray.menus
	s.engine.change(func(snap *engine.Snapshot) { snap.At = snap.At.Add(time.Second) })
	s.Shell.show()
	if s.tray.menus != before {
		t.Error("the menu was built anew though it says the same")
	}
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State, snap.Trouble = engine.Degraded, engine.Trouble{Kind: engine.TroubleDisk}
	})
	s.until("the icon shows trouble", func() bool { return s.tray.icon == "tray-trouble.svg" })
	if s.tray.menu.Items[0].Label != "On, but the data folder cannot be written: nothing is multiplied until it can" || !s.tray.menu.Items[0].Disabled {
		t.Errorf("state line %q", s.tray.menu.Items[0].Label)
	}
}

func TestTrayMenuDoesWhatItSays(t *testing.T) {
	s := newScene(t, nil)
	if !s.tray.item("Multiplier 2×").Checked || s.tray.item("Multiplier 3×").Checked {
		t.Error("the mark is not on the current factor")
	}
	s.tray.item("Multiplier 3×").Action()
	s.until("the mark moves", func() bool { return s.tray.item("Multiplier 3×").Checked })
	if s.tray.item("Multiplier 2×").Checked {
		t.Error("two marks")
	}
	s.tray.item("Copy proxy address").Action()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "127.0.0.1:8080" {
		t.Errorf("copied %q", got)
	}
	s.hide()
	s.tray.item("Open").Action()
	if !s.visible.Load() {
		t.Error("Open did not open")
	}
	s.tray.item("Start").Action()
	s.until("on", func() bool { return s.tray.item("Stop") != nil })
	s.tray.item("Quit").Action()
	s.until("the program ends", func() bool { return s.quit })
	if !s.engine.called("stop") {
		t.Error("quit without stopping")
	}
}

func TestClosingHidesWhereATrayIs(t *testing.T) {
	s := newScene(t, nil)
	test.AssertNotificationSent(t, fyne.NewNotification("BittOratio keeps running", "Its icon is in the tray. To end it, choose Quit there."), s.onClose)
	if s.visible.Load() || s.quitting {
		t.Fatal("not hidden")
	}
	s.Raise()
	test.AssertNotificationSent(t, nil, s.onClose) // told once
	s.show <- struct{}{}
	s.until("a second start shows it", func() bool { return s.visible.Load() })
}

func TestClosingQuitsWhereTheUserWantsThat(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.CloseToTray = false })
	s.onClose()
	s.until("the program ends", func() bool { return s.quit })
}

func TestClosingAsksWhereNoTrayIs(t *testing.T) {
	s := newScene(t, func(s *scene) { s.tray.hosted = false; s.engine.snap.State = engine.On })
	s.onClose()
	test.Tap(s.button("Keep the window"))
	if s.quitting || !s.visible.Load() {
		t.Fatal("kept, but gone")
	}
	s.onClose()
	test.Tap(s.button("Quit"))
	s.until("the program ends", func() bool { return s.quit })
	if !s.engine.called("stop") {
		t.Error("quit without stopping")
	}
}

func TestQuitShowsHowFarItIs(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.snap.State, s.engine.gate = engine.On, make(chan struct{}) })
	s.hide()
	s.Quit()
	s.until("the hidden window comes back with the progress", func() bool { return s.progress.shown && s.visible.Load() })
	if got := s.progress.line.Text; got != "1 of 3 waiting announces delivered" {
		t.Error(got)
	}
	if s.quit {
		t.Fatal("ended before the engine stopped")
	}
	close(s.engine.gate)
	s.until("the program ends", func() bool { return s.quit })
}

func TestQuitCanBeHurried(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.snap.State, s.engine.gate = engine.On, make(chan struct{}) })
	s.Quit()
	s.until("progress", func() bool { return s.progress.shown })
	test.Tap(s.button("Quit now, tell the rest at the next start"))
	s.until("the program ends", func() bool { return s.quit })
}

func TestHiddenStartNeedsATray(t *testing.T) {
	for _, hosted := range []bool{true, false} {
		s := newScene(t, func(s *scene) { s.tray.hosted = hosted; s.engine.settings.Window.StartHidden = true })
		if s.visible.Load() == hosted {
			t.Errorf("tray %v: visible %v", hosted, s.visible.Load())
		}
	}
}

func TestEngineStartsAtLaunchWhereTheUserWantsThat(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.StartEngine = true })
	s.until("on", func() bool { return s.bar.power.On() })
}

func TestNothingIsShownWhileHidden(t *testing.T) {
	s := newScene(t, nil)
	s.hide()
	before := s.bar.sentence.Text()
	s.engine.change(func(snap *engine.Snapshot) { snap.State = engine.On })
	s.until("the tray follows", func() bool { return s.tray.icon == "tray-on.svg" })
	if s.bar.sentence.Text() != before {
		t.Error("the hidden window was changed")
	}
	s.Raise()
	if s.bar.sentence.Text() == before {
		t.Error("shown again it is out of date")
	}
}

func TestNoticesAreToldOnce(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.snap.Notices = []engine.Notice{{Kind: engine.NoticeTorn}, {Kind: engine.NoticeDamaged, File: "x"}}
	})
	if !s.banner.content.Visible() {
		t.Fatal("not told")
	}
	s.banner.dismiss()
	s.Shell.show()
	if got := s.banner.line.Text; got != "A file was damaged. What could be read is used; the original is kept as x." {
		t.Error(got)
	}
	s.banner.dismiss()
	s.Shell.show()
	if s.banner.content.Visible() {
		t.Error("told again")
	}
}

func TestTabGoesTheWayPeopleRead(t *testing.T) {
	s := newScene(t, nil)
	c := s.window.Canvas()
	want := []fyne.Focusable{s.bar.power, s.bar.copy, s.bar.factor.slider, s.tabs}
	for i, w := range want {
		c.FocusNext()
		if c.Focused() != w {
			t.Fatalf("stop %d is %T, want %T", i+1, c.Focused(), w)
		}
	}
	c.FocusNext()
	if b, ok := c.Focused().(*widget.Button); !ok || b.Text != "Switch on" {
		t.Errorf("after the tabs comes %T", c.Focused())
	}
}

func TestQuitShowsThatItWaitsForExchanges(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.snap.State, s.engine.gate = engine.On, make(chan struct{}) })
	s.Quit()
	s.engine.change(func(snap *engine.Snapshot) { snap.State, snap.Delivery = engine.Stopping, nil })
	s.Shell.show()
	s.engine.change(func(snap *engine.Snapshot) { snap.Delivery = nil })
	s.clock = s.clock.Add(2 * patience)
	s.Shell.show()
	if !s.progress.shown {
		t.Error("a long stop shows nothing")
	}
	close(s.engine.gate)
	s.until("the program ends", func() bool { return s.quit })
}

// Colour alone says nothing to many people: the three icons differ in shape where they are smallest.
func TestTrayIconsDifferInShapeAt16Pixels(t *testing.T) {
	test.NewTempApp(t)
	draw := func(svg []byte) image.Image {
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		c.SetContent(canvas.NewImageFromResource(fyne.NewStaticResource("x.svg", svg)))
		c.Resize(fyne.NewSquareSize(16))
		return c.Capture()
	}
	icons := []image.Image{draw(assets.TrayOff), draw(assets.TrayOn), draw(assets.TrayTrouble)}
	for i, a := range icons {
		b := icons[(i+1)%3]
		differ := 0
		for p := range 256 {
			_, _, _, x := a.At(p%16, p/16).RGBA()
			_, _, _, y := b.At(p%16, p/16).RGBA()
			if (x > 0x7fff) != (y > 0x7fff) {
				differ++
			}
		}
		if differ < 40 {
			t.Errorf("icons %d and %d differ in %d of 256 pixels", i, (i+1)%3, differ)
		}
	}
}

func TestMain(m *testing.M) {
	_ = os.Setenv("LANGUAGE", "en")
	os.Exit(m.Run())
}
