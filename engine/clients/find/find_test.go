package find

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// rooted is a disk in memory, with absolute paths.
type rooted struct{ fstest.MapFS }

func (r rooted) Open(name string) (fs.File, error) {
	return r.MapFS.Open(strings.TrimPrefix(name, "/"))
}

func (r rooted) Stat(name string) (fs.FileInfo, error) {
	return r.MapFS.Stat(strings.TrimPrefix(name, "/"))
}

func (r rooted) ReadFile(name string) ([]byte, error) {
	return r.MapFS.ReadFile(strings.TrimPrefix(name, "/"))
}

func (r rooted) ReadDir(name string) ([]fs.DirEntry, error) {
	return r.MapFS.ReadDir(strings.TrimPrefix(name, "/"))
}

// computer is a computer in memory, with its files (root's programs end in *) and its processes.
func computer(system string, files map[string]string, processes ...file.Process) (c Computer, runs *[]string) {
	for i := range processes {
		if processes[i].User == 0 {
			processes[i].User = 1000
		}
	}
	disk, ran := fstest.MapFS{}, []string{}
	for name, text := range files {
		mode := fs.FileMode(0o644)
		if n, program := strings.CutSuffix(name, "*"); program {
			name, mode = n, 0o755
		}
		disk[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte(text), Mode: mode}
	}
	return Computer{
		Paths: clients.Paths{OS: system, Home: "/home/ada", Getenv: func(name string) string { return map[string]string{"PATH": "/home/ada/bin:/usr/bin"}[name] }},
		User:  1000, Disk: rooted{disk},
		Owner: func(path string) int {
			if strings.HasPrefix(path, "/home/") {
				return 1000
			}
			return 0
		},
		Run: func(_ context.Context, program string, args ...string) (string, error) {
			ran = append(ran, program+" "+strings.Join(args, " "))
			b, err := fs.ReadFile(rooted{disk}, program)
			return string(b), err
		},
		Processes: func() ([]file.Process, error) { return processes, nil },
		Installed: func() []Entry { return nil },
	}, &ran
}

// settings are the files of a computer.
type settings struct{ found, missing []file.File }

func (s settings) Find(clients.Guide) []file.File    { return s.found }
func (s settings) Missing(clients.Guide) []file.File { return s.missing }

func one(t *testing.T, found []Client) Client {
	t.Helper()
	if len(found) != 1 {
		t.Fatalf("found %+v, want one client", found)
	}
	return found[0]
}

