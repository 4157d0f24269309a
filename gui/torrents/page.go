// Package torrents is the page with one row for each torrent and tracker: what the client uploaded, what was reported,
// and what the tracker answered. The page can show one row for each tracker instead, and lists the pending announces
// below the table.
package torrents

import (
	"context"
	"maps"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Deliver(id uint64)
	Forget(id uint64)
	SetTorrentFactors(factors map[bittorrent.InfoHash]policy.Factor) error
	ReplaceTorrentFactors(was policy.Factor, factors map[bittorrent.InfoHash]policy.Factor) error
	ForgetTorrents(ids []string) (kept []string) // writes files
	History(id string, newest int) []exchange.Point
	Earlier(ctx context.Context, id string, most int) ([]exchange.Point, error) // reads files
	Learn(source string) (h bittorrent.InfoHash, name string, err error)
	Sessions(id string) []engine.Session
	Noticed(id string) checks.Noticed
	SetTrackerRule(tracker string, rule policy.TrackerRule) error
}

// Options has what the page needs from the window around it.
type Options struct {
	Engine   Engine
	Desk     *desk.Desk
	Sort     Sort
	OnSort   func(Sort)   // saves the sort
	Hidden   string       // keys of hidden columns, separated by commas; "" means [DefaultHidden]
	OnHidden func(string) // saves the hidden columns
	Split    float64      // the table's share of the height beside the detail; 0 means a half
	SwitchOn func()
	SetUp    func()                      // goes to the page that shows how to connect a client
	Activity func(hash string)           // goes to the page with a torrent's exchanges
	LookUp   func(h bittorrent.InfoHash) // goes to the page that asks the swarm for a name
	Tracker  func(host string)           // opens the rules of a tracker
}

// Page is the page.
type Page struct {
	options    Options
	rows       rows
	sort       Sort
	now        time.Time
	on         bool      // the engine is on
	chosen     string    // ID of the selected torrent, which the detail shows
	selection  selection // the selected torrents, if there are several
	reveal     bool      // the detail has opened, so the table has less room: scroll to the selected row
	hidden     map[string]bool
	stateIcons [states]fyne.Resource

	known     []engine.Tracker
	byTracker bool     // the page shows trackers instead of torrents
	databases []string // see engine.Snapshot

	bar         *bar
	undo        *undo
	grid        *grid.Grid
	table       *control.Card
	trackers    *trackers
	empty       *empty
	noMatch     fyne.CanvasObject // over a table without a row that matches the filter
	detail      *detail
	pendingList *pendingList
	split       *container.Split // table and detail
	content     *fyne.Container
}

const (
	minRows   = 6   // rows in view beside the detail in the smallest window, until the user moves the split or opens the pending announces
	evenSplit = 0.5 // place of the split until the user moves it
)

// tableLayout gives the table all the room above the detail.
type tableLayout struct{ page *Page }

// Layout is part of fyne.Layout.
func (tableLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	layout.NewStackLayout().Layout(objects, size)
}

// MinSize is part of fyne.Layout.
func (l tableLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	rows := minRows
	if l.page.split.Offset != evenSplit || l.page.pendingList.open {
		rows = 1
	}
	return layout.NewStackLayout().MinSize(objects).Max(fyne.NewSize(0, grid.HeightOf(rows)))
}

// New builds the page; Show fills it.
func New(o Options) *Page {
	p := &Page{options: o, sort: o.Sort}
	if comparators[p.sort.Key] == nil {
		p.sort = DefaultSort
	}
	p.grid = grid.New(columns(), func() int { return len(p.rows.shown) }, func(row int, out []grid.Cell) { cells(p.rows.at(row), p.now, p.on, &p.stateIcons, out) })
	p.stateIcons = newStateIcons()
	if o.Hidden == "" {
		o.Hidden = DefaultHidden
	}
	p.hidden = hiddenColumns(o.Hidden)
	p.grid.HideColumns(p.hidden)
	p.grid.SetSort(p.sort.Key, p.sort.Descending)
	p.grid.OnSort = p.onSort
	p.grid.OnSelect, p.grid.OnMenu = p.onSelect, p.onMenu
	p.grid.Marked, p.grid.OnToggle, p.grid.OnRange, p.grid.OnAll = p.isSelected, p.onToggle, p.onRange, p.onAll
	p.grid.OnDelete = func() { p.forget(p.selectedTorrents()) }
	p.table = control.NewFrame(p.grid)
	p.empty = newEmpty(o.SwitchOn, o.SetUp)
	p.bar = newBar(p)
	p.detail = newDetail(p)
	p.pendingList = newPendingList(o)
	p.undo, p.trackers = newUndo(p), newTrackers(p)
	p.noMatch = newNoMatch(p.showAll)
	p.split = container.NewVSplit(container.New(tableLayout{page: p}, p.table, p.trackers.content, p.noMatch, p.empty.content, p.undo.content), p.detail.content)
	p.pendingList.onOpen = p.split.Refresh
	p.split.Offset = o.Split
	if o.Split <= 0 || o.Split >= 1 {
		p.split.Offset = evenSplit
	}
	p.content = control.Border(p.bar.content, p.pendingList.content, nil, nil, p.split)
	return p
}

