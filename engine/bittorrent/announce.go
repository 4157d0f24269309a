package bittorrent

import (
	"encoding/hex"
	"fmt"
	"time"
)

// InfoHash identifies a torrent: the SHA-1 of its info dictionary (BEP 3), 20 bytes.
type InfoHash [20]byte

// String returns the hash as 40 lower-case hex digits.
func (h InfoHash) String() string {
	var b [2 * len(h)]byte // one allocation less than hex.EncodeToString: the log has it for every announce
	hex.Encode(b[:], h[:])
	return string(b[:])
}

// Short returns the first 8 hex digits, enough to distinguish torrents on a screen.
func (h InfoHash) Short() string { return hex.EncodeToString(h[:4]) }

// ParseInfoHash reads 40 hex digits.
func ParseInfoHash(s string) (InfoHash, error) {
	var h InfoHash
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("info hash has %d characters, not 40", len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return InfoHash{}, fmt.Errorf("info hash is not hexadecimal: %w", err)
	}
	return h, nil
}

// Event is the event of an announce; the numbers are those of BEP 15, and 4 is BEP 21's.
type Event uint8

// The events a client may send.
const (
	EventNone      Event = iota // a periodic announce
	EventCompleted              // the download has just ended
	EventStarted                // the first announce of a session
	EventStopped                // the last announce of a session
	EventPaused                 // a partial seed (BEP 21)
)

var eventNames = [...]string{"", "completed", "started", "stopped", "paused"}

// String returns the word on the wire; empty for EventNone.
func (e Event) String() string {
	if int(e) < len(eventNames) {
		return eventNames[e]
	}
	return ""
}

// ParseEvent reads the word on the wire. An unknown word is EventNone, because trackers disagree about such words; the
// bytes are passed on as they came in any case.
func ParseEvent(s string) Event {
	for i, n := range eventNames {
		if s == n {
			return Event(i)
		}
	}
	return EventNone
}

// MustArrive reports whether the event must reach the tracker even late, because the client sends it only once (BEP 3).
func (e Event) MustArrive() bool {
	return e == EventStarted || e == EventCompleted || e == EventStopped
}

// Counters are the three totals of an announce, in bytes, since the session's `started` (BEP 3).
type Counters struct{ Uploaded, Downloaded, Left uint64 }

// Announce is a client's report about one torrent to one tracker.
type Announce struct {
	InfoHash InfoHash
	PeerID   PeerID
	Event    Event
	Counters Counters
	Port     uint16 // where the client listens for peers, and its DHT node for datagrams; 0 if missing

	Keyed     bool // something in it, besides the tracker's address, may be a key of its user
	Elsewhere bool // it names another address for the client than the one from which it comes
}

// Swarm has a tracker's counts of peers for a torrent; -1 for a count that the tracker did not report.
type Swarm struct{ Seeders, Leechers, Downloads int64 }

// UnknownSwarm is a Swarm with three unknown counts.
var UnknownSwarm = Swarm{Seeders: -1, Leechers: -1, Downloads: -1}

// AnnounceResponse is a tracker's answer to an announce (BEP 3, 7, 23, 31, and the widespread `min interval`, `tracker
// id`, `warning message`).
type AnnounceResponse struct {
	Interval    time.Duration // until the client's next announce; 0 if missing
	MinInterval time.Duration // not sooner than this; 0 if missing
	TrackerID   string
	Swarm       Swarm
	Peers       int    // how many peers it has, IPv4 and IPv6, compact or not
	Failure     string // `failure reason`: the tracker refused, and everything else but RetryIn is empty
	Warning     string // `warning message`

	RetryIn time.Duration // `retry in`: the tracker accepts the announce after this time; 0 if missing
}

// ScrapeResponse is a tracker's answer to a scrape (BEP 48).
type ScrapeResponse struct {
	Files              map[InfoHash]Swarm
	Names              map[InfoHash]string // nil if the tracker gives none
	MinRequestInterval time.Duration       // flags/min_request_interval; 0 if missing
	Failure            string
}
