package torrents

import (
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// title returns a torrent's name, or the beginning of its hash if the name is not known.
func title(t *engine.Torrent) string {
	if t.Name == "" {
		return t.InfoHash.Short()
	}
	return t.Name
}

// cells fills the texts of one row, in the order of the columns.
func cells(t *engine.Torrent, now time.Time, on bool, icons *[states]fyne.Resource, out []grid.Cell) {
	answer, tone := answerOf(t)
	credit, size := grid.Cell{Text: text.Dash, Tone: theme.Muted}, grid.Cell{Text: text.Dash, Tone: theme.Muted}
	if t.Credit() > 0 {
		credit = grid.Cell{Text: "+" + text.Bytes(t.Credit()), Tone: theme.Strong}
	}
	if t.Size > 0 {
		size = grid.Cell{Text: text.Bytes(t.Size)}
	}
	s := stateAt(t, now, on)
	copy(out, []grid.Cell{
		{Text: title(t)},
		{Text: s.words(), Tone: s.tone(), Icon: icons[s]},
		{Text: t.Tracker},
		{Text: clientsOf(t), Tone: theme.Muted},
		{Text: text.Event(t.Event), Tone: theme.Muted},
		size,
		{Text: text.Bytes(t.Seen)},
		{Text: text.Bytes(t.Reported)},
		credit,
		{Text: text.Times(t.Factor), Tone: theme.Muted},
		{Text: text.Count(t.Swarm.Seeders) + " / " + text.Count(t.Swarm.Leechers), Tone: theme.Muted},
		{Text: answer, Tone: tone},
		{Text: text.Since(t.Last, now), Tone: theme.Muted},
		{Text: text.To(t.Next, now), Tone: theme.Muted},
	})
	derivedCells(t, out[len(out)-2:])
}

// clientsOf returns the name of the client that shares a torrent, or the number of clients.
func clientsOf(t *engine.Torrent) string {
	if t.Clients > 1 {
		return lang.N("%d clients", t.Clients, t.Clients)
	}
	return t.Client
}

// answerOf returns the tracker's last answer in words.
func answerOf(t *engine.Torrent) (string, theme.Tone) {
	if !t.Answered && t.Failure == "" {
		return text.Dash, theme.Muted
	}
	return text.Outcome(t.Outcome, t.Problem, t.Failure, t.Warning, t.Status)
}
