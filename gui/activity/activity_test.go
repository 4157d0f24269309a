package activity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine is an engine with some exchanges in memory and some on the disk.
type fakeEngine struct {
	entries, disk []exchange.Entry
	asked         []uint64 // by Activity: the number after which
	read          []uint64 // by OlderActivity: the number before which
	refuse        error
	heads         *exchange.Heads
	days          []exchange.Day
	names         map[bittorrent.InfoHash]string
}

func (f *fakeEngine) TorrentName(h bittorrent.InfoHash) string { return f.names[h] }

func (f *fakeEngine) TorrentsNamed(words string) (out []bittorrent.InfoHash) {
	for h, name := range f.names {
		if words != "" && strings.Contains(strings.ToLower(name), words) {
			out = append(out, h)
		}
	}
	return out
}

func (f *fakeEngine) Activity(after uint64) (out []exchange.Entry, dropped uint64) {
	f.asked = append(f.asked, after)
	if len(f.entries) > 0 && f.entries[0].Seq > after+1 {
		dropped = f.entries[0].Seq - after - 1
	}
	for _, e := range f.entries {
		if e.Seq > after {
			out = append(out, e)
		}
	}
	return out, dropped
}

func (f *fakeEngine) OlderActivity(filter exchange.Filter, before uint64, limit int) (out []exchange.Entry, err error) {
	f.read = append(f.read, before)
	for _, e := range slices.Backward(f.disk) {
		if e.Seq < before && filter.Match(&e) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, f.refuse
}

func (f *fakeEngine) ActivityDays() ([]exchange.Day, error) { return f.days, f.refuse }
func (f *fakeEngine) Heads(uint64) *exchange.Heads          { return f.heads }
func (f *fakeEngine) ExportActivity(w io.Writer, filter exchange.Filter, json bool) error {
	_, err := fmt.Fprintf(w, "%v %v", filter, json)
	return err
}

func entries(from, to uint64) (out []exchange.Entry) {
	for s := from; s <= to; s++ {
		out = append(out, exchange.Entry{Seq: s, At: now, Tracker: "t.example", Status: 200, Outcome: exchange.Outcome(s % 2)})
	}
	return out
}

type scene struct {
	*Page
	window    fyne.Window
	questions []string
	messages  []string
	saved     bytes.Buffer
	opened    fyne.CanvasObject
}

func newScene(t *testing.T, f *fakeEngine) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	s := &scene{}
	s.Page = New(f, &desk.Desk{
		Background: func(do func() error, done func(error)) { done(do()) },
		Confirm:    func(title, _, _ string, do func()) { s.questions = append(s.questions, title); do() },
		Inform:     func(title, _ string) { s.messages = append(s.messages, title) },
		Save: func(_ string, write func(io.Writer) error) {
			if err := write(&s.saved); err != nil {
				t.Error(err)
			}
		},
		Show: func(_ string, content fyne.CanvasObject) { s.opened = content },
	})
	s.window = test.NewTempWindow(t, s.Content())
	s.window.Resize(fyne.NewSize(980, 400))
	return s
}

func (s *scene) seqs() (out []uint64) {
	for i := range s.rows.entries {
		out = append(out, s.rows.at(i).Seq)
	}
	return out
}

func TestTheNewestExchangeIsOnTopAndEachIsFetchedOnce(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 3)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	f.entries = entries(1, 5)
	p.Show(&engine.Snapshot{Seq: 5}, now)
	p.Show(&engine.Snapshot{Seq: 5}, now)
	if len(f.asked) != 2 || f.asked[1] != 3 {
		t.Errorf("fetched the exchanges after %v, want [0 3]", f.asked)
	}
	if got := p.seqs(); !slices.Equal(got, []uint64{5, 4, 3, 2, 1}) || p.foot.Text() != "5 exchanges in all" {
		t.Errorf("rows %v, foot %q; want 5 to 1 and all 5 counted", got, p.foot.Text())
	}
}

