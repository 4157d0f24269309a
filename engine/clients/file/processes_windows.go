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
		p := Process{PID: int(entry.ProcessID), User: -1, Names: []string{windows.UTF16ToString(entry.ExeFile[:])}}
		p.look(entry.ProcessID)
		all = append(all, p)
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		err = nil
	}
	return all, err
}

// look reads the path of a process's program and its arguments, if this user may.
func (p *Process) look(pid uint32) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var path [windows.MAX_LONG_PATH]uint16
	if size := uint32(len(path)); windows.QueryFullProcessImageName(h, 0, &path[0], &size) == nil {
		p.Names = append(p.Names, windows.UTF16ToString(path[:size]))
	}
	// Since Windows 8.1 the answer is an NTUnicodeString that points into the rest of the buffer.
	buffer := make([]uint64, 9<<10) // a command line has at most 32,767 characters
	size := uint32(len(buffer)) * uint32(unsafe.Sizeof(buffer[0]))
	if windows.NtQueryInformationProcess(h, windows.ProcessCommandLineInformation, unsafe.Pointer(&buffer[0]), size, &size) != nil {
		return
	}
	line := (*windows.NTUnicodeString)(unsafe.Pointer(&buffer[0]))
	if args, err := windows.DecomposeCommandLine(line.String()); err == nil {
		p.Args = args
	}
}
