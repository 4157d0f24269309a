package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFile is the largest file that ReadFile reads, in bytes.
const maxFile = 64 << 20

// tempSuffix ends the name of a file that is being written and will be renamed. A crash may leave such a file; it is
// removed when the next one is made.
const tempSuffix = ".tmp"

func checkName(name string) error {
	if name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
		return ErrBadName
	}
	return nil
}

// openPlain opens a file of the program, unless it is a symbolic link or not a plain file (reading a pipe or a device
// could block or return anything). If a copy made the file readable for others, openPlain corrects that.
func openPlain(path string, flag int) (*os.File, error) {
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	f, err := os.OpenFile(path, flag|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err == nil && forOthers(st) {
		_ = f.Chmod(0o600) // another user's file is used as it is
	}
	return f, nil
}

// forOthers reports whether a mode gives users other than the owner access. On Windows the mode does not show that.
func forOthers(st fs.FileInfo) bool { return runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 }

// createTemp makes a new empty file beside name.
func (d *Folder) createTemp(name string) (*os.File, error) {
	path := d.Path(name + tempSuffix)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return openPlain(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// ReadFile returns the whole file, at most 64 MiB. A missing file is an *Error that is fs.ErrNotExist.
func (d *Folder) ReadFile(name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, wrap("read", name, err)
	}
	f, err := openPlain(d.Path(name), os.O_RDONLY)
	if err != nil {
		return nil, wrap("read", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, wrap("read", name, err)
	}
	return b, nil
}

// WriteFile replaces the file whole and durably: after a crash at any moment it has the old content or the new.
func (d *Folder) WriteFile(name string, b []byte) error {
	if err := checkName(name); err != nil {
		return wrap("write", name, err)
	}
	if err := d.takeBack(); err != nil {
		return wrap("write", name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.createTemp(name)
	if err != nil {
		return wrap("write", name, err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.Path(name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return wrap("write", name, err)
	}
	return wrap("sync", d.path, SyncFolder(d.path))
}

// SetAside renames the file to a free name "name.damaged-<time, UTC>" and returns that name.
func (d *Folder) SetAside(name string) (newName string, err error) {
	if err := checkName(name); err != nil {
		return "", wrap("set aside", name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	newName, err = d.asideName(name)
	if err == nil {
		err = os.Rename(d.Path(name), d.Path(newName))
	}
	if err == nil {
		d.dropAsides(name)
	}
	if err == nil {
		err = SyncFolder(d.path)
	}
	if err != nil {
		return "", wrap("set aside", name, err)
	}
	return newName, nil
}

// Erase removes the file and all copies that were set aside. It is no error if the file is missing.
func (d *Folder) Erase(name string) error {
	if err := checkName(name); err != nil {
		return wrap("erase", name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	entries, err := os.ReadDir(d.path)
	for _, e := range entries {
		if n := e.Name(); n == name || n == name+tempSuffix || strings.HasPrefix(n, name+asideInfix) {
			err = errors.Join(err, os.Remove(d.Path(n)))
		}
	}
	if err == nil {
		err = SyncFolder(d.path)
	}
	return wrap("erase", name, err)
}

// asideInfix separates a file's name from the time at which it was set aside.
const asideInfix = ".damaged-"

// maxAsides is how many set-aside copies of one file stay: a fault that recurs at each start must not fill the disk.
const maxAsides = 3

// dropAsides removes the oldest copies beyond maxAsides. The caller holds mu.
func (d *Folder) dropAsides(name string) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return // the copies stay, which does no harm
	}
	type aside struct {
		name    string
		written time.Time
	}
	var all []aside
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasPrefix(e.Name(), name+asideInfix) {
			all = append(all, aside{e.Name(), asideTime(strings.TrimPrefix(e.Name(), name+asideInfix), info.ModTime())})
		}
	}
	slices.SortStableFunc(all, func(a, b aside) int { return a.written.Compare(b.written) })
	for len(all) > maxAsides {
		_ = os.Remove(d.Path(all[0].name))
		all = all[1:]
	}
}

// asideFormat is the format of the time in the name of a set-aside file.
const asideFormat = "20060102T150405Z"

// asideTime returns when a copy was set aside, from the end of its name; a number after the time orders copies of the
// same second.
func asideTime(end string, otherwise time.Time) time.Time {
	word, number, _ := strings.Cut(end, "-")
	t, err := time.Parse(asideFormat, word)
	if err != nil {
		return otherwise
	}
	n, _ := strconv.Atoi(number)
	return t.Add(time.Duration(n))
}

// asideName returns a name that sorts after all copies of this second. The name stays free, because only this process
// writes here, one change at a time.
func (d *Folder) asideName(name string) (string, error) {
	stem := name + asideInfix + time.Now().UTC().Format(asideFormat)
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return "", err
	}
	last := 0
	for _, e := range entries {
		if e.Name() == stem {
			last = max(last, 1)
		} else if n, err := strconv.Atoi(strings.TrimPrefix(e.Name(), stem+"-")); err == nil {
			last = max(last, n)
		}
	}
	if last == 0 {
		return stem, nil
	}
	return fmt.Sprintf("%s-%d", stem, last+1), nil
}
