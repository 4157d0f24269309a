// Package check finds out whether connecting a client worked, from the exchanges since then: whether it announces, or
// which known reason prevents that.
package check

import (
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
)

// Verdict is the result of a live check of a client's set-up.
type Verdict uint8

// The verdicts.
const (
	Waiting   Verdict = iota // nothing conclusive has arrived, and it is early
	Off                      // the engine is off: nothing can arrive
	Connected                // the client's announce arrived, and the tracker answered
	Refused                  // an announce arrived, and the tracker refused it: the set-up is right
	Away                     // an announce arrived, and the tracker did not answer: the set-up is right
	Stranger                 // announces arrived, but from another client
	Untrusted                // the client does not trust our certificate
	Tunnels                  // only streams arrived that are not decrypted: https trackers, or peers
	Requests                 // the client connected, but without an announce
	Convert                  // nothing arrived, and this client needs converted torrents
	UDP                      // nothing arrived, and this client's udp announces bypass the proxy
	Nothing                  // nothing arrived
)

// Finding is a verdict with its evidence; fields that do not apply are empty.
type Finding struct {
	Verdict Verdict
	Client  string // as it calls itself: "Transmission 4.1.4"
	Tracker string
	Failure string // the tracker's text
	Status  int    // the tracker's HTTP status
	Problem exchange.Problem
}

// How long a live check waits before it reports that nothing arrived, or nothing conclusive. A client announces at once
// when a torrent is resumed; what it does before, such as checking for updates, takes seconds.
const (
	waitForAny      = 45 * time.Second
	waitForAnnounce = 10 * time.Second
)

// Judge returns whether a client was set up correctly. entries are all exchanges since then, oldest first.
func Judge(client clients.Client, guide clients.Guide, on bool, entries []exchange.Entry, waited time.Duration) Finding {
	if f, ok := judgeAnnounces(client, entries); ok {
		return f
	}
	if !on {
		return Finding{Verdict: Off}
	}
	f := judgeRest(client, entries)
	limit := waitForAnnounce
	if f.Verdict == Nothing {
		limit = waitForAny
		f.Verdict = nothing(guide)
	}
	if waited < limit && f.Verdict != Untrusted {
		return Finding{Verdict: Waiting}
	}
	return f
}

// judgeAnnounces returns the best finding from the client's announces; ok is false if there was none.
func judgeAnnounces(client clients.Client, entries []exchange.Entry) (best Finding, ok bool) {
	for i := range entries {
		n := &entries[i]
		if n.Kind != exchange.KindAnnounce || n.Outcome == exchange.OutcomePassed || n.Outcome == exchange.OutcomeRefused || len(client.Marks) > 0 && !client.Is(n.Client) {
			continue
		}
		f := Finding{Client: n.Client, Tracker: n.Tracker, Failure: n.Failure, Status: n.Status, Problem: n.Problem}
		switch {
		case n.Outcome != exchange.OutcomeForwarded:
			f.Verdict = Away
		case n.Failure != "" || n.Status >= 400:
			f.Verdict = Refused
		default:
			f.Verdict = Connected
			return f, true
		}
		best, ok = f, true
	}
	return best, ok
}

// judgeRest returns the finding if no announce of the client went on to its tracker. It is about the exchange that
// shows the reason with the greatest certainty; of several, about the newest.
func judgeRest(client clients.Client, entries []exchange.Entry) Finding {
	rank := func(v Verdict) int {
		return map[Verdict]int{Nothing: 0, Requests: 1, Tunnels: 2, Stranger: 3, Untrusted: 4}[v]
	}
	best := Finding{Verdict: Nothing}
	for i := range entries {
		n := &entries[i]
		// The tunnels of some clients have no name. A tunnel with another name belongs to another client.
		its := n.Client == "" || len(client.Marks) == 0 || client.Is(n.Client)
		f := Finding{Verdict: Nothing, Client: n.Client, Tracker: n.Tracker, Problem: n.Problem}
		switch {
		case its && n.Problem == exchange.ProblemUntrusted:
			f.Verdict = Untrusted
		case n.Kind == exchange.KindAnnounce && !its:
			f.Verdict = Stranger
		case its && n.Kind == exchange.KindTunnel:
			f.Verdict = Tunnels
		case its && (n.Kind == exchange.KindPassed || n.Kind == exchange.KindScrape || n.Kind == exchange.KindAnnounce || n.Kind == exchange.KindRefused):
			f.Verdict = Requests
		}
		if rank(f.Verdict) >= rank(best.Verdict) {
			best = f
		}
	}
	return best
}

// nothing returns the verdict if nothing arrived, from what is known about the client.
func nothing(guide clients.Guide) Verdict {
	through := map[string]clients.DoorKey{}
	for _, d := range guide.Doors {
		through[d.Trackers] = d.Door
	}
	switch {
	case through["http://"] == clients.Convert:
		return Convert
	case through["udp://"] == clients.Convert:
		return UDP
	}
	return Nothing
}
