package activity

import (
	"cmp"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/grid"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// maxEntries is how many exchanges the page has at most; a narrower filter goes further back.
const maxEntries = 100_000

// rows has the exchanges that match the filter, oldest first; row 0 of the table is the newest.
type rows struct {
	filter  exchange.Filter
	entries []exchange.Entry
	last    uint64 // number of the newest exchange that was filtered
	before  uint64 // older exchanges than this number were not filtered yet; 0 if there are none
	begun   bool   // begin was called
}

// begin takes the exchanges in memory, oldest first, before filtering.
func (r *rows) begin(entries []exchange.Entry) {
	r.entries, r.begun, r.last, r.before = nil, true, 0, 0
	if len(entries) > 0 {
		r.before = entries[0].Seq
	}
	r.add(entries)
}

// add takes the exchanges since the last call, oldest first, and returns how many of them match the filter.
func (r *rows) add(entries []exchange.Entry) (added int) {
	for i := range entries {
		if e := &entries[i]; r.filter.Match(e) {
			r.entries = append(r.entries, *e)
			added++
		}
		r.last = entries[i].Seq
	}
	if over := len(r.entries) - maxEntries; over > 0 {
		r.entries = slices.Delete(r.entries, 0, over)
		r.before = r.entries[0].Seq
	}
	return added
}

// addOlder takes exchanges that were read from the disk, newest first; asked is how many were requested.
func (r *rows) addOlder(entries []exchange.Entry, asked int) {
	if len(entries) < asked {
		r.before = 0
	}
	if len(entries) == 0 {
		return
	}
	if r.before != 0 {
		r.before = entries[len(entries)-1].Seq
	}
	slices.Reverse(entries)
	r.entries = slices.Concat(entries, r.entries)
}

// more reports whether the disk may have older ones.
func (r *rows) more() bool { return r.before > 1 && len(r.entries) < maxEntries }

// at returns the exchange of a row.
func (r *rows) at(row int) *exchange.Entry { return &r.entries[len(r.entries)-1-row] }

// row returns the row of the exchange with a number, or -1.
func (r *rows) row(seq uint64) int {
	i, ok := slices.BinarySearchFunc(r.entries, seq, func(e exchange.Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	if !ok {
		return -1
	}
	return len(r.entries) - 1 - i
}

// cells fills the texts of one row, in the order of columns; name is the torrent's name, "" if it is not known.
func cells(e *exchange.Entry, name string, now time.Time, out []grid.Cell) {
	torrent := cmp.Or(name, text.Dash)
	if name == "" && e.InfoHash != (bittorrent.InfoHash{}) {
		torrent = e.InfoHash.Short()
	}
	outcome, tone := outcomeOf(e)
	figure := theme.Plain
	if e.Reason != exchange.ReasonMultiplied {
		figure = theme.Muted
	}
	copy(out, []grid.Cell{
		{Text: text.Clock(e.At, now), Tone: theme.Muted},
		{Text: text.Kind(e.Kind, e.Event)},
		{Text: e.Tracker},
		{Text: torrent},
		{Text: text.Calculation(e), Tone: figure},
		{Text: outcome, Tone: tone},
	})
}

func outcomeOf(e *exchange.Entry) (string, theme.Tone) {
	if e.Kind == exchange.KindTunnel && e.Problem == exchange.ProblemNone && e.Outcome == exchange.OutcomePassed {
		return text.Outcome(exchange.OutcomePassed, 0, "", "", 0)
	}
	return text.Outcome(e.Outcome, e.Problem, e.Failure, e.Warning, e.Status)
}
