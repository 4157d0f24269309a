package find

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// Doubt is why the settings file of a client that runs is not changed.
type Doubt uint8

// The doubts.
const (
	Certain    Doubt = iota // there is none
	NoSettings              // it was started so that it reads no settings file
	Unknown                 // which settings file it reads is not known
	Overridden              // another proxy in its options or variables counts more than that in the file
)

// place is where a process has its settings. The zero value is the usual place.
type place struct {
	folder   string
	settings file.File
	doubt    Doubt
	override []string // proxies
}

// environ is the environment of a process.
type environ struct {
	all map[string]string // empty if it is unknown
	err error
}

// environ returns the environment of a process.
func (l *look) environ(pid int) (map[string]string, error) {
	if l.OS != "linux" {
		return nil, fs.ErrNotExist
	}
	if e, ok := l.environs[pid]; ok {
		return e.all, e.err
	}
	text, err := fs.ReadFile(l.Disk, procFile(pid, "environ"))
	all := map[string]string{}
	for v := range strings.SplitSeq(string(text), "\x00") {
		if name, value, ok := strings.Cut(v, "="); ok {
			all[name] = value
		}
	}
	l.environs[pid] = environ{all, err}
	return all, err
}

// placeOf returns where a process of this user has its settings: its options count more than its variables, as clients
// have it. f is the program or the installed client.
func (l *look) placeOf(process file.Process, c *clients.Client, f *Client) place {
	variables, err := l.environ(process.PID)
	named := process.Named(c.FolderOptions, func(name string) string { return variables[name] })
	if named.Folder == "" && f.Sandbox == Native {
		named.Folder = l.beside(process, c)
	}
	places := l.placesOf(process, c, f)
	var at place
	titled := l.isTitled(process, c)
	switch {
	case named.Unclear:
		at.doubt = Unknown
	case named.Nothing:
		at.doubt = NoSettings
	case named.Also != "" && l.namesProxy(named.Also):
		at.doubt = Overridden
	case named.Folder != "":
		l.inFolder(&at, c, named, places)
		if f.Sandbox != Native && at.folder != "" {
			at = place{doubt: Unknown} // in its sandbox, paths may mean other files
		}
	case errors.Is(err, fs.ErrPermission), titled && !l.isLocked(process, c):
		at.doubt = Unknown
	case named.Suffix != "" || f.Sandbox == Native && err == nil && !titled:
		l.byVariables(&at, c, named.Suffix, variables, places)
	}
	if f.Sandbox == Native && at.doubt == Certain && !l.isShared(process, &at, places) {
		at = place{doubt: Unknown}
	}
	at.override = named.Proxies
	return at
}

// isShared reports whether the settings files in a place are the same for the process and for this program. They may
// not be if the process has disks of its own, as Firejail and other sandboxes give it.
func (l *look) isShared(process file.Process, at *place, places []clients.Place) bool {
	root := procFile(process.PID, "root")
	if _, err := l.Disk.Stat(root); l.OS != "linux" || err != nil {
		return true // as far as is known
	}
	paths := []string{at.settings.Path}
	if at.settings.Path == "" {
		paths = nil
		for _, p := range places {
			if usual, ok := l.Expand(p.Path); ok {
				paths = append(paths, usual)
			}
		}
	}
	return !slices.ContainsFunc(paths, func(path string) bool {
		its, err := l.Disk.Stat(root + path)
		own, err2 := l.Disk.Stat(path)
		if err == nil && err2 == nil {
			return !os.SameFile(its, own)
		}
		return err == nil && errors.Is(err2, fs.ErrNotExist) || err2 == nil && errors.Is(err, fs.ErrNotExist)
	})
}

// placesOf returns the places of the client's settings on this system that belong to the program: to that of the
// process, if the client is not a single program.
func (l *look) placesOf(process file.Process, c *clients.Client, f *Client) (all []clients.Place) {
	for _, p := range c.Places() {
		known := slices.ContainsFunc(all, func(a clients.Place) bool { return a.Path == p.Path })
		its := f.Program != "" || process.Called(p.Programs) != ""
		if p.On == l.OS && !known && its && f.has(file.File{Path: p.Path, Programs: p.Programs}) {
			all = append(all, p)
		}
	}
	return all
}

// settingsAt returns a settings file at another path than its place has.
func settingsAt(c *clients.Client, p clients.Place, at string) file.File {
	return file.File{System: p.System, Path: at, Programs: p.Programs, Options: c.FolderOptions}
}

