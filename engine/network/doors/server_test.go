package doors

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// between is a connection between two given addresses.
type between struct {
	net.Conn
	local, remote string
}

func (b between) LocalAddr() net.Addr  { return address(b.local) }
func (b between) RemoteAddr() net.Addr { return address(b.remote) }

func address(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }

// TestAccessDependsOnTheAddressThatTheClientReached, and not on the one it comes from. libtorrent connects to
// 127.0.0.1 from the computer's own network address; another computer cannot reach that, whatever source address it
// forges.
func TestAccessDependsOnTheAddressThatTheClientReached(t *testing.T) {
	lan := []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		local, remote string
		allowed       []netip.Prefix
		want          bool
	}{
		{"127.0.0.1:8080", "127.0.0.1:5000", nil, true},
		{"127.0.0.1:8080", "192.168.1.7:5000", nil, true},
		{"127.8.9.1:8080", "127.0.0.1:5000", nil, true},
		{"[::1]:8080", "[::1]:5000", nil, true},
		{"[::ffff:127.0.0.1]:8080", "[::ffff:192.168.1.7]:5000", nil, true},
		{"192.168.1.7:8080", "192.168.1.7:5000", nil, false},
		{"192.168.1.7:8080", "127.0.0.1:5000", nil, false},
		{"192.168.1.7:8080", "127.0.0.1:5000", lan, false},
		{"192.168.1.7:8080", "192.168.1.9:5000", lan, true},
		{"[::ffff:192.168.1.7]:8080", "[::ffff:192.168.1.9]:5000", lan, true},
		{"192.168.1.7:8080", "192.168.2.9:5000", lan, false},
		{"[fd00::7]:8080", "[fd00::9]:5000", lan, true},
		{"[fe80::7%eth0]:8080", "[fe80::9%eth0]:5000", lan, false},
		{"[fe80::7%eth0]:8080", "[fe80::9%eth0]:5000", []netip.Prefix{netip.MustParsePrefix("fe80::/10")}, true},
		{"203.0.113.5:8080", "203.0.113.6:5000", lan, false},
	} {
		s := New(Parts{}, c.allowed)
		if got := s.mayConnect(between{local: c.local, remote: c.remote}); got != c.want {
			t.Errorf("%s from %s with %v: %v, want %v", c.local, c.remote, c.allowed, got, c.want)
		}
	}
}

// faultyListener is a listener whose first accepts fail.
type faultyListener struct {
	net.Listener
	errs []error
}

func (f *faultyListener) Accept() (net.Conn, error) {
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, err
	}
	return f.Listener.Accept()
}

// refusingWay is a stream that answers every request with 400.
type refusingWay struct{ client *downstream.Conn }

func (r *refusingWay) Reset(c *downstream.Conn)           { r.client = c }
func (*refusingWay) Adopt(nc net.Conn, _ upstream.Target) { _ = nc.Close() }
func (*refusingWay) Upstream() (net.Conn, []byte)         { return nil, nil }
func (*refusingWay) Close()                               {}
func (*refusingWay) Abort()                               {}

func (r *refusingWay) Serve(context.Context, *httphead.Request, *downstream.Via) downstream.After {
	r.client.Refuse(400, "no")
	return downstream.Closes
}

// TestAFailedAcceptDoesNotStopTheServer: only closing the listener ends the server.
func TestAFailedAcceptDoesNotStopTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Parts{NewStream: func() Stream { return &refusingWay{} }, Log: slog.New(slog.DiscardHandler), Note: func(exchange.Entry) {}}, nil)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		s.Run(ctx, &faultyListener{l, []error{syscall.EPROTO, syscall.EMFILE, errors.New("another")}})
	})
	defer running.Wait()
	defer stop()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("got %q, %v", answer, err)
	}
}
