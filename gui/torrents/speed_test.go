package torrents

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/enginetest/cost"
)

// pageOf10000 returns a page with 10,000 torrents in a window of 1280 × 800. Each tick shows the snapshot of a fifth of
// a second later, in which a number of torrents have announced.
func pageOf10000(tb testing.TB, announces int) (s *scene, tick func()) {
	s = newScene(tb)
	s.window.Resize(fyne.NewSize(1280, 800))
	list, at, n := manyTorrents(10_000), now, 0
	tick = func() {
		at = at.Add(time.Second / 5)
		for i := range announces {
			if i == 0 {
				list = append([]*engine.Torrent(nil), list...)
			}
			n++
			t := *list[n*997%len(list)]
			t.Last, t.Next, t.Seen, t.Reported = at, at.Add(30*time.Minute), t.Seen+1<<20, t.Reported+2<<20
			list[n*997%len(list)] = &t
		}
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, at)
	}
	tick()
	return s, tick
}

// BenchmarkRefresh10000 measures all that the page does with a snapshot of 10,000 torrents: sort, filter, and show the
// rows in view.
func BenchmarkRefresh10000(b *testing.B) {
	for _, announces := range []int{0, 10} {
		for _, typed := range []string{"", "tracker7."} {
			b.Run(fmt.Sprintf("%d-changed-%q", announces, typed), func(b *testing.B) {
				s, tick := pageOf10000(b, announces)
				s.bar.filter.SetText(typed)
				b.ReportAllocs()
				for b.Loop() {
					tick()
				}
			})
		}
	}
}

// TestARefreshOf10000CostsLessThan1ms catches a refresh whose time grows with the number of rows instead of the visible
// ones.
func TestARefreshOf10000CostsLessThan1ms(t *testing.T) {
	for _, announces := range []int{0, 10} {
		_, tick := pageOf10000(t, announces)
		cost.AtMost(t, fmt.Sprintf("a refresh with %d rows changed", announces), time.Millisecond, 100, tick)
	}
}

// TestARefreshMakesTextsOnlyForVisibleRows counts allocations: of 10,000 rows, a refresh makes texts only for the
// visible ones.
func TestARefreshMakesTextsOnlyForVisibleRows(t *testing.T) {
	s, tick := pageOf10000(t, 0)
	for _, typed := range []string{"", "tracker7.example"} {
		s.bar.filter.SetText(typed)
		if n := testing.AllocsPerRun(5, tick); n > 1500 { // some 25 rows of 14 cells each
			t.Errorf("filtered by %q: %v allocations, want at most 1500", typed, n)
		}
	}
	if got := len(s.rows.shown); got != 10_000/37+1 {
		t.Errorf("the filter shows %d rows, want %d", got, 10_000/37+1)
	}
}

// scroller returns a function that turns the wheel by one step over a table of 10,000 rows: down to the end, then up
// again.
func scroller(tb testing.TB) (step func()) {
	s, _ := pageOf10000(tb, 0)
	middle := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.grid).AddXY(300, 300)
	by := float32(-40)
	return func() {
		before := s.grid.Offset()
		if test.Scroll(s.window.Canvas(), middle, 0, by); s.grid.Offset() == before {
			by = -by
			if test.Scroll(s.window.Canvas(), middle, 0, by); s.grid.Offset() == before {
				tb.Fatal("the table does not scroll in either direction")
			}
		}
	}
}

func BenchmarkScroll10000(b *testing.B) {
	step := scroller(b)
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}

// TestAScrollStepOver10000RowsCostsLessThan1ms, a fraction of the 16 ms that a smooth window has for each frame.
func TestAScrollStepOver10000RowsCostsLessThan1ms(t *testing.T) {
	cost.AtMost(t, "a scroll step", time.Millisecond, 200, scroller(t))
}

// TestTheSelectedRowOf10000DoesNotMove while 50 torrents announce each second, in any sort order; nor does any row
// above it.
func TestTheSelectedRowOf10000DoesNotMove(t *testing.T) {
	for _, by := range []string{"last", "seen", "hash"} {
		s, tick := pageOf10000(t, 10)
		s.onSort(by)
		s.onSelect(4)
		above := slices.Clone(s.rows.shown[:20])
		offset := s.grid.Offset()
		for range 100 { // 20 seconds
			tick()
			if s.grid.Selected() != 4 || s.grid.Offset() != offset || !slices.Equal(s.rows.shown[:20], above) {
				t.Fatalf("by %s: row %d is selected, scrolled to %v, want row 4 at %v with the same rows above", by, s.grid.Selected(), s.grid.Offset(), offset)
			}
		}
		if moved := by != "hash"; moved != s.bar.sortNow.Visible() {
			t.Errorf("by %s: the button %q is visible: %v, want %v", by, s.bar.sortNow.Text, s.bar.sortNow.Visible(), moved)
		}
	}
}
