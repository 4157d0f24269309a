package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"
)

// checkPause is how often an append checks that the folder and its files still exist. An idle program does not check.
const checkPause = time.Minute

// Causes inside an *Error if the folder was changed while the program runs.
var (
	ErrFolderGone = errors.New("the data folder was removed while the program runs")
	ErrLockGone   = errors.New("the data folder's lock file was removed while the program runs")
	ErrTakenOver  = errors.New("another process uses the data folder now")
	ErrFileGone   = errors.New("the file was removed or replaced while the program runs")
)

// Failures returns how many appends to the folder's journals have failed since it was opened: a fast check for all
// journals at once.
func (d *Folder) Failures() uint64 { return d.failures.Load() }

// stillHeld returns nil while this process holds the folder, otherwise why it does not. It checks at most once per
// checkPause, and in between returns the last result. Only takeBack takes a lost lock again.
func (d *Folder) stillHeld() error {
	d.holding.Lock()
	defer d.holding.Unlock()
	if now := time.Now(); now.Sub(d.looked) >= checkPause || now.Before(d.looked) {
		d.looked, d.lost = now, d.look()
	}
	return d.lost
}

// takeBack is stillHeld without the pause, and also takes the lock again if it is free. It is a retry after the user
// was warned.
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
		return nil // it is closed, and nothing is written any more
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

// lockAgain makes the lock file again and locks it, unless another process has. The caller holds holding.
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

// stillThere returns an error if appended records would be lost because the journal's file was removed. It checks once
// per checkPause. Rewrite makes the file again. The caller holds mu.
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
