// Package report decides what is reported to a tracker: rule, ledger, guard and journal in one step. It opens no
// socket. A total is in the journal before a caller gets it: so after a crash the ledger has at least what any tracker
// received.
package report

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/store"
)

// Silent is for how long a session may not announce before the ledger drops it.
const Silent = 60 * 24 * time.Hour

// Session is one session as the window shows it.
type Session struct {
	ledger.Session
	ID       string // identifies the session, and reveals nothing about it
	InfoHash bittorrent.InfoHash
	Host     string // masked
	Client   string
	Factor   policy.Factor
	Own      policy.Factor // the torrent's own factor; 0 if it has none
	Points   int           // how many of its announces History has
	Status   Status
	Noticed  checks.Set // what its tracker could notice: see Reporter.Noticed
	Torrent  Torrent
}

// Torrent is one torrent on one tracker with all its sessions, including those that are silent or were dropped.
type Torrent struct {
	exchange.Sums
	ID    string // identifies it, and reveals nothing about it
	First int64  // Unix milliseconds of the first announce of its oldest session that is still in the ledger
}

type session struct {
	ledger.Session
	key       ledger.Key
	id        string // made when it is first needed, as is client
	changed   bool   // it is in Reporter.changed
	torrent   *torrent
	client    string
	due       int64     // Unix milliseconds; see Total.Due
	announced time.Time // the last announce in this run, but see SetJournal; its monotonic part is safe from jumps of the clock
	pause     int64     // milliseconds between the last two announces; 0 if there was only one
	status    Status
	port      uint16 // that the client last announced in this run
	watch     *watch // nil until something reaches its tracker in this run

	globalMark, trackerMark uint64 // spent, of all sessions and of its tracker's, at its last announce
	total                   Total  // of the last announce
	series                  activity.Series
	company                 *company // nil until its tracker counts peers
}

// torrent is one torrent on one tracker host.
type torrent struct {
	tracker  *tracker
	hash     bittorrent.InfoHash
	id       string        // made when it is first needed
	sums     exchange.Sums // of its sessions
	before   exchange.Sums // the same at the beginning of this run
	sessions []*session    // by first sight
	counted  bool          // its info hash counts on this tracker: see Reporter.count

	remainder bool // not a torrent: the sums of the tracker's torrents that were dropped
}

// torrentKey names a torrent on a tracker host.
type torrentKey struct {
	tracker   *tracker
	hash      bittorrent.InfoHash
	remainder bool
}

// tracker is one host.
type tracker struct {
	host  string // masked
	spent uint64 // bytes by which its sessions' totals grew in this run
}

// shared identifies all sessions of a torrent on a tracker.
type shared struct {
	tracker bittorrent.TrackerID
	hash    bittorrent.InfoHash
}

// Reporter owns the ledger. It is safe for concurrent use.
type Reporter struct {
	journal store.Recorder
	records sync.Pool // of *[]byte: scratch space of append; BenchmarkAnnounce shows the gain

	mu       sync.Mutex
	decided  *sync.Cond                         // of mu: a session has left deciding, or listing has ended
	deciding map[ledger.Key]uint64              // guarded by mu; sessions between decide and store, and what each has reserved of reported
	listing  bool                               // guarded by mu; Compact lists the sessions, and nothing is decided
	sessions map[ledger.Key]*session            // guarded by mu
	order    []*session                         // guarded by mu; by first sight
	rules    policy.Rules                       // guarded by mu
	trackers map[string]*tracker                // guarded by mu; by host
	torrents map[torrentKey]*torrent            // guarded by mu
	byHash   map[bittorrent.InfoHash][]*torrent // guarded by mu; on each of its trackers
	reported map[shared]uint64                  // guarded by mu; sums of Reported; nil while no rule has a ratio
	size     func(bittorrent.InfoHash) uint64
	begun    time.Time // guarded by mu; of SetJournal: it is unknown which session used the line before
	spent    uint64    // guarded by mu; bytes by which totals grew in this run
	points   int       // guarded by mu; of all series

	noHistory bool
	day       activity.Day         // guarded by mu
	recovered map[string]Recovered // guarded by mu; sessions that the ledger has lost, by their ID, until they announce
	trouble   error                // guarded by mu; why the last record could not be written
	changed   []*session           // guarded by mu; the sessions that Changes must visit; unused while all is set
	all       bool                 // guarded by mu; Changes must visit every session
	behind    bool                 // guarded by mu; the journal lacks the present state of some session
	totals    exchange.Sums        // guarded by mu; of each torrent, on the tracker where it counts
}

