package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// Tab is the title and icon of one page.
type Tab struct {
	Title string
	Icon  fyne.Resource
	Tip   string // what is on the page
}

// Tabs is a strip of titles, one of which is chosen. It takes the keyboard's focus as a whole; the left and right keys
// choose. An [Aside] may lie over its end.
type Tabs struct {
	strip[*tab]
	OnChanged func(index int)
}

// NewTabs returns a strip with its first tab chosen.
func NewTabs(tabs []Tab, changed func(index int)) *Tabs {
	t := &Tabs{OnChanged: changed}
	for i, item := range tabs {
		t.items = append(t.items, newTab(t, i, item))
	}
	t.self = t
	t.ExtendBaseWidget(t)
	return t
}

// Choose chooses a tab and calls the callback.
func (t *Tabs) Choose(index int) {
	if index < 0 || index >= len(t.items) {
		return
	}
	t.current = index
	t.Refresh()
	if t.OnChanged != nil {
		t.OnChanged(index)
	}
}

// CreateRenderer is part of fyne.Widget.
func (t *Tabs) CreateRenderer() fyne.WidgetRenderer {
	r := &tabsRenderer{t: t, line: canvas.NewRectangle(color.Transparent)}
	r.objects = append(r.objects, r.line)
	for _, i := range t.items {
		r.objects = append(r.objects, i)
	}
	r.Refresh()
	return r
}

type tabsRenderer struct {
	t       *Tabs
	line    *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *tabsRenderer) Destroy()                     {}
func (r *tabsRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *tabsRenderer) MinSize() fyne.Size {
	size := fyne.NewSize(2*tabsInset, tabHeight)
	for _, i := range r.t.items {
		size.Width += i.MinSize().Width
	}
	return size
}

func (r *tabsRenderer) Layout(size fyne.Size) {
	x := tabsInset
	for _, i := range r.t.items {
		w := i.MinSize().Width
		i.Move(fyne.NewPos(x, 0))
		i.Resize(fyne.NewSize(w, tabHeight))
		x += w
	}
	r.line.Move(fyne.NewPos(0, size.Height-1))
	r.line.Resize(fyne.NewSize(size.Width, 1))
}

func (r *tabsRenderer) Refresh() {
	r.line.FillColor = theme.Color(theme.ColorBorder)
	for _, i := range r.t.items {
		i.Refresh()
	}
	canvas.Refresh(r.t)
}

// Sizes of the strip of tabs.
const (
	tabHeight float32 = 40
	tabsInset float32 = 4 // left and right of the titles; the line below them goes from edge to edge
)

// tab is one title in the strip.
type tab struct {
	widget.BaseWidget
	tabs *Tabs
	tip.Hover
	index int
	what  Tab
}

func newTab(tabs *Tabs, index int, what Tab) *tab {
	t := &tab{tabs: tabs, index: index, what: what}
	t.ExtendBaseWidget(t)
	t.Attach(t)
	return t
}

// Tapped is part of fyne.Tappable.
func (t *tab) Tapped(*fyne.PointEvent) {
	tip.Hide(t)
	t.tabs.Choose(t.index)
}

// Explanation returns the text that is shown while the pointer rests on it.
func (t *tab) Explanation() string { return t.what.Tip }

// Cursor is part of desktop.Cursorable.
func (t *tab) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer is part of fyne.Widget.
func (t *tab) CreateRenderer() fyne.WidgetRenderer {
	return newTabRenderer(t, t.what, func() tabLook {
		chosen := t.tabs.current == t.index
		return tabLook{chosen: chosen, hovered: t.Hovered(), ringed: chosen && t.tabs.focused}
	})
}

// Aside is a button that looks like a tab, for something that is not a page, such as Help. It lies over the strip and
// not in it, since Shift+Tab skips a widget inside another one.
type Aside struct {
	widget.BaseWidget
	OnTapped func()

	tip.Hover
	what    Tab
	focused bool
}

// NewAside returns an Aside; tapped is called when the user presses it.
func NewAside(what Tab, tapped func()) *Aside {
	a := &Aside{OnTapped: tapped, what: what}
	a.ExtendBaseWidget(a)
	a.Attach(a)
	return a
}

