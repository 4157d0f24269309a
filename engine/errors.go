package engine

import (
	"fmt"
)

// FolderError means that the data folder cannot be used.
type FolderError struct {
	File   string // the folder, or a name in it; empty if unknown
	Reason string // the system's error
	Err    error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("data folder: %v; correct that, or give another folder with -data", e.Err)
}

func (e *FolderError) Unwrap() error { return e.Err }

// AlreadyRunningError means that another process of this program holds the data folder.
type AlreadyRunningError struct {
	Folder string
	PID    int // 0 if unknown
}

func (e *AlreadyRunningError) Error() string {
	return fmt.Sprintf("data folder %s is used by BittOratio already (process %d); end it first, or give another folder with -data", e.Folder, e.PID)
}
