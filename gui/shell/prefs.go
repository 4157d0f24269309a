//go:build !nogui

package shell

import (
	"fyne.io/fyne/v2"

	"bittoratio/gui/torrents"
)

// The keys of the window's own matters in Fyne's preferences. What the engine obeys is in settings.json instead.
const (
	keyWidth      = "window.width"
	keyHeight     = "window.height"
	keyPage       = "page"
	keySort       = "torrents.sort"
	keyDescending = "torrents.descending"
	keyToldTray   = "told.tray"
)

// prefs are what the window remembers.
type prefs struct{ fyne.Preferences }

func (p prefs) size() fyne.Size {
	return fyne.NewSize(float32(p.FloatWithFallback(keyWidth, 1000)), float32(p.FloatWithFallback(keyHeight, 640)))
}

func (p prefs) setSize(s fyne.Size) {
	if s.Width > 0 && s.Height > 0 {
		p.SetFloat(keyWidth, float64(s.Width))
		p.SetFloat(keyHeight, float64(s.Height))
	}
}

func (p prefs) page() int { return p.Int(keyPage) }

func (p prefs) setPage(page int) { p.SetInt(keyPage, page) }

func (p prefs) sort() torrents.Sort {
	return torrents.Sort{
		Key:        p.StringWithFallback(keySort, torrents.DefaultSort.Key),
		Descending: p.BoolWithFallback(keyDescending, torrents.DefaultSort.Descending),
	}
}

func (p prefs) setSort(s torrents.Sort) {
	p.SetString(keySort, s.Key)
	p.SetBool(keyDescending, s.Descending)
}

// toldTray is whether the user was told that a closed window leaves the program in the tray; true from then on.
func (p prefs) toldTray() bool {
	told := p.Bool(keyToldTray)
	p.SetBool(keyToldTray, true)
	return told
}