func columns() []grid.Column {
	const end = fyne.TextAlignTrailing
	return append([]grid.Column{
		{Key: "hash", Title: lang.L("Torrent"), Tip: lang.L("The torrent's name, or the beginning of its info hash while the name is not known."), Min: 110, Weight: 6},
		{Key: "state", Title: lang.L("State"), Tip: lang.L("What matters most about the torrent now."), Min: 116, Weight: 3.6, Icon: true},
		{Key: "tracker", Title: lang.L("Tracker"), Tip: lang.L("The tracker, without the parts of its address that are secret."), Min: 76, Weight: 2},
		{Key: "client", Title: lang.L("Client"), Tip: lang.L("The client that shares it, or how many do."), Min: 72, Weight: 2.2},
		{Key: "event", Title: lang.L("Event"), Tip: lang.L("The client's last event: started, completed, stopped, or none."), Min: 74},
		{Key: "size", Title: lang.L("Size"), Tip: lang.L("How large the torrent is, where that is known."), Min: 66, Weight: 0.3, Align: end},
		{Key: "seen", Title: lang.L("Uploaded"), Tip: lang.L("What your clients uploaded since BittOratio first saw the torrent."), Min: 66, Weight: 0.3, Align: end},
		{Key: "told", Title: lang.L("Reported"), Tip: lang.L("The upload total that was reported to the tracker."), Min: 66, Weight: 0.3, Align: end},
		{Key: "credit", Title: lang.L("Added"), Tip: lang.L("What was added: reported minus uploaded."), Min: 74, Weight: 0.3, Align: end},
		{Key: "factor", Title: lang.L("Multiplier"), Tip: lang.L("The multiplier in force for new upload of this torrent."), Min: 64, Weight: 0.2, Align: end},
		{Key: "peers", Title: lang.L("Seeds/Peers"), Tip: lang.L("Seeds and peers by the tracker's last answer. With no peers nobody downloads from you."), Min: 78, Weight: 0.4, Align: end},
		{Key: "answer", Title: lang.L("Last answer"), Tip: lang.L("How the last announce ended."), Min: 80, Weight: 4, Lead: 8},
		{Key: "last", Title: lang.L("Last"), Tip: lang.L("How long ago the last announce was."), Min: 52, Weight: 0.4, Align: end},
		{Key: "next", Title: lang.L("Next in"), Tip: lang.L("When the tracker expects the next announce."), Min: 54, Weight: 0.4, Align: end},
	}, derivedColumns()...)
}

// Content returns the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Grid returns the table of torrents, or that of trackers while it is shown.
func (p *Page) Grid() *grid.Grid {
	if p.byTracker {
		return p.trackers.grid
	}
	return p.grid
}

// Trackers returns the table of trackers.
func (p *Page) Trackers() *grid.Grid { return p.trackers.grid }

// Show shows a snapshot. Relative times count from now.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	p.now, p.known, p.databases = now, snap.Trackers, snap.Databases
	p.on = snap.State != engine.Off
	p.rows.updateStates(now, p.on)
	p.arrange(snap.Torrents)
	p.undo.settle(now)
	p.bar.dropLostTracker(snap.Trackers)
	control.SetVisible(p.bar.content, len(snap.Torrents) > 0)
	p.empty.show(snap)
	p.pendingList.show(snap.Pending, now)
	p.refresh()
	if p.reveal {
		p.reveal = false
		p.grid.Reveal(p.grid.Selected())
	}
	control.Fit(p.content)
}

// ruleOf returns the rules of one tracker.
func (p *Page) ruleOf(tracker string) (rule policy.TrackerRule) {
	for i := range p.known {
		if p.known[i].Host == tracker {
			rule = p.known[i].Own
		}
	}
	return rule
}

// torrentsOf returns how many torrents one tracker has.
func (p *Page) torrentsOf(tracker string) (n int) {
	for i := range p.known {
		if p.known[i].Host == tracker {
			n = p.known[i].Torrents
		}
	}
	return n
}

// arrange sorts the rows. While a row is selected or the pointer is over the table, the rows stay where they are.
func (p *Page) arrange(torrents []*engine.Torrent) {
	p.rows.hold = p.rows.find(p.chosen) >= 0 || p.grid.Hovered()
	p.rows.update(torrents, p.sort)
}

