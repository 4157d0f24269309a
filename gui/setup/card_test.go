package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
)

// fakePlanner is an engine with the plans that the test gives it.
type fakePlanner struct {
	*fakeEngine
	plan    func(login remote.Access) (*change.Plan, error)
	apply   func() error
	closed  error // what ClientClosed returns
	applied int
	set     settings.Settings
}

func (p *fakePlanner) PlanSetup(_ context.Context, _ *local.Found, login remote.Access, _ bool) (*change.Plan, error) {
	return p.plan(login)
}

func (p *fakePlanner) ApplySetup(context.Context, *change.Plan) error {
	p.applied++
	return p.apply()
}

func (p *fakePlanner) ClientClosed(file.File) error { return p.closed }

func (p *fakePlanner) Change(f func(*settings.Settings)) error {
	f(&p.set)
	return nil
}

// newCardPage returns the page with one client that was found.
func newCardPage(t *testing.T, c local.Found) (*Page, *fakePlanner) {
	t.Helper()
	p, w := newPage(t)
	e := &fakePlanner{fakeEngine: w, apply: func() error { return nil }}
	w.found = []local.Found{c}
	p.engine, p.finder.engine = e, e
	p.Show(on("127.0.0.1:8080"), clock)
	return p, e
}

func oneChange() *change.Plan {
	return &change.Plan{Means: find.ByFile, Where: "/conf", Changes: []file.Change{{Setting: "proxy", Before: "", After: "http://127.0.0.1:8080", Has: true}}}
}

// TestAChangeWaitsUntilItsClientIsClosed: if the client must be closed first, the change is made as soon as it has
// ended, and only once.
func TestAChangeWaitsUntilItsClientIsClosed(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	c.Way.File = []file.File{{Path: "/conf"}}
	p, e := newCardPage(t, c)
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	e.closed = &file.RunningError{Program: "transmission-gtk", PID: 7}
	e.apply = func() error { return e.closed }
	test.Tap(button(t, p.guide, "Set up…"))
	if shown := textsIn(p.guide); !strings.Contains(shown, "proxy: (not set) → http://127.0.0.1:8080") || e.applied > 0 {
		t.Fatalf("%d changes before the user agreed; want none, and the change on the card:\n%s", e.applied, shown)
	}
	test.Tap(button(t, p.guide, "Change the file"))
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
	// The change is not tried again while the client runs, because each failed try is a line in the log.
	if shown := textsIn(p.guide); !strings.Contains(shown, "the change follows at once") || e.applied != 1 {
		t.Fatalf("%d tries while the client runs; want 1, and the promise on the card:\n%s", e.applied, shown)
	}
	e.closed = nil
	p.Show(on("127.0.0.1:8080"), clock.Add(2*time.Second))
	p.Show(on("127.0.0.1:8080"), clock.Add(3*time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "The file is changed.") || !strings.Contains(shown, "Waiting for its first announce") || e.applied != 2 {
		t.Errorf("%d tries once the client is closed; want 2, and the result on the card:\n%s", e.applied, shown)
	}
}

// TestAWaitingChangeIsMadeWhileAnotherPageIsShown, as the card promises: at once.
func TestAWaitingChangeIsMadeWhileAnotherPageIsShown(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	c.Way.File = []file.File{{Path: "/conf"}}
	p, e := newCardPage(t, c)
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	e.closed = &file.RunningError{Program: "transmission-gtk", PID: 7}
	e.apply = func() error { return e.closed }
	at := clock
	retry := func() bool { at = at.Add(time.Second); return p.Retry(at) }
	if retry() {
		t.Error("Retry() = true before a change waits")
	}
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	if !retry() || e.applied != 1 {
		t.Errorf("%d tries while the client runs, want 1", e.applied)
	}
	e.closed = nil
	if retry() || e.applied != 2 || retry() {
		t.Errorf("%d tries once the client is closed, want 2", e.applied)
	}
}

// TestTheResultOfAnEarlierSearchDoesNotReplaceALaterOne: it may have looked before the change that the later one shows.
func TestTheResultOfAnEarlierSearchDoesNotReplaceALaterOne(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	p, e := newCardPage(t, c)
	var later []func(error)
	p.desk.Background = func(do func() error, done func(error)) {
		_ = do()
		later = append(later, done)
	}
	p.finder.search()
	c.Pointed = true
	e.found = []local.Found{c}
	p.finder.search()
	later[1](nil)
	later[0](nil)
	if !p.finder.found[0].Pointed || !strings.Contains(textsIn(p.guide), "Set up, and not running") || p.finder.searchAgain.Disabled() {
		t.Errorf("want the result of the later search on the card:\n%s", textsIn(p.finder.content))
	}
}

// TestACardReportsTheResultOfARestart: the card shows the result of a restart and of its undo, with what to do next.
func TestACardReportsTheResultOfARestart(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByRestart)
	c.Undo, c.PIDs = true, []int{7}
	p, e := newCardPage(t, c)
	plan := oneChange()
	plan.Means = find.ByRestart
	e.plan = func(remote.Access) (*change.Plan, error) { return plan, nil }
	for _, s := range []struct {
		button string
		err    error
		want   []string
	}{
		{"Set up…", &change.StartError{Runs: true, Err: errors.New("it ended")}, []string{"did not start in the new way, so it runs again as before"}},
		{"Set up…", &change.StartError{Command: "transmission-daemon -g x", Err: errors.New("it ended")}, []string{"did not start again.", "transmission-daemon -g x"}},
		{"Set up…", &change.StartError{Runs: true, Err: fmt.Errorf("%w: x", change.ErrNotEnded)}, []string{"The client did not end in time. Close it"}},
		{"Set up…", launch.ErrNotFound, []string{"The program is not there any more. Look again."}},
		{"Set up…", change.ErrSupervised, []string{"Something on this computer starts the client again"}},
		{"Set up…", file.ErrChanged, []string{"has ended or was restarted in the meantime"}},
		{"Set up…", errors.New("no such thing"), []string{"Not done: no such thing."}},
		{"Set up…", nil, []string{"Restarted. The card turns green"}},
		{"Undo…", nil, []string{"Restarted as it was before."}},
	} {
		e.apply, plan.Undo = func() error { return s.err }, s.button == "Undo…"
		test.Tap(button(t, p.guide, s.button))
		test.Tap(button(t, p.guide, "Restart it now"))
		for _, want := range s.want {
			if shown := textsIn(p.guide); !strings.Contains(shown, want) || strings.Contains(shown, "The file is as it was") {
				t.Errorf("%v: want %q on the card:\n%s", s.err, want, shown)
			}
		}
	}
}

