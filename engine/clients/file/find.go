package file

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"bittoratio/engine/clients"
)

// System is the computer as this package sees it.
type System struct {
	OS        string // as [runtime.GOOS] names it
	Home      string // the user's folder
	Root      string // what paths from the top begin with; empty but in tests
	Getenv    func(name string) string
	Processes func() ([]Process, error) // all that can be seen
}

// Here is this computer.
func Here() System {
	home, _ := os.UserHomeDir() // without one nothing is found
	return System{OS: runtime.GOOS, Home: home, Getenv: os.Getenv, Processes: processes}
}

// File is a settings file that is there.
type File struct {
	System   string // what it belongs to, for people: "Flatpak"
	Path     string // whole
	Programs []string
}

// Find is the settings files of a guide's client that are on this computer, in the guide's order.
func (s System) Find(g clients.Guide) []File {
	var found []File
	for _, p := range g.Files {
		if p.On != s.OS {
			continue
		}
		path, ok := s.expand(p.Path)
		if !ok {
			continue
		}
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			found = append(found, File{System: p.System, Path: path, Programs: p.Programs})
		}
	}
	return found
}

var variable = regexp.MustCompile(`^%([A-Z]+)%`)

// expand is a place as the guide writes it on this computer; ok is false where what it begins with is not known.
func (s System) expand(place string) (path string, ok bool) {
	config, moved := s.Getenv("XDG_CONFIG_HOME"), false
	if rest, in := strings.CutPrefix(place, "~/.config/"); in && s.OS == "linux" && filepath.IsAbs(config) {
		path, moved = filepath.Join(config, rest), true
	}
	if moved {
		return path, true
	}
	if rest, in := strings.CutPrefix(place, "~/"); in {
		return filepath.Join(s.Home, filepath.FromSlash(rest)), s.Home != ""
	}
	if m := variable.FindStringSubmatch(place); m != nil {
		value := s.Getenv(m[1])
		return filepath.Join(value, strings.TrimPrefix(place, m[0])), value != ""
	}
	return s.Root + place, true
}