// inFolder takes the folder or file that options name.
func (l *look) inFolder(at *place, c *clients.Client, named file.Named, places []clients.Place) {
	folder := named.Folder
	if named.Suffix != "" { // "/srv/qBittorrent_NAME/config"
		folder = filepath.Join(dirOf(folder)+"_"+named.Suffix, baseOf(folder))
	}
	own := named.File
	at.folder = cmp.Or(own, folder)
	if len(places) == 0 {
		return
	}
	own = cmp.Or(own, filepath.Join(folder, baseOf(places[0].Path)))
	at.settings = settingsAt(c, places[0], own)
	for i, p := range places {
		usual, ok := l.Expand(p.Path)
		switch {
		case !ok || usual != own:
		case i == 0 && named.File == "":
			*at = place{}
			return
		case !p.Shared():
			*at = place{settings: settingsAt(c, p, own)} // the client does not look for others
			return
		}
	}
	if named.Guess && !l.isFile(own) {
		*at = place{doubt: Unknown}
	}
}

// byVariables takes the place that follows from the home folder and the other variables of the process. Of several
// files the first that exists counts, as for the usual ones.
func (l *look) byVariables(at *place, c *clients.Client, suffix string, variables map[string]string, places []clients.Place) {
	its := l.Paths
	if len(variables) > 0 {
		its.Getenv = func(name string) string { return variables[name] }
		if home := variables["HOME"]; home != "" {
			its.Home = home
		}
	}
	differs := false
	var all []file.File
	for _, p := range places {
		usual, ok := l.Expand(p.Path)
		own, ok2 := its.Expand(p.Path)
		if !ok || !ok2 || p.Shared() {
			continue
		}
		if suffix != "" {
			own = filepath.Join(dirOf(own)+"_"+suffix, baseOf(own))
		}
		differs = differs || own != usual
		f := settingsAt(c, p, own)
		hidden, _ := its.Expand(p.Hides)
		f.New = !p.NeverMade && (p.Hides == "" || !l.isFile(hidden)) && !l.isFile(own)
		all = append(all, f)
	}
	if !differs {
		return
	}
	i := slices.IndexFunc(all, func(f file.File) bool { return l.isFile(f.Path) })
	if i < 0 {
		i = max(slices.IndexFunc(all, func(f file.File) bool { return f.New }), 0)
	}
	at.settings, at.folder = all[i], dirOf(all[i].Path)
}

// beside returns the settings folder beside the process's program that makes it portable; empty if there is none.
func (l *look) beside(process file.Process, c *clients.Client) string {
	for _, o := range c.FolderOptions {
		for _, name := range process.Names {
			if o.Beside == "" || !filepath.IsAbs(name) {
				continue
			}
			folder := filepath.Join(filepath.Dir(name), o.Beside)
			if st, err := l.Disk.Stat(folder); err == nil && st.IsDir() {
				return filepath.Join(folder, filepath.FromSlash(o.Below))
			}
		}
	}
	return ""
}

// isTitled reports whether a program in Python has replaced its arguments by a title, which may also cover its
// variables.
func (l *look) isTitled(process file.Process, c *clients.Client) bool {
	if l.OS != "linux" || len(process.Args) == 0 || len(c.Locks) == 0 {
		return false
	}
	python := slices.ContainsFunc(process.Names, func(n string) bool { return strings.HasPrefix(path.Base(n), "python") && path.IsAbs(n) })
	return python && !strings.HasPrefix(path.Base(process.Args[0]), "python")
}

// isLocked reports whether a file in the client's usual folder shows that the process uses it.
func (l *look) isLocked(process file.Process, c *clients.Client) bool {
	for _, lock := range c.Locks {
		at, ok := l.Expand(lock)
		if !ok {
			continue
		}
		text, err := fs.ReadLink(l.Disk, at)
		if err != nil {
			b, _ := fs.ReadFile(l.Disk, at)
			text = string(b)
		}
		pid, _, _ := strings.Cut(strings.TrimSpace(text), ";")
		if pid == strconv.Itoa(process.PID) {
			return true
		}
	}
	return false
}

// namesProxy reports whether a file that is read besides the settings may set a proxy.
func (l *look) namesProxy(at string) bool {
	text, err := fs.ReadFile(l.Disk, at)
	return err != nil || strings.Contains(string(text), "proxy")
}

func (l *look) isFile(at string) bool {
	st, err := l.Disk.Stat(at)
	return err == nil && st.Mode().IsRegular()
}

// baseOf returns the last part of a path, which may have Windows' separators.
func baseOf(p string) string { return p[strings.LastIndexAny(p, `/\`)+1:] }

// dirOf returns the folder of such a path.
func dirOf(p string) string { return p[:max(strings.LastIndexAny(p, `/\`), 0)] }
