//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// publicNetwork runs the program in a network namespace with public addresses: a tracker at 11.0.0.4, a client that
// seeds a torrent at 11.0.0.2, and a client without a torrent at 11.0.0.3. All end with the program.
const publicNetwork = `
set -eu
ip link set lo up
for n in 1 2 3 4; do ip address add 11.0.0.$n/32 dev lo; done
"$1" -tracker 11.0.0.4:6969 -allow 11.0.0.0/24 >"$2/tracker.log" 2>&1 &
until grep -q 6969 "$2/tracker.log"; do kill -0 $!; sleep 0.05; done
for c in shares wants; do
	transmission-daemon --foreground --config-dir "$2/$c" >"$2/$c.log" 2>&1 &
done
"$1" -data "$2/data"
`

// TestATorrentIsFoundInTheSwarmAndSaved pastes a magnet link into the window, looks it up, and saves the .torrent file.
// A client that gets the file must complete the torrent within two minutes.
func TestATorrentIsFoundInTheSwarmAndSaved(t *testing.T) {
	d := newDesktop(t, stubHost)
	const name = "A Day in the Country.ogv"
	content := bytes.Repeat([]byte("Ask, and it shall be given you. "), 20_000)
	torrent, hash := d.torrentOf(name, content)
	d.transmission("shares", "11.0.0.2")
	d.transmission("wants", "11.0.0.3")
	must(t, os.WriteFile(d.path("shares", "down", name), content, 0o600))
	must(t, os.WriteFile(d.path("shares", "watch", "one.torrent"), torrent, 0o600))
	t.Cleanup(func() {
		for _, log := range []string{"tracker.log", "shares.log", "wants.log"} {
			if b, err := os.ReadFile(d.path(log)); t.Failed() && err == nil {
				t.Logf("%s:\n%s", log, b)
			}
		}
	})
	d.settings(`{"listen": "127.0.0.1:8080", "swarm": {"routers": []}, "window": {"theme": "light", "language": "en"}}`)
	p := d.spawnBy("unshare", append(ownNetwork(), "bash", "-c", publicNetwork, "sh", binary, d.dir)...)
	eventually(t, "the window shows", func() bool { p.win = p.visible(); return p.win != "" })

	p.key("ctrl+3")
	p.waitFor("what switching on reveals", func(s windowState) bool { return s.hasText("shows strangers this computer's address") })
	d.picture(p.win, "swarm-off")
	p.click("button:Switch on", 0.5, 0.5)
	p.waitFor("the field for links", func(s windowState) bool { return s.Places["button:Look up"].W > 0 })
	d.setClipboard("magnet:?xt=urn:btih:" + hash + "&tr=http%3A%2F%2F11.0.0.4%3A6969%2Fannounce&x.pe=11.0.0.2:51413")
	p.key("ctrl+v")
	p.waitFor("the pasted link", func(s windowState) bool { return len(s.Rows) == 0 && s.hasEntry("magnet:?xt=urn:btih:"+hash) })
	p.click("button:Look up", 0.5, 0.5)
	p.waitFor("the name of the torrent", func(s windowState) bool { return s.hasText(name) && s.Places["button:Save .torrent…"].W > 0 })
	p.movePointerAway()
	d.picture(p.win, "swarm-found")
	p.click("button:Save .torrent…", 0.5, 0.5)
	p.waitFor("the folder dialog", func(s windowState) bool { return s.Places["button:Open"].W > 0 })
	p.click("button:Open", 0.5, 0.5)
	file := d.path("home", name+".torrent")
	p.waitFor("the path of the saved file", func(s windowState) bool { return s.hasText(file + " is written") })
	p.click("button:OK", 0.5, 0.5)

	p.click("button:Save with gateway addresses…", 0.5, 0.5)
	p.waitFor("the folder dialog", func(s windowState) bool { return s.Places["button:Open"].W > 0 })
	p.click("button:Open", 0.5, 0.5)
	second := d.path("home", name+".bittoratio.torrent")
	p.waitFor("the path of the converted file", func(s windowState) bool { return s.hasText(second + " is written") })
	p.click("button:OK", 0.5, 0.5)
	if converted, err := os.ReadFile(second); err != nil || !bytes.Contains(converted, []byte("http://127.0.0.1:8080/")) {
		t.Errorf("the converted file has no gateway address: %.200q (%v)", converted, err)
	}

	saved, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Contains(saved, []byte("http://11.0.0.4:6969/announce")) {
		t.Errorf("the saved file lacks the link's tracker: %.200q", saved)
	}
	must(t, os.WriteFile(d.path("wants", "watch", "saved.torrent"), saved, 0o600))
	complete := func() bool {
		got, err := os.ReadFile(d.path("wants", "down", name))
		return err == nil && bytes.Equal(got, content)
	}
	for end := time.Now().Add(2 * time.Minute); !complete(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the client did not complete the torrent of the saved file within two minutes")
		}
	}
	p.key("ctrl+q")
	p.waitForExit()
}

// ownNetwork returns the arguments of unshare for a network namespace without a connection to the outside, whose
// processes end with the first one. A user who is not root keeps the same user ID inside, because the session bus
// checks it.
func ownNetwork() []string {
	args := []string{"--net", "--pid", "--fork", "--kill-child"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-current-user", "--keep-caps")
	}
	return args
}

// torrentOf returns the .torrent file of a single file, and its info hash in hex.
func (d *desktop) torrentOf(name string, content []byte) (torrent []byte, hash string) {
	const piece = 1 << 16
	var sums []byte
	for rest := content; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		sum := sha1.Sum(rest[:min(piece, len(rest))])
		sums = append(sums, sum[:]...)
	}
	info := fmt.Sprintf("d6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:%se", len(content), len(name), name, piece, len(sums), sums)
	const tracker = "http://11.0.0.4:6969/announce"
	return []byte(fmt.Sprintf("d8:announce%d:%s4:info%se", len(tracker), tracker, info)), fmt.Sprintf("%x", sha1.Sum([]byte(info)))
}

// transmission writes the settings of a client at this address, which adds the .torrent files in its folder "watch".
func (d *desktop) transmission(name, at string) {
	d.t.Helper()
	for _, folder := range []string{"watch", "down"} {
		must(d.t, os.MkdirAll(d.path(name, folder), 0o700))
	}
	must(d.t, os.WriteFile(d.path(name, "settings.json"), []byte(fmt.Sprintf(`{
		"bind-address-ipv4": %q, "bind-address-ipv6": "::1", "rpc-bind-address": %q, "peer-port": 51413, "port-forwarding-enabled": false,
		"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": true,
		"watch-dir-enabled": true, "watch-dir": %q, "download-dir": %q, "incomplete-dir-enabled": false,
		"rename-partial-files": true, "start-added-torrents": true
	}`, at, at, d.path(name, "watch"), d.path(name, "down"))), 0o600))
}

// setClipboard puts a text into the clipboard.
func (d *desktop) setClipboard(text string) {
	d.t.Helper()
	file := filepath.Join(d.dir, "clip.txt")
	must(d.t, os.WriteFile(file, []byte(text), 0o600))
	d.start(nil, "xclip", "-quiet", "-selection", "clipboard", "-i", file)
	eventually(d.t, "the text is in the clipboard", func() bool {
		out, err := d.try("xclip", "-selection", "clipboard", "-o")
		return err == nil && out == text
	})
}

// hasEntry reports whether an entry contains a text that begins with this one.
func (s windowState) hasEntry(text string) bool {
	for name := range s.Places {
		if strings.HasPrefix(name, "entry:"+text) {
			return true
		}
	}
	return false
}
