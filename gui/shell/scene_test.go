package shell

import (
	"context"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	clientchange "bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
)

// fakeEngine does at once what the window asks for, and records it.
type fakeEngine struct {
	mu         sync.Mutex
	settings   settings.Settings
	last       *settings.Settings
	snap       engine.Snapshot
	calls      []string
	factors    []policy.Factor
	refuse     error            // what Start returns
	learnError string           // why Learn fails
	lookError  error            // what Look returns
	stopGate   chan struct{}    // Stop waits for it, unless it is nil
	delivery   *engine.Delivery // what is being delivered while Stop waits
	news       chan struct{}
	ended      bool

	entries  []exchange.Entry // all exchanges, numbered from 1
	heads    *exchange.Heads
	days     []exchange.Day
	points   []exchange.Point
	files    []file.File
	launches []launch.Command
	trust    local.SystemTrust
	running  error // why ApplySetup changes no client
}

func newFakeEngine() *fakeEngine {
	f := &fakeEngine{settings: settings.Default(), delivery: &engine.Delivery{Delivered: 1, Left: 2}, news: make(chan struct{}, 1)}
	f.settings.Window.Language = lang.English // not the desktop's language
	f.snap = engine.Snapshot{Addr: "127.0.0.1:8080", Factor: 2 * policy.One}
	return f
}

func (f *fakeEngine) change(do func(*engine.Snapshot)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(&f.snap)
	if f.ended {
		return
	}
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *fakeEngine) call(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
}

func (f *fakeEngine) called(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.calls, name)
}

func (f *fakeEngine) Settings() settings.Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// shared returns the settings for a snapshot: the same pointer until they change. The caller must hold mu.
func (f *fakeEngine) shared() *settings.Settings {
	if f.last == nil || !reflect.DeepEqual(*f.last, f.settings) {
		s := f.settings
		f.last = &s
	}
	return f.last
}

func (f *fakeEngine) Change(do func(*settings.Settings)) error {
	f.mu.Lock()
	before := f.settings.Listen
	do(&f.settings)
	s := f.settings
	if s.Listen != before {
		f.refuse = nil
	}
	f.mu.Unlock()
	if s.Listen != before {
		f.call("listen " + s.Listen)
	}
	f.change(func(snap *engine.Snapshot) { snap.Addr, snap.UDPRefused = s.Listen, snap.UDPRefused && !s.UDPTrackers })
	return nil
}

func (f *fakeEngine) Start() error {
	f.call("start")
	f.mu.Lock()
	refuse := f.refuse
	f.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	f.change(func(s *engine.Snapshot) { s.State = engine.On })
	return nil
}

func (f *fakeEngine) Stop(ctx context.Context) error {
	f.call("stop")
	if f.stopGate != nil {
		f.change(func(s *engine.Snapshot) {
			s.State, s.Delivery = engine.Stopping, f.delivery
		})
		select {
		case <-f.stopGate:
		case <-ctx.Done():
		}
	}
	f.change(func(s *engine.Snapshot) { s.State, s.Delivery = engine.Off, nil })
	return nil
}

func (f *fakeEngine) SetMultiplier(v policy.Factor) error {
	f.mu.Lock()
	f.factors = append(f.factors, v)
	f.mu.Unlock()
	f.change(func(s *engine.Snapshot) { s.Factor = v })
	return nil
}

func (f *fakeEngine) Snapshot() *engine.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.snap
	s.Settings = f.shared()
	return &s
}

func (f *fakeEngine) Reset() error   { return nil }
func (f *fakeEngine) Folder() string { return "/data" }
func (f *fakeEngine) Deliver(uint64) {}
func (f *fakeEngine) Forget(uint64)  {}

func (f *fakeEngine) Activity(after uint64) ([]exchange.Entry, uint64) {
	return f.entries[min(after, uint64(len(f.entries))):], 0
}

func (f *fakeEngine) Enclosed() file.Enclosure              { return file.Enclosure{} }
func (f *fakeEngine) ClientFiles(clients.Guide) []file.File { return f.files }
func (f *fakeEngine) FindClients(context.Context) []local.Found {
	return []local.Found{
		foundClient("transmission", "Transmission", "4.1.4", find.ByFile, true),
		foundClient("qbittorrent", "qBittorrent", "5.3.0", find.ByFile, true),
		foundClient("transmission", "Transmission (daemon)", "3.00", find.ByStart, false),
	}
}

