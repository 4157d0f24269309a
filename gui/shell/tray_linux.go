//go:build !nogui

package shell

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// busPatience is how long the bus may take to answer. It is asked while the window is being closed, and a bus that
// hangs must not freeze the window.
const busPatience = time.Second

// trayHosted reports whether anything shows tray icons. Plain GNOME does not, so nothing could bring back a window that
// was closed to the tray.
func trayHosted() bool {
	c, err := dbus.SessionBus() // shared with Fyne, which connected it at the start; never close it
	if err != nil {
		return false
	}
	return trayHostedOn(c, busPatience)
}

// trayHostedOn reports whether anything on a bus shows tray icons; false if the bus does not answer in time.
func trayHostedOn(c *dbus.Conn, patience time.Duration) bool {
	const name = "org.kde.StatusNotifierWatcher"
	ctx, cut := context.WithTimeout(context.Background(), patience)
	defer cut()
	var has bool
	if err := c.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has); err != nil || !has {
		return false
	}
	var v dbus.Variant
	get := c.Object(name, "/StatusNotifierWatcher").CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, name, "IsStatusNotifierHostRegistered")
	if err := get.Store(&v); err != nil {
		return ctx.Err() == nil // true for a watcher that lacks the property, false for a bus that did not answer
	}
	on, ok := v.Value().(bool)
	return on || !ok
}
