package torrents

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bittoratio/engine"
)

// rows is the order of a snapshot's torrents in the table. It keeps the order of the last snapshot, since little
// changes in between: it sorts only the torrents that changed, and merges them into the others.
type rows struct {
	by       Sort
	torrents []*engine.Torrent
	order    []int32
	scratch  []int32
	moved    []int32
	hasMoved []bool // by index in torrents

	hold  bool // rows stay where they are, and new rows come last
	exact bool // the next chooseShown shows exactly the rows that match the filter, even while rows are held

	filter    filter
	hidden    map[string]time.Time // first-seen times of torrents that are forgotten or about to be, by ID
	classSets []classSet           // by index in torrents; 0 if the torrent is hidden
	flags     []flag               // by index in torrents
	counts    [classes]int         // rows of each class, before the filter
	shown     []int32
	now       time.Time // when the states were worked out
	on        bool      // the engine is on
	lastFound int       // index in torrents at which has found the last torrent
}

// flag is what rows notes about one torrent, beside its place.
type flag uint8

const (
	matches    flag = 1 << iota // the torrent matches the filter
	hasRow                      // the torrent has a row
	outOfPlace                  // the row is held: at a wrong place, or though it does not match the filter
	movesLast                   // chooseShown puts the row last
)

// update arranges the torrents of a snapshot.
func (r *rows) update(torrents []*engine.Torrent, by Sort) {
	if comparators[by.Key] == nil {
		by = DefaultSort
	}
	same := len(torrents) > 0 && len(torrents) == len(r.torrents) && &torrents[0] == &r.torrents[0]
	if by == r.by && same && (r.hold || r.countOutOfPlace() == 0) {
		return
	}
	before := r.torrents
	waits := by != r.by || r.countOutOfPlace() > 0
	r.torrents = torrents
	r.prune()
	held := by == r.by && r.hold && len(before) > 0
	switch same := by == r.by && r.findMoved(before); {
	case held && same:
		r.applyFilter(before)
		r.keepInPlace(len(before))
	case held:
		r.keepByID(before)
	case same && !waits:
		r.applyFilter(before)
		r.merge()
	default:
		r.by = by
		r.applyFilter(before)
		r.sort()
	}
	r.chooseShown()
}

// sort sorts all rows.
func (r *rows) sort() {
	for i := range r.flags {
		r.flags[i] &^= outOfPlace
	}
	r.exact = true
	r.order = r.order[:0]
	for i := range r.torrents {
		r.order = append(r.order, int32(i))
	}
	slices.SortFunc(r.order, r.less)
}

// sortNow sorts all rows, even while they are held.
func (r *rows) sortNow() {
	r.sort()
	r.chooseShown()
}

// countOutOfPlace returns how many visible rows are held at a wrong place, or though they do not match the filter.
func (r *rows) countOutOfPlace() (n int) {
	for _, i := range r.shown {
		if r.flags[i]&outOfPlace != 0 {
			n++
		}
	}
	return n
}

// keepInPlace leaves the rows of the last snapshot where they are; there are as many as before says. New rows come
// after them.
func (r *rows) keepInPlace(before int) {
	for _, i := range r.moved {
		r.flags[i] |= outOfPlace
		if int(i) >= before {
			r.order = append(r.order, i)
		}
	}
}

// keepByID does the same as keepInPlace if torrents are gone or at another index in the snapshot.
func (r *rows) keepByID(before []*engine.Torrent) {
	key, at := comparators[r.by.Key], make(map[string]int32, len(r.torrents))
	for i, t := range r.torrents {
		at[t.ID] = int32(i)
	}
	order, flags := make([]int32, 0, len(r.torrents)), make([]flag, len(r.torrents))
	for _, i := range r.order {
		was := before[i]
		now, there := at[was.ID]
		if !there {
			continue
		}
		delete(at, was.ID)
		order = append(order, now)
		if flags[now] = r.flags[i]; key(was, r.torrents[now]) != 0 {
			flags[now] |= outOfPlace
		}
	}
	for i, t := range r.torrents {
		if _, fresh := at[t.ID]; fresh {
			order = append(order, int32(i))
			flags[i] = outOfPlace
		}
	}
	r.order, r.flags = order, flags
	r.applyFilter(nil)
}

// updateStates works out the states again, which depend on the clock and on whether the engine is on. It does so when
// the engine is switched, or else each statesHold.
func (r *rows) updateStates(now time.Time, on bool) {
	if on == r.on && now.Sub(r.now) < statesHold && !now.Before(r.now) {
		return
	}
	r.now, r.on = now, on
	r.applyFilter(nil)
	r.chooseShown()
}

// statesHold is how long states that depend on the clock stay as they are.
const statesHold = 10 * time.Second

// setFilter sets the filter and sorts the rows that match it.
func (r *rows) setFilter(f filter) {
	r.filter = f
	r.applyFilter(nil)
	r.sortNow()
}

