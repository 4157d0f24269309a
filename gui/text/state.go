package text

import (
	"strings"

	"bittoratio/engine"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// State returns the state of the engine in one word.
func State(s engine.State) string {
	switch s {
	case engine.On:
		return lang.L("On")
	case engine.Degraded:
		return lang.L("Trouble")
	case engine.Stopping:
		return lang.L("Stopping")
	default:
		return lang.L("Off")
	}
}

// Sentence returns the state in one sentence: "On, 127.0.0.1:8080, 12 torrents, 3 trackers, 2 announces pending".
func Sentence(s *engine.Snapshot) (string, theme.Tone) {
	switch s.State {
	case engine.On:
		word := State(s.State)
		if s.Passthrough {
			word = lang.L("Forwarding at 1×")
		}
		return strings.Join(append([]string{word, s.Addr}, counts(s)...), ", "), theme.Muted
	case engine.Degraded:
		return lang.L("On, %s, but %s", s.Addr, degradedReason(s.Trouble)), theme.Warn
	case engine.Stopping:
		if s.Delivery != nil && s.Delivery.Delivered+s.Delivery.Left > 0 {
			return lang.L("Stopping: %d of %d pending announces delivered", s.Delivery.Delivered, s.Delivery.Delivered+s.Delivery.Left), theme.Muted
		}
		return lang.L("Stopping: finishing the last exchanges"), theme.Muted
	default:
		parts := append([]string{lang.L("Off: your clients can't reach their trackers")}, pendingPart(len(s.Pending))...)
		return strings.Join(parts, ", "), theme.Muted
	}
}

func counts(s *engine.Snapshot) []string {
	parts := []string{Torrents(s.Hashes), Trackers(len(s.Trackers))}
	return append(parts, pendingPart(len(s.Pending))...)
}

func pendingPart(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{Pending(n)}
}

// Torrents returns "12 torrents".
func Torrents(n int) string { return lang.N("%d torrents", n) }

// Trackers returns "3 trackers".
func Trackers(n int) string { return lang.N("%d trackers", n) }

// Pending returns "3 announces pending".
func Pending(n int) string { return lang.N("%d announces pending", n) }

// degradedReason returns why the state is Degraded, as the end of a sentence.
func degradedReason(t engine.Trouble) string {
	if t.Kind == engine.TroubleDisk {
		return lang.L("the data folder cannot be written")
	}
	return lang.L("something is wrong")
}

// Trouble returns the meaning of a trouble and what to do, with the system's error.
func Trouble(t engine.Trouble) string {
	words := lang.L("Something is wrong.")
	if t.Kind == engine.TroubleDisk {
		words = lang.L("Nothing is multiplied until the data folder can be written again. Make room on its disk, or check its permissions. BittOratio then continues on its own.")
	}
	if t.Detail != "" {
		words += " " + lang.L("The system says: %s.", System(t.Detail))
	}
	return words
}

// Notice returns a notice of the start as a sentence.
func Notice(n engine.Notice) string {
	switch n.Kind {
	case engine.NoticeTorn:
		return lang.L("BittOratio was not closed properly last time. No total is lost.")
	case engine.NoticeDamaged:
		if n.File == "" {
			return lang.L("A file was damaged, and the disk has no room to set it aside. What could be read is used.")
		}
		return lang.L("A file was damaged. What could be read is used; the original is kept as %s.", n.File)
	case engine.NoticeLedger:
		return lang.N("The record of %d torrents was lost. Each goes on from the last total found among pending announces and past activity.", n.Lost)
	default: // NoticeAuthority
		return lang.L("The certificate for https trackers could not be read, so a new one was made. Restart your clients so that they trust it. The old one is saved as %s.", n.File)
	}
}
