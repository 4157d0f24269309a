package shell

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// notifyAwayAfter is how long a tracker must be away before the user is notified.
const notifyAwayAfter = 30 * time.Minute

// message is one notification on the desktop.
type message struct{ title, body string }

// notifier remembers what the user was notified of, so that each thing is notified only once.
type notifier struct {
	begun   bool
	away    []string // trackers that are away, of which the user was notified
	refused int      // number of refused torrents of which the user was notified
	disk    bool
	first   bool // the user was notified of the first announce
}

// messages returns the notifications for a snapshot; light is the snapshot's light.
func (h *notifier) messages(snap *engine.Snapshot, light text.Light, now time.Time) (out []message) {
	if !h.begun {
		h.begun = true
		h.first = h.first || len(snap.Torrents) > 0 // torrents of an earlier run are no news
		for _, t := range snap.Torrents {
			if text.About(t, now) == text.AboutRefused {
				h.refused++
			}
		}
	}
	if !h.first && len(snap.Torrents) > 0 {
		h.first = true
		t := snap.Torrents[0]
		out = append(out, message{lang.L("First announce received"), lang.L("%s announces through BittOratio to %s.", t.Client, t.Tracker)})
	}
	if disk := snap.Trouble.Kind == engine.TroubleDisk; disk != h.disk {
		if h.disk = disk; disk {
			out = append(out, message{lang.L("The data folder cannot be written"), text.Trouble(snap.Trouble)})
		}
	}
	switch {
	case snap.State != engine.On: // the list is old, so the count stays: nothing is notified twice
	case light.Subject == text.AboutRefused:
		refused := 0
		for _, t := range snap.Torrents {
			if text.About(t, now) == text.AboutRefused {
				refused++
			}
		}
		if refused > h.refused {
			out = append(out, message{light.Words, lang.L("Their rows show the tracker's reason.")})
		}
		h.refused = refused
	default:
		h.refused = 0
	}
	var away, fresh []string
	for i := range snap.Trackers {
		t := &snap.Trackers[i]
		if !t.Away || now.Sub(t.Since) < notifyAwayAfter {
			continue
		}
		away = append(away, t.Host)
		if !slices.Contains(h.away, t.Host) {
			fresh = append(fresh, t.Host)
		}
	}
	h.away = away
	switch len(fresh) {
	case 0:
	case 1:
		out = append(out, message{lang.L("%s has been unreachable for 30 minutes", fresh[0]), pendingText(snap)})
	default:
		out = append(out, message{lang.N("%d trackers have been unreachable for 30 minutes", len(fresh)), pendingText(snap)})
	}
	return out
}

// offAtStart returns the notification for a start with the engine off, if clients announced through this program in the
// last day: they reach no tracker now.
func offAtStart(snap *engine.Snapshot, now time.Time) (m message, some bool) {
	var clients []string
	for _, t := range snap.Torrents {
		if now.Sub(t.Last) < 24*time.Hour && !slices.Contains(clients, t.Client) {
			clients = append(clients, t.Client)
		}
	}
	switch len(clients) {
	case 0:
		return m, false
	case 1:
		return message{lang.L("BittOratio is switched off"), lang.L("%s announced through it in the last day and can't reach its trackers. Switch on, or take the proxy out of its settings.", clients[0])}, true
	default:
		return message{lang.L("BittOratio is switched off"), lang.N("%d clients announced through it in the last day and can't reach their trackers. Switch on, or take the proxy out of their settings.", len(clients))}, true
	}
}

func pendingText(snap *engine.Snapshot) string {
	if n := len(snap.Pending); n > 0 {
		return lang.N("Your clients get its last answers. %d announces are pending.", n)
	}
	return lang.L("Your clients get its last answers.")
}

// notifyChanges sends notifications to the desktop if the user wants them.
func (s *Shell) notifyChanges(snap *engine.Snapshot, light text.Light) {
	before := s.notifier.first
	list := s.notifier.messages(snap, light, s.options.Now())
	if s.notifier.first && !before {
		s.prefs.SetBool(keyFirst, true)
	}
	if !s.engine.Snapshot().Settings.Window.Notify {
		return
	}
	s.notify(list...)
}

// notifyPending notifies the user, when the program quits, that announces are still pending.
func (s *Shell) notifyPending() {
	if n := len(s.engine.Snapshot().Pending); n > 0 && s.engine.Snapshot().Settings.Window.Notify {
		s.notify(message{lang.N("%d announces pending", n), lang.L("Saved, and sent next time you start.")})
	}
}

// joinMessages joins messages into one; several messages are listed by their titles.
func joinMessages(list []message) message {
	if len(list) == 1 {
		return list[0]
	}
	titles := make([]string, len(list))
	for i, m := range list {
		titles[i] = m.title
	}
	return message{Name, strings.Join(titles, "\n")}
}

// notify shows messages as one notification on the desktop. It does so on another goroutine, because a desktop whose
// notifications hang would block the window.
func (s *Shell) notify(list ...message) {
	if len(list) == 0 {
		return
	}
	m := joinMessages(list)
	s.jobs.Go(func() { s.app.SendNotification(fyne.NewNotification(m.title, m.body)) })
}
