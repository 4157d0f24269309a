package shell

import (
	"fmt"
	"regexp"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/image/font/sfnt"

	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestNoTextIsCutOffOrOverlapped: French texts are longer than English ones, and all of them must be readable in the
// smallest window.
func TestNoTextIsCutOffOrOverlapped(t *testing.T) {
	fonts := bundledFonts(t)
	for _, language := range []string{lang.English, "fr"} {
		for _, size := range []fyne.Size{narrow, wide} {
			t.Run(fmt.Sprintf("%s/%vx%v", language, size.Width, size.Height), func(t *testing.T) {
				visitViews(t, language, theme.Light, size, func(t *testing.T, s *scene, _ view) {
					c := s.window.Canvas()
					if need := c.Content().MinSize(); need.Width > size.Width || need.Height > size.Height {
						t.Errorf("the window is at least %v, want at most %v", need, size)
					}
					e := &layoutChecker{t: t, fonts: fonts}
					e.checkLayer(c.Content())
					for _, o := range c.Overlays().List() {
						e.checkLayer(o)
					}
				})
			})
		}
	}
}

// layoutChecker finds drawn texts and icons that a reader could not read.
type layoutChecker struct {
	t     *testing.T
	fonts map[fyne.Resource]*sfnt.Font
	layer []drawnItem // drawn on the same background, so they must not overlap
}

// drawnItem is the place of a drawn text or icon.
type drawnItem struct {
	what string
	at   fyne.Position
	size fyne.Size
	icon bool
}

// bundledFonts returns the fonts in Fyne itself. A letter that they lack would come from one of the computer's fonts,
// so pictures would differ between computers.
func bundledFonts(t *testing.T) map[fyne.Resource]*sfnt.Font {
	t.Helper()
	out := map[fyne.Resource]*sfnt.Font{}
	for _, r := range []fyne.Resource{fynetheme.DefaultTextFont(), fynetheme.DefaultTextBoldFont(), fynetheme.DefaultTextMonospaceFont(), fynetheme.DefaultSymbolFont()} {
		f, err := sfnt.Parse(r.Content())
		if err != nil {
			t.Fatal(err)
		}
		out[r] = f
	}
	return out
}

// checkLayer checks one background: the window, a dialog over it, or the content of a scroll.
func (e *layoutChecker) checkLayer(o fyne.CanvasObject) {
	before := e.layer
	e.layer = nil
	e.walk(o, o.Position())
	for i, a := range e.layer {
		for _, b := range e.layer[:i] {
			if a.overlaps(b) && !(a.icon && b.icon) { // the mark of a check box lies on its box
				e.t.Errorf("%s (%v %v) overlaps %s (%v %v)", a.what, a.at, a.size, b.what, b.at, b.size)
			}
		}
	}
	e.layer = before
}

func (a *drawnItem) overlaps(b drawnItem) bool {
	w := min(a.at.X+a.size.Width, b.at.X+b.size.Width) - max(a.at.X, b.at.X)
	h := min(a.at.Y+a.size.Height, b.at.Y+b.size.Height) - max(a.at.Y, b.at.Y)
	return w > 1 && h > 1
}

func (e *layoutChecker) walk(o fyne.CanvasObject, at fyne.Position) {
	if !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *canvas.Text:
		e.checkText(o, at)
	case *canvas.Image:
		e.layer = append(e.layer, drawnItem{what: "an icon", at: at, size: o.Size(), icon: true})
	case *fyne.Container:
		for _, child := range o.Objects {
			e.walk(child, at.Add(child.Position()))
		}
	case *container.Scroll:
		e.checkLayer(o.Content)
	case fyne.Widget:
		e.checkWidget(o)
		for _, child := range test.WidgetRenderer(o).Objects() {
			e.walk(child, at.Add(child.Position()))
		}
	}
}

// checkText checks one drawn text.
func (e *layoutChecker) checkText(o *canvas.Text, at fyne.Position) {
	need, has := o.MinSize(), o.Size()
	if o.Text == "" {
		return
	}
	if need.Width > has.Width+1 {
		e.t.Errorf("%q is %v wide, but has only %v", o.Text, need.Width, has.Width)
	}
	e.checkLetters(o)
	switch o.Alignment {
	case fyne.TextAlignTrailing:
		at.X += has.Width - need.Width
	case fyne.TextAlignCenter:
		at.X += (has.Width - need.Width) / 2
	}
	at.Y += (has.Height - need.Height) / 2
	e.layer = append(e.layer, drawnItem{what: fmt.Sprintf("%q", o.Text), at: at.AddXY(0, need.Height/4), size: fyne.NewSize(need.Width, need.Height/2)})
}

func (e *layoutChecker) checkLetters(o *canvas.Text) {
	font, ok := e.fonts[fynetheme.Font(o.TextStyle)]
	if !ok {
		e.t.Fatalf("%q is in a font of this computer; is FYNE_FONT set?", o.Text)
	}
	var b sfnt.Buffer
	for _, r := range o.Text {
		own, _ := font.GlyphIndex(&b, r)
		symbol, _ := e.fonts[fynetheme.DefaultSymbolFont()].GlyphIndex(&b, r)
		if own == 0 && symbol == 0 {
			e.t.Errorf("no font of Fyne's has the letter %q of %q", r, o.Text)
		}
	}
}

// data matches texts that may be longer than any window and may end in an ellipsis: those that end with an info hash.
var data = regexp.MustCompile(`, [0-9a-f]{40}$`)

// checkWidget checks that a widget has the room that it asks for.
func (e *layoutChecker) checkWidget(o fyne.Widget) {
	need, has := o.MinSize(), o.Size()
	what := fmt.Sprintf("%T", o)
	switch o := o.(type) {
	case *widget.Label:
		what = fmt.Sprintf("%q", o.Text)
	case *grid.Grid:
		if cut := o.CutTitles(); len(cut) > 0 {
			e.t.Errorf("the column titles %q are shortened", cut)
		}
	case *control.Button:
		what = fmt.Sprintf("the button %q", o.Text)
	case *control.Line:
		what = fmt.Sprintf("%q", o.Text())
		drawn, ok := test.WidgetRenderer(o).Objects()[0].(*canvas.Text)
		if ok && drawn.Text != o.Text() && !drawn.TextStyle.Monospace && !data.MatchString(o.Text()) {
			e.t.Errorf("%q is shortened to %q", o.Text(), drawn.Text)
		}
	}
	if has.IsZero() { // the title of a dialog has no size
		return
	}
	if need.Width > has.Width+1 || need.Height > has.Height+2 {
		e.t.Errorf("%s is at least %v, but has only %v", what, need, has)
	}
}
