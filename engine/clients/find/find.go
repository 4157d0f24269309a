package find

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// Client is a client that is installed or runs.
type Client struct {
	Key     string // of the client: "transmission"
	Program string // "transmission-daemon"; empty for what is not one program
	Title   string // for people: "Transmission (daemon)"
	Path    string // of the program or its bundle; empty where only its process is known
	Version string // "3.00"; empty where it is not known
	Sandbox Sandbox
	ID      string // what the sandbox calls it

	PIDs     []int  // of its processes
	Unit     string // the service that it is: "transmission-daemon.service"
	UserUnit bool   // of the user, and not of the system
	Proxy    string // what http_proxy says in its environment, as far as that can be read

	Launch string // the key of its [clients.Launch]
}

// Sandbox is where a client lives apart from other programs.
type Sandbox string

// The sandboxes.
const (
	Native  Sandbox = ""
	Flatpak Sandbox = "Flatpak"
	Snap    Sandbox = "Snap"
)

// Running reports whether it runs.
func (c *Client) Running() bool { return len(c.PIDs) > 0 }

// Find returns the clients of this computer, those that run first, else in the order of the list of clients.
func Find(ctx context.Context, on Computer) []Client {
	l := look{Computer: on, packages: on.listPackages()}
	if all, err := on.Processes(); err == nil { // without a list none runs
		l.processes = all
	}
	var found []Client
	for _, c := range clients.All() {
		found = append(found, l.client(ctx, &c)...)
	}
	slices.SortStableFunc(found, func(a, b Client) int { return cmp.Compare(min(len(b.PIDs), 1), min(len(a.PIDs), 1)) })
	return found
}

// look is one look at the computer.
type look struct {
	Computer
	packages  map[string]string // name to version
	processes []file.Process
}

func (l *look) client(ctx context.Context, c *clients.Client) (found []Client) {
	for _, p := range c.Programs {
		if f, ok := l.program(ctx, p); ok {
			f.Key = c.Key
			if f.Unit != "" && !f.UserUnit && len(f.PIDs) == 0 && l.usedHere(c, &f) {
				f.Unit = "" // the package switched its service on; this user starts the program without it
			}
			found = append(found, f)
		}
	}
	for _, id := range c.Flatpaks {
		if version, at := l.flatpak(id); at != "" {
			found = append(found, l.sandboxed(c, Client{Path: at, Version: version, Sandbox: Flatpak, ID: id}, "/app/"))
		}
	}
	for _, id := range c.Snaps {
		if version, at := l.snap(id); at != "" {
			found = append(found, l.sandboxed(c, Client{Path: at, Version: version, Sandbox: Snap, ID: id}, "/snap/"+id+"/"))
		}
	}
	for _, name := range c.Bundles {
		if version, at := l.bundle(name); at != "" {
			found = append(found, Client{Key: c.Key, Title: c.Name, Path: at, Version: version, PIDs: l.startedIn(at + "/"), Launch: firstLaunch(c)})
			break // a name in another case is the same bundle
		}
	}
	if e, ok := l.entry(c.Uninstall); ok {
		found = append(found, Client{Key: c.Key, Title: c.Name, Path: e.Folder, Version: plainVersion(e.Version), Launch: firstLaunch(c)})
	}
	return found
}

func firstLaunch(c *clients.Client) string {
	if len(c.Launches) == 0 {
		return ""
	}
	return c.Launches[0].Key
}

// sandboxed completes a client in a sandbox, whose processes' programs lie below a folder.
func (l *look) sandboxed(c *clients.Client, f Client, below string) Client {
	f.Key, f.Title = c.Key, c.Name+" ("+string(f.Sandbox)+")"
	names := make([]string, 0, len(c.Programs))
	for _, p := range c.Programs {
		names = append(names, p.Name)
	}
	for _, p := range l.processes {
		if p.Called(names) != "" && slices.ContainsFunc(p.Names, func(n string) bool { return strings.HasPrefix(n, below) }) {
			f.PIDs = append(f.PIDs, p.PID)
		}
	}
	return f
}

// startedIn returns the processes whose programs lie below a folder.
func (l *look) startedIn(folder string) (pids []int) {
	for _, p := range l.processes {
		if slices.ContainsFunc(p.Names, func(n string) bool { return strings.HasPrefix(n, folder) }) {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// program finds one program outside of sandboxes; ok is false where it is not installed and does not run.
func (l *look) program(ctx context.Context, p clients.Program) (f Client, ok bool) {
	f = Client{Program: p.Name, Title: p.Title, Path: l.lookPath(p.Name), Launch: p.Launch}
	for _, process := range l.processes {
		inSandbox := func(n string) bool { return strings.HasPrefix(n, "/app/") || strings.HasPrefix(n, "/snap/") }
		if process.Called([]string{p.Name}) == "" || slices.ContainsFunc(process.Names, inSandbox) {
			continue
		}
		f.PIDs = append(f.PIDs, process.PID)
		if i := slices.IndexFunc(process.Names, func(n string) bool { return filepath.IsAbs(n) && path.Base(n) == p.Name }); i >= 0 {
			f.Path = process.Names[i] // what runs counts, where another copy is installed too
		}
		f.Proxy = cmp.Or(f.Proxy, l.variable(process.PID, "http_proxy"))
		f.Unit, f.UserUnit = l.serviceOf(process.PID, p.Units)
	}
	if f.Path == "" && len(f.PIDs) == 0 {
		return f, false
	}
	if f.Unit == "" && len(f.PIDs) == 0 {
		f.Unit, f.UserUnit = l.service(p.Units)
	}
	f.Version = l.versionOf(ctx, p, f.Path)
	return f, true
}

// lookPath returns where a program is, in the folders in which this user's shell and the system look for programs.
func (l *look) lookPath(name string) string {
	folders := append(filepath.SplitList(l.Getenv("PATH")), "/usr/local/bin", "/usr/bin", "/bin", "/usr/games", "/opt/homebrew/bin")
	if l.OS == "windows" {
		return "" // its list of programs has them
	}
	for _, folder := range folders {
		if !path.IsAbs(folder) {
			continue // it is another place for every program
		}
		at := path.Join(folder, name)
		if st, err := l.Disk.Stat(at); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return at
		}
	}
	return ""
}

// versionOf asks the list of packages, and where that does not know, the program itself.
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
	said, err := l.Run(ctx, at, p.Version...)
	if err != nil && said == "" {
		return ""
	}
	return plainVersion(said)
}

// variable returns a variable of a process's environment; empty where that may not be read.
func (l *look) variable(pid int, name string) string {
	if l.OS != "linux" {
		return ""
	}
	text, err := fs.ReadFile(l.Disk, procFile(pid, "environ"))
	if err != nil {
		return ""
	}
	for v := range strings.SplitSeq(string(text), "\x00") {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
