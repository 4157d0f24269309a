package setup

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/clients"
)

// Verdict is what a live check says of a client's set-up.
type Verdict uint8

// The verdicts.
const (
	CheckWaiting   Verdict = iota // nothing has come that tells, and it is early
	CheckOff                      // the engine is off: nothing can come
	CheckHeard                    // an announce of the client came, and the tracker answered
	CheckRefused                  // an announce came, and the tracker refused it: the set-up is right
	CheckAway                     // an announce came, and the tracker did not answer: the set-up is right
	CheckStranger                 // announces came, but of another client
	CheckUntrusted                // the client does not trust the certificate it was shown
	CheckTunnels                  // only streams came that are not looked into: https trackers, or peers
	CheckRequests                 // the client came, but with no announce
	CheckConvert                  // nothing came, and only converted torrents of this client can
	CheckUDP                      // nothing came, and this client's udp announces go past the proxy
	CheckNothing                  // nothing came
)

// Finding is a verdict with what it rests on; fields that do not apply are empty.
type Finding struct {
	Verdict Verdict
	Client  string // as it calls itself: "Transmission 4.1.4"
	Tracker string
	Failure string // the tracker's words
	Status  int    // the tracker's HTTP status
	Problem engine.Problem
}

// How long a live check waits before it says that nothing came, and that what came is not enough. A client announces
// at once when a torrent is resumed; what it does before, looking for updates say, takes seconds.
const (
	checkNothing = 45 * time.Second
	checkOnly    = 10 * time.Second
)

// judge says what came of pointing a client here, from what was seen since then: entries are all exchanges since,
// oldest first.
func judge(client clients.Client, guide clients.Guide, on bool, entries []engine.Entry, waited time.Duration) Finding {
	if f, ok := judgeAnnounces(client, entries); ok {
		return f
	}
	if !on {
		return Finding{Verdict: CheckOff}
	}
	f := judgeRest(client, entries)
	limit := checkOnly
	if f.Verdict == CheckNothing {
		limit = checkNothing
		f.Verdict = nothing(guide)
	}
	if waited < limit && f.Verdict != CheckUntrusted {
		return Finding{Verdict: CheckWaiting}
	}
	return f
}

// judgeAnnounces is the best of what the client's announces say; ok is false if there was none.
func judgeAnnounces(client clients.Client, entries []engine.Entry) (best Finding, ok bool) {
	for i := range entries {
		n := &entries[i]
		if n.Kind != engine.KindAnnounce || n.Outcome == engine.OutcomePassed || n.Outcome == engine.OutcomeRefused || len(client.Marks) > 0 && !client.Is(n.Client) {
			continue
		}
		f := Finding{Client: n.Client, Tracker: n.Tracker, Failure: n.Failure, Status: n.Status, Problem: n.Problem}
		switch {
		case n.Outcome != engine.OutcomeForwarded:
			f.Verdict = CheckAway
		case n.Failure != "" || n.Status >= 400:
			f.Verdict = CheckRefused
		default:
			f.Verdict = CheckHeard
			return f, true
		}
		best, ok = f, true
	}
	return best, ok
}

// judgeRest is what the other exchanges say: the surest reason wins.
func judgeRest(client clients.Client, entries []engine.Entry) Finding {
	rank := func(v Verdict) int {
		return map[Verdict]int{CheckNothing: 0, CheckRequests: 1, CheckTunnels: 2, CheckStranger: 3, CheckUntrusted: 4}[v]
	}
	best := Finding{Verdict: CheckNothing}
	for i := range entries {
		n := &entries[i]
		// A tunnel tells no name with some clients. One with another name is another client's.
		its := n.Client == "" || len(client.Marks) == 0 || client.Is(n.Client)
		f := Finding{Verdict: CheckNothing, Client: n.Client, Tracker: n.Tracker, Problem: n.Problem}
		switch {
		case its && n.Problem == engine.ProblemUntrusted:
			f.Verdict = CheckUntrusted
		case n.Kind == engine.KindAnnounce && !its:
			f.Verdict = CheckStranger
		case its && n.Kind == engine.KindTunnel:
			f.Verdict = CheckTunnels
		case its && (n.Kind == engine.KindPassed || n.Kind == engine.KindScrape || n.Kind == engine.KindAnnounce || n.Kind == engine.KindRefused):
			f.Verdict = CheckRequests
		}
		if rank(f.Verdict) >= rank(best.Verdict) {
			best = f
		}
	}
	return best
}

// nothing is why nothing may have come, by what is known of the client.
func nothing(guide clients.Guide) Verdict {
	through := map[string]clients.DoorKey{}
	for _, d := range guide.Doors {
		through[d.Trackers] = d.Door
	}
	switch {
	case through["http://"] == clients.Convert:
		return CheckConvert
	case through["udp://"] == clients.Convert:
		return CheckUDP
	}
	return CheckNothing
}
