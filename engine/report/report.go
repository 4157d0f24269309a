// Package report decides what a tracker is told: rule, ledger, guard and journal in one step. It opens no socket. A
// figure is written to the journal before it is given out, so that after a crash at least as much is known here as
// any tracker was told.
package report

import (
	"cmp"
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

// Silent is how long a session may say nothing before it leaves the ledger.
const Silent = 60 * 24 * time.Hour

// Figure is what to tell the tracker, and why.
type Figure struct {
	ledger.Change
	Key      ledger.Key
	Reported uint64 // bytes
	Grown    uint64 // bytes by which Reported grew; 0 where a session begins
	Factor   policy.Factor
	Own      bool      // Factor is the torrent's or the tracker's own, not the one for all
	ID       string    // of the session, as in Session; empty if nobody will see it
	Due      time.Time // the tracker's min interval since it last answered: nothing of ours sooner; zero if none
}

// Session is one session as the window shows it.
type Session struct {
	ledger.Session
	ID       string // names the session and reveals nothing of it
	InfoHash bittorrent.InfoHash
	Host     string // masked
	Client   string
	Factor   policy.Factor
	Own      policy.Factor // the torrent's own factor; 0 if it has none
	Points   int           // how many announces History has of it
	Status   Status
	Noticed  checks.Set // what its tracker could notice: see Reporter.Noticed
	Torrent  Torrent
}

// Torrent is one torrent on one tracker with all its sessions, also those that are silent or were dropped.
type Torrent struct {
	exchange.Sums
	ID    string // names it and reveals nothing of it
	First int64  // Unix milliseconds of the first announce of its oldest session that is still in the ledger
}

// Status is what is known of a session beside its figures; it lives only as long as the program.
type Status struct {
	Answered bool // an announce of it was dealt with since the start
	Outcome  exchange.Outcome
	Reason   exchange.Reason
	Problem  exchange.Problem
	HTTP     int // status of the last answer
	Swarm    bittorrent.Swarm
	Interval time.Duration
	Failure  string
	Warning  string
	At       time.Time // of the last answer

	MinInterval time.Duration // that answer's, 0 if it had none
}

type session struct {
	ledger.Session
	key     ledger.Key
	id      string // made when it is first asked for, as is client
	changed bool   // it is in Reporter.changed
	torrent *torrent
	client  string
	due     int64     // Unix milliseconds; see Figure.Due
	heard   time.Time // of the last announce in this run; its monotonic part makes it safe from jumps of the clock
	pause   int64     // milliseconds from the announce before the last to the last; 0 if there was none
	status  Status
	port    uint16 // that the client announced last, in this run
	watch   *watch // nil while nothing reached its tracker in this run

	lineMark, trackerMark uint64 // what was spent of each line when it last announced
	figure                Figure // of the last announce
	series                activity.Series
}

// torrent is one torrent on one tracker host.
type torrent struct {
	tracker  *tracker
	hash     bittorrent.InfoHash
	id       string        // made when it is first asked for
	sums     exchange.Sums // of its sessions
	before   exchange.Sums // the same when this run began
	company  company
	sessions []*session // by first sight
	counted  bool       // it is the one that its info hash counts by: see Reporter.count

	remainder bool // no torrent, but what its tracker's torrents that are long gone added
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

// shared names all sessions of a torrent on a tracker.
type shared struct {
	tracker bittorrent.TrackerID
	hash    bittorrent.InfoHash
}

// Reporter owns the ledger. Safe for concurrent use.
type Reporter struct {
	journal store.Recorder
	records sync.Pool // of *[]byte: scratch of append

	mu       sync.Mutex
	decided  *sync.Cond                         // of mu: a session left deciding, or listing is over
	deciding map[ledger.Key]*decision           // guarded by mu; sessions with an announce between decide and store
	listing  bool                               // guarded by mu; Compact lists the sessions, and nothing is decided
	sessions map[ledger.Key]*session            // guarded by mu
	order    []*session                         // guarded by mu; by first sight
	rules    policy.Rules                       // guarded by mu
	trackers map[string]*tracker                // guarded by mu; by host
	torrents map[torrentKey]*torrent            // guarded by mu
	byHash   map[bittorrent.InfoHash][]*torrent // guarded by mu; on each of its trackers
	told     map[shared]uint64                  // guarded by mu; sums of Reported; nil while no rule has a ratio at which to stop
	size     func(bittorrent.InfoHash) uint64
	begun    int64  // guarded by mu; Unix milliseconds of SetJournal: who used the line before is not known
	spent    uint64 // guarded by mu; bytes by which totals grew in this run
	points   int    // guarded by mu; of all series

	uncharted bool
	day       activity.Day         // guarded by mu
	recovered map[string]Recovered // guarded by mu; of sessions that the ledger has lost, by their ID, until they announce
	trouble   error                // guarded by mu; why the last record could not be written
	changed   []*session           // guarded by mu; what Changes has to tell; of no use while all is set
	all       bool                 // guarded by mu; Changes has to tell of every session
	behind    bool                 // guarded by mu; some session is not in the journal as it is here
	totals    exchange.Sums        // guarded by mu; of each torrent, on the tracker it counts by
}

// New makes a reporter with an empty ledger; Restore fills it, then SetJournal lets it record.
func New() *Reporter {
	r := &Reporter{
		records: sync.Pool{New: func() any { return new([]byte) }}, deciding: map[ledger.Key]*decision{},
		sessions: map[ledger.Key]*session{}, trackers: map[string]*tracker{},
		torrents: map[torrentKey]*torrent{}, byHash: map[bittorrent.InfoHash][]*torrent{}, rules: policy.Rules{Factor: policy.One}, all: true,
		size: func(bittorrent.InfoHash) uint64 { return 0 },
	}
	r.decided = sync.NewCond(&r.mu)
	return r
}

// Restore takes one record of the journal; the last of a session counts.
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

// SetJournal is called once, after the last Restore. now is when the run begins: what an earlier run dates later, its clock
// was ahead, counts as of now, since such a session would never be silent.
func (r *Reporter) SetJournal(j store.Recorder, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal, r.begun = j, now.UnixMilli()
	for _, s := range r.order {
		s.First, s.Last = min(s.First, r.begun), min(s.Last, r.begun)
	}
	for _, v := range r.torrents {
		v.before = v.sums
	}
}

// SetSizes says where a torrent's size is known from, in bytes, 0 where it is not. It must be quick, and is called once,
// before the first announce.
func (r *Reporter) SetSizes(size func(bittorrent.InfoHash) uint64) { r.size = size }

// Announce decides the figure and records it. It cannot fail: where the journal cannot be written the new bytes count
// at factor 1 (rule 10), and Trouble says so. Announces of one session come one after the other; a disk that is stuck
// holds up announces, and nothing else.
func (r *Reporter) Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) Figure {
	k := ledger.Key{Tracker: u.ID(), InfoHash: a.InfoHash, PeerID: a.PeerID}
	d := decision{key: k, announce: a, now: now}
	r.mu.Lock()
	for r.waits(u, k) {
		r.decided.Wait()
	}
	r.deciding[k] = &d
	r.begin(&d, u)
	r.decide(&d, r.rule(d.tracker, cmp.Or(d.old, d.from), a.InfoHash, now))
	r.mu.Unlock()

	err := r.append(&d)
	r.mu.Lock()
	if r.trouble = err; err != nil {
		r.behind = true
		r.release(&d)
		r.decide(&d, policy.Rule{Factor: policy.One})
		if d.change.Reason == exchange.ReasonMultiplied {
			d.change.Reason = exchange.ReasonDisk
		}
	}
	f := r.store(&d)
	delete(r.deciding, k)
	r.decided.Broadcast()
	r.mu.Unlock()
	return f
}

// decision is one announce on its way into the ledger. Nothing of the session changes before it is in the journal.
type decision struct {
	key      ledger.Key
	announce bittorrent.Announce
	now      time.Time

	old     *session // nil at first sight
	from    *session // taken over from at first sight; nil if there is none
	tracker *tracker
	before  ledger.Session
	counted bool // before is known, from the ledger, from what was recovered, or from another path

	rule   policy.Rule
	next   ledger.Session
	change ledger.Change
	grown  uint64 // by how much the total grows; reserved of the ceilings
	told   uint64 // by how much the sum of the torrent's totals grows; reserved of the ratio at which to stop

	lineMark, trackerMark uint64
}

// decide computes the session's next state by a rule, and reserves its growth, so that sessions that are decided meanwhile
// do not use the same part of a ceiling. The caller holds mu.
func (r *Reporter) decide(d *decision, rule policy.Rule) {
	d.rule = rule
	d.next, d.change = d.before.Announce(d.announce, d.counted, rule, d.now)
	d.grown = 0
	if d.change.Reason != exchange.ReasonNew && d.change.Reason != exchange.ReasonRestart { // what a session begins with is no growth
		d.grown = d.next.Reported - d.before.Reported
	}
	r.spent += d.grown
	d.tracker.spent += d.grown
	d.told = d.next.Reported
	if d.old != nil {
		d.told -= d.old.Reported
	}
	r.reserve(d.key, d.told)
	d.lineMark, d.trackerMark = r.spent, d.tracker.spent
}

// release gives back what decide has reserved. The caller holds mu.
func (r *Reporter) release(d *decision) {
	r.spent -= d.grown
	d.tracker.spent -= d.grown
	r.reserve(d.key, -d.told)
}

// store makes a decision the session's state. The caller holds mu.
func (r *Reporter) store(d *decision) Figure {
	all := r.totals
	r.reserve(d.key, -d.told) // put has it from here on
	s := r.put(d.key, d.next, d.tracker)
	s.heard = d.now
	s.status.Reason = d.change.Reason
	r.open(s, d)
	s.pause = 0
	if d.old != nil {
		s.pause = d.next.Last - d.before.Last
	}
	s.lineMark, s.trackerMark = d.lineMark, d.trackerMark
	s.figure = Figure{Change: d.change, Key: d.key, Reported: d.next.Reported, Grown: d.grown, Factor: d.rule.Factor, Own: d.rule.Own}
	if !r.uncharted {
		s.figure.ID = s.name()
	}
	// One that is more than a day away is a clock that was set back, and would hold an announce until it is given up.
	if due := time.UnixMilli(s.due); s.due > 0 && due.Sub(d.now) < 24*time.Hour {
		s.figure.Due = due
	}
	if d.grown > 0 {
		grown := minus(r.totals, all)
		r.day.Add(d.now, grown.Seen, grown.Reported, d.rule.Own)
	}
	return s.figure
}

// append records a decision. The caller does not hold mu: it may wait for the disk.
func (r *Reporter) append(d *decision) error {
	record := r.records.Get().(*[]byte)
	defer r.records.Put(record)
	*record = ledger.AppendRecord((*record)[:0], d.key, &d.next, d.tracker.host)
	return r.journal.Append(*record)
}

// put stores a session; the caller holds mu.
func (r *Reporter) put(k ledger.Key, next ledger.Session, t *tracker) *session {
	s, ok := r.sessions[k]
	if !ok {
		s = &session{key: k, torrent: r.torrent(torrentOf(t, k)), status: Status{Swarm: bittorrent.UnknownSwarm}}
		s.torrent.sessions = append(s.torrent.sessions, s)
		r.sessions[k] = s
		r.order = append(r.order, s)
	}
	r.count(s.torrent, s.Sums(), next.Sums())
	if r.told != nil {
		r.told[s.shared()] += next.Reported - s.Reported
	}
	s.Session = next
	r.touch(s)
	return s
}

// SessionID is the ID that Sessions gives a session: 16 hex digits of a hash, since a peer id is the client's secret.
func SessionID(k ledger.Key) string {
	b := make([]byte, 0, len(k.Tracker)+len(k.InfoHash)+len(k.PeerID))
	b = append(append(append(b, k.Tracker[:]...), k.InfoHash[:]...), k.PeerID[:]...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// name is the session's ID. It is made when it is first asked for: a ledger of 100,000 sessions would be read half as
// fast. The caller holds the reporter's mu.
func (s *session) name() string {
	if s.id == "" {
		s.id = SessionID(s.key)
	}
	return s.id
}

// tracker is the one of a host, masked; the caller holds mu.
func (r *Reporter) tracker(host string) *tracker {
	t, ok := r.trackers[host]
	if !ok {
		t = &tracker{host: host}
		r.trackers[host] = t
	}
	return t
}

// Reported is the total last given out for a session; false for a session unknown.
func (r *Reporter) Reported(k ledger.Key) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[k]
	if !ok {
		return 0, false
	}
	return s.Reported, true
}

// Answered notes how an announce of a session, or the delivery of one that was kept, ended.
func (r *Reporter) Answered(k ledger.Key, e *exchange.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[k]
	if !ok {
		return
	}
	st := Status{
		Answered: true, Outcome: e.Outcome, Reason: s.status.Reason, Problem: e.Problem, HTTP: e.Status, Swarm: e.Swarm,
		Interval: e.Interval, Failure: e.Failure, Warning: e.Warning, At: e.At.Add(e.Took), MinInterval: e.MinInterval,
	}
	if st.Swarm == bittorrent.UnknownSwarm {
		st.Swarm = s.status.Swarm
	}
	if st.Interval == 0 {
		st.Interval = s.status.Interval
	}
	if st.MinInterval > 0 {
		s.due = st.At.Add(st.MinInterval).UnixMilli()
	}
	s.client, s.status = e.Client, st
	s.torrent.company.answered(s, e)
	r.notice(s, e)
	r.touch(s)
	r.chart(s, e)
}

// Scraped notes a scrape's numbers for every session of its torrents on a tracker host.
func (r *Reporter) Scraped(host string, files map[bittorrent.InfoHash]bittorrent.Swarm) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.order {
		if swarm, ok := files[s.key.InfoHash]; ok && s.torrent.tracker.host == host {
			s.status.Swarm = swarm
			s.torrent.company.add(s, swarm, time.Now())
			r.touch(s)
		}
	}
}

// Totals are the sums over all torrents since each was first seen. A torrent on several trackers counts once, on the one
// where most was uploaded: its client uploads a byte once and reports it to each.
func (r *Reporter) Totals() exchange.Sums {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.totals
}

// Trouble is why figures cannot be recorded at present; nil when all is well.
func (r *Reporter) Trouble() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble == nil && r.behind {
		return errBehind
	}
	return r.trouble
}
