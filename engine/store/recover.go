package store

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// Recovery describes what opening a journal found and did.
type Recovery struct {
	Records int    // that replay accepted
	Lost    int    // lines that were damaged, or that replay rejected
	Empty   bool   // there was no file, or it was empty: a first run, or somebody removed it
	Torn    bool   // the file ended within a record, which was cut off; it had never been acknowledged
	Aside   string // name of the damaged file's copy; empty if only the end was damaged, or there was no room
}

// OpenJournal opens or makes the journal called name, and calls replay with its records, oldest first. The slice is
// valid only during the call. An error from replay drops only that record.
//
// A damaged line costs only that line. OpenJournal then copies the damaged file to Recovery.Aside, and rewrites the
// journal without the lost lines; if the disk has no room for that, the file stays as it is until the next time. A torn
// end is cut off without a copy. The error is an *Error: ErrNewer if a newer version of the program wrote the file,
// which then stays untouched; ErrOpenedOnce if it is open; otherwise the system's.
func (d *Folder) OpenJournal(name string, replay func(record []byte) error) (*Journal, Recovery, error) {
	if err := checkName(name); err != nil {
		return nil, Recovery{}, wrap("open", name, err)
	}
	if !d.reserve(name) {
		return nil, Recovery{}, wrap("open", name, ErrOpenedOnce)
	}
	j, r, err := d.openJournal(name, replay)
	if err != nil {
		d.release(name)
		return nil, r, wrap("open", name, err)
	}
	return j, r, nil
}

// reserve prevents a second journal on the same file. It reports whether there was none. replay runs without mu, because
// it may write other files.
func (d *Folder) reserve(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.journals[name] {
		return false
	}
	d.journals[name] = true
	return true
}

func (d *Folder) release(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.journals, name)
}

func (d *Folder) openJournal(name string, replay func([]byte) error) (*Journal, Recovery, error) {
	// A Rewrite that did not finish left it.
	if err := os.Remove(d.Path(name + tempSuffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, Recovery{}, err
	}
	f, err := openPlain(d.Path(name), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, Recovery{}, err
	}
	s, err := scan(f, replay)
	r := Recovery{Records: s.records, Lost: s.lost, Torn: s.torn, Empty: s.size == 0 && !s.torn}
	if err == nil && s.torn {
		err = f.Truncate(s.size)
	}
	if err == nil && (len(s.bad) > 0 || s.headless) {
		f, r.Aside, err = d.repair(f, name, &s)
	}
	if err == nil {
		err = errors.Join(f.Sync(), SyncFolder(d.path))
	}
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, r, err
	}
	return newJournal(d, name, f, s.size, s.records), r, nil
}

// span is a part of a file, in bytes.
type span struct{ from, to int64 }

// scanned is the result of reading a whole journal.
type scanned struct {
	size      int64 // without a torn end
	records   int
	lost      int
	torn      bool
	headless  bool   // the first line is not a header
	openEnded bool   // the file ends in a damaged line that is not a torn record
	bad       []span // spans to drop; adjacent ones are joined
}

// scan reads a journal from its beginning.
func scan(f io.Reader, replay func([]byte) error) (scanned, error) {
	var s scanned
	lines := newLineReader(f)
	for {
		line, n, whole, err := lines.next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		// A file that does not begin like a journal is not a torn record: some file systems leave zeros after a power
		// loss.
		if !whole && n < maxLine && (s.size > 0 || bytes.HasPrefix(appendHeader(nil), line)) {
			s.torn = true
			return s, nil
		}
		payload, ok := payloadOf(line)
		ok = ok && whole
		if s.size == 0 && ok {
			v, isHeader := headerVersion(payload)
			if isHeader && v > version {
				return s, ErrNewer
			}
			if isHeader {
				s.size = n
				continue
			}
		}
		s.headless = s.headless || s.size == 0
		s.openEnded = !whole
		if ok && replay(payload) == nil {
			s.records++
		} else {
			s.drop(n)
		}
		s.size += n
	}
}

// drop marks the line of n bytes at size as lost.
func (s *scanned) drop(n int64) {
	s.lost++
	if last := len(s.bad) - 1; last >= 0 && s.bad[last].to == s.size {
		s.bad[last].to += n
		return
	}
	s.bad = append(s.bad, span{s.size, s.size + n})
}

// repair copies a damaged journal aside and rewrites it without its bad spans. It returns the file of the journal from
// now on: the damaged one if the disk is full.
func (d *Folder) repair(f *os.File, name string, s *scanned) (*os.File, string, error) {
	aside, next, err := d.rebuild(f, name, s)
	if err != nil {
		if s.openEnded || !isFull(err) {
			return f, "", err
		}
		return f, "", nil
	}
	size, err := next.Seek(0, io.SeekEnd)
	if err != nil {
		return f, aside, errors.Join(err, next.Close())
	}
	if closeToRename {
		_ = next.Close()
	}
	_ = f.Close()
	if err := os.Rename(next.Name(), d.Path(name)); err != nil {
		_ = next.Close()
		return nil, aside, err
	}
	if closeToRename {
		if next, err = openPlain(d.Path(name), os.O_RDWR); err != nil {
			return nil, aside, err
		}
	}
	s.size = size
	return next, aside, nil
}

// rebuild makes and syncs both files of repair; if one fails, it leaves neither.
func (d *Folder) rebuild(f *os.File, name string, s *scanned) (aside string, next *os.File, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if aside, err = d.asideName(name); err != nil {
		return "", nil, err
	}
	whole, err := openPlain(d.Path(aside), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(d.Path(aside))
		}
	}()
	if err = errors.Join(copySpan(whole, f, span{0, s.size}), whole.Sync(), whole.Close(), SyncFolder(d.path)); err != nil {
		return "", nil, err
	}
	if next, err = d.createTemp(name); err != nil {
		return "", nil, err
	}
	if err = errors.Join(copyGood(next, f, s), next.Sync()); err != nil {
		_ = next.Close()
		_ = os.Remove(next.Name())
		return "", nil, err
	}
	d.dropAsides(name)
	return aside, next, nil
}

func copyGood(to io.Writer, from io.ReaderAt, s *scanned) error {
	if s.headless {
		if _, err := to.Write(appendHeader(nil)); err != nil {
			return err
		}
	}
	var at int64
	for _, b := range append(s.bad, span{s.size, s.size}) {
		if err := copySpan(to, from, span{at, b.from}); err != nil {
			return err
		}
		at = b.to
	}
	return nil
}

// copySpan copies all of a span or fails.
func copySpan(to io.Writer, from io.ReaderAt, s span) error {
	n, err := io.Copy(to, io.NewSectionReader(from, s.from, s.to-s.from))
	if err == nil && n < s.to-s.from {
		err = io.ErrUnexpectedEOF
	}
	return err
}
