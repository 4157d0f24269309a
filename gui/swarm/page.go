// Package swarm is the page for looking things up in the swarm: what a magnet link or an info hash names, who has it,
// and the state of the DHT. The page sends nothing until the user switches the swarm on. The searches themselves are in
// the engine (swarmask).
package swarm

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Change(func(*settings.Settings)) error
}

// Swarm is the part of the engine that searches.
type Swarm interface {
	Look(r swarmview.Request) (id uint64, err error)
	LookAgain(id uint64, further bool) error
	Stop(id uint64)
	Drop(id uint64)
	Magnet(id uint64, gateway bool) (string, error)
	Save(id uint64, path string, gateway bool) (file string, err error)
	Watch(on bool)
	Measure(lookups int) error
	StopMeasuring()
}

// Options has what the page needs from the window around it.
type Options struct {
	Engine   Engine
	Swarm    Swarm
	Desk     *desk.Desk
	Settings func() // goes to the settings of the swarm
	Sealed   bool   // a demonstration: nothing may leave this computer
}

// Page is the page.
type Page struct {
	options  Options
	status   *swarmview.Status // nil while the swarm is off
	now      time.Time
	on       bool   // the page shows the searches, not the card that explains
	chosen   uint64 // ID of the search in the detail; 0 for none
	toChoose uint64 // ID of a new search, to be chosen once a snapshot has it; 0 for none
	watching bool

	off       fyne.CanvasObject
	link      *control.Entry
	wrong     *control.Line
	list      *list
	detail    *detail
	emptyHint fyne.CanvasObject // shown before the first search
	split     *container.Split
	dht       *dht
	foot      *foot
	middle    *fyne.Container
	working   fyne.CanvasObject
	content   *fyne.Container
}

// New builds the page; Show fills it.
func New(o Options) *Page {
	p := &Page{options: o}
	p.off = p.newOff()
	p.link = control.NewEntry()
	p.link.Name = lang.L("Magnet link or hash")
	p.link.SetPlaceHolder(lang.L("Paste a magnet link or a hash, or drop a .torrent file on this page"))
	p.link.Tip = lang.L("A magnet link or an info hash. Enter looks it up.")
	p.link.OnSubmitted = func(string) { p.onSearch() }
	p.link.OnChanged = func(string) { p.showError("") }
	look := control.NewButtonWithIcon(lang.L("Look up"), fynetheme.SearchIcon(), p.onSearch).Explained(lang.L("Asks the swarm for the torrent's name, files and peers."))
	look.Importance = widget.HighImportance
	p.wrong = control.NewLine("", theme.Bad).AtLeast(100)
	p.wrong.Hide()
	p.list = newList(p)
	p.detail = newDetail(p)
	p.emptyHint = newEmptyHint()
	p.split = container.NewHSplit(control.NewFrame(p.list.grid), p.detail.content)
	p.split.Offset = 0.42
	p.dht = newDHT(p)
	p.foot = newFoot(p)
	p.middle = container.NewStack(p.emptyHint, p.split, p.dht.content)
	top := container.NewVBox(control.Border(nil, nil, nil, look, p.link), p.wrong)
	p.working = control.Border(container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0), top), p.foot.content, nil, nil, p.middle)
	p.content = container.NewStack(p.off, p.working)
	p.working.Hide()
	p.arrange()
	return p
}

// Content returns the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Grid returns the table of searches, for tests.
func (p *Page) Grid() *grid.Grid { return p.list.grid }

// Find returns the field for a link, to give it the focus.
func (p *Page) Find() fyne.Focusable { return p.link }

// Copied returns the name and the hash of the chosen search; "" if none is chosen.
func (p *Page) Copied() string {
	s := p.search()
	if s == nil {
		return ""
	}
	return title(s) + "\n" + s.Hash
}

// Show shows a snapshot.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) { p.show(snap.Swarm, now) }

// show shows the swarm's part of a snapshot; nil means that the swarm is off.
func (p *Page) show(status *swarmview.Status, now time.Time) {
	p.status, p.now = status, now
	if p.on != (status != nil) {
		p.on = status != nil
		control.SetVisible(p.off, !p.on)
		control.SetVisible(p.working, p.on)
		p.content.Refresh()
	}
	if status == nil {
		p.chosen = 0
		p.detail.show(nil, now)
		return
	}
	p.refresh()
}

