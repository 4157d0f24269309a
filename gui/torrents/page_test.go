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
	questions       []string
	confirm         func()
	hidden, shown   string // the columns that were saved, the hash whose activity was asked for
	prompts         []string
	accept          func(string) string
	window          fyne.Window
	clock           time.Time
	queued          []func() // the requests that would run in the background
}

func newScene(t testing.TB) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	s := &scene{clock: now}
	s.Page = New(Options{
		Engine: &s.engine,
		Desk: &desk.Desk{
			Context: t.Context(),
			Background: func(do func() error, done func(error)) {
				s.queued = append(s.queued, func() { done(do()) })
			},
			Confirm: func(title, question, yes string, do func()) { s.questions, s.confirm = append(s.questions, title), do },
			Now:     func() time.Time { return s.clock },
			Inform:  func(title, what string) { s.questions = append(s.questions, title+": "+what) },
			Prompt: func(title, hint, value string, take desk.Accept) {
				s.prompts, s.accept = append(s.prompts, title+" "+value), take
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

func TestSortingByAHeaderIsRemembered(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if got := ids(&s.rows); got != "cba" {
		t.Fatalf("at first %s, want cba: the newest on top", got)
	}
	test.Tap(s.Grid().Header("seen").(fyne.Tappable))
	if got := ids(&s.rows); got != "bca" {
		t.Errorf("by upload: %s, want bca", got)
	}
	if !slices.Equal(s.sorts, []Sort{{"seen", true}}) {
		t.Errorf("remembered %v, want upload, descending", s.sorts)
	}
}

func TestASelectedRowStaysSelectedAndInItsPlace(t *testing.T) {
	s := newScene(t)
	list := sample()
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	s.onSelect(2) // the oldest: a
	if !s.detail.content.Visible() || s.detail.hash != list[0].InfoHash {
		t.Fatal("the details are not those of the selected torrent")
	}
	list = with(list, 0, func(t *engine.Torrent) { t.Last = now })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if s.Grid().Selected() != 2 {
		t.Errorf("row %d is selected, want still 2", s.Grid().Selected())
	}
	s.onClose()
	if s.detail.content.Visible() || s.Grid().Selected() != -1 {
		t.Errorf("after closing, details visible: %v, row %d selected; want false, -1", s.detail.content.Visible(), s.Grid().Selected())
	}
}

func TestAnEmptyTableNamesTheNextStep(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.Off, Addr: "127.0.0.1:8080"}, now)
	if s.table.Visible() || !s.empty.content.Visible() || !s.empty.on.Visible() {
		t.Fatal("off and without torrents, the next step or its button is not shown")
	}
	test.Tap(s.empty.on)
	test.Tap(s.empty.setUp)
	if s.switched != 1 || s.setUp != 1 {
		t.Errorf("switched on %d times, opened the set-up %d times; want 1 and 1", s.switched, s.setUp)
	}
	s.Show(&engine.Snapshot{State: engine.On, Addr: "127.0.0.1:8080"}, now)
	if s.empty.on.Visible() {
		t.Error("on, but the button to switch on is visible")
	}
	if got := s.empty.line.Text(); got != "Set 127.0.0.1:8080 as your client's proxy. A torrent appears with its next announce." {
		t.Errorf("next step while on: %q", got)
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if !s.table.Visible() || s.empty.content.Visible() {
		t.Errorf("with torrents, table visible: %v, next step visible: %v; want true, false", s.table.Visible(), s.empty.content.Visible())
	}
}

func TestPendingAnnouncesCanBeDeliveredAndForgotten(t *testing.T) {
	s := newScene(t)
	pending := []engine.Pending{{ID: 7, Event: bittorrent.EventStopped, Tracker: "a.example"}, {ID: 9, Tracker: "b.example"}}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample(), Pending: pending}, now)
	if !s.pendingList.content.Visible() || s.pendingList.scroll.Visible() {
		t.Fatal("the pending announces are hidden, or not folded at first")
	}
	test.Tap(s.pendingList.header)
	test.Tap(s.pendingList.lines[0].deliver)
	test.Tap(s.pendingList.lines[1].forget)
	if !slices.Equal(s.engine.delivered, []uint64{7}) {
		t.Errorf("delivered %v, want [7]", s.engine.delivered)
	}
	if len(s.questions) != 1 || len(s.engine.forgotten) != 0 {
		t.Fatalf("questions %q, forgotten %v; want a question first", s.questions, s.engine.forgotten)
	}
	s.confirm()
	if !slices.Equal(s.engine.forgotten, []uint64{9}) {
		t.Errorf("forgotten %v, want [9]", s.engine.forgotten)
	}
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if s.pendingList.content.Visible() {
		t.Error("the list is visible without pending announces")
	}
}

func TestManyPendingAnnouncesAreCounted(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Pending: make([]engine.Pending, 100)}, now)
	test.Tap(s.pendingList.header)
	if len(s.pendingList.lines) != maxPendingLines || s.pendingList.more.Text() != "and 60 more" {
		t.Errorf(`%d lines, %q; want %d and "and 60 more"`, len(s.pendingList.lines), s.pendingList.more.Text(), maxPendingLines)
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestTheFilterFollowsTheTextAndTheTorrents(t *testing.T) {
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
			t.Errorf("the filter %q shows %q, want %q", typed, got, want)
		}
	}
	s.bar.filter.SetText("seeding")
	if s.bar.count.Text() != "1 of 3 torrents" {
		t.Errorf(`count %q, want "1 of 3 torrents"`, s.bar.count.Text())
	}
	list = with(list, 1, func(t *engine.Torrent) { t.Failure = "gone" })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if got := ids(&s.rows); got != "" {
		t.Errorf("shows %q though it is no longer seeding", got)
	}
}