// hide hides torrents that are being forgotten; all other rows stay where they are. A torrent stays hidden while
// snapshots contain it, because a snapshot from before the forgetting may come after it. A torrent that a client adds
// again has a later first-seen time, so it is shown.
func (r *rows) hide(ts []*engine.Torrent) {
	if r.hidden == nil {
		r.hidden = make(map[string]time.Time, len(ts))
	}
	for _, t := range ts {
		r.hidden[t.ID] = t.First
	}
	r.applyFilter(nil)
	r.chooseShown()
}

// unhide shows hidden torrents again.
func (r *rows) unhide(ids []string) {
	for _, id := range ids {
		delete(r.hidden, id)
	}
	r.applyFilter(nil)
	r.chooseShown()
}

// isHidden reports whether a torrent is hidden by hide.
func (r *rows) isHidden(t *engine.Torrent) bool {
	if len(r.hidden) == 0 {
		return false
	}
	first, hidden := r.hidden[t.ID]
	return hidden && first.Equal(t.First)
}

// prune drops hidden torrents that the snapshot no longer contains.
func (r *rows) prune() {
	if len(r.hidden) == 0 {
		return
	}
	left := make(map[string]time.Time, len(r.hidden))
	for _, t := range r.torrents {
		if r.isHidden(t) {
			left[t.ID] = t.First
		}
	}
	r.hidden = left
}

// applyFilter works out the classes of changed torrents and whether they match the filter, and counts the rows of each
// class. before is the last snapshot's list; nil means that all torrents changed.
func (r *rows) applyFilter(before []*engine.Torrent) {
	n := len(r.torrents)
	r.flags = append(r.flags, make([]flag, max(0, n-len(r.flags)))...)[:n]
	r.classSets = append(r.classSets, make([]classSet, max(0, n-len(r.classSets)))...)[:n]
	var words [states]string
	if len(r.filter.words) > 0 {
		for s := range states {
			words[s] = strings.ToLower(s.words())
		}
	}
	var rows [1 << classes]int // by combination of classes: one addition per row instead of one per class
	for i, t := range r.torrents {
		if i >= len(before) || before[i] != t {
			s := stateAt(t, r.now, r.on)
			if r.classSets[i] = classesOf(t, s, r.now, r.on); r.isHidden(t) {
				r.classSets[i] = 0
			}
			if r.flags[i] &^= matches; r.filter.matches(t, r.classSets[i], words[s]) {
				r.flags[i] |= matches
			}
		}
		rows[r.classSets[i]]++
	}
	r.counts = [classes]int{}
	for k, n := range rows {
		for c := range classes {
			r.counts[c] += n * (k >> c & 1)
		}
	}
}

// chooseShown chooses the rows to show, in the order of all. While rows are held, visible rows stay, and rows that the
// filter newly lets through come last.
func (r *rows) chooseShown() {
	held := r.hold && !r.exact
	r.exact = false
	if !r.filter.isSet() && len(r.hidden) == 0 {
		r.shown = append(r.shown[:0], r.order...)
		for i := range r.flags {
			r.flags[i] |= hasRow
		}
		return
	}
	r.shown = r.shown[:0]
	var last []int32
	for _, i := range r.order {
		switch f := r.flags[i]; {
		case held && f&(matches|hasRow) == matches && r.filter.isSet():
			last = append(last, i)
			r.flags[i] |= hasRow | outOfPlace | movesLast
			continue
		case f&matches != 0:
			r.flags[i] |= hasRow
		case held && f&hasRow != 0 && r.classSets[i] != 0:
			r.flags[i] |= outOfPlace
		default:
			r.flags[i] &^= hasRow | outOfPlace
			continue
		}
		r.shown = append(r.shown, i)
	}
	if len(last) > 0 {
		r.order = append(slices.DeleteFunc(r.order, func(i int32) bool { return r.flags[i]&movesLast != 0 }), last...)
		r.shown = append(r.shown, last...)
		for _, i := range last {
			r.flags[i] &^= movesLast
		}
	}
}

// findMoved finds new torrents, and those whose place in the order may have changed since the last snapshot. A torrent
// with the same pointer did not change. ok is false if a torrent is gone or at another index.
func (r *rows) findMoved(before []*engine.Torrent) (ok bool) {
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

// merge moves changed rows to their new places.
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

// at returns the torrent of a row.
func (r *rows) at(row int) *engine.Torrent { return r.torrents[r.shown[row]] }

// find returns the row of a torrent, or -1.
func (r *rows) find(id string) int {
	if !r.has(id) {
		return -1
	}
	return slices.Index(r.shown, int32(r.lastFound))
}

// has reports whether the snapshot contains a torrent, with or without a row, and notes its index.
func (r *rows) has(id string) bool {
	if id == "" {
		return false
	}
	if r.lastFound >= len(r.torrents) || r.torrents[r.lastFound].ID != id {
		r.lastFound = max(slices.IndexFunc(r.torrents, func(t *engine.Torrent) bool { return t.ID == id }), 0)
	}
	return r.lastFound < len(r.torrents) && r.torrents[r.lastFound].ID == id
}
