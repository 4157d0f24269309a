package find

import (
	"cmp"
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/launch"
)

// Client is a client that is installed or runs.
type Client struct {
	Key     string // of the client: "transmission"
	Program string // "transmission-daemon"; empty if the client is not a single program
	Title   string // for people: "Transmission (daemon)"
	Path    string // of the program or its bundle; empty if only its process is known
	Version string // "3.00"; empty if unknown
	Sandbox Sandbox
	ID      string // the sandbox's name for it

	PIDs     []int  // its processes
	Unit     string // its systemd unit: "transmission-daemon.service"
	UserUnit bool   // the unit is the user's, not the system's
	Proxy    string // http_proxy in its environment, if that can be read

	Restarted bool // this program started it with variables: its environment has the mark

	Launch string // the key of its [clients.Launch]

	Folder   string    // the folder for its settings, or the file, that an option or a variable of its process names; empty for the usual one
	Settings file.File // its settings file, if that is another than the usual one
	Doubt    Doubt     // why its settings file is not changed
	Override []string  // the proxies in its options or variables, which count more than that in the file
	Foreign  bool      // its process belongs to another user
	Restarts bool      // it may be restarted, and then continues
	Entry    file.File // the menu entry that starts it, the user's own or the copy to make; without a path if none
	DropIn   file.File // the drop-in that would give its unit variables, if it is a unit of the user
}

// Sandbox is a kind of environment that separates a client from other programs.
type Sandbox string

// The sandboxes.
const (
	Native  Sandbox = ""
	Flatpak Sandbox = "Flatpak"
	Snap    Sandbox = "Snap"

	Container Sandbox = "container" // of Docker, Podman and others, with its own network
)

// Running reports whether the client runs.
func (c *Client) Running() bool { return len(c.PIDs) > 0 }

