//go:build !nogui

package gui

import (
	"errors"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
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

// Options are what the window is made of.
type Options struct {
	Engine  *engine.Engine
	Demo    *demo.Demo // it is a demonstration; nil otherwise
	Hidden  bool       // begin in the tray, where there is one
	Version string     // of the program
	Website string     // where new versions are announced; empty where that is not known
	Show    <-chan struct{}
	Started func()          // called when the window system runs, which takes the signals for itself: take them back
	Quit    <-chan struct{} // closed when a signal asks the program to end: stop in order, without asking
}

// Run shows the window and the tray icon until the user quits. It must be called from main's goroutine. The engine is
// stopped, but not closed.
func Run(o Options) (err error) {
	// Of a window's memory most is fonts, which stay: at Go's usual 100 as much again would lie unused. Measured with five
	// rows: 199 MB, and 188 MB at 50; with 10,000 torrents at 50 announces a second the processor's time is the same.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	watch := watchWindows(windowless)
	defer watch.end(&err)
	id := ID
	if o.Demo != nil {
		id += ".Demonstration" // its preferences are not mixed with those of the user's own window
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
	s := shell.New(a, shell.Options{
		Demo: demonstration(o.Demo), Demonstrate: demonstrate(o.Demo),
		Engine: e, Swarm: o.Engine.Swarm(), News: news.Changed(), EndNews: news.Close, Show: o.Show, Quit: o.Quit, Hidden: o.Hidden,
		Do: fyne.DoAndWait, Now: time.Now, Tray: shell.NewTray(a),
		Version: o.Version, Website: o.Website, Startup: startup(o.Engine.Folder()),
	})
	a.Lifecycle().SetOnStarted(func() {
		o.Started()
		s.Begin()
	})
	a.Run()
	s.Wait()
	return nil
}

// demonstration returns what the window shows of a demonstration.
func demonstration(d *demo.Demo) func() []practice.Status {
	if d == nil {
		return nil
	}
	return d.Peers
}

// demonstrate returns a function that starts a demonstration beside this program, with a window of its own; nil in a
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

// newApp returns Fyne's app. Without metadata a plain build would have no name, and the tray and notifications would
// show the ID. The migration to fyne.Do is chosen not here but by the tag migrated_fynedo, with which packages are
// built: without it Fyne reports every widget that is used on another goroutine, and a test fails then.
func newApp(id, version string) fyne.App {
	preferX11()
	makeCacheFolder()
	log.SetOutput(&quiet{out: log.Writer()})
	app.SetMetadata(fyne.AppMetadata{
		ID: id, Name: shell.Name, Version: version, Build: 1,
		Icon: fyne.NewStaticResource("icon.svg", assets.Icon),
	})
	return app.NewWithID(id)
}

// Complain shows why the program cannot start, with the next step, until the user closes the message: a user who
// started it with a click sees no standard error. It must be called from main's goroutine, as the last act of the
// process.
func Complain(fault error, version string) {
	if errors.Is(fault, errNoWindow) {
		return // the message has been shown by other means
	}
	_ = lang.Use(lang.System)
	title, text := shell.Faulty(fault)
	watch := watchWindows(func(string) (string, string) { return title, text })
	var err error
	defer watch.end(&err)
	a := newApp(ID, version)
	shell.NewFault(a, fault).Show()
	if !watch.failed { // else Fyne would run without a window
		a.Run()
	}
}

// startup has the system start this program, hidden, for the same data folder; nil where the system cannot.
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
