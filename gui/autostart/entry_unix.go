//go:build unix && !darwin

package autostart

import (
	"os"
	"path/filepath"
)

// Possible reports whether the program can have such an entry. In a Flatpak it cannot reach the desktop's folder.
func Possible() bool {
	_, err := place()
	return err == nil && os.Getenv("FLATPAK_ID") == ""
}

func place() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", id+".desktop"), err
}

// On reports whether the system starts exactly this command.
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
