package setup

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/clients/remote"
)

// foundClient returns a client that was found, with one of the generations of a client's key.
func foundClient(t *testing.T, key, generation, version string, means find.Means) local.Found {
	t.Helper()
	g, ok := clients.Find(generation)
	if !ok {
		t.Fatalf("no generation %s", generation)
	}
	return local.Found{
		Client: find.Client{Key: key, Title: strings.ToUpper(key), Program: key, Version: version},
		Way:    find.Way{Means: means, Generation: g, Known: version != "", Launch: key},
	}
}

func TestTheInstalledClientIsSelectedWithItsVersion(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	w.found[0].Census = find.Census{Torrents: 14, Converted: 1, By: map[string]int{"udp": 3, "http": 12}}
	p.Show(on("127.0.0.1:8080"), clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "14 torrents: 12 × http://, 3 × udp://, 1 converted") {
		t.Errorf("want the torrents by kind of tracker on the card:\n%s", shown)
	}
	if p.releases.Selected != "Transmission 2.12 to 4.0" {
		t.Errorf("the guide is for %q, want Transmission 2.12 to 4.0", p.releases.Selected)
	}
	if shown := textsIn(p.guide); !strings.Contains(shown, "TRANSMISSION 3.00") || !strings.Contains(shown, "Not set up") || strings.Contains(shown, "Apply for me") {
		t.Errorf("want the client and its state on the card:\n%s", shown)
	}
}

func TestTheInstalledVersionOfTheSelectedClientIsShown(t *testing.T) {
	p, w := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.Choose("Transmission")
	w.found = []local.Found{foundClient(t, "deluge", "deluge", "2.0.3", find.ByHand), foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	test.Tap(button(t, p.guide, "Look again"))
	if p.releases.Selected != "Transmission 2.12 to 4.0" {
		t.Errorf("the guide is for %q, want the installed version", p.releases.Selected)
	}
	p.releases.SetSelectedIndex(0)
	test.Tap(button(t, p.guide, "Look again"))
	if p.releases.Selected != "Transmission 4.1 and later" {
		t.Errorf("the guide is for %q, want the version that the user chose", p.releases.Selected)
	}
}

// TestLookingAgainKeepsTheUsersChoice: looking for clients again keeps the client that the user has chosen, and one
// that announces.
func TestLookingAgainKeepsTheUsersChoice(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundClient(t, "deluge", "deluge", "2.0.3", find.ByHand)}
	p.Show(on("127.0.0.1:8080"), clock)
	p.names.SetSelected("aria2")
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "aria2" {
		t.Errorf("the guide is for %q, want aria2", p.names.Selected)
	}
	p, w = newPage(t)
	w.found = []local.Found{foundClient(t, "deluge", "deluge", "2.0.3", find.ByHand)}
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "qBittorrent 4.5.2", Last: clock}}
	p.Show(snap, clock)
	if p.names.Selected != "qBittorrent" {
		t.Errorf("the guide is for %q, want qBittorrent", p.names.Selected)
	}
}

func TestOneButtonShowsTheChangeOfAClientsFile(t *testing.T) {
	p, w := newPage(t)
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	g, err := c.Way.Generation.Render(clients.Values{Addr: "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	c.Way.File, c.Way.Edit = []file.File{{Path: settingsJSON()}}, *g.Apply
	w.found = []local.Found{c}
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Set up…"))
	if shown := textsIn(p.guide); !strings.Contains(shown, "proxy_url") || !strings.Contains(shown, "(not set) → ") {
		t.Errorf("want the change on the card:\n%s", shown)
	}
	button(t, p.guide, "Change the file")
}

// TestAChangeMadeBesideTheStepsShowsOnTheCard, and so does the undo.
func TestAChangeMadeBesideTheStepsShowsOnTheCard(t *testing.T) {
	p, w := newPage(t)
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	w.found = []local.Found{c}
	p.Show(on("127.0.0.1:8080"), clock)
	for _, s := range []struct{ show, do, card, result string }{
		{"Show the change…", "Change the file", "Set up, and not running", "Changed. Start the client"},
		{"Undo…", "Undo", "Not set up", "Done: the client's settings are as they were before."},
	} {
		test.Tap(button(t, p.apply.content, s.show))
		c.Pointed = !c.Pointed
		w.found = []local.Found{c}
		test.Tap(button(t, p.apply.content, s.do))
		if card, shown := textsIn(p.finder.content), textsIn(p.apply.content); !strings.Contains(card, s.card) || !strings.Contains(shown, s.result) {
			t.Errorf("want %q on the card and %q beside the steps:\n%s\n%s", s.card, s.result, card, shown)
		}
	}
}

func TestAnOlderClientIsStartedFromHere(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	p.Show(on("127.0.0.1:8080"), clock)
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "Started. Resume a torrent"},
		{&file.RunningError{Program: "transmission-gtk", PID: 7}, "transmission-gtk is running already (process 7)"},
		{local.ErrOff, "BittOratio is off"},
		{fmt.Errorf("x: %w: exit status 1", launch.ErrEnded), "The program ended at once. Start it in a terminal"},
		{errors.New("no such thing"), "Not started: no such thing"},
	} {
		w.refuse = c.err
		test.Tap(button(t, p.guide, "Start it from here"))
		if shown := textsIn(p.guide); !strings.Contains(shown, c.want) {
			t.Errorf("%v: want %q on the card:\n%s", c.err, c.want, shown)
		}
	}
	if len(w.started) != 5 || w.started[0] != "transmission" {
		t.Errorf("started %v, want transmission 5 times", w.started)
	}
}