func TestVersionsAreReadWithoutRunningTheProgramWherePossible(t *testing.T) {
	for name, c := range map[string]struct {
		files         map[string]string
		key, version  string
		program, runs string
	}{
		"Debian": {
			map[string]string{
				"/usr/bin/transmission-daemon*": "", "/var/lib/dpkg/status": "Package: transmission-cli\nStatus: deinstall ok config-files\nVersion: 2.94-1\n\n" +
					"Package: transmission-daemon\nStatus: install ok installed\nPriority: optional\nVersion: 1:3.00-2.1+deb12u1\n",
			}, "transmission", "3.00", "transmission-daemon", "",
		},
		"Debian's beta": {
			map[string]string{"/usr/bin/transmission-daemon*": "", "/var/lib/dpkg/status": "Package: transmission-daemon\nStatus: install ok installed\nVersion: 4.1.0~beta.2+dfsg-3\n"},
			"transmission", "4.1.0", "transmission-daemon", "",
		},
		"Arch":                {map[string]string{"/usr/bin/qbittorrent*": "", "/var/lib/pacman/local/qbittorrent-5.1.0-1/desc": ""}, "qbittorrent", "5.1.0", "qbittorrent", ""},
		"Alpine":              {map[string]string{"/usr/bin/aria2c*": "", "/lib/apk/db/installed": "C:Q1\nP:aria2\nV:1.37.0-r1\n\nP:x\n"}, "aria2", "1.37.0", "aria2c", ""},
		"asked":               {map[string]string{"/usr/local/bin/qbittorrent-nox*": "qBittorrent v4.5.2\n"}, "qbittorrent", "4.5.2", "qbittorrent-nox", "/usr/local/bin/qbittorrent-nox --version"},
		"asked by -h":         {map[string]string{"/usr/bin/rtorrent*": "Rakshasa's BitTorrent client version 0.9.8.\n"}, "rtorrent", "0.9.8", "rtorrent", "/usr/bin/rtorrent -h"},
		"the user's own":      {map[string]string{"/home/ada/bin/aria2c*": "aria2 version 1.36.0"}, "aria2", "", "aria2c", ""},
		"no program of it":    {map[string]string{"/usr/bin/biglybt*": "x"}, "biglybt", "", "biglybt", ""},
		"not what it prints":  {map[string]string{"/usr/bin/deluged*": "no version"}, "deluge", "", "deluged", "/usr/bin/deluged --version"},
		"a file of that name": {map[string]string{"/usr/bin/deluged": "", "/usr/bin/ktorrent*": ""}, "ktorrent", "", "ktorrent", ""},
	} {
		t.Run(name, func(t *testing.T) {
			on, runs := computer("linux", c.files)
			got := one(t, Find(t.Context(), on))
			if got.Key != c.key || got.Version != c.version || got.Program != c.program || got.Running() || strings.Join(*runs, ";") != c.runs {
				t.Errorf("found %+v, ran %q; want version %q, and %q run", got, *runs, c.version, c.runs)
			}
			on.User = 0
			*runs = nil
			if Find(t.Context(), on); len(*runs) > 0 {
				t.Errorf("as root the search ran %q, want nothing", *runs)
			}
		})
	}
}

func TestRunningClientsComeFirstWithServiceAndProxy(t *testing.T) {
	on, _ := computer("linux", map[string]string{
		"/usr/bin/qbittorrent*": "qBittorrent v5.1.0", "/usr/bin/transmission-gtk*": "transmission-gtk 4.0.5 (x)", "/opt/aria2c*": "aria2 version 1.37.0",
		"/proc/7/environ": "A=b\x00http_proxy=http://127.0.0.1:8080\x00restarted_by_bittoratio=http_proxy\x00", "/proc/7/cgroup": "0::/system.slice/aria2.service\n",
		"/proc/8/cgroup": "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n",
	}, file.Process{PID: 7, Names: []string{"aria2c", "/opt/aria2c"}}, file.Process{PID: 8, Names: []string{"transmission-gt", "/app/bin/transmission-gtk"}},
		file.Process{PID: 9, Names: []string{"transmission-gt", "/usr/bin/transmission-gtk (deleted)"}})
	found := Find(t.Context(), on)
	var names []string
	for _, f := range found {
		names = append(names, f.Program)
	}
	if !slices.Equal(names, []string{"transmission-gtk", "aria2c", "qbittorrent"}) {
		t.Fatalf("found %v, want those that run first", names)
	}
	if a := found[1]; a.Proxy != "http://127.0.0.1:8080" || !a.Restarted || a.Unit != "aria2.service" || a.UserUnit || a.Path != "/opt/aria2c" || a.Version != "1.37.0" {
		t.Errorf("the service is %+v", a)
	}
	if g := found[0]; !slices.Equal(g.PIDs, []int{9}) || g.Restarted || g.Unit != "" || g.Path != "/usr/bin/transmission-gtk" {
		t.Errorf("the running client is %+v", g)
	}
}

