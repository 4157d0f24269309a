package names

import (
	"path/filepath"
	"regexp"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/store"
)

// Places returns the folders in which clients store their torrents on a system (as in runtime.GOOS), whether they exist
// or not. getenv is os.Getenv, home the user's folder.
func Places(system, home string, getenv func(string) string) []string {
	if home == "" {
		return nil
	}
	on := clients.Paths{OS: system, Home: home, Getenv: clients.Outside(getenv)}
	var out []string
	for _, c := range clients.All() {
		out = append(append(out, on.Folders(&c)...), Named(&c, on)...)
	}
	return out
}

// Named returns the folders that a client's own settings name, if they do.
func Named(c *clients.Client, on clients.Paths) (out []string) {
	for _, place := range c.TorrentsNamed.Files {
		path, ok := on.Expand(place)
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // many keep their settings in another folder, and link to it
		}
		text, err := store.ReadPlain(path, 1<<20)
		if !ok || err != nil {
			continue
		}
		if folder := folderIn(string(text), c.TorrentsNamed.Setting, on.Home); folder != "" {
			out = append(out, folder)
		}
	}
	return out
}

// folderIn returns the folder in the first of some settings that a file has. The file has lines "name = value", as
// rTorrent's.
func folderIn(text string, settings []string, home string) string {
	quoted := make([]string, len(settings))
	for i, s := range settings {
		quoted[i] = regexp.QuoteMeta(s)
	}
	line := regexp.MustCompile(`(?m)^[ \t]*(?:` + strings.Join(quoted, "|") + `)[ \t]*=[ \t]*([^\s#]+)`)
	m := line.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	p := strings.Trim(m[1], `"`)
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		p = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(p) { // it contains the file's own variables
		return ""
	}
	return filepath.Clean(p)
}