func TestAPastedMagnetLinkFindsAndNamesItsTorrent(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	s.bar.filter.SetText(" magnet:?xt=urn:btih:0100000000000000000000000000000000000000&dn=x")
	if s.bar.filter.Text != (bittorrent.InfoHash{1}).String() || ids(&s.rows) != "b" {
		t.Errorf("the filter is %q and shows %q; want the hash and b", s.bar.filter.Text, ids(&s.rows))
	}
	if !slices.Equal(s.engine.calls, []string{"learn magnet:?xt=urn:btih:0100000000000000000000000000000000000000&dn=x"}) {
		t.Errorf("calls %q, want the link once", s.engine.calls)
	}
}

// TestAMagnetLinkPastedOverTheTrackersShowsItsTorrent, whatever the filter was. For a text that is no magnet link, the
// rows stay as they are and the bar shows a message.
func TestAMagnetLinkPastedOverTheTrackersShowsItsTorrent(t *testing.T) {
	s, _ := newTrackersScene(t)
	s.onClass(stopped)
	s.bar.filter.SetText("magnet:?xt=urn:btih:0100000000000000000000000000000000000000")
	if !s.table.Visible() || s.trackers.content.Visible() || ids(&s.rows) != "b" {
		t.Errorf("trackers visible: %v, torrents %q; want false and b", s.trackers.content.Visible(), ids(&s.rows))
	}
	s.engine.refuse = errors.New("no hash")
	s.bar.filter.SetText("magnet:?xt=urn:btih:")
	if got := s.bar.count.Text(); len(s.rows.shown) != 3 || !strings.HasPrefix(got, "Magnet link was not read: ") {
		t.Errorf("an invalid link: %d rows, message %q; want all 3 and an error", len(s.rows.shown), got)
	}
	if s.bar.filter.SetText(""); s.bar.count.Text() != "" {
		t.Errorf("after the field was cleared the message is %q, want none", s.bar.count.Text())
	}
}