func TestScrollingLoadsEveryExchangeOnTheDisk(t *testing.T) {
	f := &fakeEngine{entries: entries(3001, 3010), disk: entries(1, 3010)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3010}, now)
	if n := len(p.rows.entries); n != 510 || p.foot.Text() != "510 exchanges, older ones as you scroll" {
		t.Fatalf("%d rows before scrolling and the foot %q; want 510 rows", n, p.foot.Text())
	}
	for range 7 {
		p.window.Canvas().Focus(p.grid.Body())
		p.grid.Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	}
	got := p.seqs()
	for i, seq := range got {
		if seq != uint64(3010-i) {
			t.Fatalf("row %d has exchange %d, want %d", i, seq, 3010-i)
		}
	}
	if len(got) != 3010 || p.foot.Text() != "3,010 exchanges in all" {
		t.Errorf("%d rows and the foot %q; want 3010 rows", len(got), p.foot.Text())
	}
	p.onNewest()
	if n := len(p.rows.entries); n != 510 || !p.grid.AtTop() {
		t.Errorf("%d rows after a jump to the newest, at the top: %v; want 510 rows, at the top", n, p.grid.AtTop())
	}
}

func TestExchangesOfAnEarlierRunAreShownAtOnce(t *testing.T) {
	p := newScene(t, &fakeEngine{disk: entries(1, 20)})
	p.Show(&engine.Snapshot{Seq: 20}, now)
	if len(p.rows.entries) != 20 || p.rows.at(0).Seq != 20 {
		t.Errorf("%d rows, want the 20 of the earlier run, newest first", len(p.rows.entries))
	}
}

func TestVisibleRowsDoNotMoveWhenExchangesArrive(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 100)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 100}, now)
	p.grid.Shift(30) // as if scrolled
	f.entries = entries(1, 105)
	p.Show(&engine.Snapshot{Seq: 105}, now)
	if p.grid.AtTop() || len(p.rows.entries) != 105 {
		t.Errorf("%d rows, at the top: %v; want 105 rows and no jump to the top", len(p.rows.entries), p.grid.AtTop())
	}
	if p.bar.newest.Text != "5 new" {
		t.Errorf(`button reads %q, want "5 new"`, p.bar.newest.Text)
	}
	p.onNewest()
	if p.bar.newest.Text != "Newest" || !p.grid.AtTop() {
		t.Errorf(`button reads %q after a jump to the newest, at the top: %v; want "Newest" and the top`, p.bar.newest.Text, p.grid.AtTop())
	}
	p.onSelect(0) // the user looks at the newest exchange
	f.entries = entries(1, 107)
	if p.Show(&engine.Snapshot{Seq: 107}, now); p.grid.AtTop() || p.bar.newest.Text != "2 new" {
		t.Errorf(`the selected row moved: %v, button reads %q; want no move and "2 new"`, p.grid.AtTop(), p.bar.newest.Text)
	}
}

func TestAPausedListDoesNotChangeUntilItIsResumed(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 3)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	test.Tap(p.bar.pause)
	f.entries = entries(1, 1204)
	p.Show(&engine.Snapshot{Seq: 1204}, now)
	if len(p.rows.entries) != 3 || p.bar.newest.Text != "1,201 new" || p.bar.pause.Text != "Go on" {
		t.Errorf(`paused: %d rows, buttons %q and %q; want 3 rows, "1,201 new" and "Go on"`, len(p.rows.entries), p.bar.newest.Text, p.bar.pause.Text)
	}
	test.Tap(p.bar.pause)
	if len(p.rows.entries) != 1204 || p.bar.newest.Text != "Newest" || p.bar.pause.Text != "Pause" {
		t.Errorf(`resumed: %d rows, buttons %q and %q; want 1204 rows, "Newest" and "Pause"`, len(p.rows.entries), p.bar.newest.Text, p.bar.pause.Text)
	}
}

func TestFiltersApplyInMemoryAndOnDisk(t *testing.T) {
	f := &fakeEngine{entries: entries(11, 14), disk: entries(1, 14)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 14}, now)
	p.bar.outcome.SetSelected("From cache")
	if got := p.seqs(); !slices.Equal(got, []uint64{13, 11, 9, 7, 5, 3, 1}) {
		t.Errorf("filtered rows %v, want the odd numbers from 13 to 1", got)
	}
	f.entries = entries(11, 16)
	p.Show(&engine.Snapshot{Seq: 16}, now)
	if got := p.seqs(); len(got) != 8 || got[0] != 15 {
		t.Errorf("filtered rows %v after new exchanges, want 8 with 15 first", got)
	}
	test.Type(p.bar.tracker, "nobody")
	if len(p.rows.entries) != 0 || !p.empty.Visible() || p.title.Text() != "Nothing fits this filter" {
		t.Errorf("a filter that nothing matches leaves %d rows and the title %q", len(p.rows.entries), p.title.Text())
	}
	p.onExport(true)
	if got := p.saved.String(); !strings.Contains(got, "nobody") || !strings.Contains(got, "true") {
		t.Errorf("exported %q, want the filter for nobody, as JSON", got)
	}
}

