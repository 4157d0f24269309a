//go:build !nogui

package setup

import (
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/clientsetup"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

var clock = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func newPage(t *testing.T) *Page {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	p := New(Options{Now: func() time.Time { return clock }})
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(800, 500))
	return p
}

func TestTransmissionIsFirst(t *testing.T) {
	p := newPage(t)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:8080"}, clock)
	if p.names.Selected != "Transmission" || len(p.releases.Options) < 2 {
		t.Errorf("begins with %q of %v", p.names.Selected, p.releases.Options)
	}
}

func TestSnippetHasTheLiveAddressAndIsCopied(t *testing.T) {
	p := newPage(t)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:8080"}, clock)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:9191"}, clock)
	test.Tap(p.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); !strings.Contains(got, "127.0.0.1:9191") {
		t.Errorf("copied %q", got)
	}
	if p.copies[0].Text != "Copied" {
		t.Errorf("the button says %q", p.copies[0].Text)
	}
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:9191"}, clock.Add(time.Minute))
	if p.copies[0].Text != "Copy" {
		t.Error("the confirmation never ends")
	}
}

func TestGuideIsBuiltOnlyWhenSomethingChanged(t *testing.T) {
	p := newPage(t)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:8080"}, clock)
	for range 5 {
		p.Show(&engine.Snapshot{Addr: "127.0.0.1:8080"}, clock)
	}
	if p.renderings != 1 {
		t.Errorf("built %d times", p.renderings)
	}
}

func TestEveryClientAndReleaseCanBeShown(t *testing.T) {
	p := newPage(t)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:8080"}, clock)
	for i, c := range p.clients {
		p.names.SetSelectedIndex(i)
		for j := range c.Generations {
			p.releases.SetSelectedIndex(j)
			if len(p.guide.Objects) == 0 {
				t.Errorf("%s: nothing to see", c.Generations[j].Title)
			}
		}
	}
}

func TestUnusableAddressIsExplained(t *testing.T) {
	p := newPage(t)
	p.Show(&engine.Snapshot{Addr: "127.0.0.1:0"}, clock)
	if len(p.guide.Objects) != 1 || len(p.copies) != 0 {
		t.Error("a guide with port 0 is no guide")
	}
	if got := unfilled(clientsetup.ErrNoPort, ""); !strings.Contains(got, "Switch on first") {
		t.Error(got)
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
