//go:build !nogui

package gui

import (
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"bittoratio/gui/alert"
	"bittoratio/gui/lang"
)

// errNoWindow means that the desktop cannot open a window.
var errNoWindow = errors.New("no window can be opened here: it needs a desktop and a graphics driver with OpenGL 2; start with -headless to run without one")

// watcher looks in the log for Fyne's message that it cannot create a window. Fyne only logs this; then it panics or
// ends the process.
type watcher struct {
	out      io.Writer // where the log goes
	message  func(cause string) (title, text string)
	failed   bool // the message was logged; the next line has the cause
	reported bool
}

// Parts of Fyne's messages; a test checks that Fyne still has them.
const (
	noGLFW   = "failed to initialise GLFW"
	noWindow = "window creation error"
)

// watchWindows has the desktop show a message by its own means if Fyne cannot create a window. message gives it.
func watchWindows(message func(cause string) (title, text string)) *watcher {
	w := &watcher{out: log.Writer(), message: message}
	log.SetOutput(w)
	return w
}

// Write is part of io.Writer.
func (w *watcher) Write(line []byte) (int, error) {
	n, err := w.out.Write(line)
	switch text := string(line); {
	case strings.Contains(text, noGLFW), strings.Contains(text, noWindow):
		w.failed = true
	case w.failed && !w.reported:
		w.reported = true
		_, cause, _ := strings.Cut(strings.TrimSpace(text), "Cause: ")
		alert.Show(w.message(cause))
	}
	return n, err
}

// noWindowMessage returns the message that there is no window, with the cause and what to do.
func noWindowMessage(cause string) (title, text string) {
	return lang.L("BittOratio cannot open its window"),
		lang.L("It needs a graphics driver with OpenGL 2. Update the driver, or run the program without a window: bittoratio -headless. The system says: %s", cause)
}

// end turns Fyne's panic about a window that it cannot create into an error; any other panic continues.
func (w *watcher) end(err *error) {
	log.SetOutput(w.out)
	if !w.failed {
		return
	}
	cause := recover()
	*err = errNoWindow
	if cause != nil {
		*err = fmt.Errorf("%w (%v)", errNoWindow, cause)
	}
}
