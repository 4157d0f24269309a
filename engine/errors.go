package engine

import (
	"errors"
	"fmt"
)

// SettingsError is a choice that cannot be: which field of settings.json, and why, in lower-case English.
type SettingsError struct{ Field, Reason string }

func (e *SettingsError) Error() string { return "settings: " + e.Field + " " + e.Reason }

// ListenError is a port that could not be opened.
type ListenError struct {
	Addr  string // host:port that was asked for
	Taken bool   // another program has it
	Free  string // host:port that is free now; empty if none was found
	Err   error
}

func (e *ListenError) Error() string {
	if e.Taken {
		s := fmt.Sprintf("cannot listen on %s: another program uses that port", e.Addr)
		if e.Free != "" {
			s += fmt.Sprintf("; %s is free", e.Free)
		}
		return s
	}
	return fmt.Sprintf("cannot listen on %s: %v", e.Addr, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

// ErrNoFolder is a system that does not say where this user's data is kept.
var ErrNoFolder = errors.New("the data folder's place is not known; give one with -data")

// FolderError is a data folder that cannot be used.
type FolderError struct {
	File   string // the folder, or a name in it; empty if it is not known
	Reason string // in the system's words
	Err    error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("data folder: %v; mend that, or give another folder with -data", e.Err)
}

func (e *FolderError) Unwrap() error { return e.Err }

// AlreadyRunningError is a data folder that another process of this program holds.
type AlreadyRunningError struct {
	Folder string
	PID    int // 0 if it did not say
}

func (e *AlreadyRunningError) Error() string {
	return fmt.Sprintf("data folder %s is used by BittOratio already (process %d); end it first, or give another folder with -data", e.Folder, e.PID)
}
