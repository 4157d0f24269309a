package dht

import (
	"net/netip"
	"time"

	"bittoratio/engine/wire/moment"
)

// How the node finds out whether others can reach it: for a while it answers queries, and watches for queries from
// addresses to which it had not sent anything. A router in between would block these.
const (
	trialFor   = 15 * time.Minute
	trialAgain = 24 * time.Hour
	maxTrial   = 1 << 15 // addresses that are remembered during a trial
)

// reach is the state of this trial.
type reach struct {
	answers bool // the user wants to answer others
	reached bool // queries of others arrive
	until   moment.Time
	again   moment.Time
	sent    map[netip.Addr]bool // addresses that were sent to during a trial
}

// wish sets whether the user wants to answer others. A change to true begins a trial.
func (r *reach) wish(answers bool, now moment.Time) {
	if answers == r.answers {
		return
	}
	*r = reach{answers: answers}
	if answers {
		r.try(now)
	}
}

// try begins a trial: the node answers others until it ends, and after that only if a query came.
//
//go:noinline
func (r *reach) try(now moment.Time) {
	if r.answers {
		r.reached, r.until, r.again, r.sent = false, now+trialFor, now+trialAgain, map[netip.Addr]bool{}
	}
}

// full reports whether the node answers others now.
func (r *reach) full(now moment.Time) bool {
	if r.answers && !r.reached && r.again != 0 && now >= r.again {
		r.try(now)
	}
	return r.answers && (r.reached || now < r.until)
}

// sentTo records an address whose packets a router in between may let in.
func (r *reach) sentTo(a netip.Addr) {
	if r.sent != nil && !r.reached && len(r.sent) < maxTrial {
		r.sent[a] = true
	}
}

// cameFrom records a query of another node. During a trial, a query from an address to which nothing was sent shows that
// others can reach this node.
func (r *reach) cameFrom(a netip.Addr, now moment.Time) {
	if r.answers && !r.reached && now < r.until && !r.sent[a] && len(r.sent) < maxTrial {
		r.reached, r.sent = true, nil
	}
}
