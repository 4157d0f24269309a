package upstream_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// TestATrackerThatAcceptsSlowlyIsReached, as without this program: the first try has three seconds, the second the rest
// of the client's patience.
func TestATrackerThatAcceptsSlowlyIsReached(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 98}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil { // room for very few connections, and none is accepted
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 98), Port: bound.(*syscall.SockaddrInet4).Port}).String()
	full := false
	for range 10 {
		c, err := net.DialTimeout("tcp", at, 300*time.Millisecond)
		if err != nil {
			full = true
			break
		}
		defer c.Close()
	}
	if !full {
		t.Fatal("the accept queue did not become full")
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	room := time.AfterFunc(upstream.ConnectTimeout+200*time.Millisecond, func() {
		for range 10 {
			if n, _, err := syscall.Accept(fd); err == nil {
				_ = syscall.Close(n)
			}
		}
	})
	defer room.Stop()
	c, err := new(upstream.Dialer).Dial(t.Context(), upstream.Target{Address: at}, 28*time.Second)
	if err != nil {
		t.Fatalf("after %v the dial returned %v", time.Since(began), err)
	}
	_ = c.Close()
	if took := time.Since(began); took < upstream.ConnectTimeout {
		t.Errorf("the server was reached after %v, before its queue had room", took)
	}
}