func TestTheCommandThatSetsUpAServiceIsShown(t *testing.T) {
	p, w := newPage(t)
	c := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByCommand)
	c.Way.Do, c.Way.Undo = "sudo do it", "sudo undo it"
	c.Pointed, c.PIDs = true, []int{7}
	w.found = []local.Found{c}
	p.Show(on("127.0.0.1:8080"), clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Set up, but silent") {
		t.Errorf("want the client's state on the card:\n%s", shown)
	}
	test.Tap(button(t, p.guide, "Show the command"))
	if shown := textsIn(p.guide); !strings.Contains(shown, "sudo do it") || !strings.Contains(shown, "sudo undo it") || !strings.Contains(shown, "Waiting for its first announce") || len(w.started) > 0 {
		t.Errorf("started %v; want both commands and the wait on the card:\n%s", w.started, shown)
	}
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "Transmission 4.1.4", Last: clock}}
	p.Show(snap, clock)
	if shown := textsIn(p.guide); strings.Contains(shown, "Announces through BittOratio since") {
		t.Errorf("an announce of another version turned the card green:\n%s", shown)
	}
	snap.Torrents = []*engine.Torrent{{Client: "Transmission 3.00", Last: clock}}
	p.Show(snap, clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Announces through BittOratio since") || strings.Contains(shown, "sudo do it") {
		t.Errorf("want the first announce on the card in place of the command:\n%s", shown)
	}
}

// TestThePageShowsTheClientWhoseCardWasUsed, without scrolling, so that the result stays visible.
func TestThePageShowsTheClientWhoseCardWasUsed(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	e.found[0].PIDs = []int{7}
	e.found = append(e.found, foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile))
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "Transmission" {
		t.Fatalf("the page is about %q at first, want Transmission", p.names.Selected)
	}
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	test.Tap(button(t, p.guide, "Set up…"))
	p.scroll.ScrollToOffset(fyne.NewPos(0, 400)) // below the card, which is high because of its plan
	test.Tap(button(t, p.guide, "Change the file"))
	where := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if card := p.finder.cards[keyOf(&e.found[1])]; where(card.content).Y < where(p.scroll).Y {
		t.Errorf("the card is at %v, above the visible part from %v on", where(card.content).Y, where(p.scroll).Y)
	}
	if shown := textsIn(p.content); p.names.Selected != "Deluge" || !strings.Contains(shown, "Waiting for the first announce of Deluge") || !strings.Contains(shown, "The file is changed.") {
		t.Errorf("the page is about %q, want Deluge, and its result:\n%s", p.names.Selected, shown)
	}
	at := p.scroll.Offset.Y
	if at == 0 {
		t.Error("the page scrolled to its top")
	}
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "Deluge" || p.scroll.Offset.Y != at {
		t.Errorf("after another look the page is about %q at %v, want Deluge at %v", p.names.Selected, p.scroll.Offset.Y, at)
	}
}

// TestReturningToThePageLooksForClientsAgain: when the user returns to the page, clients that were installed or started
// meanwhile are listed.
func TestReturningToThePageLooksForClientsAgain(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile))
	runs := e.found[0]
	runs.PIDs = []int{7}
	e.found = []local.Found{runs}
	p.Show(on("127.0.0.1:8080"), clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Not set up") {
		t.Fatalf("looks for clients without a reason:\n%s", shown)
	}
	p.Opened()
	p.Show(on("127.0.0.1:8080"), clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Running, not set up") {
		t.Errorf("want the client that runs now on the card:\n%s", shown)
	}
}

// TestTheHeadGrowsWithItsText: the head and a card below it may need one more line at the same time, but must not
// overlap.
func TestTheHeadGrowsWithItsText(t *testing.T) {
	p, _ := newCardPage(t, foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	head := p.content.(*fyne.Container).Objects[0]
	low := head.Size().Height
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Minute))
	got, from := head.Size().Height, p.scroll.Position().Y
	if need := head.MinSize().Height; need <= low || got < need || from < need {
		t.Errorf("the head was %v high, is %v, needs %v, and the cards begin at %v; it reads\n%s", low, got, need, from, textsIn(head))
	}
}

// TestAFlatpakSaysThatItCannotSeeClients: it does not claim that there are none, nor that a client has no settings
// file, and shows the steps and the command that allows more.
func TestAFlatpakSaysThatItCannotSeeClients(t *testing.T) {
	for _, files := range []bool{false, true} {
		p, w := newPage(t)
		w.flatpak = file.Enclosure{Flatpak: "org.bittoratio.BittOratio", Files: files}
		p.Show(on("127.0.0.1:8080"), clock)
		if !files {
			p.Choose("aria2") // which has no file of the system either
		}
		shown := textsIn(p.content)
		for text, want := range map[string]bool{
			"It can't see which clients are installed or run": true, "looks where packages put their programs": false, "No settings file of": false,
			"flatpak override --user --filesystem=home org.bittoratio.BittOratio": !files, "flatpak override --user --nofilesystem=home org.bittoratio.BittOratio": !files,
			"it can't see whether aria2 has a settings file": !files, "End aria2": !files,
		} {
			if strings.Contains(shown, text) != want {
				t.Errorf("files seen: %t; %q shown: %t, want %t; the page shows\n%s", files, text, !want, want, shown)
			}
		}
		if !p.list.Visible() {
			t.Error("no client can be chosen")
		}
		if !files {
			continue
		}
		test.Tap(button(t, p.apply.content, "Show the change…"))
		if shown := textsIn(p.apply.content); !strings.Contains(shown, "can't see whether the client runs") {
			t.Errorf("the change does not warn that the client may run; shown:\n%s", shown)
		}
	}
}
