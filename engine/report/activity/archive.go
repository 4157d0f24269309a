package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/store"
)

// Keep is how much of the activity stays on the disk.
type Keep struct {
	Days  int   // older entries are removed; 0 stores nothing
	Bytes int64 // all files together; the oldest go first
}

// The sizes of the archive.
const (
	segmentBytes = 1 << 20 // beyond it the next file begins; small enough to read one for a page of the list
	batchEntries = 256     // in one record
	pendingMost  = 8192    // entries that wait for the disk; more are dropped
	gather       = time.Second
)

// The names of the archive's files: the day, and the file's number in it.
const (
	segmentPrefix = "activity-"
	segmentSuffix = ".journal"
	dayForm       = "20060102"
)

// batch is a record of the archive: some entries, and the sums of their day.
type batch struct {
	First uint64       `json:"first"` // number of the first entry
	Sums  exchange.Day `json:"sums"`
	Lines []line       `json:"e"`
}

// Archive keeps entries on the disk, in files of at most about 1 MiB and a day each, so that the oldest can be removed.
// The program does not depend on it: a crash may lose the last second, and a full disk the entries of that time;
// neither is shown as trouble. It has no more than an [exchange.Entry] has, so nothing secret.
type Archive struct {
	folder *store.Folder
	wake   chan struct{} // one slot
	begun  uint64        // number of the last entry of earlier runs

	mu      sync.Mutex
	keep    Keep             // guarded by mu
	pending []exchange.Entry // guarded by mu

	writing sync.Mutex // held while the disk is changed; taken before mu
	file    *store.Journal
	name    string
	sums    exchange.Day
	buf     []byte
	sealed  map[string]segment // guarded by writing; what is known about files that no longer grow
}

// segment is the summary of a whole file.
type segment struct {
	first, last uint64
	sums        exchange.Day
}

// OpenArchive reads the newest file in the folder, and returns the number of the last entry in it. Nothing is written
// until Run is called.
func OpenArchive(folder *store.Folder, keep Keep) (a *Archive, last uint64) {
	a = &Archive{folder: folder, keep: keep, wake: make(chan struct{}, 1), sealed: map[string]segment{}}
	for _, f := range slices.Backward(a.files()) {
		if s, err := a.segment(f.Name); err == nil && s.last > 0 {
			a.sums, a.begun = s.sums, s.last
			return a, s.last
		}
	}
	return a, 0
}

// SetKeep changes how much is kept; the rest is removed soon.
func (a *Archive) SetKeep(k Keep) {
	a.mu.Lock()
	a.keep = k
	a.mu.Unlock()
	a.ring()
}

func (a *Archive) ring() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Add writes an entry to the disk within about a second. It never waits for the disk: if too many entries are pending,
// the entry is dropped.
func (a *Archive) Add(e exchange.Entry) {
	a.mu.Lock()
	added := a.keep.Days > 0 && len(a.pending) < pendingMost
	if added {
		a.pending = append(a.pending, e)
	}
	first := added && len(a.pending) == 1
	a.mu.Unlock()
	if first {
		a.ring()
	}
}

// Run writes until ctx ends, and then the rest. It uses no timer while there is nothing to do.
func (a *Archive) Run(ctx context.Context) {
	a.prune(time.Now())
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			a.Flush()
			a.close()
			return
		case <-a.wake:
			timer.Reset(gather) // more entries will arrive, and share a record
			select {
			case <-ctx.Done():
				continue
			case <-timer.C:
			}
		}
		a.Flush()
		a.prune(time.Now())
	}
}

// Flush writes the pending entries.
func (a *Archive) Flush() {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	entries := a.pending
	a.pending = nil
	a.mu.Unlock()
	for len(entries) > 0 {
		n := a.sameDay(entries[:min(len(entries), batchEntries)])
		if a.write(entries[:n]) != nil {
			return // for example, the disk is full: the ledger reports that as trouble, and these entries are lost
		}
		entries = entries[n:]
	}
}

