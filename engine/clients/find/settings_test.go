package find

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// closed is a disk on which some files may not be read.
type closed struct {
	rooted
	names []string
}

func (c closed) ReadFile(name string) ([]byte, error) {
	if slices.Contains(c.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.rooted.ReadFile(name)
}

// TestTheFileToChangeIsTheOneTheProcessReads, whatever option or variable names it. If that is not certain, no file is
// changed.
func TestTheFileToChangeIsTheOneTheProcessReads(t *testing.T) {
	const home = "HOME=/home/ada\x00"
	for _, c := range []struct {
		what, program, args string // the arguments are separated by |
		environ             string
		files               string // those that exist besides, separated by |
		want                string // the file, if it is another one than usual
		doubt               Doubt  // or why none is changed
		override            string // proxies, separated by blanks
		dir                 string // the folder in which it runs
	}{
		{"usual", "qbittorrent-nox", "", home, "", "", Certain, "", ""},
		{"profile", "qbittorrent-nox", "--profile=/srv/q", home, "", "/srv/q/qBittorrent/config/qBittorrent.conf", Certain, "", ""},
		{"configuration", "qbittorrent-nox", "--configuration=two", home, "", "/home/ada/.config/qBittorrent_two/qBittorrent.conf", Certain, "", ""},
		{"configuration in a profile", "qbittorrent", "--configuration=two|--profile=/srv/q", home, "", "/srv/q/qBittorrent_two/config/qBittorrent.conf", Certain, "", ""},
		{"configuration with odd characters", "qbittorrent", "--configuration=a/b", home, "", "", Unknown, "", ""},
		{"configuration and another folder for settings", "qbittorrent", "--configuration=two", home + "XDG_CONFIG_HOME=/x\x00", "", "/x/qBittorrent_two/qBittorrent.conf", Certain, "", ""},
		{"profile by a variable", "qbittorrent", "", home + "QBT_PROFILE=/srv/v\x00", "", "/srv/v/qBittorrent/config/qBittorrent.conf", Certain, "", ""},
		{"an option counts more than a variable", "qbittorrent", "--profile=/srv/q", home + "QBT_PROFILE=/srv/v\x00", "", "/srv/q/qBittorrent/config/qBittorrent.conf", Certain, "", ""},
		{"portable", "qbittorrent", "", home, "/usr/bin/profile/qBittorrent/config/qBittorrent.conf", "/usr/bin/profile/qBittorrent/config/qBittorrent.conf", Certain, "", ""},
		{"a relative profile", "qbittorrent", "--profile=q", home, "/srv/q/qBittorrent/config/qBittorrent.conf", "/srv/q/qBittorrent/config/qBittorrent.conf", Certain, "", "/srv"},
		{"a relative profile that is not there", "qbittorrent", "--profile=q", home, "", "", Unknown, "", "/srv"},
		{"a relative profile of a process whose folder is not known", "qbittorrent", "--profile=q", home, "", "", Unknown, "", ""},
		{"another folder for settings", "qbittorrent", "", home + "XDG_CONFIG_HOME=/x\x00", "", "/x/qBittorrent/qBittorrent.conf", Certain, "", ""},
		{"another home", "qbittorrent", "", "HOME=/srv/h\x00", "", "/srv/h/.config/qBittorrent/qBittorrent.conf", Certain, "", ""},
		{"another home, with the folder for settings that is usual here", "qbittorrent", "", "HOME=/srv/h\x00XDG_CONFIG_HOME=/home/ada/.config\x00", "", "", Certain, "", ""},
		{"another disk below the same path", "qbittorrent", "", home, "/home/ada/.config/qBittorrent/qBittorrent.conf|/proc/7/root/home/ada/.config/qBittorrent/qBittorrent.conf", "", Unknown, "", ""},
		{"a disk without the file", "qbittorrent", "--profile=/srv/q", home, "/srv/q/qBittorrent/config/qBittorrent.conf|/proc/7/root/x", "", Unknown, "", ""},
		{"a disk with a file that is not here", "qbittorrent", "", home, "/proc/7/root/home/ada/.config/qBittorrent/qBittorrent.conf", "", Unknown, "", ""},
		{"a disk on which the file is missing as it is here", "qbittorrent", "", home, "/proc/7/root/x", "", Certain, "", ""},
		{"variables that may not be read", "qbittorrent", "", "closed", "", "", Unknown, "", ""},
		{"variables that may not be read, and an option", "qbittorrent", "--profile=/srv/q", "closed", "", "/srv/q/qBittorrent/config/qBittorrent.conf", Certain, "", ""},

		{"letter", "transmission-daemon", "-f|-g|/srv/t", home, "", "/srv/t/settings.json", Certain, "", ""},
		{"letter and folder at once", "transmission-daemon", "-g/srv/t", home, "", "/srv/t/settings.json", Certain, "", ""},
		{"the word", "transmission-gtk", "--config-dir=/srv/t", home, "", "/srv/t/settings.json", Certain, "", ""},
		{"the usual folder by its name", "transmission-gtk", "-g|/home/ada/.config/transmission/", home, "", "", Certain, "", ""},
		{"a ratio, which is no folder", "transmission-daemon", "-gsr|2", home, "", "", Certain, "", ""},
		{"letters together", "transmission-gtk", "-mg|/srv/t", home, "", "", Unknown, "", ""},
		{"two different folders", "transmission-gtk", "-g|/srv/t|--config-dir|/srv/u", home, "", "", Unknown, "", ""},
		{"a log whose name has the letter", "transmission-daemon", "-e/var/log/transmission", home, "", "", Certain, "", ""},
		{"the service's folder", "transmission-daemon", "-g|/etc/transmission-daemon", home, "", "/etc/transmission-daemon/settings.json", Certain, "", ""},
		{"variable", "transmission-daemon", "", home + "TRANSMISSION_HOME=/srv/v\x00", "", "/srv/v/settings.json", Certain, "", ""},

		{"letter", "deluged", "-c|/srv/d", home, "", "/srv/d/core.conf", Certain, "", ""},
		{"the service's folder", "deluged", "-c|/var/lib/deluged/config", home, "", "/var/lib/deluged/config/core.conf", Certain, "", ""},
		{"the word", "deluged", "--config=/srv/d", home, "", "/srv/d/core.conf", Certain, "", ""},
		{"the word, abbreviated", "deluged", "--conf=/srv/d", home, "", "", Unknown, "", ""},
		{"letters together", "deluged", "-dc|/srv/d", home, "", "", Unknown, "", ""},
		{"a title in place of arguments", "deluge-gtk", "title", "deluge-gtk", "", "", Unknown, "", ""},
		{"a title, and its lock in the usual folder", "deluge-gtk", "title", "deluge-gtk", "/home/ada/.config/deluge/ipc/deluge-gtk.lock", "", Certain, "", ""},

		{"file", "aria2c", "--conf-path=/srv/a.conf", home, "", "/srv/a.conf", Certain, "", ""},
		{"file after a blank", "aria2c", "--conf-path|/srv/a.conf", home, "", "/srv/a.conf", Certain, "", ""},
		{"the second of the usual ones", "aria2c", "--conf-path=/home/ada/.config/aria2/aria2.conf", home, "/home/ada/.aria2/aria2.conf", "/home/ada/.config/aria2/aria2.conf", Certain, "", ""},
		{"none", "aria2c", "--no-conf", home, "", "", NoSettings, "", ""},
		{"not none", "aria2c", "--no-conf=false", home, "", "", Certain, "", ""},
		{"two places, of which one exists", "aria2c", "", "HOME=/srv/h\x00", "/srv/h/.config/aria2/aria2.conf", "/srv/h/.config/aria2/aria2.conf", Certain, "", ""},
		{"two places, of which none exists", "aria2c", "", "HOME=/srv/h\x00", "", "/srv/h/.aria2/aria2.conf", Certain, "", ""},
		{"another proxy", "aria2c", "--all-proxy=http://p:1", home, "", "", Overridden, "http://p:1", ""},
		{"this proxy", "aria2c", "--all-proxy=http://127.0.0.1:8080", home, "", "", Certain, "http://127.0.0.1:8080", ""},
		{"another proxy beside this one", "aria2c", "--http-proxy=http://p:1|--all-proxy=http://127.0.0.1:8080", home, "", "", Overridden, "http://p:1 http://127.0.0.1:8080", ""},
		{"this proxy beside another one", "aria2c", "--http-proxy=http://127.0.0.1:8080|--all-proxy=http://p:1", home, "", "", Overridden, "http://127.0.0.1:8080 http://p:1", ""},
		{"another proxy by a variable", "aria2c", "", home + "http_proxy=http://p:1/\x00", "", "", Overridden, "http://p:1/", ""},

		{"none", "rtorrent", "-n", home, "", "", NoSettings, "", ""},
		{"none but one", "rtorrent", "-n|-o|import=/srv/r.rc", home, "/srv/r.rc", "/srv/r.rc", Certain, "", ""},
		{"none but one, among other commands", "rtorrent", "-n|-o|directory=/x,try_import=/srv/r.rc,session=/y", home, "/srv/r.rc", "/srv/r.rc", Certain, "", ""},
		{"none but one, which is relative", "rtorrent", "-n|-O|import=r.rc", home, "/srv/r.rc", "/srv/r.rc", Certain, "", "/srv"},
		{"one more", "rtorrent", "-o|import=/srv/r.rc", home, "/srv/r.rc", "", Certain, "", ""},
		{"one more that is not there", "rtorrent", "-o|import=/srv/r.rc", home, "", "", Overridden, "", ""},
		{"another proxy", "rtorrent", "-o|network.http.proxy_address.set=p:1", home, "", "", Overridden, "p:1", ""},
		{"another home with its file", "rtorrent", "", "HOME=/srv/h\x00", "/srv/h/.rtorrent.rc", "/srv/h/.rtorrent.rc", Certain, "", ""},
		{"another folder for settings, in which it has none", "rtorrent", "", home + "XDG_CONFIG_HOME=/x\x00", "", "/home/ada/.rtorrent.rc", Certain, "", ""},
	} {
		t.Run(c.program+": "+c.what, func(t *testing.T) {
			at := "/usr/bin/" + c.program
			process := file.Process{PID: 7, Dir: c.dir, Names: []string{c.program[:min(len(c.program), 15)], at}, Args: append([]string{at}, strings.FieldsFunc(c.args, func(r rune) bool { return r == '|' })...)}
			if c.args == "title" {
				process.Names, process.Args = []string{c.program, "/usr/bin/python3.13"}, []string{c.program}
			}
			files := map[string]string{at + "*": "", "/proc/7/environ": c.environ}
			for f := range strings.FieldsFuncSeq(c.files, func(r rune) bool { return r == '|' }) {
				files[f] = "7"
			}
			on, _ := computer("linux", files, process)
			disk := closed{rooted: on.Disk.(rooted)}
			if c.environ == "closed" {
				disk.names = []string{"/proc/7/environ"}
			}
			on.Disk = disk
			var running []Client
			for _, f := range Find(t.Context(), on) {
				if f.Running() {
					running = append(running, f)
				}
			}
			got := one(t, running)
			if way := got.Way("127.0.0.1:8080", settings{}); got.Settings.Path != c.want || way.Doubt != c.doubt || strings.Join(got.Override, " ") != c.override {
				t.Errorf("got %+v, doubt %d; want the file %q, doubt %d, overridden by %q", got, way.Doubt, c.want, c.doubt, c.override)
			}
			usual := got.Folder == ""
			if usual != (c.want == "" || strings.HasPrefix(c.what, "the second")) || !usual && (!strings.HasSuffix(got.Title, ", "+got.Folder) || !slices.Contains(got.Settings.Programs, c.program)) {
				t.Errorf("got %+v; want the folder in the title, and the program to close, of a client with a folder of its own alone", got)
			}
		})
	}
}

// TestAPythonProgramInAFlatpakIsRecognised: its file is that of Python, which is not the application's.
func TestAPythonProgramInAFlatpakIsRecognised(t *testing.T) {
	const id = "org.deluge_torrent.deluge"
	on, _ := computer("linux", map[string]string{
		"/var/lib/flatpak/app/" + id + "/current/active/files/share/metainfo/" + id + ".metainfo.xml": `<release version="2.2.0"/>`, "/usr/bin/deluge-gtk*": "",
		"/proc/7/environ": "HOME=/home/ada\x00FLATPAK_ID=" + id + "\x00XDG_CONFIG_HOME=/home/ada/.var/app/" + id + "/config\x00",
		"/proc/8/environ": "HOME=/home/ada\x00FLATPAK_ID=org.example.Terminal\x00",
	}, file.Process{PID: 7, Names: []string{"deluge-gtk", "/usr/bin/python3.12", "/usr/bin/python3"}, Args: []string{"/usr/bin/python3", "/app/bin/deluge-gtk"}},
		file.Process{PID: 8, Names: []string{"deluge-gtk", "/usr/bin/python3.12", "/usr/bin/python3"}, Args: []string{"/usr/bin/python3", "/usr/bin/deluge-gtk"}})
	found := Find(t.Context(), on)
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprint(f.Sandbox, f.PIDs, f.Version, f.Folder))
	}
	slices.Sort(got)
	if want := []string{"Flatpak[7]2.2.0", "[8]"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestALockLinkShowsWhichProcessUsesAFolder: Deluge's lock is a link whose target is a process number, not a file.
func TestALockLinkShowsWhichProcessUsesAFolder(t *testing.T) {
	c, _ := named("deluge")
	for target, want := range map[string]bool{"7": true, "70": false, "8": false} {
		l := look{Computer: Here()}
		l.Paths = clients.Paths{OS: "linux", Home: t.TempDir(), Getenv: func(string) string { return "" }}
		folder := filepath.Join(l.Home, ".config/deluge/ipc")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(folder, "deluge-gtk.lock")); err != nil {
			t.Fatal(err)
		}
		if got := l.isLocked(file.Process{PID: 7}, &c); got != want {
			t.Errorf("a lock of process %s: isLocked is %v for process 7, want %v", target, got, want)
		}
	}
}

