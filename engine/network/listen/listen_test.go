package listen

import (
	"errors"
	"net"
	"testing"
)

func TestLocalhostListensOnIPv4AndIPv6(t *testing.T) {
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatalf("this test needs IPv6's loopback: %v", err)
	}
	_ = six.Close()
	all, err := Open("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, l := range all {
			_ = l.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(all[0].Addr().String())
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatalf("%s: Dial returned %v", host, err)
		}
		_ = c.Close()
	}
	if len(all) != 2 {
		t.Errorf("Open returned %d listeners, want 2", len(all))
	}
	var no *Error
	if _, err := Open("localhost:" + port); !errors.As(err, &no) || !no.Taken || no.Addr != "localhost:"+port || no.Free == "" {
		t.Errorf("opened a second time: %v", err)
	}
}

// TestLocalhostIsTakenIfEitherFamilyIs: otherwise a client that resolves it to the other family would reach another
// program.
func TestLocalhostIsTakenIfEitherFamilyIs(t *testing.T) {
	other, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatalf("this test needs IPv6's loopback: %v", err)
	}
	defer other.Close()
	_, port, _ := net.SplitHostPort(other.Addr().String())
	var no *Error
	if _, err := Open("localhost:" + port); !errors.As(err, &no) || !no.Taken {
		t.Errorf("Open returned %v", err)
	}
	l, err := Open("127.0.0.1:" + port) // Open must have closed the first family's port again
	if err != nil {
		t.Fatal(err)
	}
	_ = l[0].Close()
}
