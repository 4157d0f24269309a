package engine

import (
	"context"
	"errors"
	"time"

	"bittoratio/engine/store"
)

// retryPause is the pause between two tries to write to a disk that failed.
const retryPause = 5 * time.Second

func (e *Engine) wakeMaintenance() {
	select {
	case e.maintenance.wake <- struct{}{}:
	default: // it is awake
	}
}

// runMaintenance saves settings, retries a disk that failed, and compacts journals, so that no announce has to wait for
// that. While there is nothing to do it uses no timer.
func (e *Engine) runMaintenance(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	var failed time.Time // when the last try failed; then the timer is set
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.maintenance.wake:
			// A slider that is being dragged is saved once, when it rests.
			select {
			case <-ctx.Done():
				return
			case <-time.After(300 * time.Millisecond):
			}
			if time.Since(failed) < retryPause {
				continue // every announce sends to wake while the disk is full
			}
		case <-timer.C:
		}
		e.saveNames()
		_ = e.settings.Save() // an error is shown as trouble, and retried like any other
		if e.retryDisk() {
			failed = time.Now()
			timer.Reset(retryPause)
		} else {
			e.compactJournals()
		}
		e.renewAuthority(time.Now())
	}
}

// retryDisk writes what could not be recorded, and reports whether there is still trouble.
func (e *Engine) retryDisk() (trouble bool) {
	if e.reporter.Trouble() != nil {
		_ = e.reporter.Compact(time.Now()) // an error is shown as trouble
	}
	if e.spool.Trouble() != nil {
		_ = e.spool.Compact()
	}
	if gone := e.answers.Trouble(); gone != nil && e.answers.Compact(time.Now()) == nil && errors.Is(gone, store.ErrFileGone) {
		e.log.Warn("the file of the trackers' last answers was removed while the program runs, and was made again")
	}
	return e.checkDisk() || e.answers.Trouble() != nil
}

// trouble returns why something is not on the disk; nil if everything is.
func (e *Engine) trouble() error {
	err := e.settings.Trouble()
	for _, other := range []error{e.spool.Trouble(), e.reporter.Trouble()} {
		if other != nil {
			err = other
		}
	}
	return err
}

// watchDisk checks the disk if a record could not be written since the last check.
func (e *Engine) watchDisk() {
	if failures := e.folder.Failures(); e.failures.Swap(failures) != failures {
		e.checkDisk()
		e.wakeMaintenance() // a concurrent announce may not have recorded its failure yet
	}
}

// checkDisk logs once that the disk cannot be written, and once that it can again, and then wakes maintenance.
func (e *Engine) checkDisk() (trouble bool) {
	e.watching.Lock()
	defer e.watching.Unlock()
	err := e.trouble()
	if err != nil || e.answers.Trouble() != nil {
		e.wakeMaintenance()
	}
	if e.troubled == (err != nil) {
		return e.troubled
	}
	if e.troubled = err != nil; e.troubled {
		e.log.Warn("the data folder cannot be written; announces continue at 1x until it can", "cause", err.Error())
	} else {
		e.log.Info("the data folder can be written again; what was reported meanwhile is on disk")
	}
	e.publish.Mark()
	return e.troubled
}

// compactJournals rewrites journals that have mostly obsolete records.
func (e *Engine) compactJournals() {
	var err error
	now := time.Now()
	if e.reporter.Trouble() == nil && (e.reporter.Bloated() || e.reporter.Stale(now)) {
		err = errors.Join(err, e.reporter.Compact(now))
	}
	if e.spool.Trouble() == nil && e.spool.Bloated() {
		err = errors.Join(err, e.spool.Compact())
	}
	if e.answers.Bloated() {
		err = errors.Join(err, e.answers.Compact(now))
	}
	if err != nil {
		e.log.Warn("a file of the data folder could not be rewritten without its old records; it grows until that works", "cause", err.Error())
	}
}
