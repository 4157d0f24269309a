//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The two verdicts of the practice tracker that the slider lies between.
const (
	nothing = "none of its five checks fires"
	speedy  = "speed (the line carries "
)

// temporary gives what the test starts a folder of its own for temporary files, and returns the demonstrations' folders.
func (d *desk) temporary() (demonstrations func() []string) {
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

// TestDemonstration is what a user sees who tries the program: nothing is noticed at 2×, and far to the right of the
// slider the tracker notices the speed. The end leaves nothing behind.
func TestDemonstration(t *testing.T) {
	d := newDesk(t, stubHost)
	folders := d.temporary()
	p := d.spawnBy(binary, "-demo")
	eventually(t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })
	p.sees("rows of three clients, and that nothing was noticed", func(s sight) bool {
		return s.On && s.says("nothing leaves this computer") && s.says(nothing) && s.shows("Sample film") && s.shows("Sample music")
	})
	if found := folders(); len(found) != 1 {
		t.Errorf("a demonstration has one folder of its own, not %q", found)
	}
	p.aside()
	d.picture(p.win, "demonstration")

	p.drag(1.0/9, 7.0/9)
	p.sees("a factor that the line does not carry", func(s sight) bool { return s.Factor == "8×" })
	p.sees("that the tracker notices the speed", func(s sight) bool { return s.says(speedy) && !s.says(nothing) })
	p.aside()
	d.picture(p.win, "demonstration-speed")

	p.click("button:End it", 0.5, 0.5)
	p.ends()
	if left := folders(); len(left) > 0 {
		t.Errorf("it leaves %q behind", left)
	}
}

// TestTheWelcomeShowsADemonstration: its button starts a second program beside this one, and the end of that one leaves
// the first as it was.
func TestTheWelcomeShowsADemonstration(t *testing.T) {
	d := newDesk(t, stubHost)
	folders := d.temporary()
	d.prefer(`{}`)
	d.settings(`{"listen": "127.0.0.1:0"}`)
	p := d.launch()
	p.sees("the welcome", func(s sight) bool { return s.says("What BittOratio does") })

	second := &prog{d: d, sock: p.sock}
	p.sock += ".first" // the second program answers where the first one did
	must(t, os.Rename(second.sock, p.sock))
	p.click("button:Show a demonstration", 0.5, 0.5)
	eventually(t, "a second window shows", func() bool { second.win = d.other(p.win); return second.win != "" })
	second.sees("a demonstration", func(s sight) bool { return s.On && s.says("nothing leaves this computer") && s.shows("Sample film") })
	d.shot("demonstration-beside")
	second.click("button:End it", 0.5, 0.5)
	eventually(t, "the second window is gone, and its folder", func() bool { return d.other(p.win) == "" && len(folders()) == 0 })

	p.sees("the first window is as it was", func(s sight) bool { return s.says("What BittOratio does") })
	p.click("button:Skip", 0.5, 0.5)
	p.sees("nothing of it is in the first window", func(s sight) bool { return !s.On && len(s.Rows) == 0 && !s.says("nothing leaves this computer") })
	p.key("ctrl+q")
	p.ends()
}

// other is the id of the shown window of ours that is not this one, or "".
func (d *desk) other(than string) string {
	out, _ := d.try("xdotool", "search", "--onlyvisible", "--name", "^BittOratio$")
	ids := slices.DeleteFunc(strings.Fields(out), func(id string) bool { return id == than })
	return strings.Join(ids, " ")
}
