package upstream_test

import (
	"net"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// TestAnEndBehindUnreadBytesIsSeen: a client that leaves a TLS connection says goodbye first.
func TestAnEndBehindUnreadBytesIsSeen(t *testing.T) {
	ours, theirs := pair(t)
	if _, err := theirs.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Second); upstream.Alive(ours) && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if upstream.Ended(ours) {
		t.Error("bytes were taken for an end")
	}
	_ = theirs.(*net.TCPConn).CloseWrite()
	for end := time.Now().Add(10 * time.Second); !upstream.Ended(ours); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the end is not seen")
		}
	}
	var b [2]byte
	if n, err := ours.Read(b[:]); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
}
