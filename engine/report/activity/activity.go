// Package activity remembers what happened: a bounded, numbered list of exchanges, newest last, and its archive on the
// disk. It is for the user; the log is for developers. Neither is made from the other.
package activity

import (
	"sync"

	"bittoratio/engine/exchange"
)

// Log keeps the newest entries. It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	entries []exchange.Entry    // guarded by mu; a ring
	before  uint64              // the number before the first
	next    uint64              // guarded by mu; number of the next entry, from 1
	heads   [headsKept]numbered // guarded by mu; a ring
}

// headsKept is how many exchanges keep their bytes, in memory.
const headsKept = 256

type numbered struct {
	seq   uint64
	heads *exchange.Heads
}

// NewLog returns a log of at most size entries; the first one gets the number after last.
func NewLog(size int, last uint64) *Log {
	return &Log{entries: make([]exchange.Entry, 0, size), next: last + 1, before: last}
}

// Add numbers the entry and stores it, dropping the oldest when full. It returns the entry with its number, without
// Heads.
func (l *Log) Add(e exchange.Entry) exchange.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = l.next
	l.next++
	if e.Heads != nil {
		l.heads[e.Seq%headsKept] = numbered{e.Seq, e.Heads}
		e.Heads = nil
	}
	if len(l.entries) < cap(l.entries) {
		l.entries = append(l.entries, e)
		return e
	}
	l.entries[l.place(e.Seq)] = e
	return e
}

// place returns the index of the entry with a number; the caller holds mu.
func (l *Log) place(seq uint64) int { return int((seq - 1 - l.before) % uint64(cap(l.entries))) }

// Heads returns the bytes of the exchange with a number; nil if they are no longer there.
func (l *Log) Heads(seq uint64) *exchange.Heads {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.heads[seq%headsKept]; h.seq == seq {
		return h.heads
	}
	return nil
}

// Bounds returns the numbers of the oldest and the newest entry. If there is none, newest is the last one of an earlier
// run, or 0.
func (l *Log) Bounds() (oldest, newest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next - uint64(len(l.entries)), l.next - 1
}

// Since returns copies of the entries after number seq, oldest first, and how many after seq are no longer there.
func (l *Log) Since(seq uint64) (entries []exchange.Entry, dropped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.next - uint64(len(l.entries))
	from := seq + 1
	if from < first {
		dropped = first - from
		from = first
	}
	for s := from; s < l.next; s++ {
		entries = append(entries, l.entries[l.place(s)])
	}
	return entries, dropped
}
