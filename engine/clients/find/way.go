package find

import (
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/launch"
)

// Means is the kind of change by which a client is made to announce through BittOratio.
type Means uint8

// The means.
const (
	ByFile    Means = iota + 1 // its settings file is changed
	ByRemote                   // it runs: its settings are changed through its remote access
	ByDropIn                   // a drop-in gives variables to its unit in the user's systemd
	ByEntry                    // a menu entry of the user starts it with variables
	ByRestart                  // it is ended and restarted with variables
	ByStart                    // this program starts it with variables
	ByCommand                  // a command is shown: it changes a service or a sandbox, or requires another user
	ByHand                     // the steps of the guide
)

// Way is how to set up one version of a client, with only what that version reads.
type Way struct {
	Means      Means
	Generation clients.Generation
	Known      bool         // the version is known; otherwise Generation is a guess, and nothing is changed
	File       []file.File  // for [ByFile], [ByDropIn], [ByEntry]; and for [ByRemote], the file with the same settings
	Edit       clients.Edit // the changes in them
	Launch     string       // the key of the launch that starts it with this proxy; empty if there is none
	Variables  []string     // for [ByRestart]
	Do, Undo   string       // for [ByCommand]: the commands
	Then       string       // for [ByDropIn]: the command that activates the change
	Remote     Remote       // how to change it while it runs
	Earlier    []Way        // for an earlier version, with a backup; not for this one
	Doubt      Doubt        // why the settings file of a client that runs is not changed
}

// Remote is the remote access of a client.
type Remote struct {
	Port    int    // its port, or the one when the client runs; 0 if unknown
	Address string // host:port, or a URL; empty if the client does not run, or if the engine has the port
	User    string // the user name in the file; empty if it has none
	Asks    bool   // it requires a password

	host   string // on which it listens
	secure bool   // it speaks https
	path   string // if that is not the client's usual one
}

// url returns its address: only host and port if it has the usual scheme and path.
func (r Remote) url() string {
	at := net.JoinHostPort(r.host, strconv.Itoa(r.Port))
	switch {
	case r.secure:
		return "https://" + at + r.path
	case r.path != "":
		return "http://" + at + r.path
	}
	return at
}

// reachable returns the host by which this computer reaches a program that listens on an address; empty if none does.
func reachable(bind string) string {
	switch bind {
	case "", "*", "0.0.0.0", "localhost":
		return "127.0.0.1"
	case "::":
		return "::1"
	}
	if ip, err := netip.ParseAddr(bind); err != nil || ip.Zone() != "" {
		return ""
	}
	return bind
}

// Settings finds the settings files of a guide's client.
type Settings interface {
	Find(g clients.Guide) []file.File    // the files that exist
	Missing(g clients.Guide) []file.File // the files that do not exist and may be made
}

// Way returns the way that fits the client's version; addr is the engine's address.
func (f *Client) Way(addr string, settings Settings) Way {
	c, ok := named(f.Key)
	if !ok {
		return Way{Means: ByHand}
	}
	if f.Sandbox == Container {
		g, ok := clients.Find(f.ID)
		if !ok {
			g = c.Generations[0]
		}
		return Way{Means: ByHand, Known: true, Generation: g}
	}
	g, known := c.Of(c.Name + " " + f.Version)
	w := Way{Means: ByHand, Known: known, Generation: g, Doubt: f.doubt(addr)}
	guide, err := g.Render(clients.Values{Addr: addr})
	if err != nil {
		return w
	}
	if guide.Apply != nil {
		w.File, w.Edit = f.its(guide, settings), *guide.Apply
		if version := writtenBy(w.File, *guide.Apply); !w.Known && version != "" { // the file shows it, unlike the program
			w.Known = true
			if other, _ := c.Of(c.Name + " " + version); other.Key != g.Key {
				again := *f
				again.Version = version
				return again.Way(addr, settings)
			}
		}
	}
	variables := f.variables(addr)
	f.choose(&w, guide, variables)
	w.Earlier = f.earlier(w.Means, variables)
	w.Remote = f.remote(&c, settings)
	if _, port, _ := net.SplitHostPort(addr); f.Running() && w.Remote.Port > 0 && strconv.Itoa(w.Remote.Port) != port {
		w.Remote.Address = w.Remote.url()
	}
	if w.Means == ByFile && w.Remote.Address != "" && slices.ContainsFunc(w.Edit.Set, func(s clients.Setting) bool { return s.Pref != "" }) {
		w.Means = ByRemote
	}
	return w
}

