//go:build !nogui

package gui

import (
	"errors"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/engine/commandline"
	"bittoratio/engine/demo"
	"bittoratio/engine/practice"
	"bittoratio/gui/autostart"
	"bittoratio/gui/lang"
	"bittoratio/gui/settings"
	"bittoratio/gui/shell"
)

// Available is true if this build has a window.
const Available = true

// ID names the program to the desktop: preferences, notifications, the desktop file.
const ID = "org.bittoratio.BittOratio"

// Options are the parts and the settings of the window.
type Options struct {
	Engine  *engine.Engine
	Demo    *demo.Demo // set in a demonstration; nil otherwise
	Hidden  bool       // start in the tray, if there is one
	Version string     // of the program
	Website string     // the page with new versions; empty if it is not known
	Show    <-chan struct{}
	Started func()          // called once Fyne runs, which catches the signals: it must catch them again
	Quit    <-chan struct{} // closed when a signal asks the program to end; Run then stops in order, without asking the user
}

// Run shows the window and the tray icon until the user quits. It must be called from main's goroutine. It stops the
// engine, but does not close it.
func Run(o Options) (err error) {
	// Most of a window's memory is fonts, which are never freed: with Go's default GOGC of 100, as much memory again
	// would lie unused. Measured with five rows: 199 MB at 100, 188 MB at 50. With 10,000 torrents and 50 announces a
	// second, both take the same processor time.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	watch := watchWindows(noWindowMessage)
	defer watch.end(&err)
	id := ID
	if o.Demo != nil {
		id += ".Demonstration" // keeps its preferences apart from those of the user's own window
	}
	a := newApp(id, o.Version)
	var e shell.Engine = o.Engine
	if o.Demo != nil {
		around := o.Demo.Around(o.Engine)
		if err := around.Start(); err != nil {
			return err
		}
		e = around
	}
	news := o.Engine.Subscribe()
	var ended atomic.Bool
	s := shell.New(a, shell.Options{
		Demo: demonstration(o.Demo), Demonstrate: demonstrate(o.Demo),
		Engine: e, Swarm: o.Engine.Swarm(), News: news.Changed(), EndNews: news.Close, Show: o.Show, Quit: o.Quit, Hidden: o.Hidden,
		Do: func(f func()) {
			if !ended.Load() { // Fyne would call f at once, and panic if f uses a window
				fyne.DoAndWait(f)
			}
		}, Now: time.Now, Tray: shell.NewTray(a),
		Version: o.Version, Website: o.Website, Startup: startup(o.Engine.Folder()),
	})
	a.Lifecycle().SetOnStarted(func() {
		awaitFynesSignals()
		o.Started()
		s.Begin()
	})
	a.Run()
	ended.Store(true)
	s.Wait()
	return nil
}

// demonstration returns a function that returns the clients that the practice tracker sees; nil outside of a
// demonstration.
func demonstration(d *demo.Demo) func() []practice.Status {
	if d == nil {
		return nil
	}
	return d.Peers
}

// demonstrate returns a function that starts a demonstration as a program of its own, with its own window; nil in a
// demonstration, and if the path of this program is not known.
func demonstrate(d *demo.Demo) func() error {
	program, err := commandline.Program()
	if err != nil || d != nil {
		return nil
	}
	return func() error {
		c := exec.Command(program, "-demo")
		if err := c.Start(); err != nil {
			return err
		}
		go func() { _ = c.Wait() }() // it may outlive this program; how it ends does not matter here
		return nil
	}
}

// newApp returns Fyne's app. It sets the app's metadata, because a plain build has none: the tray and notifications
// would show the ID instead of the name. The metadata leaves out the migration to fyne.Do, which packages turn on by
// the build tag migrated_fynedo. Without that tag Fyne reports each use of a widget on another goroutine, and a test
// then fails.
func newApp(id, version string) fyne.App {
	preferX11()
	makeCacheFolder()
	log.SetOutput(&quietLog{out: log.Writer()})
	app.SetMetadata(fyne.AppMetadata{
		ID: id, Name: shell.Name, Version: version, Build: 1,
		Icon: fyne.NewStaticResource("icon.svg", assets.Icon),
	})
	return app.NewWithID(id)
}

// ShowFailure shows why the program cannot start, and what to do next, until the user closes the message: a user who
// started the program with a click does not see standard error. It must be called from main's goroutine, as the last
// act of the process.
func ShowFailure(fault error, version string) {
	if errors.Is(fault, errNoWindow) {
		return // the desktop has shown the message by its own means
	}
	_ = lang.Use(lang.System)
	title, text := shell.FailureText(fault)
	watch := watchWindows(func(string) (string, string) { return title, text })
	var err error
	defer watch.end(&err)
	a := newApp(ID, version)
	shell.NewFailureWindow(a, fault).Show()
	if !watch.failed { // after a failure Fyne would run without a window
		a.Run()
	}
}

// startup returns the entry that makes the system start this program, hidden, with the same data folder; nil if the
// system cannot have one.
func startup(folder string) settings.Startup {
	program, err := commandline.Program()
	if err != nil || !autostart.Possible() {
		return nil
	}
	e := autostart.Entry{Program: program, Args: []string{"-hidden"}}
	if usual, err := commandline.DefaultFolder(); err != nil || usual != folder {
		if folder, err = filepath.Abs(folder); err != nil {
			return nil
		}
		e.Args = append(e.Args, "-data", folder)
	}
	return e
}
