package shell

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/torrents"
)

func TestTheSwitchStartsAndStopsTheEngine(t *testing.T) {
	s := newScene(t, nil)
	test.Tap(s.bar.power)
	s.until("on", func() bool { return s.bar.power.On() && !s.bar.power.Disabled() })
	if got := s.bar.sentence.Text(); got != "On, 127.0.0.1:8080, 0 torrents, 0 trackers" {
		t.Errorf("state: %q", got)
	}
	test.Tap(s.bar.power)
	s.until("off", func() bool { return !s.bar.power.On() })
	if !slices.Equal(s.engine.calls, []string{"start", "stop"}) {
		t.Errorf("calls %q, want start and stop", s.engine.calls)
	}
}

func TestATakenPortOffersTheNextFreeOne(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.refuse = &listen.Error{Addr: "127.0.0.1:8080", Taken: true, Free: "127.0.0.1:8081", Err: errors.New("in use")}
	})
	test.Tap(s.bar.power)
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	test.Tap(s.button("Use port 8081"))
	s.until("on", func() bool { return s.bar.power.On() })
	if !slices.Equal(s.engine.calls, []string{"start", "listen 127.0.0.1:8081", "start"}) {
		t.Errorf("calls %q, want a second start on the free port", s.engine.calls)
	}
	if s.bar.addr.Text() != "127.0.0.1:8081" {
		t.Errorf("the bar shows the address %q, want 127.0.0.1:8081", s.bar.addr.Text())
	}
}

func TestErrorsOfAStartAreShownWithTheNextStep(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.refuse = &listen.Error{Addr: "10.9.9.9:80", Err: errors.New("no such address")}
	})
	test.Tap(s.bar.power)
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	test.Tap(s.button("OK"))
	if s.bar.power.On() {
		t.Error("the switch is on after a failed start")
	}
	for want, err := range map[string]error{
		"Another program uses a:1, and no port near it is free. Choose another port in Settings.":     &listen.Error{Addr: "a:1", Taken: true},
		"BittOratio can't listen on a:1. Choose another address in Settings; 127.0.0.1 always works.": &listen.Error{Addr: "a:1"},
		"A setting is not valid: listen is not host:port. Change it in Settings.":                     &settings.Error{Field: "listen", Reason: "is not host:port"},
		"disk full. Try again. If this doesn't help, restart BittOratio.":                             errors.New("disk full"),
	} {
		if got := text.Error(err); got != want {
			t.Errorf("of the error %v: got %q, want %q", err, got, want)
		}
	}
}

