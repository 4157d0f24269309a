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
	torrents, addr := d.torrents(), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "multiplier": 2.5, "window": {"start_engine": true, "close_to_tray": true, "theme": %q, "language": %q}}`, addr, look, language))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	busy(t, addr, torrents)
	refused, quit, shut := "1 torrent refused by its tracker", "Quit", "Close"
	if language == "fr" {
		refused, quit, shut = "1 torrent refusé par son tracker", "Quitter", "Fermer"
	}
	p.sees("all torrents", func(s sight) bool {
		return len(s.Rows) == len(shared) && s.says(refused) && s.shows("Sintel (2010) 2048p")
	})
	name := look
	if language != "en" {
		name += "-" + language
	}
	p.aside()
	d.picture(p.win, "window-"+name)
	p.click("tab:4", 0.5, 0.5)
	green, head := "Everything works", "My client is"
	if language == "fr" {
		green, head = "Tout fonctionne", "Mon client est"
	}
	p.sees("the set-up page", func(s sight) bool { return s.says(head) && s.says("Transmission") })
	said(t, addr, newTracker(t), transmission, mib, "started")
	p.sees("the live check is green", func(s sight) bool { return s.says(green) })
	p.aside()
	d.picture(p.win, "live-check-"+name)
	p.key("ctrl+1")
	sizes := []string{"1280x800"}
	if look == "light" { // what fits in one look fits in the other
		sizes = append(sizes, "800x560")
	}
	for _, size := range sizes {
		w, h, _ := strings.Cut(size, "x")
		p.resize(w, h)
		for i, page := range []string{"torrents", "activity", "swarm", "set-up", "settings"} {
			p.key(fmt.Sprintf("ctrl+%d", i+1))
			p.aside()
			d.picture(p.win, fmt.Sprintf("%s-%s-%s", page, name, size))
		}
	}
	p.key("F1")
	p.sees("the keys", func(s sight) bool { return s.says("Ctrl+1 … 5") })
	p.aside()
	d.picture(p.win, "keys-"+name)
	p.click("button:"+shut, 0.5, 0.5)
	p.key("ctrl+q")
	p.sees("the question about clients", func(s sight) bool { return s.Places["button:"+quit].W > 0 })
	d.picture(p.win, "quit-"+name)
	p.click("button:"+quit, 0.5, 0.5)
	p.ends()
}

// shared is what busy shares: things that anyone may, with their sizes in MiB.
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

// torrents puts shared into the torrent folder of Transmission, and returns the hashes.
func (d *desk) torrents() (hashes [][20]byte) {
	dir := d.path("home", ".config", "transmission", "torrents")
	must(d.t, os.MkdirAll(dir, 0o700))
	for _, s := range shared {
		one := fmt.Sprintf("d6:lengthi%de4:name%d:%s12:piece lengthi1048576e6:pieces20:%se", s.size*mib, len(s.name), s.name, strings.Repeat("p", 20))
		hashes = append(hashes, sha1.Sum([]byte(one)))
		must(d.t, os.WriteFile(filepath.Join(dir, s.name+".torrent"), []byte("d4:info"+one+"e"), 0o600))
	}
	return hashes
}

// busy lets some clients announce to three trackers, of which one says no and one goes away.
func busy(t *testing.T, addr string, torrents [][20]byte) {
	t.Helper()
	good, away, no := newTrackerAt(t, "127.0.0.2"), newTrackerAt(t, "127.0.0.3"), newTrackerAt(t, "127.0.0.4")
	no.no = "unregistered torrent"
	ids := []string{"-TR4140-abcdefghijkl", "-qB5300-abcdefghijkl", "-DE2200-abcdefghijkl", "-TR3000-abcdefghijkl"}
	for _, first := range []bool{true, false} {
		for i, hash := range torrents {
			s, tr := session{hash, ids[i*7%4]}, good
			if i == 4 {
				tr = no
			} else if i%3 == 1 {
				tr = away
			}
			seen := uint64(i*i+3) * 13 * mib
			if first {
				said(t, addr, tr, s, seen, "started")
				continue
			}
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
		time.Sleep(time.Second) // moments are kept in whole seconds: the second announces come in another one
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
	icon, below := image.Rect(1248, 0, 1280, 32), image.Rect(1150, 40, 1280, 400) // beside the window
	var before *image.RGBA
	eventually(t, "the panel draws the icon", func() bool { before = d.look("root", "tray-menu"); return len(colours(before, icon)) > 3 })
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "3")
	eventually(t, "the menu shows", func() bool { return differ(before, d.look("root", "tray-menu"), below) })
	d.shot("tray-menu")
	d.run("xdotool", "key", "Escape")
	eventually(t, "the menu is gone", func() bool { return !differ(before, d.look("root", "tray-off"), below) })
	d.choose("Stop")
	p.confirms("Switch off")
	p.sees("off", func(s sight) bool { return !s.On })
	eventually(t, "the icon is another one", func() bool { return differ(before, d.look("root", "tray-off"), icon) })
	d.shot("tray-off")
	d.run("xdotool", "mousemove", "1264", "16", "sleep", "0.2", "click", "1")
	p.key("ctrl+q")
	p.ends()
}

// differ reports whether two pictures are not the same in a part of them.
func differ(a, b *image.RGBA, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				return true
			}
		}
	}
	return false
}

// colours are those in a part of a picture, looked at in each third place.
func colours(img *image.RGBA, part image.Rectangle) map[color.RGBA]bool {
	seen := map[color.RGBA]bool{}
	for y := part.Min.Y; y < part.Max.Y; y += 3 {
		for x := part.Min.X; x < part.Max.X; x += 3 {
			seen[img.RGBAAt(x, y)] = true
		}
	}
	return seen
}
