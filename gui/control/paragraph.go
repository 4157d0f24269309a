package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Paragraph is a text that wraps. Set redraws it only if the text or tone changes.
type Paragraph struct {
	Content fyne.CanvasObject

	text    *widget.RichText
	segment *widget.TextSegment
}

// NewText returns a paragraph whose text may change. Its left edge is in line with a [Line] above it.
func NewText(text string, tone theme.Tone) *Paragraph {
	p := &Paragraph{segment: &widget.TextSegment{
		Text:  text,
		Style: widget.RichTextStyle{ColorName: tone.Color(), SizeName: fynetheme.SizeNameText},
	}}
	p.text = widget.NewRichText(p.segment)
	p.text.Wrapping = fyne.TextWrapWord
	p.Content = Readable(Unpadded(p.text))
	return p
}

// Set shows a text in a tone. It reports whether either changed, since the height may then differ.
func (p *Paragraph) Set(text string, tone theme.Tone) (changed bool) {
	if p.segment.Text == text && p.segment.Style.ColorName == tone.Color() {
		return false
	}
	p.segment.Text, p.segment.Style.ColorName = text, tone.Color()
	p.text.Refresh()
	return true
}

// Text returns its text.
func (p *Paragraph) Text() string { return p.segment.Text }

// NewParagraph returns a text that wraps and does not change.
func NewParagraph(text string, tone theme.Tone) fyne.CanvasObject { return NewText(text, tone).Content }

// Readable limits the width of a text that wraps to some 90 characters, which is easy to read. The room at its right
// stays empty. If only little would stay empty, as in a small window, the text gets all the room.
func Readable(text fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: readable{}, Objects: []fyne.CanvasObject{text}}
}

type readable struct{}

// The width of some 90 letters, and the width above which a text is limited to it; both in multiples of the text size.
const (
	readableLine float32 = 41
	readableFrom float32 = 58
)

// MinSize is part of fyne.Layout.
func (readable) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	if objects[0].Visible() {
		size = objects[0].MinSize()
	}
	return size
}

// Layout is part of fyne.Layout.
func (readable) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if letters := theme.Size(fynetheme.SizeNameText); size.Width > readableFrom*letters {
		size.Width = readableLine * letters
	}
	objects[0].Resize(size)
}

// CardWidth is the width at which an explanation on a card reads well.
const CardWidth = 560

// Middle centres an object of a given width on a page, a little above the middle.
func Middle(o fyne.CanvasObject, width float32) *fyne.Container {
	return container.NewVBox(layout.NewSpacer(), container.NewHBox(layout.NewSpacer(), Fixed(o, width), layout.NewSpacer()), layout.NewSpacer(), layout.NewSpacer())
}

// Fixed gives an object a fixed width, and the height that it needs.
func Fixed(o fyne.CanvasObject, width float32) *fyne.Container {
	return &fyne.Container{Layout: fixedWidth(width), Objects: []fyne.CanvasObject{o}}
}

type fixedWidth float32

// MinSize is part of fyne.Layout. It sets the width first, because the height of a text that wraps depends on it.
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

// Unpadded takes away the padding that Fyne puts around a text, so that the text begins at the same edge as a line
// above it.
func Unpadded(text fyne.CanvasObject) fyne.CanvasObject {
	inset := theme.Size(fynetheme.SizeNameInnerPadding)
	return container.New(layout.NewCustomPaddedLayout(0, 0, -inset, -inset), text)
}
