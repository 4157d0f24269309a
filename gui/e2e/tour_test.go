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

// TestAUsersFirstHour is a user's first hour: the welcome, a real client set up by the window, the live check, the
// slider, the detail of a torrent, the filter, another language and theme, the tray, a second start, and quitting while
// an announce is pending.
func TestAUsersFirstHour(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.writePreferences(`{}`)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en", "close_to_tray": true}}`, addr))
	p := d.launch()
	welcome(p)
	p.waitFor("a live check that waits for Transmission", func(s windowState) bool { return s.On && s.hasText("Waiting for the first announce of Transmission") })
	announceAndCheck(t, addr, tr, qbittorrent, mib, "started", mib)
	p.waitFor("that another client announced", func(s windowState) bool { return s.hasText("An announce arrived, but from qBittorrent 5.3.0") })
	eventually(t, "a notification of the first announce", func() bool { return d.notified("First announce received") == 1 })

	if c.readsProxyURL() {
		c.setUp(p, addr)
		c.start(addr)
	} else {
		c.startFromWindow(p)
	}
	p.waitFor("the green check", func(s windowState) bool {
		return s.hasText("Transmission "+c.version+" is connected") && s.hasText("Everything works")
	})
	p.movePointerAway()
	d.picture(p.win, "live-check")

	changeFactor(t, p, addr, tr)
	switchLanguageAndTheme(p)
	closeAndReopen(p)

	tr.setAway(true)
	mustAnnounce(t, addr, tr, qbittorrent, 2*mib, "stopped")
	p.key("ctrl+1")
	p.waitFor("its last announce as pending", func(s windowState) bool { return s.hasState("Pending") })
	p.key("ctrl+q")
	p.confirm("Quit")
	p.waitForExit()
	eventually(t, "a notification of the pending announce", func() bool { return d.notified("1 announce pending") == 1 })
	if n := d.notified("First announce received"); n != 1 {
		t.Errorf("the notification of the first announce appeared %d times, want once", n)
	}
}

// welcome checks the welcome page and continues to the set-up.
func welcome(p *prog) {
	p.d.t.Helper()
	p.waitFor("what the program does", func(s windowState) bool {
		return s.hasText("What BittOratio does") && s.hasText("Trackers forbid this")
	})
	p.d.picture(p.win, "welcome")
	p.click("main:Set up my client", 0.5, 0.5)
}

// changeFactor moves the slider, filters the table down to one torrent, and checks its detail.
func changeFactor(t *testing.T, p *prog, addr string, tr *tracker) {
	t.Helper()
	p.drag(1.0/9, 2.0/9)
	p.waitFor("another factor", func(s windowState) bool { return s.Factor == "3×" })
	announceAndCheck(t, addr, tr, qbittorrent, 2*mib, "", 4*mib)
	p.key("ctrl+1")
	p.waitFor("the torrents", func(s windowState) bool { return len(s.Rows) == 2 })
	p.key("ctrl+f")
	p.typeText("3c3c")
	p.waitFor("one of them", func(s windowState) bool { return len(s.Rows) == 1 })
	p.clickRow(0)
	p.waitFor("its detail", func(s windowState) bool {
		return s.hasText("1.00 MiB uploaded, 3.00 MiB reported, 2.00 MiB added") && s.hasText("now at 3×") && s.hasText(fmt.Sprintf("%x", qbittorrent.hash))
	})
	p.movePointerAway()
	p.d.picture(p.win, "detail")
	p.key("ctrl+f", "ctrl+a", "BackSpace")
	p.waitFor("both torrents, Transmission's with its name", func(s windowState) bool {
		return len(s.Rows) == 2 && (s.Rows[0][0] == torrentName || s.Rows[1][0] == torrentName)
	})
}

// switchLanguageAndTheme checks that a new language and theme take effect at once, and switches the language back.
func switchLanguageAndTheme(p *prog) {
	p.d.t.Helper()
	p.key("ctrl+comma")
	p.scrollTo("button:Français")
	p.click("button:Français", 0.5, 0.5)
	p.waitFor("the window in French", func(s windowState) bool {
		return s.hasText("Multiplicateur") && s.hasText("Connexion") && s.Places["button:Sombre"].W > 0
	})
	p.scrollTo("button:Sombre")
	p.click("button:Sombre", 0.5, 0.5)
	p.waitFor("the dark theme as chosen", func(s windowState) bool { return s.Places["main:Sombre"].W > 0 })
	p.key("F1")
	p.waitFor("the list of keys", func(s windowState) bool { return s.hasText("Ctrl+1 … 5") })
	p.click("button:Fermer", 0.5, 0.5)
	p.movePointerAway()
	p.d.picture(p.win, "settings-switched")
	p.d.item("Quitter") // the tray's menu is French too
	p.scrollTo("button:English")
	p.click("button:English", 0.5, 0.5)
	p.waitFor("the window in English", func(s windowState) bool { return s.hasText("Connection") && s.Places["main:Dark"].W > 0 })
	p.d.item("Quit")
}

