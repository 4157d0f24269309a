// Package shell is the window around the pages, the tray icon, and the one loop that carries the engine's news to the
// pages. Of gui's packages only this one starts goroutines: that loop, and one for each slow command. What a page shows
// is in the page's own package.
package shell

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/engine/practice"
	"bittoratio/engine/report/policy"
	enginesettings "bittoratio/engine/settings"
	"bittoratio/gui/activity"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/settings"
	"bittoratio/gui/setup"
	"bittoratio/gui/swarm"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
	"bittoratio/gui/torrents"
)

// Name is the program's name, as users see it.
const Name = "BittOratio"

// Engine is all that the window asks of the engine.
type Engine interface {
	torrents.Engine
	activity.Engine
	settings.Engine
	setup.Engine
	Start() error
	Stop(ctx context.Context) error
	SetMultiplier(policy.Factor) error
	SetPassthrough(bool)
	LeaveUDP()
	StartOver() error
	Snapshot() *engine.Snapshot
}

// Options are the parts and the settings of the window.
type Options struct {
	Engine  Engine
	Swarm   swarm.Swarm
	News    <-chan struct{} // a signal for each change; closed at the end
	EndNews func()          // closes News
	Show    <-chan struct{} // signals that a second start asks to show the window
	Quit    <-chan struct{} // closed when the program is to end
	Hidden  bool            // start in the tray, if there is one
	Do      func(func())    // runs a function on Fyne's goroutine and waits for it: fyne.DoAndWait, or a test's queue
	Now     func() time.Time
	Tray    Tray // nil if there is none
	Startup settings.Startup
	Version string // of the program
	Website string // the page with new versions; "" if it is not known

	Demo        func() []practice.Status // the practice tracker's peers in a demonstration; nil otherwise
	Demonstrate func() error             // starts a demonstration beside this program; nil if that is not possible
}

// Shell is the window.
type Shell struct {
	app     fyne.App
	options Options
	engine  Engine
	prefs   prefs
	window  fyne.Window
	desk    *desk.Desk

	bar         *topBar
	banner      *banner
	trouble     *strip
	passthrough *strip
	udp         *strip
	demo        *strip
	tabs        *control.Tabs
	pages       []page
	setup       lazyPage[*setup.Page]
	settings    lazyPage[*settings.Page]
	stack       *fyne.Container
	head        *fyne.Container // bar and strips, above the page
	body        *fyne.Container // the head and the page below it
	help        *control.Aside
	tips        *tip.Layer
	tray        *trayIcon

	hasSetup   bool        // setup was built
	visible    atomic.Bool // the window is on the screen
	hasRetries atomic.Bool // a change to a client waits for it to be closed
	trayWait   int         // seconds that a hidden start still waits for a tray; used only by the feed once that runs
	busy       bool        // the engine is being started or stopped
	hurryStop  func()      // cuts the current stop short; nil before the first stop
	quitting   bool
	progress   *progress // shown while quitting takes time
	asking     bool      // the question at closing is open
	notifier   notifier

	ctx  context.Context
	end  context.CancelFunc
	jobs sync.WaitGroup // slow commands
	loop sync.WaitGroup // the feed
}

// New builds the window, but does not show it.
func New(a fyne.App, o Options) *Shell {
	s := &Shell{app: a, options: o, engine: o.Engine, prefs: prefs{a.Preferences()}}
	s.notifier.first = s.prefs.Bool(keyFirst)
	s.ctx, s.end = context.WithCancel(context.Background())
	w := o.Engine.Snapshot().Settings.Window
	s.useLanguage(w.Language)
	a.Settings().SetTheme(theme.Sized(w.Theme, w.TextSize))
	icon := fyne.NewStaticResource("icon.svg", assets.Icon)
	a.SetIcon(icon)
	s.window = a.NewWindow(Name)
	s.window.SetIcon(icon)
	s.window.SetMaster()
	s.window.SetPadded(false)
	s.desk = desk.New(s.window, func() {
		if !s.visible.Load() {
			s.Raise()
		}
	})
	s.desk.Context, s.desk.Now, s.desk.Background = s.ctx, o.Now, s.background
	s.build()
	s.window.Resize(s.prefs.size())
	s.window.SetCloseIntercept(s.onClose)
	s.window.SetOnDropped(s.dropped)
	s.shortcuts()
	if o.Tray != nil {
		s.tray = newTrayIcon(o.Tray, trayCommands{
			power: s.askPower, factor: s.setFactor, again: s.multiplyAgain, copy: s.copyAddress, open: s.Raise, quit: s.askQuit,
		})
		s.tray.begin(o.Engine.Snapshot(), o.Now())
	}
	return s
}

