// Command bittoratio is a local proxy between a BitTorrent client and its trackers that multiplies what is new in the
// uploaded total of each announce, and leaves every other byte alone.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"bittoratio/engine"
	"bittoratio/engine/commandline"
	"bittoratio/engine/demo"
	"bittoratio/engine/instance"
	"bittoratio/engine/linelog"
	"bittoratio/gui"
)

//go:embed FyneApp.toml
var fyneApp string

// version returns the program's version. FyneApp.toml is the only place where it is written.
func version() string { return fyneAppValue("Version") }

// fyneAppValue returns a value of FyneApp.toml; empty if its line is missing, because Fyne's own tool may leave out
// lines that it does not need.
func fyneAppValue(key string) string {
	line := regexp.MustCompile(`(?m)^\s*` + key + `\s*=\s*"([^"]*)"`).FindStringSubmatch(fyneApp)
	if line == nil {
		return ""
	}
	return line[1]
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs the program and returns its exit status: 0 stopped as asked, 1 could not start, 2 wrong command line.
func run(args []string, stdout, stderr io.Writer) int {
	var said bytes.Buffer
	c, err := commandline.Parse(args, &said, gui.Available)
	if errors.Is(err, flag.ErrHelp) {
		if _, err := said.WriteTo(stdout); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	}
	_, _ = said.WriteTo(stderr)
	switch {
	case errors.Is(err, commandline.ErrNoFolder) && !c.Headless:
		gui.ShowFailure(err, version())
		return 2
	case err != nil:
		return 2
	case c.Version:
		if _, err := fmt.Fprintf(stdout, "BittOratio %s (%s)\n", version(), runtime.Version()); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.Setup != "":
		text, err := c.Text()
		if err == nil {
			_, err = io.WriteString(stdout, text)
		}
		if err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.Launch != "":
		if err := c.RunLaunch(stdout, stderr); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.Magnet.Link != "":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := c.RunMagnet(ctx, stdout); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.DHTSize:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := c.RunDHTSize(ctx, stdout, stderr); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.Practice.Tracker != "":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		surviveBrokenPipes()
		c.Headless = true
		if err := c.RunTracker(ctx, stdout); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	case c.Convert != "":
		if err := c.RunConvert(stdout); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		return 0
	}
	c.Headless = c.Headless || c.Check || !gui.Available
	show := make(chan struct{}, 1)
	surviveBrokenPipes()
	out := linelog.NewWriter(logWriter(c.Headless && !c.Check, stdout, stderr), c.JSON)
	defer out.Close()
	c.Unwatched = c.Headless
	if c.Log = c.Logger(out); !c.Headless {
		c.Show = func() {
			select {
			case show <- struct{}{}:
			default: // a request to show the window is pending already
			}
		}
	}
	c.TorrentFolders = commandline.TorrentFolders()
	var d *demo.Demo
	if c.Practice.Demo {
		if d, err = demo.Open(c.Log); err != nil {
			fmt.Fprintln(stderr, "bittoratio:", err)
			return 1
		}
		d.Apply(&c.Options)
		defer func() { _ = d.Close() }() // the engine is closed by then; files that cannot be removed are in the system's temporary folder
	}
	eng, err := engine.New(c.Options)
	var running *engine.AlreadyRunningError
	if errors.As(err, &running) && !c.Headless && instance.RaiseRunning(c.Folder) {
		return 0
	}
	if err == nil {
		quit, catchAgain := signals(!c.Headless || c.Check || d != nil)
		switch {
		case c.Check:
			err = c.RunCheck(quit, eng, stdout)
		case c.Headless && d != nil:
			err = c.RunDemo(contextUntil(quit), d, eng)
		case c.Headless:
			err = headless(quit, eng, &c)
		default:
			err = gui.Run(gui.Options{Engine: eng, Demo: d, Hidden: c.Hidden, Version: version(), Website: fyneAppValue("Website"), Show: show, Started: catchAgain, Quit: quit})
		}
		err = errors.Join(err, eng.Close(context.Background()))
	}
	if err != nil {
		fmt.Fprintln(stderr, "bittoratio:", strings.ReplaceAll(err.Error(), "\n", "; "))
		if !c.Headless {
			gui.ShowFailure(err, version())
		}
		return 1
	}
	return 0
}

// logWriter returns the writer for the log: standard output without a window, otherwise standard error.
func logWriter(headless bool, stdout, stderr io.Writer) io.Writer {
	if headless {
		return stdout
	}
	return stderr
}

// surviveBrokenPipes lets a write to a pipe without a reader fail instead of ending the program (SIGPIPE). It catches
// the signal instead of ignoring it, because clients that this program starts would inherit an ignored signal.
func surviveBrokenPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// signals catches the signals that ask the program to end. The first one closes quit, so that the program stops in
// order; a second one ends it at once. catchAgain catches the signals again: Fyne catches them when it starts, and
// would end at once. hangUp is true if the end of the terminal ends the program too, unless nohup started it.
func signals(hangUp bool) (quit <-chan struct{}, catchAgain func()) {
	asked, end := make(chan os.Signal, 1), make(chan struct{})
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if hangUp && !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP) // sent when the terminal is closed
	}
	catchAgain = func() {
		signal.Reset(ends...)
		signal.Notify(asked, ends...)
	}
	catchAgain()
	go func() { // it ends with the process
		<-asked
		signal.Reset(ends...)
		close(end)
	}()
	return end, catchAgain
}

// contextUntil returns a context that ends when quit is closed.
func contextUntil(quit <-chan struct{}) context.Context {
	ctx, end := context.WithCancel(context.Background())
	go func() { // it ends with the process
		<-quit
		end()
	}()
	return ctx
}

// headless runs until quit is closed; SIGHUP reads settings.json again.
func headless(quit <-chan struct{}, eng *engine.Engine, c *commandline.Args) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	if err := eng.Start(); err != nil {
		return err
	}
	for {
		select {
		case <-quit:
			return nil
		case <-hup:
			if err := eng.Reload(); err != nil {
				c.Log.Error("settings.json was not applied, and the settings in force stay; correct it and send SIGHUP again", "cause", err.Error())
				continue
			}
			c.Log.Info("reloaded") // scripts wait for it
		}
	}
}
