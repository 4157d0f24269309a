package shell

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/theme"
)

// TestARefusalByATrackerTurnsLightAndTrayRed: the status light and the tray icon show a refusal as soon as the engine
// reports it.
func TestARefusalByATrackerTurnsLightAndTrayRed(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.snap.State = engine.On
		s.engine.snap.Torrents = []*engine.Torrent{{ID: "a", Client: "Transmission 4.1.4", Tracker: "t.example", Answered: true, First: s.clock, Last: s.clock, Next: s.clock.Add(time.Hour)}}
	})
	if s.bar.light.Tone() != theme.Good || s.tray.icon != "tray-on.svg" {
		t.Fatalf("at first the light has tone %v and the tray %s", s.bar.light.Tone(), s.tray.icon)
	}
	s.engine.change(func(snap *engine.Snapshot) {
		refused := *snap.Torrents[0]
		refused.Failure = "unregistered torrent"
		snap.Torrents = []*engine.Torrent{&refused}
	})
	s.until("the light is red", func() bool { return s.bar.light.Tone() == theme.Bad && s.tray.icon == "tray-trouble.svg" })
	s.engine.change(func(snap *engine.Snapshot) {
		fine := *snap.Torrents[0]
		fine.Failure, fine.Away = "", true
		snap.Torrents = []*engine.Torrent{&fine}
		snap.Trackers = []engine.Tracker{{Host: "t.example", Away: true, Since: s.clock.Add(-time.Minute)}}
	})
	s.until("the light is amber", func() bool { return s.bar.light.Tone() == theme.Warn && s.tray.icon == "tray-attention.svg" })
	if s.tray.tooltip != "BittOratio: t.example unreachable for 1 min" {
		t.Errorf("tooltip of the tray: %q", s.tray.tooltip)
	}
}

func TestSeveralEventsAreOneNotification(t *testing.T) {
	s := newScene(t, nil)
	two := []message{{"A thing", "of one"}, {"Another", "of two"}}
	test.AssertNotificationSent(t, fyne.NewNotification("BittOratio", "A thing\nAnother"), s.notifies(func() { s.notify(two...) }))
	if got := joinMessages(slices.Clone(two[:1])); got != two[0] {
		t.Errorf("a single event became %+v, want %+v", got, two[0])
	}
}

// TestTheWelcomeOffersAStopRatio: the first start offers a ratio at which to stop, but does not choose it for the user.
func TestTheWelcomeOffersAStopRatio(t *testing.T) {
	s := newScene(t, nil)
	s.showWelcome()
	var limit *control.Check
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if c, ok := o.(*control.Check); ok {
			limit = c
		}
	}
	if limit == nil || limit.Checked {
		t.Fatalf("the offer is %v, want an unticked box", limit)
	}
	for _, want := range []policy.Ratio{2000, 0} {
		test.Tap(limit)
		s.until("the ratio is chosen", func() bool { return s.engine.Settings().StopRatio == want })
	}
}
