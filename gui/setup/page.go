// Package setup is the page that points a client here: which way each kind of tracker takes, steps in their order, the
// text to paste, the change made for the user where that is safe, torrents converted, and a live check that turns
// green with the first announce. What it says of clients comes from package clients.
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
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Activity(seq uint64) (entries []exchange.Entry, dropped uint64)
	ClientFiles(g clients.Guide) []file.File
	PlanClient(f file.File, g clients.Guide, back bool) (*file.Plan, error)
	ClientClosed(f file.File) error
	FindClients(ctx context.Context) []local.Found
	LaunchClient(key string) error
	ApplyClient(p *file.Plan) error
}

// Page is the page.
type Page struct {
	engine   Engine
	desk     *desk.Desk
	clients  []clients.Client
	addr     string
	client   int // index in clients
	release  int // index in the client's generations
	rpc      *remote
	found    *finder
	apply    *apply // of the guide that is shown; nil where nothing is done for the user
	byUser   choice // what the user chose, and a look leaves alone
	choosing bool   // the page chooses, and not the user

	names      *control.Select
	releases   *control.Select
	check      *liveCheck
	convert    *converter
	guide      *fyne.Container
	scroll     *container.Scroll
	copies     []*control.Copy
	content    fyne.CanvasObject
	renderings int // how often the guide was built, for tests
}

// choice is how much the user has chosen.
type choice uint8

const (
	choseNothing choice = iota
	choseClient         // and not its version
	choseVersion
)

// New builds the page; Show fills it.
func New(e Engine, d *desk.Desk) *Page {
	p := &Page{engine: e, desk: d, clients: clients.All(), guide: container.New(layout.NewCustomPaddedVBoxLayout(10))}
	p.names = control.NewSelect(names(p.clients), p.onClient)
	p.releases = control.NewSelect(nil, p.onRelease)
	p.check = newLiveCheck(e, d.Now)
	p.convert = newConverter(d)
	p.found = newFinder(e, d, p.chooseAmong, p.open, p.check.begin)
	p.rpc = newRemote(d)
	label := control.NewLine(lang.L("My client is"), theme.Muted)
	choice := container.NewHBox(container.NewCenter(label), control.Fixed(p.names, 170), control.Fixed(p.releases, 250))
	p.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 12, 0, 10), p.guide))
	head := container.New(layout.NewCustomPaddedVBoxLayout(8), choice, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), p.check.content))
	p.content = control.Border(container.New(layout.NewCustomPaddedLayout(0, 8, 2, 0), head), nil, nil, nil, p.scroll)
	return p
}

// Content is the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show follows the engine's address, which is part of the texts, and what comes from the client.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	for _, c := range p.copies {
		c.Settle(now)
	}
	p.convert.settle(now)
	if snap.Addr != p.addr {
		first := p.addr == ""
		p.addr = snap.Addr
		p.convert.addr, p.rpc.addr = p.addr, p.addr
		if first {
			p.begin(snap.ActiveClients(now))
		} else {
			p.render()
		}
	}
	p.found.show(p.addr, snap.ActiveClients(now))
	p.check.show(snap, now)
}

// Names are the clients to choose from.
func (p *Page) Names() []string { return p.names.Options }

// Chosen is the client whose set-up is shown.
func (p *Page) Chosen() string { return p.names.Selected }

// Choose shows how to set up a client, by its name.
func (p *Page) Choose(name string) { p.names.SetSelected(name) }

// begin chooses the client that announces through here already, else the first.
func (p *Page) begin(pointed []engine.ActiveClient) {
	client, release := 0, 0
	for i := range p.clients {
		if c := &p.clients[i]; len(pointed) > 0 && c.Is(pointed[0].Client) {
			client = i
			key := c.Of(pointed[0].Client).Key
			release = slices.IndexFunc(c.Generations, func(g clients.Generation) bool { return g.Key == key })
			break
		}
	}
	if len(pointed) > 0 {
		p.byUser = choseVersion // what announces is what it is about
	}
	p.choose(client, release)
}

