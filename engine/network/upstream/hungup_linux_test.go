package upstream_test

import (
	"net"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// TestAnEndAfterUnreadBytesIsNoticed: a client that closes a TLS connection sends an alert first.
func TestAnEndAfterUnreadBytesIsNoticed(t *testing.T) {
	ours, theirs := pair(t)
	if _, err := theirs.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	until(t, "the bytes are there", func() bool { return !upstream.Alive(ours) })
	if upstream.Ended(ours) {
		t.Error("unread bytes count as the end of the connection")
	}
	_ = theirs.(*net.TCPConn).CloseWrite()
	until(t, "the end is seen", func() bool { return upstream.Ended(ours) })
	var b [2]byte
	if n, err := ours.Read(b[:]); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
}

// until polls, because a connection does not report its state.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not true after the timeout: %s", what)
		}
	}
}
