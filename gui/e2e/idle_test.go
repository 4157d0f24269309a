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

// processorTime returns the processor time that a process has used, in clock ticks of a hundredth of a second
// (proc(5)).
func processorTime(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	_, after, _ := strings.Cut(string(b), ") ") // the fields follow the name, which is in parentheses and may contain blanks
	fields, ticks := strings.Fields(after), 0
	for _, f := range fields[11:13] { // the 14th and 15th of the line: user and system time
		n, err := strconv.Atoi(f)
		must(t, err)
		ticks += n
	}
	return ticks
}

// checkIdle checks that the idle program needs at most half a percent of a processor more than an empty Fyne window.
// Both are measured over the same ten seconds. Disturbances only add time, so the lowest of up to three measurements
// counts.
func checkIdle(t *testing.T, what string, ours, empty int) {
	t.Helper()
	const seconds, allowed = 10, 5 // ticks: 0.5 % of ten seconds
	least := [2]int{1 << 30, 1 << 30}
	for range 3 {
		begin := [2]int{processorTime(t, ours), processorTime(t, empty)}
		time.Sleep(seconds * time.Second)
		for i, pid := range []int{ours, empty} {
			least[i] = min(least[i], processorTime(t, pid)-begin[i])
		}
		t.Logf("%s: ours %.1f %%, an empty window %.1f %%", what, float64(least[0])/seconds, float64(least[1])/seconds)
		if least[0] <= least[1]+allowed {
			return
		}
	}
	t.Errorf("%s: the program needs %.1f %% of a processor, want at most half a percent more than an empty window: %.1f %%", what, float64(least[0])/seconds, float64(least[1])/seconds)
}

// TestTheIdleProgramCostsLittleMoreThanAnEmptyWindow measures the program with its window hidden in the tray, and with
// it open and full of torrents.
func TestTheIdleProgramCostsLittleMoreThanAnEmptyWindow(t *testing.T) {
	program := filepath.Join(t.TempDir(), "empty")
	if out, err := exec.Command("go", "build", "-tags", "e2e", "-o", program, "./empty").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := newDesktop(t, stubHost)
	empty := d.start(nil, program)
	eventually(t, "the empty window shows", func() bool {
		out, _ := d.try("xdotool", "search", "--onlyvisible", "--name", "^Empty$")
		return out != ""
	})
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	for i := range byte(20) {
		announceAndCheck(t, addr, tr, session{same(0xa0 + i), transmission.id}, mib, "started", mib)
	}
	p.waitFor("the torrents", func(s windowState) bool { return len(s.Rows) > 10 })

	p.key("alt+F4")
	eventually(t, "closing hides the window", func() bool { return p.visible() == "" })
	checkIdle(t, "hidden", p.cmd.Process.Pid, empty)

	d.choose("Open")
	eventually(t, "Open brings the window back", func() bool { p.win = p.visible(); return p.win != "" })
	// In the first minute after an announce its age in the table changes each second.
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		s, err := p.state()
		if err == nil && len(s.Rows) > 10 && !strings.Contains(fmt.Sprint(s.Rows), " s ") && !strings.Contains(fmt.Sprint(s.Rows), "now") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the table still shows ages in seconds: %q", s.Rows)
		}
	}
	checkIdle(t, "open", p.cmd.Process.Pid, empty)
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
}
