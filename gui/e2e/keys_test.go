//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"testing"
)

// TestTheWindowWorksByKeyboardAlone uses a page, the list of keys, the switch, the menu of a row, and the rules of its
// tracker.
func TestTheWindowWorksByKeyboardAlone(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q}`, addr))
	p := d.launch()
	p.key("ctrl+5", "Tab", "Tab", "Tab", "Tab") // to a check box
	p.waitFor("the settings", func(s windowState) bool { return s.hasText("Connection") })
	p.key("F1")
	p.waitFor("the list of keys", func(s windowState) bool { return s.hasText("This list") })
	p.key("ctrl+1", "Escape")
	p.waitFor("the same page as before", func(s windowState) bool { return s.hasText("Connection") && !s.hasText("This list") })

	p.key("ctrl+1", "shift+Tab", "shift+Tab", "shift+Tab", "Return")
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceAndCheck(t, addr, tr, transmission, 0, "started", 0)
	announceAndCheck(t, addr, tr, transmission, mib, "", 2*mib)
	p.waitFor("the torrent", rowIs("abababab", "1.00 MiB", "2.00 MiB", "+1.00 MiB"))

	p.key("ctrl+1", "ctrl+f", "Down", "Down", "Menu", "Down", "Down", "Down", "Down", "Return")
	p.waitFor("the tracker's rules", func(s windowState) bool { return s.hasText("Stop at ratio") })
	p.typeText("3")
	p.key("Return")
	p.waitFor("its multiplier in the row", func(s windowState) bool { return len(s.Rows) == 1 && slices.Contains(s.Rows[0], "3×") })
	announceAndCheck(t, addr, tr, transmission, 2*mib, "", 5*mib)

	p.key("ctrl+q")
	p.waitFor("the question about clients", func(s windowState) bool { return s.hasText("Clients are still using BittOratio") })
	p.key("shift+Tab", "Return") // the default button keeps the program running; the one before it quits
	p.waitForExit()
}
