package report_test

import (
	"iter"
	"testing"
)

// sink is a journal that costs nothing.
type sink struct{}

func (sink) Append([]byte) error              { return nil }
func (sink) Rewrite(iter.Seq[[]byte]) error   { return nil }
func (sink) Size() (bytes int64, records int) { return 0, 0 }

func BenchmarkAnnounce(b *testing.B) {
	r := reporterOn(b, new(journal), 3000)
	r.SetJournal(sink{}, begin)
	b.ReportAllocs()
	for u := uint64(0); b.Loop(); u += 1000 {
		r.Announce(tracker, announceOf(1, plain, u), begin)
	}
}