// doubt returns why the client's file is not changed, also if its options or variables set another proxy than this
// program.
func (f *Client) doubt(addr string) Doubt {
	another := func(proxy string) bool {
		if _, rest, ok := strings.Cut(proxy, "://"); ok {
			proxy = rest
		}
		return proxy != "" && strings.TrimSuffix(proxy, "/") != addr
	}
	if f.Doubt == Certain && slices.ContainsFunc(f.Override, another) {
		return Overridden
	}
	return f.Doubt
}

// choose chooses the most reliable of the means that this client has.
func (f *Client) choose(w *Way, g clients.Guide, variables []string) {
	byFile := g.Apply != nil && w.Doubt == Certain && (w.Known || g.Apply.From == "") && g.Apply.Reads(f.Version) && len(w.File) > 0 && !f.Foreign
	if !byFile {
		w.File, w.Edit = nil, clients.Edit{}
	}
	byVariables := len(variables) > 0 && f.Sandbox == Native && !f.Foreign && (g.Apply == nil || !w.Known)
	usual := f.Folder == "" && f.Doubt == Certain // what a menu entry starts, and this program
	if byVariables && usual {
		w.Launch = f.Launch
	}
	switch {
	case byFile:
		w.Means = ByFile
	case len(variables) > 0 && f.Sandbox == Flatpak:
		w.Means, w.Do, w.Undo = ByCommand, flatpakCommand("--env=", variables, f.ID), flatpakCommand("--unset-env=", names(variables), f.ID)
	case byVariables && f.UserUnit && f.DropIn.Path != "":
		f.byDropIn(w, variables)
	case len(variables) > 0 && f.Unit != "" && (!f.UserUnit || !f.Foreign):
		w.Means, w.Launch = ByCommand, ""
		w.Do, w.Undo = unitCommands(f.Unit, f.UserUnit, variables)
	case byVariables && usual && f.Entry.Path != "":
		if edit, err := file.Entry(f.Entry, variables); err == nil && len(edit.Set) > 0 {
			w.Means, w.File, w.Edit = ByEntry, []file.File{f.Entry}, edit
			return
		}
		w.Means = ByStart
	case byVariables && f.Running() && f.Restarts:
		w.Means, w.Variables = ByRestart, variables
	case byVariables && usual:
		w.Means = ByStart
	}
}

func (f *Client) byDropIn(w *Way, variables []string) {
	w.Means, w.File, w.Edit = ByDropIn, []file.File{f.DropIn}, file.DropIn(variables)
	w.Then = "systemctl --user daemon-reload && systemctl --user restart " + f.Unit
}

// earlier returns the ways in which the client was set up before an update to a version that has another way. They are
// still in force, and would make the client use this program even after it is gone.
func (f *Client) earlier(now Means, variables []string) (all []Way) {
	if _, changed := f.Entry.Backup(); changed && now != ByEntry {
		if edit, err := file.Entry(f.Entry, variables); err == nil {
			all = append(all, Way{Means: ByEntry, File: []file.File{f.Entry}, Edit: edit})
		}
	}
	if _, changed := f.DropIn.Backup(); changed && now != ByDropIn {
		var w Way
		f.byDropIn(&w, variables)
		all = append(all, w)
	}
	return all
}

