//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the window shows of the practice tracker's checks at a low and at a high multiplier.
const (
	noneFires = "none of its five checks fires"
	tooFast   = "speed (the line carries "
)

// ownTempFolder sets TMPDIR for the programs of the test, and returns a function that lists the folders of running
// demonstrations.
func (d *desktop) ownTempFolder() (demonstrations func() []string) {
	d.t.Helper()
	tmp := d.path("tmp")
	must(d.t, os.Mkdir(tmp, 0o700))
	d.env = append(d.env, "TMPDIR="+tmp)
	return func() []string {
		found, err := filepath.Glob(filepath.Join(tmp, "bittoratio-demonstration-*"))
		must(d.t, err)
		return found
	}
}

// TestADemonstrationShowsWhatATrackerNoticesAndLeavesNoFiles shows what a user sees who tries the program: at 2× no
// check of the tracker fires, and with the slider far to the right the check of the speed does. The demonstration
// leaves no files behind.
func TestADemonstrationShowsWhatATrackerNoticesAndLeavesNoFiles(t *testing.T) {
	d := newDesktop(t, stubHost)
	folders := d.ownTempFolder()
	p := d.spawnBy(binary, "-demo")
	eventually(t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })
	p.waitFor("the sample torrents, and that no check fires", func(s windowState) bool {
		return s.On && s.hasText("nothing leaves this computer") && s.hasText(noneFires) && s.hasRow("Sample film") && s.hasRow("Sample music")
	})
	if found := folders(); len(found) != 1 {
		t.Errorf("the demonstration has the folders %q, want one", found)
	}
	p.movePointerAway()
	d.picture(p.win, "demonstration")

	p.drag(1.0/9, 7.0/9)
	p.waitFor("a factor of 8×", func(s windowState) bool { return s.Factor == "8×" })
	p.waitFor("that the check of the speed fires", func(s windowState) bool { return s.hasText(tooFast) && !s.hasText(noneFires) })
	p.movePointerAway()
	d.picture(p.win, "demonstration-speed")

	p.click("button:End it", 0.5, 0.5)
	p.waitForExit()
	if left := folders(); len(left) > 0 {
		t.Errorf("the demonstration left %q behind, want nothing", left)
	}
}

// TestTheWelcomeStartsADemonstrationAsASecondProgram: the button on the welcome page starts a second program, whose end
// does not change anything in the first one.
func TestTheWelcomeStartsADemonstrationAsASecondProgram(t *testing.T) {
	d := newDesktop(t, stubHost)
	folders := d.ownTempFolder()
	d.writePreferences(`{}`)
	d.settings(`{"listen": "127.0.0.1:0"}`)
	p := d.launch()
	p.waitFor("the welcome", func(s windowState) bool { return s.hasText("What BittOratio does") })

	second := &prog{d: d, sock: p.sock}
	p.sock += ".first" // the probe of the second program takes the place of the first one's
	must(t, os.Rename(second.sock, p.sock))
	p.click("button:Show a demonstration", 0.5, 0.5)
	eventually(t, "a second window shows", func() bool { second.win = d.otherWindow(p.win); return second.win != "" })
	second.waitFor("a demonstration", func(s windowState) bool {
		return s.On && s.hasText("nothing leaves this computer") && s.hasRow("Sample film")
	})
	d.shot("demonstration-beside")
	second.click("button:End it", 0.5, 0.5)
	eventually(t, "the second window is gone, and its folder", func() bool { return d.otherWindow(p.win) == "" && len(folders()) == 0 })

	p.waitFor("the unchanged welcome in the first window", func(s windowState) bool { return s.hasText("What BittOratio does") })
	p.click("button:Skip", 0.5, 0.5)
	p.waitFor("a first window without the demonstration's torrents", func(s windowState) bool {
		return !s.On && len(s.Rows) == 0 && !s.hasText("nothing leaves this computer")
	})
	p.key("ctrl+q")
	p.waitForExit()
}

// otherWindow returns the ids of the program's visible windows except this one, separated by blanks.
func (d *desktop) otherWindow(than string) string {
	out, _ := d.try("xdotool", "search", "--onlyvisible", "--name", "^BittOratio$")
	ids := slices.DeleteFunc(strings.Fields(out), func(id string) bool { return id == than })
	return strings.Join(ids, " ")
}
