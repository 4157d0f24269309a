package shell

import (
	"errors"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/practice"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
)

// newDemonstration returns the window of a demonstration; findings returns what its tracker noticed.
func newDemonstration(t *testing.T, findings func() []practice.Status) *scene {
	t.Helper()
	return newScene(t, func(s *scene) {
		s.demoOptions.Demo = findings
		s.testApp.Preferences().SetBool(keyWelcomed, false)
	})
}

func TestTheStripOfADemonstrationShowsWhatItsTrackerNoticed(t *testing.T) {
	var findings []practice.Status
	s := newDemonstration(t, func() []practice.Status { return findings })
	s.Shell.show()
	for _, want := range []string{"nothing leaves this computer", "none of its five checks fires. A tracker may have others."} {
		if got := s.demo.line.Text; !s.demo.content.Visible() || !strings.Contains(got, want) {
			t.Errorf("the strip reads %q, visible: %v; want %q", got, s.demo.content.Visible(), want)
		}
	}
	findings = []practice.Status{{
		Peer:     practice.Peer{ID: bittorrent.PeerID([]byte("-TR4140-000000000000"))},
		Findings: []practice.Finding{{Check: practice.CheckSpeed, Rate: 15 << 20, Line: 12 << 20}},
	}}
	s.Shell.show()
	if got := s.demo.line.Text; !strings.HasSuffix(got, "The tracker noticed: speed (the line carries 12.0 MiB/s): Transmission 4.1.4 at 15.0 MiB/s.") {
		t.Errorf("the strip reads %q, want the client's speed", got)
	}
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("the welcome is open over a demonstration")
	}
	s.goToPage(pageSetup)
	if control.ScrollIn(s.pages[pageSetup].Content()) != nil {
		t.Error("a demonstration offers to set up the user's own clients")
	}
}

// TestThePageStaysBelowTheStripOfADemonstration: the strip grows with what the tracker notices, and the page always
// begins below it, whatever else Fyne lays out in the same frame.
func TestThePageStaysBelowTheStripOfADemonstration(t *testing.T) {
	var findings []practice.Status
	s := newDemonstration(t, func() []practice.Status { return findings })
	s.Shell.show()
	s.body.Refresh()
	before := s.head.Size().Height
	findings = demoPeers(8 * policy.One)
	s.Shell.show()
	if now := s.head.Size().Height; now <= before || now != s.head.MinSize().Height {
		t.Errorf("the head is %v high, and was %v; want %v", now, before, s.head.MinSize().Height)
	}
}

func TestADemonstrationQuitsWithoutAQuestion(t *testing.T) {
	s := newDemonstration(t, func() []practice.Status { return nil })
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State, snap.Torrents = engine.On, []*engine.Torrent{{ID: "a", Client: "Transmission 4.1.4", Last: s.clock}}
	})
	left := false
	s.confirmDisconnect("leave", nil, func() { left = true })
	if !left {
		t.Error("asks a question about its own sample clients")
	}
}

func TestHelpStartsADemonstrationOrExplainsTheError(t *testing.T) {
	t.Run("no demonstration is possible", func(t *testing.T) {
		if plain := newScene(t, nil); plain.demonstration() != nil || plain.demo.content.Visible() {
			t.Error("a window that cannot start a demonstration offers one")
		}
	})
	begun := 0
	s := newScene(t, func(s *scene) {
		s.demoOptions.Demonstrate = func() error { begun++; return errors.New("no such file") }
	})
	s.demonstration()()
	if begun != 1 || s.window.Canvas().Overlays().Top() == nil {
		t.Errorf("started %d times, error visible: %v; want once, true", begun, s.window.Canvas().Overlays().Top() != nil)
	}
}
