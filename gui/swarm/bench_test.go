package swarm

import (
	"testing"
)

// BenchmarkTree makes the tree of a torrent with a hundred thousand files, the most that a search lists.
func BenchmarkTree(b *testing.B) {
	files := found(1, 100_000).Files
	for b.Loop() {
		newTree(files)
	}
}
