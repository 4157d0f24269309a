package upstream_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
)

func TestDialErrorsAreClassified(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	_ = l.Close()
	past, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	d := &upstream.Dialer{Ours: func(a netip.AddrPort) bool { return a.Port() == 7 }}
	for _, c := range []struct {
		name, address string
		ctx           context.Context
		want          exchange.Problem
	}{
		{"no server listens", gone, context.Background(), exchange.ProblemRefused},
		{"ourselves", "127.0.0.1:7", context.Background(), exchange.ProblemLoop},
		{"ourselves by name", "localhost:7", context.Background(), exchange.ProblemLoop},
		{"ourselves in IPv6", "[::ffff:127.0.0.1]:7", context.Background(), exchange.ProblemLoop},
		{"no time left", gone, past, exchange.ProblemTimeout},
		{"not a name", "0123456789:80", context.Background(), exchange.ProblemDNS},
	} {
		conn, err := d.Dial(c.ctx, upstream.Target{Address: c.address}, time.Second)
		var f *upstream.Error
		if conn != nil || !errors.As(err, &f) || f.Problem != c.want || f.Op != "dial" {
			t.Errorf("%s: unexpected error %v", c.name, err)
		}
		if strings.Contains(err.Error(), "0123456789") {
			t.Errorf("%s: the error repeats a name that may be a passkey: %v", c.name, err)
		}
	}
}

// TestAComputerWithoutANetworkIsRecognised: then the tracker is not to blame, and another text advises the user.
func TestAComputerWithoutANetworkIsRecognised(t *testing.T) {
	copied := func(errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
	}
	scraped := func(notFound bool) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "0123456789.example", Err: "?", IsNotFound: notFound, IsTemporary: !notFound}}
	}
	for _, c := range []struct {
		name string
		err  error
		want exchange.Problem
	}{
		{"no network", copied(unreachable), exchange.ProblemNoRoute},
		{"no way to that host", copied(noHost), exchange.ProblemNoRoute},
		{"no server listens", copied(refused), exchange.ProblemRefused},
		{"no name server", scraped(false), exchange.ProblemNoRoute},
		{"no such name", scraped(true), exchange.ProblemDNS},
		{"another word of the system", copied(syscall.EPERM), exchange.ProblemReset},
	} {
		if f := upstream.Classify("dial", c.err); f.Problem != c.want || strings.Contains(f.Error(), "0123456789") {
			t.Errorf("%s: problem %d, %v", c.name, f.Problem, f)
		}
	}
}

// TestATLSRenegotiationRequestIsAnErrorOfItsOwnKind: Apache does that in TLS 1.2 if it asks for a client's certificate for a
// path alone. OpenSSL and GnuTLS can, package crypto/tls cannot ask for what is needed then.
func TestATLSRenegotiationRequestIsAnErrorOfItsOwnKind(t *testing.T) {
	alertError := func(op string, alert tls.AlertError) error { return &net.OpError{Op: op, Err: alert} }
	for _, c := range []struct {
		err  error
		want exchange.Problem
	}{
		{alertError("local error", 100), exchange.ProblemTLSKind},
		{alertError("local error", 10), exchange.ProblemTLS},
		{alertError("remote error", 100), exchange.ProblemTLS},
	} {
		if f := upstream.Classify("read", c.err); f.Problem != c.want {
			t.Errorf("%v: problem %d, want %d", c.err, f.Problem, c.want)
		}
	}
}