func TestHiddenColumnsAreRemembered(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	if s.Grid().Header("size").Visible() || !s.Grid().Header("client").Visible() {
		t.Fatalf("the columns of a first start are wrong: size visible: %v, client visible: %v; want false, true", s.Grid().Header("size").Visible(), s.Grid().Header("client").Visible())
	}
	choices := s.bar.columnMenu()
	if len(choices.Items) != len(columns())-1 {
		t.Fatalf("%d columns to choose from, want %d", len(choices.Items), len(columns())-1)
	}
	for i, c := range columns()[1:] {
		if c.Key == "size" || c.Key == "client" {
			choices.Items[i].Action()
		}
	}
	if !s.Grid().Header("size").Visible() || s.Grid().Header("client").Visible() || s.hidden != "client,event,factor,answer,next,noticed" {
		t.Errorf("size visible: %v, client visible: %v, remembered %q", s.Grid().Header("size").Visible(), s.Grid().Header("client").Visible(), s.hidden)
	}
	if again := hiddenColumns(s.hidden); hiddenKeys(again) != s.hidden || len(hiddenColumns("nonsense,hash")) != 0 || hiddenKeys(nil) != "none" {
		t.Errorf("hidden columns read back: %v, want %q", again, s.hidden)
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
	t.Errorf("the menu has no item %q", label)
}

func TestTheMenuOfARowActsOnItsTorrent(t *testing.T) {
	s := newScene(t)
	list := sample()
	list[2].Name = "a & b"
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list, Trackers: []engine.Tracker{{Host: "a.example"}}}, now)
	stopped := s.menu(list[2:3])
	for _, label := range []string{"Copy hash", "Copy magnet link"} {
		choose(t, stopped, label)
		if got := fyne.CurrentApp().Clipboard().Content(); got != list[2].InfoHash.String() && got != "magnet:?xt=urn:btih:"+list[2].InfoHash.String()+"&dn=a%20%26%20b" {
			t.Errorf("%s: copied %q", label, got)
		}
	}
	choose(t, stopped, "Multiplier of this torrent…")
	if wrong := s.accept("0.5"); wrong == "" {
		t.Error("the multiplier 0.5 is accepted")
	}
	if wrong := s.accept("4,5"); wrong != "" {
		t.Errorf("the multiplier 4,5 is refused: %s", wrong)
	}
	choose(t, stopped, "Multiplier and guards of this tracker…")
	choose(t, stopped, "Exclude: always its real numbers")
	choose(t, stopped, "Show activity")
	choose(t, stopped, "Forget")
	s.Finish()
	want := []string{"torrent 02000000 4.5", "rules of a.example", "torrent 02000000 1", "forget c"}
	if !slices.Equal(s.engine.calls, want) || s.shown != list[2].InfoHash.String() {
		t.Errorf("calls %q, want %q; activity of %q", s.engine.calls, want, s.shown)
	}
	if !slices.Equal(s.prompts, []string{"Multiplier of this torrent "}) {
		t.Errorf("prompts %q, want one for the multiplier", s.prompts)
	}
	sharing := *list[1]
	sharing.Own = policy.One
	m := s.menu([]*engine.Torrent{&sharing})
	if !m.Items[len(m.Items)-1].Disabled {
		t.Error("a torrent that is shared can be forgotten")
	}
	choose(t, m, "Multiply again")
	if got := s.engine.calls[len(s.engine.calls)-1]; got != "torrent 01000000 0" {
		t.Errorf("last call %q, want the default factor", got)
	}
}

func TestTheMenuOpensByMouseAndKey(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On, Torrents: sample()}, now)
	over := func() bool { return s.window.Canvas().Overlays().Top() != nil }
	body := s.Grid().Body().(fyne.SecondaryTappable)
	body.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(10, 40)})
	if !over() || s.chosen != "b" {
		t.Fatalf("menu open: %v, of row %q; want that of b", over(), s.chosen)
	}
	s.window.Canvas().Overlays().Remove(s.window.Canvas().Overlays().Top())
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	if !over() {
		t.Error("the menu key opens no menu")
	}
}

// TestAClosedDetailCanBeDrawnInANewTheme: for a new theme, Fyne also draws hidden objects.
func TestAClosedDetailCanBeDrawnInANewTheme(t *testing.T) {
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
	six := grid.HeightOf(minRows)
	if got := s.table.Size().Height; got < six {
		t.Fatalf("the table is %v high in a small window, want %v", got, six)
	}
	divider := test.WidgetRenderer(s.split).Objects()[1].(fyne.Draggable)
	for range 10 {
		divider.Dragged(&fyne.DragEvent{Dragged: fyne.Delta{DY: -20}})
	}
	divider.DragEnd()
	if got := s.table.Size().Height; got > six-100 {
		t.Errorf("the user moved the split up by 200, but the table is %v high", got)
	}
}

