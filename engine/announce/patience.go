package announce

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
)

// Patience has the times that clients wait at most, and other time limits.
type Patience struct {
	Libtorrent time.Duration // for a client built on libtorrent, which gives up after 30 s
	Others     time.Duration // for any other client
	Stopped    time.Duration // for `stopped`, if the client is known to leave soon
	Cached     time.Duration // if an answer is cached
	Scrape     time.Duration // for a scrape
	Pause      time.Duration // between two parts of an answer's body
	Queue      time.Duration // for a place among the requests to one tracker; then the request is sent without one
	Background time.Duration // for the answer of an exchange that continues without the client
	Stop       time.Duration // for the same, after the program's stop
	Deliver    time.Duration // for pending announces at the program's stop; the rest is sent after its next start
}

// DefaultPatience is the program's patience. libtorrent waits 30 s for a tracker, and 5 s for `stopped`.
var DefaultPatience = Patience{
	Libtorrent: 28 * time.Second,
	Others:     40 * time.Second,
	Stopped:    4 * time.Second,
	Cached:     8 * time.Second,
	Scrape:     8 * time.Second,
	Pause:      30 * time.Second,
	Queue:      2 * time.Second,
	Background: 60 * time.Second,
	Stop:       5 * time.Second,
	Deliver:    10 * time.Second,
}

// patience returns how long an order's client waits for an answer.
func (d *Desk) patience(o *Order) time.Duration {
	p := &d.Patience
	if o.Scrape() {
		return p.Scrape
	}
	onLibtorrent := o.NamesLibtorrent || clients.OnLibtorrent(o.Announce.PeerID)
	limit := p.Others
	if onLibtorrent {
		limit = p.Libtorrent
	}
	if o.Announce.Event == bittorrent.EventStopped && onLibtorrent {
		limit = min(limit, p.Stopped)
	}
	if d.Answers.Last(o.Cache, o.Entry.At) != nil {
		limit = min(limit, p.Cached)
		if o.Announce.Event == bittorrent.EventStopped { // a client that leaves needs nothing from the answer
			limit = min(limit, p.Stopped)
		}
	}
	return limit
}

// soon returns until when a client without a cached answer waits for a tracker that cannot be reached: no longer than
// [Patience.Cached], because without this program the client would see the failure at once.
func (d *Desk) soon(o *Order) time.Time {
	if at := o.Entry.At.Add(d.Patience.Cached); at.Before(o.Until) {
		return at
	}
	return o.Until
}

// Words returns a text about a problem that a client may show.
func Words(p exchange.Problem) string {
	switch p {
	case exchange.ProblemDNS:
		return "the tracker's name does not resolve"
	case exchange.ProblemNoRoute:
		return "no way leads to the tracker; check this computer's network"
	case exchange.ProblemRefused:
		return "the tracker refused the connection"
	case exchange.ProblemTimeout:
		return "the tracker did not answer in time"
	case exchange.ProblemTLS:
		return "the tracker's certificate was not accepted"
	case exchange.ProblemClientCert:
		return "the tracker asks for a certificate of yours, which only your client can have"
	case exchange.ProblemTLSKind:
		return "the tracker wants a kind of TLS that this program does not speak"
	case exchange.ProblemProtocol:
		return "the tracker's answer was not valid HTTP"
	case exchange.ProblemStatus:
		return "the tracker answered with an error"
	case exchange.ProblemAway:
		return "the tracker is away and will be tried again soon"
	}
	return "the connection to the tracker broke"
}
