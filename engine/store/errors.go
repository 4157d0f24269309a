package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Error is an operation that failed because of the disk or the folder's state. Op is the verb ("append", "sync"), File
// a name in the folder or, for the folder itself, its path. Err is the cause without the path, so that errors.Is(err,
// syscall.ENOSPC) works.
type Error struct {
	Op, File string
	Err      error
}

func (e *Error) Error() string { return "store: " + e.Op + " " + e.File + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// LockedError means that another process, or this one, holds the folder already.
type LockedError struct {
	Path string // the folder
	PID  int    // of the process that holds it; 0 if unknown
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("store: folder %s is held by another process", e.Path)
	}
	return fmt.Sprintf("store: folder %s is held by process %d", e.Path, e.PID)
}

// Causes inside an *Error.
var (
	ErrNewer      = errors.New("written by a newer version of this program")
	ErrNotPlain   = errors.New("not a plain file")
	ErrBadName    = errors.New("not the name of a file in the folder")
	ErrBadRecord  = errors.New("a record must not hold a line feed nor be longer than 1 MiB")
	ErrOpenedOnce = errors.New("the journal is open already")
	ErrTooLarge   = errors.New("the file is too large")
)

// wrap makes an *Error of err; nil stays nil. It drops the path inside err, because File has it.
func wrap(op, file string, err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	var path *fs.PathError
	var link *os.LinkError
	var call *os.SyscallError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	if errors.As(err, &call) {
		err = call.Err
	}
	return &Error{Op: op, File: file, Err: err}
}
