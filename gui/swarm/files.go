package swarm

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine/swarmview"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// files is the list of a torrent's files, in folders that a click opens. Only the rows in view exist as widgets.
type files struct {
	of            []swarmview.File // the files in the tree
	tree          *tree
	file          fyne.Resource
	folder, shown fyne.Resource
	grid          *grid.Grid
	content       fyne.CanvasObject
}

func newFiles() *files {
	muted := func(r fyne.Resource) fyne.Resource {
		return fynetheme.NewColoredResource(r, fynetheme.ColorNamePlaceHolder)
	}
	f := &files{
		tree: newTree(nil), file: muted(fynetheme.FileIcon()),
		folder: fynetheme.NewColoredResource(fynetheme.FolderIcon(), fynetheme.ColorNamePrimary),
		shown:  fynetheme.NewColoredResource(fynetheme.FolderOpenIcon(), fynetheme.ColorNamePrimary),
	}
	f.grid = grid.New([]grid.Column{
		{Title: lang.L("File"), Tip: lang.L("A file or a folder of the torrent."), Min: 140, Weight: 1, Icon: true},
		{Title: lang.L("Files"), Tip: lang.L("How many files a folder holds."), Min: 60, Align: fyne.TextAlignTrailing},
		{Title: lang.L("Size"), Tip: lang.L("How large it is."), Min: 84, Align: fyne.TextAlignTrailing},
	}, func() int { return len(f.tree.rows) }, f.cells)
	f.grid.OnTap, f.grid.OnOpen = f.toggle, f.toggle
	f.content = control.NewFrame(f.grid)
	return f
}

// show shows a search's files; nil for none. It does not make the tree of the same files again.
func (f *files) show(s *swarmview.Search) {
	var list []swarmview.File
	if s != nil {
		list = s.Files
	}
	if len(list) == len(f.of) && (len(list) == 0 || &list[0] == &f.of[0]) {
		return
	}
	f.of, f.tree = list, newTree(list)
	f.grid.Mark(-1)
	f.grid.Update()
	f.grid.ToTop()
}

func (f *files) toggle(row int) {
	if f.tree.toggle(row) {
		f.grid.Update()
	}
}

// indent is how far the content of a folder is indented, in Fyne's units.
const indent = 18

func (f *files) cells(row int, out []grid.Cell) {
	n := f.tree.rows[row]
	out[0] = grid.Cell{Text: n.name, Icon: f.file, Indent: indent * float32(min(n.depth, 8))}
	if n.folder {
		out[0].Icon = f.folder
		if n.open {
			out[0].Icon = f.shown
		}
		out[1] = grid.Cell{Text: lang.Int(uint64(n.files)), Tone: theme.Muted}
	}
	out[2] = grid.Cell{Text: text.Bytes(n.size), Tone: theme.Muted}
}

// peerList is the list of a torrent's trackers, with their counts, and of its peers.
type peerList struct {
	search  *swarmview.Search
	facts   *control.Line
	grid    *grid.Grid
	content fyne.CanvasObject
}

func newPeerList() *peerList {
	t := &peerList{facts: control.NewLine("", theme.Muted).AtLeast(120)}
	t.grid = grid.New([]grid.Column{{Title: lang.L("Who"), Tip: lang.L("Who was asked, or announced to."), Min: 140, Weight: 1}, {Title: lang.L("What is known"), Tip: lang.L("What it answered."), Min: 140, Weight: 1}}, t.rows, t.cells)
	t.content = control.Border(t.facts, nil, nil, nil, control.NewFrame(t.grid))
	return t
}

func (t *peerList) show(s *swarmview.Search) {
	other := t.search == nil || t.search.ID != s.ID
	t.search = s
	f := facts(s)
	words := f[0][0] + ": " + f[0][1] + ". " + f[1][0] + ": " + f[1][1] + "."
	if s.Announced > 0 {
		words += " " + lang.N("%d of them know your client now.", s.Announced)
	}
	t.facts.Set(words, theme.Muted)
	if other {
		t.grid.Mark(-1)
	}
	t.grid.Update()
	if other {
		t.grid.ToTop()
	}
}

func (t *peerList) rows() int {
	if t.search == nil {
		return 0
	}
	return len(t.search.Trackers) + len(t.search.Peers)
}

func (t *peerList) cells(row int, out []grid.Cell) {
	if n := len(t.search.Trackers); row >= n {
		p := &t.search.Peers[row-n]
		who, how := p.Program, lang.L("peer, over TCP")
		if who == "" {
			who = lang.L("a program without a name")
		}
		if p.UTP {
			how = lang.L("peer, over µTP")
		}
		out[0], out[1] = grid.Cell{Text: who}, grid.Cell{Text: how, Tone: theme.Muted}
		return
	}
	k := &t.search.Trackers[row]
	out[0] = grid.Cell{Text: k.Address}
	out[1] = grid.Cell{Text: lang.L("tracker: %s seeds, %s peers", text.Count(int64(k.Seeders)), text.Count(int64(k.Leechers))), Tone: theme.Muted}
}
