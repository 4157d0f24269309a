package torrents

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// state is the most important fact about a torrent.
type state uint8

// The states, in the order in which a column sorts them.
const (
	downloading state = iota
	seeding
	fresh
	ended
	excluded
	undelivered
	trackerAway
	refused
	overdue // the client should have announced it
	gone    // the client has been silent for a day, or the engine is off
	states  // the number of states
)

// stateOf returns the most important state that applies, without regard to the clock.
func stateOf(t *engine.Torrent) state {
	shared := t.Event != bittorrent.EventStopped
	switch {
	case shared && t.Failure != "":
		return refused
	case shared && t.Away:
		return trackerAway
	case t.Pending > 0 || shared && text.Unanswered(t):
		return undelivered
	case t.Own == policy.One:
		return excluded
	case !shared:
		return ended
	case t.Answered && t.First.Equal(t.Last):
		return fresh
	case t.Left == 0:
		return seeding
	default:
		return downloading
	}
}

// stateAt returns the same as stateOf, but with the states that depend on the clock and on whether the engine is on:
// overdue and gone.
func stateAt(t *engine.Torrent, now time.Time, on bool) state {
	s := stateOf(t)
	switch {
	case s == ended || s == undelivered:
		return s
	case s == excluded:
		if on && text.Overdue(t, now) && !text.Gone(t, now) {
			return overdue
		}
		return s
	case text.Gone(t, now):
		return gone
	case s == seeding || s == downloading || s == fresh:
		switch {
		case !on:
			return gone
		case text.Overdue(t, now):
			return overdue
		}
	}
	return s
}

func (s state) words() string {
	switch s {
	case refused:
		return lang.L("Refused by tracker")
	case trackerAway:
		return lang.L("Tracker unreachable")
	case undelivered:
		return lang.L("Pending")
	case overdue:
		return lang.L("Overdue")
	case gone:
		return lang.L("Gone")
	case excluded:
		return lang.L("Excluded")
	case ended:
		return lang.L("Stopped")
	case fresh:
		return lang.L("New")
	case seeding:
		return lang.L("Seeding")
	default:
		return lang.L("Downloading")
	}
}

func (s state) tone() theme.Tone {
	switch s {
	case refused:
		return theme.Bad
	case trackerAway, undelivered, overdue:
		return theme.Warn
	case seeding, downloading, fresh:
		return theme.Good
	default:
		return theme.Muted
	}
}

// newStateIcons returns the icon of each state. They are made once, because an image with a new resource is redrawn.
func newStateIcons() (out [states]fyne.Resource) {
	for s, icon := range [states]fyne.Resource{
		downloading: fynetheme.DownloadIcon(), seeding: fynetheme.UploadIcon(), fresh: fynetheme.ContentAddIcon(), ended: fynetheme.MediaStopIcon(),
		excluded: fynetheme.VisibilityOffIcon(), undelivered: fynetheme.MailSendIcon(), trackerAway: fynetheme.HistoryIcon(), refused: fynetheme.ErrorIcon(),
		overdue: fynetheme.WarningIcon(), gone: fynetheme.LogoutIcon(),
	} {
		out[s] = fynetheme.NewColoredResource(icon, state(s).tone().Color())
	}
	return out
}
