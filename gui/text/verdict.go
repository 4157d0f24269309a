package text

import (
	"maps"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/practice"
	"bittoratio/gui/lang"
)

// Verdict returns what the practice tracker noticed about its peers, each with its numbers. It names one speed per
// client, even if the client shares several torrents, so that the sentence stays short.
func Verdict(peers []practice.Status) string {
	var found, fast []string
	var line uint64
	speeds := map[string]uint64{} // the highest of each client
	for _, p := range peers {
		client := clients.NameOf(p.ID)
		for _, f := range p.Findings {
			if f.Check == practice.CheckSpeed {
				speeds[client], line = max(speeds[client], f.Rate), f.Line
			} else {
				found = append(found, lang.L("%s: %s", client, finding(f)))
			}
		}
	}
	for _, client := range slices.Sorted(maps.Keys(speeds)) {
		fast = append(fast, lang.L("%s at %s/s", client, Bytes(speeds[client])))
	}
	if len(fast) > 0 {
		found = slices.Insert(found, 0, lang.L("speed (the line carries %s/s): %s", Bytes(line), strings.Join(fast, ", ")))
	}
	if len(found) == 0 {
		return lang.L("The tracker noticed nothing: none of its five checks fires. A tracker may have others.")
	}
	return lang.L("The tracker noticed: %s.", strings.Join(found, "; "))
}
