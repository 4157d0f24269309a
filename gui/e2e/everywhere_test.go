//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestFirstRun goes through the welcome to the set-up page, and is not asked again at the next start.
func TestFirstRun(t *testing.T) {
	d := newDesk(t, stubHost)
	d.prefer(`{}`)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q}`, addr))
	p := d.launch()
	p.sees("the first step", func(s sight) bool { return s.says("Step 1 of 3") && s.says("Trackers forbid this") })
	d.picture(p.win, "welcome-1")
	p.click("button:Next", 0.5, 0.5)
	p.sees("the second step", func(s sight) bool { return s.says("Step 2 of 3") && s.Places["select:Transmission"].W > 0 })
	d.picture(p.win, "welcome-2")
	p.click("button:Next", 0.5, 0.5)
	p.sees("the third step", func(s sight) bool { return s.says("Step 3 of 3") })
	d.picture(p.win, "welcome-3")
	p.click("button:Show me how", 0.5, 0.5)
	p.sees("the live check waits", func(s sight) bool { return s.On && s.Places["button:Check again"].W > 0 })
	tells(t, addr, tr, transmission, 0, "started", 0)
	p.sees("the live check is green", func(s sight) bool { return s.says("Transmission 4.1.4 announces through here") })
	eventually(t, "the desktop is told", func() bool { return d.noted("The first announce came") })
	d.picture(p.win, "live-check")
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()

	p = d.launch()
	p.sees("no welcome", func(s sight) bool { return s.Places["power"].W > 0 })
	p.key("ctrl+q")
	p.ends()
}

// noted is whether a notification with that title came.
func (d *desk) noted(title string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.notes {
		if strings.HasPrefix(n, title+"|") {
			return true
		}
	}
	return false
}

// TestLanguageAndLookHoldAtOnce switches both on the settings page, and finds them again at the next start.
func TestLanguageAndLookHoldAtOnce(t *testing.T) {
	d := newDesk(t, stubHost)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en"}}`, freePort(t)))
	p := d.launch()
	p.key("ctrl+comma")
	p.scrollTo("button:Français")
	p.click("button:Français", 0.5, 0.5)
	p.sees("French", func(s sight) bool {
		return s.says("Arrêté") && s.says("Connexion") && s.Places["button:Sombre"].W > 0
	})
	p.scrollTo("button:Sombre")
	p.click("button:Sombre", 0.5, 0.5)
	p.key("ctrl+F1")
	p.sees("the keys", func(s sight) bool { return s.says("Ctrl+1 … 4") })
	p.click("button:Fermer", 0.5, 0.5)
	p.sees("dark", func(s sight) bool { return s.Places["main:Sombre"].W > 0 })
	d.picture(p.win, "settings-switched")
	eventually(t, "the tray's menu is French", func() bool {
		for _, i := range d.menu() {
			if i.label == "Quitter" {
				return true
			}
		}
		return false
	})
	d.choose("Quitter")
	p.ends()

	p = d.launch()
	p.sees("French again", func(s sight) bool { return s.says("Arrêté") })
	p.key("ctrl+q")
	p.ends()
}

// scrollTo turns the wheel until something is in sight.
func (p *prog) scrollTo(name string) {
	p.d.t.Helper()
	for range 60 {
		s := p.sees(name, func(s sight) bool { return s.Places[name].W > 0 })
		if s.Places[name].Y < 520 {
			return
		}
		p.d.run("xdotool", "mousemove", "--window", p.win, "500", "420", "click", "5", "sleep", "0.1")
	}
	p.d.t.Fatalf("%s cannot be scrolled into sight", name)
}

// TestActivity filters what is kept, opens an exchange whole, and finds all of it again at the next start.
func TestActivity(t *testing.T) {
	d := newDesk(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	busy(t, addr, torrents)
	p.key("ctrl+2")
	p.sees("all exchanges", func(s sight) bool { return s.says("24 exchanges, all that are kept") })

	p.key("ctrl+f")
	d.run("xdotool", "type", "--delay", "40", "opensuse")
	p.sees("those of one torrent", func(s sight) bool { return s.says("3 exchanges") && len(s.Rows) == 3 })
	table := p.sees("the table", func(s sight) bool { return s.Places["table"].W > 0 }).Places["table"]
	p.clickAt(table.X+200, table.Y+46) // the first row
	p.sees("it is explained", func(s sight) bool { return s.says("tracker was told") && s.Places["button:Whole exchange…"].W > 0 })
	p.key("ctrl+c")
	eventually(t, "its figures are copied", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && strings.Contains(out, "tracker was told")
	})
	p.click("button:Whole exchange…", 0.5, 0.5)
	s := p.sees("the exchange", func(s sight) bool { return s.says("uploaded") && s.says("What the tracker got") })
	if s.says("passkey=" + "0123") {
		t.Error("a passkey is shown without asking")
	}
	d.picture(p.win, "exchange")
	p.click("button:Close", 0.5, 0.5)
	p.click("button:Per day", 0.5, 0.5)
	p.sees("the days", func(s sight) bool { return s.says("Last day (1): ") })
	d.run("xdotool", "mousemove", "1279", "799", "sleep", "0.4")
	d.picture(p.win, "per-day")
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()

	p = d.launch()
	p.key("ctrl+2")
	p.sees("what an earlier run kept", func(s sight) bool { return len(s.Rows) >= 24 })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
}
