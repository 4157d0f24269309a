package torrents

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Sort is by which column the rows stand, and which way.
type Sort struct {
	Key        string
	Descending bool
}

// DefaultSort is by name: the order in which a row stays where it is.
var DefaultSort = Sort{Key: "hash"}

// comparators order two rows by each column.
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
	"last": func(a, b *engine.Torrent) int { return a.Last.Compare(b.Last) },
	"next": func(a, b *engine.Torrent) int { return a.Next.Compare(b.Next) },
}

// byName has torrents with a name first, then the others by their hashes.
func byName(a, b *engine.Torrent) int {
	if (a.Name == "") != (b.Name == "") {
		if a.Name == "" {
			return 1
		}
		return -1
	}
	return cmp.Or(compareFold(a.Name, b.Name), strings.Compare(a.Name, b.Name), slices.Compare(a.InfoHash[:], b.InfoHash[:]))
}

// compareFold compares two texts whatever their case.
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

// textual columns start upwards, figures and times start with the largest.
var textual = map[string]bool{"hash": true, "tracker": true, "client": true, "event": true, "state": true}

// clicked is the sort after a click on a column.
func (s Sort) clicked(key string) Sort {
	if key == s.Key {
		return Sort{key, !s.Descending}
	}
	return Sort{key, !textual[key]}
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

// rows is the order in which a snapshot's torrents stand in the table. It keeps the last order, since little changes
// from one snapshot to the next: only what changed is sorted, the rest is merged.
type rows struct {
	by       Sort
	torrents []*engine.Torrent
	order    []int32
	scratch  []int32
	moved    []int32
	hasMoved []bool // by place in torrents

	hold bool                // rows stay where they are, and new ones come last
	late map[string]struct{} // IDs of rows that are not where they would be, as far as hold kept them

	needle string // what every row must hold, in small letters; empty for all
	found  []bool // by place in torrents: the row holds it; unused while needle is empty
	shown  []int32
	now    time.Time // of the states
	on     bool      // the engine is
	sought int       // where find last found something in torrents
}

// rowsOf arranges the torrents of a snapshot.
func (r *rows) rowsOf(torrents []*engine.Torrent, by Sort) {
	if comparators[by.Key] == nil {
		by = DefaultSort
	}
	same := len(torrents) > 0 && len(torrents) == len(r.torrents) && &torrents[0] == &r.torrents[0]
	if by == r.by && same && (r.hold || len(r.late) == 0) {
		return
	}
	before := r.torrents
	r.torrents = torrents
	r.match(before)
	defer r.pick()
	switch {
	case by == r.by && r.hold && len(before) > 0:
		r.keep(before)
	case by == r.by && len(r.late) == 0 && r.diff(before):
		r.merge()
	default:
		r.by = by
		r.sort()
	}
}

// sort puts all rows where they belong.
func (r *rows) sort() {
	clear(r.late)
	r.order = r.order[:0]
	for i := range r.torrents {
		r.order = append(r.order, int32(i))
	}
	slices.SortFunc(r.order, r.less)
}

// settle puts all rows where they belong, though they are held.
func (r *rows) settle() {
	r.sort()
	r.pick()
}

// keep leaves the rows of the last snapshot where they are, with the new ones behind them.
func (r *rows) keep(before []*engine.Torrent) {
	if r.late == nil {
		r.late = map[string]struct{}{}
	}
	if r.diff(before) {
		for _, i := range r.moved {
			r.late[r.torrents[i].ID] = struct{}{}
			if int(i) >= len(before) {
				r.order = append(r.order, i)
			}
		}
		return
	}
	key, at := comparators[r.by.Key], make(map[string]int32, len(r.torrents))
	for i, t := range r.torrents {
		at[t.ID] = int32(i)
	}
	order := make([]int32, 0, len(r.torrents))
	for _, i := range r.order {
		was := before[i]
		now, there := at[was.ID]
		if !there {
			delete(r.late, was.ID)
			continue
		}
		delete(at, was.ID)
		order = append(order, now)
		if key(was, r.torrents[now]) != 0 {
			r.late[was.ID] = struct{}{}
		}
	}
	for i, t := range r.torrents {
		if _, fresh := at[t.ID]; fresh {
			order = append(order, int32(i))
			r.late[t.ID] = struct{}{}
		}
	}
	r.order = order
}

// tick brings the states that depend on the clock and the switch up to date: for the filter that is done now and then.
func (r *rows) tick(now time.Time, on bool) {
	if on == r.on && now.Sub(r.now) < statesHold && !now.Before(r.now) {
		return
	}
	r.now, r.on = now, on
	if r.needle != "" {
		r.match(nil)
		r.pick()
	}
}

// statesHold is how long states that depend on the clock stay as they are.
const statesHold = 10 * time.Second

// filter shows only rows that hold a text in their name, hash, tracker, client or state, whatever its case.
func (r *rows) filter(text string) {
	r.needle = strings.ToLower(strings.TrimSpace(text))
	r.match(nil)
	r.pick()
}

// match looks for the needle where a row is not as it was before.
func (r *rows) match(before []*engine.Torrent) {
	if r.needle == "" {
		return
	}
	r.found = append(r.found, make([]bool, max(0, len(r.torrents)-len(r.found)))...)[:len(r.torrents)]
	var words [states]string
	for s := range states {
		words[s] = strings.ToLower(s.words())
	}
	for i, t := range r.torrents {
		if i < len(before) {
			if b := before[i]; b == t || b.ID == t.ID && b.Name == t.Name && b.Client == t.Client && stateOf(b) == stateOf(t) && b.Last.Equal(t.Last) {
				continue
			}
		}
		r.found[i] = strings.Contains(words[stateAt(t, r.now, r.on)], r.needle) || strings.Contains(t.InfoHash.String(), r.needle) ||
			strings.Contains(t.Tracker, r.needle) || strings.Contains(strings.ToLower(t.Client), r.needle) || strings.Contains(strings.ToLower(t.Name), r.needle)
	}
}

// pick takes the rows that are shown out of the order of all.
func (r *rows) pick() {
	if r.needle == "" {
		r.shown = append(r.shown[:0], r.order...)
		return
	}
	r.shown = r.shown[:0]
	for _, i := range r.order {
		if r.found[i] {
			r.shown = append(r.shown, i)
		}
	}
}

// diff finds what moved since the last snapshot, and what came; ok is false where these are not the same rows at all.
// A torrent that did not change is the same one, and is not looked at.
func (r *rows) diff(before []*engine.Torrent) (ok bool) {
	n := len(r.torrents)
	if n < len(before) {
		return false
	}
	r.moved = r.moved[:0]
	r.hasMoved = append(r.hasMoved[:0], make([]bool, n)...)
	key := comparators[r.by.Key]
	for i, b := range r.torrents {
		if i < len(before) {
			a := before[i]
			switch {
			case a == b:
				continue
			case a.ID != b.ID:
				return false
			case key(a, b) == 0:
				continue
			}
		}
		r.moved = append(r.moved, int32(i))
		r.hasMoved[i] = true
	}
	return true
}

func (r *rows) less(i, j int32) int {
	a, b := r.torrents[i], r.torrents[j]
	c := comparators[r.by.Key](a, b)
	if r.by.Descending {
		c = -c
	}
	return cmp.Or(c, strings.Compare(a.ID, b.ID))
}

// merge puts what moved to its new place.
func (r *rows) merge() {
	if len(r.moved) == 0 {
		return
	}
	kept := r.scratch[:0]
	for _, i := range r.order {
		if !r.hasMoved[i] {
			kept = append(kept, i)
		}
	}
	r.scratch = kept
	slices.SortFunc(r.moved, r.less)
	r.order = r.order[:0]
	for _, m := range r.moved {
		at, _ := slices.BinarySearchFunc(kept, m, r.less)
		r.order = append(append(r.order, kept[:at]...), m)
		kept = kept[at:]
	}
	r.order = append(r.order, kept...)
}

// at is the torrent of a row.
func (r *rows) at(row int) *engine.Torrent { return r.torrents[r.shown[row]] }

// find is the row of a torrent, or -1.
func (r *rows) find(id string) int {
	if id == "" {
		return -1
	}
	if r.sought >= len(r.torrents) || r.torrents[r.sought].ID != id {
		if r.sought = slices.IndexFunc(r.torrents, func(t *engine.Torrent) bool { return t.ID == id }); r.sought < 0 {
			r.sought = 0
			return -1
		}
	}
	return slices.Index(r.shown, int32(r.sought))
}

// title is what a torrent is called: its name, or the beginning of its hash.
func title(t *engine.Torrent) string {
	if t.Name == "" {
		return t.InfoHash.Short()
	}
	return t.Name
}

// cells are the texts of one row, in the order of columns.
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
}

// clientsOf is the client that shares a torrent, or how many do.
func clientsOf(t *engine.Torrent) string {
	if t.Clients > 1 {
		return lang.N("%d clients", t.Clients, t.Clients)
	}
	return t.Client
}

// answerOf is the tracker's last answer in words.
func answerOf(t *engine.Torrent) (string, theme.Tone) {
	if !t.Answered && t.Failure == "" {
		return text.Dash, theme.Muted
	}
	return text.Outcome(t.Outcome, t.Problem, t.Failure, t.Warning, t.Status)
}
