package torrents

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// state is what is to be said of a torrent first.
type state uint8

// The states, in the order of their weight.
const (
	downloading state = iota
	seeding
	fresh
	ended
	excluded
	waits
	memory
	refused
	states // how many there are
)

// stateOf is the weightiest of what is true.
func stateOf(t *engine.Torrent) state {
	switch {
	case t.Failure != "":
		return refused
	case t.Answered && t.Outcome == engine.OutcomeCached:
		return memory
	case t.Waiting > 0 || t.Answered && t.Outcome == engine.OutcomeFailed:
		return waits
	case t.Own == engine.One:
		return excluded
	case t.Event == bittorrent.EventStopped:
		return ended
	case t.Answered && t.First.Equal(t.Last):
		return fresh
	case t.Left == 0:
		return seeding
	default:
		return downloading
	}
}

func (s state) words() string {
	switch s {
	case refused:
		return lang.L("Tracker says no")
	case memory:
		return lang.L("Tracker away: from memory")
	case waits:
		return lang.L("Waiting to deliver")
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
	case memory, waits:
		return theme.Warn
	case seeding, downloading, fresh:
		return theme.Good
	default:
		return theme.Muted
	}
}

// icons are made once: an image is drawn anew where its resource is another one.
func icons() (out [states]fyne.Resource) {
	for s, icon := range [states]fyne.Resource{
		downloading: fynetheme.DownloadIcon(), seeding: fynetheme.UploadIcon(), fresh: fynetheme.ContentAddIcon(), ended: fynetheme.MediaStopIcon(),
		excluded: fynetheme.VisibilityOffIcon(), waits: fynetheme.MailSendIcon(), memory: fynetheme.HistoryIcon(), refused: fynetheme.ErrorIcon(),
	} {
		out[s] = fynetheme.NewColoredResource(icon, state(s).tone().Color())
	}
	return out
}