func TestTorrentsAreShownAndFoundByName(t *testing.T) {
	known := bittorrent.InfoHash{0xab}
	e := entries(1, 3)
	e[1].InfoHash = known
	p := newScene(t, &fakeEngine{entries: e, names: map[bittorrent.InfoHash]string{known: "Debian 12 netinst"}})
	p.Show(&engine.Snapshot{Seq: 3, Names: 1}, now)
	out := make([]grid.Cell, 6)
	if p.cells(1, out); out[3].Text != "Debian 12 netinst" {
		t.Errorf("the row's torrent is %q, want its name", out[3].Text)
	}
	test.Type(p.bar.torrent, "debian")
	if got := p.seqs(); !slices.Equal(got, []uint64{2}) {
		t.Errorf("rows %v for the name, want [2]", got)
	}
}

func TestTheSummaryNamesTheTorrent(t *testing.T) {
	h := bittorrent.InfoHash{1}
	f := &fakeEngine{entries: []exchange.Entry{{Seq: 1, At: now, InfoHash: h, Tracker: "t.example"}}, names: map[bittorrent.InfoHash]string{h: "Debian 13"}}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 1}, now)
	p.onSelect(0)
	if got := p.detail.name.Text(); got != "Debian 13" || !p.detail.name.Visible() || !strings.Contains(p.Copied(), "Debian 13") {
		t.Errorf("the summary names %q and copies %q; want Debian 13 in both", got, p.Copied())
	}
}

func TestAFilterFindsATorrentWhoseNameIsLearnedLater(t *testing.T) {
	e := entries(1, 3)
	e[1].InfoHash = bittorrent.InfoHash{0xab}
	f := &fakeEngine{entries: e}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	test.Type(p.bar.torrent, "debian")
	if got := p.seqs(); len(got) != 0 {
		t.Fatalf("rows %v before the name is known, want none", got)
	}
	f.names = map[bittorrent.InfoHash]string{{0xab}: "Debian 12 netinst"}
	p.Show(&engine.Snapshot{Seq: 3, Names: 1}, now)
	if got := p.seqs(); !slices.Equal(got, []uint64{2}) {
		t.Errorf("rows %v once the name is known, want [2]", got)
	}
}

// TestALearnedNameDoesNotMoveAListInUse: a list whose reader has paused it, has scrolled, or has selected a row, and a
// list that the name does not belong to.
func TestALearnedNameDoesNotMoveAListInUse(t *testing.T) {
	e := entries(1, 600)
	for i := range e {
		e[i].InfoHash = bittorrent.InfoHash{0xab}
	}
	f := &fakeEngine{entries: e, names: map[bittorrent.InfoHash]string{{0xab}: "debian 12"}}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 600}, now)
	test.Type(p.bar.torrent, "debian")
	p.onSelect(300)
	p.grid.Reveal(300)
	at, asked := p.grid.Offset(), p.Page.restarts
	f.names[bittorrent.InfoHash{1}] = "other"
	p.Show(&engine.Snapshot{Seq: 600, Names: 1}, now)
	f.names[bittorrent.InfoHash{2}] = "debian 13"
	p.Show(&engine.Snapshot{Seq: 600, Names: 2}, now)
	if p.Page.restarts != asked || p.grid.Offset() != at || p.grid.Selected() != 300 {
		t.Errorf("the list was loaded again %d times, is at %v with row %d selected; want 0 times, %v, row 300", p.Page.restarts-asked, p.grid.Offset(), p.grid.Selected(), at)
	}
	p.onNewest()
	p.onSelect(-1)
	if p.Show(&engine.Snapshot{Seq: 600, Names: 2}, now); len(p.rows.filter.Hashes) != 2 {
		t.Errorf("the filter has %d torrents, want 2", len(p.rows.filter.Hashes))
	}
}

func TestAPausedListCountsOnlyNewExchangesThatMatchItsFilter(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 3)}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	p.bar.outcome.SetSelected("From cache") // every second one
	test.Tap(p.bar.pause)
	for _, seq := range []uint64{9, 9, 13} {
		f.entries = entries(1, seq)
		p.Show(&engine.Snapshot{Seq: seq}, now)
	}
	if got := p.bar.newest.Text; got != "5 new" {
		t.Errorf(`paused: button reads %q, want "5 new"`, got)
	}
	test.Tap(p.bar.pause)
	if got := p.bar.newest.Text; got != "Newest" || len(p.rows.entries) != 7 {
		t.Errorf(`resumed: button reads %q above %d rows; want "Newest" above 7`, got, len(p.rows.entries))
	}
}

