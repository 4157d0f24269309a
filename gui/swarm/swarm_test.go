package swarm

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// fakeEngine records what the page asks for, and answers at once.
type fakeEngine struct {
	settings settings.Settings
	calls    []string
	refuse   error // of Look without Confirmed, and of Save
	again    error // of LookAgain
	watched  bool
}

func (f *fakeEngine) note(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fakeEngine) Change(do func(*settings.Settings)) error { do(&f.settings); return nil }

func (f *fakeEngine) Look(r swarmview.Request) (uint64, error) {
	what := r.Link + r.Path
	if r.Hash != (bittorrent.InfoHash{}) {
		what = r.Hash.String()
	}
	f.note("look %s %v", what, r.Confirmed)
	if r.Further {
		f.note("further")
	}
	if f.refuse != nil && !r.Confirmed {
		return 0, f.refuse
	}
	return 7, nil
}

func (f *fakeEngine) LookAgain(id uint64, further bool) error {
	f.note("again %d %v", id, further)
	return f.again
}
func (f *fakeEngine) Stop(id uint64) { f.note("stop %d", id) }
func (f *fakeEngine) Drop(id uint64) { f.note("drop %d", id) }
func (f *fakeEngine) Magnet(id uint64, _ bool) (string, error) {
	return fmt.Sprintf("magnet:?%d", id), nil
}

func (f *fakeEngine) Save(id uint64, path string, gateway bool) (string, error) {
	f.note("save %d %s %v", id, path, gateway)
	return path + "/x.torrent", f.refuse
}
func (f *fakeEngine) Watch(on bool)       { f.watched = on; f.note("watch %v", on) }
func (f *fakeEngine) Measure(n int) error { f.note("measure %d", n); return nil }
func (f *fakeEngine) StopMeasuring()      { f.note("stop measuring") }

// scene is a page in a window of a test.
type scene struct {
	*Page
	engine    *fakeEngine
	window    fyne.Window
	questions []string // answered with yes
	decline   bool     // answer with no instead
	messages  []string
}

func newScene(t *testing.T) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	s := &scene{engine: &fakeEngine{}}
	s.Page = New(Options{Engine: s.engine, Swarm: s.engine, Settings: func() {}, Desk: &desk.Desk{
		Now:        func() time.Time { return now },
		Background: func(do func() error, done func(error)) { done(do()) },
		Confirm: func(title, _, _ string, do func()) {
			s.questions = append(s.questions, title)
			if !s.decline {
				do()
			}
		},
		Inform: func(title, what string) { s.messages = append(s.messages, title+": "+what) },
		Folder: func(chosen func(string)) { chosen("/home/ada") },
	}})
	s.window = test.NewTempWindow(t, s.Content())
	s.window.Resize(fyne.NewSize(784, 420))
	return s
}