// TestTheCommandThatStartsAStoppedClientStaysVisible: the command that starts a stopped client again stays on the
// screen, whatever is found later, even if only the client's own folder identifies its row.
func TestTheCommandThatStartsAStoppedClientStaysVisible(t *testing.T) {
	running := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByRestart)
	running.PIDs, running.Folder = []int{7}, "/srv/t"
	ended := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByStart)
	here := ended
	here.Folder = running.Folder
	for _, after := range []local.Found{ended, here} {
		p, e := newCardPage(t, running)
		plan := oneChange()
		plan.Means = find.ByRestart
		e.plan = func(remote.Access) (*change.Plan, error) { return plan, nil }
		e.apply = func() error {
			e.found = []local.Found{after}
			return &change.StartError{Command: "transmission-daemon -g /srv/t", Err: errors.New("it ended")}
		}
		test.Tap(button(t, p.finder.content, "Set up…"))
		test.Tap(button(t, p.finder.content, "Restart it now"))
		for range 2 {
			p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
			if shown := textsIn(p.finder.content); !strings.Contains(shown, "transmission-daemon -g /srv/t") {
				t.Errorf("folder %q: want the command on the card:\n%s", after.Folder, shown)
			}
			test.Tap(button(t, p.finder.content, "Look again"))
		}
		// The next click is about the client as it is now.
		next := "Start it from here"
		if after.Folder == "" {
			next = "Show the steps"
		}
		test.Tap(button(t, p.finder.content, next))
		test.Tap(button(t, p.finder.content, "Look again"))
		if shown := textsIn(p.finder.content); strings.Contains(shown, "transmission-daemon -g /srv/t") {
			t.Errorf("the command stays on the card after the next click:\n%s", shown)
		}
	}
}

// TestAClientThatIsFoundOnlyWhileItRunsKeepsItsCard: an AppImage, or a client with a folder of its own, is not found
// once it is closed for the change. Its card stays, with what to do next, until it is found again.
func TestAClientThatIsFoundOnlyWhileItRunsKeepsItsCard(t *testing.T) {
	c := foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.1.0", find.ByFile)
	c.PIDs, c.Folder = []int{7}, "/srv/q"
	c.Way.File = []file.File{{Path: "/srv/q/qBittorrent.conf"}}
	p, e := newCardPage(t, c)
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	e.closed = &file.RunningError{Program: "qbittorrent", PID: 7}
	e.apply = func() error { return e.closed }
	test.Tap(button(t, p.finder.content, "Set up…"))
	test.Tap(button(t, p.finder.content, "Change the file"))
	e.found, e.closed = nil, nil
	test.Tap(button(t, p.finder.content, "Look again")) // before the card has seen that it is closed
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
	test.Tap(button(t, p.finder.content, "Look again"))
	if shown := textsIn(p.finder.content); e.applied != 2 || !strings.Contains(shown, "The file is changed. Start the client") || !strings.Contains(shown, "Waiting for its first announce") {
		t.Errorf("%d tries; want 2, and the result on the card:\n%s", e.applied, shown)
	}
	e.found = []local.Found{c}
	test.Tap(button(t, p.finder.content, "Look again"))
	if n := len(p.finder.found); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

func TestAPlanThatChangedMeanwhileIsNotCarriedOut(t *testing.T) {
	p, e := newCardPage(t, foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile))
	plan := oneChange()
	e.plan = func(remote.Access) (*change.Plan, error) { return plan, nil }
	e.apply = func() error { return &file.RunningError{Program: "transmission-gtk", PID: 7} }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	plan = oneChange()
	plan.Changes[0].After = "other"
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
	if shown := textsIn(p.guide); e.applied != 1 || !strings.Contains(shown, "The file has changed in the meantime. Look at it again") {
		t.Errorf("%d tries; want 1, and the reason on the card:\n%s", e.applied, shown)
	}
}