// closeAndReopen closes the window into the tray, and brings it back by a second start.
func closeAndReopen(p *prog) {
	p.d.t.Helper()
	p.key("alt+F4")
	eventually(p.d.t, "closing hides the window", func() bool { return p.visible() == "" })
	p.startAgain()
	p.waitFor("the page it was on, without the welcome", func(s windowState) bool { return s.hasText("Connection") && s.Places["power"].W > 0 })
}

// torrentName is the name of Transmission's torrent.
const torrentName = "Some.distribution.iso"

// daemon is a real transmission-daemon of the desktop's user.
type daemon struct {
	d       *desktop
	config  string // settings folder
	version string // as the window can read it from the peer ID
}

// oneTransmission is locked while a test has a Transmission, since the window changes no settings file while any
// transmission-daemon runs.
var oneTransmission sync.Mutex

// newTransmission writes the settings folder of a Transmission that has run before and has one torrent.
func (d *desktop) newTransmission(tr *tracker) *daemon {
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
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 prints it on standard error
	must(d.t, err)
	_, version, _ := strings.Cut(string(out), "transmission-daemon ")
	version, _, _ = strings.Cut(version, " ")
	if c.version = inPeerID(version); c.version == "" {
		d.t.Fatalf("transmission-daemon --version printed %q", out)
	}
	return c
}

// inPeerID returns the part of Transmission's version that its peer ID contains, which is what the window can know: for
// 4.1.0-beta.2 that it is a beta of 4.1.0, but not which one.
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

// setUp has the window change the daemon's settings file. It checks first that the file is the one of the desktop's
// user, since the window may also find one of this computer's system.
func (c *daemon) setUp(p *prog, addr string) {
	t := c.d.t
	t.Helper()
	p.waitFor("the desktop user's settings file as the first one", func(s windowState) bool {
		i := slices.IndexFunc(s.Texts, func(t string) bool { return strings.HasPrefix(t, "/") && strings.HasSuffix(t, "settings.json") })
		return i >= 0 && s.Texts[i] == filepath.Join(c.config, "settings.json")
	})
	p.scrollTo("button:Show the change…")
	eventually(t, "the change is offered, as it is once no transmission-daemon of another test runs", func() bool {
		p.click("button:Show the change…", 0.5, 0.5)
		s := p.waitFor("the change, or why it cannot be made now", func(s windowState) bool {
			return s.Places["main:Change the file"].W > 0 || s.hasText("Close it altogether")
		})
		return s.Places["main:Change the file"].W > 0
	})
	p.scrollTo("main:Change the file")
	p.movePointerAway()
	p.d.picture(p.win, "apply")
	p.click("main:Change the file", 0.5, 0.5)
	eventually(t, "the file is changed", func() bool {
		b, err := os.ReadFile(filepath.Join(c.config, "settings.json"))
		return err == nil && strings.Contains(string(b), `"proxy_url": "http://`+addr+`"`)
	})
}

// readsProxyURL reports whether the daemon's version reads its proxy from its settings file.
func (c *daemon) readsProxyURL() bool {
	k, _ := clients.Called("Transmission " + c.version)
	g, _ := k.Of("Transmission " + c.version)
	return g.Key == "transmission-4.1"
}

// startFromWindow has the window start the daemon, whose version has no setting for a proxy.
func (c *daemon) startFromWindow(p *prog) {
	t := c.d.t
	t.Helper()
	p.waitFor("the daemon with its version, and no offer to change a file", func(s windowState) bool {
		return s.hasText("Transmission (daemon) "+c.version) && s.hasText("Transmission 2.12 to 4.0") && !s.hasText("Apply for me")
	})
	p.movePointerAway()
	c.d.picture(p.win, "found")
	t.Cleanup(func() { c.end() })
	p.click("main:Start it from here", 0.5, 0.5)
	p.waitFor("that the daemon was started", func(s windowState) bool { return s.hasText("Started. Resume a torrent") })
}

// end kills the daemon that the window started, which has this desktop's home folder in its environment.
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

// start starts the daemon. Versions before 4.1 take the proxy from their environment.
func (c *daemon) start(addr string) {
	c.d.t.Helper()
	env := append(slices.Clone(c.d.env), "http_proxy=http://"+addr)
	c.d.startWith(env, nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
}
