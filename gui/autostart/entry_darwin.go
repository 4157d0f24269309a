package autostart

import (
	"os"
	"path/filepath"
)

// Possible reports whether the program can have such an entry.
func Possible() bool {
	_, err := place()
	return err == nil
}

func place() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", id+".plist"), err
}

// On reports whether the system starts exactly this command.
func (e Entry) On() bool {
	path, err := place()
	if err != nil {
		return false
	}
	b, err := os.ReadFile(path)
	return err == nil && string(b) == launchAgent(e.command())
}

// Set writes the entry, or removes it. The system reads it at the next log-in: loading it now would start the program a
// second time.
func (e Entry) Set(on bool) error {
	path, err := place()
	if err != nil {
		return err
	}
	if !on {
		return remove(path)
	}
	return write(path, launchAgent(e.command()))
}
