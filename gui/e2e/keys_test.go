//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"testing"
)

// TestWindowWorksByKeyboardAlone: a page, the list of keys over it, the switch, a row's menu, a rule for its tracker.
func TestWindowWorksByKeyboardAlone(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q}`, addr))
	p := d.launch()
	p.key("ctrl+5", "Tab", "Tab", "Tab", "Tab") // a box to tick
	p.sees("the settings", func(s sight) bool { return s.says("Connection") })
	p.key("F1")
	p.sees("the keys", func(s sight) bool { return s.says("This list") })
	p.key("ctrl+1", "Escape")
	p.sees("the same page as before", func(s sight) bool { return s.says("Connection") && !s.says("This list") })

	p.key("ctrl+1", "shift+Tab", "shift+Tab", "shift+Tab", "Return")
	p.sees("it is on", func(s sight) bool { return s.On })
	tells(t, addr, tr, transmission, 0, "started", 0)
	tells(t, addr, tr, transmission, mib, "", 2*mib)
	p.sees("the torrent", rowIs("abababab", "1.00 MiB", "2.00 MiB", "+1.00 MiB"))

	p.key("ctrl+1", "ctrl+f", "Down", "Down", "Menu", "Down", "Down", "Down", "Down", "Return")
	p.sees("the tracker's rules", func(s sight) bool { return s.says("Stop at ratio") })
	p.types("3")
	p.key("Return")
	p.sees("its multiplier in the row", func(s sight) bool { return len(s.Rows) == 1 && slices.Contains(s.Rows[0], "3×") })
	tells(t, addr, tr, transmission, 2*mib, "", 5*mib)

	p.key("ctrl+q")
	p.sees("the question", func(s sight) bool { return s.says("Clients are still using BittOratio") })
	p.key("shift+Tab", "Return") // from the default, which keeps it running
	p.ends()
}
