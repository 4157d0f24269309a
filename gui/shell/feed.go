package shell

import (
	"time"

	"bittoratio/engine"
)

// trayPatience is how many seconds a hidden start waits for a tray. At log-in the desktop starts its panel and the
// programs at the same time, and the panel may come later. If no tray comes, the window shows itself, since nothing
// else could show it.
const trayPatience = 5

// Begin shows the window, or leaves it hidden, and starts the feed. Call it when Fyne runs.
func (s *Shell) Begin() {
	w := s.engine.Snapshot().Settings.Window
	if hidden := s.options.Hidden || w.StartHidden; hidden && s.tray != nil {
		s.trayWait = trayPatience
	} else {
		s.Raise()
	}
	if s.options.Demo == nil && s.visible.Load() && !s.prefs.Bool(keyWelcomed) && s.engine.Snapshot().SettingsFault == nil {
		s.prefs.SetBool(keyWelcomed, true)
		s.showWelcome()
	}
	s.startProbe()
	s.loop.Go(s.feed)
	if fault := s.engine.Snapshot().SettingsFault; fault != nil {
		s.settingsFailed(fault)
		return
	}
	if snap := s.engine.Snapshot(); snap.State == engine.Off {
		if w.StartEngine {
			s.power(true, func() {})
		} else if m, some := offAtStart(snap, s.options.Now()); some && w.Notify {
			s.notify(m)
		}
	}
}

// feed carries the engine's news to the window until there are no more, and then ends the program. Times on the screen
// are relative, so a visible window is also updated each second; a hidden one is updated at most once a second.
func (s *Shell) feed() {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	settled, quit := s.tray == nil, s.options.Quit
	behind := false // there was news while the window was hidden
	for {
		select {
		case _, more := <-s.options.News:
			if !more {
				s.options.Do(s.endFyne)
				return
			}
			if !s.visible.Load() { // the tray may be a second late
				behind = true
				continue
			}
		case <-second.C:
			if !settled {
				settled = true
				s.options.Do(s.options.Tray.Settle)
			}
			s.awaitTray()
			if !s.visible.Load() && !behind && !s.hasRetries.Load() {
				continue
			}
			behind = false
		case <-s.options.Show:
			s.options.Do(s.Raise)
			continue
		case <-quit:
			quit = nil // a closed channel would be chosen again and again
			s.options.Do(s.Quit)
			continue
		}
		s.options.Do(s.show)
	}
}

// awaitTray checks once a second for a tray after a hidden start. Only the feed calls it.
func (s *Shell) awaitTray() {
	if s.trayWait == 0 {
		return
	}
	if s.trayWait--; s.trayHosted() {
		s.trayWait = 0
	} else if s.trayWait == 0 {
		s.options.Do(s.Raise)
	}
}

func (s *Shell) trayHosted() bool { return s.tray != nil && s.options.Tray.Hosted() }
