package activity

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"bittoratio/engine/exchange"
)

// Older returns entries from the disk that the filter accepts and whose number is below before, newest first, at most
// limit. It reads files, so the window's main goroutine must not call it. Fewer than limit means that there are no
// more.
func (a *Archive) Older(f exchange.Filter, before uint64, limit int) ([]exchange.Entry, error) {
	a.Flush()
	var out []exchange.Entry
	for _, file := range slices.Backward(a.files()) {
		if s, ok := a.known(file.Name); ok && s.first >= before {
			continue
		}
		entries, err := a.read(file.Name, func(e *exchange.Entry) bool { return e.Seq < before && f.Match(e) })
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was pruned meanwhile
		}
		if err != nil {
			return out, err
		}
		slices.Reverse(entries)
		if out = append(out, entries...); len(out) >= limit {
			return out[:limit], nil
		}
	}
	return out, nil
}

// Each calls do with all entries on the disk that the filter accepts, oldest first, until do returns an error.
func (a *Archive) Each(f exchange.Filter, do func(*exchange.Entry) error) error {
	a.Flush()
	for _, file := range a.files() {
		entries, err := a.read(file.Name, f.Match)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for i := range entries {
			if err := do(&entries[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Days returns the sums of each day that has entries, oldest first.
func (a *Archive) Days() ([]exchange.Day, error) {
	a.Flush()
	var out []exchange.Day
	for _, file := range a.files() {
		s, err := a.segment(file.Name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && s.sums.Day == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && out[n-1].Day == s.sums.Day {
			out[n-1] = s.sums // within a day, they grow from file to file
			continue
		}
		out = append(out, s.sums)
	}
	return out, nil
}

// known returns the cached segment of a file that no longer grows.
func (a *Archive) known(name string) (segment, bool) {
	a.writing.Lock()
	defer a.writing.Unlock()
	s, ok := a.sealed[name]
	return s, ok
}

// read returns the chosen entries of a file, oldest first.
func (a *Archive) read(name string, chosen func(*exchange.Entry) bool) ([]exchange.Entry, error) {
	var out []exchange.Entry
	err := a.folder.ReadJournal(name, func(record []byte) error {
		var b batch
		if json.Unmarshal(record, &b) != nil {
			return nil // it is of another version, or damaged in a way that its checksum does not show
		}
		for i := range b.Lines {
			if e, err := b.Lines[i].entry(); err == nil && chosen(&e) {
				out = append(out, e)
			}
		}
		return nil
	})
	return out, err
}

// segment returns a summary of a file, usually from its last record.
func (a *Archive) segment(name string) (segment, error) {
	if s, ok := a.known(name); ok {
		return s, nil
	}
	var s segment
	var last []byte
	err := a.folder.ReadJournal(name, func(record []byte) error {
		if s.first == 0 {
			var b struct {
				First uint64 `json:"first"`
			}
			if json.Unmarshal(record, &b) == nil {
				s.first = b.First
			}
		}
		last = append(last[:0], record...)
		return nil
	})
	if err != nil || last == nil {
		return s, err
	}
	var b batch
	if json.Unmarshal(last, &b) == nil {
		s.sums = b.Sums
		if n := len(b.Lines); n > 0 {
			s.last = b.Lines[n-1].Seq
		}
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	if name != a.name {
		a.sealed[name] = s
	}
	return s, nil
}
