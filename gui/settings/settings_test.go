package settings

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

type fakeEngine struct {
	settings settings.Settings
	applied  []settings.Settings
	refuse   error
	resets   int
	calls    []string
}

func (f *fakeEngine) RemoveAuthority() error { f.calls = append(f.calls, "remove"); return f.refuse }
func (f *fakeEngine) RetryClients()          { f.calls = append(f.calls, "retry") }
func (f *fakeEngine) LaunchClient(key string) error {
	f.calls = append(f.calls, "launch "+key)
	return f.refuse
}

func (f *fakeEngine) Launches() []launch.Command {
	return []launch.Command{
		{Key: "transmission", Client: "Transmission", Program: "/usr/bin/transmission-gtk", Found: true, Proxied: true, Env: []string{"http_proxy=http://127.0.0.1:8080", "CURL_CA_BUNDLE=/data/bundle.pem"}},
		{Key: "qbittorrent", Client: "qBittorrent", Program: "qbittorrent", Env: []string{"SSL_CERT_FILE=/data/bundle.pem"}},
	}
}

func (f *fakeEngine) SystemTrust() local.SystemTrust {
	return local.SystemTrust{Trust: "sudo trust", Forget: "sudo forget", Everyone: true}
}

func (f *fakeEngine) Folder() string { return "/data" }
func (f *fakeEngine) Reset() error   { f.resets++; return f.refuse }

func (f *fakeEngine) Change(do func(*settings.Settings)) error {
	if f.refuse != nil {
		return f.refuse
	}
	do(&f.settings)
	f.applied = append(f.applied, f.settings)
	return nil
}

// fakeStartup is the system's entry for the program.
type fakeStartup struct {
	on     bool
	refuse error
}

func (f *fakeStartup) On() bool { return f.on }

func (f *fakeStartup) Set(on bool) error {
	if f.refuse == nil {
		f.on = on
	}
	return f.refuse
}

type scene struct {
	folder string // the folder that the user chooses
	*Page
	startup   fakeStartup
	engine    fakeEngine
	questions []string
	confirm   func()
	modes     []string
	languages []string
	opened    string
}

// Show puts the engine's settings into the snapshot, behind a new pointer each time as after a change.
func (s *scene) Show(snap *engine.Snapshot, now time.Time) {
	set := s.engine.settings
	snap.Settings = &set
	s.Page.Show(snap, now)
}

// follow shows the snapshot after the last choice.
func (s *scene) follow() { s.Show(&engine.Snapshot{}, time.Now()) }

func newScene(t *testing.T) *scene {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	s := &scene{engine: fakeEngine{settings: settings.Default()}}
	s.Page = New(Options{
		Engine:  &s.engine,
		Startup: &s.startup,
		Desk: &desk.Desk{
			Background: func(do func() error, done func(error)) { done(do()) },
			Confirm:    func(title, _, _ string, do func()) { s.questions, s.confirm = append(s.questions, title), do },
			Browse:     func(folder string) error { s.opened = folder; return nil },
			Folder:     func(chosen func(string)) { chosen(s.folder) },
			Now:        time.Now,
		},
		SetTheme:    func(mode, size string) { s.modes = append(s.modes, mode+" "+size) },
		SetLanguage: func(l string) { s.languages = append(s.languages, l) },
		Tracker:     func(host string) { s.engine.calls = append(s.engine.calls, "rules of "+host) },
	})
	w := test.NewTempWindow(t, s.Content())
	w.Resize(fyne.NewSize(800, 600))
	s.Show(&engine.Snapshot{State: engine.Off}, time.Now())
	return s
}

func TestThePortIsAppliedByItsButton(t *testing.T) {
	s := newScene(t)
	if s.host.Text != "127.0.0.1" || s.port.Text != "8080" || !s.apply.Disabled() {
		t.Fatalf("at first: %s, port %s, Apply disabled: %v", s.host.Text, s.port.Text, s.apply.Disabled())
	}
	s.port.SetText("9090")
	test.Tap(s.apply)
	if len(s.engine.applied) != 1 || s.engine.applied[0].Listen != "127.0.0.1:9090" {
		t.Fatalf("applied %v", s.engine.applied)
	}
	if s.save.Text() != "Saved. Set your clients to 127.0.0.1:9090" || !s.apply.Disabled() {
		t.Errorf("after Apply: %q, Apply disabled: %v", s.save.Text(), s.apply.Disabled())
	}
	s.port.SetText("9091")
	s.port.OnSubmitted("9091") // Enter does the same
	if s.engine.settings.Listen != "127.0.0.1:9091" {
		t.Errorf("Enter applied %s, want 127.0.0.1:9091", s.engine.settings.Listen)
	}
}

