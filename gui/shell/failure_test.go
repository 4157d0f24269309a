package shell

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/commandline"
	"bittoratio/engine/settings"
	"bittoratio/gui/control"
)

func TestAnErrorAtTheStartNamesTheNextStep(t *testing.T) {
	for want, err := range map[string]error{
		"/data: permission denied. Correct this": &engine.FolderError{File: "/data", Reason: "permission denied", Err: fs.ErrPermission},
		"version is 7. Correct the file":         fmt.Errorf("x: %w", &settings.Error{Field: "version", Reason: "is 7"}),
		"process 12":                             &engine.AlreadyRunningError{Folder: "/data", PID: 12},
		"HOME":                                   errors.Join(commandline.ErrNoFolder, errors.New("$HOME is not defined")),
		"the moon is full. Try again":            errors.New("the moon is full"),
	} {
		if title, text := FailureText(err); title != "BittOratio cannot start" || !strings.Contains(text, want) {
			t.Errorf("of the error %v: title %q, text %q; want %q", err, title, text, want)
		}
	}
}

func TestTheWindowOfAnErrorClosesByKey(t *testing.T) {
	a := test.NewTempApp(t)
	w := NewFailureWindow(a, commandline.ErrNoFolder)
	w.Show()
	closed := false
	w.SetOnClosed(func() { closed = true })
	b, ok := w.Canvas().Focused().(*control.Button)
	if !ok || b.Text != "Close" {
		t.Fatalf("the focus is on %T, want the button Close", w.Canvas().Focused())
	}
	test.Tap(b)
	if !closed {
		t.Error("the window stays open")
	}
}