func foundClient(key, title, version string, means find.Means, pointed bool) local.Found {
	c, _ := clients.Find(key)
	return local.Found{Client: find.Client{Key: key, Title: title, Program: title, Version: version}, Way: find.Way{Means: means, Generation: c, Known: true}, Pointed: pointed, Census: find.Census{Torrents: 14, By: map[string]int{"http": 12, "https": 2, "udp": 3}}}
}

func (f *fakeEngine) ClientClosed(file.File) error { return nil }
func (f *fakeEngine) ApplyClient(*file.Plan) error { return nil }

func (f *fakeEngine) ApplySetup(context.Context, *clientchange.Plan) error {
	f.call("apply")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running
}

func (f *fakeEngine) PlanSetup(context.Context, *local.Found, remote.Access, bool) (*clientchange.Plan, error) {
	return &clientchange.Plan{Means: find.ByFile, Changes: []file.Change{{Setting: "proxy", After: "on", Has: true}}}, nil
}

func (f *fakeEngine) PlanClient(file.File, clients.Guide, bool) (*file.Plan, error) {
	return &file.Plan{}, nil
}

func (f *fakeEngine) RemoveAuthority() error         { return nil }
func (f *fakeEngine) RetryClients()                  {}
func (f *fakeEngine) Launches() []launch.Command     { return f.launches }
func (f *fakeEngine) LaunchClient(string) error      { return nil }
func (f *fakeEngine) StartFound(*local.Found) error  { return nil }
func (f *fakeEngine) SystemTrust() local.SystemTrust { return f.trust }

func (f *fakeEngine) StartOver() error {
	f.mu.Lock()
	f.calls = append(f.calls, "start over")
	f.mu.Unlock()
	f.change(func(s *engine.Snapshot) { s.SettingsFault, s.Factor = nil, policy.One })
	return nil
}

func (f *fakeEngine) LeaveUDP() {
	f.call("LeaveUDP")
	f.change(func(s *engine.Snapshot) { s.UDPRefused = false })
}

func (f *fakeEngine) SetPassthrough(on bool) {
	f.change(func(s *engine.Snapshot) { s.Passthrough = on })
}

func (f *fakeEngine) ActivityDays() ([]exchange.Day, error)                 { return f.days, nil }
func (f *fakeEngine) ExportActivity(io.Writer, exchange.Filter, bool) error { return nil }
func (f *fakeEngine) Heads(uint64) *exchange.Heads                          { return f.heads }
func (f *fakeEngine) TorrentsNamed(string) []bittorrent.InfoHash            { return nil }

func (f *fakeEngine) TorrentName(h bittorrent.InfoHash) string {
	for _, t := range f.snap.Torrents {
		if t.InfoHash == h {
			return t.Name
		}
	}
	return ""
}

func (f *fakeEngine) OlderActivity(exchange.Filter, uint64, int) ([]exchange.Entry, error) {
	return nil, nil
}

func (f *fakeEngine) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ended {
		f.ended = true
		close(f.news)
	}
}

// fakeTray records what the window puts into the tray.
type fakeTray struct {
	hosted  bool
	menu    *fyne.Menu
	menus   int
	icon    string
	tooltip string
	tapped  func()
	settled bool
}

func (t *fakeTray) SetMenu(m *fyne.Menu)    { t.menu, t.menus = m, t.menus+1 }
func (t *fakeTray) SetIcon(r fyne.Resource) { t.icon = r.Name() }
func (t *fakeTray) SetTooltip(s string)     { t.tooltip = s }
func (t *fakeTray) OnTapped(do func())      { t.tapped = do }
func (t *fakeTray) Hosted() bool            { return t.hosted }
func (t *fakeTray) Settle()                 { t.settled = true }

func (t *fakeTray) item(label string) *fyne.MenuItem {
	for _, i := range t.menu.Items {
		if i.Label == label {
			return i
		}
	}
	return nil
}

// atLogin is whether the system starts the program at log-in.
type atLogin bool

func (a atLogin) On() bool       { return bool(a) }
func (a atLogin) Set(bool) error { return nil }

// scene is a window whose queue the test runs itself, in place of Fyne's goroutine.
type scene struct {
	*Shell
	t           *testing.T
	engine      *fakeEngine
	tray        *fakeTray
	queue       chan func()
	show        chan struct{}
	clock       time.Time
	quit        bool
	testApp     fyne.App // for prepare, which runs before there is a window
	demoOptions Options  // Demo and Demonstrate of the options
}

