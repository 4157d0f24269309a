package store

import (
	"bytes"
	"io"
	"iter"
	"os"
	"runtime"
	"sync"
	"time"
)

// groupDelay is how long a record may wait for the disk, so that a burst shares one sync. A sync takes far less than
// the rest of the second that [Journal.Append] promises.
const groupDelay = 500 * time.Millisecond

// disk is what a journal needs of its file; tests replace it with one that fails.
type disk interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// Recorder makes records durable. A *[Journal] is one.
type Recorder interface {
	Append(record []byte) error
	Rewrite(all iter.Seq[[]byte]) error
	Size() (bytes int64, records int)
}

// Journal is a file of records that grows at its end. It is safe for concurrent use.
//
// Lock order: rewriting, syncing, mu. Append waits only for mu.
type Journal struct {
	folder *Folder
	name   string

	rewriting sync.Mutex // one Rewrite, or Close, at a time
	syncing   sync.Mutex // held during a sync, so that the file is not replaced

	mu      sync.Mutex
	file    disk  // nil if it must be opened again before use
	size    int64 // where the next record goes: everything before is complete
	synced  int64 // everything before is on the disk
	records int
	torn    bool // bytes after size must be cut off first
	closed  bool
	looked  time.Time // when stillThere last checked
	gone    bool      // the file was removed
	failed  error     // why the last sync failed; no append succeeds until a sync does
	next    *group    // takes the next record
	spare   *group    // the group after that; nil if it must be made

	dirty chan struct{} // one slot: there is something to sync
	stop  chan struct{}
	done  chan struct{} // closed when the syncing goroutine has ended
}

// newJournal starts the journal for a file that is complete and on the disk.
func newJournal(d *Folder, name string, file disk, size int64, records int) *Journal {
	j := &Journal{
		folder: d, name: name, file: file, size: size, synced: size, records: records, next: new(group),
		dirty: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go j.syncLater()
	return j
}

// Append adds a record, which must not contain a line feed and is at most 1 MiB less 10 bytes. When it returns nil, the
// operating system has the record, so the end of this process cannot lose it, and within about a second it is on the
// disk. The error is an *Error; then the record is not in the journal, but the earlier ones are. A later call tries
// again, so the journal recovers when the disk does. If the folder or the file was removed, it recovers with the next
// Rewrite. Appends one after the other do not allocate.
func (j *Journal) Append(record []byte) (err error) {
	defer func() {
		if err != nil {
			j.folder.failures.Add(1)
		}
	}()
	if len(record) > maxPayload || bytes.IndexByte(record, '\n') >= 0 {
		return &Error{"append", j.name, ErrBadRecord}
	}
	if err := j.folder.stillHeld(); err != nil {
		return &Error{"append", j.name, err}
	}
	g, end := j.join(record)
	runtime.Gosched() // others that append now join, too: without this, the load program's kept/32 has a rate 6 % lower
	return wrap("append", j.name, j.finish(g, end))
}

// group is records that are written at once.
type group struct {
	lines   []byte
	waiting int   // appends that have not returned
	tried   bool  // there was a try to write it
	written int   // bytes of lines that are in the file: whole lines
	err     error // why the rest is not
}

// join adds a record to the group that is written next; end is where it ends there. The caller must call finish.
func (j *Journal) join(record []byte) (g *group, end int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	g = j.next
	g.lines = appendLine(g.lines, record)
	g.waiting++
	return g, len(g.lines)
}

// finish writes a group, unless another append has done so, and returns why the record that ends at end is not written.
func (j *Journal) finish(g *group, end int) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !g.tried {
		if j.next, j.spare = j.spare, nil; j.next == nil {
			j.next = new(group)
		}
		g.tried = true
		g.written, g.err = j.write(g.lines)
	}
	if end > g.written {
		err = g.err
	}
	if g.waiting--; g.waiting == 0 {
		*g = group{lines: g.lines[:0]}
		j.spare = g
	}
	return err
}

