package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"
)

// checkPause is how often an append checks that the folder and its files are still there. An idle program never checks.
const checkPause = time.Minute

// Causes found inside an *Error, of a folder that was changed under the program.
var (
	ErrFolderGone = errors.New("the data folder was removed while the program runs")
	ErrLockGone   = errors.New("the data folder's lock file was removed while the program runs")
	ErrTakenOver  = errors.New("another process uses the data folder now")
	ErrFileGone   = errors.New("the file was removed or replaced while the program runs")
)

// Failures returns how many records could not be appended to the folder's journals since it was opened. It is a quick
// check for all journals at once.
func (d *Folder) Failures() uint64 { return d.failures.Load() }

// stillHeld returns nil while the folder is this process's, otherwise why it is not. It looks at most once per
// checkPause, and otherwise returns what it found last. Only takeBack takes a lost lock again.
func (d *Folder) stillHeld() error {
	d.holding.Lock()
	defer d.holding.Unlock()
	if now := time.Now(); now.Sub(d.looked) >= checkPause || now.Before(d.looked) {
		d.looked, d.lost = now, d.look()
	}
	return d.lost
}

// takeBack is stillHeld without a pause, and takes the lock again if it is free: as a retry, after the user was warned.
func (d *Folder) takeBack() error {
	d.holding.Lock()
	defer d.holding.Unlock()
	d.looked, d.lost = time.Now(), d.look()
	if errors.Is(d.lost, ErrLockGone) || errors.Is(d.lost, ErrTakenOver) {
		d.lost = d.lockAgain()
	}
	return d.lost
}

// look checks the folder and its lock. The caller holds holding.
func (d *Folder) look() error {
	if d.lock == nil {
		return nil // it is closed, and nothing of it is written
	}
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		return ErrFolderGone
	}
	there, err := os.Lstat(d.Path(LockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrLockGone
	}
	ours, err2 := d.lock.Stat()
	if err != nil || err2 != nil || os.SameFile(there, ours) {
		return nil // an error of the disk does not prove that the folder is gone
	}
	return ErrTakenOver
}

// lockAgain makes the lock file again and takes it, if no other process did. The caller holds holding.
func (d *Folder) lockAgain() error {
	f, err := openPlain(d.Path(LockFile), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	held, err := lockFile(f)
	if held {
		err = fmt.Errorf("%w (process %d)", ErrTakenOver, holder(f))
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	}
	_ = d.lock.Close()
	d.lock = f
	return nil
}

// stillThere returns an error if appended records would be lost, because the journal's file was removed. It looks once
// in a while. Rewrite makes the file again. The caller holds mu.
func (j *Journal) stillThere() error {
	f, ok := j.file.(*os.File)
	if now := time.Now(); ok && (now.Sub(j.looked) >= checkPause || now.Before(j.looked)) {
		j.looked = now
		there, err := os.Lstat(j.folder.Path(j.name))
		ours, err2 := f.Stat()
		j.gone = errors.Is(err, fs.ErrNotExist) || err == nil && err2 == nil && !os.SameFile(there, ours)
	}
	if j.gone {
		return ErrFileGone
	}
	return nil
}
