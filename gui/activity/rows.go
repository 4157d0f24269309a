//go:build !nogui

package activity

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/grid"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// So many exchanges are kept for the page; older ones are dropped and counted.
const kept = 2000

// rows are the exchanges the page holds, oldest first; row 0 of the table is the newest.
type rows struct {
	entries []engine.Entry
	last    uint64 // number of the newest
	missed  uint64 // how many are no longer here
}

// add takes what came since the last call, oldest first, and how many of them the engine no longer had.
func (r *rows) add(entries []engine.Entry, dropped uint64) {
	r.missed += dropped
	if len(entries) == 0 {
		return
	}
	r.last = entries[len(entries)-1].Seq
	r.entries = append(r.entries, entries...)
	if over := len(r.entries) - kept; over > 0 {
		r.missed += uint64(over)
		r.entries = append(r.entries[:0], r.entries[over:]...)
	}
}

// at is the exchange of a row.
func (r *rows) at(row int) *engine.Entry { return &r.entries[len(r.entries)-1-row] }

// row is where the exchange with a number stands, or -1.
func (r *rows) row(seq uint64) int {
	for i := range r.entries {
		if r.entries[i].Seq == seq {
			return len(r.entries) - 1 - i
		}
	}
	return -1
}

// cells are the texts of one row, in the order of columns.
func cells(e *engine.Entry, now time.Time, out []grid.Cell) {
	hash := text.Dash
	if e.InfoHash != (bittorrent.InfoHash{}) {
		hash = e.InfoHash.Short()
	}
	outcome, tone := outcomeOf(e)
	figure := theme.Plain
	if e.Reason != engine.ReasonMultiplied {
		figure = theme.Muted
	}
	copy(out, []grid.Cell{
		{Text: text.Clock(e.At, now), Tone: theme.Muted},
		{Text: text.Kind(e.Kind, e.Event)},
		{Text: e.Tracker},
		{Text: hash},
		{Text: text.Figure(e), Tone: figure},
		{Text: outcome, Tone: tone},
	})
}

func outcomeOf(e *engine.Entry) (string, theme.Tone) {
	if e.Kind == engine.KindTunnel && e.Problem == engine.ProblemNone && e.Outcome == engine.OutcomePassed {
		return text.Outcome(engine.OutcomePassed, 0, "", "", 0)
	}
	return text.Outcome(e.Outcome, e.Problem, e.Failure, e.Warning, e.Status)
}
