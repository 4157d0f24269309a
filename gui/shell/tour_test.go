package shell

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/torrents"
)

// view is one page or dialog to look at. What a view changes stays so for the views after it, except for dialogs.
type view struct {
	name   string
	dialog bool // over a page, in the smallest window
	open   func(*scene)
}

// The sizes of the window: a usual one, and the smallest.
var (
	wide   = fyne.NewSize(1280, 800)
	narrow = fyne.NewSize(800, 560)
)

// views returns all pages and the important dialogs.
func views() []view {
	return []view{
		{"torrents", false, func(s *scene) { s.tabs.Choose(pageTorrents); s.chooseRow(1) }},
		{"torrents-sessions", false, func(s *scene) { s.tap(lang.L("Sessions (%d)", 2)) }},
		{"torrents-noticed", false, func(s *scene) { s.tap(lang.L("Checks (%d)", 1)) }},
		{"trackers", false, showTrackers},
		{"torrents-waiting", false, showTrouble},
		{"torrents-empty", false, showEmpty},
		{"demonstration", false, func(s *scene) { showDemonstration(s, 2*policy.One) }},
		{"demonstration-speed", false, func(s *scene) { showDemonstration(s, 8*policy.One) }},
		{"activity", false, func(s *scene) { s.tabs.Choose(pageActivity); s.chooseRow(0); s.tap(lang.L("Per day")) }},
		{"swarm-off", false, func(s *scene) { s.showSwarm(nil) }},
		{"swarm-looking", false, func(s *scene) { s.showSwarm(swarmWith(lookedUp()), 4) }},
		{"swarm-found", false, func(s *scene) { s.showSwarm(swarmWith(lookedUp()), 3) }},
		{"swarm-nobody", false, func(s *scene) { s.showSwarm(swarmWith(lookedUp()), 2) }},
		{"swarm-dht", false, func(s *scene) { s.showSwarm(swarmWith(lookedUp())); s.tap(lang.L("Show the DHT")) }},
		{"set-up", false, func(s *scene) { s.tabs.Choose(pageSetup) }},
		{"set-up-heard", false, showFirstAnnounce},
		{"set-up-convert", false, func(s *scene) { s.tap(lang.L("Convert a torrent…")) }},
		{"settings", false, func(s *scene) { s.tabs.Choose(pageSettings) }},
		{"settings-run", false, func(s *scene) {
			s.engine.change(func(snap *engine.Snapshot) {
				snap.Run = settings.Run{Listen: "0.0.0.0:9090", AllowNetworks: []string{"192.168.1.0/24"}}
			})
		}},
		{"settings-swarm", false, func(s *scene) {
			s.engine.change(func(snap *engine.Snapshot) { snap.Run = settings.Run{} })
			s.showSwarmSettings()
		}},
		{"settings-end", false, func(s *scene) { s.scrollDown() }},
		{"exchange", true, func(s *scene) { s.tabs.Choose(pageActivity); s.chooseRow(1); s.tap(lang.L("Details…")) }},
		{"row-menu", true, func(s *scene) {
			s.tabs.Choose(pageTorrents)
			s.pages[pageTorrents].(*torrents.Page).Grid().OnMenu(1, fyne.NewPos(220, 260))
		}},
		{"swarm-private", true, askPrivate},
		{"welcome", true, func(s *scene) { s.showWelcome() }},
		{"help-menu", true, func(s *scene) { test.Tap(s.help) }},
		{"keys", true, func(s *scene) { s.showKeys() }},
		{"tracker", true, func(s *scene) { s.editTracker("bttracker.debian.org:6969") }},
		{"learned", true, func(s *scene) {
			torrents.ShowLearned(s.desk, []string{"debian-13.1.0-amd64-netinst.iso"}, []string{"/a.torrent"}, nil, s.convert)
		}},
		{"about", true, func(s *scene) { s.showAbout() }},
		{"quit", true, func(s *scene) { s.askQuit() }},
		{"delivering", true, func(s *scene) {
			newProgress(s.window, s.clock, func() {}).show(&engine.Delivery{Delivered: 3, Left: 2})
		}},
		{"multiplier", true, func(s *scene) { s.askFactor() }},
		{"port-taken", true, func(s *scene) {
			s.startFailed(&listen.Error{Addr: "127.0.0.1:8080", Taken: true, Free: "127.0.0.1:8081"})
		}},
	}
}

// visitViews opens one view after the other in a language and a mode, and calls check for each.
func visitViews(t *testing.T, language, mode string, size fyne.Size, check func(t *testing.T, s *scene, v view)) {
	s := newScene(t, func(s *scene) {
		fillEngine(s.engine)
		s.clock = noon
		s.engine.settings.Window.Language, s.engine.settings.Window.Theme = language, mode
	})
	t.Cleanup(func() { s.useLanguage(lang.English) })
	for _, v := range views() {
		t.Run(v.name, func(t *testing.T) {
			s.t = t
			if v.dialog {
				size = narrow
			}
			s.window.Resize(size)
			v.open(s)
			s.settle()
			check(t, s, v)
			s.closeDialogs()
		})
	}
}

