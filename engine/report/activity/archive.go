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
	Days  int   // the older go; 0 keeps nothing
	Bytes int64 // all files together; the oldest go first
}

// The measures of the archive.
const (
	segmentBytes = 1 << 20 // beyond it the next file is begun; small enough to read one for a page of the list
	batchEntries = 256     // in one record
	pendingMost  = 8192    // entries that wait for the disk; more are not kept
	gather       = time.Second
)

// The names of the archive's files: the day they are of, and their number in it.
const (
	segmentPrefix = "activity-"
	segmentSuffix = ".journal"
	dayForm       = "20060102"
)

// batch is a record of the archive: some entries, and the day's sums with them.
type batch struct {
	First uint64       `json:"first"` // number of the first entry
	Sums  exchange.Day `json:"sums"`
	Lines []line       `json:"e"`
}

// Archive keeps entries on the disk, in files of at most about 1 MiB and a day each, so that the oldest can be removed.
// It is for the user to read only: a crash may lose its last second, and a full disk the entries of that time; neither
// is shown as trouble. It has what an [exchange.Entry] has, so nothing secret.
type Archive struct {
	folder *store.Folder
	wake   chan struct{} // one slot
	begun  uint64        // number of the last entry of the runs before this one

	mu      sync.Mutex
	keep    Keep             // guarded by mu
	pending []exchange.Entry // guarded by mu

	writing sync.Mutex // held while the disk is changed; taken before mu
	file    *store.Journal
	name    string
	sums    exchange.Day
	buf     []byte
	sealed  map[string]segment // guarded by writing; what is known of files that grow no more
}

// segment is what reading a whole file gave.
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

// SetKeep changes how much is kept; what exceeds it is removed soon.
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

// Add has an entry written to the disk within about a second. It never waits for the disk: if too many entries wait for
// it, the entry is dropped.
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

// Run writes until ctx ends, and then what is left. With nothing to do it sleeps without a timer.
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
			timer.Reset(gather) // more will come, and share a record
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

// Flush writes the entries that wait.
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
			return // for example, the disk is full: the ledger shows that as trouble, and these entries are lost
		}
		entries = entries[n:]
	}
}

// sameDay returns how many of the entries are of the first one's day.
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
	if day > a.sums.Day { // a clock that was set back does not begin a file of an earlier day: names stay in order
		a.sums = exchange.Day{Day: day}
	}
	if err := a.room(); err != nil {
		return err
	}
	for i := range entries {
		a.sums.Add(&entries[i])
	}
	head, err := json.Marshal(a.sums)
	if err != nil { // numbers and digits
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
	return a.file.Append(a.buf)
}

// room has a file open with room for a record; the caller holds writing.
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

// close closes the file; later entries are not kept.
func (a *Archive) close() {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.closeFile()
}

func (a *Archive) closeFile() {
	if a.file != nil {
		_ = a.file.Close() // it may lose the last second, which is shown nowhere else
		a.file, a.name = nil, ""
	}
}

// prune removes what is too old or too much.
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

// Forget removes all that is kept.
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