// New returns a reporter with an empty ledger. Restore fills it; SetJournal, called afterwards, makes it record.
func New() *Reporter {
	r := &Reporter{
		records: sync.Pool{New: func() any { return new([]byte) }}, deciding: map[ledger.Key]uint64{},
		sessions: map[ledger.Key]*session{}, trackers: map[string]*tracker{},
		torrents: map[torrentKey]*torrent{}, byHash: map[bittorrent.InfoHash][]*torrent{}, rules: policy.Rules{Factor: policy.One}, all: true,
		size: func(bittorrent.InfoHash) uint64 { return 0 },
	}
	r.decided = sync.NewCond(&r.mu)
	return r
}

// Restore reads one record of the journal; of each session the last one counts.
func (r *Reporter) Restore(record []byte) error {
	if ok, err := r.restoreRecovered(record); ok {
		return err
	}
	k, s, host, err := ledger.ParseRecord(record)
	if err != nil {
		return err
	}
	r.mu.Lock()
	if len(r.recovered) > 0 {
		delete(r.recovered, SessionID(k)) // it has announced since
	}
	defer r.mu.Unlock()
	t, ok := r.trackers[string(host)] // without a copy
	if !ok {
		t = r.tracker(string(host))
	}
	r.put(k, s, t)
	return nil
}

// SetJournal is called once, after the last Restore. now is when the run begins. A session with a later date counts as
// if it had announced now: otherwise it would never expire if the clock of an earlier run was ahead. Its dates stay as
// they are, because this run's clock may be behind until the computer has a network.
func (r *Reporter) SetJournal(j store.Recorder, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal, r.begun = j, now
	for _, s := range r.order {
		if s.Last > now.UnixMilli() {
			s.announced = now
		}
	}
	for _, v := range r.torrents {
		v.before = v.sums
	}
}

// SetSizes sets the function that returns a torrent's size in bytes, or 0 if it is unknown. It must be fast. Call
// SetSizes once, before the first announce.
func (r *Reporter) SetSizes(size func(bittorrent.InfoHash) uint64) { r.size = size }

// SessionID returns the ID of a session: 16 hex digits of a hash, since the peer id is the client's secret.
func SessionID(k ledger.Key) string {
	b := make([]byte, 0, len(k.Tracker)+len(k.InfoHash)+len(k.PeerID))
	b = append(append(append(b, k.Tracker[:]...), k.InfoHash[:]...), k.PeerID[:]...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// name returns the session's ID. It computes the ID at the first call, because computing all at the start would take as
// long as reading the ledger. The caller holds the reporter's mu.
func (s *session) name() string {
	if s.id == "" {
		s.id = SessionID(s.key)
	}
	return s.id
}

// tracker returns the tracker of a masked host; the caller holds mu.
func (r *Reporter) tracker(host string) *tracker {
	t, ok := r.trackers[host]
	if !ok {
		t = &tracker{host: host}
		r.trackers[host] = t
	}
	return t
}

// Reported returns the last total of a session; false for an unknown session.
func (r *Reporter) Reported(k ledger.Key) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[k]
	if !ok {
		return 0, false
	}
	return s.Reported, true
}

// Totals returns the sums over all torrents since each was first seen. A torrent on several trackers counts once, on
// the one with the most upload, because its client reports each byte to all of them.
func (r *Reporter) Totals() exchange.Sums {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.totals
}

// Trouble returns why totals cannot be recorded now; nil if they can.
func (r *Reporter) Trouble() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble == nil && r.behind {
		return errBehind
	}
	return r.trouble
}
