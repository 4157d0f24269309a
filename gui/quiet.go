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

// quietLog passes the toolkit's log on. If the desktop has no tray or no notifications, the toolkit logs several lines
// as for a fault, though the window works. quietLog writes one line instead, once.
type quietLog struct {
	out io.Writer

	mu       sync.Mutex
	written  []string // guarded by mu; lines, each written once
	dropping bool     // guarded by mu; the next lines belong to a replaced message and are dropped
}

const (
	noBus           = "bittoratio: there is no session bus (D-Bus) here, so there is no tray icon"
	noTray          = "bittoratio: this desktop shows no tray icons" // as GNOME without an extension
	noNotifications = "bittoratio: this desktop shows no notifications"
)

// replacements has parts of the toolkit's messages, and the lines that replace such messages.
var replacements = []struct{ theirs, ours string }{
	{"systray error: failed to connect to DBus", noBus},
	{"failed to watch theme settings", noBus},
	{"systray error: failed to register: ", noTray},
	{"Failed to send message to bus", noNotifications},
	{"Unable to connect to session D-Bus", noBus},
}

// Write is part of io.Writer. Each call has one line.
func (q *quietLog) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := string(line)
	if q.dropping && (strings.Contains(text, "  Cause: ") || strings.Contains(text, "  At: ")) {
		q.dropping = strings.Contains(text, "  Cause: ")
		return len(line), nil
	}
	q.dropping = false
	for _, l := range replacements {
		if !strings.Contains(text, l.theirs) {
			continue
		}
		q.dropping = strings.Contains(text, "Fyne error: ")
		if slices.Contains(q.written, l.ours) {
			return len(line), nil
		}
		q.written = append(q.written, l.ours)
		if _, err := fmt.Fprintln(q.out, l.ours); err != nil {
			return 0, err
		}
		return len(line), nil
	}
	return q.out.Write(line)
}

// preferX11 makes the toolkit use X11 if there is X11 and no Wayland. Otherwise the toolkit tries Wayland first, and
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

// makeCacheFolder makes the user's cache folder, which a new user may not have. The toolkit makes its own folder in it,
// and complains if it is missing.
func makeCacheFolder() {
	if folder, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(folder, 0o700) // the toolkit reports the failure
	}
}
