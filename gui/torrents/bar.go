package torrents

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// bar is what stands over the table: the filter, how many rows it leaves, and which columns are shown.
type bar struct {
	page    *Page
	filter  *control.Entry
	count   *control.Line
	late    *control.Button // puts rows that were held where they belong
	columns *control.Button
	content fyne.CanvasObject
}

func newBar(p *Page) *bar {
	b := &bar{page: p, filter: control.NewEntry(), count: control.NewLine("", theme.Muted).AtLeast(150).Aligned(fyne.TextAlignTrailing)}
	b.filter.SetPlaceHolder(lang.L("Filter, or paste a magnet link for its name"))
	b.filter.OnChanged = p.onFilter
	b.columns = control.NewButtonWithIcon(lang.L("Columns"), fynetheme.GridIcon(), b.menu)
	b.columns.Importance = widget.LowImportance
	b.late = control.NewButtonWithIcon("", fynetheme.ViewRefreshIcon(), p.onSettle)
	b.late.Importance = widget.LowImportance
	b.late.Hide()
	right := container.NewHBox(container.NewCenter(b.count), b.late, b.columns)
	b.content = container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0), control.Border(nil, nil, nil, right, b.filter))
	return b
}

// show says how many rows the filter leaves, and how many are not where they belong.
func (b *bar) show(shown, all, late int) {
	if late > 0 {
		if words := lang.N("%s updated", late, lang.Int(uint64(late))); b.late.Text != words {
			b.late.SetText(words)
		}
	}
	if b.late.Visible() != (late > 0) {
		control.SetVisible(b.late, late > 0)
		b.content.Refresh() // the filter has other room
	}
	words := ""
	if shown < all || strings.TrimSpace(b.filter.Text) != "" {
		words = lang.L("%s of %s", lang.Int(uint64(shown)), text.Torrents(all))
	}
	b.count.Set(words, theme.Muted)
}

// menu offers the columns, below its button.
func (b *bar) menu() { b.page.options.Desk.Menu(b.columns, b.choices()) }

// choices are the columns with a mark on those that are shown. The first one stays.
func (b *bar) choices() *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, c := range columns()[1:] {
		item := fyne.NewMenuItem(c.Title, func() { b.page.onColumn(c.Key) })
		item.Checked = !b.page.hidden[c.Key]
		menu.Items = append(menu.Items, item)
	}
	return menu
}

// DefaultHidden are the columns that a first start does not show, as [Options] names them.
const DefaultHidden = "answer,event,factor,size"

// hiddenColumns reads the keys of hidden columns; what is no column is left out.
func hiddenColumns(keys string) map[string]bool {
	hidden := map[string]bool{}
	for _, c := range columns()[1:] {
		if slices.Contains(strings.Split(keys, ","), c.Key) {
			hidden[c.Key] = true
		}
	}
	return hidden
}

// hiddenKeys writes them, in the order of the columns.
func hiddenKeys(hidden map[string]bool) string {
	var keys []string
	for _, c := range columns() {
		if hidden[c.Key] {
			keys = append(keys, c.Key)
		}
	}
	return strings.Join(append(keys, "none")[:max(len(keys), 1)], ",")
}
