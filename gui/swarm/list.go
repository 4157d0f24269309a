package swarm

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine/swarmview"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// list is the list of searches of this run, the newest on top.
type list struct {
	page     *Page
	searches []*swarmview.Search
	icons    map[theme.Tone]fyne.Resource
	grid     *grid.Grid
}

func newList(p *Page) *list {
	l := &list{page: p, icons: map[theme.Tone]fyne.Resource{
		theme.Strong: fynetheme.NewColoredResource(fynetheme.SearchIcon(), fynetheme.ColorNamePrimary),
		theme.Good:   fynetheme.NewColoredResource(fynetheme.ConfirmIcon(), fynetheme.ColorNameSuccess),
		theme.Warn:   fynetheme.NewColoredResource(fynetheme.WarningIcon(), fynetheme.ColorNameWarning),
		theme.Muted:  fynetheme.NewColoredResource(fynetheme.MediaStopIcon(), fynetheme.ColorNamePlaceHolder),
	}}
	l.grid = grid.New([]grid.Column{
		{Title: lang.L("Torrent"), Tip: lang.L("The torrent's name, or the beginning of its info hash while the name is not known."), Min: 112, Weight: 1, Icon: true},
		{Title: lang.L("State"), Tip: lang.L("How far the look-up is."), Min: 84},
		{Title: lang.L("Seeds"), Tip: lang.L("How many have all of it."), Min: 46, Align: fyne.TextAlignTrailing},
		{Title: lang.L("Peers"), Tip: lang.L("How many are still downloading it."), Min: 46, Align: fyne.TextAlignTrailing},
	}, func() int { return len(l.searches) }, l.cells)
	l.grid.OnSelect = func(row int) {
		if row >= 0 { // else it was Esc: one of them is always shown, and stays
			p.chosen, p.toChoose = l.searches[row].ID, 0
		}
		p.refresh()
	}
	return l
}

func (l *list) show(searches []*swarmview.Search) {
	l.searches = searches
	row, p := -1, l.page
	for i, s := range searches {
		if s.ID == p.toChoose {
			p.chosen, p.toChoose = s.ID, 0
		}
		if s.ID == p.chosen {
			row = i
		}
	}
	if row < 0 && len(searches) > 0 { // chooses the newest, so that the page is never half empty
		row, p.chosen = 0, searches[0].ID
	}
	l.grid.Update()
	l.grid.Mark(row)
}

func (l *list) cells(row int, out []grid.Cell) {
	s := l.searches[row]
	words, tone := state(s)
	out[0] = grid.Cell{Text: title(s), Icon: l.icons[tone]}
	out[1] = grid.Cell{Text: words, Tone: tone}
	out[2] = grid.Cell{Text: text.Count(int64(s.Seeders)), Tone: theme.Muted}
	out[3] = grid.Cell{Text: text.Count(int64(s.Leechers)), Tone: theme.Muted}
}

// title returns the name if it is known, or else the hash.
func title(s *swarmview.Search) string {
	if s.Name != "" {
		return s.Name
	}
	return s.Hash
}
