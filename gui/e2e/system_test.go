//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestEachEventIsNotifiedOnce checks the notifications of the first announce, of a full disk, and of announces that are
// pending at the end, and that there are none if the user has switched them off.
func TestEachEventIsNotifiedOnce(t *testing.T) {
	t.Run("on", func(t *testing.T) { notifications(t, true) })
	t.Run("off", func(t *testing.T) { notifications(t, false) })
}

func notifications(t *testing.T, wanted bool) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "language": "en", "notifications": %v}}`, addr, wanted))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceAndCheck(t, addr, tr, transmission, mib, "started", mib)
	announceAndCheck(t, addr, tr, qbittorrent, mib, "started", mib)

	if wanted { // wait, or the program may combine it with the next notification
		eventually(t, "a notification of the first announce", func() bool { return d.notified("First announce received") == 1 })
	}
	limitFileSize := func(size string) { d.run("prlimit", "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize="+size+":") }
	for range 2 { // the second time must be notified again
		limitFileSize("1")
		announceAndCheck(t, addr, tr, transmission, 2*mib, "", 2*mib)
		p.waitFor("the warning about the full disk", func(s windowState) bool {
			return s.hasText("Nothing is multiplied until the data folder can be written again")
		})
		limitFileSize("unlimited")
		p.waitFor("that the warning is gone", func(s windowState) bool { return !s.hasText("Nothing is multiplied until") })
	}

	tr.setAway(true)
	if status, _, err := announce(addr, tr, transmission, 2*mib, "stopped"); status != 200 || err != nil {
		t.Fatalf("the announce to the tracker that is away: status %d, %v", status, err)
	}
	p.waitFor("a pending announce", func(s windowState) bool { return s.hasState("Pending") })
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
	want := map[string]int{"First announce received": 1, "The data folder cannot be written": 2, "1 announce pending": 1}
	for title, n := range want {
		if !wanted {
			n = 0
		}
		if got := d.notified(title); got != n {
			t.Errorf("the notification %q appeared %d times, want %d", title, got, n)
		}
	}
}

// TestTheProgramStartsAtLogin ticks the box in Settings, runs the command that the desktop would run at the next
// log-in, and unticks the box.
func TestTheProgramStartsAtLogin(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"language": "en"}}`, freePort(t)))
	p := d.launch()
	const tick = "check:Start when I log in, hidden in the tray"
	entry := d.path("home", ".config", "autostart", "org.bittoratio.BittOratio.desktop")
	p.key("ctrl+comma")
	p.scrollTo(tick)
	p.click(tick, 0.1, 0.5)
	var command string
	eventually(t, "the autostart entry exists", func() bool {
		b, err := os.ReadFile(entry)
		for line := range strings.Lines(string(b)) {
			if exec, ok := strings.CutPrefix(line, "Exec="); ok {
				command = strings.TrimSpace(exec)
			}
		}
		return err == nil
	})
	if want := fmt.Sprintf("%q %q %q %q", binary, "-hidden", "-data", d.path("data")); command != want {
		t.Errorf("Exec in the autostart entry is %s, want %s", command, want)
	}
	p.key("ctrl+q")
	p.waitForExit()

	p = d.spawnBy("sh", "-c", "exec "+command)
	d.item("Start") // waits for the tray's menu
	if p.visible() != "" {
		t.Error("the autostart entry does not start the program hidden")
	}
	d.choose("Open")
	eventually(t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })
	p.scrollTo(tick)
	p.click(tick, 0.1, 0.5)
	eventually(t, "the autostart entry is removed", func() bool { _, err := os.Stat(entry); return os.IsNotExist(err) })
	p.key("ctrl+q")
	p.waitForExit()
}
