package shell

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
)

// maxExchangesListed is how many of the newest exchanges the diagnostics list.
const maxExchangesListed = 30

// diagnostics returns facts for a report of a fault, which others will read: it contains no passkeys, and no names of
// trackers, torrents, folders and people. The text is English in every language.
func (s *Shell) diagnostics() string {
	snap := s.engine.Snapshot()
	var after uint64
	if snap.Seq > maxExchangesListed {
		after = snap.Seq - maxExchangesListed
	}
	entries, _ := s.engine.Activity(after)
	head := fmt.Sprintf("%s %s, %s, %s/%s, %s\n", Name, s.options.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, lang.Current())
	return head + diagnosticsText(snap, snap.Settings, entries, s.engine.Folder())
}

func diagnosticsText(snap *engine.Snapshot, set *settings.Settings, entries []exchange.Entry, folder string) string {
	var b strings.Builder
	line := func(name, form string, args ...any) { fmt.Fprintf(&b, "%s: %s\n", name, fmt.Sprintf(form, args...)) }
	line("state", "%d, listening %s, factor %s, pass-through %v", snap.State, anonymousAddress(snap.Addr), snap.Factor, snap.Passthrough)
	if snap.Trouble.Kind != engine.NoTrouble {
		line("trouble", "%d, %s", snap.Trouble.Kind, strings.ReplaceAll(snap.Trouble.Detail, folder, "(data folder)"))
	}
	line("torrents", "%d, pending %d, exchanges %d", len(snap.Torrents), len(snap.Pending), snap.Seq)
	line("settings", "ceiling %d, duplicates joined %v, networks %d, own factors %d of trackers and %d of torrents, activity %d days %d MiB",
		set.Ceiling, set.JoinDuplicates, len(set.AllowNetworks), len(set.TrackerMultipliers), len(set.TorrentMultipliers), set.ActivityDays, set.ActivityMiB)
	line("window", "%+v", set.Window)
	for i := range snap.Trackers {
		t := &snap.Trackers[i]
		line(fmt.Sprintf("tracker %d", i+1), "%d torrents, away %v, problem %d", t.Torrents, t.Away, t.Problem)
	}
	for i, n := range snap.Notices {
		line(fmt.Sprintf("notice %d", i+1), "%d, lost %d", n.Kind, n.Lost)
	}
	for i := range entries {
		e := &entries[i]
		line(e.At.Format("2006-01-02 15:04:05"), "kind %d, event %d, outcome %s, reason %d, problem %d, status %d, %d ms, client %s",
			e.Kind, e.Event, e.Outcome, e.Reason, e.Problem, e.Status, e.Took.Milliseconds(), e.Client)
	}
	return b.String()
}

// anonymousAddress returns an address without the parts that identify this computer.
func anonymousAddress(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "nowhere"
	}
	if a, err := netip.ParseAddr(host); host == "localhost" || err == nil && (a.IsLoopback() || a.IsUnspecified()) {
		return addr
	}
	return "another address:" + port
}
