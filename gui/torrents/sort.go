package torrents

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
)

// Sort is the column by which rows are sorted, and the direction.
type Sort struct {
	Key        string
	Descending bool
}

// DefaultSort sorts by name, because rows then stay where they are.
var DefaultSort = Sort{Key: "hash"}

// comparators compares two rows by each column.
var comparators = map[string]func(a, b *engine.Torrent) int{
	"hash":    byName,
	"state":   func(a, b *engine.Torrent) int { return cmp.Compare(stateOf(a), stateOf(b)) },
	"size":    func(a, b *engine.Torrent) int { return cmp.Compare(a.Size, b.Size) },
	"factor":  func(a, b *engine.Torrent) int { return cmp.Compare(a.Factor, b.Factor) },
	"tracker": func(a, b *engine.Torrent) int { return strings.Compare(a.Tracker, b.Tracker) },
	"client":  func(a, b *engine.Torrent) int { return strings.Compare(a.Client, b.Client) },
	"event":   func(a, b *engine.Torrent) int { return cmp.Compare(a.Event, b.Event) },
	"seen":    func(a, b *engine.Torrent) int { return cmp.Compare(a.Seen, b.Seen) },
	"told":    func(a, b *engine.Torrent) int { return cmp.Compare(a.Reported, b.Reported) },
	"credit":  func(a, b *engine.Torrent) int { return cmp.Compare(a.Credit(), b.Credit()) },
	"peers": func(a, b *engine.Torrent) int {
		return cmp.Or(cmp.Compare(a.Swarm.Seeders, b.Swarm.Seeders), cmp.Compare(a.Swarm.Leechers, b.Swarm.Leechers))
	},
	"answer": func(a, b *engine.Torrent) int {
		return cmp.Or(cmp.Compare(severity(a), severity(b)), strings.Compare(a.Failure, b.Failure), cmp.Compare(a.Problem, b.Problem))
	},
	"ratio": byRatio, "noticed": byChecksFired,
	"last": func(a, b *engine.Torrent) int { return a.Last.Compare(b.Last) },
	"next": func(a, b *engine.Torrent) int { return a.Next.Compare(b.Next) },
}

// byName orders by name; torrents without a name come last, by their hashes.
func byName(a, b *engine.Torrent) int {
	if (a.Name == "") != (b.Name == "") {
		if a.Name == "" {
			return 1
		}
		return -1
	}
	return cmp.Or(compareFold(a.Name, b.Name), strings.Compare(a.Name, b.Name), slices.Compare(a.InfoHash[:], b.InfoHash[:]))
}

// compareFold compares two texts without regard to case.
func compareFold(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if c := cmp.Compare(unicode.ToLower(x), unicode.ToLower(y)); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// ascendingFirst has the columns that a first click sorts in ascending order. Numbers and times start with the largest.
var ascendingFirst = map[string]bool{"hash": true, "tracker": true, "client": true, "event": true, "state": true}

// afterClick returns the sort after a click on the title of a column.
func (s Sort) afterClick(key string) Sort {
	if key == s.Key {
		return Sort{key, !s.Descending}
	}
	return Sort{key, !ascendingFirst[key]}
}

func severity(t *engine.Torrent) int {
	switch {
	case t.Failure != "":
		return 4
	case t.Outcome == exchange.OutcomeFailed:
		return 3
	case t.Outcome == exchange.OutcomeCached:
		return 2
	case t.Warning != "" || t.Status >= 400:
		return 1
	default:
		return 0
	}
}
