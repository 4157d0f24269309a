package shell

import (
	"strings"

	"fyne.io/fyne/v2"

	"bittoratio/engine/bittorrent"
	"bittoratio/gui/lang"
	"bittoratio/gui/torrents"
)

// dropped takes .torrent files that were dropped on the window: the set-up page converts them, the swarm page looks
// them up, and any other page learns their names and offers to convert them.
func (s *Shell) dropped(_ fyne.Position, uris []fyne.URI) {
	if s.desk.Covered() {
		return // a dialog is open
	}
	var paths []string
	for _, u := range uris {
		if u.Scheme() == "file" && strings.EqualFold(u.Extension(), ".torrent") {
			paths = append(paths, u.Path())
		}
	}
	switch {
	case len(paths) == 0:
		s.desk.Inform(lang.L("Only .torrent files can be dropped here"), lang.L("Drop .torrent files here for their names, or on the Set-up page to convert them. You can also paste a magnet link."))
	case s.tabs.Current() == pageSetup:
		s.convert(paths)
	case s.tabs.Current() == pageSwarm:
		s.swarmPage().Dropped(paths)
	default:
		s.learn(paths)
	}
}

// paste takes a magnet link from the clipboard if no field has the focus. The swarm page puts it into its field, and
// sends nothing until the user presses its button.
func (s *Shell) paste() {
	link := strings.TrimSpace(s.app.Clipboard().Content())
	switch {
	case s.tabs.Current() == pageSwarm:
		if field := s.swarmPage().Paste(link); field != nil {
			s.window.Canvas().Focus(field)
		}
	case bittorrent.IsMagnet(link):
		s.learn([]string{link})
	}
}

// convert makes the set-up page convert files, and learns their names too.
func (s *Shell) convert(paths []string) {
	s.background(func() error {
		for _, p := range paths {
			_, _, _ = s.engine.Learn(p) // the conversion reports a file that cannot be read
		}
		return nil
	}, func(error) {})
	s.tabs.Choose(pageSetup)
	s.setup.get().Dropped(paths)
}

// learn learns names from .torrent files or a magnet link, and shows them.
func (s *Shell) learn(sources []string) { torrents.Learn(s.desk, s.engine, sources, s.convert) }