func TestAnEnabledServiceIsFoundWhileItIsStopped(t *testing.T) {
	for file, user := range map[string]bool{
		"/etc/systemd/system/multi-user.target.wants/transmission-daemon.service":         false,
		"/home/ada/.config/systemd/user/default.target.wants/transmission-daemon.service": true,
	} {
		on, _ := computer("linux", map[string]string{"/usr/bin/transmission-daemon*": "transmission-daemon 3.00 (x)", file: ""})
		if f := one(t, Find(t.Context(), on)); f.Unit != "transmission-daemon.service" || f.UserUnit != user {
			t.Errorf("found %+v", f)
		}
	}
	own := map[string]string{
		"/usr/bin/transmission-daemon*":                                           "",
		"/etc/systemd/system/multi-user.target.wants/transmission-daemon.service": "",
		"/home/ada/.config/transmission-daemon/torrents/a.torrent":                "",
	}
	on, _ := computer("linux", own)
	if f := one(t, Find(t.Context(), on)); f.Unit != "" {
		t.Errorf("a service that the package switched on, beside the torrents of a user who starts the program: %+v", f)
	}
	on, _ = computer("linux", own, file.Process{PID: 7, Names: []string{"transmission-da", "/usr/bin/transmission-daemon"}})
	if f := one(t, Find(t.Context(), on)); f.Unit != "" {
		t.Errorf("a program that runs outside of its service: %+v", f)
	}
	on, _ = computer("linux", map[string]string{"/usr/bin/transmission-daemon*": "", "/lib/systemd/system/transmission-daemon.service": ""})
	if f := one(t, Find(t.Context(), on)); f.Unit != "" {
		t.Errorf("a service that nobody switched on: %+v", f)
	}
}

// TestAProcessBelongsToTheServiceThatStartsIt, whatever the service's name. It belongs neither to another user's
// service nor to that of the terminal in which it was started.
func TestAProcessBelongsToTheServiceThatStartsIt(t *testing.T) {
	daemon := file.Process{PID: 7, Names: []string{"transmission-da", "/usr/bin/transmission-daemon"}}
	const mine, other = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/", "0::/user.slice/user-1001.slice/user@1001.service/app.slice/"
	for _, c := range []struct {
		group, unitFile, text string
		unit                  string
		user                  bool
	}{
		{mine + "transmission-daemon.service", "", "", "transmission-daemon.service", true},
		{other + "transmission-daemon.service", "", "", "", false},
		{mine + "box.service", "/home/ada/.config/systemd/user/box.service", "[Service]\nExecStart=-/usr/bin/transmission-daemon -f\n", "box.service", true},
		{mine + "box@1.service", "/usr/lib/systemd/user/box@.service", "[Service]\nExecStart=/usr/bin/nice transmission-daemon -f\n", "box@1.service", true},
		{"0::/system.slice/box.service", "/etc/systemd/system/box.service", "[Service]\nExecStart=/usr/bin/transmission-daemon -f\n", "box.service", false},
		{mine + "box.service", "/etc/systemd/user/box.service", "[Service]\nExecStart=\"/usr/bin/transmission-daemon\" -f\n", "box.service", true},
		{mine + "box.service", "/etc/systemd/user/box.service", "[Service]\nExecStart=/bin/sh -c 'transmission-daemon -f'\n", "box.service", true},
		{mine + "box.service", "/etc/systemd/user/box.service", "[Service]\nExecStart=/usr/bin/nice \\\n  transmission-daemon -f\n", "box.service", true},
		{mine + "gnome-terminal-server.service", "/usr/lib/systemd/user/gnome-terminal-server.service", "[Service]\nExecStart=/usr/libexec/gnome-terminal-server\n", "", false},
		{mine + "vte-spawn-1.scope", "", "", "", false},
	} {
		files := map[string]string{"/usr/bin/transmission-daemon*": "", "/proc/7/cgroup": c.group + "\n"}
		if c.unitFile != "" {
			files[c.unitFile] = c.text
		}
		on, _ := computer("linux", files, daemon)
		f := one(t, Find(t.Context(), on))
		if f.Unit != c.unit || f.UserUnit != c.user || (f.DropIn.Path != "") != c.user || !f.Restarts {
			t.Errorf("%s: found %+v, want unit %q", c.group, f, c.unit)
		}
	}
	// Only Linux shows how a process was started.
	on, _ := computer("darwin", map[string]string{"/usr/local/bin/transmission-daemon*": ""}, daemon)
	if f := one(t, Find(t.Context(), on)); f.Restarts {
		t.Errorf("found %+v", f)
	}
}

