//go:build clients

package clientstest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
)

// buttons is what the button of each client's card does with the version that is installed here, and the way that its
// announces then take.
var buttons = map[string]struct {
	way   string
	start func(a *arena) contestant
}{
	"transmission-daemon": {httpByProxy, func(a *arena) contestant {
		c := a.transmission()
		if c.readsProxyURL() {
			c.apply(a.p)
			c.start()
			return c
		}
		c.start()
		a.pressRunning("transmission", c.config, find.ByRestart, false)
		a.t.Cleanup(func() { killIn(a.t, c.config) })
		eventually(a.t, "it answers again", func() bool { return opens(c.rpcAddr()) })
		return c
	}},
	"qbittorrent-nox": {httpBySOCKS, func(a *arena) contestant {
		q := a.s.newQBittorrent(a.t, 1)
		q.start()
		a.pressRunning("qbittorrent", filepath.Dir(q.file.Path), find.ByRemote, false)
		return fox{q}
	}},
	"deluged": {httpBySOCKS, func(a *arena) contestant {
		d := a.s.newDeluge(a.t, "")
		a.press(find.Client{Key: "deluge", Program: "deluged", Version: "2.0.3", Folder: d.client.config}, d.client.config)
		d.start()
		return d
	}},
	"rtorrent": {httpByProxy, func(a *arena) contestant {
		home := a.t.TempDir()
		return a.rtorrent(a.press(find.Client{Key: "rtorrent", Program: "rtorrent"}, home))
	}},
	"aria2c": {httpByProxy, func(a *arena) contestant {
		home := a.t.TempDir()
		return a.s.newARIA2(a.t, a.press(find.Client{Key: "aria2", Program: "aria2c"}, home))
	}},
}

// TestEveryClientIsSetUpByItsButton is a real transfer for each client, set up by what the button of its card does.
func TestEveryClientIsSetUpByItsButton(t *testing.T) {
	t.Parallel()
	port := 29000
	for client, b := range buttons {
		port += 100
		at := port
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			newArena(t, at, b.way).play(cell{start: b.start})
		})
	}
}

// press changes or makes the settings file of a client that does not run, and returns its text.
func (a *arena) press(c find.Client, home string) (text string) {
	a.t.Helper()
	on := file.Here()
	on.Home, on.Root = home, home
	on.Getenv = func(string) string { return "" }
	w := c.Way(a.p.addr, on)
	if w.Means != find.ByFile {
		a.t.Fatalf("%s: %+v", c.Key, w)
	}
	// Another test may run a client now whose settings cannot be distinguished from these.
	on.Processes = func() ([]file.Process, error) { return nil, nil }
	a.apply(on, change.Wanted{Client: c, Way: w})
	b, err := os.ReadFile(w.File[0].Path)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

// pressRunning does it for a client that runs and keeps its settings in a folder, as the window finds it.
func (a *arena) pressRunning(key, folder string, means find.Means, back bool) {
	a.t.Helper()
	all := find.Find(a.t.Context(), find.Here())
	i := slices.IndexFunc(all, func(f find.Client) bool { return f.Key == key && f.Folder == folder })
	if i < 0 {
		a.t.Fatalf("%s in %s is not found among %+v", key, folder, all)
	}
	w := all[i].Way(a.p.addr, file.Here())
	if w.Means != means {
		a.t.Fatalf("%+v of %+v", w, all[i])
	}
	a.apply(file.Here(), change.Wanted{Client: all[i], Way: w, Access: remote.Access{Address: w.Remote.Address}, Back: back})
}

func (a *arena) apply(on file.System, w change.Wanted) {
	a.t.Helper()
	p, err := change.New(a.t.Context(), on, w)
	if err == nil && len(p.Changes) == 0 {
		a.t.Fatalf("nothing to change: %+v", p)
	}
	if err == nil {
		err = p.Apply(a.t.Context())
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// killIn ends the daemons that were started with a folder of settings.
func killIn(t *testing.T, folder string) {
	all, err := file.Here().Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if slices.Contains(p.Args, folder) {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
	}
}

// readsProxyURL reports whether the daemon that is installed takes its proxy from its settings file.
func (c *client) readsProxyURL() bool {
	c.t.Helper()
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 says it on standard error
	if err != nil {
		c.t.Fatal(err)
	}
	return !strings.Contains(string(out), " 3.") && !strings.Contains(string(out), " 4.0") && !strings.Contains(string(out), " 2.")
}

// TestARunningQBittorrentIsChangedAndPutBack changes the proxy and the trackers of a real qBittorrent while it runs, and
// takes both back.
func TestARunningQBittorrentIsChangedAndPutBack(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	const tracker, other = "https://t.example/0123456789abcdef0123456789abcdef/announce", "udp://u.example:80/announce"
	s := swarm{torrent: newTorrent(tracker), relay: &relay{peers: map[string]net.IP{}}, port: 29800}
	q := s.newQBittorrent(t, 1)
	q.start()
	q.share()
	q.client.torrent = newTorrentNamed("other.bin", other)
	q.share()
	a := &arena{t: t, p: &program{addr: "127.0.0.1:8080"}}
	folder := filepath.Dir(q.file.Path)
	access, err := convert.Reach["qbittorrent"](remote.Access{Address: q.client.rpcAddr()})
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	announces := func() (all []string) {
		t.Helper()
		list, err := access.Torrents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			for _, k := range one.Trackers {
				all = append(all, k.Announce)
			}
		}
		slices.Sort(all)
		return all
	}
	proxied := func() bool {
		return strings.Contains(string(q.form("app/preferences", nil)), `"proxy_port":8080`) && strings.Contains(string(q.form("app/preferences", nil)), `"proxy_ip":"127.0.0.1"`)
	}

	eventually(t, "both torrents are there", func() bool { return len(announces()) == 2 })
	a.pressRunning("qbittorrent", folder, find.ByRemote, false)
	if !proxied() {
		t.Error("its proxy is another one")
	}
	listed, err := convert.Torrents(t.Context(), access, a.p.addr, false, "https")
	if err != nil || len(listed) != 2 || listed[0].Changes+listed[1].Changes != 1 {
		t.Fatalf("%+v, %v", listed, err)
	}
	hashes := []bittorrent.InfoHash{listed[0].InfoHash, listed[1].InfoHash}
	if n, err := convert.Retrack(t.Context(), access, a.p.addr, false, hashes, "https"); n != 1 || err != nil {
		t.Fatalf("%d torrents changed, %v", n, err)
	}
	through, _ := bittorrent.ThroughGateway(tracker, a.p.addr)
	if got, want := announces(), []string{through, other}; !slices.Equal(got, want) {
		t.Errorf("it has %q, not %q", got, want)
	}
	if n, err := convert.Retrack(t.Context(), access, a.p.addr, true, hashes); n != 1 || err != nil {
		t.Errorf("%d torrents changed back, %v", n, err)
	}
	if got, want := announces(), []string{tracker, other}; !slices.Equal(got, want) {
		t.Errorf("it has %q after the undo, not %q", got, want)
	}
	a.pressRunning("qbittorrent", folder, find.ByRemote, true)
	if proxied() {
		t.Error("its proxy is still this program")
	}
}
