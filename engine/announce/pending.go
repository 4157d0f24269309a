package announce

import (
	"encoding/json"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// Pending is an announce that its tracker has not received.
type Pending struct {
	ID      uint64
	Key     ledger.Key
	Host    string // of the tracker, masked
	Scheme  string `json:",omitempty"` // of the tracker; empty for http
	Address string // host:port to dial; may contain a passkey in a subdomain
	Fence
	Event   bittorrent.Event
	Request []byte // the whole request as it would have been sent, in origin form

	Seen      uint64    `json:",omitempty"` // the client's own total; 0 from version 0.2.0
	Reported  uint64    `json:"Figure"`     // the total decided for it; the JSON names are those of version 0.2.0
	DecidedAt time.Time `json:"Said"`       // totals of a session grow in this order
	Since     time.Time // since when this announce, or the one it replaced, has been pending

	Due time.Time // by the tracker's min interval: a plain announce is not sent sooner
	Attempts

	restored bool // from an earlier run, so older than anything in this run, whatever the clock shows
}

// Attempts describes the attempts to deliver a pending announce.
type Attempts struct {
	Again   time.Time // 30 s after a try that may have arrived, because trackers refuse the same event sooner
	Tries   int
	Tried   time.Time `json:",omitzero"`  // the last try
	Pages   int       `json:",omitempty"` // how often the answer was a page
	Asked   bool      `json:",omitempty"` // the tracker requested the pause until Again
	Problem exchange.Problem
}

// HealthKey returns the key of its tracker in [Health].
func (k *Pending) HealthKey() string { return bittorrent.HealthKey(k.Scheme, k.Host) }

// Plain reports whether a newer announce may replace it: it is not an event, which a client sends only once.
func (k *Pending) Plain() bool { return !k.Event.MustArrive() }

// Earliest returns when it may be sent, whatever the state of its tracker.
func (k *Pending) Earliest() time.Time {
	if k.Plain() && k.Due.After(k.Again) {
		return k.Due
	}
	return k.Again
}

func (k *Pending) decidedAfter(t time.Time) bool { return !k.restored && k.DecidedAt.After(t) }

// How far in the future a date may be that a tracker set, or that follows a try.
const (
	latestDue   = 24 * time.Hour
	latestAgain = 6 * time.Hour
)

// clamp moves the dates back by as much as the clock was ahead when they were written, and drops those that are still
// too far away. The new dates count from now on the monotonic clock: this run's clock may be behind, as in a computer
// with an empty battery, and may soon be corrected, which must not make the announce old.
func (k *Pending) clamp(now time.Time) {
	ahead := max(k.Since.Sub(now), k.DecidedAt.Sub(now), 0)
	for _, date := range []*time.Time{&k.Since, &k.DecidedAt, &k.Due, &k.Again} {
		if !date.IsZero() && ahead > 0 {
			*date = now.Add(date.Sub(now) - ahead)
		}
	}
	if k.Due.After(now.Add(latestDue)) {
		k.Due = time.Time{}
	}
	if k.Again.After(now.Add(latestAgain)) {
		k.Again = time.Time{}
	}
}

func recordPending(k *Pending) []byte {
	b, err := json.Marshal(k)
	if err != nil { // never: our plain values can be encoded
		panic(err)
	}
	return append([]byte("k "), b...)
}
