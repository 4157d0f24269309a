package shell

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/text"
)

func awayTracker(host string, since time.Time) engine.Tracker {
	return engine.Tracker{Host: host, Away: true, Since: since, Problem: exchange.ProblemTimeout}
}

func TestEachEventIsNotifiedOnce(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	half := now.Add(-notifyAwayAfter)
	var h notifier
	for _, c := range []struct {
		what string
		snap engine.Snapshot
		want []string
	}{
		{"no event", engine.Snapshot{}, nil},
		{"the first announce", engine.Snapshot{Torrents: []*engine.Torrent{{Client: "Deluge 2", Tracker: "t.example"}}}, []string{"First announce received"}},
		{"another announce", engine.Snapshot{Torrents: []*engine.Torrent{{}, {}}}, nil},
		{"away for a while", engine.Snapshot{Trackers: []engine.Tracker{awayTracker("a", now.Add(-29*time.Minute))}}, nil},
		{"away for long", engine.Snapshot{Trackers: []engine.Tracker{awayTracker("a", half)}}, []string{"a has been unreachable for 30 minutes"}},
		{"still away", engine.Snapshot{Trackers: []engine.Tracker{awayTracker("a", half)}}, nil},
		{"two more trackers", engine.Snapshot{Trackers: []engine.Tracker{awayTracker("a", half), awayTracker("b", half), awayTracker("c", half)}}, []string{"2 trackers have been unreachable for 30 minutes"}},
		{"all answer again", engine.Snapshot{}, nil},
		{"away again", engine.Snapshot{Trackers: []engine.Tracker{awayTracker("a", half)}}, []string{"a has been unreachable for 30 minutes"}},
		{"full disk", engine.Snapshot{Trouble: engine.Trouble{Kind: engine.TroubleDisk}}, []string{"The data folder cannot be written"}},
		{"still full", engine.Snapshot{Trouble: engine.Trouble{Kind: engine.TroubleDisk}}, nil},
		{"disk writable again", engine.Snapshot{}, nil},
		{"disk full again", engine.Snapshot{Trouble: engine.Trouble{Kind: engine.TroubleDisk}}, []string{"The data folder cannot be written"}},
	} {
		var got []string
		for _, m := range h.messages(&c.snap, text.LightOf(&c.snap, now), now) {
			got = append(got, m.title)
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: notified %q, want %q", c.what, got, c.want)
		}
	}
	again := notifier{}
	if got := again.messages(&engine.Snapshot{Torrents: []*engine.Torrent{{}}}, text.Light{}, now); len(got) > 0 {
		t.Errorf("announces of an earlier run are notified as the first: %q", got)
	}
}

func TestNotificationsCanBeSwitchedOff(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.Notify = false })
	snap := &engine.Snapshot{Trouble: engine.Trouble{Kind: engine.TroubleDisk}}
	test.AssertNotificationSent(t, nil, s.notifies(func() { s.notifyChanges(snap, text.LightOf(snap, s.clock)) }))
	s.engine.settings.Window.Notify = true
	s.notifyChanges(&engine.Snapshot{}, text.Light{})
	test.AssertNotificationSent(t, fyne.NewNotification("The data folder cannot be written",
		"Nothing is multiplied until the data folder can be written again. Make room on its disk, or check its permissions. BittOratio then continues on its own."),
		s.notifies(func() { s.notifyChanges(snap, text.LightOf(snap, s.clock)) }))
}

func TestTheWelcomeLeadsToTheSetUp(t *testing.T) {
	s := newScene(t, func(s *scene) { s.testApp.Preferences().SetBool(keyWelcomed, false) })
	test.Tap(s.button("Set up my client"))
	s.until("it is on", func() bool { return s.engine.called("start") && !s.busy })
	if s.tabs.Current() != pageSetup || s.window.Canvas().Overlays().Top() != nil {
		t.Errorf("page %d, dialog open: %v; want page %d, false", s.tabs.Current()+1, s.window.Canvas().Overlays().Top() != nil, pageSetup+1)
	}
}

func TestTheWelcomeAppearsOnceAndCanBeSkipped(t *testing.T) {
	s := newScene(t, func(s *scene) { s.testApp.Preferences().SetBool(keyWelcomed, false) })
	test.Tap(s.button("Skip"))
	if s.window.Canvas().Overlays().Top() != nil || !s.prefs.Bool(keyWelcomed) || s.engine.called("start") {
		t.Errorf("after Skip: dialog open: %v, remembered: %v, calls %q; want false, true, none", s.window.Canvas().Overlays().Top() != nil, s.prefs.Bool(keyWelcomed), s.engine.calls)
	}
	s.showWelcome()
	s.button("Skip")
}

func TestCtrlFFindsTheFilterAndF1ListsTheKeysOnce(t *testing.T) {
	s := newScene(t, nil)
	s.tabs.Choose(pageActivity)
	s.find()
	if s.window.Canvas().Focused() == nil {
		t.Error("Ctrl+F leaves no control with the focus")
	}
	s.window.Canvas().Unfocus()
	s.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
	s.button("Close")
	s.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
	if n := len(s.window.Canvas().Overlays().List()); n != 1 {
		t.Errorf("F1 twice opens %d lists of keys, want 1", n)
	}
	test.Tap(s.button("Close"))
}

func TestAboutCopiesDiagnostics(t *testing.T) {
	s := newScene(t, nil)
	s.showAbout()
	test.Tap(s.button("Copy diagnostics"))
	if got := s.app.Clipboard().Content(); !strings.Contains(got, "state: ") || !strings.HasPrefix(got, Name) {
		t.Errorf("copied %q, want the diagnostics", got)
	}
}

func TestDiagnosticsContainNoPrivateData(t *testing.T) {
	set := settings.Default()
	set.TrackerMultipliers = map[string]policy.Factor{"secret.example": 2000}
	set.AllowNetworks = []string{"192.168.77.0/24"}
	snap := &engine.Snapshot{
		State: engine.Degraded, Addr: "192.168.77.5:8080", Trouble: engine.Trouble{Kind: engine.TroubleDisk, Detail: "write /home/somebody/data/ledger: full"},
		Trackers: []engine.Tracker{awayTracker("secret.example", time.Unix(1, 0))},
		Notices:  []engine.Notice{{File: "ledger.damaged"}},
	}
	entries := []exchange.Entry{{Tracker: "secret.example", InfoHash: bittorrent.InfoHash{0xab, 0xcd}, Failure: "bad key secret", Warning: "secret", Detail: "dial secret.example", Client: "Deluge 2.1", Status: 403}}
	got := diagnosticsText(snap, &set, entries, "/home/somebody/data")
	for _, secret := range []string{"secret", "192.168.77", "somebody", "abcd"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in the diagnostics:\n%s", secret, got)
		}
	}
	for _, want := range []string{"status 403", "tracker 1: 0 torrents, away true", "Deluge 2.1", "another address:8080", "own factors 1 of trackers"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in the diagnostics:\n%s", want, got)
		}
	}
}