func TestAnUnreadableDiskIsReportedOnce(t *testing.T) {
	p := newScene(t, &fakeEngine{entries: entries(5, 9), refuse: errors.New("input/output error")})
	p.Show(&engine.Snapshot{Seq: 9}, now)
	p.Show(&engine.Snapshot{Seq: 9}, now)
	if len(p.messages) != 1 || len(p.rows.entries) != 5 || p.foot.Text() != "5 exchanges" { // not "in all"
		t.Errorf("%d messages %q, %d rows, foot %q; want 1 message and the 5 rows in memory", len(p.messages), p.messages, len(p.rows.entries), p.foot.Text())
	}
}

func TestASelectedExchangeStaysSelectedAndIsExplained(t *testing.T) {
	f := &fakeEngine{entries: []exchange.Entry{{
		Seq: 1, At: now, Tracker: "t.example", Client: "Deluge 2.2.0", Seen: 10 << 20, Reported: 30 << 20, New: 10 << 20, Factor: 3000,
		Reason: exchange.ReasonMultiplied, Outcome: exchange.OutcomeFailed, Problem: exchange.ProblemDNS, Detail: "no such host",
	}}}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 1}, now)
	p.onSelect(0)
	f.entries = append(f.entries, entries(2, 4)...)
	p.Show(&engine.Snapshot{Seq: 4}, now)
	if p.grid.Selected() != 3 || !p.detail.content.Visible() {
		t.Fatalf("row %d is selected, its details visible: %v; want row 3, visible", p.grid.Selected(), p.detail.content.Visible())
	}
	for got, want := range map[string]string{
		p.detail.summary.Text(): "Announce: update, t.example, Deluge 2.2.0",
		p.detail.figures.Text(): "Uploaded 10.0 MiB, reported 30.0 MiB (+10.0 MiB × 3 = +30.0 MiB)",
		p.detail.outcome.Text(): "No answer: name not found (no such host)",
	} {
		if got != want {
			t.Errorf("the details read %q, want %q", got, want)
		}
	}
	if got := p.Copied(); !strings.Contains(got, "10.0 MiB") || !strings.Contains(got, "t.example") {
		t.Errorf("copied %q, want the tracker and its total", got)
	}
	p.onSelect(-1)
	if p.detail.content.Visible() || p.Copied() != "" {
		t.Errorf("nothing is selected, but the details are visible or copied: %q", p.Copied())
	}
}

// texts returns all texts in an object.
func texts(o fyne.CanvasObject) (out []string) {
	for _, o := range test.LaidOutObjects(o) {
		switch o := o.(type) {
		case *control.Line:
			out = append(out, o.Text())
		case *widget.Label:
			out = append(out, o.Text)
		case *widget.RichText:
			out = append(out, o.String())
		}
	}
	return out
}

func TestOpeningAnExchangeShowsAllItsDetails(t *testing.T) {
	f := &fakeEngine{entries: []exchange.Entry{{
		Seq: 1, At: now, Tracker: "t.example", Seen: 10, Reported: 30, New: 10, Factor: 3000, Reason: exchange.ReasonMultiplied,
		Failure: "banned client", Status: 200, Interval: 30 * time.Minute,
	}}}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 1}, now)
	p.onSelect(0)
	p.onOpen()
	p.window.SetContent(p.opened)
	shown := strings.Join(texts(p.opened), "\n")
	for _, want := range []string{"10 › 30", "banned client", "30 min", "200"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in the details:\n%s", want, shown)
		}
	}
}

func TestTheDaysButtonShowsAndHidesTheChart(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 3), days: []exchange.Day{{Day: "20260801", Exchanges: 3, Seen: 1 << 20, Reported: 2 << 20}}}
	p := newScene(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	test.Tap(p.bar.days)
	if !p.days.content.Visible() || p.days.words.Text() != "Last day (1): 1.00 MiB uploaded, 2.00 MiB reported" {
		t.Errorf("chart visible: %v, total %q", p.days.content.Visible(), p.days.words.Text())
	}
	p.days.bars.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(100, 10)}})
	if got := p.days.words.Text(); got != "2026-08-01: 1.00 MiB uploaded, 2.00 MiB reported, 3 exchanges" {
		t.Errorf("under the pointer: %q", got)
	}
	p.days.bars.MouseOut()
	test.Tap(p.bar.days)
	if p.days.content.Visible() {
		t.Error("the second press leaves the chart visible")
	}
}

