package file

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// processes returns the system's list. The owners of processes do not matter here: a settings file is in its user's own
// folder, and in doubt the program counts as running.
func processes() ([]Process, error) {
	list, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = windows.CloseHandle(list) }()
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	var all []Process
	for err = windows.Process32First(list, &entry); err == nil; err = windows.Process32Next(list, &entry) {
		all = append(all, Process{PID: int(entry.ProcessID), User: -1, Names: []string{windows.UTF16ToString(entry.ExeFile[:])}})
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		err = nil
	}
	return all, err
}
