package outage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
)

// Bounds of what is kept.
const (
	MaxKept       = 10_000
	maxPerSession = 6              // two lives of a session, each with its events
	GiveUpAfter   = 24 * time.Hour // a tracker has long forgotten the peer by then
)

// Kept is an announce that its tracker has not heard.
type Kept struct {
	ID      uint64
	Key     ledger.Key
	Host    string // of the tracker, masked
	Address string // host:port to dial; may hold a passkey in a subdomain
	Event   bittorrent.Event
	Request []byte // the whole request as it would have left, origin-form
	Figure  uint64 // uploaded, as it would have been told then
	Since   time.Time

	NotBefore time.Time // min interval, or 30 s after a try that may have been heard
	Tries     int
	Problem   activity.Problem
}

// Spool keeps undelivered announces, on disk, in order within each session. Safe for concurrent use.
type Spool struct {
	journal Journal
	wake    chan struct{} // one slot: something for the courier to look at

	mu       sync.Mutex
	entries  map[uint64]*Kept        // guarded by mu
	sessions map[ledger.Key][]uint64 // guarded by mu; ids in the order of delivery
	last     uint64                  // guarded by mu; the highest id given
	trouble  error                   // guarded by mu
}

// NewSpool keeps nothing yet; Restore fills it, then SetJournal lets it record.
func NewSpool() *Spool {
	return &Spool{wake: make(chan struct{}, 1), entries: map[uint64]*Kept{}, sessions: map[ledger.Key][]uint64{}}
}

// SetJournal is called once, after the last Restore.
func (s *Spool) SetJournal(j Journal) { s.journal = j }

// Keep takes an announce that was not heard, whole. A plain one replaces the session's plain one; an event replaces
// the same event if that is the last kept (the client repeats itself), and any plain one (its figure is in the
// event's). dropped is what had to go because there was too much; the zero ID means nothing.
func (s *Spool) Keep(k Kept) (dropped Kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var replaced []uint64
	ids := s.sessions[k.Key]
	for i, id := range ids {
		old := s.entries[id]
		if old.Event != bittorrent.EventNone && (old.Event != k.Event || i != len(ids)-1) {
			continue
		}
		if old.Event == k.Event {
			k.Since = old.Since
		}
		replaced = append(replaced, id)
	}
	s.last++
	k.ID = s.last
	// The new one is on disk before the old one goes: a crash in between keeps both, never none.
	s.put(k)
	s.append(recordKept(&k))
	for _, id := range replaced {
		s.remove(id)
	}
	if ids := s.sessions[k.Key]; len(ids) > maxPerSession {
		dropped = *s.entries[ids[0]]
	} else if len(s.entries) > MaxKept {
		dropped = s.oldest()
	}
	s.remove(dropped.ID)
	s.ring()
	return dropped
}

func (s *Spool) put(k Kept) {
	if _, ok := s.entries[k.ID]; !ok {
		s.sessions[k.Key] = append(s.sessions[k.Key], k.ID)
	}
	s.entries[k.ID] = &k
	s.last = max(s.last, k.ID)
}

// oldest prefers a plain announce, since events cannot be told another way; the caller holds mu.
func (s *Spool) oldest() Kept {
	var best *Kept
	for _, k := range s.entries {
		if best == nil || (k.Event == bittorrent.EventNone) != (best.Event == bittorrent.EventNone) && k.Event == bittorrent.EventNone ||
			(k.Event == bittorrent.EventNone) == (best.Event == bittorrent.EventNone) && k.ID < best.ID {
			best = k
		}
	}
	return *best
}

// Remove ends an entry: delivered, given up, or forgotten by the user.
func (s *Spool) Remove(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

func (s *Spool) remove(id uint64) {
	k, ok := s.entries[id]
	if !ok {
		return
	}
	delete(s.entries, id)
	ids := slices.DeleteFunc(s.sessions[k.Key], func(o uint64) bool { return o == id })
	if len(ids) == 0 {
		delete(s.sessions, k.Key)
	} else {
		s.sessions[k.Key] = ids
	}
	s.append(strconv.AppendUint([]byte("d "), id, 10))
}

// Heard ends what a live announce of the session made needless: its kept plain announce, and the same event kept.
func (s *Spool) Heard(k ledger.Key, e bittorrent.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Clone(s.sessions[k]) {
		if old := s.entries[id].Event; old == bittorrent.EventNone || old == e {
			s.remove(id)
		}
	}
}

// Before is what must reach the tracker before a live announce with this event: the session's kept events, but not
// that very event, which the live announce is about to say itself.
func (s *Spool) Before(k ledger.Key, e bittorrent.Event) []Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Kept
	for i, ids := 0, s.sessions[k]; i < len(ids); i++ {
		old := s.entries[ids[i]]
		if old.Event.Kept() && (old.Event != e || i < len(ids)-1) {
			out = append(out, *old)
		}
	}
	return out
}

