//go:build e2e

package e2e

import (
	"crypto/sha1"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPicturesAreSavedOfEachPageInEachThemeAndLanguage saves a screenshot of each page in each theme and language, and
// in two sizes.
func TestPicturesAreSavedOfEachPageInEachThemeAndLanguage(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		for _, language := range []string{"en", "fr"} {
			t.Run(theme+"/"+language, func(t *testing.T) { pictures(t, theme, language) })
		}
	}
}

func pictures(t *testing.T, theme, language string) {
	d := newDesktop(t, stubHost)
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "close_to_tray": true, "theme": %q, "language": %q}}`, addr, theme, language))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceShared(t, addr, torrents)
	refused, quit, closeKeys := "1 torrent refused by its tracker", "Quit", "Close"
	if language == "fr" {
		refused, quit, closeKeys = "1 torrent refusé par son tracker", "Quitter", "Fermer"
	}
	p.waitFor("all torrents", func(s windowState) bool {
		return len(s.Rows) == len(shared) && s.hasText(refused) && s.hasRow("Sintel (2010) 2048p")
	})
	name := theme
	if language != "en" {
		name += "-" + language
	}
	p.movePointerAway()
	d.picture(p.win, "window-"+name)
	p.click("tab:4", 0.5, 0.5)
	green, head := "Everything works", "My client is"
	if language == "fr" {
		green, head = "Tout fonctionne", "Mon client est"
	}
	p.waitFor("the set-up page", func(s windowState) bool { return s.hasText(head) && s.hasText("Transmission") })
	mustAnnounce(t, addr, newTracker(t), transmission, mib, "started")
	p.waitFor("the live check is green", func(s windowState) bool { return s.hasText(green) })
	p.movePointerAway()
	d.picture(p.win, "live-check-"+name)
	p.key("ctrl+1")
	sizes := []string{"1280x800"}
	if theme == "light" { // the dark theme has the same layout
		sizes = append(sizes, "800x560")
	}
	for _, size := range sizes {
		w, h, _ := strings.Cut(size, "x")
		p.resize(w, h)
		for i, page := range []string{"torrents", "activity", "swarm", "set-up", "settings"} {
			p.key(fmt.Sprintf("ctrl+%d", i+1))
			p.movePointerAway()
			d.picture(p.win, fmt.Sprintf("%s-%s-%s", page, name, size))
		}
	}
	p.key("F1")
	p.waitFor("the list of keys", func(s windowState) bool { return s.hasText("Ctrl+1 … 5") })
	p.movePointerAway()
	d.picture(p.win, "keys-"+name)
	p.click("button:"+closeKeys, 0.5, 0.5)
	p.key("ctrl+q")
	p.waitFor("the question about clients", func(s windowState) bool { return s.Places["button:"+quit].W > 0 })
	d.picture(p.win, "quit-"+name)
	p.click("button:"+quit, 0.5, 0.5)
	p.waitForExit()
}

// shared lists the torrents of announceShared, all freely redistributable, with their sizes in MiB.
var shared = []struct {
	name string
	size uint64
}{
	{"debian-12.8.0-amd64-netinst.iso", 631},
	{"ubuntu-24.04.1-desktop-amd64.iso", 5929},
	{"archlinux-2026.11.01-x86_64.iso", 1163},
	{"Big Buck Bunny (2008) 4K 60fps", 642},
	{"linuxmint-22-cinnamon-64bit.iso", 2779},
	{"Sintel (2010) 2048p", 5308},
	{"LibreOffice_24.8.3_Linux_x86-64_deb.tar.gz", 211},
	{"Fedora-Workstation-Live-x86_64-41", 2248},
	{"Tears of Steel (2012) 1080p", 558},
	{"wikipedia_en_all_maxi_2026-10.zim", 105472},
	{"openSUSE-Leap-15.6-DVD-x86_64", 4437},
}

// torrents writes .torrent files for shared into Transmission's torrent folder, from which the program reads their
// names. It returns their info hashes.
func (d *desktop) torrents() (hashes [][20]byte) {
	dir := d.path("home", ".config", "transmission", "torrents")
	must(d.t, os.MkdirAll(dir, 0o700))
	for _, s := range shared {
		one := fmt.Sprintf("d6:lengthi%de4:name%d:%s12:piece lengthi1048576e6:pieces20:%se", s.size*mib, len(s.name), s.name, strings.Repeat("p", 20))
		hashes = append(hashes, sha1.Sum([]byte(one)))
		must(d.t, os.WriteFile(filepath.Join(dir, s.name+".torrent"), []byte("d4:info"+one+"e"), 0o600))
	}
	return hashes
}

// announceShared has four clients announce shared to three trackers, of which one refuses the torrents and one stops
// answering. It makes 24 exchanges, not counting failed deliveries.
func announceShared(t *testing.T, addr string, torrents [][20]byte) {
	t.Helper()
	good, away, refusing := newTrackerAt(t, "127.0.0.2"), newTrackerAt(t, "127.0.0.3"), newTrackerAt(t, "127.0.0.4")
	refusing.failure = "unregistered torrent"
	ids := []string{"-TR4140-abcdefghijkl", "-qB5300-abcdefghijkl", "-DE2200-abcdefghijkl", "-TR3000-abcdefghijkl"}
	for _, first := range []bool{true, false} {
		for i, hash := range torrents {
			s, tr := session{hash, ids[i*7%4]}, good
			if i == 4 {
				tr = refusing
			} else if i%3 == 1 {
				tr = away
			}
			seen := uint64(i*i+3) * 13 * mib
			if first {
				mustAnnounce(t, addr, tr, s, seen, "started")
				continue
			}
			seen += uint64(i%5) * 29 * mib
			mustAnnounce(t, addr, tr, s, seen, "")
			switch i {
			case 6:
				mustAnnounce(t, addr, tr, s, seen, "completed")
			case 10:
				must(t, away.srv.Close())
				mustAnnounce(t, addr, tr, s, seen+3*mib, "")
			}
		}
		time.Sleep(time.Second) // the program stores times in whole seconds; the second announces must have another one
	}
}

// mustAnnounce sends an announce and ignores what the answer says.
func mustAnnounce(t *testing.T, addr string, tr *tracker, s session, uploaded uint64, event string) {
	t.Helper()
	if _, _, err := announce(addr, tr, s, uploaded, event); err != nil {
		t.Fatal(err)
	}
}

// TestTheTrayIconAndItsMenuWorkInARealPanel checks the icon and its menu in a real panel, by screenshots and clicks.
func TestTheTrayIconAndItsMenuWorkInARealPanel(t *testing.T) {
	d := newDesktop(t, panelHost)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2, "window": {"start_engine": true, "close_to_tray": true, "theme": "light"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	announceAndCheck(t, addr, tr, transmission, mib, "started", mib)
	d.item("Multiplier 3×")
	icon, below := image.Rect(1248, 0, 1280, 32), image.Rect(1150, 40, 1280, 400) // beside the window
	var before *image.RGBA
	eventually(t, "the panel draws the icon", func() bool { before = d.capture("root", "tray-menu"); return len(colours(before, icon)) > 3 })
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "3")
	eventually(t, "the menu shows", func() bool { return picturesDiffer(before, d.capture("root", "tray-menu"), below) })
	d.shot("tray-menu")
	d.run("xdotool", "key", "Escape")
	eventually(t, "the menu is closed", func() bool { return !picturesDiffer(before, d.capture("root", "tray-off"), below) })
	d.choose("Stop")
	p.confirm("Switch off")
	p.waitFor("that it is off", func(s windowState) bool { return !s.On })
	eventually(t, "the icon has changed", func() bool { return picturesDiffer(before, d.capture("root", "tray-off"), icon) })
	d.shot("tray-off")
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "1")
	p.key("ctrl+q")
	p.waitForExit()
}

// picturesDiffer reports whether two pictures differ within part.
func picturesDiffer(a, b *image.RGBA, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				return true
			}
		}
	}
	return false
}

// colours returns the colours in a part of a picture, from every third pixel in both directions.
func colours(img *image.RGBA, part image.Rectangle) map[color.RGBA]bool {
	seen := map[color.RGBA]bool{}
	for y := part.Min.Y; y < part.Max.Y; y += 3 {
		for x := part.Min.X; x < part.Max.X; x += 3 {
			seen[img.RGBAAt(x, y)] = true
		}
	}
	return seen
}
