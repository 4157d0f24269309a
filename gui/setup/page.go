// Package setup is the page that connects a client: how each kind of tracker is handled, the steps in their order, the
// text to paste, the change made for the user where that is safe, converting torrents, and a live check that turns
// green with the first announce. It shows and asks; the facts about clients come from engine/clients, and the engine
// makes all changes.
package setup

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Activity(seq uint64) (entries []exchange.Entry, dropped uint64)
	Sessions(id string) []engine.Session
	ClientFiles(g clients.Guide) []file.File
	PlanClient(f file.File, g clients.Guide, back bool) (*file.Plan, error)
	ClientClosed(f file.File) error
	FindClients(ctx context.Context) []local.Found
	Enclosed() file.Enclosure
	StartFound(f *local.Found) error
	ApplyClient(p *file.Plan) error
	PlanSetup(ctx context.Context, c *local.Found, login remote.Access, back bool) (*change.Plan, error)
	ApplySetup(ctx context.Context, p *change.Plan) error
	Change(f func(*settings.Settings)) error
}

// Page is the page.
type Page struct {
	engine   Engine
	desk     *desk.Desk
	sealed   bool // the page is only a card that explains why nothing can be set up
	clients  []clients.Client
	addr     string
	client   int                 // index in clients
	release  int                 // index in the client's generations
	choosers map[string]*chooser // by the keys of clients whose torrents can be chosen while they run
	finder   *finder
	apply    *apply // of the guide that is shown; nil if it changes nothing for the user
	byUser   choice // what the user chose, which looking for clients does not change
	choosing bool   // the page is choosing, not the user
	listAll  bool   // the user asked for the list of all clients

	names      *control.Select
	releases   *control.Select
	list       *fyne.Container // contains names
	title      *control.Line   // the client whose steps are shown, if the list is hidden
	another    *control.Button // shows the list
	check      *liveCheck
	convert    *converter
	guide      *fyne.Container
	scroll     *container.Scroll
	copies     []*control.Copy
	content    fyne.CanvasObject
	renderings int // how often the guide was built, for tests
}

// choice is how much the user has chosen: nothing, a client, or also a version.
type choice uint8

const (
	choseNothing choice = iota
	choseClient         // but not its version
	choseVersion
)

// New builds the page; Show fills it. In a demonstration it sets up nothing: the demonstration's address disappears at
// its end, so a client that uses it would reach no tracker.
func New(e Engine, d *desk.Desk, sealed bool) *Page {
	if sealed {
		return &Page{sealed: true, content: newSealed()}
	}
	p := &Page{engine: e, desk: d, clients: clients.All(), guide: container.New(layout.NewCustomPaddedVBoxLayout(10))}
	p.names = control.NewSelect(names(p.clients), p.onClient)
	p.releases = control.NewSelect(nil, p.onRelease)
	p.names.Tip = lang.L("Chooses the client that you want to set up.")
	p.releases.Tip = lang.L("Chooses the version of your client.")
	p.check = newLiveCheck(e, d.Now)
	p.convert = newConverter(d)
	p.finder = newFinder(e, d, p.clients)
	p.check.announces = p.finder.clientAnnounces
	p.finder.choose, p.finder.showSteps, p.finder.done, p.finder.toConvert = p.chooseAmong, p.showSteps, p.checkFound, p.toConvert
	p.choosers = map[string]*chooser{}
	for _, c := range p.clients {
		if _, ok := convert.Reach[c.Key]; ok {
			p.choosers[c.Key] = newChooser(d, c)
		}
	}
	label := control.NewLine(lang.L("My client is"), theme.Muted)
	p.title = control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true})
	p.title.Hide()
	p.another = control.NewButton(lang.L("Another client…"), p.showAll).Explained(lang.L("Lists all clients, those that were not found too."))
	p.another.Hide()
	p.list = control.Fixed(p.names, 170)
	choice := container.NewHBox(container.NewCenter(label), container.NewCenter(p.title), p.list, control.Fixed(p.releases, 250), container.NewCenter(p.another))
	p.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 12, 0, 10), p.guide))
	head := container.New(layout.NewCustomPaddedVBoxLayout(8), choice, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), p.check.content))
	whole := control.Border(container.New(layout.NewCustomPaddedLayout(0, 8, 2, 0), head), nil, nil, nil, p.scroll)
	p.content, p.check.onResize = whole, func() { control.Fit(whole) }
	return p
}

