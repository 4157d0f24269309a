package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/clients"
	"bittoratio/engine/store"
)

// Plan is a planned change of a file, or its undo.
type Plan struct {
	File    File
	Changes []Change // none if the file is already set up
	Undo    bool     // it undoes an earlier change

	// Replaced is the client's present proxy, according to its file; empty if it has none, or has this program's.
	Replaced string

	others bool // another setting than those that are changed only where they are has that proxy

	edit   clients.Edit
	real   string // the file that symbolic links lead to
	before []byte // nil if the file does not exist
	copied []byte // the text to copy if the file does not exist; nil if nothing is copied
	after  []byte // nil to remove the file
}

// Makes reports whether the file does not exist yet.
func (p *Plan) Makes() bool { return p.before == nil }

// Change is one setting before and after, as it is in the file.
type Change struct {
	Setting string // "Network/Proxy\Type", "proxy_url"
	Before  string
	After   string
	Had     bool // it was there before
	Has     bool // it is there afterwards
}

// RunningError means that the client runs: it would overwrite the change when it ends.
type RunningError struct {
	Program string
	PID     int
}

// Error implements error.
func (e *RunningError) Error() string {
	return fmt.Sprintf("%s runs (process %d), and would write over the change when it ends: close it first", e.Program, e.PID)
}

// Why a file is not changed, besides a [RunningError] and the system's errors.
var (
	ErrChanged  = errors.New("the file was changed in the meantime: look again")
	ErrNoBackup = errors.New("there is no backup of the file to take the settings from")
	ErrTooLarge = errors.New("the file is larger than any client's settings")
)

// FormatError means that the client did not write the file in this form.
type FormatError struct{ Err error }

// Error implements error.
func (e *FormatError) Error() string {
	return "the file cannot be read as the client's settings: " + e.Err.Error()
}

// VersionError means that a version of the client wrote the file that does not read the settings to be changed.
type VersionError struct{ Version string }

