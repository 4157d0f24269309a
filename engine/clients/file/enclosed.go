package file

import (
	"os"
	"slices"
	"strings"
)

// Enclosure is the sandbox in which this program runs. It hides the computer's programs and, unless the user allows
// them, its files.
type Enclosure struct {
	Flatpak string // the application; empty outside of a Flatpak
	Files   bool   // it may change the user's files
}

// Enclosed returns the sandbox of this program.
func Enclosed() Enclosure {
	text, err := os.ReadFile("/.flatpak-info") // in every Flatpak, and nowhere else
	return enclosure(string(text), err == nil, os.Getenv("FLATPAK_ID"))
}

// application is this program's Flatpak.
const application = "org.bittoratio.BittOratio"

// enclosure reads the description of a Flatpak, if there is one.
func enclosure(info string, there bool, id string) (e Enclosure) {
	if !there && id == "" {
		return e
	}
	e.Flatpak = application
	if id != "" {
		e.Flatpak = id
	}
	section := ""
	for line := range strings.Lines(info) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		if folders, ok := strings.CutPrefix(line, "filesystems="); ok && section == "[Context]" {
			all := strings.Split(folders, ";")
			e.Files = slices.ContainsFunc([]string{"home", "host", "home:create", "host:create"}, func(f string) bool { return slices.Contains(all, f) })
		}
	}
	return e
}

// Allow returns two commands: do lets the Flatpak change the user's files after its next start, and undo forbids it again.
func (e Enclosure) Allow() (do, undo string) {
	return "flatpak override --user --filesystem=home " + e.Flatpak, "flatpak override --user --nofilesystem=home " + e.Flatpak
}
