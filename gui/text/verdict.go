package text

import (
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/practice"
	"bittoratio/gui/lang"
)

// Verdict is what the practice tracker noticed of its peers, each with its numbers.
func Verdict(peers []practice.Status) string {
	var found []string
	for _, p := range peers {
		for _, f := range p.Findings {
			found = append(found, lang.L("%s: %s", clients.NameOf(p.ID), Finding(f)))
		}
	}
	if len(found) == 0 {
		return lang.L("The tracker noticed nothing: none of its five checks fires. A tracker may have others.")
	}
	return lang.L("The tracker noticed: %s.", strings.Join(found, "; "))
}

// Finding is one thing that a tracker noticed.
func Finding(f practice.Finding) string {
	switch f.Check {
	case practice.CheckStarted:
		return lang.L("%s uploaded before the client said that it started", Bytes(f.Now))
	case practice.CheckFell:
		return lang.L("the total fell from %s to %s", Bytes(f.Before), Bytes(f.Now))
	case practice.CheckAlone:
		return lang.L("%s uploaded while nobody could have received it", Bytes(f.Now-f.Before))
	case practice.CheckPort:
		return lang.L("nobody can connect to its port")
	default:
		return lang.L("speed: %s/s, and the line carries %s/s", Bytes(f.Rate), Bytes(f.Line))
	}
}
