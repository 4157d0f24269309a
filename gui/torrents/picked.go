package torrents

import (
	"maps"

	"bittoratio/engine"
)

// picked has the selected torrents if there are several; it is empty if one or none is selected.
type picked struct {
	ids    map[string]struct{}
	anchor string // ID of the torrent where a range begins
}

// reconcile deselects torrents without a row, and makes sure that the keyboard's row is one of the selected ones. A
// single selected torrent stays selected while a filter leaves it out, but not when it is gone.
func (p *Page) reconcile() {
	if p.shownPicked() < len(p.picked.ids) {
		shown := p.rows.shownIDs()
		maps.DeleteFunc(p.picked.ids, func(id string, _ struct{}) bool { _, is := shown[id]; return !is })
	}
	if len(p.picked.ids) == 0 {
		p.picked = picked{anchor: p.picked.anchor}
		if !p.rows.has(p.chosen) {
			p.chosen = ""
		}
		return
	}
	if _, is := p.picked.ids[p.chosen]; !is {
		p.chosen = p.rows.at(p.firstPicked()).ID
	}
}

// shownPicked returns how many of several selected torrents have a row; 0 if one or none is selected.
func (p *Page) shownPicked() (n int) {
	if len(p.picked.ids) == 0 {
		return 0
	}
	for row := range p.rows.shown {
		if p.isPicked(row) {
			n++
		}
	}
	return n
}

// begin makes the single selected torrent the first of several.
func (p *Page) begin() {
	if len(p.picked.ids) > 0 {
		return
	}
	p.picked.ids = map[string]struct{}{}
	if p.rows.find(p.chosen) >= 0 {
		p.picked.ids[p.chosen] = struct{}{}
		p.picked.anchor = p.chosen
	}
}

// isPicked reports whether a row is selected.
func (p *Page) isPicked(row int) bool {
	_, ok := p.picked.ids[p.rows.at(row).ID]
	return ok
}

// onToggle selects a row beside the others, or deselects it.
func (p *Page) onToggle(row int) {
	p.begin()
	id := p.rows.at(row).ID
	p.picked.anchor = id
	if _, was := p.picked.ids[id]; !was {
		p.picked.ids[id] = struct{}{}
		p.lead(row)
		return
	}
	delete(p.picked.ids, id)
	p.lead(p.firstPicked())
}

// firstPicked returns the first row that is selected, or -1.
func (p *Page) firstPicked() int {
	for row := range p.rows.shown {
		if p.isPicked(row) {
			return row
		}
	}
	return -1
}

// onRange selects all rows from the last one that was selected by itself to this one.
func (p *Page) onRange(row int) {
	p.begin()
	from := p.rows.find(p.picked.anchor)
	if from < 0 {
		from = row
		p.picked.anchor = p.rows.at(row).ID
	}
	clear(p.picked.ids)
	for i := min(from, row); i <= max(from, row); i++ {
		p.picked.ids[p.rows.at(i).ID] = struct{}{}
	}
	p.lead(row)
}

// onAll selects all visible rows.
func (p *Page) onAll() {
	if len(p.rows.shown) == 0 {
		return
	}
	p.begin()
	p.picked.ids = p.rows.shownIDs()
	p.lead(max(p.rows.find(p.chosen), 0))
}

// targets returns the selected torrents, in the order of the rows.
func (p *Page) targets() (out []*engine.Torrent) {
	if len(p.picked.ids) > 0 {
		for row := range p.rows.shown {
			if p.isPicked(row) {
				out = append(out, p.rows.at(row))
			}
		}
		return out
	}
	if row := p.rows.find(p.chosen); row >= 0 {
		out = append(out, p.rows.at(row))
	}
	return out
}

// shownIDs returns the IDs of the torrents in all rows.
func (r *rows) shownIDs() map[string]struct{} {
	ids := make(map[string]struct{}, len(r.shown))
	for row := range r.shown {
		ids[r.at(row).ID] = struct{}{}
	}
	return ids
}
