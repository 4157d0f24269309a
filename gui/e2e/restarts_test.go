//go:build e2e

package e2e

import (
	"crypto/sha1"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSixStartsOfTransmissionAreOneRow: each start of a client is a new session. Six starts of a real Transmission and
// a session of another client with the same torrent must be one row with the sums of all, whose detail lists the
// sessions.
func TestSixStartsOfTransmissionAreOneRow(t *testing.T) {
	d := newDesktop(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.waitFor("that it is on", func(s windowState) bool { return s.On })
	env := append(slices.Clone(d.env), "http_proxy=http://"+addr)
	if c.readsProxyURL() {
		c.configure(map[string]any{"dht-enabled": false, "lpd-enabled": false, "rpc-enabled": false, "download-dir": d.dir, "proxy_url": "http://" + addr})
	}
	for start := range 6 {
		before := tr.received()
		pid := d.startWith(env, nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
		eventually(t, fmt.Sprintf("start %d announces", start+1), func() bool { return tr.received() > before })
		must(t, syscall.Kill(pid, syscall.SIGKILL)) // so that no version announces `stopped`; 3.00 never does when it quits
		eventually(t, "Transmission has ended", func() bool { _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); return os.IsNotExist(err) })
	}
	info := fmt.Sprintf("d6:lengthi16384e4:name%d:%s12:piece lengthi16384e6:pieces20:%s7:privatei1ee", len(torrentName), torrentName, strings.Repeat("x", 20))
	other := session{sha1.Sum([]byte(info)), qbittorrent.id}
	announceAndCheck(t, addr, tr, other, 0, "started", 0)
	announceAndCheck(t, addr, tr, other, 10*mib, "", 20*mib)
	s := p.waitFor("one row with the sums", func(s windowState) bool {
		return len(s.Rows) == 1 && slices.Contains(s.Rows[0], "10.0 MiB") && slices.Contains(s.Rows[0], "20.0 MiB")
	})
	if !strings.HasPrefix(s.Rows[0][0], torrentName) {
		t.Errorf("the row is %q, want that of %s", s.Rows[0], torrentName)
	}
	p.clickRow(0)
	p.waitFor("its sessions in the detail", func(s windowState) bool { return s.Places["button:Sessions (7)"].W > 0 })
	p.click("button:Sessions (7)", 0.5, 0.5)
	p.movePointerAway()
	d.picture(p.win, "six-starts")

	tr.mu.Lock()
	tr.failure = "unregistered torrent"
	tr.mu.Unlock()
	_, _, err := announce(addr, tr, other, 11*mib, "")
	must(t, err)
	begin := time.Now()
	p.waitFor("the refusal", func(s windowState) bool { return s.hasText("1 torrent refused by its tracker") })
	t.Logf("the window showed the refusal %v after the answer", time.Since(begin).Round(time.Millisecond))
	d.picture(p.win, "refused")
}
