package engine

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultFolder is the platform's place for what a program keeps for one user: XDG data on Linux, Application Support
// on macOS, the local application data on Windows. It is an error where the system does not say whose home it is.
func DefaultFolder() (string, error) {
	home, err := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		if d := os.Getenv("LOCALAPPDATA"); filepath.IsAbs(d) {
			return filepath.Join(d, "BittOratio"), nil
		}
		err = errors.New("%LOCALAPPDATA% is not set")
	case "darwin":
		if err == nil && filepath.IsAbs(home) {
			return filepath.Join(home, "Library", "Application Support", "BittOratio"), nil
		}
	default:
		if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
			return filepath.Join(d, "bittoratio"), nil
		}
		if err == nil && filepath.IsAbs(home) {
			return filepath.Join(home, ".local", "share", "bittoratio"), nil
		}
	}
	if err == nil {
		err = errors.New("the home folder is not an absolute path")
	}
	return "", errors.Join(errors.New("the data folder's place is not known; give one with -data"), err)
}
