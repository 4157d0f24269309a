package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// Recovered is what is known about a session that is not in the ledger: either the ledger has lost it and other files
// have its announces, or its tracker has moved to another address.
type Recovered struct {
	Seen     uint64 // the client's own total; 0 if only Reported is known
	Reported uint64 // the largest total that the tracker may have received
	Moved    int64  // Unix milliseconds of the last redirect to that address; 0 if the ledger has lost the session
}

// Recover stores the totals of sessions that the ledger does not have, by [SessionID]. Such a session continues from
// its total with its next announce; until then the journal has a record of it. Recover returns how many sessions the
// ledger had lost.
func (r *Reporter) Recover(all map[string]Recovered) (lost int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held := make(map[string]bool, len(r.sessions))
	for k := range r.sessions {
		held[SessionID(k)] = true
	}
	for id, known := range all {
		if known.Reported == 0 || held[id] {
			continue
		}
		if r.recovered == nil {
			r.recovered = map[string]Recovered{}
		}
		r.recovered[id] = known
		if err := r.journal.Append(appendRecovered(nil, id, known)); err != nil {
			r.trouble, r.behind = err, true
		}
		lost++
	}
	return lost
}

// before returns the recovered state of a session that the ledger does not have; ok is false if there is none, which is
// the usual case. c is what its client announces now. The caller holds mu.
func (r *Reporter) before(k ledger.Key, c *bittorrent.Counters, now time.Time) (s ledger.Session, ok bool) {
	if len(r.recovered) == 0 {
		return s, false
	}
	id := SessionID(k)
	known, ok := r.recovered[id]
	if !ok {
		return s, false
	}
	delete(r.recovered, id)
	if known.old(now) {
		return s, false
	}
	if known.Seen == 0 && known.Moved == 0 { // how much of the new upload is in the total is unknown, so nothing is added
		known.Seen = c.Uploaded
	}
	at := now.UnixMilli()
	s = ledger.Session{Seen: known.Seen, Reported: min(max(known.Reported, known.Seen), ledger.MaxReported), First: at, Last: at}
	if known.Moved > 0 {
		s.Downloaded = c.Downloaded
		s = s.TakenOver(now)
	}
	return s, true
}

// appendRecovered appends the journal's line: the letter r, the session's ID, both totals, and when its tracker moved.
func appendRecovered(dst []byte, id string, known Recovered) []byte {
	dst = fmt.Appendf(dst, "r %s %d %d", id, known.Seen, known.Reported)
	if known.Moved > 0 {
		dst = fmt.Appendf(dst, " %d", known.Moved)
	}
	return dst
}

// restoreRecovered reads what appendRecovered wrote; ok is false for any other record.
func (r *Reporter) restoreRecovered(record []byte) (ok bool, err error) {
	rest, ok := bytes.CutPrefix(record, []byte("r "))
	if !ok {
		return false, nil
	}
	f := bytes.Fields(rest)
	if len(f) < 3 || len(f[0]) != 16 {
		return true, fmt.Errorf("record of a recovered session has too few fields")
	}
	if _, err := hex.DecodeString(string(f[0])); err != nil {
		return true, fmt.Errorf("record of a recovered session: %w", err)
	}
	seen, err := strconv.ParseUint(string(f[1]), 10, 64)
	if err != nil {
		return true, fmt.Errorf("record of a recovered session: %w", err)
	}
	reported, err := strconv.ParseUint(string(f[2]), 10, 64)
	if err != nil {
		return true, fmt.Errorf("record of a recovered session: %w", err)
	}
	var moved int64
	if len(f) > 3 {
		if moved, err = strconv.ParseInt(string(f[3]), 10, 64); err != nil || moved < 0 {
			moved = 0 // a later version's record
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.recovered == nil {
		r.recovered = map[string]Recovered{}
	}
	r.recovered[string(f[0])] = Recovered{seen, reported, moved}
	return true, nil
}