// tap presses a visible button.
func (s *scene) tap(t *testing.T, label string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(s.Content()) {
		if b, ok := o.(*control.Button); ok && b.Visible() && (b.Text == label || b.Name == label) {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no visible button %q", label)
}

func statusWith(searches ...*swarmview.Search) *swarmview.Status {
	s := &swarmview.Status{On: true, Searches: searches}
	s.Families = []swarmview.Family{{External: netip.MustParseAddr("192.0.2.7"), Buckets: []swarmview.Bucket{{Good: 7, Other: 1}, {Good: 8}, {Good: 3, Other: 2}}}}
	return s
}

func noCounts() swarmview.There { return swarmview.There{Seeders: -1, Leechers: -1} }

func found(id uint64, files int) *swarmview.Search {
	s := &swarmview.Search{ID: id, Hash: strings.Repeat("ab", 20), State: swarmview.Ended, End: swarmview.EndFound, There: noCounts()}
	s.Description = swarmview.Description{Name: "Archive", Known: true, Size: 1 << 30, Bytes: 4711, FileCount: files}
	for i := range files {
		s.Files = append(s.Files, swarmview.File{Path: fmt.Sprintf("%03d/%05d.jpg", i/100, i), Size: 1 << 20})
	}
	return s
}

func TestWhileOffThePageExplainsTheSwarmAndSwitchesItOn(t *testing.T) {
	s := newScene(t)
	s.show(nil, now)
	if !s.off.Visible() || s.working.Visible() {
		t.Errorf("the explanation is visible: %v, the search: %v; want true and false", s.off.Visible(), s.working.Visible())
	}
	s.tap(t, "Switch on")
	if !s.engine.settings.Swarm.Enabled || len(s.engine.calls) > 0 {
		t.Errorf("enabled = %v, calls %q; want true and none", s.engine.settings.Swarm.Enabled, s.engine.calls)
	}
	s.show(statusWith(), now)
	if s.off.Visible() || !s.working.Visible() || !s.emptyHint.Visible() {
		t.Errorf("switched on: the explanation is visible: %v, the search: %v, its start: %v", s.off.Visible(), s.working.Visible(), s.emptyHint.Visible())
	}
}

func TestADemonstrationCannotSwitchTheSwarmOn(t *testing.T) {
	s := newScene(t)
	o := s.options
	o.Sealed = true
	s.window.SetContent(New(o).Content())
	for _, o := range test.LaidOutObjects(s.window.Content()) {
		if b, ok := o.(*control.Button); ok && b.Text == "Switch on" {
			t.Error("a demonstration has a button that switches the swarm on")
		}
	}
}

func TestATorrentOfTheTableIsLookedUpOnlyWhileTheSwarmIsOn(t *testing.T) {
	s := newScene(t)
	s.show(nil, now)
	s.LookFor(bittorrent.InfoHash{1})
	if len(s.engine.calls) > 0 {
		t.Fatalf("calls while the swarm is off: %q, want none", s.engine.calls)
	}
	s.show(statusWith(), now)
	s.LookFor(bittorrent.InfoHash{1})
	if got := strings.Join(s.engine.calls, "|"); !strings.HasPrefix(got, "look ") || !strings.Contains(got, "0100000000") {
		t.Errorf("calls %q, want a search for the info hash 01", got)
	}
}

func TestOnlyTheButtonStartsASearch(t *testing.T) {
	s := newScene(t)
	s.show(statusWith(), now)
	s.link.SetText(" " + strings.Repeat("ab", 20) + " ")
	if len(s.engine.calls) > 0 {
		t.Fatalf("typing caused the calls %q, want none", s.engine.calls)
	}
	s.tap(t, "Look up")
	if got := strings.Join(s.engine.calls, "|"); got != "look "+strings.Repeat("ab", 20)+" false" || s.link.Text != "" {
		t.Errorf("calls %q, and the field has %q; want one search and an empty field", got, s.link.Text)
	}
}

// TestANewSearchIsShownOnceItIsListed; until then the earlier one stays.
func TestANewSearchIsShownOnceItIsListed(t *testing.T) {
	s := newScene(t)
	s.show(statusWith(found(3, 1)), now)
	s.link.SetText("magnet:?x")
	s.tap(t, "Look up")
	s.show(statusWith(found(3, 1)), now)
	if s.chosen != 3 {
		t.Errorf("search %d is shown before the new one is listed, want 3", s.chosen)
	}
	status := statusWith(found(7, 1), found(3, 1))
	s.show(status, now)
	if s.chosen != 7 {
		t.Errorf("search %d is shown, want the new one: 7", s.chosen)
	}
	s.list.grid.OnSelect(1)
	s.show(status, now)
	if s.chosen != 3 {
		t.Errorf("search %d is shown, want the one that the user selected: 3", s.chosen)
	}
	s.window.Canvas().Focus(s.Grid().Body())
	s.Grid().Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.chosen != 3 || s.Grid().Selected() != 1 {
		t.Errorf("Esc shows search %d in row %d, want still 3 in row 1", s.chosen, s.Grid().Selected())
	}
}

func TestALinkThatLooksPrivateIsLookedUpOnlyIfConfirmed(t *testing.T) {
	for _, decline := range []bool{true, false} {
		s := newScene(t)
		s.decline, s.engine.refuse = decline, &swarmview.Error{Kind: swarmview.LooksPrivate}
		s.show(statusWith(), now)
		s.link.SetText("magnet:?x")
		s.tap(t, "Look up")
		want := "look magnet:?x false"
		if !decline {
			want += "|look magnet:?x true"
		}
		if got := strings.Join(s.engine.calls, "|"); got != want || len(s.questions) != 1 {
			t.Errorf("declined %v: calls %q, questions %q; want %q and one question", decline, got, s.questions, want)
		}
	}
}

// TestASearchThatLooksPrivateIsRepeatedOnlyIfConfirmed if the link now looks private. A confirmed search is also as
// long as the one that was asked for.
func TestASearchThatLooksPrivateIsRepeatedOnlyIfConfirmed(t *testing.T) {
	for _, decline := range []bool{true, false} {
		s := newScene(t)
		s.decline, s.engine.again = decline, &swarmview.Error{Kind: swarmview.LooksPrivate}
		s.show(statusWith(&swarmview.Search{ID: 5, State: swarmview.Ended, End: swarmview.EndNobody}), now)
		s.tap(t, "Look further")
		want := "again 5 true"
		if !decline {
			want += "|look magnet:?5 true|further"
		}
		if got := strings.Join(s.engine.calls, "|"); got != want || len(s.questions) != 1 || s.wrong.Visible() {
			t.Errorf("declined %v: calls %q, questions %q; want %q and one question", decline, got, s.questions, want)
		}
	}
	s := newScene(t)
	s.engine.again = &swarmview.Error{Kind: swarmview.Private}
	s.show(statusWith(&swarmview.Search{ID: 5, State: swarmview.Ended, End: swarmview.EndNobody}), now)
	if s.tap(t, "Look further"); !s.wrong.Visible() || len(s.questions) > 0 {
		t.Errorf("a private torrent: error %q, questions %q; want an error and no question", s.wrong.Text(), s.questions)
	}
}

func TestARefusedLinkIsExplainedBelowTheField(t *testing.T) {
	s := newScene(t)
	s.show(statusWith(), now)
	s.engine.refuse = &swarmview.Error{Kind: swarmview.NotALink}
	s.link.SetText("hello")
	s.tap(t, "Look up")
	if !s.wrong.Visible() || !strings.Contains(s.wrong.Text(), "neither") || s.link.Text != "hello" {
		t.Errorf("error visible: %v, %q; the field has %q, want hello", s.wrong.Visible(), s.wrong.Text(), s.link.Text)
	}
	s.link.SetText("hell")
	if s.wrong.Visible() {
		t.Error("the error stays after the text changed")
	}
}

func TestDroppedFilesAreLookedUp(t *testing.T) {
	s := newScene(t)
	s.show(nil, now)
	s.Dropped([]string{"/a.torrent"})
	if len(s.engine.calls) > 0 || len(s.messages) != 1 {
		t.Fatalf("while the swarm is off: calls %q, messages %q; want no call and one message", s.engine.calls, s.messages)
	}
	s.show(statusWith(), now)
	s.Dropped([]string{"/a.torrent", "/b.torrent"})
	if got := strings.Join(s.engine.calls, "|"); got != "look /a.torrent false|look /b.torrent false" {
		t.Errorf("calls %q, want a search for each file", got)
	}
}

func TestManyFilesAreFoldedAndSortedOnlyOnce(t *testing.T) {
	s := newScene(t)
	s.show(statusWith(found(1, 20_000)), now)
	if n := len(s.detail.files.tree.rows); n != 200 {
		t.Fatalf("%d rows at first, want the 200 folders", n)
	}
	before := s.detail.files.tree
	again := *s.detail.shown
	again.Seeders = 3
	s.show(statusWith(&again), now)
	if s.detail.files.tree != before {
		t.Error("the same files were sorted again")
	}
	s.detail.files.grid.OnTap(1)
	if n := len(s.detail.files.tree.rows); n != 300 || s.detail.files.tree.rows[2].name != "00100.jpg" {
		t.Errorf("unfolded: %d rows with %q third; want 300 with 00100.jpg", n, s.detail.files.tree.rows[2].name)
	}
	s.detail.files.grid.OnTap(1)
	if n := len(s.detail.files.tree.rows); n != 200 {
		t.Errorf("folded: %d rows, want 200", n)
	}
}

func TestTheTreeContainsEveryFileOnce(t *testing.T) {
	tr := newTree([]swarmview.File{{Path: "a/b/c", Size: 1}, {Path: "d", Size: 2}, {Path: "a/e", Size: 4}, {Path: "a/b/f", Size: -1}})
	var rows []string
	for _, n := range tr.rows {
		rows = append(rows, fmt.Sprintf("%d%s %d %d", n.depth, n.name, n.size, n.files))
	}
	if got := strings.Join(rows, ","); got != "0a 5 3,1b 1 2,2c 1 0,2f 0 0,1e 4 0,0d 2 0" {
		t.Errorf("rows (depth, name, size, files) %s", got)
	}
}

func TestSavingReportsTheFileOrTheError(t *testing.T) {
	s := newScene(t)
	s.show(statusWith(found(3, 2)), now)
	s.tap(t, "Save .torrent…")
	s.tap(t, "Save with gateway addresses…")
	if got := strings.Join(s.engine.calls, "|"); got != "save 3 /home/ada false|save 3 /home/ada true" {
		t.Errorf("calls %q", got)
	}
	if len(s.messages) != 2 || !strings.Contains(s.messages[0], "/home/ada/x.torrent") {
		t.Errorf("messages %q, want two with the path", s.messages)
	}
	s.engine.refuse = &swarmview.Error{Kind: swarmview.Exists}
	s.tap(t, "Save .torrent…")
	if len(s.messages) != 3 || !strings.HasPrefix(s.messages[2], "Not saved: Another file") {
		t.Errorf("messages %q, want a third about the file that exists", s.messages)
	}
}

// TestEveryEndOfASearchIsExplained: each way in which a search can end has its own text, with what to do next.
func TestEveryEndOfASearchIsExplained(t *testing.T) {
	seen := map[string]swarmview.End{}
	for end := swarmview.EndNoNode; end <= swarmview.EndOff; end++ {
		what, next := reason(&swarmview.Search{End: end, Progress: swarmview.Progress{Found: 12, Answered: 64, Wrong: 3, TCP: 2, Pieces: 1, Of: 9}})
		if other, twice := seen[what]; twice || what == "" || next == "" {
			t.Errorf("end %d reads %q and %q; want both, and other than end %d", end, what, next, other)
		}
		seen[what] = end
	}
	some := swarmview.Progress{TCP: 2, Pieces: 1, Of: 9}
	_, part := reason(&swarmview.Search{End: swarmview.EndTimeOver, Progress: some})
	some.Pieces, some.Of = 0, 0
	if _, nothing := reason(&swarmview.Search{End: swarmview.EndTimeOver, Progress: some}); nothing == part || strings.Contains(nothing, "0 of 0") {
		t.Errorf("when nothing was received: %q, want another text than with a part, without numbers", nothing)
	}
	for kind := swarmview.Off; kind <= swarmview.Disk; kind++ {
		if words := errorText(&swarmview.Error{Kind: kind}); words == "" || strings.Contains(words, "start the program") {
			t.Errorf("error of kind %d: %q, want a text", kind, words)
		}
	}
}

func TestASearchCanBeStoppedRepeatedAndRemoved(t *testing.T) {
	s := newScene(t)
	looking := &swarmview.Search{ID: 5, Hash: strings.Repeat("cd", 20), There: noCounts()}
	s.show(statusWith(looking), now)
	s.tap(t, "Stop")
	ended := *looking
	ended.State, ended.End = swarmview.Ended, swarmview.EndNobody
	s.show(statusWith(&ended), now)
	s.tap(t, "Try again")
	s.tap(t, "Look further")
	s.tap(t, "Remove from the list")
	if got := strings.Join(s.engine.calls, "|"); got != "stop 5|again 5 false|again 5 true|drop 5" {
		t.Errorf("calls %q", got)
	}
}

func TestTheSwarmIsWatchedOnlyWhileItIsOnAndVisible(t *testing.T) {
	s := newScene(t)
	s.show(nil, now)
	s.Watch(true)
	s.show(statusWith(), now)
	s.Watch(true)
	s.Watch(true)
	s.Watch(false)
	s.Watch(true)
	s.show(nil, now)
	s.Watch(true)
	if got := strings.Join(s.engine.calls, "|"); got != "watch true|watch false|watch true|watch false" {
		t.Errorf("calls %q", got)
	}
}

func TestNoFaultIsShownWhileSocketsChange(t *testing.T) {
	for _, c := range []struct {
		status swarmview.Status
		want   string
		tone   theme.Tone
	}{
		{swarmview.Status{}, "not connected yet", theme.Muted},
		{swarmview.Status{On: true}, "not connected yet", theme.Muted},
		{swarmview.Status{Fault: swarmview.NoPort}, "no UDP port", theme.Warn},
		{swarmview.Status{Fault: swarmview.NoInterface}, "isn't there", theme.Warn},
	} {
		if words, tone := dhtSentence(&c.status); !strings.Contains(words, c.want) || tone != c.tone {
			t.Errorf("%+v: got %q in tone %v, want %q in tone %v", c.status, words, tone, c.want, c.tone)
		}
	}
}

func TestTheSizeOfTheDHTIsMeasuredOnRequest(t *testing.T) {
	s := newScene(t)
	status := statusWith()
	s.show(status, now)
	s.tap(t, "Show the DHT")
	s.tap(t, "Measure the whole DHT")
	measured := *status
	measured.Size = swarmview.Size{Lookups: 16, Nodes: 18.2e6, Low: 15.1e6, High: 21.4e6}
	measured.Days = []swarmview.Day{{Day: "2026-07-31", Nodes: 18.2e6, Low: 15.1e6, High: 21.4e6, Lookups: 16}}
	s.show(&measured, now)
	if got := sizeWords(&measured); !strings.Contains(got, "18.2 million") || !strings.Contains(got, "between 15.1 million and 21.4 million") {
		t.Errorf("the size reads %q", got)
	}
	s.tap(t, "Measure more exactly")
	running := measured
	running.Measuring, running.Wanted = true, 64
	s.show(&running, now)
	test.Tap(s.dht.stop)
	if got := strings.Join(s.engine.calls, "|"); got != "measure 16|measure 64|stop measuring" {
		t.Errorf("calls %q", got)
	}
	s.tap(t, "Back to the searches")
	if s.dht.content.Visible() {
		t.Error("the view of the DHT stays after going back")
	}
}

func TestTheCircleHasAnArcForEachBucket(t *testing.T) {
	f := swarmview.Family{Buckets: []swarmview.Bucket{{}, {}, {}}}
	f.ID[0] = 0b0110_0000 // 0.375 of the circle
	c := circleOf(f)
	want := "[{0 0.25} {0.25 0.5} {0.5 1}]"
	if got := fmt.Sprint(c.Arcs); got != want || c.Own != 0.375 {
		t.Errorf("arcs %s with our own place at %v; want %s at 0.375", got, c.Own, want)
	}
}

// TestTheListOfPeersKeepsItsPlace while more peers come, until another search is shown.
func TestTheListOfPeersKeepsItsPlace(t *testing.T) {
	s := newScene(t)
	found := func(id uint64, peers int) {
		one := &swarmview.Search{ID: id, Hash: "a", Description: swarmview.Description{Known: true}}
		one.Peers = make([]swarmview.Peer, peers)
		s.show(&swarmview.Status{Searches: []*swarmview.Search{one}}, now)
	}
	found(1, 50)
	there := s.detail.peerList.grid
	s.detail.showsPeers = true
	s.detail.arrange()
	s.window.Canvas().Focus(there.Body())
	there.Body().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	offset := there.Offset()
	found(1, 51)
	if there.Selected() != 49 || offset == 0 || there.Offset() != offset {
		t.Errorf("row %d is selected, scrolled to %v; want row 49 at %v, not 0", there.Selected(), there.Offset(), offset)
	}
	if found(2, 51); there.Selected() != -1 || there.Offset() != 0 {
		t.Errorf("another search: row %d is selected, scrolled to %v; want none at 0", there.Selected(), there.Offset())
	}
}
