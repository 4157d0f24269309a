package text

import (
	"time"

	"bittoratio/gui/lang"
)

// Duration returns a duration in its two largest useful units: "45 s", "29 min", "1 h 05", "3 d 4 h".
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch s := int64(d / time.Second); {
	case s < 60:
		return lang.L("%d s", s)
	case s < 3600:
		return lang.L("%d min", s/60)
	case s < 86400:
		return lang.L("%d h %02d", s/3600, s/60%60)
	default:
		return lang.L("%d d %d h", s/86400, s/3600%24)
	}
}

// Since returns how long ago a time is, for a column whose title says so: "now", "12 s". It returns a dash for the zero
// time.
func Since(at, now time.Time) string {
	switch d := now.Sub(at); {
	case at.IsZero():
		return Dash
	case d < 2*time.Second:
		return lang.L("now (column)")
	default:
		return Duration(d)
	}
}

// Ago returns the same as [Since], but for a sentence: "now", "12 s ago".
func Ago(at, now time.Time) string {
	if at.IsZero() {
		return Dash
	}
	if now.Sub(at) < 2*time.Second {
		return lang.L("now")
	}
	return lang.L("%s ago", Since(at, now))
}

// To returns how long it is until a time, for a column whose title says so: "29 min", or "due" if it has passed. It
// returns a dash for the zero time.
func To(at, now time.Time) string {
	switch d := at.Sub(now); {
	case at.IsZero():
		return Dash
	case d < time.Second:
		return lang.L("due")
	default:
		return Duration(d)
	}
}

// Until returns the same as [To], but for a sentence: "in 29 min".
func Until(at, now time.Time) string {
	if at.IsZero() || at.Sub(now) < time.Second {
		return To(at, now)
	}
	return lang.L("in %s", To(at, now))
}

// Clock returns the time of day, with the date before it if that is not today.
func Clock(at, now time.Time) string {
	at = at.In(now.Location())
	y, m, d := at.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return at.Format(lang.L("15:04:05"))
	}
	return at.Format(lang.L("01-02 15:04"))
}

// Moment returns one of several times at equal distances, as short as possible: "15:04", or the date if a day begins.
func Moment(at time.Time, step time.Duration) string {
	switch {
	case step >= 24*time.Hour || at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0:
		return at.Format(lang.L("Jan 2"))
	case step < time.Minute:
		return at.Format(lang.L("15:04:05"))
	default:
		return at.Format(lang.L("15:04"))
	}
}

// Instant returns the date and the time with seconds.
func Instant(at time.Time) string { return at.Format(lang.L("2006-01-02 15:04:05")) }
