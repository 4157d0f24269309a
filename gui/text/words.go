package text

import (
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Event returns the event of an announce, in words.
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

// Problem returns a problem as the end of a sentence.
func Problem(p exchange.Problem) string {
	switch p {
	case exchange.ProblemNone:
		return ""
	case exchange.ProblemDNS:
		return lang.L("name not found")
	case exchange.ProblemRefused:
		return lang.L("connection refused")
	case exchange.ProblemTimeout:
		return lang.L("no answer in time")
	case exchange.ProblemTLS:
		return lang.L("certificate problem")
	case exchange.ProblemReset:
		return lang.L("connection broke")
	case exchange.ProblemProtocol:
		return lang.L("not an HTTP answer")
	case exchange.ProblemStatus:
		return lang.L("tracker has a problem")
	case exchange.ProblemAway:
		return lang.L("tracker is unreachable")
	case exchange.ProblemSyntax:
		return lang.L("malformed request")
	case exchange.ProblemLoop:
		return lang.L("leads back to this program")
	case exchange.ProblemClosed:
		return lang.L("this address is closed to the client")
	case exchange.ProblemPort:
		return lang.L("port not allowed")
	case exchange.ProblemAnswer:
		return lang.L("not a tracker's answer")
	case exchange.ProblemBusy:
		return lang.L("too many connections")
	case exchange.ProblemGivenUp:
		return lang.L("dropped after a day")
	case exchange.ProblemNoRoute:
		return lang.L("no route; check this computer's network")
	case exchange.ProblemUDP:
		return lang.L("UDP is not allowed in Settings")
	case exchange.ProblemUntrusted:
		return lang.L("the client doesn't trust the certificate")
	case exchange.ProblemClientCert:
		return lang.L("it asks the client for a certificate, so nothing is multiplied")
	case exchange.ProblemTLSKind:
		return lang.L("it wants TLS that BittOratio can't speak, so nothing is multiplied")
	default:
		return lang.L("something went wrong")
	}
}

// Outcome returns how an exchange ended, as one short sentence, with its tone.
func Outcome(o exchange.Outcome, p exchange.Problem, failure, warning string, status int) (string, theme.Tone) {
	switch {
	case failure != "":
		return lang.L("Refused by tracker: %s", failure), theme.Bad
	case o == exchange.OutcomeCached:
		return withProblem(lang.L("From cache"), p), theme.Warn
	case o == exchange.OutcomeFailed:
		return withProblem(lang.L("No answer"), p), theme.Bad
	case o == exchange.OutcomeRefused:
		return withProblem(lang.L("Refused"), p), theme.Bad
	case o == exchange.OutcomePassed:
		if p != exchange.ProblemNone {
			return withProblem(lang.L("Refused"), p), theme.Warn
		}
		return lang.L("Passed untouched"), theme.Muted
	case warning != "":
		return lang.L("Tracker warns: %s", warning), theme.Warn
	case p != exchange.ProblemNone:
		return withProblem(lang.L("Forwarded"), p), theme.Warn
	case status >= 400:
		return lang.L("Tracker answered %d", status), theme.Warn
	default:
		return lang.L("OK"), theme.Good
	}
}

func withProblem(what string, p exchange.Problem) string {
	if p == exchange.ProblemNone {
		return what
	}
	return lang.L("%s: %s", what, Problem(p))
}

// Kind returns what kind of exchange it was; an announce is named by its event.
func Kind(k exchange.Kind, e bittorrent.Event) string {
	switch k {
	case exchange.KindAnnounce:
		return lang.L("Announce: %s", Event(e))
	case exchange.KindScrape:
		return lang.L("Scrape")
	case exchange.KindRedelivered:
		return lang.L("Pending announce: %s", Event(e))
	case exchange.KindTunnel:
		return lang.L("Tunnel")
	case exchange.KindRefused:
		return lang.L("Refused request")
	default:
		return lang.L("Other request")
	}
}

// Calculation returns how a reported total was calculated: "+12.4 MiB × 3 = +37.2 MiB".
func Calculation(e *exchange.Entry) string {
	if e.Kind != exchange.KindAnnounce && e.Kind != exchange.KindRedelivered || e.Outcome == exchange.OutcomePassed {
		return ""
	}
	total := Bytes(e.Reported)
	switch e.Reason {
	case exchange.ReasonNew:
		return lang.L("%s, baseline", total)
	case exchange.ReasonRestart:
		return lang.L("%s, a new session", total)
	case exchange.ReasonMultiplied:
		if e.Factor == policy.One {
			return "+" + Bytes(e.New)
		}
		return lang.L("+%s × %s = +%s", Bytes(e.New), Factor(e.Factor), Bytes(product(e.New, e.Factor)))
	case exchange.ReasonSame:
		return lang.L("%s, no change", total)
	case exchange.ReasonStale:
		return lang.L("%s again: an older total came late", total)
	case exchange.ReasonCeiling:
		return lang.L("+%s held to %s by your ceiling", Bytes(e.New), heldFactor(e))
	case exchange.ReasonTracker:
		return lang.L("+%s held to %s by the tracker's ceiling", Bytes(e.New), heldFactor(e))
	case exchange.ReasonRatio:
		return lang.L("+%s held to %s: your ratio is reached", Bytes(e.New), heldFactor(e))
	case exchange.ReasonNoSize:
		return lang.L("+%s × 1: without the torrent's size its ratio is not known", Bytes(e.New))
	case exchange.ReasonAlone:
		return lang.L("+%s × 1: the tracker sees nobody who could have received it", Bytes(e.New))
	case exchange.ReasonDisk:
		return lang.L("+%s × 1: could not be recorded", Bytes(e.New))
	case exchange.ReasonLimit:
		return lang.L("%s, the largest possible total", total)
	default:
		if e.Kind == exchange.KindRedelivered && e.Outcome == exchange.OutcomeForwarded {
			return lang.L("%s, delivered late", total)
		}
		return total
	}
}

// heldFactor returns the factor to which a guard lowered an announce's factor: "1.2×".
func heldFactor(e *exchange.Entry) string {
	added := product(e.New, e.Factor)
	tenths := policy.One
	if e.New > 0 && added > e.Held {
		tenths = policy.Factor(float64(added-e.Held)/float64(e.New)*10) * (policy.One / 10)
	}
	return Times(max(tenths, policy.One))
}

// product returns new bytes times the factor, in whole bytes, for the display; at most 2⁶³−1.
func product(bytes uint64, f policy.Factor) uint64 {
	if whole, _, ok := f.Times(bytes, 0); ok {
		return whole
	}
	return 1<<63 - 1
}