func (p *Page) refresh() {
	p.reconcile()
	some := len(p.rows.torrents) > 0
	control.SetVisible(p.table, some && !p.byTracker)
	control.SetVisible(p.trackers.content, some && p.byTracker)
	if p.byTracker {
		p.trackers.update(p.known, p.rows.torrents, p.rows.filter.words, p.now)
		control.SetVisible(p.noMatch, some && len(p.trackers.rows) == 0 && p.rows.filter.isSet())
		p.bar.show()
		p.detail.show(nil, p.now)
		return
	}
	control.SetVisible(p.noMatch, some && len(p.rows.shown) == 0 && p.rows.filter.isSet()) // else all that there is was just forgotten
	row := p.rows.find(p.chosen)
	p.grid.Update()
	p.grid.Mark(row)
	p.bar.show()
	if row < 0 {
		p.detail.show(nil, p.now)
		return
	}
	p.detail.show(p.rows.at(row), p.now)
}

func (p *Page) onSort(key string) {
	p.sort = p.sort.afterClick(key)
	p.grid.SetSort(p.sort.Key, p.sort.Descending)
	p.arrange(p.rows.torrents)
	p.refresh()
	p.options.OnSort(p.sort)
}

func (p *Page) onSelect(row int) {
	p.selection = selection{}
	p.selectRow(row)
}

// selectRow selects a row and shows it in the detail; -1 for none.
func (p *Page) selectRow(row int) {
	p.chosen = ""
	if row >= 0 {
		p.chosen = p.rows.at(row).ID
	}
	p.arrange(p.rows.torrents)
	p.reveal = row >= 0 && !p.detail.content.Visible()
	p.refresh()
}

// onSortNow sorts the rows that were held in place, and keeps the selected one in view.
func (p *Page) onSortNow() {
	p.rows.sortNow()
	p.refresh()
	p.grid.Reveal(p.grid.Selected())
}

// onFilter filters by the typed words. From a magnet link it learns the torrent's name, and then filters by that
// torrent.
func (p *Page) onFilter(typed string) {
	f := p.rows.filter
	f.words, p.bar.linkError = wordsOf(typed), ""
	if link := strings.TrimSpace(typed); bittorrent.IsMagnet(link) {
		h, _, err := p.options.Engine.Learn(link)
		if err == nil {
			p.rows.filter = filter{} // shows all, so that its row is not left out
			p.setView(false)
			p.bar.filter.SetText(h.String()) // calls onFilter again
			return
		}
		f.words, p.bar.linkError = nil, lang.L("%s was not read: %s.", lang.L("Magnet link"), text.ConversionError(err))
	}
	p.setFilter(f)
}

// setFilter sets the filter. Selected rows that match it stay selected.
func (p *Page) setFilter(f filter) {
	p.rows.setFilter(f)
	p.refresh()
}

func (p *Page) onClass(c class) {
	f := p.rows.filter
	f.class = c
	p.setFilter(f)
}

// onTracker filters by a tracker; "" means all trackers.
func (p *Page) onTracker(host string) {
	f := p.rows.filter
	f.tracker = host
	p.setFilter(f)
}

// onColumn shows or hides a column.
func (p *Page) onColumn(key string) {
	p.hidden = maps.Clone(p.hidden)
	if p.hidden[key] {
		delete(p.hidden, key)
	} else {
		p.hidden[key] = true
	}
	p.grid.HideColumns(p.hidden)
	p.options.OnHidden(hiddenKeys(p.hidden))
}

// ShowOnly filters by the light's subject.
func (p *Page) ShowOnly(about text.Subject) {
	p.setView(false)
	p.bar.clear()
	p.setFilter(filter{class: classOf[about]})
}

// showAll ends all filters.
func (p *Page) showAll() {
	p.bar.clear()
	p.setFilter(filter{})
}

// Split returns the table's share of the height, to be saved.
func (p *Page) Split() float64 { return p.split.Offset }

// Find returns the field for the filter, to give it the focus.
func (p *Page) Find() fyne.Focusable { return p.bar.filter }

// Copied returns the selected rows' figures as text; "" if none is selected.
func (p *Page) Copied() string {
	if p.byTracker {
		return p.trackers.copiedText()
	}
	var all []string
	out := make([]grid.Cell, len(columns()))
	for _, t := range p.selectedTorrents() {
		cells(t, p.now, p.on, &p.stateIcons, out)
		var words []string
		for i, c := range columns() {
			words = append(words, c.Title+": "+out[i].Text)
		}
		all = append(all, strings.Join(words, "\n")+"\n"+t.InfoHash.String())
	}
	return strings.Join(all, "\n\n")
}

func (p *Page) onClose() { p.onSelect(-1) }
