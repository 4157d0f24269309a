//go:build !nogui

// Package setup is the page that tells how to point a client here: steps in their order, the text to paste, and where
// the client keeps its settings. What it says comes from package clientsetup.
package setup

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clientsetup"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Options are what the page needs from the window around it.
type Options struct {
	Now func() time.Time
}

// Page is the page.
type Page struct {
	options Options
	clients []clientsetup.Client
	addr    string
	client  int // index in clients
	release int // index in the client's generations

	names      *widget.Select
	releases   *widget.Select
	guide      *fyne.Container
	scroll     *container.Scroll
	copies     []*control.Copy
	content    fyne.CanvasObject
	choosing   bool
	renderings int // how often the guide was built, for tests
}

// New builds the page; Show fills it.
func New(o Options) *Page {
	p := &Page{options: o, clients: clientsetup.All(), guide: container.New(layout.NewCustomPaddedVBoxLayout(10))}
	p.names = widget.NewSelect(names(p.clients), p.onClient)
	p.releases = widget.NewSelect(nil, p.onRelease)
	label := control.NewLine(lang.L("My client is"), theme.Muted)
	choice := container.NewHBox(container.NewCenter(label), control.Fixed(p.names, 170), control.Fixed(p.releases, 250))
	p.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 12, 0, 10), p.guide))
	p.content = control.Border(container.New(layout.NewCustomPaddedLayout(0, 8, 2, 0), choice), nil, nil, nil, p.scroll)
	return p
}

// Content is the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show follows the engine's address, which is part of the texts.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	for _, c := range p.copies {
		c.Settle(now)
	}
	if snap.Addr == p.addr {
		return
	}
	first := p.addr == ""
	p.addr = snap.Addr
	if first {
		p.names.SetSelectedIndex(0)
		return
	}
	p.render()
}

func (p *Page) onClient(string) {
	p.client = max(p.names.SelectedIndex(), 0)
	p.choosing = true
	p.releases.SetOptions(releases(p.clients[p.client]))
	p.release = 0
	p.releases.SetSelectedIndex(0)
	control.SetVisible(p.releases, len(p.clients[p.client].Generations) > 1)
	p.choosing = false
	p.render()
}

func (p *Page) onRelease(string) {
	if p.choosing {
		return
	}
	p.release = max(p.releases.SelectedIndex(), 0)
	p.render()
}

// render builds the guide for the chosen client and the address in force.
func (p *Page) render() {
	g, err := p.clients[p.client].Generations[p.release].Render(clientsetup.Values{Addr: p.addr})
	p.renderings++
	p.copies = p.copies[:0]
	p.guide.Objects = p.parts(g)
	if err != nil {
		p.guide.Objects = []fyne.CanvasObject{warning(unfilled(err, p.addr))}
	}
	p.guide.Refresh()
	p.scroll.ScrollToTop()
}

func (p *Page) parts(g clientsetup.Guide) []fyne.CanvasObject {
	parts := []fyne.CanvasObject{doors(g.Doors), p.steps(g)}
	for _, s := range g.Snippets {
		parts = append(parts, p.snippet(s))
	}
	if len(g.Files) > 0 {
		parts = append(parts, p.files(g.Files))
	}
	if len(g.Traps) > 0 {
		parts = append(parts, traps(g.Traps))
	}
	return parts
}

func heading(text string) *control.Line {
	return control.NewLine(text, theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(100)
}

// inset is room before a text that stands beside something.
func inset(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, 8, 0), o)
}

// doors are which way each kind of tracker goes.
func doors(list []clientsetup.Door) fyne.CanvasObject {
	box := container.NewVBox(heading(lang.L("Which way for which tracker")))
	for _, d := range list {
		kind := control.NewLine(d.Trackers, theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(76)
		way := control.NewLine(d.Door.String(), theme.Strong).Styled(fyne.TextStyle{Bold: true}).AtLeast(92)
		box.Add(control.Border(nil, nil, container.NewVBox(container.NewHBox(kind, way)), nil, inset(control.NewParagraph(d.Text, theme.Plain))))
	}
	return control.NewCard(box)
}

func (p *Page) steps(g clientsetup.Guide) fyne.CanvasObject {
	box := container.NewVBox(heading(g.Title))
	if g.Intro != "" {
		box.Add(control.NewParagraph(g.Intro, theme.Muted))
	}
	for i, s := range g.Steps {
		number := control.NewLine(strconv.Itoa(i+1), theme.Strong).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter).AtLeast(20)
		disc := control.NewStrip(number)
		box.Add(control.Border(nil, nil, container.NewVBox(disc), nil, inset(control.NewParagraph(s, theme.Plain))))
	}
	return control.NewCard(box)
}

func (p *Page) snippet(s clientsetup.Snippet) fyne.CanvasObject {
	text := widget.NewLabelWithStyle(s.Text, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	text.Selectable = true
	text.Wrapping = fyne.TextWrapBreak
	button := control.NewCopy(lang.L("Copy"), func() string { return s.Text }, p.options.Now)
	button.Importance = widget.HighImportance
	p.copies = append(p.copies, button)
	head := control.Border(nil, nil, nil, button, container.NewVBox(layout.NewSpacer(), heading(s.Title), layout.NewSpacer()))
	box := container.NewVBox(head)
	if s.Place != "" {
		box.Add(control.NewParagraph(s.Place, theme.Muted))
	}
	box.Add(control.NewWell(text))
	return control.NewCard(box)
}

func (p *Page) files(places []clientsetup.Place) fyne.CanvasObject {
	box := container.New(layout.NewCustomPaddedVBoxLayout(6), heading(lang.L("Where the client keeps its settings")))
	for _, f := range places {
		system := control.NewLine(f.System, theme.Muted).AtLeast(150)
		path := widget.NewLabelWithStyle(f.Path, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
		path.Selectable, path.Wrapping = true, fyne.TextWrapBreak
		box.Add(control.Border(nil, nil, system, nil, path))
	}
	return control.NewCard(box)
}

func traps(texts []string) fyne.CanvasObject {
	box := container.NewVBox(heading(lang.L("What to expect")))
	for _, t := range texts {
		box.Add(control.Border(nil, nil, control.NewLine("•", theme.Strong).Aligned(fyne.TextAlignCenter).AtLeast(20), nil, inset(control.NewParagraph(t, theme.Plain))))
	}
	return control.NewCard(box)
}

// warning is a card that stands before all else.
func warning(text string) fyne.CanvasObject {
	icon := canvas.NewImageFromResource(fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(22))
	return control.NewCard(control.Border(nil, nil, icon, nil, inset(control.NewParagraph(text, theme.Plain))))
}
