package settings

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/control"
	"bittoratio/gui/theme"
)

const labelWidth float32 = 120

// section returns a card with a heading over its rows.
func section(title string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	head := control.NewLine(title, theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true})
	box := container.New(layout.NewCustomPaddedVBoxLayout(8), head)
	for _, r := range rows {
		box.Add(r)
	}
	return control.NewCard(box)
}

// row returns a row with a label, a control, and below it a place for an error.
func row(label string, what fyne.CanvasObject, wrong *control.Line) fyne.CanvasObject {
	name := control.NewLine(label, theme.Muted)
	left := control.Fixed(name, labelWidth)
	line := control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), left, layout.NewSpacer()), nil, what)
	if wrong == nil {
		return line
	}
	return container.NewVBox(line, indented(wrong))
}

// listed is one of several rows under one label, which is beside the first of them.
type listed struct {
	label   *control.Line
	content fyne.CanvasObject
}

func newListed(what fyne.CanvasObject) *listed {
	l := &listed{label: control.NewLine("", theme.Muted)}
	left := control.Fixed(l.label, labelWidth)
	l.content = control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), left, layout.NewSpacer()), nil, what)
	return l
}

// place shows the label if the row is the first one.
func (l *listed) place(at int, label string) {
	if at > 0 {
		label = ""
	}
	l.label.Set(label, theme.Muted)
}

// entry is a name with a line about it below, and buttons after it.
type entry struct {
	name, state *control.Line
	content     fyne.CanvasObject
}

func newEntry(name string, buttons ...fyne.CanvasObject) *entry {
	e := &entry{name: control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(80), state: control.NewLine("", theme.Muted).AtLeast(80)}
	e.content = control.NewWell(control.Border(nil, nil, nil, container.NewCenter(container.NewHBox(buttons...)), container.NewVBox(e.name, e.state)))
	return e
}

// indented aligns an object with the controls of the rows.
func indented(o fyne.CanvasObject) fyne.CanvasObject {
	indent := canvas.NewRectangle(color.Transparent)
	indent.SetMinSize(fyne.NewSize(labelWidth, 1))
	return control.Border(nil, nil, indent, nil, o)
}

// wrong returns a line for an error, hidden until there is one.
func wrong() *control.Line {
	l := control.NewLine("", theme.Bad).AtLeast(100)
	l.Hide()
	return l
}