// TestOptionsOfTheCommandLineAreNamedBesideTheSavedPort, and Apply replaces it by the port that
// is shown.
func TestOptionsOfTheCommandLineAreNamedBesideTheSavedPort(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{Addr: "0.0.0.0:9090", Run: settings.Run{Listen: "0.0.0.0:9090", AllowNetworks: []string{"192.168.1.0/24"}}}, time.Now())
	want := "Started with -listen: this run listens on 0.0.0.0:9090 until you press Apply. Started with -allow: clients in 192.168.1.0/24 may connect until you press Apply."
	if !s.run.Content.Visible() || s.run.Text() != want || s.port.Text != "8080" || s.apply.Disabled() {
		t.Fatalf("text %q, port %s, Apply disabled: %v; want %q, the saved port, enabled", s.run.Text(), s.port.Text, s.apply.Disabled(), want)
	}
	test.Tap(s.apply)
	if len(s.engine.applied) != 1 || s.engine.applied[0].Listen != "127.0.0.1:8080" {
		t.Fatalf("applied %v, want the saved port", s.engine.applied)
	}
	s.follow()
	if s.run.Content.Visible() || !s.apply.Disabled() {
		t.Errorf("after Apply the text is still %q, Apply disabled: %v", s.run.Text(), s.apply.Disabled())
	}
}

// TestADemonstrationNamesTheAddressThatItHas: it never listens on the saved one, which may be the user's own.
func TestADemonstrationNamesTheAddressThatItHas(t *testing.T) {
	s := newScene(t)
	s.options.Sealed = true
	s.Page = New(s.options)
	snap := &engine.Snapshot{State: engine.On, Addr: "127.0.0.1:39839", Run: settings.Run{Listen: "127.0.0.1:0"}, Settings: &s.engine.settings}
	s.Page.Show(snap, time.Now())
	if want := "The demonstration listens on 127.0.0.1:39839."; s.run.Text() != want || !s.run.Content.Visible() || !s.apply.Disabled() {
		t.Errorf("text %q, visible: %v, Apply disabled: %v; want %q, true, true", s.run.Text(), s.run.Content.Visible(), s.apply.Disabled(), want)
	}
	snap = &engine.Snapshot{Run: snap.Run, Settings: snap.Settings}
	if s.Page.Show(snap, time.Now()); s.run.Content.Visible() {
		t.Errorf("off, the text is still %q", s.run.Text())
	}
}

func TestInvalidEntriesAreExplainedBesideTheirField(t *testing.T) {
	s := newScene(t)
	for _, port := range []string{"", "x", "70000", "-1", " 80 80"} {
		s.port.SetText(port)
		if !s.portWrong.Visible() || !s.apply.Disabled() || s.hostWrong.Visible() {
			t.Errorf("port %q: no error beside the port, or another one, or Apply is enabled", port)
		}
	}
	s.port.SetText("8080")
	if s.portWrong.Visible() {
		t.Errorf("a valid port still has the error %q", s.portWrong.Text())
	}
	s.host.SetText("tracker.example")
	if !s.hostWrong.Visible() || s.portWrong.Visible() || !s.apply.Disabled() {
		t.Error("a host name has no error beside the address, or another one, or Apply is enabled")
	}
}

func TestATakenPortOffersAFreeOne(t *testing.T) {
	s := newScene(t)
	s.engine.refuse = &listen.Error{Addr: "127.0.0.1:9090", Taken: true, Free: "127.0.0.1:9091"}
	s.port.SetText("9090")
	test.Tap(s.apply)
	if s.portWrong.Text() != "Another program uses port 9090. Choose another one." || s.useFreePort.Text != "Use 9091" || !s.useFreePort.Visible() {
		t.Fatalf("error %q, button %q", s.portWrong.Text(), s.useFreePort.Text)
	}
	s.engine.refuse = nil
	test.Tap(s.useFreePort)
	if s.engine.settings.Listen != "127.0.0.1:9091" || s.useFreePort.Visible() || s.portWrong.Visible() {
		t.Errorf("listens on %s, want 127.0.0.1:9091; the offer or the error stays: %v, %v", s.engine.settings.Listen, s.useFreePort.Visible(), s.portWrong.Visible())
	}
}

