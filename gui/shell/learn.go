package shell

import (
	"errors"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine/bittorrent"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// learnedNamed is how many of the torrents that were learned are named.
const learnedNamed = 8

// dropped takes .torrent files from outside: the set-up page converts them, the swarm page looks them up, any other page
// learns their names, and offers the rest.
func (s *Shell) dropped(_ fyne.Position, uris []fyne.URI) {
	if s.desk.Covered() {
		return // a question is open
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

// paste takes a magnet link from the clipboard where no field has the keyboard. The swarm page shows it in its field, and
// asks nobody before its button is pressed.
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

// convert has the set-up page convert files, whose names are learned too.
func (s *Shell) convert(paths []string) {
	s.background(func() error {
		for _, p := range paths {
			_, _, _ = s.engine.Learn(p) // what cannot be read is said by the conversion
		}
		return nil
	}, func(error) {})
	s.tabs.Choose(pageSetup)
	s.setup.get().Dropped(paths)
}

// learn takes names from .torrent files or a magnet link, and says which.
func (s *Shell) learn(sources []string) {
	var known, files []string
	var wrong error
	s.background(func() error {
		for _, source := range sources {
			h, name, err := s.engine.Learn(source)
			switch {
			case err != nil:
				wrong = errors.Join(wrong, errors.New(refused(source, err)))
				continue
			case name == "":
				name = h.String()
			}
			known = append(known, name)
			if !bittorrent.IsMagnet(source) {
				files = append(files, source)
			}
		}
		return nil
	}, func(error) { s.learned(known, files, wrong) })
}

// refused says why nothing was learned from a source. A link may hold a passkey, so it is not repeated.
func refused(source string, err error) string {
	name := lang.L("Magnet link")
	if !bittorrent.IsMagnet(source) {
		name = filepath.Base(source)
	}
	return lang.L("%s was not read: %s.", name, text.Unconverted(err))
}

// learned says what torrents are called from now on, and offers to convert their files.
func (s *Shell) learned(known, files []string, wrong error) {
	if s.desk.Covered() {
		return // something came up meanwhile; the names are there
	}
	box, title := container.NewVBox(), lang.L("Nothing was learned")
	if len(known) > 0 {
		title = lang.N("%d torrents now have a name", len(known))
	}
	for i, name := range known {
		if i == learnedNamed {
			box.Add(control.NewLine(lang.N("and %d more", len(known)-i), theme.Muted))
			break
		}
		box.Add(control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100))
	}
	if wrong != nil {
		box.Add(control.NewParagraph(wrong.Error(), theme.Bad))
	}
	if len(files) > 0 {
		box.Add(control.NewParagraph(lang.L("A torrent that announces through BittOratio gets its name. Convert writes a copy beside each file, for clients without a proxy setting."), theme.Muted))
	}
	b := s.desk.NewDialog(title, control.Fixed(box, 460))
	ok := b.Button(lang.L("OK"), nil)
	if len(files) == 0 {
		b.Open(ok, ok)
		return
	}
	b.Open(ok, b.Button(lang.L("Convert"), func() { s.convert(files) }), ok)
}