func TestTheDetailShowsEachAnnounceWithItsReason(t *testing.T) {
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
	s.queued[0]()
	out := make([]grid.Cell, 3)
	s.detail.cells(0, out)
	if out[1].Text != "+12.4 MiB × 3 = +37.2 MiB" || out[2].Text != "Refused by tracker: unregistered" {
		t.Errorf("cells of the newest announce: %v", out)
	}
	if s.detail.message.Text != "Refused by tracker: a long sentence of the tracker's\nTracker warns: and a warning" {
		t.Errorf("the tracker's messages: %q", s.detail.message.Text)
	}
	s.detail.onAnnounce(0)
	if want := "2026-08-01 11:00:01, Announce: update, +12.4 MiB × 3 = +37.2 MiB, 37.2 MiB reported in all\nRefused by tracker: unregistered"; s.detail.message.Text != want {
		t.Errorf("the newest announce: %q, want %q", s.detail.message.Text, want)
	}
	s.detail.onAnnounce(1)
	if want := "2026-08-01 11:00:00, Announce: update, 0 B, baseline\nOK"; s.detail.message.Text != want || s.detail.list.Selected() != 1 {
		t.Errorf("the first announce: %q, row %d selected; want %q, 1", s.detail.message.Text, s.detail.list.Selected(), want)
	}
	s.detail.onAnnounce(-1)
	if !strings.HasPrefix(s.detail.message.Text, "Refused by tracker: a long") {
		t.Errorf("no announce selected: %q, want the tracker's messages", s.detail.message.Text)
	}
	test.Tap(s.detail.switchChart)
	if !s.detail.peers || s.detail.switchChart.Text != "Show bytes" {
		t.Errorf("the button reads %q, peers shown: %v; want Show bytes, true", s.detail.switchChart.Text, s.detail.peers)
	}
	if words := s.Copied(); !strings.Contains(words, "Tracker: c.example") || !strings.HasSuffix(words, list[0].InfoHash.String()) {
		t.Errorf("copied %q, want tracker and hash", words)
	}
	test.Tap(s.detail.factor)
	if len(s.prompts) != 1 {
		t.Errorf("the multiplier's button opens %d prompts, want 1", len(s.prompts))
	}
}

// TestTheHistoryIsReadOnlyAfterItGrew: one snapshot per second must not copy 10,000 points per second.
func TestTheHistoryIsReadOnlyAfterItGrew(t *testing.T) {
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
		t.Errorf("calls %q, want [history a]", s.engine.calls)
	}
	list = with(list, 0, func(t *engine.Torrent) { t.Points = 2 })
	s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	if len(s.engine.calls) != 2 {
		t.Errorf("calls after another point: %q, want 2", s.engine.calls)
	}
}

// TestTheHistoryJoinsEarlierRunsFromTheDiskWithThisRun: an answer for a torrent that is no longer shown is dropped.
func TestTheHistoryJoinsEarlierRunsFromTheDiskWithThisRun(t *testing.T) {
	s := newScene(t)
	list := sample()
	show := func() { s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now) }
	s.engine.earlier = []exchange.Point{{At: 1, Reported: 10}, {At: 2, Reported: 20}}
	show()
	s.onSelect(2)
	if !s.detail.series.reading {
		t.Error("the earlier runs are not read")
	}
	s.onSelect(1)
	s.onSelect(2)
	if len(s.queued) != 3 {
		t.Fatalf("%d requests for earlier runs, want 3", len(s.queued))
	}
	for _, read := range s.queued[:2] {
		if read(); len(s.detail.series.points) != 0 {
			t.Fatal("the answer to an earlier request is shown")
		}
	}
	s.queued[2]()
	list = slices.Clone(list)
	list[0].Points, list[0].Last = 1, time.UnixMilli(3)
	s.engine.points = []exchange.Point{{At: 3, Reported: 30}}
	show()
	show()
	reported := []uint64{}
	for _, p := range s.detail.series.points {
		reported = append(reported, p.Reported)
	}
	if !slices.Equal(reported, []uint64{10, 20, 30}) || s.detail.series.reading {
		t.Errorf("reported totals %v, still reading: %v; want [10 20 30], false", reported, s.detail.series.reading)
	}
	if s.onClose(); len(s.detail.series.points) != 0 {
		t.Errorf("%d points are kept after the details closed, want 0", len(s.detail.series.points))
	}
}

