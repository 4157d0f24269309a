//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPictures keeps a picture of each page in each look and size.
func TestPictures(t *testing.T) {
	for _, look := range []string{"light", "dark"} {
		t.Run(look, func(t *testing.T) {
			d := newDesk(t, stubHost)
			tr, addr := newTracker(t), freePort(t)
			d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "close_to_tray": true, "theme": %q}}`, addr, look))
			p := d.launch()
			p.sees("it is on", func(s sight) bool { return s.On })
			busy(t, addr, tr)
			p.sees("three torrents", func(s sight) bool { return len(s.Rows) == 3 })
			for _, size := range []string{"800x560", "1280x800"} {
				w, h, _ := strings.Cut(size, "x")
				d.run("xdotool", "windowsize", p.win, w, h, "sleep", "0.5")
				if got := d.run("xdotool", "getwindowgeometry", p.win); !strings.Contains(got, size) {
					t.Errorf("asked for %s, got %s", size, got)
				}
				for i, page := range []string{"torrents", "activity", "set-up", "settings"} {
					p.key(fmt.Sprintf("ctrl+%d", i+1))
					d.run("xdotool", "mousemove", "1279", "799", "sleep", "0.4")
					d.picture(p.win, fmt.Sprintf("%s-%s-%s", page, look, size))
				}
			}
			p.key("ctrl+q")
			p.ends()
		})
	}
}

// busy lets three clients announce for a while.
func busy(t *testing.T, addr string, tr *tracker) {
	t.Helper()
	for i, s := range []session{transmission, qbittorrent, deluge} {
		base := uint64(i+1) * 37 * mib
		tells(t, addr, tr, s, base, "started", base)
		tells(t, addr, tr, s, base+uint64(i+3)*11*mib, "", base+uint64(i+3)*11*mib*5/2)
	}
	tells(t, addr, tr, deluge, 3*37*mib+5*11*mib, "completed", 3*37*mib+5*11*mib*5/2)
}

// TestTrayPicture shows the icon and its menu in a real panel, and clicks in it.
func TestTrayPicture(t *testing.T) {
	d := newDesk(t, panelHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	tells(t, addr, tr, transmission, mib, "started", mib)
	d.item("Multiplier 3×")
	time.Sleep(1500 * time.Millisecond) // the panel draws the icon when it likes
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "3", "sleep", "0.8")
	d.shot("tray-menu")
	d.run("xdotool", "key", "Escape", "sleep", "0.3")
	d.choose("Stop")
	p.sees("off", func(s sight) bool { return !s.On })
	time.Sleep(500 * time.Millisecond)
	d.shot("tray-off")
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "1", "sleep", "0.3")
	p.key("ctrl+q")
	p.ends()
}