func TestVersionsOfFlatpaksSnapsBundlesAndWindowsEntriesAreRead(t *testing.T) {
	on, _ := computer("linux", map[string]string{
		"/var/lib/flatpak/app/com.transmissionbt.Transmission/current/active/files/share/metainfo/com.transmissionbt.Transmission.metainfo.xml": `<x><releases><release version="4.1.2" date="x"/><release version="4.0.6"/></releases></x>`,
	}, file.Process{PID: 3, Names: []string{"/app/bin/transmission-gtk"}})
	if f := one(t, Find(t.Context(), on)); f.Version != "4.1.2" || f.Sandbox != Flatpak || f.ID != "com.transmissionbt.Transmission" || !slices.Equal(f.PIDs, []int{3}) {
		t.Errorf("found %+v", f)
	}
	on, _ = computer("linux", map[string]string{"/snap/transmission/current/meta/snap.yaml": "name: transmission\nversion: '3.00'\n"})
	if f := one(t, Find(t.Context(), on)); f.Version != "3.00" || f.Sandbox != Snap {
		t.Errorf("found %+v", f)
	}
	on, _ = computer("darwin", map[string]string{"/Applications/Transmission.app/Contents/Info.plist": "<key>CFBundleShortVersionString</key>\n\t<string>4.0.6</string>"},
		file.Process{PID: 5, Names: []string{"/Applications/Transmission.app/Contents/MacOS/Transmission"}})
	if f := one(t, Find(t.Context(), on)); f.Version != "4.0.6" || !f.Running() {
		t.Errorf("found %+v", f)
	}
	on, _ = computer("windows", nil, file.Process{PID: 4, Names: []string{"qBittorrent.exe"}}, file.Process{PID: 5, Names: []string{"deluge.exe"}})
	on.Installed = func() []Entry {
		return []Entry{{"qBittorrent 5.0.4", "5.0.4", `C:\Program Files\qBittorrent`}, {"Delugeon", "1.0", ""}}
	}
	if f := one(t, Find(t.Context(), on)); f.Version != "5.0.4" || f.Key != "qbittorrent" || !slices.Equal(f.PIDs, []int{4}) {
		t.Errorf("found %+v", f)
	}
}

