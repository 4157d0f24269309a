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

// foundAs returns a client that was found, with one of the generations of a client's key.
func foundAs(t *testing.T, key, generation, version string, means find.Means) local.Found {
	t.Helper()
	g, ok := clients.Find(generation)
	if !ok {
		t.Fatalf("no %s", generation)
	}
	return local.Found{
		Client: find.Client{Key: key, Title: strings.ToUpper(key), Program: key, Version: version},
		Way:    find.Way{Means: means, Generation: g, Known: version != "", Launch: key},
	}
}

func TestWhatIsInstalledIsChosenWithItsVersion(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	w.found[0].Census = find.Census{Torrents: 14, Converted: 1, By: map[string]int{"udp": 3, "http": 12}}
	p.Show(on("127.0.0.1:8080"), clock)
	if said := says(p.guide); !strings.Contains(said, "14 torrents: 12 × http://, 3 × udp://, 1 converted") {
		t.Errorf("says\n%s", said)
	}
	if p.releases.Selected != "Transmission 2.12 to 4.0" {
		t.Errorf("shows %q", p.releases.Selected)
	}
	if said := says(p.guide); !strings.Contains(said, "TRANSMISSION 3.00") || !strings.Contains(said, "Not set up") || strings.Contains(said, "Apply for me") {
		t.Errorf("says\n%s", said)
	}
}

func TestOfAChosenClientTheInstalledVersionIsShown(t *testing.T) {
	p, w := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.Choose("Transmission")
	w.found = []local.Found{foundAs(t, "deluge", "deluge", "2.0.3", find.ByHand), foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	test.Tap(button(t, p.guide, "Look again"))
	if p.releases.Selected != "Transmission 2.12 to 4.0" {
		t.Errorf("shows %q", p.releases.Selected)
	}
	p.releases.SetSelectedIndex(0)
	test.Tap(button(t, p.guide, "Look again"))
	if p.releases.Selected != "Transmission 4.1 and later" {
		t.Errorf("the chosen version became %q", p.releases.Selected)
	}
}

// TestALookLeavesTheUsersChoice: looking for clients again keeps the client that the user has chosen, and one that
// announces.
func TestALookLeavesTheUsersChoice(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundAs(t, "deluge", "deluge", "2.0.3", find.ByHand)}
	p.Show(on("127.0.0.1:8080"), clock)
	p.names.SetSelected("aria2")
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "aria2" {
		t.Errorf("shows %q", p.names.Selected)
	}
	p, w = newPage(t)
	w.found = []local.Found{foundAs(t, "deluge", "deluge", "2.0.3", find.ByHand)}
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "qBittorrent 4.5.2", Last: clock}}
	p.Show(snap, clock)
	if p.names.Selected != "qBittorrent" {
		t.Errorf("shows %q", p.names.Selected)
	}
}

func TestAClientOfTheFileIsSetUpByOneButton(t *testing.T) {
	p, w := newPage(t)
	c := foundAs(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	g, err := c.Way.Generation.Render(clients.Values{Addr: "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	c.Way.File, c.Way.Edit = []file.File{{Path: settingsJSON()}}, *g.Apply
	w.found = []local.Found{c}
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Set up…"))
	if said := says(p.guide); !strings.Contains(said, "proxy_url") || !strings.Contains(said, "(not set) → ") {
		t.Errorf("says\n%s", said)
	}
	button(t, p.guide, "Change the file")
}

// TestAFileThatIsChangedBesideTheStepsShowsOnItsCard, and so does the undo.
func TestAFileThatIsChangedBesideTheStepsShowsOnItsCard(t *testing.T) {
	p, w := newPage(t)
	c := foundAs(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
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
		if card, said := says(p.found.content), says(p.apply.content); !strings.Contains(card, s.card) || !strings.Contains(said, s.result) {
			t.Errorf("says\n%s\n%s", card, said)
		}
	}
}

func TestAnOlderClientIsStartedFromHere(t *testing.T) {
	p, w := newPage(t)
	w.found = []local.Found{foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByStart)}
	p.Show(on("127.0.0.1:8080"), clock)
	for _, c := range []struct {
		err  error
		says string
	}{
		{nil, "Started. Resume a torrent"},
		{&file.RunningError{Program: "transmission-gtk", PID: 7}, "transmission-gtk is running already (process 7)"},
		{local.ErrOff, "BittOratio is off"},
		{fmt.Errorf("x: %w: exit status 1", launch.ErrEnded), "The program ended at once. Start it in a terminal"},
		{errors.New("no such thing"), "Not started: no such thing"},
	} {
		w.refuse = c.err
		test.Tap(button(t, p.guide, "Start it from here"))
		if said := says(p.guide); !strings.Contains(said, c.says) {
			t.Errorf("%v says\n%s", c.err, said)
		}
	}
	if len(w.started) != 5 || w.started[0] != "transmission" {
		t.Errorf("started %v", w.started)
	}
}

func TestAServiceIsChangedByACommandThatIsShown(t *testing.T) {
	p, w := newPage(t)
	c := foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByCommand)
	c.Way.Do, c.Way.Undo = "sudo do it", "sudo undo it"
	c.Pointed, c.PIDs = true, []int{7}
	w.found = []local.Found{c}
	p.Show(on("127.0.0.1:8080"), clock)
	if said := says(p.guide); !strings.Contains(said, "Set up, but silent") {
		t.Errorf("says\n%s", said)
	}
	test.Tap(button(t, p.guide, "Show the command"))
	if said := says(p.guide); !strings.Contains(said, "sudo do it") || !strings.Contains(said, "sudo undo it") || !strings.Contains(said, "Waiting for its first announce") || len(w.started) > 0 {
		t.Errorf("says\n%s", said)
	}
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "Transmission 4.1.4", Last: clock}}
	p.Show(snap, clock)
	if said := says(p.guide); strings.Contains(said, "Announces through BittOratio since") {
		t.Errorf("another version of it counts:\n%s", said)
	}
	snap.Torrents = []*engine.Torrent{{Client: "Transmission 3.00", Last: clock}}
	p.Show(snap, clock)
	if said := says(p.guide); !strings.Contains(said, "Announces through BittOratio since") || strings.Contains(said, "sudo do it") {
		t.Errorf("says\n%s", said)
	}
}

