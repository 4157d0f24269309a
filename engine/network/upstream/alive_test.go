package upstream_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// pair returns a connection and the tracker's end of it.
func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close(); _ = theirs.Close() })
	return ours, theirs
}

// waitUntilDead waits until a connection is known to be useless.
func waitUntilDead(t *testing.T, c net.Conn) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); upstream.Alive(c); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("Alive still returns true after 10 seconds")
		}
	}
}

func TestASilentConnectionIsAlive(t *testing.T) {
	ours, theirs := pair(t)
	for range 3 {
		if !upstream.Alive(ours) {
			t.Fatal("Alive returned false for an open connection")
		}
	}
	// Looking consumes nothing and leaves no deadline: the next answer arrives as usual.
	go func() { _, _ = theirs.Write([]byte("x")) }()
	var b [1]byte
	if _, err := ours.Read(b[:]); err != nil || b[0] != 'x' {
		t.Errorf("Read returned %q, %v", b, err)
	}
}

func TestAPassedDeadlineDoesNotMakeAConnectionDead(t *testing.T) {
	ours, _ := pair(t)
	if err := ours.SetDeadline(time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !upstream.Alive(ours) {
		t.Error("Alive returned false for an open connection")
	}
	var b [1]byte
	if _, err := ours.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the look, Read returned %v: the deadline has changed", err)
	}
}

func TestAConnectionIsDeadAfterAnEndAResetOrStrayBytes(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"an end":      func(c net.Conn) { _ = c.Close() },
		"half an end": func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() },
		"a reset":     func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
		"stray bytes": func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 408 Request Timeout\r\n\r\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := pair(t)
			end(theirs)
			waitUntilDead(t, ours)
			_ = ours.Close()
			if upstream.Alive(ours) {
				t.Error("Alive returned true for a closed connection")
			}
		})
	}
}