// Error implements error.
func (e *VersionError) Error() string {
	return "the file was written by version " + e.Version + " of the client, which does not read these settings"
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

const maxFile = 16 << 20 // bytes

// Point plans the change of a file that makes its client use this program. The error is a *[FormatError], a
// *[VersionError], or the system's.
func Point(f File, e clients.Edit) (*Plan, error) { return pointFrom(f, e, e.Reads) }

// PointRunning is Point for a change that the running client itself makes. The plan is only for [Plan.KeepAside]: the
// file may still be as an earlier version of the client wrote it.
func PointRunning(f File, e clients.Edit) (*Plan, error) {
	return pointFrom(f, e, func(string) bool { return true })
}

// pointFrom is Point for a file that one of these versions wrote.
func pointFrom(f File, e clients.Edit, reads func(version string) bool) (*Plan, error) {
	p, now, err := begin(f, e)
	if err != nil {
		return nil, err
	}
	if v := version(now, e.Marks); !reads(v) {
		return nil, &VersionError{v}
	}
	_, backed := f.Backup()
	for _, s := range e.Set {
		before, had := now.get(s)
		if had && number(before) == s.Value || s.Present && (!had || slices.Contains(s.None, before)) {
			continue
		}
		now.put(s)
		p.Changes = append(p.Changes, Change{Setting: title(s), Before: before, After: s.Value, Had: had, Has: true})
		if s.Proxy && had && !slices.Contains(s.None, before) && (!backed || another(s, before)) {
			p.Replaced = before
			p.others = p.others || !s.Present
		}
	}
	p.after = now.bytes()
	return p, nil
}

// Leads reports whether the settings in a file make its client use this program. A client that was changed while it ran
// writes neither settings with default values nor those that only an earlier version reads; these may be missing, but
// the proxy's address and kind may not.
func Leads(f File, e clients.Edit) bool {
	plan, err := Point(f, e)
	if err != nil {
		return false
	}
	running := slices.ContainsFunc(e.Set, func(s clients.Setting) bool { return s.Pref != "" })
	return !slices.ContainsFunc(plan.Changes, func(c Change) bool {
		i := slices.IndexFunc(e.Set, func(s clients.Setting) bool { return title(s) == c.Setting })
		s := e.Set[i]
		return c.Had || !running || s.Proxy || strings.HasSuffix(s.Key, "Port")
	})
}

// Back plans to restore the settings from before [Plan.Apply], and nothing else, because the client may have rewritten
// its file since then.
func Back(f File, e clients.Edit) (*Plan, error) {
	p, now, err := begin(f, e)
	if err != nil {
		return nil, err
	}
	p.Undo = true
	backup, ok := f.Backup()
	if !ok {
		return nil, ErrNoBackup
	}
	old, err := read(backup)
	if err != nil {
		return nil, err
	}
	made := len(old) == 0 // this package made the file
	old, copied := original(old)
	if made {
		old = blank(e.Format)
	}
	if isEntry(f) {
		if old, err = entryBefore(p.before, old); err != nil {
			return nil, &FormatError{err}
		}
	}
	was, err := edit(e.Format, old)
	if err != nil {
		return nil, &FormatError{err}
	}
	wrote, writes := version(was, e.Marks), version(now, e.Marks)
	for _, s := range slices.Backward(e.Set) {
		before, had := now.get(s)
		after, has := was.get(s)
		if !has && (s.Present || !s.In(wrote) && s.In(writes)) {
			continue // the user added it since then, or the client was updated and made it from another one
		}
		if same, ok := s.Like(after, s.Value); ok && len(s.Numbers) > 0 {
			after = same // another version wrote the backup
		}
		if before == after && had == has {
			continue
		}
		if has {
			now.put(clients.Setting{Section: s.Section, Key: s.Key, Value: after})
		} else {
			now.remove(s)
		}
		p.Changes = append(p.Changes, Change{Setting: title(s), Before: before, After: after, Had: had, Has: has})
	}
	slices.Reverse(p.Changes)
	p.after = now.bytes()
	if made && empty(p.after) || copied != nil && bytes.Equal(p.after, copied) {
		p.after = nil
	}
	return p, nil
}

// empty reports whether a file's text is no more than a blank file.
func empty(text []byte) bool {
	rest := bytes.ReplaceAll(text, []byte(`"file": 1, "format": 1`), nil)
	return len(bytes.Trim(rest, "{} \t\r\n")) == 0
}

func begin(f File, e clients.Edit) (*Plan, editor, error) {
	real, text, err := current(f, e)
	if err != nil {
		return nil, nil, err
	}
	p := &Plan{File: f, edit: e, real: real, before: text}
	if text == nil {
		text = blank(e.Format)
		if f.From != "" {
			if text, err = read(f.From); err != nil {
				return nil, nil, err
			}
			p.copied = text
		}
	}
	now, err := edit(e.Format, slices.Clone(text))
	if err != nil {
		return nil, nil, &FormatError{err}
	}
	return p, now, nil
}

// current returns the file's present text; it is nil if the file does not exist and may be made.
func current(f File, e clients.Edit) (real string, text []byte, err error) {
	real, err = filepath.EvalSymlinks(f.Path)
	if errors.Is(err, fs.ErrNotExist) && f.New {
		if _, err := os.Lstat(f.Path); err == nil {
			return "", nil, fmt.Errorf("%w: it leads to a file that is not there", fs.ErrNotExist)
		}
		return f.Path, nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if text, err = read(real); text == nil {
		text = []byte{}
	}
	return real, text, err
}

func title(s clients.Setting) string {
	if s.Section == "" {
		return s.Key
	}
	return s.Section + "/" + s.Key
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = ErrTooLarge
	}
	return b, err
}

// Apply carries the plan out: the backup first, then the file in one step. After an error the file is as it was. The
// error is a *[RunningError], [ErrChanged], or the system's.
func (p *Plan) Apply(s System) error {
	if err := s.Closed(p.File); err != nil {
		return err
	}
	_, now, err := current(p.File, p.edit)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, p.before) || (now == nil) != (p.before == nil) {
		return ErrChanged
	}
	if p.Undo {
		return p.takeBack()
	}
	if len(p.Changes) == 0 {
		return nil
	}
	if p.Makes() {
		if err := os.MkdirAll(filepath.Dir(p.real), 0o700); err != nil {
			return err
		}
	}
	if _, err := p.keep(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return p.write(p.real, p.after)
}

func (p *Plan) takeBack() error {
	if p.after == nil {
		if err := os.Remove(p.real); err != nil {
			return err
		}
	} else if err := p.write(p.real, p.after); err != nil {
		return err
	}
	return forget(p.real)
}

// write replaces a file whole and durably, with the owner and the permissions of the client's file. It writes a file
// beside it and renames that: after a crash at any moment it is the old file or the new one.
func (p *Plan) write(path string, text []byte) (err error) {
	like, err := os.Stat(p.real)
	if err != nil && (!p.Makes() || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err == nil && like != nil {
		err = own(f, like)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return store.SyncFolder(filepath.Dir(path))
}