func (s *Shell) build() {
	e, o := s.engine, s.options
	s.bar = newTopBar(s.askPower, s.showSubject, newFactor(o.Now, s.setFactor, s.askFactor), o.Now)
	s.banner, s.trouble, s.passthrough = newBanner(), newTrouble(), newPassthrough(s.multiplyAgain)
	s.udp = newUDP(s.allowUDP, s.engine.LeaveUDP)
	s.demo = newDemo(s.askQuit)
	s.setup = lazyPage[*setup.Page]{sync.OnceValue(func() *setup.Page {
		s.hasSetup = true
		return setup.New(e, s.desk, o.Demo != nil)
	})}
	s.hasSetup = false
	s.settings = lazyPage[*settings.Page]{sync.OnceValue(func() *settings.Page {
		return settings.New(settings.Options{
			Engine: e, Desk: s.desk, Startup: o.Startup, Sealed: o.Demo != nil,
			SetTheme:    func(mode, size string) { s.app.Settings().SetTheme(theme.Sized(mode, size)) },
			SetLanguage: s.setLanguage, Tracker: s.editTracker,
		})
	})}
	s.pages = []page{
		torrents.New(torrents.Options{
			Engine: e, Desk: s.desk, Sort: s.prefs.sort(), OnSort: s.prefs.setSort,
			SwitchOn: func() { s.onPower(true) }, SetUp: func() { s.tabs.Choose(pageSetup) },
			Split: s.prefs.Float(keySplit), Hidden: s.prefs.String(keyHidden), OnHidden: func(keys string) { s.prefs.SetString(keyHidden, keys) },
			Activity: s.showActivity, LookUp: s.lookUp, Tracker: s.editTracker,
		}),
		activity.New(e, s.desk),
		swarm.New(swarm.Options{Engine: e, Swarm: o.Swarm, Desk: s.desk, Settings: s.showSwarmSettings, Sealed: o.Demo != nil}),
		s.setup,
		s.settings,
	}
	s.help = s.newHelp()
	s.tabs = control.NewTabs([]control.Tab{
		{Title: lang.L("Torrents"), Icon: fynetheme.ListIcon(), Tip: lang.L("All torrents that your clients announce here, and their trackers.")},
		{Title: lang.L("Activity"), Icon: fynetheme.HistoryIcon(), Tip: lang.L("Every exchange with a tracker: what was reported, and why.")},
		{Title: lang.L("Swarm"), Icon: fynetheme.SearchIcon(), Tip: lang.L("Who shares a torrent, asked of the swarm itself, without any client.")},
		{Title: lang.L("Set-up"), Icon: fynetheme.ComputerIcon(), Tip: lang.L("How your client comes to announce through BittOratio.")},
		{Title: lang.L("Settings"), Icon: fynetheme.SettingsIcon(), Tip: lang.L("What BittOratio does, and how it looks.")},
	}, s.onPage)
	s.stack = container.NewStack()
	bar := control.NewBar(container.New(layout.NewCustomPaddedVBoxLayout(0), s.bar.content, container.NewStack(s.tabs, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 4), container.NewHBox(layout.NewSpacer(), s.help)))))
	s.head = container.New(layout.NewCustomPaddedVBoxLayout(0), bar, s.demo.content, s.trouble.content, s.passthrough.content, s.udp.content, s.banner.content)
	s.body = control.Border(s.head, nil, nil, nil, container.New(pad(8, 8), container.NewStack(s.stack, control.NewWheel(s.stack))))
	s.rememberWidths()
	s.tips = tip.NewLayer(s.after)
	s.window.SetContent(container.NewStack(s.body, s.tips))
	s.tabs.Choose(min(max(s.prefs.page(), 0), len(s.pages)-1))
}

func (s *Shell) showWelcome() {
	setup.ShowWelcome(s.desk, s.demonstration(), func() {
		if s.engine.Snapshot().State == engine.Off {
			s.onPower(true)
		}
		s.tabs.Choose(pageSetup)
	}, s.engine.Snapshot().Settings.StopRatio, s.setStopRatio)
}

// setStopRatio sets the ratio at which nothing more is added to a torrent.
func (s *Shell) setStopRatio(at policy.Ratio) {
	s.background(func() error {
		return s.engine.Change(func(set *enginesettings.Settings) { set.StopRatio = at })
	}, func(err error) {
		if err != nil {
			s.showError(lang.L("The ratio could not be set"), err)
		}
	})
}

// useLanguage sets the language for all that is built from now on.
func (s *Shell) useLanguage(language string) {
	if err := lang.Use(language); err != nil {
		fyne.LogError("language", err) // cannot happen: the catalogues are in the program, and tests read them
	}
}

// setLanguage changes the language at once: it builds everything with text again.
func (s *Shell) setLanguage(language string) {
	s.remember()
	s.useLanguage(language)
	dismissed := s.banner.dismissed
	s.build()
	s.banner.dismissed = dismissed
	s.show()
}

