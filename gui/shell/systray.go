//go:build !nogui

package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/systray"
)

// systrayTray is the real tray. Fyne puts the icon there; only systray itself has the tooltip and the click.
type systrayTray struct {
	app     desktop.App
	tooltip string
	settled bool // Settle was called: the tray exists
}

// NewTray returns the desktop's tray; nil if the program runs without one.
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
	if t.tooltip = tip; t.settled {
		systray.SetTooltip(tip)
	}
}

func (t *systrayTray) OnTapped(do func()) { systray.SetOnTapped(func() { fyne.Do(do) }) }

// Settle sets the title and the tooltip again a second after the start, because systray loses what is set while it
// makes the tray. Fyne sets the title too early: in one of 20 starts it stayed empty.
func (t *systrayTray) Settle() {
	t.settled = true
	systray.SetTitle(Name)
	systray.SetTooltip(t.tooltip)
}