// inBackground makes the page run background work on other goroutines. done delivers the functions to run afterwards on
// the test's goroutine.
func inBackground(p *Page) (done chan func()) {
	done = make(chan func())
	p.finder.desk.Background = func(do func() error, then func(error)) {
		go func() {
			err := do()
			done <- func() { then(err) }
		}()
	}
	return done
}

// TestAChangeThatIsCancelledDuringItsCheckIsNotMade: while the program checks whether the client is closed, the user
// can use the window and cancel.
func TestAChangeThatIsCancelledDuringItsCheckIsNotMade(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	c.Way.File = []file.File{{Path: "/conf"}}
	running := &file.RunningError{Program: "transmission-gtk", PID: 7}
	for _, late := range []bool{false, true} { // cancelled during the change itself, which then changes nothing
		p, e := newCardPage(t, c)
		e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
		e.apply = func() error { return running }
		test.Tap(button(t, p.guide, "Set up…"))
		test.Tap(button(t, p.guide, "Change the file"))
		reached, resume, done := make(chan bool), make(chan bool), inBackground(p)
		wait := func() {
			reached <- true
			<-resume
		}
		if late {
			e.apply = func() error {
				wait()
				return running
			}
		} else {
			e.plan = func(remote.Access) (*change.Plan, error) {
				wait()
				return oneChange(), nil
			}
		}
		p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
		<-reached
		test.Tap(button(t, p.guide, "Cancel"))
		resume <- true
		p.Show(on("127.0.0.1:8080"), clock.Add(2*time.Second))
		(<-done)()
		if shown := textsIn(p.guide); strings.Contains(shown, "follows at once") || !late && e.applied > 1 {
			t.Errorf("cancelled, but %d tries were made, or the card promises the change:\n%s", e.applied, shown)
		}
	}
}

// TestAPlanIsNotReadWhileItIsMadeAgain: the window does not read a plan while it is made again in the background.
// The race detector would report it.
func TestAPlanIsNotReadWhileItIsMadeAgain(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	p, e := newCardPage(t, c)
	e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
	e.apply = func() error { return &file.RunningError{Program: "transmission-gtk", PID: 7} }
	test.Tap(button(t, p.guide, "Set up…"))
	test.Tap(button(t, p.guide, "Change the file"))
	reached, resume, done := make(chan bool), make(chan bool), inBackground(p)
	e.plan = func(remote.Access) (*change.Plan, error) {
		reached <- true
		<-resume
		return oneChange(), nil
	}
	p.Show(on("127.0.0.1:8080"), clock.Add(time.Second))
	<-reached
	resume <- true
	p.Show(on("127.0.0.1:8080"), clock.Add(2*time.Second))
	(<-done)()
	if shown := textsIn(p.guide); !strings.Contains(shown, "follows at once") || e.applied != 2 {
		t.Errorf("%d tries; want 2, and the promise on the card:\n%s", e.applied, shown)
	}
}

