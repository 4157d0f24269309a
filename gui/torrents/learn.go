package torrents

import (
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine/bittorrent"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// maxNamesListed is how many of the learned names the message lists.
const maxNamesListed = 8

// Learner learns a torrent's name from a .torrent file or a magnet link.
type Learner interface {
	Learn(source string) (h bittorrent.InfoHash, name string, err error)
}

// Learn learns names from .torrent files or a magnet link, and shows them. It offers to convert the files, by a call of
// convert.
func Learn(d *desk.Desk, from Learner, sources []string, convert func(files []string)) {
	var known, files []string
	var wrong error
	d.Background(func() error {
		for _, source := range sources {
			h, name, err := from.Learn(source)
			switch {
			case err != nil:
				wrong = errors.Join(wrong, errors.New(notLearnedText(source, err)))
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
	}, func(error) { ShowLearned(d, known, files, wrong, convert) })
}

// notLearnedText returns why nothing was learned from a source. It does not repeat a link, which may contain a passkey.
func notLearnedText(source string, err error) string {
	name := lang.L("Magnet link")
	if !bittorrent.IsMagnet(source) {
		name = filepath.Base(source)
	}
	return lang.L("%s was not read: %s.", name, text.ConversionError(err))
}

// ShowLearned shows the names that were learned, and offers to convert the files.
func ShowLearned(d *desk.Desk, known, files []string, wrong error, convert func(files []string)) {
	if d.Covered() {
		return // another dialog opened meanwhile; the names are learned already
	}
	box, title := container.NewVBox(), lang.L("Nothing was learned")
	if len(known) > 0 {
		title = lang.N("%d torrents now have a name", len(known))
	}
	for i, name := range known {
		if i == maxNamesListed {
			box.Add(control.NewLine(lang.N("and %d more", len(known)-i), theme.Muted))
			break
		}
		box.Add(control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100))
	}
	if wrong != nil {
		box.Add(control.NewParagraph(wrong.Error(), theme.Bad))
	}
	if len(files) > 0 {
		box.Add(control.NewParagraph(lang.L("A torrent is shown by its name once it announces through BittOratio. Convert writes a copy beside each file, for clients without a proxy setting."), theme.Muted))
	}
	b := d.NewDialog(title, control.Fixed(box, 460))
	ok := b.Button(lang.L("OK"), nil)
	if len(files) == 0 {
		b.Open(ok, ok)
		return
	}
	b.Open(ok, b.Button(lang.L("Convert"), func() { convert(files) }), ok)
}
