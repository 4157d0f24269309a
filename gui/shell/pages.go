package shell

import (
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/activity"
	"bittoratio/gui/grid"
	"bittoratio/gui/settings"
	"bittoratio/gui/swarm"
	"bittoratio/gui/text"
	"bittoratio/gui/torrents"
)

// page is the content below the tabs.
type page interface {
	Content() fyne.CanvasObject
	Show(snap *engine.Snapshot, now time.Time)
}

// lazyPage is a page that is built when the user first opens it. Most starts only show the tray icon, and a page stays
// in memory, mostly the fonts of its texts. get comes from [sync.OnceValue].
type lazyPage[P page] struct{ get func() P }

// Content is part of page.
func (l lazyPage[P]) Content() fyne.CanvasObject { return l.get().Content() }

// Show is part of page.
func (l lazyPage[P]) Show(snap *engine.Snapshot, now time.Time) { l.get().Show(snap, now) }

// The pages, in the order of their tabs.
const (
	pageTorrents = iota
	pageActivity
	pageSwarm
	pageSetup
	pageSettings
)

// showActivity goes to the exchanges of a torrent.
func (s *Shell) showActivity(hash string) {
	s.tabs.Choose(pageActivity)
	if p, ok := s.pages[pageActivity].(*activity.Page); ok {
		p.ShowTorrent(hash)
	}
}

// showSubject goes to the rows or the setting that the status light is about.
func (s *Shell) showSubject(about text.Subject) {
	if about == text.AboutUDP {
		s.tabs.Choose(pageSettings)
		return
	}
	s.tabs.Choose(pageTorrents)
	if p, ok := s.pages[pageTorrents].(*torrents.Page); ok {
		p.ShowOnly(about)
	}
}

// editTracker opens the dialog for the rules of a tracker.
func (s *Shell) editTracker(host string) {
	settings.EditTracker(s.desk, s.engine, s.engine.Snapshot(), host)
}

// onPage switches to a page, which shows the current snapshot at once.
func (s *Shell) onPage(index int) {
	if index == pageSetup {
		s.setup.get().Opened()
	}
	s.stack.Objects = []fyne.CanvasObject{s.pages[index].Content()}
	s.pages[index].Show(s.engine.Snapshot(), s.options.Now())
	s.stack.Refresh()
	s.prefs.setPage(index)
	s.watchSwarm()
}

// showSwarmSettings goes to the settings of the swarm.
func (s *Shell) showSwarmSettings() {
	s.tabs.Choose(pageSettings)
	s.settings.get().ToSwarm()
}

// lookUp goes to the swarm page and looks up a torrent's name there.
func (s *Shell) lookUp(h bittorrent.InfoHash) {
	s.tabs.Choose(pageSwarm)
	s.swarmPage().LookFor(h)
}

// swarmPage returns the swarm page.
func (s *Shell) swarmPage() *swarm.Page { return s.pages[pageSwarm].(*swarm.Page) }

// watchSwarm sets whether the swarm page is visible. If it is not, the node sends nothing on its own.
func (s *Shell) watchSwarm() { s.swarmPage().Watch(s.visible.Load() && s.tabs.Current() == pageSwarm) }

// rememberWidths restores the widths that the user gave the tables' columns, and saves changes.
func (s *Shell) rememberWidths() {
	tables := map[string]*grid.Grid{}
	if p, ok := s.pages[pageTorrents].(*torrents.Page); ok {
		tables["torrents"], tables["trackers"] = p.Grid(), p.Trackers()
	}
	if p, ok := s.pages[pageActivity].(*activity.Page); ok {
		tables["activity"] = p.Grid()
	}
	for name, table := range tables {
		table.SetWidths(s.prefs.String(name + keyWidths))
		table.OnWidths = func(widths string) { s.prefs.SetString(name+keyWidths, widths) }
	}
}
