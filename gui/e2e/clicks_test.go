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

// A fresh user whose client runs already, with a torrent, sees it green after three clicks: the welcome, the client's
// button, and yes to what would change.

// TestThreeClicksToGreenWithARunningTransmission has Debian's Transmission 3.00, which keeps no proxy setting: it is
// restarted with variables. A later one that reads a setting is changed once it is closed.
func TestThreeClicksToGreenWithARunningTransmission(t *testing.T) {
	d := newDesk(t, stubHost)
	d.prefer(`{}`)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en"}}`, addr))
	pid := d.start(nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
	t.Cleanup(c.end)
	p := d.launch()

	p.click("main:Set up my client", 0.5, 0.5)
	p.sees("the daemon that runs, before all others", func(s sight) bool {
		released, _, _ := strings.Cut(c.version, " ") // before it announces, only its numbers are known
		return s.On && s.says("Transmission (daemon) "+released) && s.says("Running, not set up") && s.Places["main:Set up…"].W > 0
	})
	p.click("main:Set up…", 0.5, 0.5)
	if c.readsProxyURL() {
		p.click("main:Change the file", 0.5, 0.5)
		p.sees("that it must be closed", func(s sight) bool { return s.says("the change follows at once") })
		must(t, syscall.Kill(pid, syscall.SIGTERM))
		p.sees("the change", func(s sight) bool { return s.says("The file is changed.") })
		c.start(addr)
	} else {
		p.sees("what would change", func(s sight) bool { return s.says("http_proxy") && s.says("(not set) → http://"+addr) })
		p.aside()
		d.picture(p.win, "three-clicks-transmission-asked")
		p.click("main:Restart it now", 0.5, 0.5)
	}
	p.sees("green", func(s sight) bool {
		return s.says("Announces through BittOratio since") && s.says("Transmission "+c.version+" is connected")
	})
	p.aside()
	d.picture(p.win, "three-clicks-transmission")
}

// TestThreeClicksToGreenWithARunningQBittorrent changes the settings of one that runs over its Web API, which asks for its
// password: this test types it.
func TestThreeClicksToGreenWithARunningQBittorrent(t *testing.T) {
	d := newDesk(t, stubHost)
	d.prefer(`{}`)
	tr, addr := newTracker(t), freePort(t)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"theme": "light", "language": "en"}}`, addr))
	web := freePort(t)
	_, port, _ := net.SplitHostPort(web)
	conf := d.path("home", ".config", "qBittorrent", "qBittorrent.conf")
	must(t, os.MkdirAll(filepath.Dir(conf), 0o700))
	// The hash is of "adminadmin", which older ones have anyway.
	must(t, os.WriteFile(conf, []byte("[LegalNotice]\nAccepted=true\n\n[Meta]\nMigrationVersion=4\n\n[BitTorrent]\nSession\\DHTEnabled=false\nSession\\LSDEnabled=false\nSession\\PeXEnabled=false\n\n"+
		"[Preferences]\nWebUI\\Address=127.0.0.1\nWebUI\\Port="+port+"\nWebUI\\Username=admin\n"+
		`WebUI\Password_PBKDF2="@ByteArray(ARQ77eY1NUZaQsuDHbIMCA==:0WMRkYTUWVT9wVvdDtHAjU9b3b7uB8NR1Gur2hmQCvCDpm39Q+PsJRJPaCU51dEiz+dTzh8qbPsL8WkFljQYFQ==)"`+"\n"), 0o600))
	d.start(nil, "qbittorrent-nox")
	share(t, d, web, tr)
	p := d.launch()

	p.click("main:Set up my client", 0.5, 0.5)
	p.sees("the one that runs, before all others", func(s sight) bool {
		return s.On && s.says("qBittorrent (nox)") && s.says("Running, not set up") && s.Places["main:Set up…"].W > 0
	})
	p.click("main:Set up…", 0.5, 0.5)
	p.sees("the question for the password", func(s sight) bool { return s.says("keeps it nowhere") })
	p.types("adminadmin")
	p.key("Return")
	p.sees("what would change", func(s sight) bool { return s.says("proxy_ip") && s.Places["main:Change its settings"].W > 0 })
	p.aside()
	d.picture(p.win, "three-clicks-qbittorrent-asked")
	p.scrollTo("main:Change its settings")
	p.click("main:Change its settings", 0.5, 0.5)
	p.sees("green", func(s sight) bool {
		return s.says("Announces through BittOratio since") && s.says("is connected")
	})
	p.aside()
	d.picture(p.win, "three-clicks-qbittorrent")
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(conf), "*")); err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	} else {
		for _, f := range append(files, d.path("data", "settings.json")) {
			if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), "adminadmin") {
				t.Errorf("%s holds the password", f)
			}
		}
	}
}

// share gives a running qBittorrent a torrent of a tracker, as its web page does.
func share(t *testing.T, d *desk, web string, tr *tracker) {
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
	eventually(t, "qBittorrent lets us in", func() bool {
		return post("auth/login", url.Values{"username": {"admin"}, "password": {"adminadmin"}}) && jar != ""
	})
	link := "magnet:?xt=urn:btih:" + strings.Repeat("ab", 20) + "&dn=" + torrentName + "&tr=" + url.QueryEscape("http://"+tr.host+"/announce?passkey="+secret)
	if !post("torrents/add", url.Values{"urls": {link}, "savepath": {d.dir}}) {
		t.Fatal("qBittorrent takes no torrent")
	}
}