// TestEachDaemonHasItsOwnCard: each of several daemons has its own card: the usual one, those with another folder or
// home, another user's, and one in a container, which has its own network.
func TestEachDaemonHasItsOwnCard(t *testing.T) {
	daemon := func(pid, user int, args ...string) file.Process {
		return file.Process{PID: pid, User: user, Names: []string{"transmission-da", "/usr/bin/transmission-daemon"}, Args: append([]string{"transmission-daemon"}, args...)}
	}
	on, _ := computer("linux", map[string]string{
		"/usr/bin/transmission-daemon*": "",
		"/proc/5/cgroup":                "0::/system.slice/docker-0123.scope\n",
		"/proc/6/cgroup":                "0::/system.slice/transmission-daemon.service\n",
		"/proc/8/environ":               "HOME=/srv/ada\x00",
		"/proc/9/environ":               "HOME=/home/ada\x00http_proxy=x\x00",
	}, daemon(5, 1000), daemon(6, 117), daemon(7, 1000, "--config-dir", "/srv/one"), daemon(8, 1000), daemon(9, 1000, "-g", "/home/ada/.config/transmission-daemon"))
	var got []string
	for _, f := range Find(t.Context(), on) {
		got = append(got, fmt.Sprint(f.PIDs, f.Folder, " ", f.Foreign, f.Unit, " ", f.Sandbox, f.Proxy))
	}
	want := []string{"[6] truetransmission-daemon.service ", "[9] false x", "[7]/srv/one false ", "[8]/srv/ada/.config/transmission-daemon false ", "[5] false container"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	on, _ = computer("linux", map[string]string{"/proc/self/cgroup": "0::/docker/1\n", "/proc/5/cgroup": "0::/docker/1\n"}, daemon(5, 1000))
	if f := one(t, Find(t.Context(), on)); f.Sandbox != Native {
		t.Errorf("a client in this program's own container is %+v, want it native", f)
	}
}

// TestTheWayOfSetUpFitsTheVersion: a client is set up in the way that its version supports. If the version is unknown,
// no file is changed.
func TestTheWayOfSetUpFitsTheVersion(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	daemon := []string{"transmission-daemon"}
	plain := file.File{Path: write("plain.json", `{}`), Programs: daemon}
	old := file.File{Path: write("old.json", `{"prefetch-enabled": true}`), Programs: daemon}
	newer := file.File{Path: write("new.json", `{"default-trackers": "", "proxy_url": null}`), Programs: daemon}
	shared, made := newer, file.File{Path: filepath.Join(folder, "made.json"), Programs: daemon, New: true}
	shared.Shared = true
	entry := file.File{Path: filepath.Join(folder, "own.desktop"), New: true, From: write("its.desktop", "[Desktop Entry]\nExec=transmission-gtk %U\n")}
	qb := file.File{Path: write("qb.conf", "[Meta]\nMigrationVersion=4\n"), Programs: []string{"qbittorrent-nox"}}
	web := file.File{Path: write("web.conf", "[Meta]\nMigrationVersion=4\n[Preferences]\nWebUI\\Port=8090\n"), Programs: []string{"qbittorrent-nox"}}
	gui := file.File{Path: write("gui.conf", "[Meta]\nMigrationVersion=4\n"), Programs: []string{"qbittorrent"}}
	for _, c := range []struct {
		name       string
		client     Client
		files      []file.File
		missing    []file.File
		means      Means
		generation string
		known      bool
	}{
		{"4.1", Client{Version: "4.1.4"}, []file.File{newer}, nil, ByFile, "transmission-4.1", true},
		{"4.1 without a file", Client{Version: "4.1.4"}, nil, nil, ByHand, "transmission-4.1", true},
		{"4.1 before its first start", Client{Version: "4.1.4"}, nil, []file.File{made}, ByFile, "transmission-4.1", true},
		{"4.1 as a service", Client{Version: "4.1.4", Unit: "transmission-daemon.service"}, []file.File{shared}, []file.File{made}, ByCommand, "transmission-4.1", true},
		{"4.1 of another user", Client{Version: "4.1.4", Foreign: true, PIDs: []int{7}}, []file.File{newer}, nil, ByHand, "transmission-4.1", true},
		{"3.00 that runs", Client{Version: "3.00", PIDs: []int{7}, Restarts: true}, []file.File{old}, nil, ByRestart, "transmission-2.12", true},
		{"3.00 that runs, of another user", Client{Version: "3.00", PIDs: []int{7}, Restarts: true, Foreign: true}, []file.File{old}, nil, ByHand, "transmission-2.12", true},
		{"3.00 as a unit of the user", Client{Version: "3.00", Unit: "transmission-daemon.service", UserUnit: true, DropIn: file.File{Path: "/x.conf", New: true}}, nil, nil, ByDropIn, "transmission-2.12", true},
		{"3.00 as a unit of another user", Client{Version: "3.00", Unit: "transmission-daemon.service", UserUnit: true, Foreign: true, PIDs: []int{7}, DropIn: file.File{Path: "/x.conf", New: true}}, nil, nil, ByHand, "transmission-2.12", true},
		{"3.00 in the menus", Client{Version: "3.00", Entry: entry}, nil, nil, ByEntry, "transmission-2.12", true},
		{"in a container", Client{Sandbox: Container, ID: "docker-qbittorrent", Key: "docker", PIDs: []int{7}}, nil, nil, ByHand, "docker-qbittorrent", true},
		{"3.00", Client{Version: "3.00"}, []file.File{old}, nil, ByStart, "transmission-2.12", true},
		{"3.00 as a service", Client{Version: "3.00", Unit: "transmission-daemon.service"}, []file.File{old}, nil, ByCommand, "transmission-2.12", true},
		{"2.11", Client{Version: "2.11"}, []file.File{plain}, nil, ByFile, "transmission-1.50", true},
		{"unknown, by its file", Client{}, []file.File{newer}, nil, ByFile, "transmission-4.1", true},
		{"unknown, by an old file", Client{}, []file.File{old}, nil, ByStart, "transmission-2.12", true},
		{"unknown, with a file without a version", Client{}, []file.File{plain}, nil, ByStart, "transmission-4.1", false},
		{"unknown, with two files", Client{}, []file.File{old, newer}, nil, ByStart, "transmission-4.1", false},
		{"a Flatpak of 3.00", Client{Version: "3.00", Sandbox: Flatpak, ID: "com.transmissionbt.Transmission", Launch: "-"}, nil, nil, ByCommand, "transmission-2.12", true},
		{"qBittorrent 4.5 by its file", Client{Key: "qbittorrent", Program: "qbittorrent-nox", Launch: "qbittorrent-nox"}, []file.File{qb}, nil, ByFile, "qbittorrent-4.4.1", true},
		{"qBittorrent 4.5 that runs, without a web page", Client{Key: "qbittorrent", Program: "qbittorrent", Version: "4.5.2", PIDs: []int{7}}, []file.File{gui}, nil, ByFile, "qbittorrent-4.4.1", true},
		{"qBittorrent 4.5 that runs, with its web page", Client{Key: "qbittorrent", Program: "qbittorrent-nox", Version: "4.5.2", PIDs: []int{7}}, []file.File{web}, nil, ByRemote, "qbittorrent-4.4.1", true},
		{"qBittorrent 4.5 with its web page where the engine is", Client{Key: "qbittorrent", Program: "qbittorrent-nox", Version: "4.5.2", PIDs: []int{7}}, []file.File{qb}, nil, ByFile, "qbittorrent-4.4.1", true},
		{"rTorrent before its first start", Client{Key: "rtorrent", Program: "rtorrent", Version: "0.9.8"}, nil, []file.File{{Path: "/rc", Programs: []string{"rtorrent"}, New: true}}, ByFile, "rtorrent", true},
		{"rTorrent", Client{Key: "rtorrent", Program: "rtorrent", Version: "0.9.8", Launch: "rtorrent"}, nil, nil, ByHand, "rtorrent", true},
		{"a client of another list", Client{Key: "x"}, nil, nil, ByHand, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.client
			if f.Key == "" {
				f.Key, f.Program, f.Launch = "transmission", "transmission-daemon", "transmission-daemon"
			}
			if f.Sandbox == Flatpak {
				f.Program, f.Launch = "", ""
			}
			w := f.Way("127.0.0.1:8080", settings{c.files, c.missing})
			if w.Means != c.means || w.Generation.Key != c.generation || w.Known != c.known || (w.Do == "") != (w.Means != ByCommand) || w.Means == ByStart && w.Launch == "" || (len(w.File) > 0) != (w.Means == ByFile || w.Means == ByRemote || w.Means == ByDropIn || w.Means == ByEntry) {
				t.Errorf("the way is %+v, want %v of %s", w, c.means, c.generation)
			}
		})
	}
}

