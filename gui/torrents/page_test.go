package torrents

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/desk"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

type fakeEngine struct {
	delivered, forgotten []uint64
	calls                []string
	points, earlier      []exchange.Point
	sessions             []engine.Session
	noticed              checks.Noticed
	sharing              []string // IDs of torrents that cannot be forgotten
	refuse               error    // of SetTorrentFactors and Learn
}

func (f *fakeEngine) SetTorrentFactors(factors map[bittorrent.InfoHash]policy.Factor) error {
	for _, h := range slices.SortedFunc(maps.Keys(factors), func(a, b bittorrent.InfoHash) int { return slices.Compare(a[:], b[:]) }) {
		f.calls = append(f.calls, "torrent "+h.Short()+" "+factors[h].String())
	}
	return f.refuse
}

func (f *fakeEngine) ReplaceTorrentFactors(was policy.Factor, factors map[bittorrent.InfoHash]policy.Factor) error {
	for _, h := range slices.SortedFunc(maps.Keys(factors), func(a, b bittorrent.InfoHash) int { return slices.Compare(a[:], b[:]) }) {
		f.calls = append(f.calls, "torrent "+h.Short()+" "+factors[h].String()+" if "+was.String())
	}
	return f.refuse
}

func (f *fakeEngine) ForgetTorrents(ids []string) (kept []string) {
	f.calls = append(f.calls, "forget "+strings.Join(ids, " "))
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(f.sharing, id) })
}

func (f *fakeEngine) History(id string, newest int) []exchange.Point {
	f.calls = append(f.calls, "history "+id)
	return f.points
}

func (f *fakeEngine) Earlier(ctx context.Context, id string, most int) ([]exchange.Point, error) {
	f.calls = append(f.calls, "earlier "+id)
	return f.earlier, ctx.Err()
}

func (f *fakeEngine) Learn(source string) (bittorrent.InfoHash, string, error) {
	f.calls = append(f.calls, "learn "+source)
	return bittorrent.InfoHash{1}, "learned", f.refuse
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
	hidden, shown   string // the columns that were saved, the hash whose activity was asked for
	entered         []string
	take            func(string) string
	window          fyne.Window
	clock           time.Time
	disk            []func() // the requests that would run in the background
}

