package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// guards has the rows for the limits of what is added, and for the folders that names are read from.
type guards struct {
	ceiling, ratio *control.Select
	names          *control.Check
	folders        *control.Rows[string] // one row for each folder that the user added, by its path
	adding         *fyne.Container       // the folders, and the button that adds one
	wrong          *control.Line

	allCeilings, allRatios []int // on offer, in the order shown: bytes per second, thousandths; 0 for none
}

// The ceilings in bytes per second, and the ratios in thousandths, that the user can choose; 0 for none. If
// settings.json has another value, it is added to them.
var (
	ceilingsOffered = []int{0, 1 << 20, 2 << 20, 5 << 20, 10 << 20, 25 << 20, 50 << 20, 100 << 20}
	ratiosOffered   = []int{0, 1000, 1500, 2000, 3000, 5000, 10_000}
)

// guardRows returns the rows of the guards.
func (p *Page) guardRows() []fyne.CanvasObject {
	g := &p.guards
	g.wrong = newErrorLine()
	g.ceiling = control.NewSelect(nil, func(string) {
		if i := g.ceiling.SelectedIndex(); i >= 0 {
			ceiling := uint64(g.allCeilings[i]) // the list may be another one when it is saved
			p.change(g.wrong, func(s *settings.Settings) { s.Ceiling = ceiling })
		}
	})
	g.ratio = control.NewSelect(nil, func(string) {
		if i := g.ratio.SelectedIndex(); i >= 0 {
			ratio := policy.Ratio(g.allRatios[i])
			p.change(g.wrong, func(s *settings.Settings) { s.StopRatio = ratio })
		}
	})
	g.ceiling.Tip = lang.L("The fastest upload that is ever reported, for all torrents together.")
	g.ratio.Tip = lang.L("From this ratio on nothing is added to a torrent.")
	g.names = control.NewCheck(lang.L("Read names from the folders of this computer's clients"), func(on bool) {
		p.change(g.wrong, func(s *settings.Settings) { s.ReadNames = on })
	})
	g.names.Tip = lang.L("Shows names instead of hashes. They come from the .torrent files that your clients keep.")
	add := control.NewButton(lang.L("Add a folder of .torrent files…"), p.onAddFolder).Explained(lang.L("Reads the names of the torrents in a folder of your choice."))
	g.folders = control.NewRows(layout.NewVBoxLayout(), p.folderRow)
	g.folders.Next = add
	g.adding = container.NewVBox(g.folders.Content, container.NewHBox(add))
	return []fyne.CanvasObject{
		row(lang.L("Guards"), container.NewHBox(control.Fixed(g.ceiling, 230), control.Fixed(g.ratio, 230)), g.wrong),
		row(lang.L("Names"), g.names, nil),
		indented(g.adding),
	}
}

// folderRow returns the row of a folder that names are read from, in addition to those of clients, with a button that
// removes it.
func (p *Page) folderRow(folder string) (fyne.CanvasObject, func(at int)) {
	remove := control.NewButton(lang.L("Remove"), func() {
		p.change(p.guards.wrong, func(s *settings.Settings) {
			s.TorrentFolders = slices.DeleteFunc(s.TorrentFolders, func(f string) bool { return f == folder })
		})
	})
	remove.Tip = lang.L("Takes this folder off the list. Its files stay.")
	return control.Border(nil, nil, nil, remove, control.NewLine(folder, theme.Plain).AtLeast(100)), func(int) {}
}

func (p *Page) onAddFolder() {
	p.options.Desk.Folder(func(path string) {
		p.change(p.guards.wrong, func(s *settings.Settings) {
			if !slices.Contains(s.TorrentFolders, path) {
				s.TorrentFolders = append(s.TorrentFolders, path)
			}
		})
	})
}

// fill shows the settings. It reports whether rows came or went.
func (g *guards) fill(s *settings.Settings) (moved bool) {
	g.allCeilings, g.allRatios = insertSorted(ceilingsOffered, int(s.Ceiling)), insertSorted(ratiosOffered, int(s.StopRatio))
	var speeds, ends []string
	for _, n := range g.allCeilings {
		if n == 0 {
			speeds = append(speeds, lang.L("No ceiling"))
			continue
		}
		speeds = append(speeds, lang.L("At most %s/s in all", text.Bytes(uint64(n))))
	}
	for _, n := range g.allRatios {
		if n == 0 {
			ends = append(ends, lang.L("At any ratio"))
			continue
		}
		ends = append(ends, lang.L("Add nothing from ratio %s on", text.Factor(policy.Factor(n))))
	}
	g.ceiling.Fill(speeds, slices.Index(g.allCeilings, int(s.Ceiling)))
	g.ratio.Fill(ends, slices.Index(g.allRatios, int(s.StopRatio)))
	g.names.Fill(s.ReadNames)
	moved = g.adding.Visible() != s.ReadNames
	control.SetVisible(g.adding, s.ReadNames)
	return g.folders.Show(unique(s.TorrentFolders)) || moved
}

// unique returns the entries of a list without repetitions.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