// TestTheAddressOfTheRemoteAccessFollowsTheSettings: at their port, path and address, and over https.
func TestTheAddressOfTheRemoteAccessFollowsTheSettings(t *testing.T) {
	folder := t.TempDir()
	for i, c := range []struct{ program, text, want string }{
		{"transmission-daemon", `{}`, "127.0.0.1:9091"},
		{"transmission-daemon", `{"rpc-port": 9092, "rpc-url": "/transmission/", "rpc-bind-address": "0.0.0.0"}`, "127.0.0.1:9092"},
		{"transmission-daemon", `{"rpc-url": "/box/"}`, "http://127.0.0.1:9091/box/rpc"},
		{"transmission-daemon", `{"rpc-url": "/box"}`, "http://127.0.0.1:9091/boxrpc"},
		{"transmission-daemon", `{"rpc_port": 9093, "rpc_url": "/box/", "rpc_enabled": true}`, "http://127.0.0.1:9093/box/rpc"},
		{"transmission-daemon", `{"rpc-bind-address": "127.0.0.2"}`, "127.0.0.2:9091"},
		{"transmission-daemon", `{"rpc-bind-address": "::"}`, "[::1]:9091"},
		{"transmission-daemon", `{"rpc-bind-address": "unix:/run/t.sock"}`, ""},
		{"transmission-daemon", `{"rpc-enabled": false}`, ""},
		{"transmission-gtk", `{}`, ""},
		{"qbittorrent-nox", "", "127.0.0.1:8080"},
		{"qbittorrent-nox", "[Preferences]\nWebUI\\Port=8443\nWebUI\\HTTPS\\Enabled=true\nWebUI\\Address=*\n", "https://127.0.0.1:8443"},
		{"qbittorrent", "[Preferences]\nWebUI\\Enabled=true\nWebUI\\Address=192.0.2.1\n", "192.0.2.1:8080"},
		{"qbittorrent", "[Preferences]\nWebUI\\Port=8443\n", ""},
		{"qbittorrent", "[Preferences]\nWebUI\\Enabled=true\nWebUI\\Port=18080\n", ""}, // the engine has that port
	} {
		key, _, _ := strings.Cut(c.program, "-")
		f := file.File{Path: filepath.Join(folder, fmt.Sprint(i)), Programs: []string{c.program}}
		if err := os.WriteFile(f.Path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		client := Client{Key: key, Program: c.program, Version: "4.1", PIDs: []int{7}}
		if w := client.Way("127.0.0.1:18080", settings{found: []file.File{f}}); w.Remote.Address != c.want {
			t.Errorf("%s %s: %q", c.program, c.text, w.Remote.Address)
		}
		if client.PIDs = nil; client.Way("127.0.0.1:18080", settings{found: []file.File{f}}).Remote.Address != "" {
			t.Errorf("%s %s: it does not run", c.program, c.text)
		}
	}
}

func TestServicesAndSandboxesAreSetUpByCommands(t *testing.T) {
	do, undo := unitCommands("transmission-daemon.service", false, []string{"http_proxy=http://127.0.0.1:8080", "no_proxy="})
	if do != `sudo mkdir -p /etc/systemd/system/transmission-daemon.service.d && printf '[Service]\nEnvironment=http_proxy=http://127.0.0.1:8080 no_proxy=\n' | sudo tee /etc/systemd/system/transmission-daemon.service.d/bittoratio.conf && sudo systemctl daemon-reload && sudo systemctl restart transmission-daemon.service` {
		t.Errorf("the command is %s", do)
	}
	if undo != "sudo rm /etc/systemd/system/transmission-daemon.service.d/bittoratio.conf && sudo systemctl daemon-reload && sudo systemctl restart transmission-daemon.service" {
		t.Errorf("the command of the undo is %s", undo)
	}
	if do, _ = unitCommands("x.service", true, []string{"a=b"}); strings.Contains(do, "sudo") || !strings.Contains(do, "systemctl --user restart x.service") {
		t.Errorf("the command is %s", do)
	}
	if c := flatpakCommand("--env=", []string{"http_proxy=http://127.0.0.1:8080"}, "a.b"); c != "flatpak override --user --env=http_proxy=http://127.0.0.1:8080 a.b" {
		t.Errorf("the command is %s, want %s", c, "flatpak override --user --env=http_proxy=http://127.0.0.1:8080 a.b")
	}
}

func TestAnEmptyComputerHasNoClients(t *testing.T) {
	on, _ := computer("linux", nil)
	on.Processes = func() ([]file.Process, error) { return nil, errors.New("no list") }
	if found := Find(t.Context(), on); len(found) != 0 {
		t.Errorf("found %+v, want nothing", found)
	}
}
