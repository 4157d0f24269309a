//go:build !nogui

package gui

import (
	"bytes"
	"log"
	"testing"

	"fyne.io/fyne/v2"
)

func TestEachMissingServiceOfADesktopIsLoggedInOneLine(t *testing.T) {
	before, flags := log.Writer(), log.Flags()
	defer func() { log.SetOutput(before); log.SetFlags(flags) }()
	var out bytes.Buffer
	log.SetFlags(0)
	log.SetOutput(&quietLog{out: &out})
	fault := &quietFault{}
	fyne.LogError("failed to watch theme settings", fault)
	log.Printf("systray error: failed to connect to DBus: %v\n", fault)
	log.Printf("systray error: failed to register: %v\n", fault)
	for range 2 {
		fyne.LogError("Failed to send message to bus", fault)
	}
	log.Println("something else")
	log.Println("  Cause: of something else")
	want := "bittoratio: there is no session bus (D-Bus) here, so there is no tray icon\nbittoratio: this desktop shows no tray icons\nbittoratio: this desktop shows no notifications\nsomething else\n  Cause: of something else\n"
	if got := out.String(); got != want {
		t.Errorf("the log has\n%s\nwant\n%s", got, want)
	}
}

type quietFault struct{}

func (*quietFault) Error() string { return "no bus" }
