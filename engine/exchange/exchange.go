// Package exchange has the types of an exchange with a tracker: what it was ([Kind]), how it ended ([Outcome]), the
// reason for its total ([Reason]), what went wrong ([Problem]), and all of that in one [Entry]. It has only plain
// values: it uses no clock, no file and no socket. Only [Heads] may bring a secret into an Entry.
package exchange

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// Kind is the kind of an exchange.
type Kind uint8

// The kinds of exchange.
const (
	KindAnnounce    Kind = iota // a client's announce
	KindScrape                  // a client's scrape
	KindRedelivered             // a pending announce, sent by BittOratio
	KindPassed                  // any other request, passed untouched
	KindTunnel                  // a stream that is not read: CONNECT, SOCKS
	KindRefused                 // a request that this program refuses to send
)

// Outcome is how an exchange ended. Its words are in the log and must not change.
type Outcome uint8

// The outcomes.
const (
	OutcomeForwarded Outcome = iota // the tracker answered, and the client got its answer
	OutcomeCached                   // no answer; the client got the cached one, and the announce is pending
	OutcomeFailed                   // no answer and none cached; the client got 504, and the announce is pending
	OutcomePassed                   // not certainly an announce: forwarded untouched
	OutcomeRefused                  // the client got a 4xx and the reason
)

var outcomeNames = [...]string{"forwarded", "cached", "failed", "passed", "refused"}

// String returns the outcome's word in the log.
func (o Outcome) String() string { return outcomeNames[o] }

// Valid reports whether o is one of the outcomes.
func (o Outcome) Valid() bool { return int(o) < len(outcomeNames) }

// Reason is the reason for a reported total; the window has texts for it.
type Reason uint8

// The reasons (see the rules of the ledger).
const (
	ReasonNone       Reason = iota
	ReasonNew               // first sight of a session: the client's own total is the base
	ReasonRestart           // `started` with a smaller total than seen: a new session
	ReasonMultiplied        // new bytes × factor
	ReasonSame              // nothing new
	ReasonStale             // a smaller total than seen: the last one is reported again
	ReasonCeiling           // the global ceiling held some back
	ReasonDisk              // it could not be recorded: factor 1
	ReasonLimit             // clamped at 2^63 − 1
	ReasonRatio             // the stop ratio is reached
	ReasonNoSize            // a stop ratio is set, but without the size the ratio is unknown: factor 1
	ReasonTracker           // the tracker's ceiling held some back
	ReasonAlone             // the tracker counts no peer that could have received upload: factor 1
)

// Entry is one exchange. Fields that do not apply are zero.
type Entry struct {
	Seq     uint64
	At      time.Time
	Kind    Kind
	Outcome Outcome

	Tracker  string // host[:port], masked
	InfoHash bittorrent.InfoHash
	Client   string // from the peer id, otherwise the first word of the User-Agent
	Event    bittorrent.Event

	Seen     uint64 // bytes, as the client announced
	Reported uint64 // bytes, as reported to the tracker
	New      uint64 // bytes since the session's last announce
	Held     uint64 // bytes that a guard held back
	Grown    uint64 // bytes by which the reported total grew with this announce
	Factor   policy.Factor
	Own      bool // Factor is the torrent's or the tracker's own, not the global one
	Reason   Reason
	Session  string // of an announce: the session's ID in the ledger, which reveals nothing

	Status      int           // the tracker's HTTP status; 0 for none
	Took        time.Duration // from the client's request to the last byte of its answer
	Interval    time.Duration // from the tracker
	MinInterval time.Duration // from the tracker
	Swarm       bittorrent.Swarm
	Failure     string // the tracker's failure reason
	Warning     string // the tracker's warning message
	Problem     Problem
	Detail      string // the cause of Problem, as in the log; never a URL
	Duplicate   bool   // an exact duplicate, answered with the first one's answer

	Heads *Heads // the bytes, if they were kept; package activity returns them only by Log.Heads
}

// Problem is what went wrong in an exchange.
type Problem uint8

// The problems.
const (
	ProblemNone       Problem = iota
	ProblemDNS                // the tracker's name does not resolve
	ProblemRefused            // no program listens there
	ProblemTimeout            // no answer in time
	ProblemTLS                // certificate or handshake
	ProblemReset              // the connection broke
	ProblemProtocol           // the answer is not valid HTTP
	ProblemStatus             // a 5xx answer
	ProblemAway               // it failed three times in a row, so nothing is sent until a probe succeeds
	ProblemSyntax             // the client's request is malformed
	ProblemLoop               // the request leads back to this program
	ProblemPort               // a port that CONNECT must not reach
	ProblemAnswer             // the answer is not from a tracker (a page, for example)
	ProblemBusy               // too many connections
	ProblemGivenUp            // it was pending for a day
	ProblemUntrusted          // the client does not trust the local authority
	ProblemNoRoute            // no network of this computer leads to the tracker, or none of its name servers answers
	ProblemUDP                // the settings do not allow datagrams through SOCKS5
	ProblemClosed             // the address is closed to this client or tracker: it is this computer's or a local network's
	ProblemClientCert         // the tracker asks for a client's certificate, and this program has none
	ProblemTLSKind            // the tracker and this program have no TLS version, cipher or protocol in common
)

// Unfit reports whether this program cannot speak TLS as the tracker wants it, although the client itself may.
func (p Problem) Unfit() bool { return p == ProblemClientCert || p == ProblemTLSKind }

// Forbidden reports whether this program never connects there, so that another try is useless.
func (p Problem) Forbidden() bool { return p == ProblemLoop || p == ProblemClosed }