// Tried notes a delivery that failed.
func (s *Spool) Tried(id uint64, p activity.Problem, notBefore time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.entries[id]; ok {
		k.Tries++
		k.Problem, k.NotBefore = p, notBefore
	}
}

// Hurry lets an entry be tried at once; false if there is none.
func (s *Spool) Hurry(id uint64) (host string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.entries[id]
	if !ok {
		return "", false
	}
	k.NotBefore = time.Time{}
	s.ring()
	return k.Host, true
}

// All is every entry, oldest first.
func (s *Spool) All() []Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Kept, 0, len(s.entries))
	for _, k := range s.entries {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b Kept) int { return int(int64(a.ID) - int64(b.ID)) })
	return out
}

// Len is how many are kept.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// fronts is the first entry of each session, oldest first.
func (s *Spool) fronts() []Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Kept, 0, len(s.sessions))
	for _, ids := range s.sessions {
		out = append(out, *s.entries[ids[0]])
	}
	slices.SortFunc(out, func(a, b Kept) int { return int(int64(a.ID) - int64(b.ID)) })
	return out
}

// current is the entry if it is still kept and first of its session.
func (s *Spool) current(id uint64) (Kept, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.entries[id]
	if !ok || s.sessions[k.Key][0] != id {
		return Kept{}, false
	}
	return *k, true
}

// Ring makes the courier look again: a tracker answered.
func (s *Spool) Ring() {
	if s.Len() > 0 {
		s.ring()
	}
}

func (s *Spool) ring() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// append records; the caller holds mu. A record that cannot be written is written by the next Compact.
func (s *Spool) append(record []byte) {
	if err := s.journal.Append(record); err != nil {
		s.trouble = err
	}
}

// Trouble is why something is not on disk; nil when all is.
func (s *Spool) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

func recordKept(k *Kept) []byte {
	b, err := json.Marshal(k)
	if err != nil { // a plain value of ours always survives JSON
		panic(err)
	}
	return append([]byte("k "), b...)
}

// Restore takes one record of the journal.
func (s *Spool) Restore(record []byte) error {
	kind, rest, _ := strings.Cut(string(record), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case "k":
		var k Kept
		if err := json.Unmarshal([]byte(rest), &k); err != nil {
			return fmt.Errorf("kept announce: %w", err)
		}
		if k.ID == 0 || k.Address == "" || len(k.Request) == 0 {
			return fmt.Errorf("kept announce has an empty field")
		}
		s.put(k)
	case "d":
		id, err := strconv.ParseUint(rest, 10, 64)
		if err != nil {
			return fmt.Errorf("end of a kept announce: %w", err)
		}
		if k, ok := s.entries[id]; ok {
			delete(s.entries, id)
			if s.sessions[k.Key] = slices.DeleteFunc(s.sessions[k.Key], func(o uint64) bool { return o == id }); len(s.sessions[k.Key]) == 0 {
				delete(s.sessions, k.Key)
			}
		}
		s.last = max(s.last, id)
	default:
		return fmt.Errorf("record is not the spool's")
	}
	return nil
}

// Compact writes the journal anew from what is kept.
func (s *Spool) Compact() error {
	all := s.All()
	s.mu.Lock()
	s.trouble = nil
	s.mu.Unlock()
	err := s.journal.Rewrite(func(yield func([]byte) bool) {
		for i := range all {
			if !yield(recordKept(&all[i])) {
				return
			}
		}
	})
	if err != nil {
		s.mu.Lock()
		s.trouble = err
		s.mu.Unlock()
	}
	return err
}

// Bloated is whether compacting would at least halve the journal.
func (s *Spool) Bloated() bool {
	_, records := s.journal.Size()
	return records > 2*s.Len()+1000
}

// Forget drops everything, on the user's word.
func (s *Spool) Forget() error {
	s.mu.Lock()
	clear(s.entries)
	clear(s.sessions)
	s.mu.Unlock()
	return s.Compact()
}
