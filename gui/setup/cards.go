package setup

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/clients"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

func heading(text string) *control.Line {
	return control.NewLine(text, theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(100)
}

// headingWithButton returns a heading with a button after it.
func headingWithButton(text string, button fyne.CanvasObject) fyne.CanvasObject {
	return control.Border(nil, nil, nil, button, container.NewVBox(layout.NewSpacer(), heading(text), layout.NewSpacer()))
}

// level aligns a small object with the first line of a paragraph, above which there is padding.
func level(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(theme.Size(fynetheme.SizeNameInnerPadding), 0, 0, 0), container.NewVBox(o))
}

// inset puts space at the left of a text beside another object.
func inset(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, 8, 0), o)
}

// path returns a label for a file's path. Fyne's selectable texts are not used: they take the focus without showing it,
// and keep all keys for themselves.
func path(text string) fyne.CanvasObject {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	l.Wrapping = fyne.TextWrapBreak
	return l
}

// doors returns the rows that show how each kind of tracker is handled.
func (p *Page) doors(g clients.Guide) fyne.CanvasObject {
	box := container.NewVBox(headingWithButton(lang.L("How each kind of tracker is handled"), control.NewButton(lang.L("Convert a torrent…"), p.toConvert).Explained(lang.L("Goes to where torrents and links are converted."))))
	for _, d := range g.Doors {
		kind := control.NewLine(d.Trackers, theme.Plain).Styled(fyne.TextStyle{Monospace: true}).AtLeast(76)
		way := control.NewLine(doorName(d.Door), theme.Strong).Styled(fyne.TextStyle{Bold: true}).AtLeast(96)
		box.Add(control.Border(nil, nil, level(container.NewHBox(kind, way)), nil, inset(control.NewParagraph(d.Text, theme.Plain))))
	}
	return control.NewCard(box)
}

func (p *Page) steps(g clients.Guide) fyne.CanvasObject {
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

func (p *Page) snippet(s clients.Snippet) fyne.CanvasObject {
	button := control.NewCopy(lang.L("Copy"), func() string { return s.Text }, p.desk.Now)
	button.Importance = widget.HighImportance
	p.copies = append(p.copies, button)
	box := container.NewVBox(control.Border(nil, nil, nil, container.NewVBox(button), control.NewParagraph(s.Title, theme.Plain)))
	if s.Place != "" {
		box.Add(control.NewParagraph(s.Place, theme.Muted))
	}
	box.Add(control.NewWell(path(s.Text)))
	return control.NewCard(box)
}

func (p *Page) files(places []clients.Place) fyne.CanvasObject {
	box := container.New(layout.NewCustomPaddedVBoxLayout(6), heading(lang.L("Where the client keeps its settings")))
	for _, f := range places {
		system := control.NewLine(f.System, theme.Muted).AtLeast(230)
		button := control.NewCopy("", func() string { return f.Path }, p.desk.Now)
		button.Importance = widget.LowImportance
		p.copies = append(p.copies, button)
		box.Add(control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), system, layout.NewSpacer()), container.NewCenter(button), path(f.Path)))
	}
	return control.NewCard(box)
}

// expectations returns the notes on what to expect, and on what happens while this program is off.
func expectations(g clients.Guide) fyne.CanvasObject {
	box := container.NewVBox(heading(lang.L("What to expect")))
	all := g.Traps[:len(g.Traps):len(g.Traps)]
	if g.Tried != "" {
		all = append(all, lang.L("The newest version that this was tried with is %s.", g.Tried))
	}
	for _, t := range append(all, lang.L("While BittOratio is off, %s", g.Off)) {
		dot := control.NewLine("•", theme.Strong).Aligned(fyne.TextAlignCenter).AtLeast(20)
		box.Add(control.Border(nil, nil, level(dot), nil, inset(control.NewParagraph(t, theme.Plain))))
	}
	return control.NewCard(box)
}

// warning returns a card that is shown above all others.
func warning(text string) fyne.CanvasObject {
	icon := canvas.NewImageFromResource(fynetheme.NewWarningThemedResource(fynetheme.WarningIcon()))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(22))
	return control.NewCard(control.Border(nil, nil, icon, nil, inset(control.NewParagraph(text, theme.Plain))))
}
