package control

import (
	"slices"

	"fyne.io/fyne/v2"
)

// Rows is a list of rows with keys. Each row is made once and updated at each refresh, so the focus stays. If the row
// with the focus goes, the focus moves to the row that takes its place.
type Rows[K comparable] struct {
	Content *fyne.Container // hidden while there are no rows
	Next    fyne.Focusable  // gets the focus if the last row had it and goes

	make func(key K) (content fyne.CanvasObject, show func(at int))
	keys []K
	rows map[K]row
}

type row struct {
	content fyne.CanvasObject
	show    func(at int)
}

// NewRows returns a list without rows. make makes the row for a key; show updates that row, and is called at each
// refresh with the row's place.
func NewRows[K comparable](layout fyne.Layout, make func(key K) (content fyne.CanvasObject, show func(at int))) *Rows[K] {
	r := &Rows[K]{Content: &fyne.Container{Layout: layout}, make: make, rows: map[K]row{}}
	r.Content.Hide()
	return r
}

// Show makes the list have one row for each key, in their order; keys must be unique. It reports whether rows came,
// went or moved.
func (r *Rows[K]) Show(keys []K) (changed bool) {
	for _, key := range keys {
		if _, made := r.rows[key]; !made {
			content, show := r.make(key)
			r.rows[key] = row{content, show}
		}
	}
	for at, key := range keys {
		r.rows[key].show(at)
	}
	if slices.Equal(r.keys, keys) {
		return false
	}
	lost := r.focused(keys)
	for _, key := range r.keys {
		if !slices.Contains(keys, key) {
			delete(r.rows, key)
		}
	}
	r.keys = slices.Clone(keys)
	objects := make([]fyne.CanvasObject, len(keys))
	for at, key := range keys {
		objects[at] = r.rows[key].content
	}
	r.Content.Objects = objects
	SetVisible(r.Content, len(keys) > 0)
	r.Content.Refresh()
	if lost >= 0 {
		r.refocus(min(lost, len(keys)-1))
	}
	return true
}

// focused returns the place of the row that has the focus, or -1 if none has it or the row is one of keys.
func (r *Rows[K]) focused(keys []K) int {
	c := fyne.CurrentApp().Driver().CanvasForObject(r.Content)
	if c == nil || c.Focused() == nil {
		return -1
	}
	has, _ := c.Focused().(fyne.CanvasObject)
	for at, key := range r.keys {
		if _, in := around(r.rows[key].content, has); in && !slices.Contains(keys, key) {
			return at
		}
	}
	return -1
}

// refocus gives the focus to the first widget that takes it in the row at a place, or else in a row before it.
func (r *Rows[K]) refocus(at int) {
	for ; at >= 0; at-- {
		if f := focusable(r.rows[r.keys[at]].content); f != nil {
			fyne.CurrentApp().Driver().CanvasForObject(r.Content).Focus(f)
			return
		}
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.Content); c != nil && r.Next != nil {
		c.Focus(r.Next)
	}
}

// focusable returns the first widget in an object that can take the focus; nil if there is none.
func focusable(o fyne.CanvasObject) fyne.Focusable {
	if !o.Visible() {
		return nil
	}
	if f, ok := o.(fyne.Focusable); ok {
		if d, ok := o.(fyne.Disableable); !ok || !d.Disabled() {
			return f
		}
	}
	for _, inner := range within(o) {
		if f := focusable(inner); f != nil {
			return f
		}
	}
	return nil
}
