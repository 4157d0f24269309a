package engine

import (
	"fmt"
)

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
	PID    int // 0 if not known
}

func (e *AlreadyRunningError) Error() string {
	return fmt.Sprintf("data folder %s is used by BittOratio already (process %d); end it first, or give another folder with -data", e.Folder, e.PID)
}
