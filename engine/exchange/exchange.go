// Package exchange has the types of an exchange with a tracker: what it was ([Kind]), how it ended ([Outcome]), why its
// total was reported ([Reason]), what went wrong ([Problem]), and all of that in one [Entry]. It is plain values: it
// knows no clock, no file and no socket. Nothing secret may enter an Entry but through [Heads].
package exchange

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// Kind is what an exchange was.
type Kind uint8

// The kinds of exchange.
const (
	KindAnnounce    Kind = iota // an announce of a client
	KindScrape                  // a scrape of a client
	KindRedelivered             // a pending announce, sent by BittOratio
	KindPassed                  // any other request, passed untouched
	KindTunnel                  // a stream that is not read: CONNECT, SOCKS
	KindRefused                 // a request that this program refuses to make
)

// Outcome is how an exchange ended. The log has the same words; they must not change.
type Outcome uint8

// The outcomes.
const (
	OutcomeForwarded Outcome = iota // the tracker answered, and the client got its bytes
	OutcomeCached                   // no answer; the client got the last good one, and the announce is pending
	OutcomeFailed                   // no answer and none cached; the client got 504, and the announce is pending
	OutcomePassed                   // not certainly an announce: forwarded untouched
	OutcomeRefused                  // the client got a 4xx and the reason
)

var outcomeNames = [...]string{"forwarded", "cached", "failed", "passed", "refused"}

// String returns the word of the log.
func (o Outcome) String() string { return outcomeNames[o] }

// Valid reports whether o is one of the outcomes.
func (o Outcome) Valid() bool { return int(o) < len(outcomeNames) }

// Reason is why a total was reported; the window words it.
type Reason uint8

// The reasons of a reported total (the rules of the ledger).
const (
	ReasonNone       Reason = iota
	ReasonNew               // first sight of a session: the client's own total is the base
	ReasonRestart           // `started` below what was seen: a new session
	ReasonMultiplied        // new bytes × factor
	ReasonSame              // nothing new
	ReasonStale             // a smaller total than already seen: the earlier one is reported again
	ReasonCeiling           // the ceiling for all trackers held some back
	ReasonDisk              // could not be recorded: factor 1
	ReasonLimit             // clamped at 2^63 − 1
	ReasonRatio             // the ratio at which to stop is reached
	ReasonNoSize            // a ratio at which to stop is set, and without the size the ratio is not known: factor 1
	ReasonTracker           // the ceiling of the tracker held some back
	ReasonAlone             // the tracker counts no peer that could have received it: factor 1
)

// Entry is one exchange. Fields that do not apply are zero.
type Entry struct {
	Seq     uint64
	At      time.Time
	Kind    Kind
	Outcome Outcome

	Tracker  string // host[:port], masked
	InfoHash bittorrent.InfoHash
	Client   string // from the peer id, else the User-Agent's first word
	Event    bittorrent.Event

	Seen     uint64 // bytes, as the client announced
	Reported uint64 // bytes, as reported to the tracker
	New      uint64 // bytes new since the session's last announce
	Held     uint64 // bytes a guard kept back
	Grown    uint64 // bytes by which the total reported to the tracker grew with this announce
	Factor   policy.Factor
	Own      bool // Factor is the torrent's or the tracker's own, not the one for all
	Reason   Reason
	Session  string // of an announce: the ledger's ID of the session, which reveals nothing

	Status      int           // the tracker's HTTP status; 0 if none
	Took        time.Duration // from the client's request to the last byte of its answer
	Interval    time.Duration // as the tracker said
	MinInterval time.Duration // as the tracker said
	Swarm       bittorrent.Swarm
	Failure     string // the tracker's failure reason
	Warning     string // the tracker's warning message
	Problem     Problem
	Detail      string // what is behind Problem, in the log's words; never a URL
	Duplicate   bool   // an exact duplicate, answered with the first one's answer

	Heads *Heads // the bytes, if they were kept; package activity gives them out by Log.Heads only
}

// Problem is what went wrong in an exchange.
type Problem uint8

// The problems.
const (
	ProblemNone      Problem = iota
	ProblemDNS               // the tracker's name does not resolve
	ProblemRefused           // no program listens there
	ProblemTimeout           // no answer in time
	ProblemTLS               // certificate or handshake
	ProblemReset             // the connection broke
	ProblemProtocol          // the answer is not valid HTTP
	ProblemStatus            // a 5xx answer
	ProblemAway              // failed three times in a row: not asked again until a probe succeeds
	ProblemSyntax            // the client's request is malformed
	ProblemLoop              // the request leads back to this program
	ProblemPort              // a port CONNECT may not reach
	ProblemAnswer            // an answer that is not a tracker's (a page, say)
	ProblemBusy              // too many connections
	ProblemGivenUp           // pending for a day
	ProblemUntrusted         // the client does not trust the local authority
	ProblemNoRoute           // no network of this computer leads to the tracker, or none of its name servers answers
	ProblemUDP               // the settings do not let datagrams through SOCKS5
	ProblemClosed            // the address is closed to this client or tracker: this computer's own, or a local network's
)

// Forbidden reports whether this program never connects there, so that a retry is useless.
func (p Problem) Forbidden() bool { return p == ProblemLoop || p == ProblemClosed }