// Tapped is part of fyne.Tappable.
func (a *Aside) Tapped(*fyne.PointEvent) {
	tip.Hide(a)
	a.OnTapped()
}

// Explanation returns the text that is shown while the pointer rests on it.
func (a *Aside) Explanation() string { return a.what.Tip }

// Cursor is part of desktop.Cursorable.
func (a *Aside) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained is part of fyne.Focusable.
func (a *Aside) FocusGained() { a.focused = true; a.Refresh() }

// FocusLost is part of fyne.Focusable.
func (a *Aside) FocusLost() { a.focused = false; a.Refresh() }

// TypedRune is part of fyne.Focusable.
func (a *Aside) TypedRune(rune) {}

// TypedKey is part of fyne.Focusable.
func (a *Aside) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		a.OnTapped()
	default:
		grid.PassKey(a, e)
	}
}

// CreateRenderer is part of fyne.Widget.
func (a *Aside) CreateRenderer() fyne.WidgetRenderer {
	return newTabRenderer(a, a.what, func() tabLook { return tabLook{hovered: a.Hovered(), ringed: a.focused} })
}

// tabLook is how a title looks now.
type tabLook struct{ chosen, hovered, ringed bool }

func newTabRenderer(of fyne.CanvasObject, what Tab, look func() tabLook) *tabRenderer {
	r := &tabRenderer{
		of: of, what: what, look: look, background: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(what.Icon), text: canvas.NewText(what.Title, nil),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type tabRenderer struct {
	of               fyne.CanvasObject
	what             Tab
	look             func() tabLook
	background, mark *canvas.Rectangle
	icon             *canvas.Image
	text             *canvas.Text
}

func (r *tabRenderer) Destroy() {}

func (r *tabRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.background, r.mark, r.icon, r.text}
}

// MinSize measures the bold text, so that the strip does not move when a tab is chosen.
func (r *tabRenderer) MinSize() fyne.Size {
	w := fyne.MeasureText(r.what.Title, theme.Size(fynetheme.SizeNameText), fyne.TextStyle{Bold: true}).Width
	return fyne.NewSize(w+18+8+2*14, tabHeight)
}

func (r *tabRenderer) Layout(size fyne.Size) {
	r.background.Move(fyne.NewPos(3, 4))
	r.background.Resize(fyne.NewSize(size.Width-6, size.Height-9))
	r.mark.Move(fyne.NewPos(14, size.Height-3))
	r.mark.Resize(fyne.NewSize(size.Width-28, 3))
	r.icon.Move(fyne.NewPos(14, (size.Height-18)/2))
	r.icon.Resize(fyne.NewSquareSize(18))
	r.text.Move(fyne.NewPos(14+18+8, 0))
	r.text.Resize(fyne.NewSize(size.Width-40-14, size.Height))
}

func (r *tabRenderer) Refresh() {
	look := r.look()
	name := fynetheme.ColorNamePlaceHolder
	if look.chosen {
		name = fynetheme.ColorNamePrimary
	} else if look.hovered {
		name = fynetheme.ColorNameForeground
	}
	r.text.Color, r.text.TextSize, r.text.TextStyle.Bold = theme.Color(name), theme.Size(fynetheme.SizeNameText), look.chosen
	r.icon.Resource = fynetheme.NewColoredResource(r.what.Icon, name)
	r.icon.Refresh()
	r.background.FillColor, r.background.CornerRadius = color.Transparent, theme.Size(fynetheme.SizeNameInputRadius)
	if look.hovered {
		r.background.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	r.background.StrokeWidth, r.background.StrokeColor = 0, color.Transparent
	if look.ringed {
		r.background.StrokeWidth, r.background.StrokeColor = 2, theme.Color(fynetheme.ColorNameFocus)
	}
	r.mark.FillColor, r.mark.CornerRadius = color.Transparent, 1.5
	if look.chosen {
		r.mark.FillColor = theme.Color(fynetheme.ColorNamePrimary)
	}
	canvas.Refresh(r.of)
}