// TestUnreadableSettingsAreShownAtOnce: the switch is off, a dialog names the place of the mistake, and the user can
// start over.
func TestUnreadableSettingsAreShownAtOnce(t *testing.T) {
	fault := &settings.SyntaxError{File: "/data/settings.json", Line: 3, Column: 7, Slip: settings.SlipComment, Reason: "a comment is not allowed here"}
	s := newScene(t, func(s *scene) {
		s.engine.settings.Window.StartEngine = true
		s.engine.snap.SettingsFault, s.engine.refuse = fault, fault
	})
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	if got := text.Error(fault); !strings.Contains(got, "a comment, which JSON doesn't allow (settings.json, line 3, column 7)") {
		t.Errorf("the dialog reads %q", got)
	}
	test.Tap(s.button("Close"))
	if len(s.engine.calls) > 0 {
		t.Errorf("calls %q, want none", s.engine.calls)
	}
	test.Tap(s.bar.power) // the engine fails in the same way
	s.until("a dialog", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	test.Tap(s.button("Start over at 1×"))
	s.until("a new file", func() bool { return s.engine.Snapshot().SettingsFault == nil })
	if !slices.Equal(s.engine.calls, []string{"start", "start over"}) {
		t.Errorf("calls %q, want start and start over", s.engine.calls)
	}
}

func TestTheSliderSetsTenths(t *testing.T) {
	s := newScene(t, nil)
	f := s.bar.factor
	f.slider.SetValue(3.7)
	if !slices.Equal(s.engine.factors, []policy.Factor{3700}) || f.label.line.Text() != "3.7×" {
		t.Errorf("multipliers %v, label %q; want 3.7", s.engine.factors, f.label.line.Text())
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want policy.Factor
	}{
		{fyne.KeyRight, 3800}, {fyne.KeyLeft, 3700}, {fyne.KeyPageUp, 4700}, {fyne.KeyEnd, 10000}, {fyne.KeyRight, 10000}, {fyne.KeyHome, 1000}, {fyne.KeyLeft, 1000},
	} {
		f.slider.TypedKey(&fyne.KeyEvent{Name: c.key})
		if f.value != c.want {
			t.Errorf("%s: multiplier %s, want %s", c.key, f.value, c.want)
		}
	}
	f.choose(2345)
	f.step(1)
	if f.value != 2346 {
		t.Errorf("one step from 2.345 is %s, want 2.346", f.value)
	}
}

func TestAnOldSnapshotDoesNotMoveTheSlider(t *testing.T) {
	s := newScene(t, nil)
	f := s.bar.factor
	f.slider.Resize(fyne.NewSize(200, 30))
	f.slider.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(150, 10)}})
	mine := f.value
	f.show(2*policy.One, exchange.LastDay{}) // an older snapshot comes late
	if f.value != mine || f.slider.Value != mine.Float() {
		t.Fatal("an old snapshot moved the slider while it was dragged")
	}
	f.slider.DragEnd()
	f.show(2*policy.One, exchange.LastDay{})
	if f.value != mine {
		t.Fatal("an old snapshot moved the slider right after its release")
	}
	f.show(mine, exchange.LastDay{}) // the engine has the factor
	f.show(5*policy.One, exchange.LastDay{})
	if f.value != 5*policy.One || f.slider.Value != 5 {
		t.Errorf("a new multiplier from elsewhere: the slider is at %s, want 5", f.value)
	}
	f.choose(mine)
	s.clock = s.clock.Add(2 * choiceTimeout)
	f.show(3*policy.One, exchange.LastDay{})
	if f.value != 3*policy.One {
		t.Errorf("after the engine ignored a choice for long, the slider is at %s, want the engine's 3", f.value)
	}
}

func TestAnExactMultiplierCanBeTyped(t *testing.T) {
	s := newScene(t, nil)
	test.Tap(s.bar.factor.label)
	entry := s.window.Canvas().Focused().(interface {
		fyne.Focusable
		SetText(string)
	})
	entry.SetText("101")
	test.Tap(s.button("Set"))
	if len(s.engine.factors) != 0 {
		t.Fatalf("multipliers %v after an invalid text, want none", s.engine.factors)
	}
	entry.SetText("12,345")
	test.Tap(s.button("Set"))
	if !slices.Equal(s.engine.factors, []policy.Factor{12345}) || s.bar.factor.label.line.Text() != "12.345×" {
		t.Errorf("multipliers %v, label %q; want 12.345", s.engine.factors, s.bar.factor.label.line.Text())
	}
	if s.bar.factor.slider.Value != 10 {
		t.Errorf("beyond its range the slider is at %v, want its end: 10", s.bar.factor.slider.Value)
	}
}

func TestPageSortAndSizeAreRemembered(t *testing.T) {
	s := newScene(t, nil)
	for i := range s.pages {
		s.tabs.Choose(i)
		if s.stack.Objects[0] != s.pages[i].Content() || s.prefs.page() != i {
			t.Errorf("page %d is not shown, or page %d is remembered in its place", i, s.prefs.page())
		}
	}
	s.prefs.setSort(torrents.Sort{Key: "seen", Descending: true})
	if s.prefs.sort() != (torrents.Sort{Key: "seen", Descending: true}) {
		t.Errorf("remembered sort %v", s.prefs.sort())
	}
	s.prefs.setSize(fyne.NewSize(900, 600))
	if s.prefs.size() != fyne.NewSize(900, 600) {
		t.Errorf("remembered size %v, want 900 × 600", s.prefs.size())
	}
}

