//go:build !nogui

package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/systray"
)

// systrayTray is the real tray: Fyne puts the icon there, systray itself knows the tooltip and the click.
type systrayTray struct {
	app     desktop.App
	tooltip string
}

// NewTray is the desktop's tray; nil where the program runs without one.
func NewTray(a fyne.App) Tray {
	d, ok := a.(desktop.App)
	if !ok {
		return nil
	}
	return &systrayTray{app: d}
}

func (t *systrayTray) SetMenu(m *fyne.Menu)       { t.app.SetSystemTrayMenu(m) }
func (t *systrayTray) SetIcon(icon fyne.Resource) { t.app.SetSystemTrayIcon(icon) }
func (t *systrayTray) Hosted() bool               { return trayHosted() }

func (t *systrayTray) SetTooltip(tip string) {
	t.tooltip = tip
	systray.SetTooltip(tip)
}

func (t *systrayTray) OnTapped(do func()) { systray.SetOnTapped(func() { fyne.Do(do) }) }

// Settle says title and tooltip once more: systray loses what is set while it is still putting the item on the bus,
// and in one start of 20 the title stayed empty.
func (t *systrayTray) Settle() {
	systray.SetTitle(Name)
	systray.SetTooltip(t.tooltip)
}
