//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestNotificationsComeOnce tells the desktop of the first announce, of a disk that cannot be written, and of what waits
// at the end; and where they are switched off, of nothing.
func TestNotificationsComeOnce(t *testing.T) {
	t.Run("on", func(t *testing.T) { notifications(t, true) })
	t.Run("off", func(t *testing.T) { notifications(t, false) })
}

func notifications(t *testing.T, wanted bool) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "language": "en", "notifications": %v}}`, addr, wanted))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	tells(t, addr, tr, transmission, mib, "started", mib)
	tells(t, addr, tr, qbittorrent, mib, "started", mib)

	if wanted { // else it could come as one with the next news
		eventually(t, "the desktop is told of the first announce", func() bool { return d.notified("First announce received") == 1 })
	}
	full := func(size string) { d.run("prlimit", "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize="+size+":") }
	for range 2 { // the second time is news again
		full("1")
		tells(t, addr, tr, transmission, 2*mib, "", 2*mib)
		p.sees("the disk is full", func(s sight) bool { return s.says("Nothing is multiplied until the data folder can be written again") })
		full("unlimited")
		p.sees("there is room again", func(s sight) bool { return !s.says("Nothing is multiplied until") })
	}

	tr.isAway(true)
	if status, _, err := announce(addr, tr, transmission, 2*mib, "stopped"); status != 200 || err != nil {
		t.Fatalf("status %d, %v", status, err)
	}
	p.sees("an announce waits", func(s sight) bool { return s.hasState("Pending") })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
	want := map[string]int{"First announce received": 1, "The data folder cannot be written": 2, "1 announce pending": 1}
	for title, n := range want {
		if !wanted {
			n = 0
		}
		if got := d.notified(title); got != n {
			t.Errorf("%q came %d times, not %d", title, got, n)
		}
	}
}

// TestStartsWithTheSystem ticks it in Settings, starts what the desktop would start at the next log-in, and unticks it.
func TestStartsWithTheSystem(t *testing.T) {
	d := newDesk(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"language": "en"}}`, freePort(t)))
	p := d.launch()
	const tick = "check:Start when I log in, hidden in the tray"
	entry := d.path("home", ".config", "autostart", "org.bittoratio.BittOratio.desktop")
	p.key("ctrl+comma")
	p.scrollTo(tick)
	p.click(tick, 0.1, 0.5)
	var command string
	eventually(t, "the entry is there", func() bool {
		b, err := os.ReadFile(entry)
		for line := range strings.Lines(string(b)) {
			if exec, ok := strings.CutPrefix(line, "Exec="); ok {
				command = strings.TrimSpace(exec)
			}
		}
		return err == nil
	})
	if want := fmt.Sprintf("%q %q %q %q", binary, "-hidden", "-data", d.path("data")); command != want {
		t.Errorf("Exec is %s, want %s", command, want)
	}
	p.key("ctrl+q")
	p.ends()

	p = d.spawnBy("sh", "-c", "exec "+command)
	d.item("Start") // it is in the tray
	if p.visible() != "" {
		t.Error("it does not start hidden")
	}
	d.choose("Open")
	eventually(t, "its window shows", func() bool { p.win = p.visible(); return p.win != "" })
	p.scrollTo(tick)
	p.click(tick, 0.1, 0.5)
	eventually(t, "the entry is gone", func() bool { _, err := os.Stat(entry); return os.IsNotExist(err) })
	p.key("ctrl+q")
	p.ends()
}
