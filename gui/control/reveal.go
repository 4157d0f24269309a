package control

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// margin is how much of the surroundings stays visible around an object that was scrolled into view.
const margin float32 = 12

// Reveal scrolls an object that has just opened into view. It first lays out the containers around it, since Fyne does
// this only when it draws. If the object is higher than the view, its top is shown.
func Reveal(o fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	scrolls, _ := around(c.Content(), o)
	for _, s := range slices.Backward(scrolls) {
		s.Content.Resize(s.Content.Size().Max(s.Content.MinSize()))
		s.Content.Refresh()
		s.Refresh()
	}
	reveal(o)
}

// reveal scrolls an object into view, in each scroll that it lies in.
func reveal(o fyne.CanvasObject) {
	d := fyne.CurrentApp().Driver()
	c := d.CanvasForObject(o)
	if c == nil {
		return
	}
	scrolls, _ := around(c.Content(), o)
	for _, s := range scrolls {
		y := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(s.Content).Y
		top, bottom := max(y-margin, 0), min(y+o.Size().Height+margin, s.Content.Size().Height)
		switch {
		case top < s.Offset.Y:
			s.ScrollToOffset(fyne.NewPos(s.Offset.X, top))
		case bottom > s.Offset.Y+s.Size().Height:
			s.ScrollToOffset(fyne.NewPos(s.Offset.X, min(top, bottom-s.Size().Height)))
		}
	}
}

// around returns the scrolls that contain an object, the innermost first.
func around(in, o fyne.CanvasObject) (scrolls []*container.Scroll, found bool) {
	if in == o {
		return nil, true
	}
	for _, inner := range within(in) {
		if scrolls, found = around(inner, o); found {
			if s, ok := in.(*container.Scroll); ok {
				scrolls = append(scrolls, s)
			}
			return scrolls, true
		}
	}
	return nil, false
}

// ScrollIn returns the first visible scroll in an object; nil if there is none.
func ScrollIn(o fyne.CanvasObject) *container.Scroll {
	if !o.Visible() {
		return nil
	}
	if s, ok := o.(*container.Scroll); ok {
		return s
	}
	for _, inner := range within(o) {
		if s := ScrollIn(inner); s != nil {
			return s
		}
	}
	return nil
}

// within returns the direct children of an object.
func within(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{o.Content}
	case *container.ThemeOverride:
		return []fyne.CanvasObject{o.Content}
	case *container.Split:
		return []fyne.CanvasObject{o.Leading, o.Trailing}
	case *widget.PopUp:
		return []fyne.CanvasObject{o.Content}
	case *Card:
		return []fyne.CanvasObject{o.content}
	}
	return nil
}