// show shows the current snapshot. The feed calls it for each change and each second; it updates only what is visible.
func (s *Shell) show() {
	snap, now := s.engine.Snapshot(), s.options.Now()
	light := text.LightOf(snap, now) // looks at each torrent
	if s.tray != nil {
		s.tray.show(snap, light)
	}
	s.notifyChanges(snap, light)
	s.showProgress(snap)
	s.retrySetup()
	if !s.visible.Load() {
		s.watchSwarm()
		return
	}
	s.bar.show(snap, light, s.busy, now)
	s.trouble.showTrouble(snap)
	showPassthrough(s.passthrough, snap)
	showUDP(s.udp, snap)
	s.showDemo()
	s.banner.show(snap.Notices)
	s.pages[s.tabs.Current()].Show(snap, now)
	if p, ok := s.pages[pageTorrents].(*torrents.Page); ok {
		p.Settle(now) // even if the page is not visible
	}
	s.watchSwarm()
	s.layOutHead()
}

// retrySetup makes a change that waits for its client to be closed, while the page that offered it is not shown.
func (s *Shell) retrySetup() {
	if s.hasSetup && !s.quitting && (!s.visible.Load() || s.tabs.Current() != pageSetup) {
		s.hasRetries.Store(s.setup.get().Retry(s.options.Now()))
	}
}

// layOutHead gives the head the height that it needs. Fyne 2.8.1 lays out only the last of all objects that grew in one
// frame (EnsureMinSize), so a strip that appeared together with a tracker's name stayed hidden behind the page.
func (s *Shell) layOutHead() {
	if s.head.MinSize().Height != s.head.Size().Height {
		s.body.Layout.Layout(s.body.Objects, s.body.Size())
	}
}

// after calls a function on Fyne's goroutine after a wait, unless it is stopped before or the window closes.
func (s *Shell) after(wait time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	s.jobs.Go(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
			s.options.Do(func() {
				if ctx.Err() == nil {
					do()
				}
			})
		}
		cancel()
	})
	return cancel
}

// background runs a slow command on another goroutine, and then done on Fyne's.
func (s *Shell) background(do func() error, done func(error)) {
	s.jobs.Go(func() {
		err := do()
		if s.ctx.Err() == nil {
			s.options.Do(func() {
				done(err)
				s.show()
			})
		}
	})
}

// onPower handles the user's switch. It saves the choice before the engine starts or stops, so that the next start
// follows it even if this one fails.
func (s *Shell) onPower(on bool) {
	if s.busy || s.quitting {
		return
	}
	save := func() {}
	if snap := s.engine.Snapshot(); snap.SettingsFault == nil && snap.Settings.Window.StartEngine != on {
		save = func() {
			// A failed write is shown as the engine's trouble, and is tried again.
			_ = s.engine.Change(func(set *enginesettings.Settings) { set.Window.StartEngine = on })
		}
	}
	s.power(on, save)
}

// power calls first and then starts or stops the engine, both in the background.
func (s *Shell) power(on bool, first func()) {
	s.busy = true
	do, failed := s.engine.Start, s.startFailed
	if !on {
		ctx, cut := context.WithCancel(s.ctx)
		s.hurryStop = cut
		do = func() error { return s.engine.Stop(ctx) }
		failed = func(err error) { s.showError(lang.L("Switched off, but not everything could be written"), err) }
	}
	s.background(func() error { first(); return do() }, func(err error) {
		s.busy = false
		if err != nil {
			failed(err)
		}
	})
	s.show()
}

func (s *Shell) setFactor(f policy.Factor) {
	if err := s.engine.SetMultiplier(f); err != nil {
		s.showError(lang.L("The multiplier could not be set"), err)
	}
}

// allowUDP lets clients send datagrams through SOCKS5.
func (s *Shell) allowUDP() {
	s.desk.Background(func() error {
		return s.engine.Change(func(c *enginesettings.Settings) { c.UDPTrackers = true })
	}, func(err error) {
		if err != nil {
			s.desk.Inform(lang.L("Allow UDP"), lang.L("The settings could not be saved: %s. Is the data folder writable?", text.Cause(err)))
		}
	})
}

func (s *Shell) multiplyAgain() { s.engine.SetPassthrough(false) }

func (s *Shell) copyAddress() { s.desk.Copy(s.engine.Snapshot().Addr) }

// Raise shows the window and brings it to the front.
func (s *Shell) Raise() {
	s.visible.Store(true)
	s.window.Show()
	s.window.RequestFocus()
	s.show()
}

func (s *Shell) hide() {
	s.remember()
	s.visible.Store(false)
	s.window.Hide()
	s.retrySetup()
}

// remember saves the window's size, and carries out what could still be undone. It must not save the content's size,
// which is smaller: the window would shrink at each start.
func (s *Shell) remember() {
	s.prefs.setSize(s.window.Canvas().Size())
	if p, ok := s.pages[pageTorrents].(*torrents.Page); ok {
		s.prefs.SetFloat(keySplit, p.Split())
		p.Finish()
	}
}