// TestAPasswordIsAskedForAndKeptNowhere: the password of a running client is forgotten once the change is made.
func TestAPasswordIsAskedForAndKeptNowhere(t *testing.T) {
	c := foundClient(t, "qbittorrent", "qbittorrent-4.4.1", "4.5.2", find.ByRemote)
	c.PIDs, c.Way.Remote = []int{7}, find.Remote{Port: 8090, Address: "127.0.0.1:8090", User: "admin", Asks: true}
	p, e := newCardPage(t, c)
	e.plan = func(login remote.Access) (*change.Plan, error) {
		if login.User != "admin" || login.Password != "hunter2" {
			return nil, &remote.Error{Client: "qBittorrent", Kind: remote.WrongLogin}
		}
		plan := oneChange()
		plan.Means = find.ByRemote
		return plan, nil
	}
	test.Tap(button(t, p.guide, "Set up…"))
	for _, typed := range []string{"wrong", "hunter2"} {
		var password *control.Entry
		for _, o := range test.LaidOutObjects(p.finder.content) {
			if entry, ok := o.(*control.Entry); ok && entry.Password {
				password = entry
			}
		}
		if password == nil {
			t.Fatalf("the card has no field for a password:\n%s", textsIn(p.guide))
		}
		password.SetText(typed)
		test.Tap(button(t, p.guide, "Go on"))
		if typed == "wrong" && !strings.Contains(textsIn(p.guide), "wants another user name or password") {
			t.Errorf("want the wrong login on the card:\n%s", textsIn(p.guide))
		}
	}
	test.Tap(button(t, p.guide, "Change its settings"))
	shown := textsIn(p.guide)
	for _, o := range test.LaidOutObjects(p.content) {
		if entry, ok := o.(*control.Entry); ok {
			shown += entry.Text + "\n"
		}
	}
	if e.applied != 1 || !strings.Contains(shown, "The client announces its torrents now") || strings.Contains(shown, "hunter2") {
		t.Errorf("%d changes; want 1, the result and no password on the card:\n%s", e.applied, shown)
	}
}

// TestACardShowsThatAChangeIsUnderWay: a restart takes up to a minute. The card shows that it is under way, and its
// buttons are disabled.
func TestACardShowsThatAChangeIsUnderWay(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByRestart)
	c.PIDs = []int{7}
	p, e := newCardPage(t, c)
	plan := oneChange()
	plan.Means = find.ByRestart
	e.plan = func(remote.Access) (*change.Plan, error) { return plan, nil }
	test.Tap(button(t, p.guide, "Set up…"))
	var ends func()
	p.desk.Background = func(do func() error, done func(error)) { ends = func() { done(do()) } }
	test.Tap(button(t, p.guide, "Restart it now"))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Restarting the client.") || !button(t, p.guide, "Set up…").Disabled() {
		t.Errorf("want the restart on the card, and its button disabled:\n%s", shown)
	}
	p.desk.Background = func(do func() error, done func(error)) { done(do()) }
	ends()
	if shown := textsIn(p.guide); strings.Contains(shown, "Restarting the client.") || !strings.Contains(shown, "Restarted. ") || button(t, p.guide, "Set up…").Disabled() {
		t.Errorf("want the result on the card, and its button enabled:\n%s", shown)
	}
}

// TestAnotherPortIsOfferedIfAClientsWebPageHasOurs: if a client's web page uses this program's port, the program moves
// to another port.
func TestAnotherPortIsOfferedIfAClientsWebPageHasOurs(t *testing.T) {
	c := foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.3.0", find.ByFile)
	c.Way.Remote.Port = 8080
	p, e := newCardPage(t, c)
	test.Tap(button(t, p.finder.content, "Its web page uses port 8080 too: take another one for BittOratio"))
	if !strings.HasPrefix(e.set.Listen, "127.0.0.1:") || e.set.Listen == "127.0.0.1:8080" || !strings.Contains(textsIn(p.finder.content), e.set.Listen) {
		t.Errorf("listens at %q; want another port, and the new address on the card:\n%s", e.set.Listen, textsIn(p.finder.content))
	}
}

func TestAddressesAreAcceptedAsBrowsersShowThem(t *testing.T) {
	for typed, want := range map[string]string{
		"127.0.0.1:9091": "127.0.0.1:9091", " http://127.0.0.1:9092/transmission/web/ ": "http://127.0.0.1:9092/transmission/web",
		"localhost": "localhost:9091", "http://[::1]/": "[::1]:9091", "": "", "http://127.0.0.1:9092/#downloads": "127.0.0.1:9092",
		"https://127.0.0.1:8443": "https://127.0.0.1:8443", "https://box.example/qb/?a": "https://box.example:443/qb", "127.0.0.1/box/": "http://127.0.0.1:9091/box",
		"HTTPS://127.0.0.1:8443/": "https://127.0.0.1:8443",
	} {
		if got := addressOf(typed, 9091); got != want {
			t.Errorf("addressOf(%q) = %q, want %q", typed, got, want)
		}
	}
}

// TestACardNamesTheFolderAfterTheVersion: the folder tells a client that was started with another folder from the usual
// one.
func TestACardNamesTheFolderAfterTheVersion(t *testing.T) {
	c := foundClient(t, "rtorrent", "rtorrent", "0.9.8", find.ByFile)
	c.Title, c.Folder = "rTorrent, /srv/r", "/srv/r"
	p, _ := newCardPage(t, c)
	if shown := textsIn(p.finder.content); !strings.Contains(shown, "rTorrent 0.9.8, /srv/r") {
		t.Errorf("want the folder after the version on the card:\n%s", shown)
	}
}
