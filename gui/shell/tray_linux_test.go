//go:build !nogui

package shell

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// TestABusThatHangsBlocksNothing: a bus that hangs must not block a window that is being closed.
func TestABusThatHangsBlocksNothing(t *testing.T) {
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
			t.Error("a bus that says nothing shows a tray")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the bus is waited for")
	}
}