// idle runs the queue until all work in the background is done.
func (s *scene) idle() {
	s.t.Helper()
	idle, limit := make(chan struct{}), time.After(10*time.Second)
	go func() { s.jobs.Wait(); close(idle) }()
	for running := true; running; {
		select {
		case <-idle:
			running = false
		case f := <-s.queue:
			f()
		case <-limit:
			s.t.Fatal("the work in the background does not end within 10 s")
		}
	}
}

// settle waits for work in the background and lays everything out again, as the real window does before it draws. The
// test's window does so only if its size changes.
func (s *scene) settle() {
	s.t.Helper()
	s.Shell.show() // starts work, which is waited for; nothing else starts while the test waits
	s.idle()
	s.Shell.show()
	c := s.window.Canvas()
	size := c.Size()
	s.window.Resize(size.AddWidthHeight(1, 1))
	s.window.Resize(size)
	for range 2 { // the height of a text that wraps is known only once it has its width
		layOut(c.Content())
		for _, o := range c.Overlays().List() {
			layOut(o)
		}
	}
}

func layOut(o fyne.CanvasObject) {
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		if inside = o.Objects; o.Layout != nil {
			o.Layout.Layout(inside, o.Size())
		}
	case fyne.Widget:
		r := test.WidgetRenderer(o)
		inside = r.Objects()
		r.Layout(o.Size())
	}
	for _, child := range inside {
		if child.Visible() {
			layOut(child)
		}
	}
}

// closeDialogs closes what a view opened over the pages.
func (s *scene) closeDialogs() {
	for _, o := range s.window.Canvas().Overlays().List() {
		s.window.Canvas().Overlays().Remove(o)
	}
	s.asking = false
	s.window.Canvas().Unfocus()
}

// tap presses a button of the visible page.
func (s *scene) tap(label string) {
	s.t.Helper()
	for _, o := range test.LaidOutObjects(s.pages[s.tabs.Current()].Content()) {
		if b, ok := o.(*control.Button); ok && b.Text == label {
			test.Tap(b)
			return
		}
	}
	s.t.Fatalf("the page has no button %q", label)
}

// chooseRow clicks on a row of the page's table.
func (s *scene) chooseRow(row int) {
	s.t.Helper()
	g := s.pages[s.tabs.Current()].(interface{ Grid() *grid.Grid }).Grid()
	g.OnSelect(row)
	g.Mark(row)
}

// scrollDown scrolls to the end of the page.
func (s *scene) scrollDown() {
	s.t.Helper()
	for _, o := range test.LaidOutObjects(s.pages[s.tabs.Current()].Content()) {
		if scroll, ok := o.(*container.Scroll); ok {
			scroll.ScrollToBottom()
			return
		}
	}
	s.t.Fatal("the page does not scroll")
}

// showTrouble shows strips above the pages, and the list of pending announces.
func showTrouble(s *scene) {
	s.engine.change(func(snap *engine.Snapshot) {
		snap.Notices = []engine.Notice{{Kind: engine.NoticeDamaged, File: "ledger.damaged-20260801"}}
		snap.State, snap.Trouble = engine.Degraded, engine.Trouble{Kind: engine.TroubleDisk, Detail: "no space left on device"}
	})
	s.chooseRow(-1)
	s.tap(lang.N("%d announces pending for the tracker", 2))
}

// showTrackers shows the trackers until the view ends.
func showTrackers(s *scene) {
	s.tap(lang.L("Trackers"))
	s.pages[pageTorrents].(*torrents.Page).Trackers().OnSelect(1)
	s.t.Cleanup(func() { s.tap(lang.L("Torrents")) })
}

func showEmpty(s *scene) {
	before := *s.engine.Snapshot()
	s.tap(lang.N("%d announces pending for the tracker", 2)) // folds the list again
	s.engine.change(func(snap *engine.Snapshot) { *snap = engine.Snapshot{Addr: before.Addr, Factor: before.Factor} })
	s.Shell.show()
	s.t.Cleanup(func() {
		before.State, before.Trouble, before.Notices = engine.On, engine.Trouble{}, nil
		s.engine.change(func(snap *engine.Snapshot) { *snap = before })
		s.Shell.show()
	})
}

// showFirstAnnounce lets the live check see the client's first announce.
func showFirstAnnounce(s *scene) {
	s.engine.entries = append(s.engine.entries, exchange.Entry{Seq: s.engine.snap.Seq + 1, At: noon, Tracker: "torrent.ubuntu.com", Client: "Transmission 4.1.4", Reason: exchange.ReasonNew, Status: 200})
	s.engine.change(func(snap *engine.Snapshot) { snap.Seq++ })
}