// TestARefusedPortCanBeAppliedAgain: the program that has the port may have ended meanwhile.
func TestARefusedPortCanBeAppliedAgain(t *testing.T) {
	s := newScene(t)
	s.engine.refuse = &listen.Error{Addr: "127.0.0.1:9090", Taken: true}
	s.port.SetText("9090")
	test.Tap(s.apply)
	s.engine.refuse = nil
	if s.apply.Disabled() {
		t.Fatal("Apply is disabled after a refusal")
	}
	test.Tap(s.apply)
	s.follow()
	if s.engine.settings.Listen != "127.0.0.1:9090" || !s.apply.Disabled() {
		t.Errorf("listens on %s, Apply disabled: %v; want 127.0.0.1:9090 and true", s.engine.settings.Listen, s.apply.Disabled())
	}
}

// TestTheLastChosenAppearanceIsShown, whether the settings that are shown have them yet or not; what cannot be saved
// does not stay on the screen.
func TestTheLastChosenAppearanceIsShown(t *testing.T) {
	s := newScene(t)
	test.Tap(s.mode.Button(2))
	test.Tap(s.size.Button(2)) // no snapshot came between
	s.follow()
	s.engine.refuse = errors.New("no space left on device")
	test.Tap(s.mode.Button(1))
	if want := []string{"dark normal", "dark large", "light large", "dark large"}; !slices.Equal(s.modes, want) {
		t.Errorf("the window had the appearances %q, want %q", s.modes, want)
	}
}

// TestAChoiceIsSavedAsTheUserSawIt: a list that is another one when the choice is saved changes nothing.
func TestAChoiceIsSavedAsTheUserSawIt(t *testing.T) {
	s := newScene(t)
	s.engine.settings.Ceiling, s.engine.settings.StopRatio, s.engine.settings.ActivityDays, s.engine.settings.ActivityMiB = 3<<20, 1700, 45, 70
	s.follow()
	var later []func()
	s.options.Desk.Background = func(do func() error, _ func(error)) { later = append(later, func() { _ = do() }) }
	for _, choice := range []*control.Select{s.guards.ceiling, s.guards.ratio, s.activityLimits.days, s.activityLimits.size} {
		choice.SetSelectedIndex(len(choice.Options) - 1)
	}
	s.engine.settings = settings.Default() // the values that were on offer beside the usual ones are gone
	s.follow()
	for _, do := range later {
		do()
	}
	got := s.engine.settings
	if got.Ceiling != 100<<20 || got.StopRatio != 10_000 || got.ActivityDays != 365 || got.ActivityMiB != 1000 {
		t.Errorf("saved the ceiling %d, the ratio %d, %d days, %d MiB; want 100 MiB/s, 10000, 365, 1000", got.Ceiling, got.StopRatio, got.ActivityDays, got.ActivityMiB)
	}
}

func TestOtherComputersMayConnectOnlyAfterConfirmation(t *testing.T) {
	s := newScene(t)
	if s.netsRow.Visible() {
		t.Error("asks for networks although only this computer can connect")
	}
	s.host.SetText("0.0.0.0")
	if !s.netsRow.Visible() || !s.netsWrong.Visible() || !s.apply.Disabled() {
		t.Fatal("an address on every network is accepted without the networks that may connect")
	}
	s.nets.SetText("192.168.1.0/24, 10.0.0.0/8")
	test.Tap(s.apply)
	if len(s.engine.applied) != 0 || len(s.questions) != 1 {
		t.Fatalf("applied %v, questions %q; want a question first", s.engine.applied, s.questions)
	}
	s.confirm()
	if got := s.engine.settings; got.Listen != "0.0.0.0:8080" || !slices.Equal(got.AllowNetworks, []string{"192.168.1.0/24", "10.0.0.0/8"}) {
		t.Errorf("listens on %s for %v", got.Listen, got.AllowNetworks)
	}
}

func TestGatewayNamesAreSetOnlyIfOtherComputersMayConnect(t *testing.T) {
	s := newScene(t)
	if s.namesRow.Visible() {
		t.Error("asks for gateway names although only this computer can connect")
	}
	s.host.SetText("0.0.0.0")
	s.nets.SetText("10.0.0.0/8")
	s.names.SetText("seedbox.example.org:80")
	if !s.namesRow.Visible() || !s.namesWrong.Visible() || !s.apply.Disabled() {
		t.Fatal("a name with a port is accepted")
	}
	s.names.SetText("seedbox.example.org, nas.example.org")
	test.Tap(s.apply)
	s.confirm()
	if got := s.engine.settings; !slices.Equal(got.GatewayNames, []string{"seedbox.example.org", "nas.example.org"}) {
		t.Errorf("gateway names %q", got.GatewayNames)
	}
}

