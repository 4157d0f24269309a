//go:build e2e

package shell

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/text"
)

// Place is the place of an object in the window, in pixels.
type Place struct{ X, Y, W, H float32 }

// Screen is what the window shows: places by name ("button:Apply", "header:seen", "tab:2", "power"), texts, the visible
// rows of the table, and the factor in use.
type Screen struct {
	Places map[string]Place
	Texts  []string
	Rows   [][]string
	Factor string
	On     bool
}

// startProbe serves what is on the screen on the unix socket $BITTORATIO_PROBE, so that an outside test can click it
// without fixed coordinates. It exists in test builds only (-tags e2e), and ends with the process.
func (s *Shell) startProbe() {
	path := os.Getenv("BITTORATIO_PROBE")
	if path == "" {
		return
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		fyne.LogError("probe", err)
		return
	}
	answer := func(rw http.ResponseWriter, _ *http.Request) {
		var out []byte
		s.options.Do(func() { out, _ = json.Marshal(s.screen()) })
		_, _ = rw.Write(out)
	}
	go func() { _ = http.Serve(l, http.HandlerFunc(answer)) }()
	signal.Ignore(syscall.SIGXFSZ) // the test fills the disk by a limit on the size of files
}

func (s *Shell) screen() *Screen {
	w := collector{scale: s.window.Canvas().Scale(), screen: Screen{Places: map[string]Place{}, Factor: text.Times(s.bar.factor.value), On: s.bar.power.On()}}
	if top := s.window.Canvas().Overlays().Top(); top != nil {
		// An overlay has a private type of Fyne, so its pop-up is read by reflection.
		if popUp, ok := reflect.ValueOf(top).Elem().FieldByName("Content").Interface().(*widget.PopUp); ok {
			w.collect(popUp.Content)
			return &w.screen
		}
	}
	w.place("power", s.bar.power)
	w.place("slider", s.bar.factor.slider)
	w.place("figure", s.bar.factor.label)
	w.place("address", s.bar.addr)
	for i := range s.pages {
		w.place("tab:"+string(rune('1'+i)), s.tabs.Item(i))
	}
	w.collect(s.bar.content)
	w.collect(s.demo.content)
	w.collect(s.trouble.content)
	w.collect(s.banner.content)
	w.collect(s.stack)
	return &w.screen
}

// collector collects what is visible.
type collector struct {
	scale  float32
	screen Screen
}

// place records the place of an object once it was drawn: before that, Fyne returns 0, 0. Of several objects with one
// name, the first counts.
func (w *collector) place(name string, o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	if _, taken := w.screen.Places[name]; taken || driver.CanvasForObject(o) == nil {
		return
	}
	pos, size := driver.AbsolutePositionForObject(o), o.Size()
	w.screen.Places[name] = Place{pos.X * w.scale, pos.Y * w.scale, size.Width * w.scale, size.Height * w.scale}
}

func (w *collector) addText(text string) { w.screen.Texts = append(w.screen.Texts, text) }

func (w *collector) collect(o fyne.CanvasObject) {
	if o == nil || !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			w.collect(inner)
		}
	case *container.Scroll:
		w.collect(o.Content)
	case *container.Split:
		w.collect(o.Leading)
		w.collect(o.Trailing)
	case *container.ThemeOverride:
		w.collect(o.Content)
	case *control.Card:
		w.collect(o.Inner())
	case *control.Light:
		w.addText(o.Text())
	case *control.Line:
		w.addText(o.Text())
	case *widget.Label:
		w.addText(o.Text)
	case *widget.RichText:
		w.addText(o.String())
	case *control.Button:
		w.place("button:"+o.Text, o)
		if o.Importance == widget.HighImportance {
			w.place("main:"+o.Text, o)
		}
	case *control.Copy:
		w.place("button:"+o.Text, o)
	case *widget.Button: // in Fyne's own dialogs
		w.place("button:"+o.Text, o)
	case *widget.Entry:
		w.place("entry:"+o.Text, o)
	case *control.Check:
		w.place("check:"+o.Text, o)
	case *control.Entry:
		name := o.Text
		if name == "" {
			name = o.PlaceHolder
		}
		w.place("entry:"+name, o)
	case *control.Select:
		w.place("select:"+o.Selected, o)
	case *grid.Grid:
		w.place("table", o)
		for key, title := range o.Headers() {
			w.place("header:"+key, title)
		}
		if w.screen.Rows == nil {
			w.screen.Rows = o.Texts()
			return
		}
		for _, row := range o.Texts() { // of a table other than the page's
			w.addText(strings.Join(row, "  "))
		}
	}
}