// TestOptionsNameTheSettingsOnWindowsAndMacOS: without variables, the options alone name the settings.
func TestOptionsNameTheSettingsOnWindowsAndMacOS(t *testing.T) {
	for _, c := range []struct {
		system, path, want string
		doubt              Doubt
		process            file.Process
	}{
		{"windows", `C:\Program Files\qBittorrent`, `D:\q/qBittorrent/config/qBittorrent.ini`, Certain, file.Process{PID: 4, Names: []string{"qbittorrent.exe"}, Args: []string{`C:\Program Files\qBittorrent\qbittorrent.exe`, `--profile=D:\q`}}},
		{"windows", `C:\Program Files\qBittorrent`, ``, Unknown, file.Process{PID: 4, Names: []string{"qbittorrent.exe"}, Args: []string{"qbittorrent.exe", `--profile=q`}}},
		{"windows", `C:\Program Files\qBittorrent`, ``, Certain, file.Process{PID: 4, Names: []string{"qbittorrent.exe"}, Args: []string{"qbittorrent.exe"}}},
		{"darwin", "/Applications/qbittorrent.app", "/Volumes/q/qBittorrent/config/qBittorrent.ini", Certain, file.Process{PID: 4, Names: []string{"/Applications/qbittorrent.app/Contents/MacOS/qbittorrent"}, Args: []string{"qbittorrent", "--profile=/Volumes/q"}}},
		{"darwin", "/Applications/qbittorrent.app", "", Unknown, file.Process{PID: 4, Joined: true, Names: []string{"/Applications/qbittorrent.app/Contents/MacOS/qbittorrent"}, Args: []string{"qbittorrent", "--profile=/Volumes/My", "Torrents"}}},
	} {
		on, _ := computer(c.system, map[string]string{"/Applications/qbittorrent.app/Contents/Info.plist": "<key>CFBundleShortVersionString</key><string>5.0.4</string>"}, c.process)
		on.Getenv = func(name string) string { return map[string]string{"APPDATA": `C:\Users\ada\AppData\Roaming`}[name] }
		if c.system == "windows" {
			on.Installed = func() []Entry { return []Entry{{"qBittorrent 5.0.4", "5.0.4", c.path}} }
		}
		f := one(t, Find(t.Context(), on))
		if f.Settings.Path != c.want || f.Doubt != c.doubt || !f.Running() || c.want != "" && !slices.Contains(f.Settings.Programs, "qbittorrent"+map[string]string{"windows": ".exe"}[c.system]) {
			t.Errorf("%s, %q: %+v", c.system, c.process.Args, f)
		}
	}
}

