//go:build !nogui

package text

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2/lang"
)

// Duration is a span in its two largest useful units: "45 s", "29 min", "1 h 05", "3 d 4 h".
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch s := int64(d / time.Second); {
	case s < 60:
		return fmt.Sprintf(lang.L("%d s"), s)
	case s < 3600:
		return fmt.Sprintf(lang.L("%d min"), s/60)
	case s < 86400:
		return fmt.Sprintf(lang.L("%d h %02d"), s/3600, s/60%60)
	default:
		return fmt.Sprintf(lang.L("%d d %d h"), s/86400, s/3600%24)
	}
}

// Ago is how long a moment is past: "now", "12 s ago". A dash for the zero time.
func Ago(at, now time.Time) string {
	switch d := now.Sub(at); {
	case at.IsZero():
		return Dash
	case d < 2*time.Second:
		return lang.L("now")
	default:
		return fmt.Sprintf(lang.L("%s ago"), Duration(d))
	}
}

// Until is how far a moment is ahead: "in 29 min"; "due" when it is past. A dash for the zero time.
func Until(at, now time.Time) string {
	switch d := at.Sub(now); {
	case at.IsZero():
		return Dash
	case d < time.Second:
		return lang.L("due")
	default:
		return fmt.Sprintf(lang.L("in %s"), Duration(d))
	}
}

// Clock is the time of day; with the day before it when that is not today.
func Clock(at, now time.Time) string {
	at = at.In(now.Location())
	y, m, d := at.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return at.Format("15:04:05")
	}
	return at.Format("01-02 15:04")
}
