package announce

import (
	"bytes"
	"container/list"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/udptracker"
)

// Limits of the cache.
const (
	MaxAnswers    = 5000
	MaxAnswerSize = 64 << 10           // bytes of one answer
	maxAllAnswers = 8 << 20            // bytes of all
	MaxAnswerAge  = 7 * 24 * time.Hour // the peers in an older answer have gone
)

// AnswerKey is the key of a cached answer. Announces and scrapes have different keys.
type AnswerKey struct {
	Tracker  bittorrent.TrackerID
	InfoHash bittorrent.InfoHash // for a scrape of several: a hash over all of them
	Scrape   bool
}

type answer struct {
	key  AnswerKey
	raw  []byte
	at   time.Time                    // its monotonic part, if this run has set it, is safe from jumps of the clock
	read *bittorrent.AnnounceResponse // the parsed form of raw; nil until [Answers.Read]
}

// Answers caches the last good answer of each torrent, as it was received. The caller decides what is good: status 200,
// a bencoded dictionary, no failure reason. It is safe for concurrent use.
type Answers struct {
	journal store.Recorder
	writing sync.Mutex // held while a record is written, so that the records of one torrent are in order; before mu
	record  []byte     // guarded by writing; scratch

	mu      sync.Mutex                  // never held during a write
	byKey   map[AnswerKey]*list.Element // guarded by mu
	old     *list.List                  // guarded by mu; of *answer, oldest first
	bytes   int                         // guarded by mu
	trouble error                       // guarded by mu
}

// NewAnswers returns an empty cache. Restore fills it; SetJournal, called after that, makes it record.
func NewAnswers() *Answers { return &Answers{byKey: map[AnswerKey]*list.Element{}, old: list.New()} }

// SetJournal is called once, after the last Restore. A date in the future, from a clock that was ahead, is set to now:
// otherwise the answer would be served for longer than [MaxAnswerAge]. If it is this run's clock that is wrong, and it is
// corrected later, that does not make the answer old.
func (a *Answers) SetJournal(j store.Recorder, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.journal = j
	for e := a.old.Front(); e != nil; e = e.Next() {
		if v := e.Value.(*answer); v.at.After(now) {
			v.at = now
		}
	}
}

// Keep caches a copy of a whole answer, head and body, and returns the copy, which must not be changed; nil if the
// answer is too large. An answer that cannot be recorded stays cached until the program ends.
func (a *Answers) Keep(k AnswerKey, raw []byte, now time.Time) []byte {
	if len(raw) > MaxAnswerSize {
		return nil
	}
	if kept := a.same(k, raw, now); kept != nil {
		return kept
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	v := a.put(k, bytes.Clone(raw), now)
	a.mu.Unlock()
	a.record = v.record(a.record[:0], now)
	if err := a.journal.Append(a.record); err != nil {
		a.mu.Lock()
		a.trouble = err // the next Compact writes the answer
		a.mu.Unlock()
	}
	return v.raw
}

// same returns the cached answer if it has these bytes and was written recently.
func (a *Answers) same(k AnswerKey, raw []byte, now time.Time) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.byKey[k]
	if !ok {
		return nil
	}
	v := e.Value.(*answer)
	if !v.fresh(now) || !bytes.Equal(v.raw, raw) {
		return nil
	}
	a.old.MoveToBack(e)
	return v.raw
}

// Read stores the parsed form of raw, if raw is the cached answer for k.
func (a *Answers) Read(k AnswerKey, raw []byte, r bittorrent.AnnounceResponse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.byKey[k]; ok && bytes.Equal(e.Value.(*answer).raw, raw) {
		e.Value.(*answer).read = &r
	}
}

// Again is [Answers.Keep] for an answer with the same bytes as the cached one, and returns that one's parsed form: a
// torrent without other peers gets the same answer for days. BenchmarkExchange takes a third longer without this. If
// the bytes differ, ok is false and nothing has changed.
func (a *Answers) Again(k AnswerKey, raw []byte, now time.Time) (kept []byte, r bittorrent.AnnounceResponse, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.byKey[k]
	if !ok {
		return nil, r, false
	}
	v := e.Value.(*answer)
	if v.read == nil || !v.fresh(now) || !bytes.Equal(v.raw, raw) {
		return nil, r, false
	}
	a.old.MoveToBack(e)
	return v.raw, *v.read, true
}

// fresh reports whether the answer was written so recently that this need not be repeated. By the clock that was so too:
// otherwise the date on the disk is that of a wrong clock.
func (v *answer) fresh(now time.Time) bool {
	const recent = MaxAnswerAge / 14
	return now.Sub(v.at) < recent && now.Round(0).Sub(v.at.Round(0)).Abs() < recent
}

// old reports whether the answer must not be used any more.
func (v *answer) old(now time.Time) bool { return now.Sub(v.at) > MaxAnswerAge }

