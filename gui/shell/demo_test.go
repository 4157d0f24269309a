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

// demonstrating returns the window of a demonstration; found returns what its tracker noticed.
func demonstrating(t *testing.T, found func() []practice.Status) *scene {
	t.Helper()
	return newScene(t, func(s *scene) {
		s.wants.Demo = found
		s.made.Preferences().SetBool(keyWelcomed, false)
	})
}

func TestADemonstrationSaysWhatItIsAndWhatItsTrackerNoticed(t *testing.T) {
	var found []practice.Status
	s := demonstrating(t, func() []practice.Status { return found })
	s.Shell.show()
	for _, want := range []string{"nothing leaves this computer", "none of its five checks fires. A tracker may have others."} {
		if got := s.demo.line.Text; !s.demo.content.Visible() || !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	found = []practice.Status{{
		Peer:     practice.Peer{ID: bittorrent.PeerID([]byte("-TR4140-000000000000"))},
		Findings: []practice.Finding{{Check: practice.CheckSpeed, Rate: 15 << 20, Line: 12 << 20}},
	}}
	s.Shell.show()
	if got := s.demo.line.Text; !strings.HasSuffix(got, "The tracker noticed: speed (the line carries 12.0 MiB/s): Transmission 4.1.4 at 15.0 MiB/s.") {
		t.Errorf("%q", got)
	}
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("the welcome lies over a demonstration")
	}
	s.turnTo(pageSetup)
	if control.ScrollIn(s.pages[pageSetup].Content()) != nil {
		t.Error("a demonstration offers to set up the user's own clients")
	}
}

// TestThePageBeginsBelowADemonstration: the strip grows with what the tracker notices, and the page always begins below
// it, whatever else Fyne lays out in the same frame.
func TestThePageBeginsBelowADemonstration(t *testing.T) {
	var found []practice.Status
	s := demonstrating(t, func() []practice.Status { return found })
	s.Shell.show()
	s.under.Refresh()
	before := s.head.Size().Height
	found = demoPeers(8 * policy.One)
	s.Shell.show()
	if now := s.head.Size().Height; now <= before || now != s.head.MinSize().Height {
		t.Errorf("the head is %v high and was %v; it needs %v", now, before, s.head.MinSize().Height)
	}
}

func TestADemonstrationEndsWithoutAQuestion(t *testing.T) {
	s := demonstrating(t, func() []practice.Status { return nil })
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State, snap.Torrents = engine.On, []*engine.Torrent{{ID: "a", Client: "Transmission 4.1.4", Last: s.clock}}
	})
	gone := false
	s.confirmDisconnect("go", nil, func() { gone = true })
	if !gone {
		t.Error("it asks what becomes of its own sample clients")
	}
}

func TestHelpStartsADemonstrationAndSaysWhyItCannot(t *testing.T) {
	t.Run("where there is none", func(t *testing.T) {
		if plain := newScene(t, nil); plain.demonstrates() != nil || plain.demo.content.Visible() {
			t.Error("a window that cannot start one offers it")
		}
	})
	begun := 0
	s := newScene(t, func(s *scene) {
		s.wants.Demonstrate = func() error { begun++; return errors.New("no such file") }
	})
	s.demonstrates()()
	if begun != 1 || s.window.Canvas().Overlays().Top() == nil {
		t.Errorf("begun %d times, and the fault is not shown", begun)
	}
}