func newScene(t testing.TB) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	s := &scene{clock: now}
	s.Page = New(Options{
		Engine: &s.engine,
		Desk: &desk.Desk{
			Context: t.Context(),
			Background: func(do func() error, done func(error)) {
				s.disk = append(s.disk, func() { done(do()) })
			},
			Confirm: func(title, question, yes string, do func()) { s.asked, s.yes = append(s.asked, title), do },
			Now:     func() time.Time { return s.clock },
			Inform:  func(title, what string) { s.asked = append(s.asked, title+": "+what) },
			Prompt: func(title, hint, value string, take desk.Take) {
				s.entered, s.take = append(s.entered, title+" "+value), take
			},
			Copy: func(text string) { fyne.CurrentApp().Clipboard().SetContent(text) },
		},
		Sort: newest, OnSort: func(by Sort) { s.sorts = append(s.sorts, by) },
		SwitchOn: func() { s.switched++ }, SetUp: func() { s.setUp++ },
		OnHidden: func(keys string) { s.hidden = keys },
		Activity: func(hash string) { s.shown = hash },
		Tracker:  func(host string) { s.engine.calls = append(s.engine.calls, "rules of "+host) },
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

func TestChosenRowStaysChosenAndWhereItIs(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onSelect(2) // the oldest: a
	if !s.detail.content.Visible() || s.detail.hash != list[0].InfoHash {
		t.Fatal("the chosen torrent is not described")
	}
	list = with(list, 0, func(t *engine.Torrent) { t.Last = now })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if s.Grid().Selected() != 2 {
		t.Errorf("row %d is chosen, want 2", s.Grid().Selected())
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
	kept := []engine.Pending{{ID: 7, Event: bittorrent.EventStopped, Tracker: "a.example"}, {ID: 9, Tracker: "b.example"}}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample(), Pending: kept}, now)
	if !s.waiting.content.Visible() || s.waiting.scroll.Visible() {
		t.Fatal("pending announces begin folded")
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
	s.Show(&engine.Snapshot{State: engine.On, Pending: make([]engine.Pending, 100)}, now)
	test.Tap(s.waiting.fold)
	if len(s.waiting.lines) != shownPending || s.waiting.more.Text() != "and 60 more" {
		t.Errorf("%d lines, %q", len(s.waiting.lines), s.waiting.more.Text())
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestTypingFiltersAndTheStateCounts(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[1].Name = "Étude in C"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	for typed, want := range map[string]string{
		"étude": "b", "B.EXAMPLE": "b", "deluge": "a", "refused by": "a", list[2].InfoHash.String(): "c", "nothing": "", "": "cba", "  ": "cba",
	} {
		s.bar.filter.SetText("")
		test.Type(s.bar.filter, typed)
		if got := ids(&s.rows); got != want {
			t.Errorf("%q leaves %q, want %q", typed, got, want)
		}
	}
	s.bar.filter.SetText("seeding")
	if s.bar.count.Text() != "1 of 3 torrents" {
		t.Errorf("%q", s.bar.count.Text())
	}
	list = with(list, 1, func(t *engine.Torrent) { t.Failure = "gone" })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if got := ids(&s.rows); got != "" {
		t.Errorf("no longer seeding, but %q is shown", got)
	}
}

func TestPastedMagnetGivesANameAndIsLookedFor(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.bar.filter.SetText(" magnet:?xt=urn:btih:0100000000000000000000000000000000000000&dn=x")
	if s.bar.filter.Text != (bittorrent.InfoHash{1}).String() || ids(&s.rows) != "b" {
		t.Errorf("%q leaves %q", s.bar.filter.Text, ids(&s.rows))
	}
	if !slices.Equal(s.engine.calls, []string{"learn magnet:?xt=urn:btih:0100000000000000000000000000000000000000&dn=x"}) {
		t.Errorf("%q", s.engine.calls)
	}
}

// TestAMagnetPastedOverTheTrackersShowsItsTorrent, whatever the filter was. For a text that is no magnet link, the rows
// stay as they are and the bar shows a message.
func TestAMagnetPastedOverTheTrackersShowsItsTorrent(t *testing.T) {
	s, _ := onTrackers(t)
	s.onClass(stopped)
	s.bar.filter.SetText("magnet:?xt=urn:btih:0100000000000000000000000000000000000000")
	if !s.table.Visible() || s.trackers.content.Visible() || ids(&s.rows) != "b" {
		t.Errorf("the trackers are shown: %v, and %q are left", s.trackers.content.Visible(), ids(&s.rows))
	}
	s.engine.refuse = errors.New("no hash")
	s.bar.filter.SetText("magnet:?xt=urn:btih:")
	if got := s.bar.count.Text(); len(s.rows.shown) != 3 || !strings.HasPrefix(got, "Magnet link was not read: ") {
		t.Errorf("%d rows, %q", len(s.rows.shown), got)
	}
	if s.bar.filter.SetText(""); s.bar.count.Text() != "" {
		t.Errorf("%q", s.bar.count.Text())
	}
}

func TestColumnsAreHiddenAndRemembered(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if s.Grid().Header("size").Visible() || !s.Grid().Header("client").Visible() {
		t.Fatal("the columns of a first start")
	}
	choices := s.bar.choices()
	if len(choices.Items) != len(columns())-1 {
		t.Fatalf("%d columns to choose from", len(choices.Items))
	}
	for i, c := range columns()[1:] {
		if c.Key == "size" || c.Key == "client" {
			choices.Items[i].Action()
		}
	}
	if !s.Grid().Header("size").Visible() || s.Grid().Header("client").Visible() || s.hidden != "client,event,factor,answer,next,noticed" {
		t.Errorf("remembered %q", s.hidden)
	}
	if again := hiddenColumns(s.hidden); hiddenKeys(again) != s.hidden || len(hiddenColumns("nonsense,hash")) != 0 || hiddenKeys(nil) != "none" {
		t.Errorf("%v", again)
	}
}

// choose taps the item of a menu.
func choose(t *testing.T, m *fyne.Menu, label string) {
	t.Helper()
	for _, i := range m.Items {
		if i.Label == label {
			i.Action()
			return
		}
	}
	t.Errorf("the menu has no %q", label)
}

func TestRowMenuActsOnItsTorrent(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[2].Name = "a & b"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{{Host: "a.example"}}}, now)
	stopped := s.menu(list[2:3])
	for _, label := range []string{"Copy hash", "Copy magnet link"} {
		choose(t, stopped, label)
		if got := fyne.CurrentApp().Clipboard().Content(); got != list[2].InfoHash.String() && got != "magnet:?xt=urn:btih:"+list[2].InfoHash.String()+"&dn=a%20%26%20b" {
			t.Errorf("%s: %q", label, got)
		}
	}
	choose(t, stopped, "Multiplier of this torrent…")
	if wrong := s.take("0.5"); wrong == "" {
		t.Error("0.5 is taken")
	}
	if wrong := s.take("4,5"); wrong != "" {
		t.Error(wrong)
	}
	choose(t, stopped, "Multiplier and guards of this tracker…")
	choose(t, stopped, "Exclude: always its real numbers")
	choose(t, stopped, "Show activity")
	choose(t, stopped, "Forget")
	s.Finish()
	want := []string{"torrent 02000000 4.5", "rules of a.example", "torrent 02000000 1", "forget c"}
	if !slices.Equal(s.engine.calls, want) || s.shown != list[2].InfoHash.String() {
		t.Errorf("%q, activity of %q", s.engine.calls, s.shown)
	}
	if !slices.Equal(s.entered, []string{"Multiplier of this torrent "}) {
		t.Errorf("%q", s.entered)
	}
	sharing := *list[1]
	sharing.Own = policy.One
	m := s.menu([]*engine.Torrent{&sharing})
	if !m.Items[len(m.Items)-1].Disabled {
		t.Error("a torrent that is shared may be forgotten")
	}
	choose(t, m, "Multiply again")
	if got := s.engine.calls[len(s.engine.calls)-1]; got != "torrent 01000000 0" {
		t.Errorf("%q", got)
	}
}

func TestMenuOpensByMouseAndKey(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	over := func() bool { return s.window.Canvas().Overlays().Top() != nil }
	body := s.Grid().Body().(fyne.SecondaryTappable)
	body.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(10, 40)})
	if !over() || s.chosen != "b" {
		t.Fatalf("no menu, or of another row: %q", s.chosen)
	}
	s.window.Canvas().Overlays().Remove(s.window.Canvas().Overlays().Top())
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	if !over() {
		t.Error("the menu key opens nothing")
	}
}

