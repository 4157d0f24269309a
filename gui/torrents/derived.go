package torrents

import (
	"cmp"
	"math/bits"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// derivedColumns returns the columns that are worked out from the totals: the ratio, and what a tracker could notice.
func derivedColumns() []grid.Column {
	return []grid.Column{
		{Key: "ratio", Title: lang.L("Ratio"), Tip: lang.L("Reported upload divided by what the torrent downloaded."), Min: 48, Weight: 0.3, Align: fyne.TextAlignTrailing},
		{Key: "noticed", Title: lang.L("Checks"), Tip: lang.L("What a tracker could notice in the reported figures."), Min: 74, Weight: 1.5, Lead: 8},
	}
}

func derivedCells(t *engine.Torrent, out []grid.Cell) {
	out[0] = grid.Cell{Text: text.Dash, Tone: theme.Muted}
	if ratio, ok := text.RatioOf(t); ok {
		out[0] = grid.Cell{Text: text.Ratio(ratio)}
	}
	words, tone := text.Checks(t)
	out[1] = grid.Cell{Text: words, Tone: tone}
}

// byRatio orders by ratio; torrents without a ratio come first.
func byRatio(a, b *engine.Torrent) int {
	x, known := text.RatioOf(a)
	y, other := text.RatioOf(b)
	if known != other {
		if known {
			return 1
		}
		return -1
	}
	return cmp.Compare(x, y)
}

// byChecksFired orders by how many checks fired.
func byChecksFired(a, b *engine.Torrent) int { return cmp.Compare(checksFired(a), checksFired(b)) }

// checksFired returns how many checks fired for a torrent.
func checksFired(t *engine.Torrent) int { return bits.OnesCount8(uint8(t.Noticed)) }
