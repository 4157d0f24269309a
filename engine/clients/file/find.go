package file

import (
	"os"
	"runtime"
	"slices"

	"bittoratio/engine/clients"
)

// System is the computer as this package sees it.
type System struct {
	clients.Paths

	Processes func() ([]Process, error) // all that are visible
}

// Here is this computer.
func Here() System {
	home, _ := os.UserHomeDir() // without a home folder only the system's settings are found
	return System{clients.Paths{OS: runtime.GOOS, Home: home, Getenv: clients.Outside(os.Getenv)}, processes}
}

// File is an existing settings file.
type File struct {
	System   string // its place, for people: "Flatpak"
	Path     string // whole
	Programs []string
	Options  []clients.FolderOption // the options with which its programs use another folder

	Shared bool   // it belongs to the system, not to a user
	New    bool   // it may be made if it is missing
	From   string // the file that is then copied; empty for none
}

// Find returns the settings files of a guide's client that are on this computer, in the guide's order.
func (s System) Find(g clients.Guide) []File {
	var found []File
	for _, p := range g.Files {
		if p.On != s.OS {
			continue
		}
		path, ok := s.Expand(p.Path)
		if !ok {
			continue
		}
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			found = append(found, File{System: p.System, Path: path, Programs: p.Programs, Options: g.FolderOptions, Shared: p.Shared()})
		}
	}
	return found
}

// Missing returns the settings files of a guide's client that do not exist on this computer and may be made: those
// below the user's own folder that would not replace a file that the client reads now.
func (s System) Missing(g clients.Guide) (missing []File) {
	for _, p := range g.Files {
		path, ok := s.Expand(p.Path)
		if !ok || p.NeverMade || p.On != s.OS || p.Shared() {
			continue
		}
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if hidden, ok := s.Expand(p.Hides); ok && p.Hides != "" {
			if _, err := os.Stat(hidden); err == nil {
				continue
			}
		}
		missing = append(missing, File{System: p.System, Path: path, Programs: p.Programs, Options: g.FolderOptions, New: true})
	}
	return missing
}

// Usual returns the settings files of a client's program in its usual folder, whether they exist or not.
func (s System) Usual(c *clients.Client, program string) (all []File) {
	for _, p := range c.Places() {
		path, ok := s.Expand(p.Path)
		if ok && p.On == s.OS && slices.Contains(p.Programs, program) && !slices.ContainsFunc(all, func(f File) bool { return f.Path == path }) {
			all = append(all, File{System: p.System, Path: path, Programs: []string{program}, Options: c.FolderOptions})
		}
	}
	return all
}
