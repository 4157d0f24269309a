package torrents

import (
	"strings"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// class is a class of torrents by state. Each class has a chip above the table, which shows only that class.
type class uint8

// The classes, in the order of their chips.
const (
	all class = iota
	active
	pending
	refusals
	unreachable
	stopped
	late // overdue; its chip is hidden while no torrent is in it
	classes
)

// classSet has the classes of one torrent, a bit for each: a torrent whose tracker is away may also have a pending
// announce.
type classSet uint8

func (k classSet) has(c class) bool { return k>>c&1 != 0 }

// classOf has the class for each subject of the light.
var classOf = map[text.Subject]class{text.AboutRefused: refusals, text.AboutUnreachable: unreachable, text.AboutUnanswered: pending, text.AboutOverdue: late}

// classesOf returns the classes of a torrent in a state. A torrent that the light counts is in a class by the light's
// own rule.
func classesOf(t *engine.Torrent, s state, now time.Time, on bool) classSet {
	c := active
	about := text.About(t, now)
	switch {
	case about != text.AboutAll && (on || about != text.AboutOverdue):
		c = classOf[about]
	case s == ended || s == gone || t.Event == bittorrent.EventStopped || text.Gone(t, now):
		c = stopped
	}
	if s == undelivered && c != late {
		c = pending
	}
	k := classSet(1<<all | 1<<c)
	if t.Pending > 0 || s == undelivered {
		k |= 1 << pending
	}
	return k
}

// words returns a class's name on its chip, and what its torrents have in common.
func (c class) words() (name, meaning string) {
	switch c {
	case active:
		return lang.L("Active"), lang.L("Torrents that a client shares now, and that are all right.")
	case pending:
		return lang.L("Pending"), lang.L("Torrents with an announce that their tracker has not received yet. It is sent as soon as the tracker answers.")
	case refusals:
		return lang.L("Refused (torrents)"), lang.L("Torrents that their tracker refuses. The reason is in the detail.")
	case unreachable:
		return lang.L("Unreachable"), lang.L("Torrents whose tracker does not answer. The client gets the tracker's last answer meanwhile.")
	case stopped:
		return lang.L("Stopped (torrents)"), lang.L("Torrents that no client shares any more.")
	case late:
		return lang.L("Overdue"), lang.L("Torrents that their client should have announced by now.")
	default:
		return lang.L("All"), lang.L("All torrents, one row for each tracker.")
	}
}

// filter chooses the torrents that the table shows.
type filter struct {
	class   class
	tracker string   // empty for all
	words   []string // in lower case; each must occur somewhere in the row
}

// wordsOf returns the words of a typed filter, in lower case.
func wordsOf(typed string) []string { return strings.Fields(strings.ToLower(typed)) }

// isSet reports whether the filter may hide any row.
func (f *filter) isSet() bool { return f.class != all || f.tracker != "" || len(f.words) > 0 }

// matches reports whether a torrent matches the filter; state is the word for its state, in lower case.
func (f *filter) matches(t *engine.Torrent, k classSet, state string) bool {
	if !k.has(f.class) || f.tracker != "" && f.tracker != t.Tracker {
		return false
	}
	if len(f.words) == 0 {
		return true
	}
	name, client, hash := strings.ToLower(t.Name), strings.ToLower(t.Client), t.InfoHash.String()
	for _, w := range f.words {
		if !strings.Contains(name, w) && !strings.Contains(t.Tracker, w) && !strings.Contains(client, w) && !strings.Contains(state, w) && !strings.Contains(hash, w) {
			return false
		}
	}
	return true
}
