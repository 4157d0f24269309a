package setup

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/exchange"
	"bittoratio/gui/text"
)

// TestACardNamesTheReasonWhyNoAnnounceArrived: the card of a client that does not announce shows how long the program
// has waited, and then the reason that fits.
func TestACardNamesTheReasonWhyNoAnnounceArrived(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile))
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	p.Show(on("127.0.0.1:8080"), clock.Add(12*time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Waiting for its first announce, for 12 s") {
		t.Errorf("want the wait of 12 s on the card:\n%s", shown)
	}
	e.entries = append(e.entries, exchange.Entry{Kind: exchange.KindAnnounce, Client: "qBittorrent 5.3.0", Tracker: "t.example", Status: 200})
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Minute))
	if shown := textsIn(p.finder.content); !strings.Contains(shown, "An announce arrived, but from qBittorrent 5.3.0, for 1 min") {
		t.Errorf("want the reason after a minute on the card:\n%s", shown)
	}
}

// lastAnnounced returns a snapshot with one row, which a client announced last.
func lastAnnounced(client string, first, last time.Time) *engine.Snapshot {
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{ID: "1", Client: client, First: first, Last: last, Answered: true}}
	return snap
}

// TestACardShowsSinceWhenItsOwnClientAnnounces: another client's announces of the same torrent do not count.
func TestACardShowsSinceWhenItsOwnClientAnnounces(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	hour, minute := clock.Add(-time.Hour), clock.Add(-time.Minute)
	e.sessions = []engine.Session{{Client: "Transmission 3.00", First: minute, Last: clock}, {Client: "qBittorrent 4.5.2", First: hour, Last: hour}}
	p.Show(lastAnnounced("Transmission 3.00", hour, clock), clock)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Announces through BittOratio since "+text.Clock(minute, clock)) {
		t.Errorf("want the first announce of its own client on the card:\n%s", shown)
	}
}

// TestACardIsNotGreenAfterAnUndo: announces from before the undo no longer count, on the card and in the head; later
// ones count.
func TestACardIsNotGreenAfterAnUndo(t *testing.T) {
	c := foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile)
	c.Undo, c.Pointed = true, true
	p, e := newCardPage(t, c)
	snap := lastAnnounced("Deluge 2.0.3", clock.Add(-time.Hour), clock.Add(-time.Second))
	snap.Seq = 1
	e.entries = []exchange.Entry{{Seq: 1, Kind: exchange.KindAnnounce, Client: "Deluge 2.0.3", Tracker: "t.example"}}
	p.Show(snap, clock)
	if shown := textsIn(p.content); !strings.Contains(shown, "Announces through BittOratio since") || !strings.Contains(shown, "Deluge 2.0.3 is connected") {
		t.Fatalf("want the announces on the card and in the head:\n%s", shown)
	}
	e.plan = func(remote.Access) (*change.Plan, error) { return &change.Plan{Means: find.ByFile, Undo: true}, nil }
	test.Tap(button(t, p.guide, "Undo…"))
	test.Tap(button(t, p.guide, "Undo"))
	p.Show(snap, clock)
	if shown := textsIn(p.content); strings.Contains(shown, "Announces through BittOratio") || strings.Contains(shown, "is connected") || !strings.Contains(shown, "as they were before") {
		t.Errorf("after undo: want the result on the card, and no connection:\n%s", shown)
	}
	again := clock.Add(time.Minute)
	p.Show(lastAnnounced("Deluge 2.0.3", clock.Add(-time.Hour), again), again)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Announces through BittOratio since "+text.Clock(again, again)) {
		t.Errorf("want the later announce on the card:\n%s", shown)
	}
}

