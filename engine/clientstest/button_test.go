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

// buttons lists, for each client, what the button of its card does with the version that is installed here, and the way
// that its announces take afterwards.
var buttons = map[string]struct {
	way   string
	start func(bed *testbed) clientUnderTest
}{
	"transmission-daemon": {httpByProxy, func(bed *testbed) clientUnderTest {
		c := bed.transmission()
		if c.readsProxyURL() {
			c.apply(bed.p)
			c.start()
			return c
		}
		c.start()
		bed.setUpRunning("transmission", c.config, find.ByRestart, false)
		bed.t.Cleanup(func() { killDaemonsOf(bed.t, c.config) })
		eventually(bed.t, "Transmission answers after its restart", func() bool { return acceptsConnections(c.rpcAddr()) })
		return c
	}},
	"qbittorrent-nox": {httpBySOCKS, func(bed *testbed) clientUnderTest {
		q := bed.s.newQBittorrent(bed.t, 1)
		q.start()
		bed.setUpRunning("qbittorrent", filepath.Dir(q.file.Path), find.ByRemote, false)
		return q
	}},
	"deluged": {httpBySOCKS, func(bed *testbed) clientUnderTest {
		d := bed.s.newDeluge(bed.t, "")
		bed.setUp(find.Client{Key: "deluge", Program: "deluged", Version: "2.0.3", Folder: d.client.config, Settings: file.File{Path: filepath.Join(d.client.config, "core.conf")}}, d.client.config)
		d.start()
		return d
	}},
	"rtorrent": {httpByProxy, func(bed *testbed) clientUnderTest {
		home := bed.t.TempDir()
		return bed.rtorrent(bed.setUp(find.Client{Key: "rtorrent", Program: "rtorrent"}, home))
	}},
	"aria2c": {httpByProxy, func(bed *testbed) clientUnderTest {
		home := bed.t.TempDir()
		return bed.s.newARIA2(bed.t, bed.setUp(find.Client{Key: "aria2", Program: "aria2c"}, home))
	}},
}

// TestEveryClientIsSetUpByItsButton sets each client up as the button of its card does, and then runs a real transfer.
func TestEveryClientIsSetUpByItsButton(t *testing.T) {
	t.Parallel()
	port := 29000
	for client, b := range buttons {
		port += 100
		at := port
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			newTestbed(t, at, b.way).transfer(b.start)
		})
	}
}

// setUp changes or creates the settings file of a client that is not running, and returns the text of the file.
func (bed *testbed) setUp(c find.Client, home string) (text string) {
	bed.t.Helper()
	on := file.Here()
	on.Home, on.Root = home, home
	on.Getenv = func(string) string { return "" }
	w := c.Way(bed.p.addr, on)
	if w.Means != find.ByFile {
		bed.t.Fatalf("%s is set up by %+v, want by its file", c.Key, w)
	}
	// A client of another test may be running, and could be mistaken for the owner of these settings.
	on.Processes = func() ([]file.Process, error) { return nil, nil }
	bed.apply(on, change.Wanted{Client: c, Way: w})
	b, err := os.ReadFile(w.File[0].Path)
	if err != nil {
		bed.t.Fatal(err)
	}
	return string(b)
}

// setUpRunning finds the running client that keeps its settings in folder, as the window does, and sets it up; with
// back it undoes that.
func (bed *testbed) setUpRunning(key, folder string, means find.Means, back bool) {
	bed.t.Helper()
	all := find.Find(bed.t.Context(), find.Here())
	i := slices.IndexFunc(all, func(f find.Client) bool { return f.Key == key && f.Folder == folder })
	if i < 0 {
		bed.t.Fatalf("%s in %s was not found among %+v", key, folder, all)
	}
	w := all[i].Way(bed.p.addr, file.Here())
	if w.Means != means {
		bed.t.Fatalf("%+v is set up by %+v, want means %v", all[i], w, means)
	}
	bed.apply(file.Here(), change.Wanted{Client: all[i], Way: w, Access: remote.Access{Address: w.Remote.Address}, Back: back})
}

func (bed *testbed) apply(on file.System, w change.Wanted) {
	bed.t.Helper()
	p, err := change.New(bed.t.Context(), on, w)
	if err == nil && len(p.Changes) == 0 {
		bed.t.Fatalf("the plan changes nothing: %+v", p)
	}
	if err == nil {
		err = p.Apply(bed.t.Context())
	}
	if err != nil {
		bed.t.Fatal(err)
	}
}

// killDaemonsOf ends the processes that have this settings folder among their arguments.
func killDaemonsOf(t *testing.T, folder string) {
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

// readsProxyURL reports whether the installed daemon reads its proxy from its settings file, as Transmission 4.1 and
// later do.
func (c *client) readsProxyURL() bool {
	c.t.Helper()
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 prints it on standard error
	if err != nil {
		c.t.Fatal(err)
	}
	return !strings.Contains(string(out), " 3.") && !strings.Contains(string(out), " 4.0") && !strings.Contains(string(out), " 2.")
}

// TestARunningQBittorrentIsChangedAndPutBack changes the proxy and the trackers of a real qBittorrent while it runs,
// and undoes both.
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
	bed := &testbed{t: t, p: &program{addr: "127.0.0.1:8080"}}
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

	eventually(t, "qBittorrent has both torrents", func() bool { return len(announces()) == 2 })
	bed.setUpRunning("qbittorrent", folder, find.ByRemote, false)
	if !proxied() {
		t.Error("qBittorrent's proxy is not this program")
	}
	listed, err := convert.Torrents(t.Context(), access, bed.p.addr, false, "https")
	if err != nil || len(listed) != 2 || listed[0].Changes+listed[1].Changes != 1 {
		t.Fatalf("torrents with an https tracker: %+v (%v), want one change in two torrents", listed, err)
	}
	hashes := []bittorrent.InfoHash{listed[0].InfoHash, listed[1].InfoHash}
	if n, err := convert.Retrack(t.Context(), access, bed.p.addr, false, hashes, "https"); n != 1 || err != nil {
		t.Fatalf("%d torrents were changed (%v), want 1", n, err)
	}
	through, _ := bittorrent.ThroughGateway(tracker, bed.p.addr)
	if got, want := announces(), []string{through, other}; !slices.Equal(got, want) {
		t.Errorf("qBittorrent has the trackers %q, want %q", got, want)
	}
	if n, err := convert.Retrack(t.Context(), access, bed.p.addr, true, hashes); n != 1 || err != nil {
		t.Errorf("%d torrents were changed back (%v), want 1", n, err)
	}
	if got, want := announces(), []string{tracker, other}; !slices.Equal(got, want) {
		t.Errorf("after the undo qBittorrent has the trackers %q, want %q", got, want)
	}
	bed.setUpRunning("qbittorrent", folder, find.ByRemote, true)
	if proxied() {
		t.Error("after the undo qBittorrent's proxy is still this program")
	}
}
