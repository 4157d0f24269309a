//go:build e2e

package e2e

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// watcher is a minimal tray host, as a StatusNotifierItem needs it.
type watcher struct{ d *desktop }

func (w watcher) RegisterStatusNotifierItem(sender dbus.Sender, service string) *dbus.Error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.items = append(w.d.items, string(sender)+" "+service)
	return nil
}

func (w watcher) RegisterStatusNotifierHost(string) *dbus.Error { return nil }

func (d *desktop) watcher() {
	const name = "org.kde.StatusNotifierWatcher"
	must(d.t, d.conn.Export(watcher{d}, "/StatusNotifierWatcher", name))
	_, err := prop.Export(d.conn, "/StatusNotifierWatcher", prop.Map{name: {
		"RegisteredStatusNotifierItems":  {Value: []string{}, Emit: prop.EmitTrue},
		"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue},
		"ProtocolVersion":                {Value: int32(0), Emit: prop.EmitTrue},
	}})
	must(d.t, err)
	_, err = d.conn.RequestName(name, dbus.NameFlagDoNotQueue)
	must(d.t, err)
}

// notes is a minimal notification server.
type notes struct{ d *desktop }

func (n notes) Notify(_ string, _ uint32, _, sum, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.d.mu.Lock()
	defer n.d.mu.Unlock()
	n.d.notes = append(n.d.notes, sum+"|"+body)
	return 1, nil
}

func (d *desktop) notifications() {
	must(d.t, d.conn.Export(notes{d}, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"))
	_, err := d.conn.RequestName("org.freedesktop.Notifications", dbus.NameFlagDoNotQueue)
	must(d.t, err)
}

// notified returns how many notifications with this title appeared.
func (d *desktop) notified(title string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, note := range d.notes {
		if strings.HasPrefix(note, title+"|") {
			n++
		}
	}
	return n
}

// tray returns the bus name of the tray item, with any tray host.
func (d *desktop) tray() string {
	d.t.Helper()
	var item string
	eventually(d.t, "a tray item is on the bus", func() bool {
		var names []string
		_ = d.conn.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names)
		for _, n := range names {
			if strings.HasPrefix(n, "org.kde.StatusNotifierItem-") {
				item = n
				return true
			}
		}
		return false
	})
	return item
}

func (d *desktop) trayProp(name string) dbus.Variant {
	d.t.Helper()
	v, err := d.conn.Object(d.tray(), "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem." + name)
	must(d.t, err)
	return v
}

// tooltip returns the text that a tray host shows when the pointer is over the icon.
func (d *desktop) tooltip() string {
	parts, ok := d.trayProp("ToolTip").Value().([]any)
	if !ok || len(parts) < 3 {
		return ""
	}
	return fmt.Sprint(parts[2])
}

// icon returns the pixels of the tray icon: 64 × 64, four bytes each.
func (d *desktop) icon() string {
	d.t.Helper()
	var pix []struct {
		W, H int32
		Pix  []byte
	}
	must(d.t, d.trayProp("IconPixmap").Store(&pix))
	if len(pix) != 1 || pix[0].W != 64 || len(pix[0].Pix) != 64*64*4 {
		d.t.Fatalf("the tray icon has %d pictures, want one of 64 × 64 pixels", len(pix))
	}
	return string(pix[0].Pix)
}

// item is one entry of the tray's menu.
type item struct {
	id             int32
	label, kind    string
	enabled, check bool
}

// menu reads the tray's menu. Fyne gives each entry a new id at every refresh, so an id must be looked up by its label
// each time.
func (d *desktop) menu() (out []item) {
	d.t.Helper()
	type node struct {
		ID    int32
		Props map[string]dbus.Variant
		Kids  []dbus.Variant
	}
	var rev uint32
	var root node
	o := d.conn.Object(d.tray(), "/StatusNotifierItem/menu")
	must(d.t, o.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&rev, &root))
	for _, k := range root.Kids {
		var n node
		must(d.t, dbus.Store([]any{k.Value()}, &n))
		i := item{id: n.ID, enabled: true}
		i.label, _ = n.Props["label"].Value().(string)
		i.kind, _ = n.Props["type"].Value().(string)
		if v, ok := n.Props["enabled"]; ok {
			i.enabled, _ = v.Value().(bool)
		}
		i.check = fmt.Sprint(n.Props["toggle-state"].Value()) == "1"
		out = append(out, i)
	}
	return out
}

func (d *desktop) item(label string) item {
	d.t.Helper()
	var got item
	eventually(d.t, "the tray menu has "+label, func() bool {
		for _, i := range d.menu() {
			if i.label == label {
				got = i
				return true
			}
		}
		return false
	})
	return got
}

// choose does what a tray host does when the user clicks an entry.
func (d *desktop) choose(label string) {
	d.t.Helper()
	i := d.item(label)
	o := d.conn.Object(d.tray(), "/StatusNotifierItem/menu")
	must(d.t, o.Call("com.canonical.dbusmenu.Event", 0, i.id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err)
}
