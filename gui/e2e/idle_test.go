//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// processor is how long a process has had a processor, in clock ticks of a hundredth of a second (proc(5)).
func processor(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	_, after, _ := strings.Cut(string(b), ") ") // the name before may hold anything
	fields, ticks := strings.Fields(after), 0
	for _, f := range fields[11:13] { // the 14th and 15th of all: user, system
		n, err := strconv.Atoi(f)
		must(t, err)
		ticks += n
	}
	return ticks
}

// idle holds that our program, left alone, costs no more than an empty Fyne window beside it and half a percent of a
// processor. Both are measured over the same ten seconds; what disturbs only adds, so the least of up to three counts.
func idle(t *testing.T, what string, ours, empty int) {
	t.Helper()
	const seconds, allowed = 10, 5 // ticks: 0.5 % of ten seconds
	least := [2]int{1 << 30, 1 << 30}
	for range 3 {
		begin := [2]int{processor(t, ours), processor(t, empty)}
		time.Sleep(seconds * time.Second)
		for i, pid := range []int{ours, empty} {
			least[i] = min(least[i], processor(t, pid)-begin[i])
		}
		t.Logf("%s: ours %.1f %%, an empty window %.1f %%", what, float64(least[0])/seconds, float64(least[1])/seconds)
		if least[0] <= least[1]+allowed {
			return
		}
	}
	t.Errorf("%s: %.1f %% of a processor, and an empty window %.1f %%", what, float64(least[0])/seconds, float64(least[1])/seconds)
}

// TestIdleCostsWhatAnEmptyWindowCosts with a table full of torrents, and hidden in the tray.
func TestIdleCostsWhatAnEmptyWindowCosts(t *testing.T) {
	program := filepath.Join(t.TempDir(), "empty")
	if out, err := exec.Command("go", "build", "-tags", "e2e", "-o", program, "./empty").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := newDesk(t, stubHost)
	empty := d.start(nil, program)
	eventually(t, "the empty window shows", func() bool {
		out, _ := d.try("xdotool", "search", "--onlyvisible", "--name", "^Empty$")
		return out != ""
	})
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	for i := range byte(20) {
		tells(t, addr, tr, session{same(0xa0 + i), transmission.id}, mib, "started", mib)
	}
	p.sees("the torrents", func(s sight) bool { return len(s.Rows) > 10 })

	p.key("alt+F4")
	eventually(t, "closing hides", func() bool { return p.visible() == "" })
	idle(t, "hidden", p.cmd.Process.Pid, empty)

	d.choose("Open")
	eventually(t, "Open brings the window back", func() bool { p.win = p.visible(); return p.win != "" })
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) { // until then each second changes what stands there
		s, err := p.look()
		if err == nil && len(s.Rows) > 10 && !strings.Contains(fmt.Sprint(s.Rows), " s ") && !strings.Contains(fmt.Sprint(s.Rows), "now") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the announces are not a minute old: %q", s.Rows)
		}
	}
	idle(t, "open", p.cmd.Process.Pid, empty)
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}