// quitApp is an app whose Quit notifies the scene; that of Fyne's test app does nothing.
type quitApp struct {
	fyne.App
	quit func()
}

func (a quitApp) Quit() { a.quit() }

func newScene(t *testing.T, prepare func(*scene)) *scene {
	t.Helper()
	s := &scene{
		t: t, engine: newFakeEngine(), tray: &fakeTray{hosted: true}, queue: make(chan func()), show: make(chan struct{}),
		clock: time.Unix(1_000_000, 0),
	}
	a := quitApp{test.NewTempApp(t), func() { s.quit = true }}
	a.Preferences().SetBool(keyWelcomed, true)
	s.testApp = a
	if prepare != nil {
		prepare(s)
	}
	s.Shell = New(a, Options{
		Engine: s.engine, Swarm: fakeSwarm{s.engine}, News: s.engine.news, EndNews: s.engine.end, Show: s.show, Tray: s.tray,
		Do: s.do, Now: func() time.Time { return s.clock }, Startup: atLogin(true), Version: "1.0.0", Website: "https://bittoratio.example",
		Demo: s.demoOptions.Demo, Demonstrate: s.demoOptions.Demonstrate,
	})
	s.Begin()
	t.Cleanup(func() {
		s.visible.Store(false) // draws no more: the app, and so the theme, may be another scene's by now
		s.engine.end()
		s.until("the feed ends", func() bool { return s.quit })
		s.Wait()
		s.window.SetCloseIntercept(nil)
		s.window.Close()
	})
	return s
}

func (s *scene) do(f func()) {
	done := make(chan struct{})
	s.queue <- func() { f(); close(done) }
	<-done
}

// until runs the queue until holds returns true.
func (s *scene) until(what string, holds func() bool) {
	s.t.Helper()
	limit := time.After(10 * time.Second)
	for !holds() {
		select {
		case f := <-s.queue:
			f()
		case <-limit:
			s.t.Fatalf("still not true after 10 s: %s", what)
		}
	}
}

// notifies returns a function that calls do and waits until the desktop was notified.
func (s *scene) notifies(do func()) func() { return func() { do(); s.jobs.Wait() } }

// button returns a button of the topmost dialog.
func (s *scene) button(label string) *control.Button {
	s.t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		s.t.Fatalf("no dialog with %q is open", label)
	}
	for _, o := range test.LaidOutObjects(top) {
		if b, ok := o.(*control.Button); ok && b.Text == label {
			return b
		}
	}
	s.t.Fatalf("the dialog has no button %q", label)
	return nil
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func (f *fakeEngine) SetTorrentFactor(bittorrent.InfoHash, policy.Factor) error { return nil }

func (f *fakeEngine) SetTorrentFactors(map[bittorrent.InfoHash]policy.Factor) error { return nil }
func (f *fakeEngine) ReplaceTorrentFactors(policy.Factor, map[bittorrent.InfoHash]policy.Factor) error {
	return nil
}
func (f *fakeEngine) ForgetTorrents([]string) []string     { return nil }
func (f *fakeEngine) History(string, int) []exchange.Point { return f.points }
func (f *fakeEngine) Earlier(context.Context, string, int) ([]exchange.Point, error) {
	return nil, nil
}

func (f *fakeEngine) Learn(string) (h bittorrent.InfoHash, name string, err error) {
	f.call("learn")
	if f.learnError != "" {
		return h, "", &convert.Error{Reason: f.learnError}
	}
	return h, "", nil
}

// dialogText returns the texts of the topmost dialog.
func (s *scene) dialogText() string {
	s.t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		s.t.Fatal("no dialog is open")
	}
	var all []string
	for _, o := range test.LaidOutObjects(top) {
		switch o := o.(type) {
		case *control.Line:
			all = append(all, o.Text())
		case *widget.RichText:
			all = append(all, o.String())
		case *widget.Label:
			all = append(all, o.Text)
		}
	}
	return strings.Join(all, "\n")
}

func (f *fakeEngine) SetTrackerRule(tracker string, rule policy.TrackerRule) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings.TrackerMultipliers = map[string]policy.Factor{tracker: rule.Factor}
	f.settings.TrackerCeilings = map[string]uint64{tracker: rule.Ceiling}
	f.settings.TrackerStopRatios = map[string]policy.Ratio{tracker: rule.StopAt}
	f.settings.TrackerAloneGuard = map[string]bool{tracker: rule.Alone}
	return nil
}
