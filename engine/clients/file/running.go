package file

import (
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/clients"
)

// Process is a program that runs.
type Process struct {
	PID   int
	Names []string // what it is called: the file it was started from, the word it was started by
	Args  []string // where they can be seen
	User  int      // -1 where it is not known
}

// Closed reports whether no program runs that could hold the file's settings; the error is a *[RunningError]. On doubt
// it runs. A program counts as another's if it belongs to another user than the file does and not to root, or was told
// to keep its settings in another folder.
func (s System) Closed(f File) error {
	all, err := s.Processes()
	if err != nil {
		return err
	}
	owner := ownerOf(f.Path)
	for _, p := range all {
		name := p.Called(f.Programs)
		if name == "" || p.User > 0 && owner >= 0 && p.User != owner || p.elsewhere(f) {
			continue
		}
		return &RunningError{Program: name, PID: p.PID}
	}
	return nil
}

// Called returns by which of the names the process goes; empty if by none. Linux cuts a process's own name to 15
// letters.
func (p Process) Called(names []string) string {
	const cut = 15
	for _, name := range names {
		if slices.ContainsFunc(p.Names, func(n string) bool {
			n = strings.TrimSuffix(filepath.Base(n), " (deleted)")
			return strings.EqualFold(n, name) || len(n) == cut && strings.HasPrefix(name, n) ||
				n == "."+name+"-wrapped" // as NixOS starts its programs
		}) {
			return name
		}
	}
	return ""
}

// elsewhere reports whether the process has its settings, by its arguments, in a folder that the file is not in.
func (p Process) elsewhere(f File) bool {
	folder := p.Folder(f.Options)
	return folder != "" && !samePlace(folder, filepath.Dir(f.Path))
}

// Folder returns the folder in which the process was told to keep its settings; empty where it was told none that is
// known.
func (p Process) Folder(options []clients.FolderOption) string {
	for i, arg := range p.Args {
		option, folder, joined := strings.Cut(arg, "=")
		if !joined && i+1 < len(p.Args) {
			folder = p.Args[i+1]
		}
		at := slices.IndexFunc(options, func(o clients.FolderOption) bool { return o.Option == option })
		if at >= 0 && filepath.IsAbs(folder) {
			return filepath.Join(folder, options[at].Below)
		}
	}
	return ""
}

func samePlace(a, b string) bool {
	real := func(p string) string {
		if r, err := filepath.EvalSymlinks(p); err == nil {
			return r
		}
		return filepath.Clean(p)
	}
	return real(a) == real(b)
}
