package proxy

import (
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// idleTime is how long a connection to a server may be unused before it is used again.
const idleTime = 60 * time.Second

// Accountant decides what a tracker is told, in streams as in datagrams.
type Accountant interface {
	Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) report.Figure
	Answered(k ledger.Key, e *exchange.Entry)
	Scraped(host string, files map[bittorrent.InfoHash]bittorrent.Swarm)
}

// Parts are what the way works with; all are needed.
type Parts struct {
	Accountant Accountant
	Reported   func(ledger.Key) (total uint64, known bool) // the total last sent to a session's tracker
	Answers    *announce.Answers
	Health     *announce.Health
	Spool      *announce.Spool
	Turns      *announce.Gate[ledger.Key]
	Deliverer  *announce.Deliverer
	Dialer     *upstream.Dialer
	Log        *slog.Logger
	Note       func(exchange.Entry) // called with each exchange when it is over
	Capture    func() bool          // whether to note the bytes of announces too; nil is never
}

// Way serves clients' requests over HTTP. Make it with New. It is safe for concurrent use; its streams are not.
type Way struct {
	Parts
	dialer      *upstream.Dialer
	joinDoubled atomic.Bool
	repeats     *repeats
	redirects   redirects
	led         led
	places      *announce.Gate[string] // of announces and scrapes on their way, by tracker
	resting     resting

	computer     string // this computer's name
	gatewayNames atomic.Pointer[[]string]
}

// New returns a way without streams.
func New(p Parts) *Way {
	name, err := os.Hostname()
	if err != nil {
		name = "" // it is called by an address then
	}
	return &Way{Parts: p, dialer: p.Dialer, repeats: newRepeats(), places: announce.NewGate[string](maxPerHost), computer: strings.ToLower(name)}
}

// SetJoinDoubled chooses whether an exact repeat of an announce is answered with the first one's answer.
func (s *Way) SetJoinDoubled(on bool) { s.joinDoubled.Store(on) }

// Close closes the idle connections to servers. No stream may be used any more.
func (s *Way) Close() {
	s.resting.close()
	if s.dialer.Connections != nil {
		s.dialer.Connections.Close()
	}
}

// Dropped logs what the spool had to let go; the zero one is nothing.
func (s *Way) Dropped(k announce.Pending) { s.sayDropped(k) }