// Watch sets whether the page is visible. While it is, the engine keeps its table of the DHT fresh, which sends a
// few datagrams a minute.
func (p *Page) Watch(looking bool) {
	looking = looking && p.on
	if looking != p.watching {
		p.watching = looking
		p.options.Swarm.Watch(looking)
	}
}

func (p *Page) refresh() {
	if p.status == nil {
		return
	}
	p.arrange()
	p.list.show(p.status.Searches)
	p.detail.show(p.search(), p.now)
	p.dht.show(p.status)
	p.foot.show(p.status)
}

// arrange shows the picture of the DHT, the searches, or the text before the first search.
func (p *Page) arrange() {
	searched := p.status != nil && len(p.status.Searches) > 0
	control.SetVisible(p.dht.content, p.foot.showsDHT)
	control.SetVisible(p.split, searched && !p.foot.showsDHT)
	control.SetVisible(p.emptyHint, !searched && !p.foot.showsDHT)
}

// search returns the chosen search; nil if there is none.
func (p *Page) search() *swarmview.Search {
	if p.status == nil {
		return nil
	}
	for _, s := range p.status.Searches {
		if s.ID == p.chosen {
			return s
		}
	}
	return nil
}

// onSearch starts a search for the link or the hash in the field.
func (p *Page) onSearch() {
	if link := strings.TrimSpace(p.link.Text); link != "" {
		p.startSearch(swarmview.Request{Link: link}, func() { p.link.SetText("") })
	}
}

// Dropped looks up .torrent files; while the swarm is off, it only shows a message.
func (p *Page) Dropped(paths []string) {
	if !p.on {
		p.options.Desk.Inform(lang.L("The swarm is off"), lang.L("Switch it on first; the page says what that shows to strangers."))
		return
	}
	for _, path := range paths {
		p.startSearch(swarmview.Request{Path: path}, func() {})
	}
}

// Paste puts a link into the field and returns the field. It returns nil while the swarm is off, or if the text is too
// long for a link. Nothing is sent until the user presses the button.
func (p *Page) Paste(link string) fyne.Focusable {
	if !p.on || link == "" || len(link) > bittorrent.MaxMagnet {
		return nil
	}
	p.link.SetText(link)
	return p.link
}

// LookFor starts a search for a torrent of the table. While the swarm is off it does nothing: the page explains the
// swarm.
func (p *Page) LookFor(h bittorrent.InfoHash) {
	if p.on {
		p.startSearch(swarmview.Request{Hash: h}, func() {})
	}
}

// startSearch starts a search, and asks the user first if the link looks private. onStarted is called when the search
// runs.
func (p *Page) startSearch(r swarmview.Request, onStarted func()) {
	p.showError("")
	var id uint64
	p.options.Desk.Background(func() (err error) {
		id, err = p.options.Swarm.Look(r)
		return err
	}, func(err error) {
		switch kindOf(err) {
		case noError:
			onStarted()
			p.toChoose, p.foot.showsDHT = id, false
			p.foot.onToggle()
		case swarmview.LooksPrivate:
			p.confirm(r, onStarted)
		default:
			p.showError(errorText(err))
		}
	})
}

// confirm asks before a search for a link that looks private, and starts it if the user agrees.
func (p *Page) confirm(r swarmview.Request, onStarted func()) {
	p.options.Desk.Confirm(lang.L("This link looks private"),
		lang.L("An address of its trackers seems to hold a key of yours. Private trackers forbid to look for their torrents anywhere else, and a look-up shows strangers this computer's address and the hash. The key itself is sent to that tracker alone."),
		lang.L("Look it up anyway"), func() {
			r.Confirmed = true
			p.startSearch(r, onStarted)
		})
}

// showError shows below the field why a search was not started; "" hides the message.
func (p *Page) showError(why string) {
	p.wrong.Set(why, theme.Bad)
	if p.wrong.Visible() != (why != "") {
		control.SetVisible(p.wrong, why != "")
		p.working.Refresh()
	}
}

// inform shows a dialog: what was not done, and why.
func (p *Page) inform(what string, err error) { p.options.Desk.Inform(what, errorText(err)) }

// newEmptyHint returns the content before the first search.
func newEmptyHint() fyne.CanvasObject {
	title := control.NewLine(lang.L("Nothing was looked up yet"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter)
	line := control.NewLine(lang.L("Paste a link above: you get its name, its files, who has it, and its .torrent."), theme.Muted).Aligned(fyne.TextAlignCenter).AtLeast(200)
	return container.NewVBox(layout.NewSpacer(), title, line, layout.NewSpacer(), layout.NewSpacer())
}
