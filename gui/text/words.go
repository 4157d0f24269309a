package text

import (
	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Event is what the client said beside its figures.
func Event(e bittorrent.Event) string {
	switch e {
	case bittorrent.EventStarted:
		return lang.L("started")
	case bittorrent.EventCompleted:
		return lang.L("completed")
	case bittorrent.EventStopped:
		return lang.L("stopped")
	case bittorrent.EventPaused:
		return lang.L("paused")
	default:
		return lang.L("update")
	}
}

// Problem is what stood in the way, as the end of a sentence.
func Problem(p engine.Problem) string {
	switch p {
	case engine.ProblemNone:
		return ""
	case engine.ProblemDNS:
		return lang.L("name not found")
	case engine.ProblemRefused:
		return lang.L("connection refused")
	case engine.ProblemTimeout:
		return lang.L("no answer in time")
	case engine.ProblemTLS:
		return lang.L("certificate problem")
	case engine.ProblemReset:
		return lang.L("connection broke")
	case engine.ProblemProtocol:
		return lang.L("answer is not HTTP")
	case engine.ProblemStatus:
		return lang.L("tracker is in trouble")
	case engine.ProblemAway:
		return lang.L("tracker is away")
	case engine.ProblemSyntax:
		return lang.L("malformed request")
	case engine.ProblemLoop:
		return lang.L("leads back to this program")
	case engine.ProblemPort:
		return lang.L("port not allowed")
	case engine.ProblemAnswer:
		return lang.L("answer is not a tracker's")
	case engine.ProblemBusy:
		return lang.L("too many connections")
	case engine.ProblemGivenUp:
		return lang.L("given up after a day")
	case engine.ProblemNoRoute:
		return lang.L("no way there; check this computer's network")
	case engine.ProblemUDP:
		return lang.L("UDP is not allowed in Settings")
	case engine.ProblemUntrusted:
		return lang.L("client does not trust this program")
	default:
		return lang.L("something went wrong")
	}
}

// Outcome is how an exchange ended, as one short sentence, with its tone.
func Outcome(o engine.Outcome, p engine.Problem, failure, warning string, status int) (string, theme.Tone) {
	switch {
	case failure != "":
		return lang.L("Refused by tracker: %s", failure), theme.Bad
	case o == engine.OutcomeCached:
		return because(lang.L("Answered from memory"), p), theme.Warn
	case o == engine.OutcomeFailed:
		return because(lang.L("No answer"), p), theme.Bad
	case o == engine.OutcomeRefused:
		return because(lang.L("Refused"), p), theme.Bad
	case o == engine.OutcomePassed:
		if p != engine.ProblemNone {
			return because(lang.L("Not passed"), p), theme.Warn
		}
		return lang.L("Passed untouched"), theme.Muted
	case warning != "":
		return lang.L("Tracker warns: %s", warning), theme.Warn
	case p != engine.ProblemNone:
		return because(lang.L("Forwarded"), p), theme.Warn
	case status >= 400:
		return lang.L("Tracker answered %d", status), theme.Warn
	default:
		return lang.L("OK"), theme.Good
	}
}

func because(what string, p engine.Problem) string {
	if p == engine.ProblemNone {
		return what
	}
	return lang.L("%s: %s", what, Problem(p))
}

// Kind is what an exchange was; an announce is named by its event.
func Kind(k engine.Kind, e bittorrent.Event) string {
	switch k {
	case engine.KindAnnounce:
		return lang.L("Announce: %s", Event(e))
	case engine.KindScrape:
		return lang.L("Scrape")
	case engine.KindRedelivered:
		return lang.L("Kept announce: %s", Event(e))
	case engine.KindTunnel:
		return lang.L("Tunnel")
	case engine.KindRefused:
		return lang.L("Refused request")
	default:
		return lang.L("Other request")
	}
}

// Figure is why a figure was told: "+12.4 MiB × 3 = +37.2 MiB".
func Figure(e *engine.Entry) string {
	if e.Kind != engine.KindAnnounce && e.Kind != engine.KindRedelivered || e.Outcome == engine.OutcomePassed {
		return ""
	}
	told := Bytes(e.Reported)
	switch e.Reason {
	case engine.ReasonNew:
		return lang.L("%s, taken as the start", told)
	case engine.ReasonRestart:
		return lang.L("%s, a new session", told)
	case engine.ReasonMultiplied:
		if e.Factor == engine.One {
			return "+" + Bytes(e.New)
		}
		return lang.L("+%s × %s = +%s", Bytes(e.New), Factor(e.Factor), Bytes(product(e.New, e.Factor)))
	case engine.ReasonSame:
		return lang.L("%s, nothing new", told)
	case engine.ReasonStale:
		return lang.L("%s again: an older figure came late", told)
	case engine.ReasonCeiling:
		return lang.L("+%s held to %s by your ceiling", Bytes(e.New), held(e))
	case engine.ReasonTracker:
		return lang.L("+%s held to %s by the tracker's ceiling", Bytes(e.New), held(e))
	case engine.ReasonRatio:
		return lang.L("+%s held to %s: your ratio is reached", Bytes(e.New), held(e))
	case engine.ReasonNoSize:
		return lang.L("+%s × 1: the ratio cannot be told without the torrent's size", Bytes(e.New))
	case engine.ReasonDisk:
		return lang.L("+%s × 1: could not be recorded", Bytes(e.New))
	case engine.ReasonLimit:
		return lang.L("%s, the largest figure there is", told)
	default:
		if e.Kind == engine.KindRedelivered && e.Outcome == engine.OutcomeForwarded {
			return lang.L("%s, delivered late", told)
		}
		return told
	}
}

// held is to what factor a guard held an announce: "1.2×".
func held(e *engine.Entry) string {
	told := product(e.New, e.Factor)
	tenths := engine.One
	if e.New > 0 && told > e.Held {
		tenths = engine.Factor(float64(told-e.Held)/float64(e.New)*10) * (engine.One / 10)
	}
	return Times(max(tenths, engine.One))
}

// product is what new bytes became, for the eye: whole bytes, clamped.
func product(bytes uint64, f engine.Factor) uint64 {
	if whole, _, ok := f.Times(bytes, 0); ok {
		return whole
	}
	return 1<<63 - 1
}
