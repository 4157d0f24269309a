package announce

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
)

// Limits of the spool.
const (
	MaxPending    = 10_000
	maxPerSession = 6              // two lives of a session, each with its events
	GiveUpAfter   = 24 * time.Hour // by then a tracker has long forgotten the peer
	maxID         = 1 << 62
)

// Spool holds pending announces, on disk, in order within each session. It is safe for concurrent use.
type Spool struct {
	journal store.Recorder
	wake    chan struct{} // one slot: the deliverer should check the spool
	writing sync.Mutex    // held while records are made and written, so that they are in the order of the changes; before mu

	mu       sync.Mutex              // never held during a write: a stuck disk delays announces, not snapshots
	entries  map[uint64]*Pending     // guarded by mu
	sessions map[ledger.Key][]uint64 // guarded by mu; ids in the order of delivery, which is also their order
	trackers map[string]int          // guarded by mu; how many entries each has, by health key
	waits    map[string]bool         // guarded by mu; an entry may have to wait longer than after [Spool.Answered]
	last     uint64                  // guarded by mu; the highest id so far
	trouble  error                   // guarded by mu
	queue    [][]byte                // guarded by mu; records that change is about to write
}

// NewSpool returns an empty spool. Restore fills it; SetJournal, called after that, makes it record.
func NewSpool() *Spool {
	return &Spool{wake: make(chan struct{}, 1), entries: map[uint64]*Pending{}, sessions: map[ledger.Key][]uint64{}, trackers: map[string]int{}, waits: map[string]bool{}}
}

// Add adds an announce that did not arrive. It replaces the session's plain announce (whose total is part of the new
// one's), and the same event if that is the last one pending (the client repeats itself). Later announces stay after
// it: the next announce of the session may have been added while this one was being sent. dropped is the announce that
// was removed because there were too many; its ID is zero if there is none.
func (s *Spool) Add(k Pending) (dropped Pending) {
	s.change(func() { dropped = s.add(k) })
	return dropped
}

// has reports whether the session has pending announces. Usually it has none, and then nothing changes.
func (s *Spool) has(k ledger.Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions[k]) > 0
}

// add is Add within change.
func (s *Spool) add(k Pending) (dropped Pending) {
	ids := slices.Clone(s.sessions[k.Key])
	n := slices.IndexFunc(ids, func(id uint64) bool { return s.entries[id].decidedAfter(k.DecidedAt) })
	if n < 0 {
		n = len(ids)
	}
	earlier, later := ids[:n], ids[n:]
	if k.Plain() && len(later) > 0 {
		return dropped // a newer announce is pending
	}
	var replaced []uint64
	k.Since = k.DecidedAt
	for i, id := range earlier {
		old := s.entries[id]
		if same := old.Event == k.Event && i == len(earlier)-1; same || old.Plain() {
			replaced = append(replaced, id)
			if same {
				k.Since = old.Since
			}
		}
	}
	// The new record is on disk before the old one is removed: a crash in between leaves both.
	s.push(k)
	for _, id := range replaced {
		s.remove(id)
	}
	for _, id := range later {
		s.push(*s.entries[id])
		s.remove(id)
	}
	if ids := s.sessions[k.Key]; len(ids) > maxPerSession {
		dropped = *s.entries[ids[0]]
	} else if len(s.entries) > MaxPending {
		dropped = s.oldest()
	}
	s.remove(dropped.ID)
	s.signal()
	return dropped
}

// push adds an entry at the end, with a new number, and records it; the caller holds mu.
func (s *Spool) push(k Pending) {
	k.ID = s.last + 1
	s.put(k)
	s.append(recordPending(&k))
}

// put stores an entry with the number that it has; the caller holds mu.
func (s *Spool) put(k Pending) {
	if old, ok := s.entries[k.ID]; ok && old.Key != k.Key {
		s.take(k.ID)
	}
	if _, ok := s.entries[k.ID]; !ok {
		s.sessions[k.Key] = append(s.sessions[k.Key], k.ID)
		slices.Sort(s.sessions[k.Key])
	} else {
		s.count(s.entries[k.ID], -1)
	}
	s.entries[k.ID] = &k
	s.count(&k, 1)
	if !k.Again.IsZero() {
		s.waits[k.HealthKey()] = true
	}
	s.last = max(s.last, k.ID)
}

// take removes an entry from memory, and reports whether there was one; the caller holds mu.
func (s *Spool) take(id uint64) bool {
	k, ok := s.entries[id]
	if !ok {
		return false
	}
	delete(s.entries, id)
	s.count(k, -1)
	ids := slices.DeleteFunc(s.sessions[k.Key], func(o uint64) bool { return o == id })
	if s.sessions[k.Key] = ids; len(ids) == 0 {
		delete(s.sessions, k.Key)
	}
	return true
}

// count adds by to the number of entries of k's tracker; the caller holds mu.
func (s *Spool) count(k *Pending, by int) {
	key := k.HealthKey()
	if s.trackers[key] += by; s.trackers[key] <= 0 {
		delete(s.trackers, key)
		delete(s.waits, key)
	}
}

// Answered makes the announces that are pending at a tracker due again, because it has answered something; back reports
// whether it had failed before. Those that were tried within the last 30 s wait until that time is over.
func (s *Spool) Answered(key string, back bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trackers[key] == 0 || !back && !s.waits[key] {
		return
	}
	delete(s.waits, key)
	for _, k := range s.entries {
		if k.Again.After(now) && k.Pages == 0 && !k.Asked && !k.Problem.Forbidden() && k.HealthKey() == key {
			if soon := k.Tried.Add(ResendDelay); soon.Before(k.Again) && !k.Tried.IsZero() {
				k.Again = soon
			}
		}
	}
	s.signal()
}