func TestEveryStateHasItsOwnTextAndAnIcon(t *testing.T) {
	pics, seen := newStateIcons(), map[string]bool{}
	for s := range states {
		if w := s.words(); w == "" || seen[w] || pics[s] == nil {
			t.Errorf("state %d reads %q, icon %v; want its own text and an icon", s, w, pics[s])
		}
		seen[s.words()] = true
	}
	for want, tr := range map[state]engine.Torrent{
		refused:     {Failure: "no", Pending: 1},
		trackerAway: {Answered: true, Outcome: exchange.OutcomeCached, Pending: 1, Away: true},
		undelivered: {Pending: 1, Own: policy.One},
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

// TestATorrentWithoutANameIsExplained: qBittorrent's database of names is not read.
func TestATorrentWithoutANameIsExplained(t *testing.T) {
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
		got := messages(&engine.Torrent{Name: c.name, Client: c.client}, c.database)
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// TestAFilterKeepsTheSelectedRow, though its place changes, and there may be fewer rows than its old place.
func TestAFilterKeepsTheSelectedRow(t *testing.T) {
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
		t.Fatalf("row %d of %d is selected, want the last", s.grid.Selected(), len(list))
	}
	s.bar.filter.SetText(s.rows.at(last).InfoHash.String())
	if s.grid.Selected() != 0 || s.chosen != chosen {
		t.Errorf("filtered: row %d, torrent %q is selected; want 0, %q", s.grid.Selected(), s.chosen, chosen)
	}
	s.bar.filter.SetText("nowhere")
	if s.grid.Selected() != -1 {
		t.Errorf("without rows: row %d is selected, want -1", s.grid.Selected())
	}
	s.bar.filter.SetText("")
	if s.grid.Selected() != last || s.chosen != chosen {
		t.Errorf("unfiltered: row %d, torrent %q is selected; want %d, %q", s.grid.Selected(), s.chosen, last, chosen)
	}
}

func TestTheOrderIsHeldWhileARowIsSelectedOrHovered(t *testing.T) {
	s := newScene(t)
	list := sample()
	show := func() {
		t.Helper()
		s.Show(&engine.Snapshot{State: engine.On, Torrents: list}, now)
	}
	show()
	s.onSelect(1)
	list = with(list, 0, func(t *engine.Torrent) { t.Last = now })
	if show(); ids(&s.rows) != "cba" || !s.bar.sortNow.Visible() || s.bar.sortNow.Text != "1 updated" {
		t.Fatalf(`held: rows %s, button %q; want cba, "1 updated"`, ids(&s.rows), s.bar.sortNow.Text)
	}
	test.Tap(s.bar.sortNow)
	if ids(&s.rows) != "acb" || s.bar.sortNow.Visible() || s.Grid().Selected() != 2 {
		t.Errorf("updated: rows %s, row %d selected; want acb, 2", ids(&s.rows), s.Grid().Selected())
	}
	list = with(list, 1, func(t *engine.Torrent) { t.Last = now.Add(time.Second) })
	show()
	if s.onSelect(-1); ids(&s.rows) != "bac" || s.bar.sortNow.Visible() {
		t.Errorf("nothing selected: rows %s, want bac", ids(&s.rows))
	}
	body, _ := s.Grid().Body().(desktop.Hoverable)
	body.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 10)}})
	list = with(list, 2, func(t *engine.Torrent) { t.Last = now.Add(time.Minute) })
	if show(); ids(&s.rows) != "bac" {
		t.Errorf("pointer over the rows: %s, want still bac", ids(&s.rows))
	}
	body.MouseOut()
	if show(); ids(&s.rows) != "cba" || s.bar.sortNow.Visible() {
		t.Errorf("pointer elsewhere: rows %s, want cba", ids(&s.rows))
	}
}

func TestAStateDependsOnTheTimeAndOnTheSwitch(t *testing.T) {
	tr := engine.Torrent{Answered: true, First: now.Add(-time.Hour), Last: now, Next: now.Add(30 * time.Minute)}
	for _, c := range []struct {
		after time.Duration
		on    bool
		want  state
	}{{0, true, seeding}, {35 * time.Minute, true, seeding}, {41 * time.Minute, true, overdue}, {25 * time.Hour, true, gone}, {0, false, gone}} {
		if got := stateAt(&tr, now.Add(c.after), c.on); got != c.want {
			t.Errorf("after %v, on = %v: got %q, want %q", c.after, c.on, got.words(), c.want.words())
		}
	}
	tr.Event = bittorrent.EventStopped
	if got := stateAt(&tr, now.Add(48*time.Hour), false); got != ended {
		t.Errorf("stopped two days ago: got %q, want %q", got.words(), ended.words())
	}
}