func TestAChosenLanguageAppliesAtOnceInWindowAndTray(t *testing.T) {
	s := newScene(t, nil)
	t.Cleanup(func() { s.useLanguage(lang.English) })
	s.tabs.Choose(pageSettings)
	s.setLanguage("fr")
	if s.tabs.Current() != pageSettings {
		t.Errorf("the window went to page %d, want the settings", s.tabs.Current()+1)
	}
	if s.tray.item("Quitter") == nil || s.tray.item("Quit") != nil {
		t.Error("the tray's menu is not in French")
	}
	if got := s.bar.sentence.Text(); got != "Arrêté\u00a0: vos clients ne joignent pas leurs trackers" {
		t.Errorf("state in French: %q", got)
	}
	s.setLanguage(lang.English)
	if s.tray.item("Quit") == nil || s.bar.sentence.Text() != "Off: your clients can't reach their trackers" {
		t.Errorf("back in English, the menu or the state is not: %q", s.bar.sentence.Text())
	}
}

func TestTheForecastIsShownOnlyWhileAMultiplierIsChosen(t *testing.T) {
	test.NewTempApp(t)
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	f := newFactor(func() time.Time { return now }, func(policy.Factor) {}, func() {})
	f.show(2*policy.One, exchange.LastDay{})
	if f.forecastLine.Text() != "" {
		t.Errorf("without a day: forecast %q, want none", f.forecastLine.Text())
	}
	day := exchange.LastDay{Seen: 3 << 30, Follows: 2 << 30, Fixed: 1 << 30, Since: now.Add(-24 * time.Hour)}
	f.show(2*policy.One, day)
	if f.forecastLine.Text() != "" {
		t.Errorf("while nobody chooses: forecast %q, want none", f.forecastLine.Text())
	}
	f.slider.FocusGained()
	if got := f.forecastLine.Text(); got != "At 2×, the last 3.00 GiB would have become 5.00 GiB" {
		t.Errorf("while choosing: forecast %q", got)
	}
	f.choose(3 * policy.One)
	f.slider.FocusLost()
	if got := f.forecastLine.Text(); got != "At 3×, the last 3.00 GiB would have become 7.00 GiB" {
		t.Errorf("just chosen: forecast %q", got)
	}
	now = now.Add(choiceTimeout)
	if f.show(3*policy.One, day); f.forecastLine.Text() != "" {
		t.Errorf("a while later: forecast %q, want none", f.forecastLine.Text())
	}
}

// TestNothingMovesWhenTheForecastAppears: the line of the forecast takes up its space even without a text.
func TestNothingMovesWhenTheForecastAppears(t *testing.T) {
	s := newScene(t, nil)
	before, slider := s.bar.content.MinSize(), s.bar.factor.slider.Position()
	s.bar.factor.show(2*policy.One, exchange.LastDay{Seen: 1 << 30, Reported: 2 << 30, Follows: 1 << 30, Since: s.clock.Add(-time.Hour)})
	s.bar.factor.slider.FocusGained()
	s.bar.content.Refresh()
	if s.bar.factor.forecastLine.Text() == "" || s.bar.content.MinSize() != before || s.bar.factor.slider.Position() != slider {
		t.Errorf("forecast %q: the bar's least size went from %v to %v, the slider from %v to %v; want a text and no change", s.bar.factor.forecastLine.Text(), before, s.bar.content.MinSize(), slider, s.bar.factor.slider.Position())
	}
}

func TestTheSwitchIsRemembered(t *testing.T) {
	s := newScene(t, nil)
	remembered := func(on bool) func() bool {
		return func() bool { return s.engine.Settings().Window.StartEngine == on && !s.busy }
	}
	s.onPower(true)
	s.until("on is remembered", remembered(true))
	s.onPower(false)
	s.until("off is remembered", remembered(false))
	s.engine.refuse = &listen.Error{Addr: "a:1"}
	s.onPower(true)
	s.until("the choice is remembered though the port cannot be opened", remembered(true))
	if s.engine.Snapshot().State != engine.Off {
		t.Errorf("the engine's state is %v, want off", s.engine.Snapshot().State)
	}
	s.desk.CloseTop()
	s.engine.refuse = nil
	s.power(true, func() {})
	s.until("on", func() bool { return s.bar.power.On() })
	s.Quit()
	s.until("off", func() bool { return s.quit })
	if !remembered(true)() {
		t.Error("quitting is remembered as switching off")
	}
}