// put stores an answer, and drops the oldest ones beyond the limits; the caller holds mu.
func (a *Answers) put(k AnswerKey, raw []byte, at time.Time) *answer {
	if e, ok := a.byKey[k]; ok {
		a.drop(e)
	}
	v := &answer{key: k, raw: raw, at: at}
	a.byKey[k] = a.old.PushBack(v)
	a.bytes += len(raw)
	for a.old.Len() > MaxAnswers || a.bytes > maxAllAnswers {
		a.drop(a.old.Front())
	}
	return v
}

func (a *Answers) drop(e *list.Element) {
	v := a.old.Remove(e).(*answer)
	delete(a.byKey, v.key)
	a.bytes -= len(v.raw)
}

// Last returns the last good answer, which must not be changed; nil if there is none that is young enough.
func (a *Answers) Last(k AnswerKey, now time.Time) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.byKey[k]
	if !ok || e.Value.(*answer).old(now) {
		return nil
	}
	return e.Value.(*answer).raw
}

// record appends the answer's record, with its date as the clock shows it now.
func (v *answer) record(dst []byte, now time.Time) []byte {
	dst = append(dst, "a "...)
	dst = hex.AppendEncode(dst, v.key.Tracker[:])
	dst = append(dst, ' ')
	dst = hex.AppendEncode(dst, v.key.InfoHash[:])
	dst = append(dst, ' ')
	dst = strconv.AppendBool(dst, v.key.Scrape)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, now.Add(v.at.Sub(now)).UnixMilli(), 10)
	dst = append(dst, ' ')
	return base64.StdEncoding.AppendEncode(dst, v.raw)
}

// Restore reads one record of the journal.
func (a *Answers) Restore(record []byte) error {
	f := bytes.Fields(record)
	if len(f) != 6 || string(f[0]) != "a" {
		return fmt.Errorf("record is not an answer's")
	}
	var k AnswerKey
	tracker, err1 := hex.DecodeString(string(f[1]))
	hash, err2 := hex.DecodeString(string(f[2]))
	scrape, err3 := strconv.ParseBool(string(f[3]))
	at, err4 := strconv.ParseInt(string(f[4]), 10, 64)
	raw, err5 := base64.StdEncoding.DecodeString(string(f[5]))
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return fmt.Errorf("record of an answer: %w", err)
		}
	}
	if len(tracker) != len(k.Tracker) || len(hash) != len(k.InfoHash) || len(raw) > MaxAnswerSize {
		return fmt.Errorf("record of an answer has a field of the wrong length")
	}
	if a, ok := udptracker.ParseAnswer(raw); !bytes.Contains(raw, []byte("\r\n\r\n")) && (!ok || a.Action != udptracker.Announces) {
		return fmt.Errorf("record of an answer holds neither a whole head nor a datagram")
	}
	k.Tracker, k.InfoHash, k.Scrape = bittorrent.TrackerID(tracker), bittorrent.InfoHash(hash), scrape
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(k, raw, time.UnixMilli(at))
	return nil
}

// HasDatagram reports whether the cache has an answer that a client received as a datagram.
func (a *Answers) HasDatagram() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.old.Front(); e != nil; e = e.Next() {
		if !bytes.Contains(e.Value.(*answer).raw, []byte("\r\n\r\n")) {
			return true
		}
	}
	return false
}

// Trouble returns why an answer is not on disk; nil if all are. Totals do not depend on it.
func (a *Answers) Trouble() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

// Compact rewrites the journal with the answers that can still be used.
func (a *Answers) Compact(now time.Time) error {
	a.mu.Lock()
	a.trouble = nil // a later failure sets it again
	a.mu.Unlock()
	err := a.rewrite(now)
	if err != nil {
		a.mu.Lock()
		a.trouble = err
		a.mu.Unlock()
	}
	return err
}

func (a *Answers) rewrite(now time.Time) error {
	return a.journal.Rewrite(func(yield func([]byte) bool) {
		// Copy the answers only after the rewrite has begun: from then on the journal itself copies what is recorded.
		var record []byte
		for _, v := range a.young(now) {
			if record = v.record(record[:0], now); !yield(record) {
				return
			}
		}
	})
}

// young drops the answers that are too old, and returns the rest, oldest first.
func (a *Answers) young(now time.Time) []*answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.old.Front(); e != nil; e = a.old.Front() {
		if !e.Value.(*answer).old(now) {
			break
		}
		a.drop(e)
	}
	all := make([]*answer, 0, a.old.Len())
	for e := a.old.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*answer))
	}
	return all
}

// Bloated reports whether compacting would at least halve the journal.
func (a *Answers) Bloated() bool {
	a.mu.Lock()
	live := int64(a.bytes)
	a.mu.Unlock()
	size, _ := a.journal.Size()
	return size > 4*live+1<<20
}

// Forget drops everything, at the user's request: answers contain other people's addresses.
func (a *Answers) Forget() error {
	a.mu.Lock()
	clear(a.byKey)
	a.old.Init()
	a.bytes = 0
	a.mu.Unlock()
	return a.Compact(time.Now())
}