// choose shows the set-up of a client's generation, without a word of the user's.
func (p *Page) choose(client, release int) {
	p.choosing = true
	p.names.SetSelectedIndex(client)
	if release > 0 {
		p.releases.SetSelectedIndex(release)
	}
	p.choosing = false
}

// chooseAmong shows the set-up of the first of the clients that were found: of the user's own choice its version, where
// they chose none.
func (p *Page) chooseAmong(found []local.Found) {
	if p.byUser == choseVersion {
		return
	}
	for i := range found {
		if p.byUser == choseNothing || found[i].Key == p.clients[p.client].Key {
			p.showFound(&found[i])
			return
		}
	}
}

// showFound shows the set-up of a client that was found; ok is false where the page knows none.
func (p *Page) showFound(c *local.Found) (ok bool) {
	client := slices.IndexFunc(p.clients, func(k clients.Client) bool { return k.Key == c.Key })
	if client < 0 {
		return false
	}
	release := slices.IndexFunc(p.clients[client].Generations, func(g clients.Generation) bool { return g.Key == c.Way.Generation.Key })
	p.choose(client, release)
	return true
}

// open shows the set-up of a client that was found, and the change of its file where that is what it needs.
func (p *Page) open(c *local.Found) {
	if !p.showFound(c) {
		return
	}
	p.byUser = choseVersion
	if p.apply == nil || len(c.Way.File) == 0 {
		p.scroll.ScrollToOffset(fyne.NewPos(0, p.guide.Objects[1].Position().Y))
		return
	}
	for _, s := range p.apply.files {
		if s.file.Path == c.Way.File[0].Path {
			s.look(false)
		}
	}
	p.scroll.ScrollToOffset(fyne.NewPos(0, p.apply.content.Position().Y))
}

// Dropped takes what was dropped on the window: .torrent files are converted.
func (p *Page) Dropped(paths []string) {
	p.convert.files(paths)
	p.toConvert()
}

// toConvert brings the card that converts torrents into sight.
func (p *Page) toConvert() {
	p.scroll.ScrollToOffset(fyne.NewPos(0, p.convert.content.Position().Y))
}

func (p *Page) onClient(string) {
	if !p.choosing {
		p.byUser = choseClient
	}
	p.client = max(p.names.SelectedIndex(), 0)
	p.release = 0
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

// render builds the guide for the chosen client and the address in force.
func (p *Page) render() {
	client := p.clients[p.client]
	g, err := client.Generations[p.release].Render(clients.Values{Addr: p.addr, Language: lang.Current()})
	p.renderings++
	p.copies = p.copies[:0]
	p.check.of(client, g)
	control.SetVisible(p.check.content, err == nil)
	p.guide.Objects = p.parts(client, g)
	if err != nil {
		p.guide.Objects = []fyne.CanvasObject{warning(unfilled(err, p.addr))}
	}
	p.guide.Refresh()
	p.scroll.ScrollToTop()
}

func (p *Page) parts(client clients.Client, g clients.Guide) []fyne.CanvasObject {
	parts := []fyne.CanvasObject{p.found.content, p.doors(g)}
	p.apply = nil
	if g.Apply != nil {
		p.apply = newApply(p.engine, p.desk, g, p.check.begin)
		parts = append(parts, p.apply.content)
	}
	parts = append(parts, p.steps(g))
	for _, s := range g.Snippets {
		parts = append(parts, p.snippet(s))
	}
	parts = append(parts, p.convert.content)
	if len(client.Marks) > 0 && slices.Equal(client.Marks, p.clients[0].Marks) { // what runs is a Transmission, whose RPC can do it
		parts = append(parts, p.rpc.content)
	}
	if len(g.Files) > 0 {
		parts = append(parts, p.files(g.Files))
	}
	return append(parts, expectations(g))
}
