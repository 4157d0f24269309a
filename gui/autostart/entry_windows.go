package autostart

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Two keys: the user's own programs to start, and those that the user switched off in the Task Manager. In the second
// key, the first byte of a value is odd for a program that is switched off. The installer writes into the first key
// too.
const (
	list     = `Software\Microsoft\Windows\CurrentVersion\Run`
	switched = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	name     = "BittOratio"
)

// Possible reports whether the program can have such an entry.
func Possible() bool { return true }

// On reports whether the system starts exactly this command.
func (e Entry) On() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, list, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	line, _, err := k.GetStringValue(name)
	if err != nil || switchedOff() {
		return false
	}
	command, err := windows.DecomposeCommandLine(line)
	return err == nil && len(command) > 0 && strings.EqualFold(command[0], e.Program) && slices.Equal(command[1:], e.Args)
}

func switchedOff() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, switched, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	b, _, err := k.GetBinaryValue(name)
	return err == nil && len(b) > 0 && b[0]&1 == 1
}

// Set writes the entry, or removes it.
func (e Entry) Set(on bool) error {
	if err := forget(switched); err != nil {
		return err
	}
	if !on {
		return forget(list)
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, list, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	return k.SetStringValue(name, windows.ComposeCommandLine(e.command()))
}

// forget removes the program's value from a key. A missing value is no error.
func forget(key string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer k.Close()
	if err := k.DeleteValue(name); !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}