func TestAClickOnTheLightShowsOnlyTheRowsItIsAbout(t *testing.T) {
	s := newScene(t, func(s *scene) { fillEngine(s.engine) })
	s.clock = noon
	s.Shell.show()
	if got := s.bar.light.Text(); got != "1 torrent refused by its tracker" || s.tray.icon != "tray-trouble.svg" {
		t.Fatalf("the light reads %q, the tray has %s", got, s.tray.icon)
	}
	s.tabs.Choose(pageSettings)
	test.Tap(s.bar.light)
	page, _ := s.pages[pageTorrents].(*torrents.Page)
	if s.tabs.Current() != pageTorrents || page.Grid().Rows() != 1 {
		t.Errorf("page %d with %d rows, want page %d with 1", s.tabs.Current()+1, page.Grid().Rows(), pageTorrents+1)
	}
}

// TestRefusedUDPIsShownUntilTheUserDecides, in the light and in a strip above the pages.
func TestRefusedUDPIsShownUntilTheUserDecides(t *testing.T) {
	for button, allowed := range map[string]bool{"Allow UDP": true, "Leave it off": false} {
		s := newScene(t, func(s *scene) {
			s.engine.change(func(snap *engine.Snapshot) { snap.State, snap.UDPRefused = engine.On, true })
		})
		s.Shell.show()
		if got := s.bar.light.Text(); got != "A client's UDP was refused" || !s.udp.content.Visible() {
			t.Fatalf("the light reads %q, strip visible: %v; want both to show the refusal", got, s.udp.content.Visible())
		}
		test.Tap(s.bar.light)
		if s.tabs.Current() != pageSettings {
			t.Errorf("a click on the light leads to page %d, want the settings", s.tabs.Current()+1)
		}
		for _, o := range test.LaidOutObjects(s.udp.content) {
			if b, ok := o.(*control.Button); ok && b.Text == button {
				test.Tap(b)
			}
		}
		s.until("the strip is gone", func() bool { return !s.udp.content.Visible() })
		if s.engine.Settings().UDPTrackers != allowed {
			t.Errorf("%s: UDP allowed = %v, want %v", button, !allowed, allowed)
		}
	}
}

func TestAStartSwitchedOffNamesTheClientsThatCannotAnnounce(t *testing.T) {
	now := noon
	snap := &engine.Snapshot{Torrents: []*engine.Torrent{{Client: "Deluge", Last: now.Add(-25 * time.Hour)}}}
	if _, some := offAtStart(snap, now); some {
		t.Error("names clients of the day before yesterday")
	}
	snap.Torrents = append(snap.Torrents, &engine.Torrent{Client: "Transmission", Last: now.Add(-time.Hour)}, &engine.Torrent{Client: "Transmission", Last: now})
	if m, some := offAtStart(snap, now); !some || !strings.HasPrefix(m.body, "Transmission announced") {
		t.Errorf("one client: %+v", m)
	}
	snap.Torrents = append(snap.Torrents, &engine.Torrent{Client: "qBittorrent", Last: now})
	if m, some := offAtStart(snap, now); !some || !strings.HasPrefix(m.body, "2 clients announced") {
		t.Errorf("two clients: %+v", m)
	}
}

func TestARefusalIsNotifiedOnce(t *testing.T) {
	var h notifier
	snap := &engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{{Client: "Deluge", Last: noon}}}
	h.messages(snap, text.LightOf(snap, noon), noon)
	snap.Torrents = []*engine.Torrent{{Client: "Deluge", Last: noon, Failure: "no"}}
	if out := h.messages(snap, text.LightOf(snap, noon), noon); len(out) != 1 || out[0].title != "1 torrent refused by its tracker" {
		t.Errorf("a refusal: %+v, want one notification", out)
	}
	if out := h.messages(snap, text.LightOf(snap, noon), noon); len(out) != 0 {
		t.Errorf("the same refusal: %+v, want none", out)
	}
	for _, state := range []engine.State{engine.Stopping, engine.Off, engine.On, engine.Degraded, engine.On} {
		snap.State = state
		if out := h.messages(snap, text.LightOf(snap, noon), noon); len(out) != 0 {
			t.Errorf("the same refusal in state %v: %+v, want none", state, out)
		}
	}
	snap.Torrents = append(snap.Torrents, &engine.Torrent{Client: "Deluge", Last: noon, Failure: "no"})
	if out := h.messages(snap, text.LightOf(snap, noon), noon); len(out) != 1 || out[0].title != "2 torrents refused by their tracker" {
		t.Errorf("one more refusal: %+v, want one notification", out)
	}
}
