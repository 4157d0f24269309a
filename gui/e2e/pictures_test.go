//go:build e2e

package e2e

import (
	"crypto/sha1"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPictures keeps a picture of each page in each look, language and size.
func TestPictures(t *testing.T) {
	for _, look := range []string{"light", "dark"} {
		for _, language := range []string{"en", "fr"} {
			t.Run(look+"/"+language, func(t *testing.T) { pictures(t, look, language) })
		}
	}
}

func pictures(t *testing.T, look, language string) {
	d := newDesk(t, stubHost)
	addr := freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "close_to_tray": true, "theme": %q, "language": %q}}`, addr, look, language))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	busy(t, addr)
	waits, quit, shut := "1 announce waiting", "Quit", "Close"
	if language == "fr" {
		waits, quit, shut = "1 annonce en attente", "Quitter", "Fermer"
	}
	p.sees("all torrents", func(s sight) bool { return len(s.Rows) == sessions && s.says(waits) })
	aside := func() { d.run("xdotool", "mousemove", "1279", "799", "sleep", "0.4") } // the last figures are drawn
	name := look
	if language != "en" {
		name += "-" + language
	}
	aside()
	d.picture(p.win, "window-"+name)
	for _, size := range []string{"800x560", "1280x800"} {
		w, h, _ := strings.Cut(size, "x")
		d.run("xdotool", "windowsize", p.win, w, h, "sleep", "0.5")
		if got := d.run("xdotool", "getwindowgeometry", p.win); !strings.Contains(got, size) {
			t.Errorf("asked for %s, got %s", size, got)
		}
		for i, page := range []string{"torrents", "activity", "set-up", "settings"} {
			p.key(fmt.Sprintf("ctrl+%d", i+1))
			aside()
			d.picture(p.win, fmt.Sprintf("%s-%s-%s", page, name, size))
		}
	}
	p.key("F1")
	p.sees("the keys", func(s sight) bool { return s.says("Ctrl+1 … 4") })
	aside()
	d.picture(p.win, "keys-"+name)
	p.click("button:"+shut, 0.5, 0.5)
	p.key("ctrl+q")
	p.sees("the question about clients", func(s sight) bool { return s.Places["button:"+quit].W > 0 })
	d.picture(p.win, "quit-"+name)
	p.click("button:"+quit, 0.5, 0.5)
	p.ends()
}

// sessions is how many torrents busy shares.
const sessions = 11

// busy lets some clients announce to three trackers, of which one says no and one goes away.
func busy(t *testing.T, addr string) {
	t.Helper()
	good, away, no := newTrackerAt(t, "127.0.0.2"), newTrackerAt(t, "127.0.0.3"), newTrackerAt(t, "127.0.0.4")
	no.no = "unregistered torrent"
	ids := []string{"-TR4140-abcdefghijkl", "-qB5300-abcdefghijkl", "-DE2200-abcdefghijkl", "-TR3000-abcdefghijkl"}
	for i := range sessions {
		s, tr := session{sha1.Sum([]byte{byte(i)}), ids[i*7%4]}, good
		if i == 4 {
			tr = no
		} else if i%3 == 1 {
			tr = away
		}
		seen := uint64(i*i+3) * 13 * mib
		said(t, addr, tr, s, seen, "started")
		seen += uint64(i%5) * 29 * mib
		said(t, addr, tr, s, seen, "")
		switch i {
		case 6:
			said(t, addr, tr, s, seen, "completed")
		case 10:
			must(t, away.srv.Close()) // from now on nobody listens there
			said(t, addr, tr, s, seen+3*mib, "")
		}
	}
}

// said announces; the answer does not matter.
func said(t *testing.T, addr string, tr *tracker, s session, uploaded uint64, event string) {
	t.Helper()
	if _, _, err := announce(addr, tr, s, uploaded, event); err != nil {
		t.Fatal(err)
	}
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
	p.confirms("Switch off")
	p.sees("off", func(s sight) bool { return !s.On })
	time.Sleep(500 * time.Millisecond)
	d.shot("tray-off")
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "1", "sleep", "0.3")
	p.key("ctrl+q")
	p.ends()
}