// TestClosedDetailOutlivesANewTheme: for a new theme, Fyne also draws hidden objects.
func TestClosedDetailOutlivesANewTheme(t *testing.T) {
	s := newScene(t)
	s.engine.points = []exchange.Point{{At: now.UnixMilli(), Reason: exchange.ReasonNew, Status: 200}}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.onSelect(2)
	s.onClose()
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	s.detail.list.Refresh()
	s.detail.list.Resize(fyne.NewSize(300, 200))
}

// TestTheTableHasSixRowsBesideTheDetailUntilTheUserMovesTheSplit. After that, the split stays where the user puts it.
func TestTheTableHasSixRowsBesideTheDetailUntilTheUserMovesTheSplit(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.onSelect(2)
	s.window.Resize(s.Content().MinSize().AddWidthHeight(0, 20))
	six := grid.HeightOf(rowsLeast)
	if got := s.table.Size().Height; got < six {
		t.Fatalf("the table is %v high in a small window, want %v", got, six)
	}
	divider := test.WidgetRenderer(s.split).Objects()[1].(fyne.Draggable)
	for range 10 {
		divider.Dragged(&fyne.DragEvent{Dragged: fyne.Delta{DY: -20}})
	}
	divider.DragEnd()
	if got := s.table.Size().Height; got > six-100 {
		t.Errorf("moved up by 200, the table is %v high", got)
	}
}