// oldest returns the oldest plain announce or, if there is none, the oldest event, because no other announce can
// replace an event; the caller holds mu.
func (s *Spool) oldest() Pending {
	var best *Pending
	for _, k := range s.entries {
		if best == nil || k.Plain() && !best.Plain() || k.Plain() == best.Plain() && k.ID < best.ID {
			best = k
		}
	}
	return *best
}

// Remove removes an entry: it was delivered, given up, or dropped by the user.
func (s *Spool) Remove(id uint64) { s.change(func() { s.remove(id) }) }

// remove is Remove within change.
func (s *Spool) remove(id uint64) {
	if s.take(id) {
		s.append(strconv.AppendUint([]byte("d "), id, 10))
	}
}

// Supersede removes the pending announces that a delivered one makes redundant, if they were decided before it: the
// session's plain announce, the same event, and after `started` the `stopped` before it. That would remove the client
// from the tracker's list, and might report the total of a session that has ended.
func (s *Spool) Supersede(k ledger.Key, e bittorrent.Event, decided time.Time) {
	if !s.has(k) {
		return
	}
	s.change(func() {
		for _, id := range slices.Clone(s.sessions[k]) {
			old := s.entries[id]
			over := old.Plain() || old.Event == e || e == bittorrent.EventStarted && old.Event == bittorrent.EventStopped
			if over && !old.decidedAfter(decided) {
				s.remove(id)
			}
		}
	})
}

// Before returns what must reach the tracker before a live announce with this event: the session's pending events,
// except this event itself, which the live announce is about to send with the total reported. The pending one gets that
// total too, because the program may be killed after the tracker has received it and before that is recorded.
func (s *Spool) Before(k ledger.Key, e bittorrent.Event, reported uint64) (all []Pending) {
	if s.has(k) {
		s.change(func() { all = s.before(k, e, reported) })
	}
	return all
}

// before is Before within change.
func (s *Spool) before(k ledger.Key, e bittorrent.Event, reported uint64) []Pending {
	var out []Pending
	for i, ids := 0, s.sessions[k]; i < len(ids); i++ {
		old := s.entries[ids[i]]
		switch {
		case old.Plain():
		case old.Event != e || i < len(ids)-1:
			out = append(out, *old)
		case old.Reported != reported:
			old.Reported = reported
			s.append(recordPending(old))
		}
	}
	return out
}

// Raise raises the totals of a session's pending announces to at least total, which the tracker is about to receive.
func (s *Spool) Raise(k ledger.Key, total uint64) {
	s.change(func() {
		for _, id := range s.sessions[k] {
			if p := s.entries[id]; p.Reported < total {
				p.Reported = total
				s.append(recordPending(p))
			}
		}
	})
}

// RecordFailure records a failed delivery. again is zero if nothing of it can have arrived.
func (s *Spool) RecordFailure(id uint64, d Result, again time.Time) {
	s.change(func() { s.recordFailure(id, d, again) })
}

// recordFailure is RecordFailure within change.
func (s *Spool) recordFailure(id uint64, d Result, again time.Time) {
	k, ok := s.entries[id]
	if !ok {
		return
	}
	k.Tries++
	k.Tried = time.Now()
	k.Problem, k.Asked = d.Problem, d.RetryIn > 0
	if d.Page {
		k.Pages++
	}
	if k.Again = again; !again.IsZero() {
		s.waits[k.HealthKey()] = true
		s.append(recordPending(k)) // a restart must not send it again at once
	}
}

// RetryNow lets an entry, and those before it, be tried at once; ok is false if there is none.
func (s *Spool) RetryNow(id uint64) (key string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.entries[id]
	if !ok {
		return "", false
	}
	for _, other := range s.sessions[k.Key] {
		if other <= id {
			s.entries[other].Due, s.entries[other].Again = time.Time{}, time.Time{}
		}
	}
	s.signal()
	return k.HealthKey(), true
}

// All returns every entry, oldest first.
func (s *Spool) All() []Pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Pending, 0, len(s.entries))
	for _, id := range slices.Sorted(maps.Keys(s.entries)) { // sorting numbers moves less than sorting entries
		out = append(out, *s.entries[id])
	}
	return out
}

// Len returns the number of pending announces.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// fronts returns the first entry of each session, least tried first, then oldest first.
func (s *Spool) fronts() []Pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Pending, 0, len(s.sessions))
	for _, ids := range s.sessions {
		out = append(out, *s.entries[ids[0]])
	}
	slices.SortFunc(out, func(a, b Pending) int { return cmp.Or(cmp.Compare(a.Tries, b.Tries), cmp.Compare(a.ID, b.ID)) })
	return out
}

// current returns a pending announce; ok is false if it was delivered or dropped. first reports whether it is the next
// one of its session.
func (s *Spool) current(id uint64) (k Pending, first, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[id]
	if !ok {
		return k, false, false
	}
	return *e, s.sessions[e.Key][0] == id, true
}

// Wake makes the deliverer check the spool again.
func (s *Spool) Wake() {
	if s.Len() > 0 {
		s.signal()
	}
}

func (s *Spool) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // it will check anyway
	}
}
