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

// A client has a new session at each of its starts. Six starts of a real Transmission, and what another client uploads on
// the same torrent, are one row with the sums of all; its detail lists them.
func TestSixStartsOfTransmissionAreOneRow(t *testing.T) {
	d := newDesk(t, stubHost)
	tr, addr := newTracker(t), freePort(t)
	c := d.newTransmission(tr)
	d.settings(fmt.Sprintf(`{"listen": %q, "window": {"start_engine": true, "theme": "light", "language": "en"}}`, addr))
	p := d.launch()
	p.sees("it is on", func(s sight) bool { return s.On })
	env := append(slices.Clone(d.env), "http_proxy=http://"+addr)
	if c.readsProxyURL() {
		c.configure(map[string]any{"dht-enabled": false, "lpd-enabled": false, "rpc-enabled": false, "download-dir": d.dir, "proxy_url": "http://" + addr})
	}
	for start := range 6 {
		before := tr.received()
		pid := d.startWith(env, nil, "transmission-daemon", "--foreground", "--config-dir", c.config)
		eventually(t, fmt.Sprintf("start %d announces", start+1), func() bool { return tr.received() > before })
		must(t, syscall.Kill(pid, syscall.SIGKILL)) // it says nothing more, as 3.00 does at any end
		eventually(t, "it is gone", func() bool { _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); return os.IsNotExist(err) })
	}
	info := fmt.Sprintf("d6:lengthi16384e4:name%d:%s12:piece lengthi16384e6:pieces20:%s7:privatei1ee", len(torrentName), torrentName, strings.Repeat("x", 20))
	other := session{sha1.Sum([]byte(info)), qbittorrent.id}
	tells(t, addr, tr, other, 0, "started", 0)
	tells(t, addr, tr, other, 10*mib, "", 20*mib)
	s := p.sees("one row with the sums", func(s sight) bool {
		return len(s.Rows) == 1 && slices.Contains(s.Rows[0], "10.0 MiB") && slices.Contains(s.Rows[0], "20.0 MiB")
	})
	if !strings.HasPrefix(s.Rows[0][0], torrentName) {
		t.Errorf("the row is %q", s.Rows[0])
	}
	p.pick(0)
	p.sees("its sessions in the detail", func(s sight) bool { return s.Places["button:Sessions (7)"].W > 0 })
	p.click("button:Sessions (7)", 0.5, 0.5)
	p.aside()
	d.picture(p.win, "six-starts")

	tr.mu.Lock()
	tr.no = "unregistered torrent"
	tr.mu.Unlock()
	_, _, err := announce(addr, tr, other, 11*mib, "")
	must(t, err)
	begin := time.Now()
	p.sees("a red light", func(s sight) bool { return s.says("1 torrent refused by its tracker") })
	t.Logf("the refusal was shown %v after its answer", time.Since(begin).Round(time.Millisecond))
	d.picture(p.win, "refused")
}