// write writes lines at the file's end, and returns how many bytes of them are in the file: whole lines. The caller holds mu.
func (j *Journal) write(lines []byte) (written int, err error) {
	if err = j.ready(); err == nil {
		err = j.stillThere()
	}
	if err != nil {
		return 0, err
	}
	head := 0
	if j.size == 0 {
		header := appendHeader(nil)
		head, lines = len(header), append(header, lines...)
	}
	n, err := j.file.WriteAt(lines, j.size)
	if n = bytes.LastIndexByte(lines[:n], '\n') + 1; n > head {
		written = n - head
		j.size += int64(n)
		j.records += bytes.Count(lines[head:n], []byte("\n"))
		j.wake()
	}
	if err != nil {
		// Cut off the beginning of a line that was written: now, or before the next record if that fails.
		j.torn = j.file.Truncate(j.size) != nil
	}
	return written, err
}

// ready prepares the file for a write at size. The caller holds mu.
func (j *Journal) ready() error {
	if j.closed {
		return os.ErrClosed
	}
	if j.failed != nil {
		return j.failed
	}
	if j.file == nil {
		f, err := openPlain(j.folder.Path(j.name), os.O_RDWR)
		if err != nil {
			return err
		}
		j.file = f
	}
	if j.torn {
		if err := j.file.Truncate(j.size); err != nil {
			return err
		}
		j.torn = false
	}
	return nil
}

func (j *Journal) wake() {
	select {
	case j.dirty <- struct{}{}:
	default:
	}
}

// Size returns the length of the file in bytes, and how many records it holds.
func (j *Journal) Size() (bytes int64, records int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size, j.records
}

// syncLater is the journal's goroutine. It sleeps until something is appended, waits for more, and syncs. If a sync
// fails it tries again at the same pace.
func (j *Journal) syncLater() {
	defer close(j.done)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case <-j.stop:
			return
		case <-j.dirty:
		}
		timer.Reset(groupDelay)
		select {
		case <-j.stop:
			return
		case <-timer.C:
		}
		select {
		case <-j.dirty: // the signal was for records that the sync below also writes
		default:
		}
		if j.Sync() != nil {
			j.wake()
		}
	}
}

// Sync writes to the disk what was appended before the call. While it fails, so do appends, because the operating
// system may have dropped what it could not write, and no total may depend on that.
func (j *Journal) Sync() error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	return j.sync()
}

// sync is Sync for a caller that holds syncing.
func (j *Journal) sync() error {
	j.mu.Lock()
	file, from, to, failed := j.file, j.synced, j.size, j.failed
	j.mu.Unlock()
	if file == nil || from == to && failed == nil {
		return nil
	}
	var err error
	if failed != nil {
		err = rewritePart(file, from, to)
	}
	if err == nil {
		err = file.Sync()
	}
	err = wrap("sync", j.name, err)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed = err; err == nil {
		j.synced = to
	}
	return err
}

// rewritePart writes part of a file again. After a failed sync the system may regard the part as written, and the next
// sync would succeed without writing it.
func rewritePart(file disk, from, to int64) error {
	b := make([]byte, 64<<10)
	for from < to {
		n, err := file.ReadAt(b[:min(int64(len(b)), to-from)], from)
		if n == 0 {
			return err
		}
		if _, err := file.WriteAt(b[:n], from); err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}

// Close syncs the last record, ends the journal's goroutine and closes the file. Later appends fail with os.ErrClosed;
// a second Close does nothing.
func (j *Journal) Close() error {
	j.rewriting.Lock()
	defer j.rewriting.Unlock()
	j.mu.Lock()
	already := j.closed
	j.closed = true // no append succeeds from here on
	j.mu.Unlock()
	if already {
		return nil
	}
	close(j.stop)
	<-j.done
	err := j.Sync()
	j.mu.Lock()
	if j.file != nil {
		if closeErr := j.file.Close(); err == nil {
			err = wrap("close", j.name, closeErr)
		}
		j.file = nil
	}
	j.mu.Unlock()
	j.folder.release(j.name)
	return err
}
