package text

import (
	"bittoratio/engine"
	"bittoratio/engine/checks"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// finding returns one thing that a tracker noticed, except for the speed.
func finding(f checks.Finding) string {
	switch f.Check {
	case checks.Started:
		return lang.L("%s uploaded before the client said that it started", Bytes(f.Now))
	case checks.Fell:
		return lang.L("the total fell from %s to %s", Bytes(f.Before), Bytes(f.Now))
	case checks.Alone:
		return lang.L("%s uploaded while nobody could have received it", Bytes(f.Now-f.Before))
	default:
		return lang.L("nobody can connect to its port")
	}
}

// Fact is what is known about one check. Tone is good if the check does not fire, warn if it does, muted if it is not
// known.
type Fact struct {
	Title, Words string
	Tone         theme.Tone
}

// Noticed returns what a tracker could notice: a summary, and a fact for each check.
func Noticed(n *checks.Noticed) (summary Fact, facts [checks.Count]Fact) {
	for c := range checks.Check(checks.Count) {
		facts[c] = passed(c, n)
	}
	for _, f := range n.Findings {
		facts[f.Check].Words, facts[f.Check].Tone = fired(f, n.Ceiling), theme.Warn
	}
	switch fired := len(n.Findings); {
	case n.Since.IsZero():
		summary = Fact{Words: lang.L("Nothing has reached this tracker since BittOratio started, so there is nothing to compare."), Tone: theme.Muted}
	case fired == 0:
		summary = Fact{Words: lang.L("None of these five checks fires; a tracker may have others."), Tone: theme.Good}
	default:
		summary = Fact{Words: lang.N("%d of these five checks fire; a tracker may have others.", fired), Tone: theme.Warn}
	}
	return summary, facts
}

// passed returns the fact for a check that does not fire.
func passed(c checks.Check, n *checks.Noticed) Fact {
	unknown, seen := Fact{Title: checkTitle(c), Tone: theme.Muted}, Fact{Title: checkTitle(c), Tone: theme.Good}
	if n.Since.IsZero() {
		unknown.Words = lang.L("Not known.")
		if c == checks.Port {
			unknown.Words = lang.L("Not known: BittOratio doesn't try it.")
		}
		return unknown
	}
	switch c {
	case checks.Started:
		if n.Began {
			seen.Words = lang.L("The client started before anything was reported.")
			return seen
		}
		unknown.Words = lang.L("Not known: the client ran before BittOratio saw it.")
	case checks.Fell:
		seen.Words = lang.L("The total never fell.")
		return seen
	case checks.Alone:
		if n.Counted {
			seen.Words = lang.L("Whenever the total grew, at least one peer was still downloading.")
			return seen
		}
		unknown.Words = lang.L("Not known: the tracker doesn't say how many peers lack something.")
	case checks.Port:
		unknown.Words = lang.L("Not known: BittOratio doesn't try it.")
	default:
		if n.Rate == 0 {
			unknown.Words = lang.L("Not known: the total has not grown yet.")
			return unknown
		}
		if seen.Words = lang.L("%s/s at most; a line of 100 Mbit/s carries %s/s. You have set no ceiling.", Bytes(n.Rate), Bytes(n.Line)); n.Ceiling {
			seen.Words = lang.L("%s/s at most; your ceiling is %s/s.", Bytes(n.Rate), Bytes(n.Line))
		}
		return seen
	}
	return unknown
}

// fired returns what a check found, as a sentence.
func fired(f checks.Finding, ceiling bool) string {
	switch f.Check {
	case checks.Started:
		return lang.L("%s was reported as uploaded before the client started.", Bytes(f.Now))
	case checks.Fell:
		return lang.L("The total fell from %s to %s.", Bytes(f.Before), Bytes(f.Now))
	case checks.Alone:
		return lang.L("%s was added while nobody in the swarm could have received it.", Bytes(f.Now-f.Before))
	case checks.Port:
		return lang.L("The client announces port %d, so nobody can connect to it.", f.Port)
	case checks.Speed:
		if ceiling {
			return lang.L("%s/s between two announces; your ceiling is %s/s.", Bytes(f.Rate), Bytes(f.Line))
		}
	}
	return lang.L("%s/s between two announces; a line of 100 Mbit/s carries %s/s. You have set no ceiling.", Bytes(f.Rate), Bytes(f.Line))
}

// checkTitle returns a check's name for a list or for a cell of the table.
func checkTitle(c checks.Check) string {
	switch c {
	case checks.Started:
		return lang.L("Start (check)")
	case checks.Fell:
		return lang.L("Total (check)")
	case checks.Alone:
		return lang.L("Receivers (check)")
	case checks.Port:
		return lang.L("Port (check)")
	default:
		return lang.L("Speed (check)")
	}
}

// Checks returns the checks that fired, for a cell of the table: "Speed, Port"; a dash if nothing is known yet.
func Checks(t *engine.Torrent) (string, theme.Tone) {
	if t.Noticed == 0 {
		if !t.Answered {
			return Dash, theme.Muted
		}
		return lang.L("None (checks)"), theme.Muted
	}
	words := ""
	for c := range checks.Check(checks.Count) {
		if t.Noticed.Has(c) {
			if words != "" {
				words += ", "
			}
			words += checkTitle(c)
		}
	}
	return words, theme.Warn
}
