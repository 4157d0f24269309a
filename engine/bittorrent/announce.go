package bittorrent

import (
	"encoding/hex"
	"fmt"
	"time"
)

// InfoHash names a torrent: the SHA-1 of its info dictionary (BEP 3), 20 bytes.
type InfoHash [20]byte

// String returns the hash as 40 lower-case hex digits.
func (h InfoHash) String() string {
	var b [2 * len(h)]byte // one allocation less than hex.EncodeToString: every announce is logged with it
	hex.Encode(b[:], h[:])
	return string(b[:])
}

// Short returns the first 8 hex digits, enough to tell torrents apart on a screen.
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
	EventNone      Event = iota // a plain announce at the interval
	EventCompleted              // the download has just ended
	EventStarted                // the first announce of a session
	EventStopped                // the last announce of a session
	EventPaused                 // a partial seed (BEP 21)
)

var eventNames = [...]string{"", "completed", "started", "stopped", "paused"}

// String returns the word on the wire; empty for a plain announce.
func (e Event) String() string {
	if int(e) < len(eventNames) {
		return eventNames[e]
	}
	return ""
}

// ParseEvent reads the word on the wire. Unknown words are no event: trackers disagree about them, and the byte
// range is passed on as it came in any case.
func ParseEvent(s string) Event {
	for i, n := range eventNames {
		if s == n {
			return Event(i)
		}
	}
	return EventNone
}

// MustArrive reports whether the event must reach the tracker even late: the client sends it only once (BEP 3).
func (e Event) MustArrive() bool {
	return e == EventStarted || e == EventCompleted || e == EventStopped
}

// Counters are the three totals of an announce, in bytes, counted since the session's `started` (BEP 3).
type Counters struct{ Uploaded, Downloaded, Left uint64 }

// Announce is what a client reports about one torrent to one tracker.
type Announce struct {
	InfoHash InfoHash
	PeerID   PeerID
	Event    Event
	Counters Counters
	Port     uint16 // where the client listens for peers, and its node of the DHT for datagrams; 0 if missing

	Keyed     bool // something in it, beside the tracker's address, may be a key of its user
	Elsewhere bool // it names another address for the client than the one it comes from
}

// Swarm is how many peers a tracker counts for a torrent; -1 where the tracker did not report it.
type Swarm struct{ Seeders, Leechers, Downloads int64 }

// UnknownSwarm is a Swarm whose three counts are all unknown.
var UnknownSwarm = Swarm{Seeders: -1, Leechers: -1, Downloads: -1}

// AnnounceResponse is what a tracker answers (BEP 3, 7, 23, 31, and the widespread `min interval`, `tracker id`,
// `warning message`).
type AnnounceResponse struct {
	Interval    time.Duration // until the client's next announce; 0 where missing
	MinInterval time.Duration // not sooner than this; 0 where missing
	TrackerID   string
	Swarm       Swarm
	Peers       int    // how many peers were sent, IPv4 and IPv6, compact or not
	Failure     string // `failure reason`: the tracker refused, and all else but RetryIn is empty
	Warning     string // `warning message`

	RetryIn time.Duration // `retry in`: the tracker refused for now only, and takes the announce after this time; 0 where missing
}

// ScrapeResponse is what a tracker answers to a scrape (BEP 48).
type ScrapeResponse struct {
	Files              map[InfoHash]Swarm
	Names              map[InfoHash]string // where the tracker gives them; nil where it gives none
	MinRequestInterval time.Duration       // flags/min_request_interval; 0 where missing
	Failure            string
}
