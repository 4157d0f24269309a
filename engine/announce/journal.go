package announce

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/store"
)

// SetJournal is called once, after the last Restore. Dates in the future, from an earlier run's wrong clock, are moved
// back, so that no announce waits for them. A plain announce that precedes another one of its session is removed: the
// program was killed between the record of the one that replaced it and the record of its end. The others would wait
// for its date.
func (s *Spool) SetJournal(j store.Recorder, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = j
	for _, k := range s.entries {
		k.clamp(now)
	}
	for _, ids := range s.sessions {
		for _, id := range slices.Clone(ids[:len(ids)-1]) {
			if s.entries[id].Plain() {
				s.remove(id) // the next change writes the record
			}
		}
	}
}

// change calls do, and returns when its records are on the disk.
func (s *Spool) change(do func()) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	do()
	queue := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, record := range queue {
		if err := s.journal.Append(record); err != nil {
			s.mu.Lock()
			s.trouble = err // the next Compact writes what is missing
			s.mu.Unlock()
		}
	}
}

// append adds a record within change. If it cannot be written, the next Compact writes it.
func (s *Spool) append(record []byte) { s.queue = append(s.queue, record) }

// Trouble returns why something is not on disk; nil if everything is.
func (s *Spool) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

// Restore reads one record of the journal.
func (s *Spool) Restore(record []byte) error {
	kind, rest, _ := strings.Cut(string(record), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case "k":
		k := Pending{restored: true}
		if err := json.Unmarshal([]byte(rest), &k); err != nil {
			return fmt.Errorf("pending announce: %w", err)
		}
		if k.ID == 0 || k.ID > maxID || k.Address == "" || len(k.Request) == 0 {
			return fmt.Errorf("pending announce has a field out of range")
		}
		s.put(k)
	case "d":
		id, err := strconv.ParseUint(rest, 10, 64)
		if err != nil || id > maxID {
			return fmt.Errorf("end of a pending announce has no number")
		}
		s.take(id)
		s.last = max(s.last, id)
	default:
		return fmt.Errorf("record is not the spool's")
	}
	return nil
}

// Compact rewrites the journal with only the announces that are still pending.
func (s *Spool) Compact() error {
	s.mu.Lock()
	s.trouble = nil // a later failure sets it again
	s.mu.Unlock()
	err := s.journal.Rewrite(func(yield func([]byte) bool) {
		// Copy the announces only after the rewrite has begun: from then on the journal itself copies what is recorded.
		all := s.All()
		for i := range all {
			if !yield(recordPending(&all[i])) {
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

// Bloated reports whether compacting would at least halve the journal.
func (s *Spool) Bloated() bool {
	_, records := s.journal.Size()
	return records > 2*s.Len()+1000
}

// Forget drops everything, at the user's request.
func (s *Spool) Forget() error {
	s.mu.Lock()
	clear(s.entries)
	clear(s.sessions)
	clear(s.trackers)
	clear(s.waits)
	s.mu.Unlock()
	return s.Compact()
}