func TestChoicesApplyAtOnce(t *testing.T) {
	s := newScene(t)
	test.Tap(s.hide)
	test.Tap(s.close)
	test.Tap(s.notify)
	test.Tap(s.joinDuplicates)
	test.Tap(s.udp)
	test.Tap(s.mode.Button(2))
	test.Tap(s.size.Button(2))
	test.Tap(s.language.Button(2))
	want := settings.Window{CloseToTray: false, StartHidden: true, Theme: "dark", TextSize: "large", Language: "fr"}
	if s.engine.settings.Window != want || s.engine.settings.JoinDuplicates || !s.engine.settings.UDPTrackers {
		t.Errorf("settings %+v, want the window %+v, duplicates separate, UDP trackers on", s.engine.settings, want)
	}
	if len(s.modes) != 2 || s.modes[0] != theme.Dark+" "+theme.Normal || !strings.HasSuffix(s.modes[1], " "+theme.Large) {
		t.Errorf("appearances %q, want dark and then large text", s.modes)
	}
	if len(s.languages) != 1 || s.languages[0] != "fr" {
		t.Errorf("languages %q, want [fr]", s.languages)
	}
	s.follow()
	s.engine.refuse = errors.New("disk full")
	test.Tap(s.hide)
	if !s.windowWrong.Visible() || !s.hide.Checked {
		t.Errorf("a choice that cannot be saved: error visible: %v, ticked %v; want an error and the former choice", s.windowWrong.Visible(), s.hide.Checked)
	}
}

func TestSettingsChangedElsewhereAreShown(t *testing.T) {
	s := newScene(t)
	s.engine.settings.Listen = "127.0.0.1:8081"
	s.engine.settings.JoinDuplicates = false
	s.Show(&engine.Snapshot{State: engine.On}, time.Now())
	if s.port.Text != "8081" || s.joinDuplicates.Checked || len(s.engine.applied) != 0 {
		t.Errorf("port %s, duplicates joined: %v, applied %v; want 8081, false, nothing", s.port.Text, s.joinDuplicates.Checked, s.engine.applied)
	}
	s.engine.settings.AllowNetworks = []string{"10.0.0.0/8"}
	s.follow()
	if s.nets.Text != "10.0.0.0/8" {
		t.Errorf("networks %q, want 10.0.0.0/8", s.nets.Text)
	}
}

func TestResetNeedsConfirmationAndTheEngineOff(t *testing.T) {
	s := newScene(t)
	s.Show(&engine.Snapshot{State: engine.On}, time.Now())
	if !s.reset.Disabled() {
		t.Fatal("Reset is enabled while the engine is on")
	}
	s.Show(&engine.Snapshot{State: engine.Off}, time.Now())
	test.Tap(s.reset)
	if s.engine.resets != 0 || len(s.questions) != 1 {
		t.Fatalf("%d resets, questions %q; want a question first", s.engine.resets, s.questions)
	}
	s.confirm()
	s.Show(&engine.Snapshot{State: engine.Off}, time.Now())
	if s.engine.resets != 1 || s.resetHint.Text() != "Done: everything is forgotten." {
		t.Errorf("%d resets, text %q", s.engine.resets, s.resetHint.Text())
	}
}

func TestTheDataFolderIsCopiedAndOpened(t *testing.T) {
	s := newScene(t)
	test.Tap(s.copy)
	if got := fyne.CurrentApp().Clipboard().Content(); got != "/data" {
		t.Errorf("copied %q, want /data", got)
	}
	test.Tap(s.openFolder)
	if s.opened != "/data" {
		t.Errorf("opened %q, want /data", s.opened)
	}
}