func TestDetailShowsEachAnnounceWithItsReason(t *testing.T) {
	s := newScene(t)
	at := now.Add(-time.Hour).UnixMilli()
	s.engine.points = []exchange.Point{
		{At: at, Reason: exchange.ReasonNew, Seeders: -1, Leechers: 2, Status: 200},
		{At: at + 1000, Seen: 13002342, Reported: 39007027, New: 13002342, Factor: 3000, Reason: exchange.ReasonMultiplied, Seeders: 3, Status: 200, Failure: "unregistered"},
	}
	list := sample()
	list[0].Name, list[0].Failure, list[0].Warning = "named", "a long sentence of the tracker's", "and a warning"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onSelect(2)
	s.disk[0]()
	out := make([]grid.Cell, 3)
	s.detail.cells(0, out)
	if out[1].Text != "+12.4 MiB × 3 = +37.2 MiB" || out[2].Text != "Refused by tracker: unregistered" {
		t.Errorf("%v", out)
	}
	if s.detail.message.Text != "Refused by tracker: a long sentence of the tracker's\nTracker warns: and a warning" {
		t.Errorf("%q", s.detail.message.Text)
	}
	s.detail.onAnnounce(0)
	if want := "2026-08-01 11:00:01, Announce: update, +12.4 MiB × 3 = +37.2 MiB, 37.2 MiB reported in all\nRefused by tracker: unregistered"; s.detail.message.Text != want {
		t.Errorf("%q", s.detail.message.Text)
	}
	s.detail.onAnnounce(1)
	if want := "2026-08-01 11:00:00, Announce: update, 0 B, baseline\nOK"; s.detail.message.Text != want || s.detail.list.Selected() != 1 {
		t.Errorf("%q", s.detail.message.Text)
	}
	s.detail.onAnnounce(-1)
	if !strings.HasPrefix(s.detail.message.Text, "Refused by tracker: a long") {
		t.Errorf("%q", s.detail.message.Text)
	}
	test.Tap(s.detail.turn)
	if !s.detail.peers || s.detail.turn.Text != "Show bytes" {
		t.Errorf("%q", s.detail.turn.Text)
	}
	if words := s.Copied(); !strings.Contains(words, "Tracker: c.example") || !strings.HasSuffix(words, list[0].InfoHash.String()) {
		t.Errorf("%q", words)
	}
	test.Tap(s.detail.factor)
	if len(s.entered) != 1 {
		t.Error("the multiplier's button asks for nothing")
	}
}

// TestHistoryIsAskedForOnlyWhenItGrew: one snapshot per second must not copy 10,000 points per second.
func TestHistoryIsAskedForOnlyWhenItGrew(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.engine.points = []exchange.Point{{At: list[0].Last.UnixMilli() + 5, Reported: list[0].Reported}}
	list[0].Points = 1
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onSelect(2)
	for range 5 {
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	}
	if !slices.Equal(s.engine.calls, []string{"history a"}) {
		t.Errorf("%q", s.engine.calls)
	}
	list = with(list, 0, func(t *engine.Torrent) { t.Points = 2 })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if len(s.engine.calls) != 2 {
		t.Errorf("%q", s.engine.calls)
	}
}

// TestEarlierRunsAreReadFromTheDiskAndGoOnWithoutASeam: an answer for a torrent that is no longer shown is dropped.
func TestEarlierRunsAreReadFromTheDiskAndGoOnWithoutASeam(t *testing.T) {
	s := newScene(t)
	list := sample()
	show := func() { s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now) }
	s.engine.earlier = []exchange.Point{{At: 1, Reported: 10}, {At: 2, Reported: 20}}
	show()
	s.onSelect(2)
	if !s.detail.series.reading {
		t.Error("the disk is not asked")
	}
	s.onSelect(1)
	s.onSelect(2)
	if len(s.disk) != 3 {
		t.Fatalf("the disk was asked %d times", len(s.disk))
	}
	for _, read := range s.disk[:2] {
		if read(); len(s.detail.series.points) != 0 {
			t.Fatal("what was asked before is shown")
		}
	}
	s.disk[2]()
	list = slices.Clone(list)
	list[0].Points, list[0].Last = 1, time.UnixMilli(3)
	s.engine.points = []exchange.Point{{At: 3, Reported: 30}}
	show()
	show()
	told := []uint64{}
	for _, p := range s.detail.series.points {
		told = append(told, p.Reported)
	}
	if !slices.Equal(told, []uint64{10, 20, 30}) || s.detail.series.reading {
		t.Errorf("%v", told)
	}
	if s.onClose(); len(s.detail.series.points) != 0 {
		t.Error("they are kept when nothing is shown")
	}
}

func TestEveryStateHasItsWordsAndIcon(t *testing.T) {
	pics, seen := icons(), map[string]bool{}
	for s := range states {
		if w := s.words(); w == "" || seen[w] || pics[s] == nil {
			t.Errorf("state %d is %q", s, w)
		}
		seen[s.words()] = true
	}
	for want, tr := range map[state]engine.Torrent{
		refused:     {Failure: "no", Pending: 1},
		memory:      {Answered: true, Outcome: exchange.OutcomeCached, Pending: 1, Away: true},
		waits:       {Pending: 1, Own: policy.One},
		excluded:    {Own: policy.One, Event: bittorrent.EventStopped},
		ended:       {Event: bittorrent.EventStopped},
		fresh:       {Answered: true, First: now, Last: now, Left: 5},
		seeding:     {First: now},
		downloading: {First: now, Left: 5},
	} {
		if got := stateOf(&tr); got != want {
			t.Errorf("%+v is %q, want %q", tr, got.words(), want.words())
		}
	}
}

