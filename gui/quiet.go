//go:build !nogui

package gui

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// quiet passes the toolkit's log on, but for what it says in several lines, like a fault, where there is no session bus:
// the window is fine there, and has no tray. That becomes one line.
type quiet struct {
	out io.Writer

	mu     sync.Mutex
	warned bool // guarded by mu
	inner  bool // guarded by mu; the lines of a fault that is not passed on go on
}

// What the toolkit says without a session bus, as in a test in gui/e2e, and on a desktop that shows no tray icons, as GNOME
// without an extension.
const (
	noPlace = "systray error: failed to register: "
	noTray  = "systray error: failed to connect to DBus"
	noTheme = "failed to watch theme settings"
)

// Write is part of io.Writer. Each call is a line.
func (q *quiet) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch text := string(line); {
	case strings.Contains(text, noPlace):
		if _, err := fmt.Fprintln(q.out, "bittoratio: this desktop shows no tray icons"); err != nil {
			return 0, err
		}
		return len(line), nil
	case strings.Contains(text, noTray), strings.Contains(text, noTheme):
		q.inner = strings.Contains(text, noTheme)
		if q.warned {
			return len(line), nil
		}
		q.warned = true
		if _, err := fmt.Fprintln(q.out, "bittoratio: there is no session bus (D-Bus) here, so there is no tray icon"); err != nil {
			return 0, err
		}
		return len(line), nil
	case q.inner && (strings.Contains(text, "  Cause: ") || strings.Contains(text, "  At: ")):
		q.inner = strings.Contains(text, "  Cause: ")
		return len(line), nil
	}
	q.inner = false
	return q.out.Write(line)
}

// preferX11 names the kind of screen where there is X11 and nothing of Wayland: the toolkit else tries Wayland first, which
// complains on the terminal that XDG_RUNTIME_DIR is missing.
func preferX11() {
	if os.Getenv("DISPLAY") == "" {
		return
	}
	for _, name := range []string{"XDG_SESSION_TYPE", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	_ = os.Setenv("XDG_SESSION_TYPE", "x11") // a name without "=" and zero bytes never fails
}

// makeCacheFolder makes the folder of all programs' caches, which a user who is new may not have: the toolkit makes its own
// in it, and complains where that one is missing.
func makeCacheFolder() {
	if folder, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(folder, 0o700) // the toolkit says what it cannot make
	}
}