func TestTheDailyChartIncludesEmptyDaysAndATotal(t *testing.T) {
	bars, sum := barsOf([]exchange.Day{
		{Day: "20260730", Exchanges: 1, Seen: 1 << 20, Reported: 3 << 20},
		{Day: "20260802", Exchanges: 2000, Seen: 2 << 20, Reported: 5 << 20},
	})
	if len(bars) != 4 || bars[1].Label != "Jul 31" || bars[1].Upper != 0 {
		t.Errorf("bars %+v, want 4 with an empty one on Jul 31", bars)
	}
	if sum != "Last 4 days: 3.00 MiB uploaded, 8.00 MiB reported" || bars[3].Words != "2026-08-02: 2.00 MiB uploaded, 5.00 MiB reported, 2,000 exchanges" {
		t.Errorf("total %q, last day %q", sum, bars[3].Words)
	}
	if bars, sum := barsOf(nil); bars != nil || sum != "Nothing is stored yet" {
		t.Errorf("without days: %d bars, total %q", len(bars), sum)
	}
}

// TestTheTotalIsThatOfTheVisibleDays, however few of them something happened on.
func TestTheTotalIsThatOfTheVisibleDays(t *testing.T) {
	var list []exchange.Day
	begin := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 400 {
		if i < 380 || i%10 == 0 {
			list = append(list, exchange.Day{Day: begin.AddDate(0, 0, i).Format("20060102"), Exchanges: 1, Seen: 1 << 20, Reported: 2 << 20})
		}
	}
	bars, sum := barsOf(list)
	var seen uint64
	for _, b := range bars {
		seen += b.Lower
	}
	if len(bars) != 31 || bars[30].Label != "Jan 26" || bars[29].Upper != 0 || !strings.HasPrefix(sum, "Last 31 days: "+text.Bytes(seen)+" uploaded") {
		t.Errorf("%d bars up to %q with the total %q; want 31 up to Jan 26 with %s uploaded", len(bars), bars[len(bars)-1].Label, sum, text.Bytes(seen))
	}
}

func TestCellsDescribeEachKindOfExchange(t *testing.T) {
	hash := bittorrent.InfoHash{0xab, 0xcd, 0xef, 1}
	for _, c := range []struct {
		e    exchange.Entry
		want [6]string
	}{
		{
			exchange.Entry{At: now, Tracker: "t.example", InfoHash: hash, New: 13002342, Factor: 3000, Reason: exchange.ReasonMultiplied, Status: 200},
			[6]string{"12:00:00", "Announce: update", "t.example", "abcdef01", "+12.4 MiB × 3 = +37.2 MiB", "OK"},
		},
		{
			exchange.Entry{At: now, Kind: exchange.KindTunnel, Tracker: "x.example:443", Outcome: exchange.OutcomePassed},
			[6]string{"12:00:00", "Tunnel", "x.example:443", "–", "", "Passed untouched"},
		},
		{
			exchange.Entry{At: now, Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax},
			[6]string{"12:00:00", "Refused request", "", "–", "", "Refused: malformed request"},
		},
		{
			exchange.Entry{At: now, Kind: exchange.KindScrape, Tracker: "t.example", InfoHash: hash, Status: 200},
			[6]string{"12:00:00", "Scrape", "t.example", "abcdef01", "", "OK"},
		},
	} {
		out := make([]grid.Cell, 6)
		cells(&c.e, "", now, out)
		for i, w := range c.want {
			if out[i].Text != w {
				t.Errorf("kind %d, column %d: got %q, want %q", c.e.Kind, i, out[i].Text, w)
			}
		}
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestTheListFollowsNewExchangesAgainWhenAFilterHidesTheSelectedOne(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 8)}
	s := newScene(t, f)
	s.Show(&engine.Snapshot{State: engine.On, Seq: 8}, now)
	s.onSelect(0)
	s.onFilter(exchange.Filter{Outcomes: []exchange.Outcome{f.entries[6].Outcome}})
	f.entries = entries(1, 9)
	if s.Show(&engine.Snapshot{State: engine.On, Seq: 9}, now); s.addedAbove != 0 || s.seqs()[0] != 9 {
		t.Errorf("%d exchanges counted as new above rows %v; want 0 above 9", s.addedAbove, s.seqs())
	}
}