// TestAnAnnounceOfAnEarlierRunDoesNotTurnACardGreen: an announce of an earlier run does not make a client's card green
// if the client does not use this program, or was set up since.
func TestAnAnnounceOfAnEarlierRunDoesNotTurnACardGreen(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile))
	hour := clock.Add(-time.Hour)
	old := lastAnnounced("Deluge 2.0.3", hour, clock.Add(-time.Minute))
	old.Torrents[0].Answered = false
	p.Show(old, clock)
	if shown := textsIn(p.guide); strings.Contains(shown, "Announces through BittOratio") {
		t.Errorf("an announce of an earlier run is on the card:\n%s", shown)
	}
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	pointed := e.found[0]
	pointed.Pointed = true
	e.apply = func() error { e.found = []local.Found{pointed}; return nil }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	p.Show(old, clock.Add(time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Waiting for its first announce, for 1 s") {
		t.Errorf("want the wait since the set-up on the card:\n%s", shown)
	}
	fresh := lastAnnounced("Deluge 2.0.3", hour, clock.Add(2*time.Second))
	p.Show(fresh, clock.Add(2*time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Announces through BittOratio since "+text.Clock(clock.Add(2*time.Second), clock)) {
		t.Errorf("want the new announce on the card:\n%s", shown)
	}
}

// TestAnAnnounceDuringTheChangeTurnsTheCardGreen: a running qBittorrent announces as soon as its proxy is set, before the
// change has ended.
func TestAnAnnounceDuringTheChangeTurnsTheCardGreen(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.1.0", find.ByRemote))
	now := clock
	p.finder.desk.Now = func() time.Time { return now }
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	announced := clock.Add(time.Second)
	e.apply = func() error { now = clock.Add(2 * time.Second); return nil }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	p.Show(lastAnnounced("qBittorrent 5.1.0", announced, announced), now)
	if shown := textsIn(p.guide); !strings.Contains(shown, "Announces through BittOratio since "+text.Clock(announced, now)) {
		t.Errorf("want the announce on the card:\n%s", shown)
	}
}

// TestOfTwoClientsOfOneVersionTheOneThatIsSetUpCounts: of two clients with the same version, the one whose settings
// name this program counts as the one that announces.
func TestOfTwoClientsOfOneVersionTheOneThatIsSetUpCounts(t *testing.T) {
	own, theirs := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByRestart), foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByCommand)
	own.Pointed, own.PIDs, theirs.Foreign, theirs.PIDs = true, []int{7}, true, []int{8}
	p, e := newCardPage(t, own)
	e.found = []local.Found{own, theirs}
	test.Tap(button(t, p.guide, "Look again"))
	p.Show(lastAnnounced("Transmission 3.00", clock, clock), clock)
	if shown := textsIn(p.guide); strings.Count(shown, "Announces through BittOratio") != 1 || !strings.Contains(shown, "Running, not set up") {
		t.Errorf("want the announces on one of the two cards:\n%s", shown)
	}
}

// TestAClientIsRecognisedByAnyNameItAnnounces: rTorrent 0.9 announces with the version of its library, Fragments as the
// Transmission in it, and an anonymous qBittorrent as libtorrent. A name that is not the client's own counts only if
// its settings name this program, and if no client of that name is set up.
func TestAClientIsRecognisedByAnyNameItAnnounces(t *testing.T) {
	for _, c := range []struct {
		key, generation, version string
		pointed                  bool
		announces                string
		green                    bool
	}{
		{"rtorrent", "rtorrent", "0.9.8", false, "rTorrent (libtorrent 0.13.8)", true},
		{"rtorrent", "rtorrent", "0.16.17", false, "rTorrent 0.16.17", true},
		{"rtorrent", "rtorrent", "0.16.17", false, "rTorrent 0.15.3", false},
		{"rtorrent", "rtorrent", "0.9.8", false, "rTorrent", true},
		{"fragments", "fragments", "3.0.1", true, "Transmission 4.1.0", true},
		{"fragments", "fragments", "3.0.1", false, "Transmission 4.1.0", false},
		{"qbittorrent", "qbittorrent-4.6", "5.1.0", true, "libtorrent (Rasterbar) 2.0.11", true},
		{"qbittorrent", "qbittorrent-4.6", "5.1.0", false, "libtorrent (Rasterbar) 2.0.11", false},
		{"deluge", "deluge", "2.1.1", true, "libtorrent (Rasterbar) 2.0.11", true},
		{"transmission", "transmission-4.1", "4.1.4", false, "Transmission 4.1.4", true},
		{"transmission", "transmission-4.1", "4.1.4", false, "qBittorrent 5.1.0", false},
	} {
		found := foundClient(t, c.key, c.generation, c.version, find.ByFile)
		found.Pointed = c.pointed
		p, _ := newCardPage(t, found)
		p.Show(lastAnnounced(c.announces, clock, clock), clock)
		if shown := textsIn(p.finder.content); strings.Contains(shown, "Announces through BittOratio") != c.green {
			t.Errorf("%s %s, set up: %t, announces as %s: want green = %t on the card:\n%s", c.key, c.version, c.pointed, c.announces, c.green, shown)
		}
	}
	fragments, own := foundClient(t, "fragments", "fragments", "3.0.1", find.ByFile), foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	for _, both := range []bool{false, true} {
		fragments.Pointed, own.Pointed = true, both
		p, e := newCardPage(t, fragments)
		e.found = []local.Found{own, fragments}
		test.Tap(button(t, p.guide, "Look again"))
		p.Show(lastAnnounced("Transmission 4.1.4", clock, clock), clock)
		green := keyOf(&fragments)
		if both {
			green = keyOf(&own)
		}
		for key, d := range p.finder.cards {
			if _, ok := d.since(); ok != (key == green) {
				t.Errorf("Transmission is set up: %t; the card %s shows announces: %t", both, key, ok)
			}
		}
	}
}

