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

// What ends the names of the file as it was before, and of the client's preferences as its remote access gave them before.
const (
	backupSuffix      = ".before-bittoratio"
	preferencesSuffix = ".before-bittoratio.json"
)

// Backup returns where the file lies as it was; ok is false where this package has not changed it, or took that back.
func (f File) Backup() (path string, ok bool) {
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return "", false
	}
	st, err := os.Lstat(real + backupSuffix)
	return real + backupSuffix, err == nil && st.Mode().IsRegular()
}

// Preferences returns what [Plan.KeepAside] kept; the error is [ErrNoBackup] where it kept none.
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

// Forget removes what was kept of the file as it was: the change was taken back in another way.
func (f File) Forget() error {
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return err
	}
	return forget(real)
}

// forget removes the preferences first: a backup without them counts as one of the file.
func forget(real string) error {
	return errors.Join(remove(real+preferencesSuffix), remove(real+backupSuffix))
}

// remove removes a file that may be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyMark begins the backup of a file that was not there and was made as a copy of another one; the text that was copied
// follows.
const copyMark = "# There was no such file. BittOratio copied it from another one, whose text follows.\n"

// original returns the text in a backup; copied is the same where there was no file, and it was made as a copy of that text.
func original(backup []byte) (text, copied []byte) {
	if copied, ok := bytes.CutPrefix(backup, []byte(copyMark)); ok {
		return copied, copied
	}
	return backup, nil
}

// keep makes the backup: of a file that is not there an empty one, or what is copied behind [copyMark]. One that is there
// stays, unless its settings are those of the file, or the file is gone: then the change was taken back by hand, and the
// file may be another one since. Nor does it where the user chose another proxy since. stays reports whether it does.
func (p *Plan) keep() (stays bool, err error) {
	if p.Makes() {
		var text []byte
		if p.copied != nil {
			text = append([]byte(copyMark), p.copied...)
		}
		if err := remove(p.real + preferencesSuffix); err != nil {
			return false, err // they are of a file that is gone
		}
		return false, p.write(p.real+backupSuffix, text)
	}
	old, err := read(p.real + backupSuffix)
	if err == nil {
		if old, _ = original(old); len(old) == 0 {
			old = blank(p.edit.Format)
		}
		if was, err := edit(p.edit.Format, old); err == nil && !p.sameSettings(was) && p.Replaced == "" {
			return true, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := remove(p.real + preferencesSuffix); err != nil {
		return false, err // they are of an earlier change
	}
	return false, p.write(p.real+backupSuffix, p.before)
}

// KeepAside makes the backup and changes nothing: for a change through the client's remote access, after which the client
// writes its file itself. The preferences, as they are now, are kept beside it. Where the backup of an earlier change stays,
// so do the preferences beside it, which are what the undo gives back, unless renew is true.
func (p *Plan) KeepAside(preferences []byte, renew bool) error {
	_, kept := os.Lstat(p.real + preferencesSuffix)
	if _, backed := p.File.Backup(); backed && kept == nil && !renew {
		return nil // the client may not have written its file since
	}
	if stays, err := p.keep(); stays && !renew || err != nil {
		return err
	}
	return p.write(p.real+preferencesSuffix, preferences)
}

// sameSettings reports whether the settings at stake are the same in another state of the file as in this one.
func (p *Plan) sameSettings(was editor) bool {
	now, err := edit(p.edit.Format, slices.Clone(p.before))
	return err == nil && !slices.ContainsFunc(p.edit.Set, func(s clients.Setting) bool {
		a, hadA := was.get(s)
		b, hadB := now.get(s)
		return a != b || hadA != hadB
	})
}