// Opened looks for installed and running clients again, since the user returns to the page from elsewhere.
func (p *Page) Opened() {
	if !p.sealed {
		p.finder.began = false
	}
}

// Retry makes the changes that wait for their client to be closed while the page is not shown, and reports whether any
// wait.
func (p *Page) Retry(now time.Time) (some bool) { return !p.sealed && p.finder.retry(now) }

// Content returns the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show takes over the engine's address, which is part of the texts, and the client's exchanges.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	if p.sealed {
		return
	}
	for _, c := range p.copies {
		c.Settle(now)
	}
	p.convert.settle(now)
	if snap.Addr != p.addr {
		first := p.addr == ""
		p.addr = snap.Addr
		p.convert.addr = p.addr
		for _, c := range p.choosers {
			c.addr = p.addr
		}
		if first {
			p.chooseFirst(text.ActiveClients(snap, now))
		} else {
			p.render()
		}
	}
	p.finder.show(snap, now)
	p.check.show(snap, now)
}

// Names returns the names of the clients to choose from.
func (p *Page) Names() []string { return p.names.Options }

// Chosen returns the name of the client whose set-up is shown.
func (p *Page) Chosen() string { return p.names.Selected }

// Choose shows the set-up of the client with a name.
func (p *Page) Choose(name string) { p.names.SetSelected(name) }

// chooseFirst chooses the client that announces through this program already, or else the first one.
func (p *Page) chooseFirst(pointed []text.ActiveClient) {
	client, release := 0, 0
	for i := range p.clients {
		if c := &p.clients[i]; len(pointed) > 0 && c.Is(pointed[0].Client) {
			client = i
			of, _ := c.Of(pointed[0].Client)
			release = slices.IndexFunc(c.Generations, func(g clients.Generation) bool { return g.Key == of.Key })
			break
		}
	}
	if len(pointed) > 0 {
		p.byUser = choseVersion // the page is about the client that announces
	}
	p.choose(client, release)
}

// choose shows the set-up of a client's generation. It does not count as a choice of the user.
func (p *Page) choose(client, release int) {
	p.choosing = true
	p.names.SetSelectedIndex(client)
	if release > 0 {
		p.releases.SetSelectedIndex(release)
	}
	p.choosing = false
}

// chooseAmong shows the set-up of the likeliest client that was found. If the user chose a client but no version, it
// shows the version that was found.
func (p *Page) chooseAmong(found []local.Found) {
	if len(found) > 0 && !p.listAll {
		p.showList(false)
	}
	p.suggest(found)
	if p.byUser == choseVersion {
		return
	}
	var best *local.Found
	for i := range found {
		c := &found[i]
		if (p.byUser == choseNothing || c.Key == p.clients[p.client].Key) && (best == nil || likelihood(c) > likelihood(best)) {
			best = c
		}
	}
	if best != nil {
		p.showFound(best)
	}
}

// suggest gives the choosers of torrents the addresses at which clients run.
func (p *Page) suggest(found []local.Found) {
	given := map[*chooser]bool{}
	for i := range found {
		c := &found[i]
		r := p.choosers[c.Key]
		if at := c.Way.Remote; r != nil && !given[r] && at.Address != "" {
			r.suggest(at.Address, at.User)
			given[r] = true
		}
	}
}

// likelihood returns how likely the user means a client: it counts whether the client is the user's own, runs, and has
// torrents.
func likelihood(c *local.Found) (n int) {
	if c.Folder == "" && !c.Foreign && c.Sandbox != find.Container {
		n += 4
	}
	if c.Running() {
		n += 2
	}
	return n + min(c.Census.Torrents, 1)
}

// showFound shows the set-up of a client that was found; ok is false if the page does not know the client.
func (p *Page) showFound(c *local.Found) (ok bool) {
	client := slices.IndexFunc(p.clients, func(k clients.Client) bool { return k.Key == c.Key })
	if client < 0 {
		return false
	}
	release := slices.IndexFunc(p.clients[client].Generations, func(g clients.Generation) bool { return g.Key == c.Way.Generation.Key })
	p.choose(client, release)
	return true
}