// TestExchangeSendsOnceAndAcceptsOnlyWholeAnswers: deliveries rely on two facts: an announce that may have arrived is not sent again,
// and only a whole answer counts.
func TestExchangeSendsOnceAndAcceptsOnlyWholeAnswers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		body         string
		want         exchange.Problem
	}{
		{"a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde", "de", exchange.ProblemNone},
		{"interim answers first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde", "de", exchange.ProblemNone},
		{"until the end", "HTTP/1.0 200 OK\r\n\r\nde", "de", exchange.ProblemNone},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n", "2\r\nde\r\n0\r\n\r\n", exchange.ProblemNone},
		{"nothing", "", "", exchange.ProblemReset},
		{"a cut body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nde", "", exchange.ProblemReset},
		{"no HTTP", "de\r\n\r\n", "", exchange.ProblemProtocol},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nde", "", exchange.ProblemProtocol},
		{"more than is read", "HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat("x", upstream.MaxAnswer), "", exchange.ProblemAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			const request = "GET /announce HTTP/1.1\r\nHost: x\r\n\r\n"
			received := make(chan int, 1)
			go func() {
				n := 0
				defer func() { received <- n }()
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					b := make([]byte, len(request))
					if got, _ := conn.Read(b); got > 0 {
						n++
					}
					_, _ = conn.Write([]byte(c.answer))
					_ = conn.Close()
				}
			}()
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			d := &upstream.Dialer{}
			answer, err := d.Exchange(ctx, upstream.Target{Address: l.Addr().String()}, []byte(request))
			_ = l.Close()
			if n := <-received; n != 1 {
				t.Errorf("the request was sent %d times, want 1", n)
			}
			var f *upstream.Error
			switch {
			case c.want == exchange.ProblemNone:
				if err != nil || string(answer.Body) != c.body || !strings.HasSuffix(string(answer.Raw), "\r\n\r\n"+c.body) || answer.Head.Status != 200 {
					t.Errorf("unexpected result: %v, %+v", err, answer)
				}
			case !errors.As(err, &f) || f.Problem != c.want || f.Op == "dial" || answer != nil:
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var b [1]byte
		_, _ = conn.Read(b[:])
		cancel()
		_, _ = conn.Read(make([]byte, 100)) // until the other end closes it
		_, _ = conn.Read(b[:])
	}()
	d := &upstream.Dialer{}
	var f *upstream.Error
	if _, err := d.Exchange(ctx, upstream.Target{Address: l.Addr().String()}, []byte("GET / HTTP/1.1\r\n\r\n")); !errors.As(err, &f) || f.Problem != exchange.ProblemTimeout {
		t.Errorf("Exchange returned %v", err)
	}
}

func TestAPublicTargetIsNotDialledAtAPrivateAddress(t *testing.T) {
	for address, private := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "192.168.1.1": true, "172.16.0.1": true, "169.254.1.1": true, "::1": true, "fd00::1": true,
		"fe80::1": true, "0.0.0.0": true, "::": true, "::ffff:10.0.0.1": true, "224.0.0.1": true,
		"93.184.216.34": false, "2606:2800:220:1::1": false, "172.32.0.1": false,
	} {
		if got := upstream.Private(netip.MustParseAddr(address)); got != private {
			t.Errorf("%s: %v, want %v", address, got, private)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if c, err := (&upstream.Dialer{}).PublicOnly().Dial(t.Context(), upstream.Target{Address: l.Addr().String()}, time.Second); err == nil {
		_ = c.Close()
		t.Error("a private address was dialled")
	}
	if c, err := (&upstream.Dialer{}).Dial(t.Context(), upstream.Target{Address: l.Addr().String(), PublicOnly: true}, time.Second); err == nil {
		_ = c.Close()
		t.Error("a private address was dialled for a target that is to be public")
	}
}

// TestOursRecognisesEveryFormOfOurAddress: an address of this program has many forms.
func TestOursRecognisesEveryFormOfOurAddress(t *testing.T) {
	at := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	ours := upstream.Ours(at("127.0.0.1:8080"), at("[::1]:9090"), at("192.168.1.7:7070"), at("0.0.0.0:6060"))
	for _, c := range []struct {
		addr string
		want bool
	}{
		{"127.0.0.1:8080", true},
		{"127.1.2.3:8080", false},
		{"0.0.0.0:8080", true},
		{"[::]:8080", true},
		{"[::1]:8080", false},
		{"192.168.1.7:8080", false},
		{"127.0.0.1:8081", false},
		{"127.0.0.1:9090", false},
		{"[::1]:9090", true},
		{"192.168.1.7:7070", true},
		{"192.168.1.8:7070", false},
		{"127.0.0.1:6060", true},
		{"127.1.2.3:6060", true},
		{"203.0.113.5:6060", false},
	} {
		if got := ours(netip.MustParseAddrPort(c.addr)); got != c.want {
			t.Errorf("%s: %v, want %v", c.addr, got, c.want)
		}
	}
}

// TestANameThatResolvesToThisProgramIsRefused, even if its first address is another, where nothing listens: localhost
// on Debian.
func TestANameThatResolvesToThisProgramIsRefused(t *testing.T) {
	ours, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	d := upstream.Dialer{Ours: upstream.Ours(ours.Addr())}
	_, port, _ := net.SplitHostPort(ours.Addr().String())
	for _, order := range [][]string{{"::1", "127.0.0.1"}, {"127.0.0.1", "::1"}, {"127.0.0.9", "127.0.0.1"}} {
		enginetest.AllNames(t, func(string) (all []netip.Addr) {
			for _, a := range order {
				all = append(all, netip.MustParseAddr(a))
			}
			return all
		})
		var e *upstream.Error
		if _, err := d.Dial(t.Context(), upstream.Target{Address: "two.example:" + port}, 5*time.Second); !errors.As(err, &e) || e.Problem != exchange.ProblemLoop {
			t.Errorf("%v: Dial returned %v", order, err)
		}
	}
}