func TestAddressesAreJoinedAndOpenOnesAreRecognised(t *testing.T) {
	for _, c := range []struct {
		host, port, listen string
		open               bool
	}{
		{"127.0.0.1", "8080", "127.0.0.1:8080", false},
		{" 127.0.0.1 ", " 8080 ", "127.0.0.1:8080", false},
		{"::1", "8080", "[::1]:8080", false},
		{"[::1]", "8080", "[::1]:8080", false},
		{"localhost", "8080", "localhost:8080", false},
		{"0.0.0.0", "80", "0.0.0.0:80", true},
		{"::", "80", "[::]:80", true},
		{"192.168.1.2", "80", "192.168.1.2:80", true},
	} {
		got := joinAddr(c.host, c.port)
		if got != c.listen || reachableByOthers(got) != c.open {
			t.Errorf("%s and %s: got %s, open %v; want %s, %v", c.host, c.port, got, reachableByOthers(got), c.listen, c.open)
		}
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestTheLimitsOfStoredActivityAreChosen(t *testing.T) {
	s := newScene(t)
	if s.activityLimits.days.Selected != "Kept for 30 days" || s.activityLimits.size.Selected != "at most 50 MiB" || len(s.engine.settings.TorrentFolders) != 0 {
		t.Errorf("at first: days %q, size %q, folders %q", s.activityLimits.days.Selected, s.activityLimits.size.Selected, s.engine.settings.TorrentFolders)
	}
	s.activityLimits.size.SetSelected("at most 200 MiB")
	s.activityLimits.days.SetSelected("Not kept on disk")
	s.follow()
	if got := s.engine.settings; got.ActivityDays != 0 || got.ActivityMiB != 200 || !s.activityLimits.size.Disabled() {
		t.Errorf("%d days, %d MiB; want 0 and 200, and the size disabled", got.ActivityDays, got.ActivityMiB)
	}
	s.engine.settings.ActivityDays, s.engine.settings.ActivityMiB = 45, 12
	s.Show(&engine.Snapshot{}, time.Now())
	if s.activityLimits.days.Selected != "Kept for 45 days" || s.activityLimits.size.Selected != "at most 12 MiB" {
		t.Errorf("other values: days %q, size %q", s.activityLimits.days.Selected, s.activityLimits.size.Selected)
	}
}

func TestStartingAtLoginIsReadFromTheSystem(t *testing.T) {
	s := newScene(t)
	if s.login.Checked {
		t.Error("ticked although the system does not start the program")
	}
	test.Tap(s.login)
	if !s.startup.on || !s.login.Checked {
		t.Errorf("the system has %v, ticked %v; want both", s.startup.on, s.login.Checked)
	}
	s.startup.refuse = errors.New("the disk is full")
	test.Tap(s.login)
	if !s.login.Checked || !s.windowWrong.Visible() || !strings.Contains(s.windowWrong.Text(), "the disk is full") {
		t.Errorf("the system's error: ticked %v, text %q; want still ticked, and the error", s.login.Checked, s.windowWrong.Text())
	}
	s.startup.refuse = nil
	test.Tap(s.login)
	if s.startup.on || s.login.Checked || s.windowWrong.Visible() {
		t.Errorf("switched off: the system has %v, ticked %v, error visible: %v", s.startup.on, s.login.Checked, s.windowWrong.Visible())
	}
	without := New(Options{Engine: &s.engine, Desk: s.options.Desk})
	if without.login.Visible() {
		t.Error("starting at login is offered where it is not possible")
	}
}

func TestGuardsAreSetAndShown(t *testing.T) {
	s := newScene(t)
	s.guards.ceiling.SetSelected("At most 10.0 MiB/s in all")
	s.guards.ratio.SetSelected("Add nothing from ratio 1.5 on")
	test.Tap(s.guards.names)
	if got := s.engine.settings; got.Ceiling != 10<<20 || got.StopRatio != 1500 || got.ReadNames {
		t.Errorf("ceiling %d, ratio %d, names read: %v", got.Ceiling, got.StopRatio, got.ReadNames)
	}
	s.engine.settings.Ceiling, s.engine.settings.StopRatio = 12345678, 0
	s.Show(&engine.Snapshot{}, time.Now())
	if s.guards.ceiling.Selected != "At most 11.8 MiB/s in all" || s.guards.ratio.Selected != "At any ratio" {
		t.Errorf("other values: %q, %q", s.guards.ceiling.Selected, s.guards.ratio.Selected)
	}
}

func TestFoldersOfTorrentFilesAreAddedAndRemoved(t *testing.T) {
	s := newScene(t)
	press := func(label string) {
		t.Helper()
		for _, o := range test.LaidOutObjects(s.guards.adding) {
			if b, ok := o.(*control.Button); ok && b.Text == label {
				test.Tap(b)
				return
			}
		}
		t.Fatalf("no button %q", label)
	}
	for _, folder := range []string{"/one", "/two", "/one"} {
		s.folder = folder
		press("Add a folder of .torrent files…")
	}
	s.follow()
	if got := s.engine.settings.TorrentFolders; !slices.Equal(got, []string{"/one", "/two"}) {
		t.Fatalf("folders %q after additions, want each once", got)
	}
	press("Remove")
	if got := s.engine.settings.TorrentFolders; !slices.Equal(got, []string{"/two"}) {
		t.Errorf("folders %q after a removal, want [/two]", got)
	}
	s.engine.settings.ReadNames = false
	s.Show(&engine.Snapshot{}, time.Now())
	if s.guards.adding.Visible() {
		t.Error("folders are on offer although no names are read")
	}
}
