package swarm

import (
	"strings"

	"bittoratio/engine/swarmview"
)

// node is a file of a torrent, or a folder with its content.
type node struct {
	name   string
	size   uint64
	files  int // in a folder, at any depth
	folder bool
	open   bool
	depth  int
	inside []*node
}

// tree is a torrent's files in their folders. Only the content of open folders has rows.
type tree struct {
	root node
	rows []*node
}

// maxRowsUnfolded is how many rows a tree may have before the user opens a folder. If more folders would exceed it,
// only the outer ones are open.
const maxRowsUnfolded = 60

// newTree puts files into their folders, in the torrent's own order.
func newTree(files []swarmview.File) *tree {
	t := &tree{root: node{folder: true, open: true, depth: -1}}
	folders := map[string]*node{"": &t.root}
	for _, f := range files {
		into, rest := &t.root, f.Path
		for from := 0; ; {
			end := strings.IndexByte(rest, '/')
			if end < 0 {
				break
			}
			path := f.Path[:from+end]
			next := folders[path]
			if next == nil {
				next = &node{name: rest[:end], folder: true, depth: into.depth + 1}
				folders[path] = next
				into.inside = append(into.inside, next)
			}
			into, rest, from = next, rest[end+1:], from+end+1
		}
		into.inside = append(into.inside, &node{name: rest, size: uint64(max(f.Size, 0)), depth: into.depth + 1})
	}
	t.root.count()
	t.unfoldSome()
	t.list()
	return t
}

// count sums up the content of a folder.
func (n *node) count() {
	for _, in := range n.inside {
		if in.folder {
			in.count()
			n.files += in.files
		} else {
			n.files++
		}
		n.size += in.size
	}
}

// unfoldSome opens folders level by level, as long as there are few rows.
func (t *tree) unfoldSome() {
	level, rows := []*node{&t.root}, 0
	for len(level) > 0 {
		var next []*node
		for _, n := range level {
			rows += len(n.inside)
			for _, in := range n.inside {
				if in.folder {
					next = append(next, in)
				}
			}
		}
		more := 0
		for _, n := range next {
			more += len(n.inside)
		}
		if rows+more > maxRowsUnfolded {
			return
		}
		for _, n := range next {
			n.open = true
		}
		level = next
	}
}

// list makes the rows.
func (t *tree) list() {
	t.rows = t.rows[:0]
	t.add(&t.root)
}

func (t *tree) add(n *node) {
	for _, in := range n.inside {
		t.rows = append(t.rows, in)
		if in.folder && in.open {
			t.add(in)
		}
	}
}

// toggle opens or closes a folder. It reports whether the row is a folder.
func (t *tree) toggle(row int) bool {
	if row < 0 || row >= len(t.rows) || !t.rows[row].folder {
		return false
	}
	t.rows[row].open = !t.rows[row].open
	t.list()
	return true
}
