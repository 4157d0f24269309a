//go:build unix && !darwin

package autostart

import (
	"os"
	"path/filepath"
)

// Possible reports whether the system lets the program have such an entry. From inside a Flatpak its desktop's folder
// cannot be reached.
func Possible() bool {
	_, err := place()
	return err == nil && os.Getenv("FLATPAK_ID") == ""
}

func place() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", id+".desktop"), err
}

// On reports whether the system starts this very program.
func (e Entry) On() bool {
	path, err := place()
	if err != nil {
		return false
	}
	b, err := os.ReadFile(path)
	return err == nil && desktopStarts(string(b), e.command())
}

// Set writes the entry, or removes it.
func (e Entry) Set(on bool) error {
	path, err := place()
	if err != nil {
		return err
	}
	if !on {
		return remove(path)
	}
	return write(path, desktopEntry(e.command()))
}
