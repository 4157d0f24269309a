// Package activity remembers what happened: a bounded, numbered list of exchanges, newest last. It is for the user;
// the log is for the developer, and neither is built from the other. Nothing secret may enter an [Entry].
package activity

import (
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// Kind is what an exchange was.
type Kind uint8

// The kinds of exchange.
const (
	Announce    Kind = iota // an announce of a client
	Scrape                  // a scrape of a client
	Redelivered             // a kept announce of ours
	Passed                  // any other request, passed untouched
	Tunnel                  // a stream that nobody reads: CONNECT, SOCKS
	Refused                 // a request this program will not make
)

// Outcome is how it ended (contract: the log says the same words).
type Outcome uint8

// The outcomes.
const (
	Forwarded Outcome = iota // the tracker answered, and the client got its bytes
	Cached                   // no answer; the client got the last good one, the announce is kept
	Failed                   // no answer and none remembered; the client got 504, the announce is kept
	Untouched                // not certainly an announce: forwarded untouched
	Denied                   // the client got a 4xx and the reason
)

var outcomeNames = [...]string{"forwarded", "cached", "failed", "passed", "refused"}

// String is the word of the log.
func (o Outcome) String() string { return outcomeNames[o] }

// Reason is why a figure was told; the window words it.
type Reason uint8

// The reasons of a figure (the rules of the ledger).
const (
	ReasonNone       Reason = iota
	ReasonNew               // first sight of a session: the client's own figure is the base
	ReasonRestart           // `started` below what was seen: a new session
	ReasonMultiplied        // new bytes × factor
	ReasonSame              // nothing new
	ReasonStale             // an older figure than already seen: told the earlier total
	ReasonCeiling           // the ceiling of the whole line held some back
	ReasonDisk              // could not be recorded: factor 1
	ReasonLimit             // clamped at 2^63 − 1
	ReasonRatio             // the ratio at which to stop is reached
	ReasonNoSize            // there is a ratio at which to stop, and no size to tell the ratio by: factor 1
	ReasonTracker           // the ceiling of the tracker held some back
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

	Seen     uint64 // bytes, as the client said
	Reported uint64 // bytes, as told to the tracker
	New      uint64 // bytes new since the session's last announce
	Held     uint64 // bytes a guard kept back
	Grown    uint64 // bytes by which the total that the tracker was told grew with this announce
	Factor   policy.Factor
	Own      bool // Factor is the torrent's or the tracker's own, not the one for all
	Reason   Reason
	Session  string // of an announce: the ledger's name for the session, which reveals nothing

	Status      int           // the tracker's HTTP status; 0 if none
	Took        time.Duration // from the client's request to the last byte of its answer
	Interval    time.Duration // as the tracker said
	MinInterval time.Duration // as the tracker said
	Swarm       bittorrent.Swarm
	Failure     string // the tracker's failure reason
	Warning     string // the tracker's warning message
	Problem     Problem
	Detail      string // what is behind Problem, in the log's words; never a URL
	Doubled     bool   // an exact repeat, answered with the first one's answer

	Heads *Heads // its bytes, where they were kept; a [Log] gives them out by [Log.Heads] only
}

// Problem is what stood in the way.
type Problem uint8

// The problems.
const (
	ProblemNone      Problem = iota
	ProblemDNS               // the tracker's name does not resolve
	ProblemRefused           // nobody listens there
	ProblemTimeout           // no answer in time
	ProblemTLS               // certificate or handshake
	ProblemReset             // the connection broke
	ProblemProtocol          // what came back is not HTTP as it must be
	ProblemStatus            // a 5xx answer
	ProblemAway              // failed three times in a row: not asked again until a probe succeeds
	ProblemSyntax            // the client's request is malformed
	ProblemLoop              // the request leads back to this program
	ProblemPort              // a port CONNECT may not reach
	ProblemAnswer            // an answer that is not a tracker's (a page, say)
	ProblemBusy              // too many connections
	ProblemGivenUp           // undelivered for a day
	ProblemUntrusted         // the client does not trust the local authority
	ProblemNoRoute           // no network of this computer leads to the tracker, or none of its name servers answers
)

// Log keeps the newest entries. Safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	entries []Entry             // guarded by mu; a ring
	before  uint64              // the number before the first
	next    uint64              // guarded by mu; number of the next entry, from 1
	heads   [headsKept]numbered // guarded by mu; a ring
}

// headsKept is of how many exchanges the bytes are kept, in memory.
const headsKept = 256

type numbered struct {
	seq   uint64
	heads *Heads
}

// NewLog keeps at most size entries; the first gets the number after last.
func NewLog(size int, last uint64) *Log {
	return &Log{entries: make([]Entry, 0, size), next: last + 1, before: last}
}

// Add numbers the entry and keeps it, dropping the oldest when full. It gives it back with its number, without Heads.
func (l *Log) Add(e Entry) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = l.next
	l.next++
	if e.Heads != nil {
		l.heads[e.Seq%headsKept] = numbered{e.Seq, e.Heads}
		e.Heads = nil
	}
	if len(l.entries) < cap(l.entries) {
		l.entries = append(l.entries, e)
		return e
	}
	l.entries[l.place(e.Seq)] = e
	return e
}

// place is where the entry with a number is; the caller holds mu.
func (l *Log) place(seq uint64) int { return int((seq - 1 - l.before) % uint64(cap(l.entries))) }

// Heads are the bytes of the exchange with a number; nil where they are not kept.
func (l *Log) Heads(seq uint64) *Heads {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.heads[seq%headsKept]; h.seq == seq {
		return h.heads
	}
	return nil
}

// Bounds are the numbers of the oldest entry kept and of the newest; newest is the last one of an earlier run, or 0, while there is none.
func (l *Log) Bounds() (oldest, newest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next - uint64(len(l.entries)), l.next - 1
}

// Since copies the entries after number seq, oldest first, and tells how many of them are no longer kept.
func (l *Log) Since(seq uint64) (entries []Entry, dropped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.next - uint64(len(l.entries))
	from := seq + 1
	if from < first {
		dropped = first - from
		from = first
	}
	for s := from; s < l.next; s++ {
		entries = append(entries, l.entries[l.place(s)])
	}
	return entries, dropped
}
