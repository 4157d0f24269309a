//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A new user whose client already runs with a torrent needs three clicks until the check is green: one on the welcome
// page, one on the client's button, and one to confirm the change.

// TestThreeClicksToGreenWithARunningTransmission uses Debian's transmission-daemon. Version 3.00 has no proxy setting, so
// the window restarts it with environment variables. A version with the setting must be closed before its file changes.
func TestThreeClicksToGreenWithARunningTransmission(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.writePreferences(`{}`)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en"}}`, addr))
	pid := d.start(nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
	t.Cleanup(c.end)
	p := d.launch()

	p.click("main:Set up my client", 0.5, 0.5)
	p.waitFor("the running daemon as the first client", func(s windowState) bool {
		released, _, _ := strings.Cut(c.version, " ") // as long as it has not announced, only the numbers of the version are known
		return s.On && s.hasText("Transmission (daemon) "+released) && s.hasText("Running, not set up") && s.Places["main:Set up…"].W > 0
	})
	p.click("main:Set up…", 0.5, 0.5)
	if c.readsProxyURL() {
		p.click("main:Change the file", 0.5, 0.5)
		p.waitFor("the request to close the client", func(s windowState) bool { return s.hasText("the change follows at once") })
		must(t, syscall.Kill(pid, syscall.SIGTERM))
		p.waitFor("the confirmation of the change", func(s windowState) bool { return s.hasText("The file is changed.") })
		c.start(addr)
	} else {
		p.waitFor("what would change", func(s windowState) bool { return s.hasText("http_proxy") && s.hasText("(not set) → http://"+addr) })
		p.movePointerAway()
		d.picture(p.win, "three-clicks-transmission-asked")
		p.click("main:Restart it now", 0.5, 0.5)
	}
	p.waitFor("the green check", func(s windowState) bool {
		return s.hasText("Announces through BittOratio since") && s.hasText("Transmission "+c.version+" is connected")
	})
	p.movePointerAway()
	d.picture(p.win, "three-clicks-transmission")
}

// TestThreeClicksToGreenWithARunningQBittorrent changes the settings of a running qBittorrent over its Web API, after
// typing its password.
func TestThreeClicksToGreenWithARunningQBittorrent(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.writePreferences(`{}`)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en"}}`, addr))
	web := freePort(t)
	_, port, _ := net.SplitHostPort(web)
	conf := d.path("home", ".config", "qBittorrent", "qBittorrent.conf")
	must(t, os.MkdirAll(filepath.Dir(conf), 0o700))
	// The hash is that of "adminadmin", the default password of older versions.
	must(t, os.WriteFile(conf, []byte("[LegalNotice]\nAccepted=true\n\n[Meta]\nMigrationVersion=4\n\n[BitTorrent]\nSession\\DHTEnabled=false\nSession\\LSDEnabled=false\nSession\\PeXEnabled=false\n\n"+
		"[Preferences]\nWebUI\\Address=127.0.0.1\nWebUI\\Port="+port+"\nWebUI\\Username=admin\n"+
		`WebUI\Password_PBKDF2="@ByteArray(ARQ77eY1NUZaQsuDHbIMCA==:0WMRkYTUWVT9wVvdDtHAjU9b3b7uB8NR1Gur2hmQCvCDpm39Q+PsJRJPaCU51dEiz+dTzh8qbPsL8WkFljQYFQ==)"`+"\n"), 0o600))
	d.start(nil, "qbittorrent-nox")
	share(t, d, web, tr)
	p := d.launch()

	p.click("main:Set up my client", 0.5, 0.5)
	p.waitFor("the running qBittorrent as the first client", func(s windowState) bool {
		return s.On && s.hasText("qBittorrent (nox)") && s.hasText("Running, not set up") && s.Places["main:Set up…"].W > 0
	})
	p.click("main:Set up…", 0.5, 0.5)
	p.waitFor("the password prompt", func(s windowState) bool { return s.hasText("keeps it nowhere") })
	p.typeText("adminadmin")
	p.key("Return")
	p.waitFor("what would change", func(s windowState) bool { return s.hasText("proxy_ip") && s.Places["main:Change its settings"].W > 0 })
	p.movePointerAway()
	d.picture(p.win, "three-clicks-qbittorrent-asked")
	p.scrollTo("main:Change its settings")
	p.click("main:Change its settings", 0.5, 0.5)
	p.waitFor("the green check", func(s windowState) bool {
		return s.hasText("Announces through BittOratio since") && s.hasText("is connected")
	})
	p.movePointerAway()
	d.picture(p.win, "three-clicks-qbittorrent")
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(conf), "*")); err != nil || len(files) == 0 {
		t.Fatalf("there are no settings files beside %s (%v)", conf, err)
	} else {
		for _, f := range append(files, d.path("data", "settings.json")) {
			if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), "adminadmin") {
				t.Errorf("%s contains the password", f)
			}
		}
	}
}

// share adds a torrent of a tracker to a running qBittorrent, as its web page does.
func share(t *testing.T, d *desktop, web string, tr *tracker) {
	t.Helper()
	base := "http://" + web
	jar := ""
	post := func(method string, values url.Values) bool {
		r, err := http.NewRequest(http.MethodPost, base+"/api/v2/"+method, strings.NewReader(values.Encode()))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", base)
		r.Header.Set("Cookie", jar)
		answer, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(r)
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		for _, k := range answer.Cookies() {
			jar = k.Name + "=" + k.Value
		}
		return answer.StatusCode < 300
	}
	eventually(t, "qBittorrent accepts the password", func() bool {
		return post("auth/login", url.Values{"username": {"admin"}, "password": {"adminadmin"}}) && jar != ""
	})
	link := "magnet:?xt=urn:btih:" + strings.Repeat("ab", 20) + "&dn=" + torrentName + "&tr=" + url.QueryEscape("http://"+tr.host+"/announce?passkey="+secret)
	if !post("torrents/add", url.Values{"urls": {link}, "savepath": {d.dir}}) {
		t.Fatal("qBittorrent refused the torrent")
	}
}