// Find returns the clients of this computer: first those that run with their usual folder, then the others that run,
// otherwise in the order of the list of clients.
func Find(ctx context.Context, on Computer) []Client {
	l := look{Computer: on, packages: on.listPackages(), environs: map[int]environ{}}
	if all, err := on.Processes(); err == nil { // without a list, none runs
		l.processes = all
	}
	var found []Client
	for _, c := range clients.All() {
		found = append(found, l.client(ctx, &c)...)
	}
	rank := func(c Client) int {
		switch {
		case !c.Running():
			return 2
		case c.Folder != "" || c.Doubt != Certain || c.Foreign || c.Sandbox == Container:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(a, b Client) int { return cmp.Compare(rank(a), rank(b)) })
	return found
}

// look is one search of the computer.
type look struct {
	Computer
	packages  map[string]string // name to version
	processes []file.Process
	environs  map[int]environ // those that were read
}

func (l *look) client(ctx context.Context, c *clients.Client) (found []Client) {
	for _, p := range c.Programs {
		for _, f := range l.program(ctx, c, p) {
			if f.Unit != "" && !f.UserUnit && len(f.PIDs) == 0 && l.usedHere(c, &f) {
				f.Unit = "" // the package enables the service, but this user starts the program without it
			}
			found = append(found, f)
		}
		if f, ok := l.contained(c, p); ok {
			found = append(found, f)
		}
	}
	for _, id := range c.Flatpaks {
		if version, at := l.flatpak(id); at != "" {
			found = append(found, l.sandboxed(c, Client{Path: at, Version: version, Sandbox: Flatpak, ID: id}, "/app/")...)
		}
	}
	for _, id := range c.Snaps {
		if version, at := l.snap(id); at != "" {
			found = append(found, l.sandboxed(c, Client{Path: at, Version: version, Sandbox: Snap, ID: id}, "/snap/"+id+"/")...)
		}
	}
	for _, name := range c.Bundles {
		if version, at := l.bundle(name); at != "" {
			found = append(found, l.apart(c, Client{Key: c.Key, Title: c.Name, Path: at, Version: version, Launch: firstLaunch(c)}, l.startedIn(at+"/"))...)
			break // a name in another case is the same bundle
		}
	}
	if e, ok := l.entry(c.Uninstall); ok {
		found = append(found, l.apart(c, Client{Key: c.Key, Title: c.Name, Path: e.Folder, Version: plainVersion(e.Version), Launch: firstLaunch(c)}, l.runningHere(c))...)
	}
	return found
}

func firstLaunch(c *clients.Client) string {
	if len(c.Launches) == 0 {
		return ""
	}
	return c.Launches[0].Key
}

// sandboxed completes a client in a sandbox, whose programs are below a folder.
func (l *look) sandboxed(c *clients.Client, f Client, below string) []Client {
	f.Key, f.Title = c.Key, c.Name+" ("+string(f.Sandbox)+")"
	names := make([]string, 0, len(c.Programs))
	for _, p := range c.Programs {
		names = append(names, p.Name)
	}
	var own []file.Process
	for _, p := range l.processes {
		inside := slices.ContainsFunc(p.Names, func(n string) bool { return strings.HasPrefix(n, below) }) // not Python's, which runs some
		if p.Called(names) != "" && (inside || f.Sandbox == Flatpak && l.inFlatpak(p.PID, f.ID)) {
			own = append(own, p)
		}
	}
	return l.apart(c, f, own)
}

// runningHere returns the processes of a client on a system whose programs are known by the places of their settings:
// "qbittorrent.exe".
func (l *look) runningHere(c *clients.Client) (own []file.Process) {
	var names []string
	for _, place := range c.Places() {
		if place.On == l.OS {
			names = append(names, place.Programs...)
		}
	}
	for _, p := range l.processes {
		if p.Called(names) != "" {
			own = append(own, p)
		}
	}
	return own
}

// startedIn returns the processes whose programs are below a folder.
func (l *look) startedIn(folder string) (own []file.Process) {
	for _, p := range l.processes {
		if slices.ContainsFunc(p.Names, func(n string) bool { return strings.HasPrefix(n, folder) }) {
			own = append(own, p)
		}
	}
	return own
}

// inFlatpak reports whether a process runs in one of these Flatpaks.
func (l *look) inFlatpak(pid int, ids ...string) bool {
	return len(ids) > 0 && slices.Contains(ids, l.variable(pid, "FLATPAK_ID"))
}

// apart returns an installed client once for each place in which its processes have their settings. Without any, it
// does not run.
func (l *look) apart(c *clients.Client, base Client, own []file.Process) (found []Client) {
	for _, process := range own {
		at := l.among(&found, base, l.placeOf(process, c, &base), false)
		at.PIDs = append(at.PIDs, process.PID)
	}
	if len(found) == 0 {
		return []Client{base}
	}
	return found
}

// among returns the one of the found clients that has its settings in a place, which is base with that place if it is
// the first.
func (l *look) among(found *[]Client, base Client, at place, foreign bool) *Client {
	i := slices.IndexFunc(*found, func(f Client) bool {
		return f.Foreign == foreign && f.Folder == at.folder && f.Settings.Path == at.settings.Path && f.Doubt == at.doubt
	})
	if i < 0 {
		base.Folder, base.Settings, base.Doubt, base.Foreign = at.folder, at.settings, at.doubt, foreign
		if at.folder != "" {
			base.Title += ", " + at.folder
		}
		i, *found = len(*found), append(*found, base)
	}
	f := &(*found)[i]
	f.Override = append(f.Override, at.override...)
	return f
}

// program finds one program outside of sandboxes: once for each folder in which its processes have their settings, and
// once for each other user. If none runs with the usual folder, it also finds the installed program.
func (l *look) program(ctx context.Context, c *clients.Client, p clients.Program) (found []Client) {
	base := Client{Key: c.Key, Program: p.Name, Title: p.Title, Path: l.lookPath(p.Name), Launch: p.Launch}
	base.Restarts = p.Restarts && l.OS == "linux" // only Linux shows how a process was started
	base.Entry = l.menuEntry(p.Entries)
	usual := false
	for _, process := range l.processes {
		inSandbox := func(n string) bool { // or in a bundle, which has a card of its own
			return strings.HasPrefix(n, "/app/") || strings.HasPrefix(n, "/snap/") || l.OS == "darwin" && strings.Contains(n, ".app/Contents/MacOS/")
		}
		if process.Called([]string{p.Name}) == "" || slices.ContainsFunc(process.Names, inSandbox) || l.inFlatpak(process.PID, c.Flatpaks...) || l.inContainer(process.PID) {
			continue
		}
		foreign := l.User >= 0 && process.User >= 0 && process.User != l.User
		at := place{}
		if !foreign {
			at = l.placeOf(process, c, &base)
			usual = usual || at.folder == "" // also in doubt: then it may be the usual one
		}
		l.add(l.among(&found, base, at, foreign), process, p)
	}
	if !usual && base.Path != "" && (len(found) == 0 || l.usedHere(c, &base)) {
		base.Unit, base.UserUnit = l.service(p.Units)
		found = append(found, base)
	}
	for i := range found {
		if found[i].UserUnit {
			found[i].DropIn = l.dropIn(found[i].Unit)
		}
		found[i].Version = l.versionOf(ctx, p, found[i].Path)
	}
	slices.SortStableFunc(found, func(a, b Client) int { return cmp.Compare(a.Folder, b.Folder) }) // the usual folder first
	return found
}

// add adds what a process shows about its program.
func (l *look) add(f *Client, process file.Process, p clients.Program) {
	f.PIDs = append(f.PIDs, process.PID)
	if i := slices.IndexFunc(process.Names, func(n string) bool { return filepath.IsAbs(n) && path.Base(n) == p.Name }); i >= 0 {
		f.Path = process.Names[i] // the running copy counts, even if another one is installed
	}
	f.Proxy = cmp.Or(f.Proxy, l.variable(process.PID, "http_proxy"))
	f.Restarted = f.Restarted || l.variable(process.PID, launch.Mark) != ""
	if unit, user := l.serviceOf(process.PID, p); unit != "" {
		f.Unit, f.UserUnit = unit, user
	}
}

// contained finds a program that runs in a container; ok is false if none does.
func (l *look) contained(c *clients.Client, p clients.Program) (f Client, ok bool) {
	f = Client{Key: "docker", Program: p.Name, Title: p.Title + " (" + string(Container) + ")", Sandbox: Container, ID: "docker-" + c.Key}
	for _, process := range l.processes {
		if process.Called([]string{p.Name}) != "" && l.inContainer(process.PID) {
			f.PIDs = append(f.PIDs, process.PID)
		}
	}
	return f, len(f.PIDs) > 0
}

// lookPath returns the path of a program in the folders that this user's shell and the system search.
func (l *look) lookPath(name string) string {
	folders := append(filepath.SplitList(l.Getenv("PATH")), "/usr/local/bin", "/usr/bin", "/bin", "/usr/games", "/opt/homebrew/bin")
	if l.OS == "windows" {
		return "" // Windows' list of programs has them
	}
	for _, folder := range folders {
		if !path.IsAbs(folder) {
			continue // it depends on the folder in which a program was started
		}
		at := path.Join(folder, name)
		if st, err := l.Disk.Stat(at); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return at
		}
	}
	return ""
}

// versionOf returns the version from the list of packages or, if the program is not there, from the program itself.
func (l *look) versionOf(ctx context.Context, p clients.Program, at string) string {
	if strings.HasPrefix(at, "/usr/bin/") || strings.HasPrefix(at, "/usr/games/") || strings.HasPrefix(at, "/bin/") {
		for _, name := range p.Packages {
			if v := l.packages[name]; v != "" {
				return v
			}
		}
	}
	if at == "" || len(p.Version) == 0 || l.User <= 0 || l.Owner(at) != 0 || l.Owner(path.Dir(at)) != 0 {
		return ""
	}
	output, err := l.Run(ctx, at, p.Version...)
	if err != nil && output == "" {
		return ""
	}
	return plainVersion(output)
}

// variable returns a variable of a process's environment; empty if it may not be read.
func (l *look) variable(pid int, name string) string {
	all, _ := l.environ(pid)
	return all[name]
}
