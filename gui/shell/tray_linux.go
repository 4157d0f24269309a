//go:build !nogui

package shell

import "github.com/godbus/dbus/v5"

// trayHosted is whether anything shows tray icons. Plain GNOME does not: a window that closes to the tray could then
// never be seen again.
func trayHosted() bool {
	const name = "org.kde.StatusNotifierWatcher"
	c, err := dbus.SessionBus() // shared with Fyne; never close it
	if err != nil {
		return false
	}
	var has bool
	if err := c.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has); err != nil || !has {
		return false
	}
	v, err := c.Object(name, "/StatusNotifierWatcher").GetProperty(name + ".IsStatusNotifierHostRegistered")
	if err != nil {
		return true
	}
	on, ok := v.Value().(bool)
	return on || !ok
}
