package file

import (
	"path/filepath"
	"slices"
	"strings"
)

// Process is a program that runs.
type Process struct {
	PID   int
	Names []string // its names: the file that was started, and argument 0
	Args  []string // if visible
	User  int      // -1 if unknown
	Dir   string   // the folder in which it runs; empty if unknown

	Joined bool // Args was split at blanks, which may be within an argument
}

// Closed returns a *[RunningError] if a program runs that may use the file's settings; in doubt it does. A program does
// not count if it belongs to a user other than the file's owner and root, or if an option names another folder for its
// settings.
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

// Called returns which of the names the process has; empty if none. Linux cuts a process's own name to 15 bytes.
func (p Process) Called(names []string) string {
	const cut = 15
	for _, name := range names {
		if slices.ContainsFunc(p.Names, func(n string) bool {
			n = strings.TrimSuffix(filepath.Base(n), " (deleted)")
			return strings.EqualFold(n, name) || len(n) == cut && strings.HasPrefix(name, n) ||
				n == "."+name+"-wrapped" // NixOS starts its programs by this name
		}) {
			return name
		}
	}
	return ""
}

// elsewhere reports whether the process, according to its arguments, has its settings in another folder than the
// file's.
func (p Process) elsewhere(f File) bool {
	n := p.Named(f.Options, nil)
	if n.Folder == "" || n.Guess || n.Unclear || n.Suffix != "" {
		return false
	}
	return !samePlace(n.Folder, filepath.Dir(f.Path)) && !samePlace(filepath.Join(n.Folder, filepath.Base(f.Path)), f.Path)
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
