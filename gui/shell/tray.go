package shell

import (
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Tray is the desktop's tray, as Fyne and systray offer it.
type Tray interface {
	SetMenu(*fyne.Menu)
	SetIcon(fyne.Resource)
	SetTooltip(string)
	OnTapped(func())
	Hosted() bool // reports whether something shows tray icons here
	Settle()      // sets again what was set while the tray was being made
}

// trayCommands has what the tray's menu can do.
type trayCommands struct {
	power      func(on bool)
	factor     func(policy.Factor)
	again      func() // multiply again, after forwarding at 1×
	copy       func()
	open, quit func()
}

// presets are the factors in the tray's menu.
var presets = []policy.Factor{policy.One, policy.One * 3 / 2, 2 * policy.One, 3 * policy.One, 5 * policy.One, 10 * policy.One}

// trayIcon is the icon with its menu. The menu is built again only when its texts change, because that closes an open
// menu.
type trayIcon struct {
	tray    Tray
	do      trayCommands
	menu    *fyne.Menu
	shown   trayState
	tooltip string
	icon    *fyne.StaticResource
	off     *fyne.StaticResource
	icons   map[theme.Tone]*fyne.StaticResource // by the light's tone, while the engine is on
}

// trayState is all that the menu depends on. Nothing in it changes by time alone.
type trayState struct {
	sentence    string
	state       engine.State
	factor      policy.Factor
	passthrough bool
	language    string
}

func newTrayIcon(t Tray, do trayCommands) *trayIcon {
	on := fyne.NewStaticResource("tray-on.svg", assets.TrayOn)
	late := fyne.NewStaticResource("tray-attention.svg", assets.TrayAttention)
	trouble := fyne.NewStaticResource("tray-trouble.svg", assets.TrayTrouble)
	return &trayIcon{
		tray: t, do: do, menu: fyne.NewMenu(Name),
		off:   fyne.NewStaticResource("tray-off.svg", assets.TrayOff),
		icons: map[theme.Tone]*fyne.StaticResource{theme.Good: on, theme.Muted: on, theme.Warn: late, theme.Bad: trouble},
	}
}

// begin puts the icon into the tray. Call it before Fyne runs: afterwards Fyne makes no tray.
func (t *trayIcon) begin(snap *engine.Snapshot, now time.Time) {
	t.tray.OnTapped(t.do.open)
	t.show(snap, text.LightOf(snap, now))
}

func (t *trayIcon) show(snap *engine.Snapshot, light text.Light) {
	sentence, _ := text.Sentence(snap)
	words := sentence
	if light.Subject != text.AboutAll {
		sentence, words = light.Lasting, light.Words
	}
	if tip := Name + ": " + words; tip != t.tooltip {
		t.tooltip = tip
		t.tray.SetTooltip(tip)
	}
	icon := t.off
	if snap.State != engine.Off {
		icon = t.icons[light.Tone]
	}
	if icon != t.icon {
		t.icon = icon
		t.tray.SetIcon(icon)
	}
	if state := (trayState{sentence, snap.State, snap.Factor, snap.Passthrough, lang.Current()}); state != t.shown || len(t.menu.Items) == 0 {
		t.shown = state
		t.menu.Items = t.items(state)
		t.tray.SetMenu(t.menu)
	}
}

func (t *trayIcon) items(s trayState) []*fyne.MenuItem {
	line := fyne.NewMenuItem(s.sentence, nil)
	line.Disabled = true
	power := fyne.NewMenuItem(lang.L("Start"), func() { t.do.power(true) })
	if s.state != engine.Off {
		power = fyne.NewMenuItem(lang.L("Stop"), func() { t.do.power(false) })
		power.Disabled = s.state == engine.Stopping
	}
	items := []*fyne.MenuItem{line, fyne.NewMenuItemSeparator(), power}
	if s.passthrough {
		items = append(items, fyne.NewMenuItem(lang.L("Multiply again"), t.do.again))
	}
	items = append(items, fyne.NewMenuItemSeparator())
	for _, f := range presets {
		item := fyne.NewMenuItem(lang.L("Multiplier %s", text.Times(f)), func() { t.do.factor(f) })
		item.Checked = f == s.factor
		items = append(items, item)
	}
	quit := fyne.NewMenuItem(lang.L("Quit"), t.do.quit)
	quit.IsQuit = true
	return append(items,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy proxy address"), t.do.copy),
		fyne.NewMenuItem(lang.L("Open"), t.do.open),
		fyne.NewMenuItemSeparator(), quit)
}
