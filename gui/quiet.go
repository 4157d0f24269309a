//go:build !nogui

package gui

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// quiet passes the toolkit's log on, but for what it says, in several lines and like a fault, of a desktop that has no tray,
// or no notifications: the window is fine there. That becomes a line, once.
type quiet struct {
	out io.Writer

	mu    sync.Mutex
	said  []string // guarded by mu; lines, each said once
	inner bool     // guarded by mu; the lines of a fault that is not passed on go on
}

const (
	noBus  = "bittoratio: there is no session bus (D-Bus) here, so there is no tray icon"
	noTray = "bittoratio: this desktop shows no tray icons" // as GNOME without an extension
	noNews = "bittoratio: this desktop shows no notifications"
)

// lacking is what the toolkit says, and what is said instead; a test in gui/e2e has no bus.
var lacking = []struct{ theirs, ours string }{
	{"systray error: failed to connect to DBus", noBus},
	{"failed to watch theme settings", noBus},
	{"systray error: failed to register: ", noTray},
	{"Failed to send message to bus", noNews},
	{"Unable to connect to session D-Bus", noBus},
}

// Write is part of io.Writer. Each call is a line.
func (q *quiet) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := string(line)
	if q.inner && (strings.Contains(text, "  Cause: ") || strings.Contains(text, "  At: ")) {
		q.inner = strings.Contains(text, "  Cause: ")
		return len(line), nil
	}
	q.inner = false
	for _, l := range lacking {
		if !strings.Contains(text, l.theirs) {
			continue
		}
		q.inner = strings.Contains(text, "Fyne error: ")
		if slices.Contains(q.said, l.ours) {
			return len(line), nil
		}
		q.said = append(q.said, l.ours)
		if _, err := fmt.Fprintln(q.out, l.ours); err != nil {
			return 0, err
		}
		return len(line), nil
	}
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