// TestACardThatIsUsedIsWhatThePageIsAbout: the page shows the set-up of the client whose card was used. It does not
// scroll, so that the result stays visible.
func TestACardThatIsUsedIsWhatThePageIsAbout(t *testing.T) {
	p, e := newCardPage(t, foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	e.found[0].PIDs = []int{7}
	e.found = append(e.found, foundAs(t, "deluge", "deluge", "2.0.3", find.ByFile))
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "Transmission" {
		t.Fatalf("begins with %q", p.names.Selected)
	}
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	test.Tap(button(t, p.guide, "Set up…"))
	p.scroll.ScrollToOffset(fyne.NewPos(0, 400)) // below the card, which is high because of its plan
	test.Tap(button(t, p.guide, "Change the file"))
	where := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if card := p.found.cards[keyOf(&e.found[1])]; where(card.content).Y < where(p.scroll).Y {
		t.Errorf("the card is at %v, over what can be seen from %v on", where(card.content).Y, where(p.scroll).Y)
	}
	if said := says(p.content); p.names.Selected != "Deluge" || !strings.Contains(said, "Waiting for the first announce of Deluge") || !strings.Contains(said, "The file is changed.") {
		t.Errorf("is about %q, says\n%s", p.names.Selected, said)
	}
	at := p.scroll.Offset.Y
	if at == 0 {
		t.Error("it went to the top")
	}
	test.Tap(button(t, p.guide, "Look again"))
	if p.names.Selected != "Deluge" || p.scroll.Offset.Y != at {
		t.Errorf("after a look it is about %q, at %v and not %v", p.names.Selected, p.scroll.Offset.Y, at)
	}
}

// TestComingBackToThePageLooksAgain: when the user returns to the page, clients that were installed or started
// meanwhile are listed.
func TestComingBackToThePageLooksAgain(t *testing.T) {
	p, e := newCardPage(t, foundAs(t, "deluge", "deluge", "2.0.3", find.ByFile))
	runs := e.found[0]
	runs.PIDs = []int{7}
	e.found = []local.Found{runs}
	p.Show(on("127.0.0.1:8080"), clock)
	if said := says(p.guide); !strings.Contains(said, "Not set up") {
		t.Fatalf("looks all the time:\n%s", said)
	}
	p.Opened()
	p.Show(on("127.0.0.1:8080"), clock)
	if said := says(p.guide); !strings.Contains(said, "Running, not set up") {
		t.Errorf("says\n%s", said)
	}
}

// TestTheHeadHasRoomForWhatItSays: the head and a card below it may need one more line at the same time, but must not
// overlap.
func TestTheHeadHasRoomForWhatItSays(t *testing.T) {
	p, _ := newCardPage(t, foundAs(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	head := p.content.(*fyne.Container).Objects[0]
	low := head.Size().Height
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Minute))
	got, from := head.Size().Height, p.scroll.Position().Y
	if need := head.MinSize().Height; need <= low || got < need || from < need {
		t.Errorf("the head had %v, has %v of %v, and the cards begin at %v; it says\n%s", low, got, need, from, says(head))
	}
}

// TestAFlatpakSaysThatItSeesNoClients: it does not claim that there are none, nor that a client has no settings file,
// and shows the steps and the command that allows more.
func TestAFlatpakSaysThatItSeesNoClients(t *testing.T) {
	for _, files := range []bool{false, true} {
		p, w := newPage(t)
		w.flatpak = file.Enclosure{Flatpak: "org.bittoratio.BittOratio", Files: files}
		p.Show(on("127.0.0.1:8080"), clock)
		if !files {
			p.Choose("aria2") // which has no file of the system either
		}
		said := says(p.content)
		for text, want := range map[string]bool{
			"It can't see which clients are installed or run": true, "looks where packages put their programs": false, "No settings file of": false,
			"flatpak override --user --filesystem=home org.bittoratio.BittOratio": !files, "flatpak override --user --nofilesystem=home org.bittoratio.BittOratio": !files,
			"it can't see whether aria2 has a settings file": !files, "End aria2": !files,
		} {
			if strings.Contains(said, text) != want {
				t.Errorf("sees files %t, %q is %t; says\n%s", files, text, !want, said)
			}
		}
		if !p.list.Visible() {
			t.Error("no client can be chosen")
		}
		if !files {
			continue
		}
		test.Tap(button(t, p.apply.content, "Show the change…"))
		if said := says(p.apply.content); !strings.Contains(said, "can't see whether the client runs") {
			t.Errorf("says\n%s", said)
		}
	}
}
