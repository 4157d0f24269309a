package engine

import (
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// rowCache holds the rows of the last snapshot, so that building the next one costs only the rows that changed. Published
// rows are never modified: a changed row is a new one, and so then is the list.
type rowCache struct {
	rows    []*Torrent
	at      map[string]int // places in rows, by ID
	hosts   []string       // of the trackers, by first sight
	counts  map[string]int // sessions of each host
	names   uint64         // of names.Changes, when the rows had their names
	waiting map[string]int // that the rows have, by ID
	swept   time.Time      // when all sessions were looked at
	shared  bool           // the list is in a snapshot
}

// sweepEvery is how often all sessions are looked at: some are no longer in sight, and no announce of theirs says so.
const sweepEvery = 10 * time.Minute

// update follows the ledger, the names and what is kept. known is names.Changes of before.
func (b *rowCache) update(e *Engine, now time.Time, known uint64, waiting map[string]int) {
	var rows []*Torrent
	var memory []Torrent
	whole := e.reporter.Changes(now.Sub(b.swept) >= sweepEvery, inSight(now), func(v *report.Session, whole bool) {
		if len(memory) == 0 {
			memory = make([]Torrent, 1) // by itself, so that it goes with the row
			if whole {
				memory = make([]Torrent, 64)
			}
		}
		t := &memory[0]
		memory = memory[1:]
		t.fromSession(v)
		rows = append(rows, t)
	})
	for _, t := range rows { // the ledger is free for announces meanwhile
		t.setName(e.names.Lookup(t.InfoHash))
		t.Waiting = waiting[t.ID]
	}
	b.shared = true
	if whole {
		b.swept = now
		b.replace(rows)
	} else {
		for _, t := range rows {
			b.upsert(t)
		}
		if known != b.names {
			b.rename(e)
		}
	}
	b.updateWaiting(waiting)
	b.names, b.waiting = known, waiting
}

// replace takes a whole new list of rows. Mostly they are of the same sessions as before.
func (b *rowCache) replace(rows []*Torrent) {
	if b.at != nil && slices.EqualFunc(rows, b.rows, func(one, two *Torrent) bool { return one.ID == two.ID }) {
		b.rows = rows
		return
	}
	b.rows, b.hosts, b.at, b.counts, b.shared = nil, nil, make(map[string]int, len(rows)), map[string]int{}, false
	for _, t := range rows {
		b.upsert(t)
	}
}

// upsert adds a row, or replaces the one of the same session.
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
	if b.counts[t.Tracker] == 0 {
		b.hosts = append(b.hosts, t.Tracker)
	}
	b.counts[t.Tracker]++
}

// updateWaiting sets how many announces are pending for sessions that did not change otherwise.
func (b *rowCache) updateWaiting(waiting map[string]int) {
	for id := range b.waiting {
		b.setWaiting(id, waiting[id])
	}
	for id, n := range waiting {
		b.setWaiting(id, n)
	}
}

func (b *rowCache) setWaiting(id string, n int) {
	if at, known := b.at[id]; known && b.rows[at].Waiting != n {
		t := *b.rows[at]
		t.Waiting = n
		b.upsert(&t)
	}
}

// rename looks up what every torrent is called.
func (b *rowCache) rename(e *Engine) {
	for _, old := range b.rows {
		if known := e.names.Lookup(old.InfoHash); known != (names.Torrent{Name: old.Name, Size: old.Size, Private: old.Private}) {
			t := *old
			t.setName(known)
			b.upsert(&t)
		}
	}
}

func (b *rowCache) trackers(e *Engine, own map[string]TrackerRule) []Tracker {
	out := make([]Tracker, len(b.hosts))
	for i, host := range b.hosts {
		out[i] = e.tracker(host, own[host])
		out[i].Sessions = b.counts[host]
	}
	return out
}

// fromSession sets all fields but those of the name and of the pending announces.
func (t *Torrent) fromSession(v *report.Session) {
	*t = Torrent{
		ID: v.ID, InfoHash: v.InfoHash, Own: v.Own, Points: v.Points, Tracker: v.Host, Client: v.Client, Event: v.Event,
		Seen: v.Seen, Reported: v.Reported, Left: v.Left, Factor: v.Factor, Swarm: v.Status.Swarm,
		First: time.UnixMilli(v.First), Last: time.UnixMilli(v.Last),
		Outcome: v.Status.Outcome, Answered: v.Status.Answered, Failure: v.Status.Failure, Warning: v.Status.Warning,
		Problem: v.Status.Problem, Reason: v.Status.Reason, Status: v.Status.HTTP,
	}
	if v.Status.Interval > 0 && v.Event != bittorrent.EventStopped {
		t.Next = v.Status.At.Add(v.Status.Interval)
	}
}

func (t *Torrent) setName(known names.Torrent) {
	t.Name, t.Size, t.Private = known.Name, known.Size, known.Private
}

func (e *Engine) tracker(host string, own TrackerRule) Tracker {
	t := Tracker{Host: host, Own: own}
	for _, scheme := range []string{"udp", "https", "http"} { // what is away by one way counts
		if h, ok := e.health.State(bittorrent.Line(scheme, host)); ok && (h.Away || !t.Away) {
			t.Away, t.Since, t.Problem, t.NextTry = h.Away, h.Since, h.Problem, h.Next
		}
	}
	return t
}

// How long a session that ended, and one that just went silent, stay in sight; the ledger keeps both.
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