// checkFound waits for the announces of a client whose card was just used, and shows its set-up.
func (p *Page) checkFound(c *local.Found) {
	if p.showFound(c) {
		p.byUser = choseVersion
	}
	p.check.begin()
}

// onApplied follows a change of a settings file that was made beside the steps: the client's card shows it too.
func (p *Page) onApplied(back bool) {
	p.byUser = choseVersion // the result stays in view, whatever is found
	if !back {
		p.check.begin()
	}
	p.finder.search()
}

// showSteps shows the set-up of a client that was found.
func (p *Page) showSteps(c *local.Found) {
	if !p.showFound(c) {
		return
	}
	p.byUser = choseVersion
	p.scroll.ScrollToOffset(fyne.NewPos(0, p.guide.Objects[1].Position().Y))
}

// showAll shows the list of all clients, including those that were not found.
func (p *Page) showAll() {
	p.listAll = true
	p.showList(true)
}

// showList shows the list of all clients, or else the chosen client and a button that shows the list.
func (p *Page) showList(all bool) {
	control.SetVisible(p.title, !all)
	control.SetVisible(p.another, !all)
	control.SetVisible(p.list, all)
}

// Dropped converts .torrent files that were dropped on the window.
func (p *Page) Dropped(paths []string) {
	if p.sealed {
		return
	}
	p.convert.files(paths)
	p.toConvert()
}

// toConvert scrolls to the card that converts torrents.
func (p *Page) toConvert() {
	p.scroll.ScrollToOffset(fyne.NewPos(0, p.convert.content.Position().Y))
}

func (p *Page) onClient(string) {
	if !p.choosing {
		p.byUser, p.listAll = choseClient, true
	}
	p.client = max(p.names.SelectedIndex(), 0)
	p.release = 0
	p.title.Set(clients.Say(p.clients[p.client].Name, lang.Current()), theme.Plain)
	p.releases.Fill(releases(p.clients[p.client]), 0)
	control.SetVisible(p.releases, len(p.clients[p.client].Generations) > 1)
	p.render()
}

func (p *Page) onRelease(string) {
	if !p.choosing {
		p.byUser = choseVersion
	}
	p.release = max(p.releases.SelectedIndex(), 0)
	p.render()
}

// render builds the guide for the chosen client and the engine's address.
func (p *Page) render() {
	client := p.clients[p.client]
	g, err := client.Generations[p.release].Render(clients.Values{Addr: p.addr, Language: lang.Current()})
	p.renderings++
	p.copies = p.copies[:0]
	p.check.watch(client, g)
	control.SetVisible(p.check.content, err == nil)
	p.guide.Objects = p.parts(client, g)
	if err != nil {
		p.guide.Objects = []fyne.CanvasObject{warning(guideError(err, p.addr))}
	}
	p.guide.Refresh()
	if !p.choosing { // otherwise the user is reading it, so it stays in place
		p.scroll.ScrollToTop()
	}
}

func (p *Page) parts(client clients.Client, g clients.Guide) []fyne.CanvasObject {
	parts := []fyne.CanvasObject{p.finder.content, p.doors(g)}
	p.apply = nil
	if g.Apply != nil {
		p.apply = newApply(p.engine, p.desk, g, p.finder.otherFileRead, p.onApplied)
		parts = append(parts, p.apply.content)
	}
	parts = append(parts, p.steps(g))
	for _, s := range g.Snippets {
		parts = append(parts, p.snippet(s))
	}
	parts = append(parts, p.convert.content)
	if c, ok := p.choosers[client.Key]; ok {
		parts = append(parts, c.content)
	} else if len(client.Marks) > 0 && slices.Equal(client.Marks, p.clients[0].Marks) { // a Transmission, whose RPC can convert too
		parts = append(parts, p.choosers[p.clients[0].Key].content)
	}
	if len(g.Files) > 0 {
		parts = append(parts, p.files(g.Files))
	}
	return append(parts, expectations(g))
}