// remote returns the remote access of a client, from its settings file.
func (f *Client) remote(c *clients.Client, settings Settings) (r Remote) {
	k := c.Remote
	if k.On == "" || f.Doubt != Certain || f.Sandbox != Native && f.Sandbox != Flatpak {
		return Remote{}
	}
	on, bind := slices.Contains(k.Without, f.Program), ""
	r = Remote{Port: k.Usual, User: k.Name, Asks: k.Asks}
	for _, g := range c.Generations {
		guide, err := g.Render(clients.Values{Addr: "127.0.0.1:1"})
		if err != nil || guide.Apply == nil {
			continue
		}
		for _, s := range f.its(guide, settings) {
			value := func(key string) (v string, ok bool) {
				for _, name := range []string{key, strings.ReplaceAll(key, "-", "_")} { // Transmission 4.1 may write either
					if v, ok = file.Value(s, guide.Apply.Format, clients.Setting{Section: k.Section, Key: name}); ok && key != "" {
						return v, true
					}
				}
				return "", false
			}
			if v, ok := value(k.On); ok {
				on = v == "true"
			}
			if v, ok := value(k.Port); ok {
				if n, err := strconv.ParseUint(v, 10, 16); err == nil {
					r.Port = int(n)
				}
			}
			if v, ok := value(k.Login); ok {
				r.Asks = v == "true"
			}
			if v, ok := value(k.User); ok {
				r.User = v
			}
			v, _ := value(k.Secure)
			r.secure = v == "true"
			bind, _ = value(k.Bind)
			if v, ok := value(k.Path); ok && strings.HasPrefix(v, "/") && v != k.Usually {
				r.path = v + k.Call
			}
		}
		break // the file is the same for all generations
	}
	if r.host = reachable(bind); !on || r.host == "" {
		return Remote{}
	}
	return r
}

func named(key string) (clients.Client, bool) {
	for _, c := range clients.All() {
		if c.Key == key {
			return c, true
		}
	}
	return clients.Client{}, false
}

// its returns the settings files that belong to the program; all of them if the client is not a single program.
func (f *Client) its(g clients.Guide, settings Settings) (own []file.File) {
	switch {
	case f.Doubt != Certain:
		return nil
	case f.Settings.Path != "":
		return []file.File{f.Settings}
	case f.Folder != "":
		return nil // the name of the file in it is not known
	}
	for _, s := range settings.Find(g) {
		if f.has(s) && !s.Shared {
			own = append(own, s)
		}
	}
	service := f.Unit != "" && !f.UserUnit
	if len(own) > 0 || service && (f.Running() || len(f.variables("127.0.0.1:1")) > 0) { // its package may enable a stopped service
		return own
	}
	for _, s := range settings.Missing(g) {
		if f.has(s) {
			return []file.File{s}
		}
	}
	return nil
}

// has reports whether a settings file is one of the program's.
func (f *Client) has(s file.File) bool {
	if (f.Sandbox == Flatpak) != strings.Contains(s.Path, "/.var/app/") || (f.Sandbox == Snap) != strings.Contains(s.Path, "/snap/") {
		return false
	}
	return f.Program == "" || slices.ContainsFunc(s.Programs, func(p string) bool { return strings.TrimSuffix(p, ".exe") == f.Program })
}

// writtenBy returns the version that wrote the files, from their content; empty if they show none, or more than one.
func writtenBy(files []file.File, e clients.Edit) (version string) {
	for _, f := range files {
		v := file.Version(f, e)
		if v != "" && version != "" && v != version {
			return ""
		}
		if v != "" {
			version = v
		}
	}
	return version
}

// variables returns the variables of its launch that make it use this program; none if it takes options instead, or
// needs another setting too.
func (f *Client) variables(addr string) []string {
	key := f.Launch
	if c, ok := named(f.Key); ok && key == "" && len(c.Launches) > 0 {
		key = c.Launches[0].Key
	}
	l, ok := launch.Find(launch.All(addr, ""), key)
	if !ok || !l.Proxied || len(l.Args) > 0 {
		return nil
	}
	return l.Env
}

func names(variables []string) (all []string) {
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		all = append(all, name)
	}
	return all
}

func flatpakCommand(option string, values []string, id string) string {
	words := []string{"flatpak", "override", "--user"}
	for _, v := range values {
		words = append(words, launch.ShellWord(option+v))
	}
	return strings.Join(append(words, launch.ShellWord(id)), " ")
}

// unitCommands returns the command that gives variables to a service by a drop-in, and the command that removes them.
func unitCommands(unit string, user bool, variables []string) (do, undo string) {
	folder, sudo, systemctl := path.Join("/etc/systemd/system", unit+".d"), "sudo ", "sudo systemctl "
	if user {
		folder, sudo, systemctl = "~/.config/systemd/user/"+unit+".d", "", "systemctl --user "
	}
	drop := folder + "/bittoratio.conf"
	again := " && " + systemctl + "daemon-reload && " + systemctl + "restart " + unit
	text := `'[Service]\nEnvironment=` + strings.Join(variables, " ") + `\n'`
	return sudo + "mkdir -p " + folder + " && printf " + text + " | " + sudo + "tee " + drop + again, sudo + "rm " + drop + again
}
