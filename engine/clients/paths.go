package clients

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Paths is what this package must know about a computer to find a client's files.
type Paths struct {
	OS     string // as [runtime.GOOS] names it
	Home   string // the user's folder
	Root   string // a prefix of absolute paths; empty except in tests
	Getenv func(name string) string
}

// Outside returns the variables as they are for clients. In a Flatpak the folders for settings and data are its own, and
// those of the user have other names.
func Outside(getenv func(name string) string) func(name string) string {
	return func(name string) string {
		if (name == "XDG_CONFIG_HOME" || name == "XDG_DATA_HOME") && getenv("FLATPAK_ID") != "" {
			name = "HOST_" + name
		}
		return getenv(name)
	}
}

var variable = regexp.MustCompile(`^%([A-Za-z_]+)%`)

// Expand returns the path of a place on this computer; ok is false if its variable is unknown.
func (p Paths) Expand(place string) (path string, ok bool) {
	if p.OS != "windows" && p.OS != "darwin" {
		for _, moved := range []struct{ usual, name string }{{"~/.config/", "XDG_CONFIG_HOME"}, {"~/.local/share/", "XDG_DATA_HOME"}} {
			if rest, in := strings.CutPrefix(place, moved.usual); in && filepath.IsAbs(p.Getenv(moved.name)) {
				return filepath.Join(p.Getenv(moved.name), rest), true
			}
		}
	}
	if rest, in := strings.CutPrefix(place, "~/"); in {
		return filepath.Join(p.Home, filepath.FromSlash(rest)), p.Home != ""
	}
	if m := variable.FindStringSubmatch(place); m != nil {
		value := p.Getenv(m[1])
		return filepath.Join(value, filepath.FromSlash(strings.TrimPrefix(place, m[0]))), value != ""
	}
	return p.Root + place, true
}

// on reports whether a place of a system may exist on this computer.
func (p Paths) on(system string) bool {
	return system == "" || system == p.OS || system == "linux" && p.OS != "windows" && p.OS != "darwin"
}

// Folders returns the folders in which a client may store its torrents on this computer, whether they exist or not.
func (p Paths) Folders(c *Client) []string {
	var all []string
	for _, f := range c.Torrents {
		if path, ok := p.Expand(f.Path); ok && p.on(f.On) && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}
