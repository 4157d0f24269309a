package file

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bittoratio/engine/clients"
)

// Suffixes of the backups: of the file before the change, and of the client's preferences from its remote access.
const (
	backupSuffix      = ".before-bittoratio"
	preferencesSuffix = ".before-bittoratio.json"
)

// Backup returns the path of the file's backup; ok is false if this package has not changed the file, or has undone the
// change.
func (f File) Backup() (path string, ok bool) {
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return "", false
	}
	st, err := os.Lstat(real + backupSuffix)
	return real + backupSuffix, err == nil && st.Mode().IsRegular()
}

// Preferences returns the preferences that [Plan.KeepAside] has backed up; if there are none, the error is
// [ErrNoBackup].
func (f File) Preferences() (preferences []byte, err error) {
	backup, ok := f.Backup()
	if !ok {
		return nil, ErrNoBackup
	}
	preferences, err = read(backup + filepath.Ext(preferencesSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoBackup
	}
	return preferences, err
}

// Forget removes the backup, because the change was undone in another way.
func (f File) Forget() error {
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return err
	}
	return forget(real)
}

// forget removes both backups, that of the preferences first: if it ends in between, the other one alone is valid, as
// the backup of a change in the file.
func forget(real string) error {
	return errors.Join(remove(real+preferencesSuffix), remove(real+backupSuffix))
}

// remove removes a file if it exists.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyMark begins the backup of a file that did not exist and was made as a copy of another one; the copied text
// follows.
const copyMark = "# There was no such file. BittOratio copied it from another one, whose text follows.\n"

// original returns the text in a backup. If there was no file, but a copy of another one was made, copied is the copied
// text.
func original(backup []byte) (text, copied []byte) {
	if copied, ok := bytes.CutPrefix(backup, []byte(copyMark)); ok {
		return copied, copied
	}
	return backup, nil
}

// keep makes the backup. For a file that does not exist yet it is empty, or has the copied text after [copyMark]. An
// earlier backup stays, except in three cases: its settings equal those of the file; the file is gone (the user undid
// the change by hand, and the file may be a new one); the user has since chosen another proxy. If that proxy is only in
// settings that are changed only where they are, only these are renewed. stays reports whether the backup stays.
func (p *Plan) keep() (stays bool, err error) {
	if p.Makes() {
		var text []byte
		if p.copied != nil {
			text = append([]byte(copyMark), p.copied...)
		}
		if err := remove(p.real + preferencesSuffix); err != nil {
			return false, err // they belong to a file that no longer exists
		}
		return false, p.write(p.real+backupSuffix, text)
	}
	text := p.before
	old, err := read(p.real + backupSuffix)
	if err == nil {
		if old, _ = original(old); len(old) == 0 {
			old = blank(p.edit.Format)
		}
		was, err := edit(p.edit.Format, old)
		switch same := err != nil || p.sameSettings(was); {
		case !same && p.Replaced == "":
			return true, nil
		case !same && !p.others:
			text = p.renewed(was)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := remove(p.real + preferencesSuffix); err != nil {
		return false, err // they belong to an earlier change
	}
	return false, p.write(p.real+backupSuffix, text)
}

// renewed returns an earlier backup with the present values of the settings that are changed only where they are. All
// others have this program's values now.
func (p *Plan) renewed(was editor) []byte {
	now, err := edit(p.edit.Format, slices.Clone(p.before))
	if err != nil {
		return p.before
	}
	for _, s := range p.edit.Set {
		if v, had := now.get(s); s.Present && had && v != s.Value {
			s.Value = v
			was.put(s)
		}
	}
	return was.bytes()
}

// KeepAside only makes the backup. It is for a change through the client's remote access, after which the client writes
// its file itself. The present preferences are saved beside the backup. If the backup of an earlier change stays, so do
// the preferences beside it, which an undo restores, unless renew is true.
func (p *Plan) KeepAside(preferences []byte, renew bool) error {
	_, kept := os.Lstat(p.real + preferencesSuffix)
	if _, backed := p.File.Backup(); backed && kept == nil && !renew {
		return nil // the client may not have written its file since then
	}
	if stays, err := p.keep(); stays && !renew || err != nil {
		return err
	}
	return p.write(p.real+preferencesSuffix, preferences)
}

// sameSettings reports whether another state of the file has the same values for the settings to be changed.
func (p *Plan) sameSettings(was editor) bool {
	now, err := edit(p.edit.Format, slices.Clone(p.before))
	return err == nil && !slices.ContainsFunc(p.edit.Set, func(s clients.Setting) bool {
		a, hadA := was.get(s)
		b, hadB := now.get(s)
		return a != b || hadA != hadB
	})
}
