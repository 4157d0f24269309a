package torrents

import (
	"maps"

	"bittoratio/engine"
)

// selection has the selected torrents if there are several; it is empty if one or none is selected.
type selection struct {
	ids        map[string]struct{}
	rangeStart string // ID of the torrent where a range begins
}

// reconcile deselects torrents without a row, and makes sure that the keyboard's row is one of the selected ones. A
// single selected torrent stays selected while a filter hides it, but not when it is gone.
func (p *Page) reconcile() {
	if p.shownSelected() < len(p.selection.ids) {
		shown := p.rows.shownIDs()
		maps.DeleteFunc(p.selection.ids, func(id string, _ struct{}) bool { _, is := shown[id]; return !is })
	}
	if len(p.selection.ids) == 0 {
		p.selection = selection{rangeStart: p.selection.rangeStart}
		if !p.rows.has(p.chosen) {
			p.chosen = ""
		}
		return
	}
	if _, is := p.selection.ids[p.chosen]; !is {
		p.chosen = p.rows.at(p.firstSelected()).ID
	}
}

// shownSelected returns how many of several selected torrents have a row; 0 if one or none is selected.
func (p *Page) shownSelected() (n int) {
	if len(p.selection.ids) == 0 {
		return 0
	}
	for row := range p.rows.shown {
		if p.isSelected(row) {
			n++
		}
	}
	return n
}

// beginSelection makes the single selected torrent the first of several.
func (p *Page) beginSelection() {
	if len(p.selection.ids) > 0 {
		return
	}
	p.selection.ids = map[string]struct{}{}
	if p.rows.find(p.chosen) >= 0 {
		p.selection.ids[p.chosen] = struct{}{}
		p.selection.rangeStart = p.chosen
	}
}

// isSelected reports whether a row is selected.
func (p *Page) isSelected(row int) bool {
	_, ok := p.selection.ids[p.rows.at(row).ID]
	return ok
}

// onToggle selects a row beside the others, or deselects it.
func (p *Page) onToggle(row int) {
	p.beginSelection()
	id := p.rows.at(row).ID
	p.selection.rangeStart = id
	if _, was := p.selection.ids[id]; !was {
		p.selection.ids[id] = struct{}{}
		p.selectRow(row)
		return
	}
	delete(p.selection.ids, id)
	p.selectRow(p.firstSelected())
}

// firstSelected returns the first row that is selected, or -1.
func (p *Page) firstSelected() int {
	for row := range p.rows.shown {
		if p.isSelected(row) {
			return row
		}
	}
	return -1
}

// onRange selects all rows from the last one that was selected by itself to this one.
func (p *Page) onRange(row int) {
	p.beginSelection()
	from := p.rows.find(p.selection.rangeStart)
	if from < 0 {
		from = row
		p.selection.rangeStart = p.rows.at(row).ID
	}
	clear(p.selection.ids)
	for i := min(from, row); i <= max(from, row); i++ {
		p.selection.ids[p.rows.at(i).ID] = struct{}{}
	}
	p.selectRow(row)
}

// onAll selects all visible rows.
func (p *Page) onAll() {
	if len(p.rows.shown) == 0 {
		return
	}
	p.beginSelection()
	p.selection.ids = p.rows.shownIDs()
	p.selectRow(max(p.rows.find(p.chosen), 0))
}

// selectedTorrents returns the selected torrents, in the order of the rows.
func (p *Page) selectedTorrents() (out []*engine.Torrent) {
	if len(p.selection.ids) > 0 {
		for row := range p.rows.shown {
			if p.isSelected(row) {
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
