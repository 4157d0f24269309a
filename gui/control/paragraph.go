package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// NewParagraph is a text that wraps, in a tone. It begins where a line over it begins.
func NewParagraph(text string, tone theme.Tone) fyne.CanvasObject {
	p := widget.NewRichText(&widget.TextSegment{
		Text:  text,
		Style: widget.RichTextStyle{ColorName: tone.Color(), SizeName: fynetheme.SizeNameText},
	})
	p.Wrapping = fyne.TextWrapWord
	return Unpadded(p)
}

// Fixed gives something a width, and its own height.
func Fixed(o fyne.CanvasObject, width float32) *fyne.Container {
	return &fyne.Container{Layout: fixedWidth(width), Objects: []fyne.CanvasObject{o}}
}

type fixedWidth float32

// MinSize is part of fyne.Layout. How high a text is that wraps depends on the width it has.
func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	objects[0].Resize(fyne.NewSize(float32(w), objects[0].Size().Height))
	return fyne.NewSize(float32(w), objects[0].MinSize().Height)
}

// Layout is part of fyne.Layout.
func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h := objects[0].MinSize().Height
	objects[0].Move(fyne.NewPos(0, (size.Height-h)/2))
	objects[0].Resize(fyne.NewSize(float32(w), h))
}

// Unpadded takes away the room that Fyne puts around a text, so that it begins where a line over it begins.
func Unpadded(text fyne.CanvasObject) fyne.CanvasObject {
	inset := theme.Size(fynetheme.SizeNameInnerPadding)
	return container.New(layout.NewCustomPaddedLayout(0, 0, -inset, -inset), text)
}
