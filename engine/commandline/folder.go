package commandline

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoFolder means that the system does not name a place for this user's data.
var ErrNoFolder = errors.New("the data folder's place is not known; give one with -data")

// DefaultFolder returns the folder "data" beside the program, if there is one: the program is portable then, together
// with its data. Otherwise it returns the platform's folder for a user's program data: XDG data on Linux, Application
// Support on macOS, the local application data on Windows. The error is [ErrNoFolder] if the system does not name the
// user's home.
func DefaultFolder() (string, error) {
	if program, err := Program(); err == nil {
		if d, ok := portable(program); ok {
			return d, nil
		}
	}
	return userFolder()
}

// Program returns the file with which this program is started: the image if it is an AppImage, because its content is
// mounted at another place each time; otherwise the executable, with links followed.
func Program() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return "", err
	}
	if runtime.GOOS == "linux" {
		return image(program, os.Getenv("APPIMAGE"), os.Getenv("APPDIR")), nil
	}
	return program, nil
}

// image returns the path of the AppImage that contains a program, or the program's own path. image and opened come from
// the environment, which every program that an AppImage starts inherits: so a program outside opened is not in that
// AppImage.
func image(program, image, opened string) string {
	in, err := filepath.Rel(opened, program)
	if err != nil || !filepath.IsAbs(image) || !filepath.IsLocal(in) {
		return program
	}
	return image
}

// portable returns the folder "data" beside a program, if there is one. For a macOS application it is beside the
// bundle, which people see as the program.
func portable(program string) (string, bool) {
	dir := filepath.Dir(program)
	if app := filepath.Dir(filepath.Dir(dir)); filepath.Ext(app) == ".app" && filepath.Base(filepath.Dir(dir)) == "Contents" {
		dir = filepath.Dir(app)
	}
	d := filepath.Join(dir, "data")
	info, err := os.Stat(d)
	return d, err == nil && info.IsDir()
}

func userFolder() (string, error) {
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
	return "", errors.Join(ErrNoFolder, err)
}
