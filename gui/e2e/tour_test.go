//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bittoratio/engine/clients"
)

// TestTour is a user's first hour: the welcome, a real client pointed here by the window, the live check, the slider, a
// torrent in detail, the filter, another language and look, the tray, a second start, and the end while an announce
// waits.
func TestTour(t *testing.T) {
	d := newDesk(t, stubHost)
	d.prefer(`{}`)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en", "close_to_tray": true}}`, addr))
	p := d.launch()
	welcome(p)
	p.sees("the live check waits", func(s sight) bool { return s.On && s.says("Waiting for the first announce of Transmission") })
	tells(t, addr, tr, qbittorrent, mib, "started", mib)
	p.sees("another client", func(s sight) bool { return s.says("An announce arrived, but from qBittorrent 5.3.0") })
	eventually(t, "the desktop is told", func() bool { return d.notified("First announce received") == 1 })

	if c.readsProxyURL() {
		c.point(p, addr)
		c.start(addr)
	} else {
		c.startFrom(p)
	}
	p.sees("green", func(s sight) bool {
		return s.says("Transmission "+c.version+" is connected") && s.says("Everything works")
	})
	p.aside()
	d.picture(p.win, "live-check")

	figures(t, p, addr, tr)
	language(p)
	atDesk(p)

	tr.isAway(true)
	said(t, addr, tr, qbittorrent, 2*mib, "stopped")
	p.key("ctrl+1")
	p.sees("its last announce waits", func(s sight) bool { return s.hasState("Pending") })
	p.key("ctrl+q")
	p.confirms("Quit")
	p.ends()
	eventually(t, "the desktop is told", func() bool { return d.notified("1 announce pending") == 1 })
	if n := d.notified("First announce received"); n != 1 {
		t.Errorf("the first announce was told of %d times", n)
	}
}

// welcome reads it and goes on to the set-up.
func welcome(p *prog) {
	p.d.t.Helper()
	p.sees("what the program does", func(s sight) bool { return s.says("What BittOratio does") && s.says("Trackers forbid this") })
	p.d.picture(p.win, "welcome")
	p.click("main:Set up my client", 0.5, 0.5)
}

// figures turns the slider, finds a torrent and looks at it in detail.
func figures(t *testing.T, p *prog, addr string, tr *tracker) {
	t.Helper()
	p.drag(1.0/9, 2.0/9)
	p.sees("another factor", func(s sight) bool { return s.Factor == "3×" })
	tells(t, addr, tr, qbittorrent, 2*mib, "", 4*mib)
	p.key("ctrl+1")
	p.sees("the torrents", func(s sight) bool { return len(s.Rows) == 2 })
	p.key("ctrl+f")
	p.types("3c3c")
	p.sees("one of them", func(s sight) bool { return len(s.Rows) == 1 })
	p.pick(0)
	p.sees("it in detail", func(s sight) bool {
		return s.says("1.00 MiB uploaded, 3.00 MiB reported, 2.00 MiB added") && s.says("now at 3×") && s.says(fmt.Sprintf("%x", qbittorrent.hash))
	})
	p.aside()
	p.d.picture(p.win, "detail")
	p.key("ctrl+f", "ctrl+a", "BackSpace")
	p.sees("all of them, Transmission's by its name", func(s sight) bool {
		return len(s.Rows) == 2 && (s.Rows[0][0] == torrentName || s.Rows[1][0] == torrentName)
	})
}

// language switches language and look, which hold at once, and back.
func language(p *prog) {
	p.d.t.Helper()
	p.key("ctrl+comma")
	p.scrollTo("button:Français")
	p.click("button:Français", 0.5, 0.5)
	p.sees("French", func(s sight) bool {
		return s.says("Multiplicateur") && s.says("Connexion") && s.Places["button:Sombre"].W > 0
	})
	p.scrollTo("button:Sombre")
	p.click("button:Sombre", 0.5, 0.5)
	p.sees("dark", func(s sight) bool { return s.Places["main:Sombre"].W > 0 })
	p.key("F1")
	p.sees("the keys", func(s sight) bool { return s.says("Ctrl+1 … 5") })
	p.click("button:Fermer", 0.5, 0.5)
	p.aside()
	p.d.picture(p.win, "settings-switched")
	p.d.item("Quitter") // the tray's menu is French too
	p.scrollTo("button:English")
	p.click("button:English", 0.5, 0.5)
	p.sees("English", func(s sight) bool { return s.says("Connection") && s.Places["main:Dark"].W > 0 })
	p.d.item("Quit")
}

// atDesk closes the window into the tray, and a second start brings it back.
func atDesk(p *prog) {
	p.d.t.Helper()
	p.key("alt+F4")
	eventually(p.d.t, "closing hides", func() bool { return p.visible() == "" })
	p.again()
	p.sees("no welcome, and the page it was on", func(s sight) bool { return s.says("Connection") && s.Places["power"].W > 0 })
}

// torrentName is what Transmission's torrent is called.
const torrentName = "Some.distribution.iso"

// daemon is a real transmission-daemon of the desk's user.
type daemon struct {
	d       *desk
	config  string // folder
	version string // as its peer ID has it
}

// oneTransmission is held while a test has one: the window changes no file while any of them runs.
var oneTransmission sync.Mutex

