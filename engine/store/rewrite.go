package store

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"os"
)

// Rewrite replaces the journal by what all yields, followed by the records appended since Rewrite began. It makes a
// journal shorter: all yields the caller's present state, one record for each thing that still counts. A yielded slice
// is used only during the yield.
//
// Appends continue meanwhile; only a last short step delays them. What is appended while all is read may therefore be in
// all and follow again after it: replaying a record twice must be harmless (the last record about a thing counts). A
// crash at any moment leaves either the old journal or the new one, complete. The error is an *Error; then the old
// journal continues. Rewrite does not need the old file, which may be unusable, as after the disk was unplugged and
// plugged in again; but if records were appended meanwhile, only the next Rewrite succeeds.
func (j *Journal) Rewrite(all iter.Seq[[]byte]) error {
	j.rewriting.Lock()
	defer j.rewriting.Unlock()
	return wrap("rewrite", j.name, j.rewrite(all))
}

// lastStep is how many bytes may be left to copy when appends have to wait.
const lastStep = 64 << 10

func (j *Journal) rewrite(all iter.Seq[[]byte]) (err error) {
	j.mu.Lock()
	from, before, closed := j.size, j.records, j.closed
	j.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	if err := j.folder.takeBack(); err != nil {
		return err
	}
	next, err := j.folder.createTemp(j.name)
	if err != nil {
		return err
	}
	swapped := false
	defer func() {
		if err != nil && !swapped {
			_ = next.Close()
			_ = os.Remove(next.Name())
		}
	}()
	records, err := writeAll(next, all)
	if err == nil {
		from, err = j.catchUp(next, from)
	}
	if err == nil {
		err = next.Sync() // most of it, while appends continue
	}
	if err != nil {
		return err
	}

	j.syncing.Lock()
	defer j.syncing.Unlock()
	if err := j.swap(next, from, records-before); err != nil {
		return err
	}
	swapped = true
	return wrap("sync", j.folder.path, SyncFolder(j.folder.path))
}

// writeAll writes the beginning of a journal file.
func writeAll(f io.Writer, all iter.Seq[[]byte]) (records int, err error) {
	w := bufio.NewWriterSize(f, 64<<10)
	line := appendHeader(nil)
	_, err = w.Write(line)
	for record := range all {
		if err != nil {
			return records, err
		}
		if len(record) > maxPayload || bytes.IndexByte(record, '\n') >= 0 {
			return records, ErrBadRecord
		}
		line = appendLine(line[:0], record)
		_, err = w.Write(line)
		records++
	}
	return records, errors.Join(err, w.Flush())
}

// catchUp copies what was appended since from, until little is left, and returns how far it has come.
func (j *Journal) catchUp(next *os.File, from int64) (int64, error) {
	// An empty journal gets its header with its first record; next has one.
	from = max(from, int64(len(appendHeader(nil))))
	for {
		j.mu.Lock()
		to := j.size
		if to-from <= lastStep {
			j.mu.Unlock()
			return from, nil
		}
		err := j.ready()
		file := j.file
		j.mu.Unlock()
		if err != nil {
			return from, err
		}
		// The file is not replaced meanwhile: only Rewrite and Close do that, one after the other.
		if err := copySpan(next, file, span{from, to}); err != nil {
			return from, err
		}
		from = to
	}
}

// swap copies the rest, syncs, and makes next the journal. The caller holds syncing. Appends wait meanwhile.
func (j *Journal) swap(next *os.File, from int64, moreRecords int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.size > from {
		if err := j.ready(); err != nil {
			return err
		}
		if err := copySpan(next, j.file, span{from, j.size}); err != nil {
			return err
		}
	}
	size, err := next.Seek(0, io.SeekCurrent)
	if err == nil {
		err = next.Sync()
	}
	if err != nil {
		return err
	}
	if closeToRename {
		j.closeFile() // the next append opens the file that has the name then
		_ = next.Close()
	}
	if err := os.Rename(next.Name(), j.folder.Path(j.name)); err != nil {
		return err
	}
	if !closeToRename {
		j.closeFile() // nothing in it is needed any more
		j.file = next
	}
	j.size, j.synced, j.gone, j.torn, j.failed = size, size, false, false, nil
	j.records += moreRecords
	return nil
}

// closeFile closes the file, if it is open. The caller holds mu.
func (j *Journal) closeFile() {
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}
