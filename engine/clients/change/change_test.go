package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
)

const addr = "127.0.0.1:8080"

// idleSystem is a system on which nothing runs.
func idleSystem(home string) file.System {
	return file.System{
		Paths:     clients.Paths{OS: "linux", Home: home, Getenv: func(string) string { return "" }},
		Processes: func() ([]file.Process, error) { return nil, nil },
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// do plans and makes a change.
func do(t *testing.T, on file.System, w Wanted) *Plan {
	t.Helper()
	p, err := New(t.Context(), on, w)
	if err == nil {
		err = p.Apply(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAMissingSettingsFileIsCreatedAndUndoRemovesIt: a client that was never started has no settings file. The change
// makes one where the client reads it, and the undo removes it.
func TestAMissingSettingsFileIsCreatedAndUndoRemovesIt(t *testing.T) {
	for key, want := range map[string]struct{ program, path, text string }{
		"rtorrent":     {"rtorrent", ".rtorrent.rc", "network.http.proxy_address.set = http://127.0.0.1:8080\n"},
		"aria2":        {"aria2c", ".aria2/aria2.conf", "all-proxy=http://127.0.0.1:8080\n"},
		"deluge":       {"deluged", ".config/deluge/core.conf", `"hostname": "127.0.0.1"`},
		"transmission": {"transmission-daemon", ".config/transmission-daemon/settings.json", `"proxy_url": "http://127.0.0.1:8080"`},
	} {
		home := t.TempDir()
		on := idleSystem(home)
		on.Root = home // this computer may have such files of the system
		c := find.Client{Key: key, Program: want.program, Version: "4.1.4"}
		w := Wanted{Client: c, Way: c.Way(addr, on)}
		p := do(t, idleSystem(home), w)
		path := filepath.Join(home, want.path)
		if !p.Makes || p.Where != path || !strings.Contains(read(t, path), want.text) || !Undoable(w.Way) {
			t.Errorf("%s: plan %+v, file %q; want it created with %q", key, p, read(t, path), want.text)
		}
		w.Back = true
		do(t, idleSystem(home), w)
		if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
			t.Errorf("%s: these files are left: %q", key, left)
		}
	}
}

// TestUndoOfACreatedFileKeepsWhatTheClientWrote: the undo removes the settings that the change made, and keeps those
// that the client has written into the same file.
func TestUndoOfACreatedFileKeepsWhatTheClientWrote(t *testing.T) {
	home := t.TempDir()
	c := find.Client{Key: "aria2", Program: "aria2c", Version: "1.36.0"}
	w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
	do(t, idleSystem(home), w)
	path := filepath.Join(home, ".aria2/aria2.conf")
	write(t, path, read(t, path)+"dir=/srv\n")
	w.Back = true
	do(t, idleSystem(home), w)
	if got := read(t, path); got != "dir=/srv\n" {
		t.Errorf("the file is %q, want %q", got, "dir=/srv\n")
	}
}

func TestAMenuEntryIsCopiedAndChangedAndUndoRemovesTheCopy(t *testing.T) {
	home := t.TempDir()
	its := filepath.Join(home, "usr/share/applications/transmission-gtk.desktop")
	write(t, its, "# a comment\n[Desktop Entry]\nName=Transmission\nExec=transmission-gtk %U\nDBusActivatable=true\nActions=Pause;\n\n[Desktop Action Pause]\nExec=transmission-gtk --paused\n")
	f := file.File{Path: filepath.Join(home, ".local/share/applications/transmission-gtk.desktop"), New: true, From: its}
	c := find.Client{Key: "transmission", Program: "transmission-gtk", Version: "3.00", Launch: "transmission", Entry: f}
	w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
	if w.Way.Means != find.ByEntry {
		t.Fatalf("the way is %+v", w.Way)
	}
	do(t, idleSystem(home), w)
	const variables = "env http_proxy=http://127.0.0.1:8080 https_proxy=http://127.0.0.1:8080 no_proxy= "
	want := "# a comment\n[Desktop Entry]\nName=Transmission\nExec=" + variables + "transmission-gtk %U\nDBusActivatable=false\nActions=Pause;\n\n[Desktop Action Pause]\nExec=" + variables + "transmission-gtk --paused\n"
	if got := read(t, f.Path); got != want {
		t.Errorf("the menu entry is %s, want %s", got, want)
	}
	// From now on the file counts as the user's own. At another port the variables are replaced, not added a second
	// time.
	c.Entry = file.File{Path: f.Path, New: true}
	w.Way = c.Way("127.0.0.1:8081", idleSystem(home))
	do(t, idleSystem(home), w)
	if got := read(t, f.Path); got != strings.ReplaceAll(want, "8080", "8081") {
		t.Errorf("the menu entry is %s", got)
	}
	write(t, its, read(t, its)+"\n# a later version\n")
	w.Way, w.Back = c.Way("127.0.0.1:8081", idleSystem(home)), true
	do(t, idleSystem(home), w)
	if left, _ := filepath.Glob(f.Path + "*"); len(left) > 0 {
		t.Errorf("these files are left: %q", left)
	}
	if !strings.Contains(read(t, its), "Exec=transmission-gtk %U") {
		t.Error("the system's entry was changed")
	}
}

// TestUndoOfAMenuEntryKeepsWhatTheUserChanged: the undo removes the variables from a menu entry, also from a copy that
// the change made, and keeps what the user has changed in it since then.
func TestUndoOfAMenuEntryKeepsWhatTheUserChanged(t *testing.T) {
	for _, own := range []bool{false, true} {
		home := t.TempDir()
		f := file.File{Path: filepath.Join(home, "own.desktop"), New: true}
		const text = "[Desktop Entry]\nName=Transmission\nExec=env http_proxy=http://corp:1 transmission-gtk\nDBusActivatable=true\n\n[Desktop Action Pause]\nExec=transmission-gtk --paused\n"
		if own {
			write(t, f.Path, text)
		} else {
			f.From = filepath.Join(home, "its.desktop")
			write(t, f.From, text)
		}
		c := find.Client{Key: "transmission", Program: "transmission-gtk", Version: "3.00", Launch: "transmission", Entry: f}
		w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
		do(t, idleSystem(home), w)
		edited := strings.ReplaceAll(read(t, f.Path), "--paused", "--minimized") + "\n[Desktop Action Own]\nExec=own\n"
		write(t, f.Path, edited)
		c.Entry.From = ""
		w.Way, w.Back = c.Way(addr, idleSystem(home)), true
		do(t, idleSystem(home), w)
		if got, want := read(t, f.Path), strings.ReplaceAll(text, "--paused", "--minimized")+"\n[Desktop Action Own]\nExec=own\n"; got != want {
			t.Errorf("the menu entry is\n%s\nwant\n%s", got, want)
		}
	}
}

// TestUndoWorksAfterTheClientWasUpdated: a client that was updated is set up in another way, but a change
// for its earlier version can still be undone.
func TestUndoWorksAfterTheClientWasUpdated(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PATH", home) // a folder without systemctl
	f := file.File{Path: filepath.Join(home, "own.desktop"), New: true, From: filepath.Join(home, "its.desktop")}
	write(t, f.From, "[Desktop Entry]\nExec=transmission-gtk\n")
	drop := file.File{Path: filepath.Join(home, "x.service.d/bittoratio.conf"), New: true}
	on := idleSystem(home)
	on.Root = home
	for _, c := range []find.Client{
		{Key: "transmission", Program: "transmission-gtk", Version: "3.00", Launch: "transmission", Entry: f},
		{Key: "transmission", Program: "transmission-daemon", Version: "3.00", Launch: "transmission-daemon", Unit: "x.service", UserUnit: true, DropIn: drop},
	} {
		set := func(want find.Means, back bool) {
			t.Helper()
			w := Wanted{Client: c, Way: c.Way(addr, on), Back: back}
			if back && !Undoable(w.Way) {
				t.Fatalf("%s: the change cannot be undone", c.Program)
			}
			p, err := New(t.Context(), on, w)
			if err != nil {
				t.Fatal(err)
			}
			var command *CommandError
			if err := p.Apply(t.Context()); p.Means != want || err != nil && !errors.As(err, &command) {
				t.Fatalf("%s: plan %+v, want %v; Apply: %v", c.Program, p, want, err)
			}
		}
		first := find.ByEntry
		if c.UserUnit {
			first = find.ByDropIn
		}
		set(first, false)
		c.Version = "4.1.4"
		set(find.ByFile, false)
		set(find.ByFile, true)
		set(first, true)
		if Undoable(c.Way(addr, on)) {
			t.Errorf("%s: after the undo there is still something to undo", c.Program)
		}
	}
	for _, path := range []string{f.Path, drop.Path} {
		if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
			t.Errorf("these files are left: %q", left)
		}
	}
}

// TestAMenuEntryRemovedByHandIsCreatedAgain: if the user has removed the copy of a menu entry, it is made again,
// and its undo removes it.
func TestAMenuEntryRemovedByHandIsCreatedAgain(t *testing.T) {
	home := t.TempDir()
	its := filepath.Join(home, "its.desktop")
	write(t, its, "[Desktop Entry]\nExec=transmission-gtk\n")
	f := file.File{Path: filepath.Join(home, "own.desktop"), New: true, From: its}
	c := find.Client{Key: "transmission", Program: "transmission-gtk", Version: "3.00", Launch: "transmission", Entry: f}
	do(t, idleSystem(home), Wanted{Client: c, Way: c.Way(addr, idleSystem(home))})
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	write(t, its, "[Desktop Entry]\nExec=transmission-gtk --later\n")
	do(t, idleSystem(home), Wanted{Client: c, Way: c.Way(addr, idleSystem(home))})
	do(t, idleSystem(home), Wanted{Client: c, Way: c.Way(addr, idleSystem(home)), Back: true})
	if left, _ := filepath.Glob(f.Path + "*"); len(left) > 0 {
		t.Errorf("these files are left: %q", left)
	}
}

// TestUndoRestoresTheUsersOwnMenuEntry: the undo restores the command in a menu entry that the user made.
func TestUndoRestoresTheUsersOwnMenuEntry(t *testing.T) {
	home := t.TempDir()
	f := file.File{Path: filepath.Join(home, "own.desktop"), New: true}
	const before = "[Desktop Entry]\nExec=env A=b transmission-gtk\nDBusActivatable=true\n"
	write(t, f.Path, before)
	c := find.Client{Key: "transmission", Program: "transmission-gtk", Version: "3.00", Launch: "transmission", Entry: f}
	w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
	do(t, idleSystem(home), w)
	if got := read(t, f.Path); !strings.Contains(got, "no_proxy= env A=b transmission-gtk\nDBusActivatable=false") {
		t.Errorf("got %s", got)
	}
	w.Way, w.Back = c.Way(addr, idleSystem(home)), true
	do(t, idleSystem(home), w)
	if got := read(t, f.Path); got != before {
		t.Errorf("got %s, want %s", got, before)
	}
}

// TestAUserUnitGetsADropIn: a systemd unit of the user gets a drop-in, and the commands that activate it are run.
// If they fail, the error has them for a terminal.
func TestAUserUnitGetsADropIn(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "bin/systemctl"), "#!/bin/sh\necho \"$@\" >> '"+home+"/calls'\n[ -e '"+home+"/fails' ] && echo no bus && exit 1\nexit 0\n")
	if err := os.Chmod(filepath.Join(home, "bin/systemctl"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
	f := file.File{Path: filepath.Join(home, ".config/systemd/user/transmission-daemon.service.d/bittoratio.conf"), New: true}
	c := find.Client{Key: "transmission", Program: "transmission-daemon", Version: "3.00", Launch: "transmission-daemon", Unit: "transmission-daemon.service", UserUnit: true, DropIn: f, PIDs: []int{1}, Restarts: true}
	w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
	p := do(t, idleSystem(home), w)
	if got := read(t, f.Path); p.Means != find.ByDropIn || got != "[Service]\nEnvironment=\"http_proxy=http://127.0.0.1:8080\" \"https_proxy=http://127.0.0.1:8080\" \"no_proxy=\"\n" {
		t.Errorf("plan %+v, drop-in %s; want the proxy's variables", p, got)
	}
	if got := read(t, filepath.Join(home, "calls")); got != "--user daemon-reload\n--user restart transmission-daemon.service\n" {
		t.Errorf("got %s, want %s", got, "--user daemon-reload\n--user restart transmission-daemon.service\n")
	}
	write(t, filepath.Join(home, "fails"), "")
	w.Back = true
	p, err := New(t.Context(), idleSystem(home), w)
	if err != nil {
		t.Fatal(err)
	}
	var failed *CommandError
	if err := p.Apply(t.Context()); !errors.As(err, &failed) || failed.Command != w.Way.Then || !strings.Contains(err.Error(), "no bus") {
		t.Errorf("unexpected result: %v", err)
	}
	if _, err := os.Stat(f.Path); err == nil {
		t.Error("the drop-in is left, though its activation failed")
	}
}

// webPage is a qBittorrent with a password, whose preferences can be changed, except a stubborn one.
func webPage(t *testing.T, prefs map[string]any, stubborn *string) (at string, requests *[]string) {
	t.Helper()
	var all []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Header.Get("Referer") != "http://"+r.Host {
			t.Errorf("a request without the right Referer: %v, %q", err, r.Header)
		}
		method := strings.TrimPrefix(r.URL.Path, "/api/v2/")
		all = append(all, method)
		switch k, _ := r.Cookie("SID"); {
		case method == "auth/login" && r.Form.Get("password") == "hunter2":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "x"})
			fmt.Fprint(w, "Ok.")
		case method == "auth/login":
			fmt.Fprint(w, "Fails.")
		case k == nil:
			http.Error(w, "Forbidden", http.StatusForbidden)
		case method == "app/preferences":
			_ = json.NewEncoder(w).Encode(prefs)
		case method == "app/setPreferences":
			var given map[string]any
			if err := json.Unmarshal([]byte(r.Form.Get("json")), &given); err != nil {
				t.Errorf("unexpected result: %v", err)
			}
			for name, value := range given {
				if name != *stubborn && fmt.Sprintf("%T", value) == fmt.Sprintf("%T", prefs[name]) { // like qBittorrent, it ignores other kinds
					prefs[name] = value
				}
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), &all
}

func TestARunningClientIsChangedAndRestoredThroughItsWebPage(t *testing.T) {
	home := t.TempDir()
	conf := filepath.Join(home, ".config/qBittorrent/qBittorrent.conf")
	const before = "[Meta]\nMigrationVersion=4\n\n[Preferences]\nWebUI\\Port=8090\n"
	write(t, conf, before)
	prefs := map[string]any{"proxy_type": 1.0, "proxy_ip": "10.0.0.1", "proxy_port": 3128.0, "proxy_torrents_only": false, "proxy_hostname_lookup": true, "proxy_peer_connections": true, "other": 7}
	at, requests := webPage(t, prefs, new(string))
	c := find.Client{Key: "qbittorrent", Program: "qbittorrent-nox", Version: "4.5.2", PIDs: []int{1}}
	w := Wanted{Client: c, Way: c.Way(addr, idleSystem(home))}
	if w.Way.Means != find.ByRemote || w.Way.Remote.Address != "127.0.0.1:8090" || w.Way.Remote.User != "admin" || !w.Way.Remote.Asks {
		t.Fatalf("the way is %+v", w.Way)
	}
	var no *remote.Error
	for _, login := range []remote.Access{{Address: at}, {Address: at, User: "admin", Password: "wrong"}} {
		w.Access = login
		if _, err := New(t.Context(), idleSystem(home), w); !errors.As(err, &no) || no.Kind != remote.WrongLogin {
			t.Fatalf("with a wrong password: %v, want WrongLogin", err)
		}
	}
	w.Access = remote.Access{Address: at, User: "admin", Password: "hunter2"}
	p := do(t, idleSystem(home), w)
	if len(p.Changes) != 5 || p.Replaced != "10.0.0.1:3128" {
		t.Errorf("the plan is %+v", p)
	}
	if got := fmt.Sprintln(prefs["proxy_type"], prefs["proxy_ip"], prefs["proxy_port"], prefs["proxy_torrents_only"], prefs["proxy_peer_connections"], prefs["other"]); got != "2 127.0.0.1 8080 true false 7\n" {
		t.Errorf("got %s, want %s", got, "2 127.0.0.1 8080 true false 7\n")
	}
	if got := strings.Join(*requests, " "); !strings.HasSuffix(got, "app/setPreferences app/preferences torrents/reannounce auth/logout") {
		t.Errorf("got %s", got)
	}
	if names, _ := filepath.Glob(conf + "*"); len(names) != 3 {
		t.Errorf("the files are %q", names)
	}
	for _, name := range []string{conf, conf + ".before-bittoratio", conf + ".before-bittoratio.json"} {
		if text := read(t, name); strings.Contains(text, "hunter2") {
			t.Errorf("file %s has the password", name)
		}
	}
	if again, err := New(t.Context(), idleSystem(home), w); err != nil || len(again.Changes) != 0 || again.Replaced != "" {
		t.Errorf("the same change again is %+v (%v), want nothing to change", again, err)
	}
	w.Back = true
	do(t, idleSystem(home), w)
	if got := fmt.Sprintln(prefs["proxy_type"], prefs["proxy_ip"], prefs["proxy_port"], prefs["proxy_torrents_only"], prefs["proxy_peer_connections"]); got != "1 10.0.0.1 3128 false true\n" {
		t.Errorf("got %s, want %s", got, "1 10.0.0.1 3128 false true\n")
	}
	if names, _ := filepath.Glob(conf + "*"); len(names) != 1 || read(t, conf) != before {
		t.Errorf("the files are %q", names)
	}
}

// changeable is a qBittorrent with a file, and a web page without a password.
type changeable struct {
	t     *testing.T
	conf  string
	prefs map[string]any
	c     find.Client
	on    file.System
	at    remote.Access

	stubborn string // a preference that it does not accept
}

const confBefore = "[Meta]\nMigrationVersion=4\n\n[Network]\nProxy\\Type=HTTP\nProxy\\IP=10.0.0.1\nProxy\\Port=@Variant(\\0\\0\\0\\x85\\f8)\n\n[Preferences]\nWebUI\\Port=8090\n"

func newChangeable(t *testing.T) *changeable {
	home := t.TempDir()
	b := &changeable{t: t, conf: filepath.Join(home, ".config/qBittorrent/qBittorrent.conf"), on: idleSystem(home)}
	write(t, b.conf, confBefore)
	b.prefs = map[string]any{"proxy_type": 1.0, "proxy_ip": "10.0.0.1", "proxy_port": 3128.0}
	address, _ := webPage(t, b.prefs, &b.stubborn)
	b.at = remote.Access{Address: address, User: "admin", Password: "hunter2"}
	b.c = find.Client{Key: "qbittorrent", Program: "qbittorrent-nox", Version: "4.5.2"}
	return b
}

// wanted is a change through the web page if the client runs, otherwise in its file.
func (b *changeable) wanted(runs bool, addr string, back bool) Wanted {
	b.c.PIDs = nil
	if runs {
		b.c.PIDs = []int{1}
	}
	w := Wanted{Client: b.c, Way: b.c.Way(addr, b.on), Access: b.at, Back: back}
	if (w.Way.Means == find.ByRemote) != runs {
		b.t.Fatalf("the way is %+v", w.Way)
	}
	return w
}

// start is a start of the client: it reads its file.
func (b *changeable) start() {
	if strings.Contains(read(b.t, b.conf), "127.0.0.1") {
		b.prefs["proxy_type"], b.prefs["proxy_ip"], b.prefs["proxy_port"] = 2.0, "127.0.0.1", 8080.0
	}
}

func (b *changeable) mustBeAsBefore() {
	b.t.Helper()
	if got := fmt.Sprintf("%v %v %v", b.prefs["proxy_type"], b.prefs["proxy_ip"], b.prefs["proxy_port"]); got != "1 10.0.0.1 3128" {
		b.t.Errorf("the client's preferences are %s, want %s", got, "1 10.0.0.1 3128")
	}
	b.fileMustBeAsBefore()
}

func (b *changeable) fileMustBeAsBefore() {
	b.t.Helper()
	if names, _ := filepath.Glob(b.conf + "*"); len(names) != 1 || read(b.t, b.conf) != confBefore {
		b.t.Errorf("the files are %q, the settings %s; want only those from before", names, read(b.t, b.conf))
	}
}

// TestAnUpdatedClientIsChangedBeforeItWritesItsFile: qBittorrent writes its file some seconds after its start.
func TestAnUpdatedClientIsChangedBeforeItWritesItsFile(t *testing.T) {
	b := newChangeable(t)
	b.c.Version = "5.1.0"
	b.prefs["proxy_type"] = "HTTP"
	if do(t, b.on, b.wanted(true, addr, false)); b.prefs["proxy_type"] != "SOCKS5" || b.prefs["proxy_ip"] != "127.0.0.1" {
		t.Errorf("the preferences of the client are %v", b.prefs)
	}
	if do(t, b.on, b.wanted(true, addr, true)); b.prefs["proxy_type"] != "HTTP" || b.prefs["proxy_ip"] != "10.0.0.1" {
		t.Errorf("after the undo the preferences of the client are %v", b.prefs)
	}
	b.fileMustBeAsBefore()
}

// TestUndoRestoresTheStateBeforeTheFirstChange: after several changes, in any order, the undo restores what was
// there before the first one.
func TestUndoRestoresTheStateBeforeTheFirstChange(t *testing.T) {
	t.Run("the file, then the web page", func(t *testing.T) {
		b := newChangeable(t)
		do(t, b.on, b.wanted(false, addr, false))
		b.start()
		do(t, b.on, b.wanted(true, "127.0.0.1:8081", false))
		// The file has the value from before the change: so it is restored there, once the client is closed.
		if p := do(t, b.on, b.wanted(true, addr, true)); p.Means != find.ByFile {
			t.Errorf("the plan is %+v", p)
		}
		b.fileMustBeAsBefore()
	})
	t.Run("the web page twice, and the client has not written its file", func(t *testing.T) {
		b := newChangeable(t)
		if p := do(t, b.on, b.wanted(true, addr, false)); p.Replaced != "10.0.0.1:3128" {
			t.Errorf("the plan replaces %q, want %q", p.Replaced, "10.0.0.1:3128")
		}
		if p := do(t, b.on, b.wanted(true, "127.0.0.1:8081", false)); p.Replaced != "" {
			t.Errorf("the plan replaces %q, want nothing but this program's own address", p.Replaced)
		}
		do(t, b.on, b.wanted(true, addr, true))
		b.mustBeAsBefore()
	})
	t.Run("the web page, then the file, which is put back, and both once more", func(t *testing.T) {
		b := newChangeable(t)
		do(t, b.on, b.wanted(true, addr, false))
		do(t, b.on, b.wanted(false, "127.0.0.1:8081", false))
		do(t, b.on, b.wanted(false, addr, true))
		b.fileMustBeAsBefore()
		b.prefs["proxy_type"], b.prefs["proxy_ip"] = 1.0, "10.0.0.2" // the user's choice since then
		b.prefs["proxy_port"] = 3128.0
		do(t, b.on, b.wanted(true, addr, false))
		do(t, b.on, b.wanted(true, addr, true))
		if b.prefs["proxy_ip"] != "10.0.0.2" {
			t.Errorf("the preferences are %v", b.prefs)
		}
	})
	t.Run("the web page, taken back by hand, then the file and the web page", func(t *testing.T) {
		b := newChangeable(t)
		do(t, b.on, b.wanted(true, addr, false))
		b.prefs["proxy_type"], b.prefs["proxy_ip"], b.prefs["proxy_port"] = 1.0, "10.0.0.1", 3128.0
		do(t, b.on, b.wanted(false, addr, false))
		b.start()
		do(t, b.on, b.wanted(true, "127.0.0.1:8081", false))
		do(t, b.on, b.wanted(true, addr, true)) // in the file, where the first change was made
		b.fileMustBeAsBefore()
	})
	t.Run("the web page, then a proxy of the user's own", func(t *testing.T) {
		for _, written := range []bool{false, true} { // the client has written its file
			b := newChangeable(t)
			do(t, b.on, b.wanted(true, addr, false))
			b.prefs["proxy_type"], b.prefs["proxy_ip"], b.prefs["proxy_port"] = 1.0, "proxy.example", 3129.0
			if written {
				write(t, b.conf, strings.ReplaceAll(confBefore, "10.0.0.1", "proxy.example"))
			}
			if p := do(t, b.on, b.wanted(true, addr, false)); p.Replaced != "proxy.example:3129" {
				t.Errorf("the plan replaces %q, want %q", p.Replaced, "proxy.example:3129")
			}
			do(t, b.on, b.wanted(true, addr, true))
			if b.prefs["proxy_ip"] != "proxy.example" || b.prefs["proxy_port"] != 3129.0 {
				t.Errorf("the preferences are %v", b.prefs)
			}
		}
	})
	t.Run("a file that was made, then another port", func(t *testing.T) {
		home := t.TempDir()
		on := idleSystem(home)
		on.Root = home
		c := find.Client{Key: "transmission", Program: "transmission-daemon", Version: "4.1.4"}
		for _, at := range []string{addr, "127.0.0.1:8081"} {
			do(t, on, Wanted{Client: c, Way: c.Way(at, on)})
		}
		do(t, on, Wanted{Client: c, Way: c.Way(addr, on), Back: true})
		if left, _ := filepath.Glob(filepath.Join(home, ".config/transmission-daemon/*")); len(left) > 0 {
			t.Errorf("these files are left: %q", left)
		}
	})
}

// TestAClientThatDoesNotAnswerIsChangedInItsFile: a client that has ended since it was found, or whose web page is at
// another address, is changed and put back in its file, as one without a web page is.
func TestAClientThatDoesNotAnswerIsChangedInItsFile(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	b := newChangeable(t)
	w := b.wanted(true, addr, false)
	w.Access.Address = closed.Addr().String()
	if p := do(t, b.on, w); p.Means != find.ByFile || !strings.Contains(read(t, b.conf), "127.0.0.1") {
		t.Errorf("the plan is %+v", p)
	}
	w = b.wanted(true, addr, true)
	w.Access.Address = closed.Addr().String()
	do(t, b.on, w)
	b.fileMustBeAsBefore()
}

// TestUndoUsesThePreferenceValuesOfANewerVersion: a newer version of the client has words in place of the numbers that
// were saved for the undo.
func TestUndoUsesThePreferenceValuesOfANewerVersion(t *testing.T) {
	b := newChangeable(t)
	do(t, b.on, b.wanted(true, addr, false))
	b.prefs["proxy_type"] = "SOCKS5"
	b.c.Version = "5.1.0"
	do(t, b.on, b.wanted(true, addr, true))
	if b.prefs["proxy_type"] != "HTTP" || b.prefs["proxy_ip"] != "10.0.0.1" {
		t.Errorf("the preferences are %v", b.prefs)
	}
	b.prefs["proxy_port"] = "3128"
	if _, err := New(t.Context(), b.on, b.wanted(true, addr, false)); !errors.Is(err, ErrOtherVersion) {
		t.Errorf("with a port that is a word: %v, want ErrOtherVersion", err)
	}
}

// TestApplyChecksThePreferencesBeforeAndAfterTheChange: if the preferences have changed since the user saw them, Apply
// changes nothing; if the client did not accept some, the error names them.
func TestApplyChecksThePreferencesBeforeAndAfterTheChange(t *testing.T) {
	b := newChangeable(t)
	p, err := New(t.Context(), b.on, b.wanted(true, addr, false))
	if err != nil {
		t.Fatal(err)
	}
	b.prefs["proxy_ip"] = "10.0.0.2"
	if err := p.Apply(t.Context()); !errors.Is(err, file.ErrChanged) || b.prefs["proxy_type"] != 1.0 {
		t.Errorf("Apply: %v; the preferences are %v", err, b.prefs)
	}
	b.fileMustBeAsBefore()

	p, err = New(t.Context(), b.on, b.wanted(true, addr, false))
	if err != nil {
		t.Fatal(err)
	}
	b.stubborn = "proxy_port"
	var left *NotTakenError
	if err := p.Apply(t.Context()); !errors.As(err, &left) || strings.Join(left.Settings, " ") != "proxy_port" {
		t.Errorf("Apply: %v; the preferences are %v", err, b.prefs)
	}
	b.stubborn = ""
	do(t, b.on, b.wanted(true, addr, true))
	if b.prefs["proxy_ip"] != "10.0.0.2" || b.prefs["proxy_type"] != 1.0 {
		t.Errorf("the preferences are %v", b.prefs)
	}
}

func TestEachFailureHasItsOwnError(t *testing.T) {
	for _, w := range []Wanted{
		{Way: find.Way{Means: find.ByHand}},
		{Way: find.Way{Means: find.ByCommand}},
		{Way: find.Way{Means: find.ByFile}},
		{Way: find.Way{Means: find.ByRemote}},
		{Way: find.Way{Means: find.ByRestart}, Client: find.Client{PIDs: []int{1, 2}}},
	} {
		if p, err := New(t.Context(), idleSystem(t.TempDir()), w); !errors.Is(err, ErrByHand) {
			t.Errorf("plan %+v, error %v; want ErrByHand", p, err)
		}
	}
}
