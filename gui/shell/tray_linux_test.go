//go:build !nogui

package shell

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// TestABusThatDoesNotAnswerBlocksNothing: it must not block a window that is being closed.
func TestABusThatDoesNotAnswerBlocksNothing(t *testing.T) {
	ours, bus := net.Pipe()
	read := make(chan struct{})
	go func() { defer close(read); _, _ = io.Copy(io.Discard, bus) }() // reads everything and answers nothing
	c, err := dbus.NewConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), bus.Close(); <-read })
	answer := make(chan bool, 1)
	go func() { answer <- trayHostedOn(c, 50*time.Millisecond) }()
	select {
	case hosted := <-answer:
		if hosted {
			t.Error("a bus that does not answer has a tray")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still waits for the bus after 20 s")
	}
}
