package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/clients"
)

func guide(t *testing.T, key, addr string) clients.Guide {
	t.Helper()
	g, ok := clients.Find(key)
	if !ok {
		t.Fatalf("no client %s", key)
	}
	out, err := g.Render(clients.Values{Addr: addr})
	if err != nil || out.Apply == nil {
		t.Fatalf("%s: Render returned %v", key, err)
	}
	return out
}

// home is a system with one settings file in it, on which nothing runs.
func home(t *testing.T, path, text string) (System, File) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := System{
		Paths:     clients.Paths{OS: "linux", Home: dir, Root: dir, Getenv: func(string) string { return "" }},
		Processes: func() ([]Process, error) { return nil, nil },
	}
	return s, File{Path: path, Programs: []string{"transmission-gtk", "transmission-daemon", "qbittorrent"}, Options: []clients.FolderOption{{Option: "-g"}, {Option: "--config-dir"}}}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// point and back do what the window does: plan and apply.
func point(t *testing.T, s System, f File, g clients.Guide) *Plan {
	t.Helper()
	p, err := Point(f, *g.Apply)
	if err == nil {
		err = p.Apply(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func back(t *testing.T, s System, f File, g clients.Guide) {
	t.Helper()
	p, err := Back(f, *g.Apply)
	if err == nil {
		err = p.Apply(s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const transmission = "transmission-4.1"

var texts = []struct{ name, client, before, after string }{
	{
		"a line is added first", transmission,
		"{\n    \"alt-speed-down\": 50,\n    \"unknown\": [1, {\"proxy_url\": \"x\"}],\n    \"umask\": \"022\"\n}\n",
		"{\n    \"proxy_url\": \"http://127.0.0.1:8080\",\n    \"alt-speed-down\": 50,\n    \"unknown\": [1, {\"proxy_url\": \"x\"}],\n    \"umask\": \"022\"\n}\n",
	},
	{
		"a value is replaced where it stands", transmission,
		"{\r\n\t\"a\":1 ,\r\n\t\"proxy_url\" :  null,\r\n\t\"b\":\"é\\u00e9\"\r\n}",
		"{\r\n\t\"a\":1 ,\r\n\t\"proxy_url\" :  \"http://127.0.0.1:8080\",\r\n\t\"b\":\"é\\u00e9\"\r\n}",
	},
	{"an empty object", transmission, "{}\n", "{\n    \"proxy_url\": \"http://127.0.0.1:8080\"\n}\n"},
	{"a key that only looks like it", transmission, `{"proxy-url": "x"}`, `{"proxy_url": "http://127.0.0.1:8080","proxy-url": "x"}`},
	{
		"headings are used and made", "qbittorrent-4.6",
		"[BitTorrent]\nSession\\Port=63310\n\n[Meta]\nMigrationVersion=8\n",
		"[BitTorrent]\nSession\\Port=63310\nSession\\ProxyHostnameLookup=true\nSession\\ProxyPeerConnections=false\n\n[Meta]\nMigrationVersion=8\n\n[Network]\nProxy\\Type=SOCKS5\nProxy\\IP=127.0.0.1\nProxy\\Port=8080\nProxy\\HostnameLookupEnabled=true\nProxy\\Profiles\\BitTorrent=true\n",
	},
	{
		"lines are replaced where they stand", "qbittorrent-4.6",
		"[Network]\r\nProxy\\Port=@Variant(\\0\\0\\0\\x85\\x1f\\x91)\r\nCookies=@Invalid()\r\nProxy\\Type=None\r\n\r\n[BitTorrent]\r\nSession\\ProxyPeerConnections=true\r\nProxy\\Type=x\r\n",
		"[Network]\r\nProxy\\Port=8080\r\nCookies=@Invalid()\r\nProxy\\Type=SOCKS5\r\nProxy\\IP=127.0.0.1\r\nProxy\\HostnameLookupEnabled=true\r\nProxy\\Profiles\\BitTorrent=true\r\n\r\n[BitTorrent]\r\nSession\\ProxyPeerConnections=false\r\nProxy\\Type=x\r\nSession\\ProxyHostnameLookup=true\r\n",
	},
	{
		"Deluge's second object", "deluge",
		"{\n    \"file\": 1,\n    \"format\": 1\n}{\n    \"allow_remote\": false,\n    \"proxy\": {\n        \"force_proxy\": false,\n        \"hostname\": \"\",\n        \"port\": 8080,\n        \"proxy_hostnames\": true,\n" +
			"        \"proxy_peer_connections\": true,\n        \"proxy_tracker_connections\": true,\n        \"type\": 0,\n        \"username\": \"\"\n    },\n    \"type\": 9\n}",
		"{\n    \"file\": 1,\n    \"format\": 1\n}{\n    \"allow_remote\": false,\n    \"proxy\": {\n        \"force_proxy\": false,\n        \"hostname\": \"127.0.0.1\",\n        \"port\": 8080,\n        \"proxy_hostnames\": true,\n" +
			"        \"proxy_peer_connections\": false,\n        \"proxy_tracker_connections\": true,\n        \"type\": 2,\n        \"username\": \"\"\n    },\n    \"type\": 9\n}",
	},
	{"rTorrent's line is added", "rtorrent", "# mine\nsession.path.set = ~/rt\n", "# mine\nsession.path.set = ~/rt\nnetwork.http.proxy_address.set = http://127.0.0.1:8080\n"},
	{"rTorrent's line is replaced", "rtorrent", "#network.http.proxy_address.set = x\n network.http.proxy_address.set=y:1\nz = 1\n", "#network.http.proxy_address.set = x\n network.http.proxy_address.set=http://127.0.0.1:8080\nz = 1\n"},
	{"aria2's line is added", "aria2", "dir=/x\r\n", "dir=/x\r\nall-proxy=http://127.0.0.1:8080\r\n"},
	{
		"aria2's own proxies count more than all-proxy", "aria2",
		"http-proxy=http://p.example:1\nhttps-proxy = \ndir=/x\nhttp-proxy=http://q.example:2\n",
		"http-proxy=http://p.example:1\nhttps-proxy = \ndir=/x\nhttp-proxy=http://127.0.0.1:8080\nall-proxy=http://127.0.0.1:8080\n",
	},
	{
		"aria2's own proxies, with all-proxy", "aria2",
		"all-proxy=http://p.example:1\nhttps-proxy=http://q.example:2\n",
		"all-proxy=http://127.0.0.1:8080\nhttps-proxy=http://127.0.0.1:8080\n",
	},
	{
		"a last line without its end", "qbittorrent-4.1",
		"[Network]\nCookies=@Invalid()",
		"[Network]\nCookies=@Invalid()\nProxy\\Type=2\nProxy\\IP=127.0.0.1\nProxy\\Port=8080\nProxy\\OnlyForTorrents=true\n\n[BitTorrent]\nSession\\ProxyPeerConnections=false\n",
	},
}

// TestAClientStartedWithAnotherFolderDoesNotUseTheUsualFiles: a running client that was started with another folder
// does not use the files of its usual folder.
func TestAClientStartedWithAnotherFolderDoesNotUseTheUsualFiles(t *testing.T) {
	c, _ := clients.Called("Transmission")
	s := System{Paths: clients.Paths{OS: "linux", Home: "/home/ada", Getenv: func(string) string { return "" }}}
	var paths []string
	for _, f := range s.Usual(&c, "transmission-daemon") {
		paths = append(paths, f.Path)
		if len(f.Options) == 0 || !slices.Equal(f.Programs, []string{"transmission-daemon"}) {
			t.Errorf("the file is %+v, want its options and program", f)
		}
	}
	if want := []string{"/home/ada/.config/transmission-daemon/settings.json", "/etc/transmission-daemon/settings.json"}; !slices.Equal(paths, want) {
		t.Errorf("the usual files are %v, want %v", paths, want)
	}
	if none := s.Usual(&c, "x"); len(none) > 0 {
		t.Errorf("the files of an unknown program are %v, want none", none)
	}
}

func TestOnlyTheNeededKeysChangeAndUndoRestoresTheFile(t *testing.T) {
	for _, c := range texts {
		t.Run(c.name, func(t *testing.T) {
			s, f := home(t, "settings", c.before)
			g := guide(t, c.client, "127.0.0.1:8080")
			point(t, s, f, g)
			if got := content(t, f.Path); got != c.after {
				t.Errorf("the file became\n%s\nwant\n%s", got, c.after)
			}
			backup, ok := f.Backup()
			if !ok || content(t, backup) != c.before {
				t.Errorf("the backup %s is not the former file", backup)
			}
			again, err := Point(f, *g.Apply)
			if err != nil || len(again.Changes) != 0 {
				t.Errorf("the same change again is %+v (%v), want nothing to change", again.Changes, err)
			}
			back(t, s, f, g)
			want := c.before
			if !strings.HasSuffix(want, "\n") && strings.HasPrefix(want, "[") {
				want += "\n"
			}
			if got := content(t, f.Path); got != want {
				t.Errorf("after the undo the file is\n%q\nwant\n%q", got, want)
			}
			if _, ok := f.Backup(); ok {
				t.Error("the backup is left after the undo")
			}
		})
	}
}

// TestUndoChangesOnlyItsOwnKeysAfterTheClientRewroteTheFile: a client rewrites its file when it quits, with settings in
// another order and other values.
func TestUndoChangesOnlyItsOwnKeysAfterTheClientRewroteTheFile(t *testing.T) {
	s, f := home(t, "settings.json", `{"b": 1, "proxy_url": "socks5://10.0.0.1:1"}`)
	g := guide(t, transmission, "127.0.0.1:8080")
	point(t, s, f, g)
	if err := os.WriteFile(f.Path, []byte("{\n\"a\": 5,\n\"b\": 2,\n\"proxy_url\": \"http://127.0.0.1:8080\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// At another port the backup must still be the one with the user's own proxy.
	point(t, s, f, guide(t, transmission, "127.0.0.1:9090"))
	back(t, s, f, g)
	if got, want := content(t, f.Path), "{\n\"a\": 5,\n\"b\": 2,\n\"proxy_url\": \"socks5://10.0.0.1:1\"\n}\n"; got != want {
		t.Errorf("after the undo the file is %q, want %q", got, want)
	}
}

func TestTheBackupIsRenewedAfterTheUserUndidTheChangeByHand(t *testing.T) {
	s, f := home(t, "settings.json", `{"a": 1}`)
	g := guide(t, transmission, "127.0.0.1:8080")
	point(t, s, f, g)
	if err := os.WriteFile(f.Path, []byte(`{"a": 2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	point(t, s, f, g)
	backup, _ := f.Backup()
	if got := content(t, backup); got != `{"a": 2}` {
		t.Errorf("the backup is %s, want the file with the user's change", got)
	}
}

// TestUndoRestoresAProxyChosenAfterTheSetUp: before a proxy that the user chose after the set-up is replaced, it is
// named, and the undo restores that one. The program's own address with another port does not count as such a proxy.
func TestUndoRestoresAProxyChosenAfterTheSetUp(t *testing.T) {
	for _, c := range []struct{ client, before, chosen, replaced string }{
		{transmission, `{"a": 1}`, `{"proxy_url": "socks5://u:p@Proxy.Example:1/"}`, `"socks5://u:p@Proxy.Example:1/"`},
		{transmission, `{"a": 1}`, `{"proxy_url": "http://[::1]:8081"}`, ""},
		{transmission, `{"a": 1}`, `{"proxy_url": "http://localhost:8081"}`, ""},
		{transmission, `{"a": 1}`, `{"proxy_url": ""}`, ""},
		{"qbittorrent-4.6", "[Network]\nProxy\\IP=first.example\n", "[Network]\nProxy\\Type=HTTP\nProxy\\IP=192.0.2.7\nProxy\\Port=3128\n", "192.0.2.7"},
		{"qbittorrent-4.6", "[Network]\nProxy\\IP=first.example\n", "[Network]\nProxy\\Type=HTTP\nProxy\\IP=127.0.0.1\nProxy\\Port=8081\n", ""},
	} {
		s, f := home(t, "settings", c.before)
		g := guide(t, c.client, "127.0.0.1:8080")
		point(t, s, f, g)
		if err := os.WriteFile(f.Path, []byte(c.chosen), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := point(t, s, f, g); p.Replaced != c.replaced {
			t.Errorf("%s: the plan replaces %q, want %q", c.chosen, p.Replaced, c.replaced)
		}
		back(t, s, f, g)
		if got := content(t, f.Path); (got == c.chosen) != (c.replaced != "") {
			t.Errorf("%s: after the undo the file is %s", c.chosen, got)
		}
	}
}

// TestSavedPreferencesAreRemovedWithTheirFile: the preferences that were saved beside a file are removed with it,
// since they do not belong to a new file of that name.
func TestSavedPreferencesAreRemovedWithTheirFile(t *testing.T) {
	s, f := home(t, "settings.json", `{"a": 1}`)
	f.New = true
	g := guide(t, transmission, "127.0.0.1:8080")
	p, err := Point(f, *g.Apply)
	if err == nil {
		err = p.KeepAside([]byte("{}"), false)
	}
	if err == nil {
		err = os.Remove(f.Path)
	}
	if err != nil {
		t.Fatal(err)
	}
	point(t, s, f, g)
	if preferences, err := f.Preferences(); !errors.Is(err, ErrNoBackup) {
		t.Errorf("the saved preferences are %s (%v), want ErrNoBackup", preferences, err)
	}
}

// TestASetUpWrittenByTheClientIsRecognised recognises a set-up in the first text, which qBittorrent 4.5.2 wrote after
// it was set up by its Web API. From 4.6 on it has other names, and removes ProxyHostnameLookup (upgrade.cpp).
func TestASetUpWrittenByTheClientIsRecognised(t *testing.T) {
	newer, f := home(t, "qBittorrent.conf", "[Meta]\nMigrationVersion=8\n\n[Network]\nProxy\\AuthEnabled=false\nProxy\\HostnameLookupEnabled=true\nProxy\\IP=127.0.0.1\nProxy\\Password=\n"+
		"Proxy\\Port=@Variant(\\0\\0\\0\\x85\\x1f\\x90)\nProxy\\Profiles\\BitTorrent=true\nProxy\\Type=SOCKS5\nProxy\\Username=\n")
	if !Leads(f, *guide(t, "qbittorrent-4.6", "127.0.0.1:8080").Apply) || Leads(f, *guide(t, "qbittorrent-4.6", "127.0.0.1:8081").Apply) {
		t.Errorf("%s: Leads is wrong for the file %s", newer.Home, content(t, f.Path))
	}
	const wrote = "[Network]\nProxy\\IP=127.0.0.1\nProxy\\OnlyForTorrents=true\nProxy\\Password=\nProxy\\Port=@Variant(\\0\\0\\0\\x85\\x1f\\x90)\nProxy\\Type=SOCKS5\nProxy\\Username=\n"
	g := guide(t, "qbittorrent-4.4.1", "127.0.0.1:8080")
	for _, c := range []struct {
		text string
		want bool
	}{
		{wrote, true},
		{wrote + "\n[BitTorrent]\nSession\\ProxyPeerConnections=false\n", true},
		{wrote + "\n[BitTorrent]\nSession\\ProxyPeerConnections=true\n", false},
		{strings.Replace(wrote, "x1f", "x1e", 1), false},
		{strings.Replace(wrote, "Proxy\\Port", "Proxy\\Other", 1), false},
		{strings.Replace(wrote, "Proxy\\Type", "Proxy\\Other", 1), false},
		{strings.Replace(wrote, "SOCKS5", "HTTP", 1), false},
		{"[Preferences]\n", false},
	} {
		if _, f := home(t, "qBittorrent.conf", c.text); Leads(f, *g.Apply) != c.want {
			t.Errorf("Leads is %v, want %v, for\n%s", !c.want, c.want, c.text)
		}
	}
	if _, f := home(t, "core.conf", `{"file": 1, "format": 1}{"proxy": {"type": 2, "hostname": "127.0.0.1", "port": 8080}}`); Leads(f, *guide(t, "deluge", "127.0.0.1:8080").Apply) {
		t.Error("Leads accepts a file of Deluge without all its settings")
	}
}

// TestUndoAfterAnUpdateKeepsTheUsersProxyInUse: qBittorrent 4.6 replaces "only for torrents" by a setting that switches
// the proxy on for torrents. Without it, a user's own proxy would be set and not used: peers would see the user's
// address.
func TestUndoAfterAnUpdateKeepsTheUsersProxyInUse(t *testing.T) {
	const own = "Proxy\\IP=10.0.0.1\nProxy\\Port=1080\nProxy\\Type=SOCKS5\n"
	s, f := home(t, "qBittorrent.conf", "[Meta]\nMigrationVersion=4\n\n[Network]\n"+own)
	point(t, s, f, guide(t, "qbittorrent-4.4.1", "127.0.0.1:8080"))
	const updated = "[Meta]\nMigrationVersion=8\n\n[Network]\nProxy\\HostnameLookupEnabled=true\nProxy\\IP=127.0.0.1\nProxy\\Port=8080\nProxy\\Profiles\\BitTorrent=true\nProxy\\Type=SOCKS5\n"
	if err := os.WriteFile(f.Path, []byte(updated), 0o600); err != nil {
		t.Fatal(err)
	}
	back(t, s, f, guide(t, "qbittorrent-4.6", "127.0.0.1:8080"))
	want := "[Meta]\nMigrationVersion=8\n\n[Network]\nProxy\\HostnameLookupEnabled=true\nProxy\\IP=10.0.0.1\nProxy\\Port=1080\nProxy\\Profiles\\BitTorrent=true\nProxy\\Type=SOCKS5\n"
	if got := content(t, f.Path); got != want {
		t.Errorf("after the undo the file is %s, want %s", got, want)
	}
}

func TestUndoWithoutBackupIsRefused(t *testing.T) {
	_, f := home(t, "settings.json", `{"a": 1}`)
	if _, err := Back(f, *guide(t, transmission, "127.0.0.1:8080").Apply); !errors.Is(err, ErrNoBackup) {
		t.Errorf("Back returned %v", err)
	}
}

func TestAReplacedProxyIsInThePlan(t *testing.T) {
	for before, want := range map[string]string{
		`{"proxy_url": null}`: "", `{"proxy_url": ""}`: "", `{}`: "", `{"proxy_url": "socks5h://10.0.0.1:1080"}`: `"socks5h://10.0.0.1:1080"`,
	} {
		_, f := home(t, "settings.json", before)
		p, err := Point(f, *guide(t, transmission, "127.0.0.1:8080").Apply)
		if err != nil || p.Replaced != want {
			t.Errorf("%s: the plan replaces %q (%v), want %q", before, p.Replaced, err, want)
		}
	}
	_, f := home(t, "qBittorrent.conf", "[Network]\nProxy\\Type=None\nProxy\\IP=0.0.0.0\n")
	if p, err := Point(f, *guide(t, "qbittorrent-4.6", "127.0.0.1:8080").Apply); err != nil || p.Replaced != "" {
		t.Errorf("the plan replaces %q (%v)", p.Replaced, err)
	}
	_, f = home(t, "qBittorrent.conf", "[Network]\nProxy\\Type=SOCKS5\nProxy\\IP=10.8.0.1\n")
	if p, err := Point(f, *guide(t, "qbittorrent-4.6", "127.0.0.1:8080").Apply); err != nil || p.Replaced != "10.8.0.1" {
		t.Errorf("the plan replaces %q (%v)", p.Replaced, err)
	}
}

// TestAProxyOfOneProtocolIsReplacedOnlyIfPresentAndIsRestored: aria2's http-proxy counts more than all-proxy. It is not
// added. If the user adds it later, Undo leaves it or, if a change replaced it, restores it. Undo also restores all-proxy as
// it was before the first change.
func TestAProxyOfOneProtocolIsReplacedOnlyIfPresentAndIsRestored(t *testing.T) {
	const own = "http-proxy=http://p.example:1\n"
	g := guide(t, "aria2", "127.0.0.1:8080")
	for _, before := range []string{"dir=/x\n", "dir=/x\nall-proxy=http://first.example:1\n"} {
		s, f := home(t, "aria2.conf", before)
		point(t, s, f, g)
		if !Leads(f, *g.Apply) || strings.Contains(content(t, f.Path), "http-proxy") {
			t.Fatalf("%s", content(t, f.Path))
		}
		added := content(t, f.Path) + own
		if err := os.WriteFile(f.Path, []byte(added), 0o600); err != nil {
			t.Fatal(err)
		}
		if Leads(f, *g.Apply) {
			t.Error("http trackers are led elsewhere")
		}
		backup, _ := f.Backup()
		kept := content(t, backup)
		back(t, s, f, g)
		if got := content(t, f.Path); got != before+own {
			t.Errorf("undone without a second change: %q", got)
		}
		for path, text := range map[string]string{f.Path: added, backup: kept} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if p := point(t, s, f, g); p.Replaced != "http://p.example:1" || !Leads(f, *g.Apply) {
			t.Errorf("replaces %q, %s", p.Replaced, content(t, f.Path))
		}
		back(t, s, f, g)
		if got := content(t, f.Path); got != before+own {
			t.Errorf("undone after a second change: %q", got)
		}
	}
}

func TestAFileThatIsNoSettingsFileIsNotChanged(t *testing.T) {
	for _, c := range []struct{ client, text string }{
		{transmission, ""},
		{transmission, "["},
		{transmission, "[]"},
		{transmission, `{"a": 1,}`},
		{transmission, `{"a": 1} {}`},
		{transmission, `{"a": 1`},
		{transmission, "\xef\xbb\xbf{}"},
		{"qbittorrent-4.6", "{}"},
		{"qbittorrent-4.6", "a\x00[b]"},
	} {
		_, f := home(t, "settings", c.text)
		var wrong *FormatError
		if _, err := Point(f, *guide(t, c.client, "127.0.0.1:8080").Apply); !errors.As(err, &wrong) {
			t.Errorf("%q: Point returned %v", c.text, err)
		}
		if content(t, f.Path) != c.text {
			t.Errorf("%q was changed", c.text)
		}
	}
}

func TestNothingIsWrittenWhileTheClientRuns(t *testing.T) {
	s, f := home(t, "settings.json", `{"a": 1}`)
	p, err := Point(f, *guide(t, transmission, "127.0.0.1:8080").Apply)
	if err != nil {
		t.Fatal(err)
	}
	me := os.Getuid()
	elsewhere := filepath.Join(t.TempDir(), "other")
	for _, c := range []struct {
		what  string
		runs  Process
		holds bool
	}{
		{"by its file", Process{PID: 7, Names: []string{"/usr/bin/transmission-gtk"}, User: me}, true},
		{"a program whose file was updated", Process{PID: 7, Names: []string{"/usr/bin/transmission-gtk (deleted)"}, User: me}, true},
		{"by its name, which Linux cuts", Process{PID: 7, Names: []string{"transmission-da"}, User: me}, true},
		{"of an unknown user", Process{PID: 7, Names: []string{"qbittorrent"}, User: -1}, true},
		{"of root", Process{PID: 7, Names: []string{"qbittorrent"}, User: 0}, true},
		{"with this folder", Process{PID: 7, Names: []string{"transmission-daemon"}, User: me, Args: []string{"x", "-g", filepath.Dir(f.Path)}}, true},
		{"with another folder", Process{PID: 7, Names: []string{"transmission-daemon"}, User: me, Args: []string{"x", "--config-dir=" + elsewhere}}, false},
		{"another user's", Process{PID: 7, Names: []string{"transmission-daemon"}, User: me + 1}, false},
		{"another program", Process{PID: 7, Names: []string{"transmission-remote-gtk", "transmission-r"}, User: me}, false},
	} {
		s.Processes = func() ([]Process, error) { return []Process{{PID: 1, Names: []string{"init"}}, c.runs}, nil }
		var running *RunningError
		err := s.Closed(p.File)
		if errors.As(err, &running) != c.holds || c.holds && running.PID != 7 {
			t.Errorf("%s: Closed returned %v", c.what, err)
		}
		if c.holds {
			if err := p.Apply(s); !errors.As(err, &running) {
				t.Errorf("%s: Apply returns %v, want an error that the client runs", c.what, err)
			}
		}
	}
	if got := content(t, f.Path); got != `{"a": 1}` {
		t.Errorf("the file became %s, want it unchanged", got)
	}
	if _, ok := f.Backup(); ok {
		t.Error("a backup was made")
	}
	s.Processes = func() ([]Process, error) { return nil, fs.ErrPermission }
	if err := p.Apply(s); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Apply without a list of processes returns %v, want ErrPermission", err)
	}
}

func TestARunningProcessIsFound(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	_, f := home(t, "settings.json", "{}")
	own := filepath.Join(t.TempDir(), "transmission-daemon")
	if err := os.WriteFile(own, b, 0o700); err != nil {
		t.Fatal(err)
	}
	s := Here()
	if err := s.Closed(File{Path: f.Path, Programs: []string{"bittoratio-test-nobody"}}); err != nil {
		t.Errorf("a program that does not run was found: %v", err)
	}
	cmd := exec.Command(own, "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	var running *RunningError
	if err := s.Closed(f); !errors.As(err, &running) || running.Program != "transmission-daemon" {
		t.Errorf("the running program was not found: %v", err)
	}
}

func TestAFileThatChangedSinceThePlanIsNotWritten(t *testing.T) {
	s, f := home(t, "settings.json", `{"a": 1}`)
	p, err := Point(f, *guide(t, transmission, "127.0.0.1:8080").Apply)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, []byte(`{"a": 2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(s); !errors.Is(err, ErrChanged) || content(t, f.Path) != `{"a": 2}` {
		t.Errorf("Apply: %v; the file is %s, want it unchanged", err, content(t, f.Path))
	}
}

func TestSymlinksAndFileModesAreKept(t *testing.T) {
	s, f := home(t, "real/settings.json", `{"a": 1}`)
	real := f.Path
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	f.Path = filepath.Join(s.Home, "link.json")
	if err := os.Symlink(filepath.Join("real", "settings.json"), f.Path); err != nil {
		t.Fatal(err)
	}
	point(t, s, f, guide(t, transmission, "127.0.0.1:8080"))
	link, err := os.Lstat(f.Path)
	if err != nil || link.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the symlink was replaced by a file: %v", err)
	}
	for _, path := range []string{real, real + backupSuffix} {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != 0o640 {
			t.Errorf("%s has mode %v (%v), want 0640", path, st.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(s.Home, "real", "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("the files are %v, want 2", left)
	}
}

func TestAFileThatCannotBeReplacedStaysAsItIs(t *testing.T) {
	s, f := home(t, "settings.json", `{"a": 1}`)
	p, err := Point(f, *guide(t, transmission, "127.0.0.1:8080").Apply)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.Path+backupSuffix, 0o700); err != nil { // so that nothing can be renamed to it
		t.Fatal(err)
	}
	if err := p.Apply(s); err == nil || content(t, f.Path) != `{"a": 1}` {
		t.Errorf("Apply: %v; the file is %s, want it unchanged", err, content(t, f.Path))
	}
	left, _ := filepath.Glob(filepath.Join(s.Home, "*"))
	if len(left) != 2 {
		t.Errorf("the files are %v, want 2", left)
	}
}

func TestFilesAreFoundOnEverySystem(t *testing.T) {
	for _, c := range []struct {
		os, client, path string
		env              map[string]string
		want             string
	}{
		{"linux", transmission, ".config/transmission/settings.json", nil, "Linux, GTK or Qt"},
		{"linux", transmission, "moved/transmission/settings.json", map[string]string{"XDG_CONFIG_HOME": "moved"}, "Linux, GTK or Qt"},
		{"linux", transmission, "etc/transmission-daemon/settings.json", nil, "Debian and Ubuntu, service"},
		{"linux", transmission, ".var/app/com.transmissionbt.Transmission/config/transmission/settings.json", nil, "Flatpak"},
		{"linux", transmission, "snap/transmission/current/.config/transmission/settings.json", nil, "Snap"},
		{"linux", "fragments", ".config/fragments/settings.json", nil, "Linux"},
		{"linux", "qbittorrent", ".var/app/org.qbittorrent.qBittorrent/config/qBittorrent/qBittorrent.conf", nil, "Flatpak"},
		{"linux", "deluge", ".var/app/org.deluge_torrent.deluge/config/deluge/core.conf", nil, "Flatpak"},
		{"darwin", transmission, "Library/Application Support/Transmission/settings.json", nil, "macOS"},
		{"darwin", "qbittorrent", ".config/qBittorrent/qBittorrent.ini", nil, "macOS"},
	} {
		s, f := home(t, c.path, "{}")
		s.OS = c.os
		s.Getenv = func(name string) string {
			if v := c.env[name]; v != "" {
				return filepath.Join(s.Home, v)
			}
			return ""
		}
		g, _ := clients.Find(c.client)
		rendered, err := g.Render(clients.Values{Addr: "127.0.0.1:8080"})
		if err != nil {
			t.Fatal(err)
		}
		found := s.Find(rendered)
		if len(found) != 1 || found[0].Path != f.Path || found[0].System != c.want || len(found[0].Programs) == 0 {
			t.Errorf("%s, %s: found %+v, want that file of %s", c.os, c.path, found, c.want)
		}
	}
	s := System{Paths: clients.Paths{OS: "windows", Getenv: func(name string) string { return map[string]string{"APPDATA": "/app"}[name] }}}
	if path, ok := s.Expand(`%APPDATA%\qBittorrent\qBittorrent.ini`); !ok || !strings.HasPrefix(path, "/app") {
		t.Errorf("the expanded path is %q, want it below /app", path)
	}
	if path, ok := s.Expand(`%LOCALAPPDATA%\x`); ok {
		t.Errorf("a path with a variable that is not set is expanded to %q", path)
	}
}

func TestTheProcessListOfMacOSIsRead(t *testing.T) {
	got := readPS("    1     0 /sbin/launchd\n  512   501 /Applications/Transmission.app/Contents/MacOS/Transmission\nrubbish\n")
	want := []Process{{PID: 1, User: 0, Names: []string{"/sbin/launchd"}}, {PID: 512, User: 501, Names: []string{"/Applications/Transmission.app/Contents/MacOS/Transmission"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the processes are %+v, want %+v", got, want)
	}
	readArgs(got, "    1 /sbin/launchd\n  512 /Applications/Transmission.app/Contents/MacOS/Transmission -g /Volumes/My Disk\n  600 x\nrubbish\n")
	if !slices.Equal(got[0].Args, []string{"/sbin/launchd"}) || !slices.Equal(got[1].Args, []string{want[1].Names[0], "-g", "/Volumes/My", "Disk"}) || !got[1].Joined {
		t.Errorf("the processes with their arguments are %+v; want an argument with a blank cut, in a line that is marked as joined", got)
	}
	blank := readPS("7 501 /Applications/My Apps/q.app/q\n8 501 q\n9 501 login\n")
	readArgs(blank, "7 /Applications/My Apps/q.app/q --profile=/x\n8 /usr/bin/q -a\n9 login-helper -x\n")
	if !slices.Equal(blank[0].Args, []string{"/Applications/My Apps/q.app/q", "--profile=/x"}) || !slices.Equal(blank[1].Args, []string{"/usr/bin/q", "-a"}) || !slices.Equal(blank[2].Args, []string{"login-helper", "-x"}) {
		t.Errorf("the processes with a blank in their path are %+v; want the path whole, and no arguments of another program", blank)
	}
}

// TestAFileIsFreeOnlyIfItsClientSurelyUsesAnotherFolder: a program whose options leave its folder open counts as using
// the file.
func TestAFileIsFreeOnlyIfItsClientSurelyUsesAnotherFolder(t *testing.T) {
	s, f := home(t, "settings.json", `{}`)
	c, _ := clients.Called("Transmission 4.1")
	f.Options = c.FolderOptions
	for args, free := range map[string]bool{
		"-g /srv/t": true, "-g/srv/t": true, "--config-dir=/srv/t": true, "-gsr /srv/t": false, "-g t": false, "-mg /srv/t": false,
		"-g /srv/t --config-dir=/srv/u": false, "--config /srv/t": false, "": false, "-g": false,
	} {
		s.Processes = func() ([]Process, error) {
			return []Process{{PID: 7, User: os.Getuid(), Dir: "/", Names: []string{"transmission-daemon"}, Args: append([]string{"x"}, strings.Fields(args)...)}}, nil
		}
		var running *RunningError
		if err := s.Closed(f); errors.As(err, &running) == free {
			t.Errorf("with the arguments %q the answer is %v; want that the file is free: %t", args, err, free)
		}
	}
	// A link to the file is in another folder, and is the same file.
	link := filepath.Join(t.TempDir(), "settings.json")
	if err := os.Symlink(f.Path, link); err != nil {
		t.Fatal(err)
	}
	s.Processes = func() ([]Process, error) {
		return []Process{{PID: 7, User: os.Getuid(), Names: []string{"transmission-daemon"}, Args: []string{"x", "-g", filepath.Dir(link)}}}, nil
	}
	var running *RunningError
	if err := s.Closed(f); !errors.As(err, &running) {
		t.Errorf("by a link: %v", err)
	}
}

// TestAFlatpakIsRecognised by its description, even without its variable, and by its variable. What it may see is in the
// description.
func TestAFlatpakIsRecognised(t *testing.T) {
	const head = "[Application]\nname=x\nfilesystems=home;\n\n[Context]\nshared=network;\n"
	for _, c := range []struct {
		info, id string
		there    bool
		want     Enclosure
	}{
		{"", "", false, Enclosure{}},
		{"", "", true, Enclosure{Flatpak: "org.bittoratio.BittOratio"}},
		{"", "org.x", false, Enclosure{Flatpak: "org.x"}},
		{head, "org.x", true, Enclosure{Flatpak: "org.x"}},
		{head + "filesystems=xdg-download;home:ro;\n", "org.x", true, Enclosure{Flatpak: "org.x"}},
		{head + "filesystems=xdg-download;home;\n", "org.x", true, Enclosure{Flatpak: "org.x", Files: true}},
		{head + "filesystems=host;\n", "org.x", true, Enclosure{Flatpak: "org.x", Files: true}},
	} {
		if got := enclosure(c.info, c.there, c.id); got != c.want {
			t.Errorf("the file %q gives %+v, want %+v", c.info, got, c.want)
		}
	}
	if e := Enclosed(); e.Flatpak != os.Getenv("FLATPAK_ID") {
		t.Errorf("this process is in %+v, want Flatpak %q", e, os.Getenv("FLATPAK_ID"))
	}
	do, undo := Enclosure{Flatpak: "org.x"}.Allow()
	if do != "flatpak override --user --filesystem=home org.x" || undo != "flatpak override --user --nofilesystem=home org.x" {
		t.Errorf("the commands are %q and %q", do, undo)
	}
}

// TestAFlatpakFindsFilesOutsideOfIt: in it, XDG_CONFIG_HOME is its own folder.
func TestAFlatpakFindsFilesOutsideOfIt(t *testing.T) {
	for _, env := range []map[string]string{
		{"FLATPAK_ID": "org.x", "XDG_CONFIG_HOME": "/none"},
		{"FLATPAK_ID": "org.x", "XDG_CONFIG_HOME": "/none", "HOST_XDG_CONFIG_HOME": ".config"},
		{"XDG_CONFIG_HOME": ".config", "HOST_XDG_CONFIG_HOME": "/none"},
	} {
		s, f := home(t, ".config/transmission/settings.json", "{}")
		s.Getenv = clients.Outside(func(name string) string {
			if env[name] == ".config" {
				return filepath.Join(s.Home, ".config")
			}
			return env[name]
		})
		if found := s.Find(guide(t, transmission, "127.0.0.1:8080")); len(found) != 1 || found[0].Path != f.Path {
			t.Errorf("%v: %+v", env, found)
		}
	}
}

func FuzzOtherMembersStay(f *testing.F) {
	for _, c := range texts {
		f.Add([]byte(c.before))
	}
	f.Add([]byte("{\"a\":{\"b\":[1,2,\"}\"]},\"proxy_url\":1,\"z\":\"\\\"\"}"))
	set := clients.Setting{Key: "proxy_url", Value: `"http://127.0.0.1:8080"`}
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := readObject(bytes.Clone(text))
		var before map[string]json.RawMessage
		if err != nil {
			return
		}
		if json.Unmarshal(text, &before) != nil {
			t.Fatalf("%q was accepted as an object", text)
		}
		_, had := o.get(set)
		o.put(set)
		var after map[string]json.RawMessage
		if err := json.Unmarshal(o.bytes(), &after); err != nil {
			t.Fatalf("%q became %q: %v", text, o.bytes(), err)
		}
		if got, has := o.get(set); !has || got != set.Value || string(after[set.Key]) != set.Value {
			t.Fatalf("%q became %q", text, o.bytes())
		}
		delete(after, set.Key)
		delete(before, set.Key)
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%q became %q", text, o.bytes())
		}
		o.remove(set)
		if _, has := o.get(set); has || !had && len(before) > 0 && !bytes.Equal(o.bytes(), text) {
			t.Fatalf("after the undo %q is %q", text, o.bytes())
		}
	})
}

func FuzzOtherLinesStay(f *testing.F) {
	for _, c := range texts {
		f.Add([]byte(c.before))
	}
	set := clients.Setting{Section: "Network", Key: `Proxy\Type`, Value: "SOCKS5"}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := readSections(text)
		if err != nil {
			return
		}
		if !bytes.Equal(s.bytes(), text) {
			t.Fatalf("%q is written again as %q", text, s.bytes())
		}
		_, had := s.get(set)
		before := map[string]int{}
		for _, l := range s.lines {
			before[strings.TrimRight(l, "\r\n")]++
		}
		s.put(set)
		if got, has := s.get(set); !has || got != set.Value {
			t.Fatalf("%q became %q", text, s.bytes())
		}
		if had {
			return
		}
		for _, l := range s.lines {
			before[strings.TrimRight(l, "\r\n")]--
		}
		for l, n := range before {
			if n > 0 {
				t.Fatalf("%q lost %q: %q", text, l, s.bytes())
			}
		}
		s.remove(set)
		if _, has := s.get(set); has {
			t.Fatalf("%q still has the setting: %q", text, s.bytes())
		}
	})
}