// newTransmission is one that has run before, with one torrent.
func (d *desk) newTransmission(tr *tracker) *daemon {
	d.t.Helper()
	oneTransmission.Lock()
	d.t.Cleanup(oneTransmission.Unlock)
	c := &daemon{d: d, config: d.path("home", ".config", "transmission-daemon")}
	must(d.t, os.MkdirAll(filepath.Join(c.config, "torrents"), 0o700))
	c.configure(map[string]any{
		"bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "dht-enabled": false, "lpd-enabled": false, "pex-enabled": false,
		"utp-enabled": false, "port-forwarding-enabled": false, "rpc-enabled": false, "download-dir": d.dir,
	})
	announce := "http://" + tr.host + "/announce?passkey=" + secret
	torrent := fmt.Sprintf("d8:announce%d:%s4:infod6:lengthi16384e4:name%d:%s12:piece lengthi16384e6:pieces20:%s7:privatei1eee",
		len(announce), announce, len(torrentName), torrentName, strings.Repeat("x", 20))
	must(d.t, os.WriteFile(filepath.Join(c.config, "torrents", torrentName+".torrent"), []byte(torrent), 0o600))
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 says it on standard error
	must(d.t, err)
	_, said, _ := strings.Cut(string(out), "transmission-daemon ")
	said, _, _ = strings.Cut(said, " ")
	if c.version = inPeerID(said); c.version == "" {
		d.t.Fatalf("transmission-daemon says of its version: %q", out)
	}
	return c
}

// inPeerID is what Transmission's peer ID holds of its version, and so what the window can know of it: of 4.1.0-beta.2
// that it is a beta of 4.1.0, but not which.
func inPeerID(version string) string {
	released, before, early := strings.Cut(version, "-")
	if !early {
		return released
	}
	return released + " " + strings.TrimRight(before, ".0123456789")
}

func (c *daemon) configure(settings map[string]any) {
	c.d.t.Helper()
	b, err := json.Marshal(settings)
	must(c.d.t, err)
	must(c.d.t, os.WriteFile(filepath.Join(c.config, "settings.json"), b, 0o600))
}

// point has the window change the client's settings file: the user's own, which comes before one of the system.
func (c *daemon) point(p *prog, addr string) {
	t := c.d.t
	t.Helper()
	p.sees("the user's own file before all others, which the test must not touch", func(s sight) bool {
		i := slices.IndexFunc(s.Texts, func(t string) bool { return strings.HasPrefix(t, "/") && strings.HasSuffix(t, "settings.json") })
		return i >= 0 && s.Texts[i] == filepath.Join(c.config, "settings.json")
	})
	p.scrollTo("button:Show the change…")
	eventually(t, "the change is shown, once no transmission-daemon of another test runs", func() bool {
		p.click("button:Show the change…", 0.5, 0.5)
		s := p.sees("an answer", func(s sight) bool { return s.Places["main:Change the file"].W > 0 || s.says("Close it altogether") })
		return s.Places["main:Change the file"].W > 0
	})
	p.scrollTo("main:Change the file")
	p.aside()
	p.d.picture(p.win, "apply")
	p.click("main:Change the file", 0.5, 0.5)
	eventually(t, "the file is changed", func() bool {
		b, err := os.ReadFile(filepath.Join(c.config, "settings.json"))
		return err == nil && strings.Contains(string(b), `"proxy_url": "http://`+addr+`"`)
	})
}

// readsProxyURL reports whether the daemon's version takes its proxy from its settings file.
func (c *daemon) readsProxyURL() bool {
	k, _ := clients.Called("Transmission " + c.version)
	g, _ := k.Of("Transmission " + c.version)
	return g.Key == "transmission-4.1"
}

// startFrom has the window start the daemon: it was found with its version, which has no setting for a proxy.
func (c *daemon) startFrom(p *prog) {
	t := c.d.t
	t.Helper()
	p.sees("the daemon with its version, and no change that it would ignore", func(s sight) bool {
		return s.says("Transmission (daemon) "+c.version) && s.says("Transmission 2.12 to 4.0") && !s.says("Apply for me")
	})
	p.aside()
	c.d.picture(p.win, "found")
	t.Cleanup(func() { c.end() })
	p.click("main:Start it from here", 0.5, 0.5)
	p.sees("how it went", func(s sight) bool { return s.says("Started. Resume a torrent") })
}

// end stops the daemon that the window started: it has this desk's home in its environment.
func (c *daemon) end() {
	home := "HOME=" + c.d.path("home") + "\x00"
	entries, err := os.ReadDir("/proc")
	must(c.d.t, err)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		comm, err2 := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		env, err3 := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if errors.Join(err, err2, err3) == nil && strings.HasPrefix(string(comm), "transmission-da") && strings.Contains(string(env), home) {
			must(c.d.t, syscall.Kill(pid, syscall.SIGKILL))
		}
	}
}

// start starts the daemon. Before 4.1 it has no setting for a proxy, but a word in its environment, as the window says.
func (c *daemon) start(addr string) {
	c.d.t.Helper()
	env := append(slices.Clone(c.d.env), "http_proxy=http://"+addr)
	c.d.startWith(env, nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
}
