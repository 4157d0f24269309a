package shell

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// stopTime limits the stop when the program quits; the engine's own limits are shorter.
const stopTime = 20 * time.Second

// onClose handles the window's close button: it hides the window in the tray if the user wants that, and quits
// otherwise. If there is no tray to bring the window back, it asks.
func (s *Shell) onClose() {
	switch {
	case s.quitting:
	case !s.engine.Snapshot().Settings.Window.CloseToTray:
		s.askQuit()
	case s.trayHosted():
		s.hide()
		if !s.prefs.trayExplained() {
			s.notify(message{lang.L("BittOratio keeps running"), lang.L("Its icon is in the tray. To end it, choose Quit there.")})
		}
	case s.engine.Snapshot().State == engine.Off:
		s.Quit() // no engine runs that closing the window would stop
	case len(text.ActiveClients(s.engine.Snapshot(), s.options.Now())) > 0:
		s.askQuit()
	default:
		s.askClose()
	}
}

// askClose asks whether to quit, on desktops without a tray.
func (s *Shell) askClose() {
	if s.asking {
		return
	}
	s.asking = true
	question := control.NewParagraph(lang.L("No tray shows on this desktop, so the program cannot run without its window. Your clients need it as long as they announce through it. Minimise the window to have it out of the way."), theme.Plain)
	b := s.desk.NewDialog(lang.L("Quit BittOratio?"), control.Fixed(question, 440))
	keep, quit := b.Button(lang.L("Keep the window"), nil), b.Button(lang.L("Quit"), s.Quit)
	keep.Importance = widget.HighImportance
	b.SetOnClosed(func() { s.asking = false })
	b.Open(keep, quit, keep)
}

// Quit stops the engine in order, shows the progress if that takes time, and ends the program.
func (s *Shell) Quit() {
	if s.quitting {
		return
	}
	s.quitting = true
	if s.visible.Load() {
		s.remember()
	}
	ctx, hurry := context.WithTimeout(s.ctx, stopTime)
	s.progress = newProgress(s.window, s.options.Now(), func() {
		hurry()
		if s.hurryStop != nil {
			s.hurryStop()
		}
	})
	s.jobs.Go(func() {
		defer hurry()
		_ = s.engine.Stop(ctx) // what could not be delivered is on the disk
		s.notifyPending()
		s.options.EndNews() // the feed then ends the program
	})
	s.show()
}

// progressAfter is how long a stop takes before its progress is shown.
const progressAfter = time.Second

// showProgress shows the progress of stopping if it takes long or announces are being delivered.
func (s *Shell) showProgress(snap *engine.Snapshot) {
	if !s.quitting || snap.State != engine.Stopping {
		return
	}
	if snap.Delivery == nil && s.options.Now().Sub(s.progress.began) < progressAfter {
		return
	}
	if !s.visible.Load() {
		s.visible.Store(true)
		s.window.Show()
	}
	s.progress.show(snap.Delivery)
}

// progress is the dialog of a stop that takes time.
type progress struct {
	began  time.Time
	dialog *dialog.CustomDialog
	bar    *widget.ProgressBar
	line   *widget.Label
	shown  bool
}

func newProgress(w fyne.Window, began time.Time, hurry func()) *progress {
	p := &progress{began: began, bar: widget.NewProgressBar(), line: widget.NewLabel("")}
	p.bar.TextFormatter = func() string { return "" } // the line above shows it
	box := control.Fixed(container.NewVBox(p.line, p.bar), 440)
	p.dialog = dialog.NewCustomWithoutButtons(lang.L("Sending pending announces"), box, w)
	p.dialog.SetButtons([]fyne.CanvasObject{control.NewButton(lang.L("Quit now, send the rest next time"), hurry)})
	return p
}

func (p *progress) show(d *engine.Delivery) {
	words, share := lang.L("Finishing the last exchanges"), 0.0
	if d != nil {
		words = lang.L("%d of %d pending announces delivered", d.Delivered, d.Delivered+d.Left)
		share = float64(d.Delivered) / float64(max(d.Delivered+d.Left, 1))
	}
	if words != p.line.Text {
		p.line.SetText(words)
		p.bar.SetValue(share)
	}
	if !p.shown {
		p.shown = true
		p.dialog.Show()
	}
}

// lifecycle has methods of Fyne's lifecycle that its interface lacks.
type lifecycle interface {
	OnStopped() func()
	SetOnStoppedHookExecuted(func())
}

// endFyne ends the program. Fyne 2.8 saves the preferences in a hook that it queues while its loop ends. On a busy
// machine nothing may read the queue any more: then the preferences are lost, or Fyne waits for the hook forever. So
// endFyne runs the hook itself, and removes it before Fyne looks for it (TestFyneHasNothingQueuedAfterItsLoop).
func (s *Shell) endFyne() {
	if l, ok := s.app.Lifecycle().(lifecycle); ok {
		if keep := l.OnStopped(); keep != nil {
			keep()
		}
		l.SetOnStoppedHookExecuted(nil)
	}
	s.app.Quit()
}

// Wait waits for the window's goroutines. Call it when Fyne has stopped, so that nothing uses a widget any more.
func (s *Shell) Wait() {
	s.end()
	s.options.EndNews()
	done := make(chan struct{})
	go func() { s.jobs.Wait(); s.loop.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second): // Fyne drops its queue when it stops, and goroutines that wait for it never end
	}
}
