package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/control"
	"bittoratio/gui/theme"
)

// labelWidth is the width of the labels before the controls, for text of the usual size.
const labelWidth float32 = 120

// labelColumn is the layout of what is before the controls: it grows with the text, also while the page is shown.
type labelColumn struct{}

// MinSize is part of fyne.Layout.
func (labelColumn) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(labelWidth*max(theme.Scale(), 1), 1)
	for _, one := range o {
		size.Height = max(size.Height, one.MinSize().Height)
	}
	return size
}

// Layout is part of fyne.Layout.
func (labelColumn) Layout(o []fyne.CanvasObject, size fyne.Size) {
	for _, one := range o {
		h := one.MinSize().Height
		one.Move(fyne.NewPos(0, (size.Height-h)/2))
		one.Resize(fyne.NewSize(size.Width, h))
	}
}

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
	left := container.New(labelColumn{}, name)
	line := control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), left, layout.NewSpacer()), nil, what)
	if wrong == nil {
		return line
	}
	return container.NewVBox(line, indented(wrong))
}

// labelledRow is one of several rows under one label, which is beside the first of them.
type labelledRow struct {
	label   *control.Line
	content fyne.CanvasObject
}

func newLabelledRow(what fyne.CanvasObject) *labelledRow {
	l := &labelledRow{label: control.NewLine("", theme.Muted)}
	left := container.New(labelColumn{}, l.label)
	l.content = control.Border(nil, nil, container.NewVBox(layout.NewSpacer(), left, layout.NewSpacer()), nil, what)
	return l
}

// place shows the label if the row is the first one.
func (l *labelledRow) place(at int, label string) {
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
	return control.Border(nil, nil, container.New(labelColumn{}), nil, o)
}

// newErrorLine returns a line for an error, hidden until there is one.
func newErrorLine() *control.Line {
	l := control.NewLine("", theme.Bad).AtLeast(100)
	l.Hide()
	return l
}