// TestANamelessTorrentSaysWhatToDo: qBittorrent's database of names is not read.
func TestANamelessTorrentSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name, client string
		database     bool
		want         string
	}{
		{"a", "qBittorrent 5.3.0", true, ""},
		{"", "qBittorrent 5.3.0", true, "database"},
		{"", "qBittorrent 5.3.0", false, "Name unknown. Drop"},
		{"", "Transmission 4.1.4", true, "Name unknown. Drop"},
	} {
		got := sayings(&engine.Torrent{Name: c.name, Client: c.client}, c.database)
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestFilterKeepsTheChosenRow, though its place changes, and there may be fewer rows than its old place.
func TestFilterKeepsTheChosenRow(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	last := len(list) - 1
	test.Tap(s.grid.Body().(fyne.Tappable)) // gives the table the focus
	for range list {
		s.grid.Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	chosen := s.chosen
	if s.grid.Selected() != last || chosen == "" {
		t.Fatalf("row %d is chosen of %d", s.grid.Selected(), len(list))
	}
	s.bar.filter.SetText(s.rows.at(last).InfoHash.String())
	if s.grid.Selected() != 0 || s.chosen != chosen {
		t.Errorf("row %d, %q is chosen", s.grid.Selected(), s.chosen)
	}
	s.bar.filter.SetText("nowhere")
	if s.grid.Selected() != -1 {
		t.Errorf("row %d of none is chosen", s.grid.Selected())
	}
	s.bar.filter.SetText("")
	if s.grid.Selected() != last || s.chosen != chosen {
		t.Errorf("row %d, %q is chosen", s.grid.Selected(), s.chosen)
	}
}

func TestTheOrderWaitsWhileARowIsChosen(t *testing.T) {
	s := newScene(t)
	list := sample()
	show := func() {
		t.Helper()
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	}
	show()
	s.onSelect(1)
	list = with(list, 0, func(t *engine.Torrent) { t.Last = now })
	if show(); ids(&s.rows) != "cba" || !s.bar.late.Visible() || s.bar.late.Text != "1 updated" {
		t.Fatalf("%s, %q", ids(&s.rows), s.bar.late.Text)
	}
	test.Tap(s.bar.late)
	if ids(&s.rows) != "acb" || s.bar.late.Visible() || s.Grid().Selected() != 2 {
		t.Errorf("%s, row %d is chosen", ids(&s.rows), s.Grid().Selected())
	}
	list = with(list, 1, func(t *engine.Torrent) { t.Last = now.Add(time.Second) })
	show()
	if s.onSelect(-1); ids(&s.rows) != "bac" || s.bar.late.Visible() {
		t.Errorf("with nothing chosen: %s", ids(&s.rows))
	}
	body, _ := s.Grid().Body().(desktop.Hoverable)
	body.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 10)}})
	list = with(list, 2, func(t *engine.Torrent) { t.Last = now.Add(time.Minute) })
	if show(); ids(&s.rows) != "bac" {
		t.Errorf("the pointer is over the rows: %s", ids(&s.rows))
	}
	body.MouseOut()
	if show(); ids(&s.rows) != "cba" || s.bar.late.Visible() {
		t.Errorf("the pointer is gone: %s", ids(&s.rows))
	}
}

func TestAStateFollowsTheClockAndTheSwitch(t *testing.T) {
	tr := engine.Torrent{Answered: true, First: now.Add(-time.Hour), Last: now, Next: now.Add(30 * time.Minute)}
	for _, c := range []struct {
		after time.Duration
		on    bool
		want  state
	}{{0, true, seeding}, {35 * time.Minute, true, seeding}, {41 * time.Minute, true, overdue}, {25 * time.Hour, true, gone}, {0, false, gone}} {
		if got := stateAt(&tr, now.Add(c.after), c.on); got != c.want {
			t.Errorf("after %v, on %v: %q", c.after, c.on, got.words())
		}
	}
	tr.Event = bittorrent.EventStopped
	if got := stateAt(&tr, now.Add(48*time.Hour), false); got != ended {
		t.Errorf("stopped long ago: %q", got.words())
	}
}