// TestTheRunningProgramIsTheOneToClose: Transmission for Windows has several programs, and only one of them runs.
func TestTheRunningProgramIsTheOneToClose(t *testing.T) {
	on, _ := computer("windows", nil, file.Process{PID: 4, User: -1, Names: []string{"transmission-daemon.exe"}, Args: []string{"x", "-g", `D:\t`}})
	on.Getenv = func(name string) string { return map[string]string{"LOCALAPPDATA": `C:\l`}[name] }
	on.Installed = func() []Entry { return []Entry{{"Transmission 4.1.0 (x64)", "4.1.0", `C:\Program Files\Transmission`}} }
	if f := one(t, Find(t.Context(), on)); f.Settings.Path != `D:\t/settings.json` || !slices.Equal(f.Settings.Programs, []string{"transmission-daemon.exe"}) {
		t.Errorf("the file is %+v, want that of the running transmission-daemon.exe in its folder", f.Settings)
	}
}

// TestUncertainSettingsAreNotChanged, nor through the remote access at the usual port, which may be another client's.
func TestUncertainSettingsAreNotChanged(t *testing.T) {
	shared := file.File{Path: "/x", Programs: []string{"qbittorrent-nox", "transmission-daemon"}, New: true}
	for _, doubt := range []Doubt{NoSettings, Unknown, Overridden} {
		for _, f := range []Client{
			{Key: "qbittorrent", Program: "qbittorrent-nox", Version: "5.0", PIDs: []int{7}, Doubt: doubt},
			{Key: "transmission", Program: "transmission-daemon", Version: "4.1", PIDs: []int{7}, Doubt: doubt},
		} {
			if w := f.Way("127.0.0.1:8080", settings{missing: []file.File{shared}}); w.Means != ByHand || len(w.File) > 0 || w.Remote.Address != "" || w.Doubt != doubt {
				t.Errorf("%s: %s", f.Key, fmt.Sprint(w))
			}
		}
	}
	// Variables need no file: the same program is restarted with the same options.
	f := Client{Key: "transmission", Program: "transmission-daemon", Version: "3.00", PIDs: []int{7}, Doubt: Unknown, Restarts: true, Launch: "transmission-daemon"}
	if w := f.Way("127.0.0.1:8080", settings{}); w.Means != ByRestart || w.Launch != "" {
		t.Errorf("the way is %+v, want a restart with the same options", w)
	}
	// A menu entry and a start from here would start it with its usual folder.
	f = Client{Key: "transmission", Program: "transmission-gtk", Version: "3.00", PIDs: []int{7}, Folder: "/srv/t", Launch: "transmission", Entry: file.File{Path: "/x.desktop", New: true}}
	if w := f.Way("127.0.0.1:8080", settings{}); w.Means != ByHand || w.Launch != "" {
		t.Errorf("the way is %+v, want steps for the user and no start", w)
	}
}
