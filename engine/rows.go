package engine

import (
	"maps"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/names"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// rowCache has the rows of the last snapshot, so that the next one costs only the rows that changed. Published rows
// never change: a changed row is a new one, in a new list.
type rowCache struct {
	rows    []*Torrent
	at      map[string]int              // indices in rows, by ID
	parts   map[string]*sessions        // the sessions of each row, by ID
	hashes  map[bittorrent.InfoHash]int // how many rows each info hash has
	hosts   []string                    // of the trackers, by first sight
	counts  map[string]int              // how many rows each host has
	away    map[string]bool             // hosts that are away, according to the rows
	names   uint64                      // the value of names.Changes when the rows got their names
	waiting map[string]int              // pending announces that the rows show, by ID
	swept   time.Time                   // when all sessions were last checked
	shared  bool                        // the list is in a snapshot
}

// sessions are the listed sessions of a row, that is, of one torrent on one tracker, oldest first.
type sessions struct {
	torrent report.Torrent
	list    []report.Session
	dirty   bool // its row must be made again
}

// sweepEvery is how often all sessions are checked, to remove those that expired without an announce.
const sweepEvery = 10 * time.Minute

// update applies changes of the ledger, the names and the pending announces, and returns the trackers, each with its
// own rules. known is the value of names.Changes.
func (b *rowCache) update(e *Engine, now time.Time, known uint64, waiting map[string]int, own map[string]policy.TrackerRule) []Tracker {
	var dirty []*sessions
	fresh := map[string]*sessions{}
	whole := e.reporter.Changes(now.Sub(b.swept) >= sweepEvery, inSight(now), func(v *report.Session, whole bool) {
		parts := b.parts
		if whole {
			parts = fresh
		}
		p, ok := parts[v.Torrent.ID]
		if !ok {
			p = &sessions{}
			parts[v.Torrent.ID] = p
		}
		p.put(v)
		if !p.dirty {
			p.dirty = true
			dirty = append(dirty, p)
		}
	})
	rows := make([]*Torrent, len(dirty))
	for i, p := range dirty { // meanwhile the ledger is free for announces
		p.dirty = false
		rows[i] = p.row()
		rows[i].setName(e.names.Lookup(rows[i].InfoHash))
		rows[i].Pending, rows[i].Away = waiting[rows[i].ID], b.away[rows[i].Tracker]
	}
	b.shared = true
	if whole { // at the first call, for example
		b.swept, b.parts = now, fresh
		b.replace(rows)
	} else {
		for _, t := range rows {
			b.upsert(t)
		}
		if known != b.names {
			b.rename(e)
		}
	}
	b.updatePending(waiting)
	b.names, b.waiting = known, waiting
	trackers := b.trackers(e, own)
	b.updateAway(trackers)
	return trackers
}

// put adds or updates a session.
func (p *sessions) put(v *report.Session) {
	p.torrent = v.Torrent
	if i := slices.IndexFunc(p.list, func(old report.Session) bool { return old.ID == v.ID }); i >= 0 {
		p.list[i] = *v
		return
	}
	p.list = append(p.list, *v)
}

// row returns the row of these sessions, without the name and the pending announces. It has the state of the newest
// session whose client still shares the torrent, since a client that stops does not stop it for another one. If no
// client does, the newest session counts.
func (p *sessions) row() *Torrent {
	newest := &p.list[0]
	for i := range p.list[1:] {
		if s := &p.list[i+1]; s.Last >= newest.Last {
			newest = s
		}
	}
	t, shown, clients := new(Torrent), newest, 0
	for i := range p.list {
		if s := &p.list[i]; p.isThere(s, newest) {
			if clients++; clients == 1 || s.Last >= shown.Last {
				shown = s
			}
		}
	}
	t.fromSession(shown)
	t.ID, t.Seen, t.Reported, t.Downloaded = p.torrent.ID, p.torrent.Seen, p.torrent.Reported, p.torrent.Downloaded
	t.First, t.Sessions, t.Clients = time.UnixMilli(p.torrent.First), len(p.list), clients
	var answered time.Time
	for i := range p.list {
		s := &p.list[i]
		t.Points += s.Points
		t.Answered = t.Answered || s.Status.Answered
		t.Noticed |= s.Noticed
		if s.Status.Swarm != bittorrent.UnknownSwarm && !s.Status.At.Before(answered) {
			answered, t.Swarm = s.Status.At, s.Status.Swarm
		}
	}
	return t
}

// isThere reports whether a session's client still seems to share the torrent: it has not sent `stopped`, its last
// announce is at most two intervals older than the newest one, and the same program has not begun a newer session. Many
// clients quit without `stopped`.
func (p *sessions) isThere(s, newest *report.Session) bool {
	pause := max(2*s.Status.Interval, time.Hour)
	if isStopped(&s.Session) || newest.Last-s.Last > pause.Milliseconds() {
		return false
	}
	return !slices.ContainsFunc(p.list, func(other report.Session) bool {
		return other.ID != s.ID && other.Client == s.Client && other.First > s.Last
	})
}

// replace sets a new list of rows; most are of the same torrents as before.
func (b *rowCache) replace(rows []*Torrent) {
	if b.at != nil && slices.EqualFunc(rows, b.rows, func(one, two *Torrent) bool { return one.ID == two.ID }) {
		b.rows = rows
		return
	}
	b.rows, b.hosts, b.at, b.counts, b.shared = nil, nil, make(map[string]int, len(rows)), map[string]int{}, false
	b.hashes = make(map[bittorrent.InfoHash]int, len(rows))
	for _, t := range rows {
		b.upsert(t)
	}
}

// upsert adds a row, or replaces that of the same torrent.
func (b *rowCache) upsert(t *Torrent) {
	if b.shared {
		b.rows, b.shared = append(make([]*Torrent, 0, len(b.rows)+16), b.rows...), false
	}
	if at, known := b.at[t.ID]; known {
		b.rows[at] = t
		return
	}
	b.at[t.ID] = len(b.rows)
	b.rows = append(b.rows, t)
	b.hashes[t.InfoHash]++
	if b.counts[t.Tracker] == 0 {
		b.hosts = append(b.hosts, t.Tracker)
	}
	b.counts[t.Tracker]++
}

// updatePending sets how many announces are pending for torrents without other changes.
func (b *rowCache) updatePending(pending map[string]int) {
	for id := range b.waiting {
		b.setPending(id, pending[id])
	}
	for id, n := range pending {
		b.setPending(id, n)
	}
}

func (b *rowCache) setPending(id string, n int) {
	if at, known := b.at[id]; known && b.rows[at].Pending != n {
		t := *b.rows[at]
		t.Pending = n
		b.upsert(&t)
	}
}

// rename looks up the name of every torrent.
func (b *rowCache) rename(e *Engine) {
	for _, old := range b.rows {
		if known := e.names.Lookup(old.InfoHash); known.Name != old.Name || known.Size != old.Size || known.Private != old.Private {
			t := *old
			t.setName(known)
			b.upsert(&t)
		}
	}
}

// updateAway sets which torrents' trackers are away. It visits all rows only if a tracker went away or came back.
func (b *rowCache) updateAway(trackers []Tracker) {
	away := map[string]bool{}
	for i := range trackers {
		if trackers[i].Away {
			away[trackers[i].Host] = true
		}
	}
	if maps.Equal(away, b.away) {
		return
	}
	b.away = away
	for _, old := range b.rows {
		if away[old.Tracker] != old.Away {
			t := *old
			t.Away = !old.Away
			b.upsert(&t)
		}
	}
}

func (b *rowCache) trackers(e *Engine, own map[string]policy.TrackerRule) []Tracker {
	out := make([]Tracker, len(b.hosts))
	for i, host := range b.hosts {
		out[i] = e.tracker(host, own[host])
		out[i].Torrents = b.counts[host]
	}
	return out
}

// fromSession sets the fields of a row that come from its newest session.
func (t *Torrent) fromSession(v *report.Session) {
	*t = Torrent{
		InfoHash: v.InfoHash, Own: v.Own, Tracker: v.Host, Client: v.Client, Event: v.Event,
		Left: v.Left, Factor: v.Factor, Swarm: v.Status.Swarm,
		Last:    time.UnixMilli(v.Last),
		Outcome: v.Status.Outcome, Failure: v.Status.Failure, Warning: v.Status.Warning,
		Problem: v.Status.Problem, Reason: v.Status.Reason, Status: v.Status.HTTP,
	}
	if v.Status.Interval > 0 && v.Event != bittorrent.EventStopped {
		t.Next = v.Status.At.Add(v.Status.Interval)
	}
}

// Sessions returns the sessions of a row that the ledger still has, the one with the newest announce first; id is the
// row's.
func (e *Engine) Sessions(id string) []Session {
	var out []Session
	for _, v := range e.reporter.SessionsOf(id) {
		out = append(out, Session{
			Client: v.Client, Event: v.Event, Sums: v.Sums(), Left: v.Left, First: time.UnixMilli(v.First), Last: time.UnixMilli(v.Last),
		})
	}
	slices.SortStableFunc(out, func(a, b Session) int { return b.Last.Compare(a.Last) })
	return out
}

// Noticed returns what a torrent's tracker could notice, from what reached it since this program started; id is the row's.
func (e *Engine) Noticed(id string) checks.Noticed { return e.reporter.Noticed(id) }

func (t *Torrent) setName(known names.Torrent) {
	t.Name, t.Size, t.Private = known.Name, known.Size, known.Private
}

func (e *Engine) tracker(host string, own policy.TrackerRule) Tracker {
	t := Tracker{Host: host, Own: own}
	for _, scheme := range []string{"udp", "https", "http"} { // if the tracker is away over http or udp, that counts
		if h, ok := e.health.State(bittorrent.HealthKey(scheme, host)); ok && (h.Away || !t.Away) {
			t.Away, t.Since, t.Problem, t.NextTry = h.Away, h.Since, h.Problem, h.Next
		}
	}
	return t
}

// How long sessions stay in the list: those that have ended, and those that no longer announce. The ledger keeps both.
const (
	endedInSight  = 24 * time.Hour
	silentInSight = 7 * 24 * time.Hour
)

func inSight(now time.Time) func(*ledger.Session) bool {
	ended, silent := now.Add(-endedInSight).UnixMilli(), now.Add(-silentInSight).UnixMilli()
	return func(s *ledger.Session) bool {
		return s.Last >= ended || s.Last >= silent && !isStopped(s)
	}
}

func isStopped(s *ledger.Session) bool { return s.Event == bittorrent.EventStopped }
