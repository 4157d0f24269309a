//go:build !nogui

package torrents

import (
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

type fakeEngine struct {
	delivered, forgotten []uint64
	calls                []string
	points               []engine.Point
}

func (f *fakeEngine) SetTorrentFactor(h bittorrent.InfoHash, v engine.Factor) error {
	f.calls = append(f.calls, "torrent "+h.Short()+" "+v.String())
	return nil
}

func (f *fakeEngine) SetTrackerFactor(tracker string, v engine.Factor) error {
	f.calls = append(f.calls, "tracker "+tracker+" "+v.String())
	return nil
}

func (f *fakeEngine) ForgetTorrent(id string) error {
	f.calls = append(f.calls, "forget "+id)
	return nil
}

func (f *fakeEngine) History(id string, newest int) []engine.Point {
	f.calls = append(f.calls, "history "+id)
	return f.points
}

func (f *fakeEngine) Learn(source string) (bittorrent.InfoHash, string, error) {
	f.calls = append(f.calls, "learn "+source)
	return bittorrent.InfoHash{1}, "learned", nil
}

func (f *fakeEngine) Deliver(id uint64) { f.delivered = append(f.delivered, id) }
func (f *fakeEngine) Forget(id uint64)  { f.forgotten = append(f.forgotten, id) }

type scene struct {
	*Page
	engine          fakeEngine
	sorts           []Sort
	switched, setUp int
	asked           []string
	yes             func()
	hidden, shown   string // columns that were remembered, hash whose activity was asked for
	entered         []string
	take            func(string) string
	window          fyne.Window
	clock           time.Time
}

func newScene(t testing.TB) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	s := &scene{clock: now}
	s.Page = New(Options{
		Engine: &s.engine, Sort: DefaultSort, OnSort: func(by Sort) { s.sorts = append(s.sorts, by) },
		SwitchOn: func() { s.switched++ }, SetUp: func() { s.setUp++ },
		Ask:      func(title, question, yes string, do func()) { s.asked, s.yes = append(s.asked, title), do },
		Now:      func() time.Time { return s.clock },
		OnHidden: func(keys string) { s.hidden = keys },
		Activity: func(hash string) { s.shown = hash },
		Enter: func(title, hint, value string, take func(string) string) {
			s.entered, s.take = append(s.entered, title+" "+value), take
		},
	})
	s.window = test.NewTempWindow(t, s.Content())
	s.window.Resize(fyne.NewSize(900, 500))
	return s
}

func TestClickOnAHeaderSortsAndIsRemembered(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if got := ids(&s.rows); got != "cba" {
		t.Fatalf("at first %s, want the newest on top", got)
	}
	test.Tap(s.Grid().Header("seen").(fyne.Tappable))
	if got := ids(&s.rows); got != "bca" {
		t.Errorf("by seen: %s", got)
	}
	if !slices.Equal(s.sorts, []Sort{{"seen", true}}) {
		t.Errorf("remembered %v", s.sorts)
	}
}

func TestChosenRowStaysChosenWhenItMoves(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onSelect(2) // the oldest: a
	if !s.detail.content.Visible() || s.detail.hash.Text() != list[0].InfoHash.String() {
		t.Fatal("the chosen torrent is not described")
	}
	list = slices.Clone(list)
	list[0].Last = now
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if s.Grid().Selected() != 0 {
		t.Errorf("row %d is chosen, want 0", s.Grid().Selected())
	}
	s.onClose()
	if s.detail.content.Visible() || s.Grid().Selected() != -1 {
		t.Error("closed, but still described")
	}
}

func TestEmptyTableSaysWhatToDo(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.Off, Addr: "127.0.0.1:8080"}, now)
	if s.table.Visible() || !s.empty.content.Visible() || !s.empty.on.Visible() {
		t.Fatal("off and empty: no word of what to do")
	}
	test.Tap(s.empty.on)
	test.Tap(s.empty.setUp)
	if s.switched != 1 || s.setUp != 1 {
		t.Errorf("switched %d, set-up %d", s.switched, s.setUp)
	}
	s.Show(&engine.Snapshot{State: engine.On, Addr: "127.0.0.1:8080"}, now)
	if s.empty.on.Visible() {
		t.Error("on, but asks to switch on")
	}
	if got := s.empty.line.Text(); got != "Set 127.0.0.1:8080 as your client's proxy. A torrent appears with its next announce." {
		t.Error(got)
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if !s.table.Visible() || s.empty.content.Visible() {
		t.Error("torrents, but the table is hidden")
	}
}

func TestKeptAnnouncesAreDeliveredAndForgotten(t *testing.T) {
	s := newScene(t)
	kept := []engine.Kept{{ID: 7, Event: bittorrent.EventStopped, Tracker: "a.example"}, {ID: 9, Tracker: "b.example"}}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample(), Waiting: kept}, now)
	if !s.waiting.content.Visible() || s.waiting.scroll.Visible() {
		t.Fatal("kept announces begin folded")
	}
	test.Tap(s.waiting.fold)
	test.Tap(s.waiting.lines[0].deliver)
	test.Tap(s.waiting.lines[1].forget)
	if !slices.Equal(s.engine.delivered, []uint64{7}) {
		t.Errorf("delivered %v", s.engine.delivered)
	}
	if len(s.asked) != 1 || len(s.engine.forgotten) != 0 {
		t.Fatalf("forgotten %v without asking", s.engine.forgotten)
	}
	s.yes()
	if !slices.Equal(s.engine.forgotten, []uint64{9}) {
		t.Errorf("forgotten %v", s.engine.forgotten)
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if s.waiting.content.Visible() {
		t.Error("nothing is kept, but the list shows")
	}
}

func TestManyKeptAnnouncesAreCounted(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Waiting: make([]engine.Kept, 100)}, now)
	test.Tap(s.waiting.fold)
	if len(s.waiting.lines) != shownKept || s.waiting.more.Text() != "and 60 more" {
		t.Errorf("%d lines, %q", len(s.waiting.lines), s.waiting.more.Text())
	}
}

// A snapshot of 10,000 torrents of which a few changed must cost less than 1 ms.
func BenchmarkShow10000(b *testing.B) {
	s := newScene(b)
	s.window.Resize(fyne.NewSize(1280, 800))
	before, after := many(10000), many(10000)
	for i := range 10 {
		after[i*1000].Last, after[i*1000].Seen = now, after[i*1000].Seen+1<<20
	}
	for i := 0; b.Loop(); i++ {
		list := before
		if i%2 == 0 {
			list = after
		}
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
