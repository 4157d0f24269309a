package shell

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"bittoratio/gui/torrents"
)

// The keys of the window's own state in Fyne's preferences. Settings of the engine are in settings.json instead. Values
// that belong together share one key, because Fyne writes its file at each change, and reads it again when it sees that
// it changed.
const (
	keySize   = "window.size"     // 1000x640
	keyPage   = "page"            // the page's number
	keySort   = "torrents.sort"   // seen, or -seen for the largest first
	keyHidden = "torrents.hidden" // keys of hidden columns
	keyWidths = ".widths"         // after the table's name: the widths of its columns, in the table's form
	keySplit  = "torrents.split"  // the table's share of the height beside the detail
	keyTray   = "told.tray"

	keyFirst    = "told.first"   // the user was notified of the first announces
	keyWelcomed = "told.welcome" // the user has seen the welcome
)

// prefs is what the window remembers.
type prefs struct{ fyne.Preferences }

func (p prefs) size() fyne.Size {
	var s fyne.Size
	if _, err := fmt.Sscanf(p.String(keySize), "%fx%f", &s.Width, &s.Height); err != nil || s.Width <= 0 || s.Height <= 0 {
		return fyne.NewSize(1000, 640)
	}
	return s
}

func (p prefs) setSize(s fyne.Size) {
	if s.Width > 0 && s.Height > 0 {
		p.SetString(keySize, fmt.Sprintf("%gx%g", s.Width, s.Height))
	}
}

func (p prefs) page() int { return p.Int(keyPage) }

func (p prefs) setPage(page int) { p.SetInt(keyPage, page) }

func (p prefs) sort() torrents.Sort {
	s := p.String(keySort)
	if s == "" {
		return torrents.DefaultSort
	}
	key, descending := strings.CutPrefix(s, "-")
	return torrents.Sort{Key: key, Descending: descending}
}

func (p prefs) setSort(s torrents.Sort) {
	key := s.Key
	if s.Descending {
		key = "-" + key
	}
	p.SetString(keySort, key)
}

// trayExplained reports whether the user was notified that closing the window leaves the program in the tray. From then
// on it returns true.
func (p prefs) trayExplained() bool {
	explained := p.Bool(keyTray)
	p.SetBool(keyTray, true)
	return explained
}
