package text

import (
	"slices"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Subject is the subject of the light: it chooses the rows that a click on the light shows.
type Subject uint8

// The subjects.
const (
	AboutAll Subject = iota
	AboutRefused
	AboutUnreachable
	AboutUnanswered
	AboutOverdue
	AboutUDP // no rows: the setting for udp trackers
)

// longUnanswered is how long an announce may have no answer before the light shows it: an announce that arrives at the
// next try needs no attention.
const longUnanswered = 5 * time.Minute

// Unanswered reports whether the tracker did not answer the last announce.
func Unanswered(t *engine.Torrent) bool {
	return t.Answered && (t.Outcome == exchange.OutcomeFailed || t.Outcome == exchange.OutcomeCached && t.Problem != exchange.ProblemNone)
}

// About returns the subject of the light for one torrent, and thus its chip. It returns AboutAll if all is well, or if
// no client shares the torrent any more.
func About(t *engine.Torrent, now time.Time) Subject {
	switch {
	case t.Event == bittorrent.EventStopped || Gone(t, now):
		return AboutAll
	case t.Failure != "":
		return AboutRefused
	case t.Away:
		return AboutUnreachable
	case Unanswered(t) && now.Sub(t.Last) >= longUnanswered:
		return AboutUnanswered
	case Overdue(t, now):
		return AboutOverdue
	default:
		return AboutAll
	}
}

// Light is the state of all torrents in one sentence: the worst state that applies.
type Light struct {
	Tone    theme.Tone // good, warn or bad; muted if nothing is known
	Words   string
	Subject Subject
	Lasting string // the words without a duration, so that they stay the same while time passes; empty for AboutAll
}

// LightOf returns the light of a snapshot. Its words are empty while the engine is off or before the first announce.
func LightOf(s *engine.Snapshot, now time.Time) Light {
	if s.State == engine.Off || s.State == engine.Stopping {
		return Light{Tone: theme.Muted}
	}
	var refused, unanswered, overdue, active int
	var last, expected time.Time
	var away []string // hosts
	for _, t := range s.Torrents {
		if t.Last.After(last) {
			last = t.Last
		}
		if t.Event == bittorrent.EventStopped || Gone(t, now) {
			continue
		}
		active++
		switch About(t, now) {
		case AboutRefused:
			refused++
		case AboutUnreachable:
			if !slices.Contains(away, t.Tracker) {
				away = append(away, t.Tracker)
			}
		case AboutUnanswered:
			unanswered++
		case AboutOverdue:
			overdue++
		default:
		}
		if !t.Next.IsZero() && (expected.IsZero() || t.Next.Before(expected)) {
			expected = t.Next
		}
	}
	switch {
	case s.State == engine.Degraded:
		return Light{Tone: theme.Bad, Words: lang.L("Nothing is multiplied: %s", degradedReason(s.Trouble))}
	case refused > 0:
		return lightAbout(theme.Bad, lang.N("%d torrents refused by their tracker", refused), AboutRefused)
	case len(away) == 1:
		host := away[0]
		since := now
		for i := range s.Trackers {
			if s.Trackers[i].Host == host {
				since = s.Trackers[i].Since
			}
		}
		return Light{theme.Warn, lang.L("%s unreachable for %s", host, Duration(now.Sub(since))), AboutUnreachable, lang.L("%s unreachable", host)}
	case len(away) > 1:
		return lightAbout(theme.Warn, lang.N("%d trackers unreachable", len(away)), AboutUnreachable)
	case unanswered > 0:
		return lightAbout(theme.Warn, lang.N("%d torrents without an answer from their tracker", unanswered), AboutUnanswered)
	case s.UDPRefused:
		return lightAbout(theme.Warn, lang.L("A client's UDP was refused"), AboutUDP)
	case last.IsZero():
		return Light{Tone: theme.Muted, Words: lang.L("No announce yet")}
	case active > 0 && overdue == active:
		words := lang.L("Nothing for %s, expected %s", Duration(now.Sub(last)), Ago(expected, now))
		return Light{theme.Warn, words, AboutOverdue, lang.L("Every announce is overdue")}
	default:
		return Light{theme.Good, lang.L("Last announce %s", Ago(last, now)), AboutAll, ""}
	}
}

// lightAbout returns a light about some rows, with words that do not contain a duration.
func lightAbout(tone theme.Tone, words string, about Subject) Light {
	return Light{tone, words, about, words}
}

// Facts returns the uploaded and reported totals of the last 24 hours and of all time, and the ratio of the latter. In
// the total, each torrent counts by the tracker with the most uploaded.
func Facts(s *engine.Snapshot) string {
	if s.Totals == (exchange.Sums{}) && s.Day.Seen == 0 {
		return ""
	}
	total := lang.L("In all: %s › %s reported", Bytes(s.Totals.Seen), Bytes(s.Totals.Reported))
	if s.Totals.Downloaded > 0 {
		ratio := Ratio(float64(s.Totals.Reported) / float64(s.Totals.Downloaded))
		total = lang.L("In all: %s › %s, ratio %s", Bytes(s.Totals.Seen), Bytes(s.Totals.Reported), ratio)
	}
	if s.Day.Seen == 0 && s.Day.Reported == 0 {
		return total
	}
	return lang.L("24 h: %s › %s", Bytes(s.Day.Seen), Bytes(s.Day.Reported)) + "   " + total
}