// sameDay returns how many of the entries, from the first on, are of one day.
func (a *Archive) sameDay(entries []exchange.Entry) int {
	day := entries[0].At.Format(dayForm)
	for i := range entries {
		if entries[i].At.Format(dayForm) != day {
			return i
		}
	}
	return len(entries)
}

// write appends one record; the caller holds writing.
func (a *Archive) write(entries []exchange.Entry) error {
	day := entries[0].At.Format(dayForm)
	if day > a.sums.Day { // a clock that was set back does not begin a file for an earlier day: names stay in order
		a.sums = exchange.Day{Day: day}
	}
	if err := a.room(); err != nil {
		return err
	}
	for i := range entries {
		a.sums.Add(&entries[i])
	}
	head, err := json.Marshal(a.sums)
	if err != nil { // never: it has only numbers and digits
		panic(err)
	}
	b := append(a.buf[:0], `{"first":`...)
	b = append(strconv.AppendUint(b, entries[0].Seq, 10), `,"sums":`...)
	b = append(append(b, head...), `,"e":[`...)
	for i := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendLine(b, &entries[i])
	}
	a.buf = append(b, "]}"...)
	if err := a.file.Append(a.buf); err != nil {
		a.closeFile() // the file may be lost although the folder works, as after the disk was unplugged and plugged in again
		return err
	}
	return nil
}

// room ensures that a file with room for a record is open; the caller holds writing.
func (a *Archive) room() error {
	prefix := segmentPrefix + a.sums.Day + "-"
	if a.file != nil {
		if size, _ := a.file.Size(); size < segmentBytes && strings.HasPrefix(a.name, prefix) {
			return nil
		}
		a.closeFile()
	}
	number := 0
	for _, f := range a.files() {
		if strings.HasPrefix(f.Name, prefix) {
			number, _ = strconv.Atoi(strings.TrimSuffix(f.Name[len(prefix):], segmentSuffix))
			if f.Size < segmentBytes {
				number--
			}
		}
	}
	name := fmt.Sprintf("%s%05d%s", prefix, number+1, segmentSuffix)
	file, _, err := a.folder.OpenJournal(name, func([]byte) error { return nil })
	if err != nil {
		return err
	}
	delete(a.sealed, name)
	a.file, a.name = file, name
	return nil
}

// close closes the file; later entries are dropped.
func (a *Archive) close() {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.closeFile()
}

func (a *Archive) closeFile() {
	if a.file != nil {
		_ = a.file.Close() // an error may lose the last second, which is shown nowhere else
		a.file, a.name = nil, ""
	}
}

// prune removes what is too old, and the oldest files if they are too large together.
func (a *Archive) prune(now time.Time) {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	keep := a.keep
	a.mu.Unlock()
	files := a.files()
	var total int64
	for _, f := range files {
		total += f.Size
	}
	oldest := segmentPrefix + now.AddDate(0, 0, 1-keep.Days).Format(dayForm)
	for _, f := range files {
		if keep.Days > 0 && f.Name >= oldest && total <= keep.Bytes {
			return
		}
		if f.Name == a.name {
			a.closeFile()
		}
		if a.folder.Erase(f.Name) != nil {
			return // tried again with the next entries
		}
		delete(a.sealed, f.Name)
		total -= f.Size
	}
}

// Forget removes everything.
func (a *Archive) Forget() error {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	a.pending = nil
	a.mu.Unlock()
	a.closeFile()
	a.sums, a.sealed = exchange.Day{}, map[string]segment{}
	var err error
	for _, f := range a.files() {
		err = errors.Join(err, a.folder.Erase(f.Name))
	}
	return err
}

// files returns the names of the archive's files, oldest first; none if the folder cannot be read.
func (a *Archive) files() []store.File {
	files, err := a.folder.List(segmentPrefix, segmentSuffix)
	if err != nil {
		return nil
	}
	return files
}