// TestAClientSetUpForAFormerAddressMustBeSetUpAgain: if this program's address changes, a client that was set up and
// has not announced yet must be set up again.
func TestAClientSetUpForAFormerAddressMustBeSetUpAgain(t *testing.T) {
	c := foundClient(t, "deluge", "deluge", "2.0.3", find.ByFile)
	p, e := newCardPage(t, c)
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	c.Undo = true
	e.apply = func() error { e.found = []local.Found{c}; return nil }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Waiting for its first announce, for 1 s") {
		t.Fatalf("want the wait for the first announce on the card:\n%s", shown)
	}
	p.Show(on("127.0.0.1:8081"), clock.Add(2*time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Set up for another address: set it up again") || strings.Contains(shown, "The file is changed.") {
		t.Errorf("want the reason for another set-up on the card:\n%s", shown)
	}
}

// TestTheHeadAgreesWithTheCard: if the client's card shows that it announces, the head does not wait for a first
// announce, unless the user asks to check again.
func TestTheHeadAgreesWithTheCard(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart))
	e.entries = []exchange.Entry{
		{Seq: 1, Kind: exchange.KindAnnounce, Client: "Transmission 3.00", Tracker: "old.example"},
		{Seq: 2, Kind: exchange.KindAnnounce, Client: "Transmission 3.00", Tracker: "t.example"},
	}
	snap := lastAnnounced("Transmission 3.00", clock.Add(-time.Hour), clock.Add(-time.Minute))
	snap.Seq = 2
	for _, c := range []struct{ client, want string }{{"Deluge", "Waiting for the first announce of Deluge"}, {"Transmission", "t.example got the announce"}} {
		p.names.SetSelected(c.client)
		p.Show(snap, clock)
		if shown := textsIn(p.check.content); !strings.Contains(shown, c.want) {
			t.Errorf("%s: want %q in the head:\n%s", c.client, c.want, shown)
		}
	}
	test.Tap(button(t, p.check.content, "Check again"))
	p.Show(snap, clock)
	if shown := textsIn(p.check.content); !strings.Contains(shown, "Waiting for the first announce of Transmission") {
		t.Errorf("checked again: want the wait in the head:\n%s", shown)
	}
}

// TestACardInDoubtGivesTheReasonAndOffersOnlyTheSteps: the doubt is which settings the running client reads.
func TestACardInDoubtGivesTheReasonAndOffersOnlyTheSteps(t *testing.T) {
	for doubt, want := range map[find.Doubt]string{
		find.NoSettings: "it read no settings file", find.Unknown: "which settings file it reads", find.Overridden: "sets another proxy", find.Certain: "",
	} {
		c := foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.1.0", find.ByHand)
		c.PIDs, c.Way.Doubt = []int{7}, doubt
		p, _ := newCardPage(t, c)
		shown := textsIn(p.finder.content)
		if !strings.Contains(shown, "Running, not set up") || !strings.Contains(shown, "Show the steps") || strings.Contains(shown, "Set up…") || !strings.Contains(shown, want) || want == "" && strings.Contains(shown, "It was started") {
			t.Errorf("doubt %d: want %q and only the steps; the card shows\n%s", doubt, want, shown)
		}
	}
}

// TestAChangeWarnsIfTheRunningClientReadsAnotherFile: the change of the usual file has no effect on a
// client that was started with another folder.
func TestAChangeWarnsIfTheRunningClientReadsAnotherFile(t *testing.T) {
	const warned = "reads another file (/srv/t/settings.json)"
	for _, usual := range []bool{false, true} {
		c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
		c.PIDs, c.Folder = []int{7}, "/srv/t"
		c.Settings = file.File{Path: "/srv/t/settings.json", Programs: []string{"transmission-gtk"}}
		p, e := newCardPage(t, c)
		if usual {
			another := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
			another.PIDs, another.Way.File = []int{8}, e.ClientFiles(p.apply.guide)
			e.found = append(e.found, another)
			test.Tap(button(t, p.guide, "Look again"))
		}
		test.Tap(button(t, p.apply.content, "Show the change…"))
		if shown := textsIn(p.apply.content); strings.Contains(shown, warned) == usual || !strings.Contains(shown, "proxy_url") {
			t.Errorf("another client runs with the usual file: %t, want the warning: %t; shown:\n%s", usual, !usual, shown)
		}
	}
}
