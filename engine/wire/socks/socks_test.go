package socks_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"bittoratio/engine/wire/socks"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestGreetingsAreParsed(t *testing.T) {
	for _, c := range []struct {
		name, b string
		open    bool
		n       int
		err     error
	}{
		{"libtorrent", "\x05\x01\x00", true, 3, nil},
		{"curl", "\x05\x02\x00\x01rest", true, 4, nil},
		{"only with a password", "\x05\x01\x02", false, 3, nil},
		{"no method at all", "\x05\x00", false, 2, nil},
		{"half", "\x05\x02\x00", false, 0, nil},
		{"nothing", "", false, 0, nil},
		{"another version", "\x04\x01", false, 0, socks.ErrMalformed},
	} {
		if open, n, err := socks.ParseGreeting([]byte(c.b)); open != c.open || n != c.n || !errors.Is(err, c.err) {
			t.Errorf("%s: got %v %d %v", c.name, open, n, err)
		}
	}
}

var requests5 = []struct {
	name, b string
	want    socks.Request
	rest    int
	err     error
}{
	{"a name, as libtorrent", "\x05\x01\x00\x03\x0ctracker.test\x1b9GET", socks.Request{Command: socks.Connect, Address: socks.Address{Name: "tracker.test", Port: 6969}}, 3, nil},
	{"IPv4", "\x05\x01\x00\x01\x7f\x00\x00\x02\x1b9", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("127.0.0.2"), Port: 6969}}, 0, nil},
	{"IPv6", "\x05\x01\x00\x04" + strings.Repeat("\x00", 15) + "\x01\x1b9", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("::1"), Port: 6969}}, 0, nil},
	{"IPv4 in IPv6", "\x05\x01\x00\x04" + strings.Repeat("\x00", 10) + "\xff\xff\x7f\x00\x00\x01\x1b9", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("127.0.0.1"), Port: 6969}}, 0, nil},
	{"datagrams from wherever", "\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00", socks.Request{Command: socks.Associate, Address: socks.Address{IP: addr("0.0.0.0")}}, 0, nil},
	{"an address in letters", "\x05\x01\x00\x03\x09127.0.0.1\x00\x50", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("127.0.0.1"), Port: 80}}, 0, nil},
	{"the same in brackets", "\x05\x01\x00\x03\x05[::1]\x00\x50", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("::1"), Port: 80}}, 0, nil},
	{"an empty name", "\x05\x01\x00\x03\x00\x00\x50", socks.Request{}, 0, socks.ErrMalformed},
	{"a name with a port", "\x05\x01\x00\x03\x03a:1\x00\x50", socks.Request{}, 0, socks.ErrMalformed},
	{"a name with a line end", "\x05\x01\x00\x03\x03a\r\n\x00\x50", socks.Request{}, 0, socks.ErrMalformed},
	{"a name with a zone", "\x05\x01\x00\x03\x06::1%lo\x00\x50", socks.Request{}, 0, socks.ErrMalformed},
	{"an address type unknown", "\x05\x01\x00\x02\x00\x00", socks.Request{}, 0, socks.ErrAddressType},
	{"another version", "\x04\x01\x00\x01\x7f\x00\x00\x02\x1b9", socks.Request{}, 0, socks.ErrMalformed},
	{"something reserved", "\x05\x01\x01\x01\x7f\x00\x00\x02\x1b9", socks.Request{}, 0, socks.ErrMalformed},
}

func TestSOCKS5RequestsAreParsed(t *testing.T) {
	for _, c := range requests5 {
		r, n, err := socks.ParseRequest5([]byte(c.b))
		if !errors.Is(err, c.err) || r != c.want || err == nil && n != len(c.b)-c.rest {
			t.Errorf("%s: got %+v %d %v", c.name, r, n, err)
		}
	}
}

var requests4 = []struct {
	name, b string
	want    socks.Request
	rest    int
	err     error
}{
	{"libtorrent", "\x04\x01\x1b9\x7f\x00\x00\x02\x00", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("127.0.0.2"), Port: 6969}}, 0, nil},
	{"with a user", "\x04\x01\x1b9\x7f\x00\x00\x02me\x00GET", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("127.0.0.2"), Port: 6969}}, 3, nil},
	{"4a", "\x04\x01\x1b9\x00\x00\x00\x01me\x00tracker.test\x00G", socks.Request{Command: socks.Connect, Address: socks.Address{Name: "tracker.test", Port: 6969}}, 1, nil},
	{"no address", "\x04\x01\x1b9\x00\x00\x00\x00\x00", socks.Request{Command: socks.Connect, Address: socks.Address{IP: addr("0.0.0.0"), Port: 6969}}, 0, nil},
	{"4a without a name", "\x04\x01\x1b9\x00\x00\x00\x01\x00\x00", socks.Request{}, 0, socks.ErrMalformed},
	{"a user without end", "\x04\x01\x1b9\x7f\x00\x00\x02" + strings.Repeat("u", 256), socks.Request{}, 0, socks.ErrMalformed},
	{"a name without end", "\x04\x01\x1b9\x00\x00\x00\x01\x00" + strings.Repeat("u", 256) + "\x00", socks.Request{}, 0, socks.ErrMalformed},
	{"another version", "\x05\x01\x1b9\x7f\x00\x00\x02\x00", socks.Request{}, 0, socks.ErrMalformed},
}

func TestSOCKS4RequestsAreParsed(t *testing.T) {
	for _, c := range requests4 {
		r, n, err := socks.ParseRequest4([]byte(c.b))
		if !errors.Is(err, c.err) || r != c.want || err == nil && n != len(c.b)-c.rest {
			t.Errorf("%s: got %+v %d %v", c.name, r, n, err)
		}
	}
}

// TestAnIncompleteRequestIsNoError: the beginning of a request is neither a request nor an error, wherever it is cut.
func TestAnIncompleteRequestIsNoError(t *testing.T) {
	for _, c := range requests5 {
		for i := range len(c.b) - c.rest {
			if _, n, err := socks.ParseRequest5([]byte(c.b[:i])); c.err == nil && (n != 0 || err != nil) {
				t.Errorf("%s, %d bytes: got %d %v", c.name, i, n, err)
			}
		}
	}
	for _, c := range requests4 {
		for i := range len(c.b) - c.rest {
			if _, n, err := socks.ParseRequest4([]byte(c.b[:i])); c.err == nil && (n != 0 || err != nil) {
				t.Errorf("%s, %d bytes: got %d %v", c.name, i, n, err)
			}
		}
	}
}

func TestRepliesAreEncoded(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a method", string(socks.AppendMethod(nil, socks.NoneAcceptable)), "\x05\xff"},
		{"yes", string(socks.AppendReply5(nil, socks.Succeeded, netip.MustParseAddrPort("127.0.0.1:8080"))), "\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"},
		{"yes, at IPv6", string(socks.AppendReply5(nil, socks.Succeeded, netip.MustParseAddrPort("[::1]:8080"))), "\x05\x00\x00\x04" + strings.Repeat("\x00", 15) + "\x01\x1f\x90"},
		{"no", string(socks.AppendReply5(nil, socks.NoSuchCommand, netip.AddrPort{})), "\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"},
		{"yes of SOCKS4", string(socks.AppendReply4(nil, socks.Succeeded)), "\x00\x5a\x00\x00\x00\x00\x00\x00"},
		{"no of SOCKS4", string(socks.AppendReply4(nil, socks.NotAllowed)), "\x00\x5b\x00\x00\x00\x00\x00\x00"},
		{"a datagram's head", string(socks.AppendDatagram(nil, netip.MustParseAddrPort("127.0.0.2:6969"))), "\x00\x00\x00\x01\x7f\x00\x00\x02\x1b9"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestDatagramHeadersAreParsed(t *testing.T) {
	for _, c := range []struct {
		name, b string
		to      socks.Address
		payload string
		ok      bool
	}{
		{"as libtorrent", "\x00\x00\x00\x03\x0ctracker.test\x1b9abc", socks.Address{Name: "tracker.test", Port: 6969}, "abc", true},
		{"of no bytes", "\x00\x00\x00\x01\x7f\x00\x00\x02\x1b9", socks.Address{IP: addr("127.0.0.2"), Port: 6969}, "", true},
		{"a fragment", "\x00\x00\x01\x01\x7f\x00\x00\x02\x1b9abc", socks.Address{}, "", false},
		{"the last fragment", "\x00\x00\x82\x01\x7f\x00\x00\x02\x1b9abc", socks.Address{}, "", false},
		{"cut", "\x00\x00\x00\x01\x7f\x00\x00\x02\x1b", socks.Address{}, "", false},
		{"an address type unknown", "\x00\x00\x00\x09\x7f\x00\x00\x02\x1b9abc", socks.Address{}, "", false},
		{"a name that is none", "\x00\x00\x00\x03\x02a \x1b9abc", socks.Address{}, "", false},
		{"nothing", "", socks.Address{}, "", false},
	} {
		to, payload, ok := socks.ParseDatagram([]byte(c.b))
		if to != c.to || string(payload) != c.payload || ok != c.ok {
			t.Errorf("%s: got %+v %q %v", c.name, to, payload, ok)
		}
	}
}

// mustBeValid checks that an address can be dialled as it is, and has only a host and a port.
func mustBeValid(t *testing.T, a socks.Address) {
	t.Helper()
	if (a.Name == "") == !a.IP.IsValid() || strings.ContainsAny(a.String(), "\r\n\x00 @/\\?#") || a.IP.Zone() != "" {
		t.Fatalf("%q: invalid address %+v", a.String(), a)
	}
	if a.IP.IsValid() {
		if ap, err := netip.ParseAddrPort(a.String()); err != nil || ap != netip.AddrPortFrom(a.IP, a.Port) {
			t.Fatalf("%q: unexpected error %v", a.String(), err)
		}
	}
}

// FuzzRequests checks that a recognised request stays one with any bytes after it, that no beginning of it is
// recognised, and that its destination is a host and a port.
func FuzzRequests(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, parse := range map[string]func([]byte) (socks.Request, int, error){"5": socks.ParseRequest5, "4": socks.ParseRequest4} {
			r, n, err := parse(b)
			if n < 0 || n > len(b) || err != nil && n != 0 || n == 0 && r != (socks.Request{}) {
				t.Fatalf("SOCKS%s: got %+v %d %v", name, r, n, err)
			}
			if n == 0 {
				continue
			}
			mustBeValid(t, r.Address)
			if again, m, err := parse(append(bytes.Clone(b[:n]), 0xff)); again != r || m != n || err != nil {
				t.Fatalf("SOCKS%s: got %+v %d %v, first %+v %d", name, again, m, err, r, n)
			}
			for i := range n {
				if _, m, err := parse(b[:i]); m != 0 || err != nil {
					t.Fatalf("SOCKS%s, %d bytes of %d: got %d %v", name, i, n, m, err)
				}
			}
		}
		if _, n, err := socks.ParseGreeting(b); n < 0 || n > len(b) || err != nil && n != 0 {
			t.Fatalf("the greeting: got %d %v", n, err)
		}
	})
}

// FuzzDatagram checks that the header of a datagram is removed whole, and that a header that was made here is read as
// it was made.
func FuzzDatagram(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		to, payload, ok := socks.ParseDatagram(b)
		if !ok {
			return
		}
		mustBeValid(t, to)
		if !bytes.HasSuffix(b, payload) {
			t.Fatalf("%x is not the end of %x", payload, b)
		}
		if !to.IP.IsValid() {
			return
		}
		from := netip.AddrPortFrom(to.IP, to.Port)
		again, rest, ok := socks.ParseDatagram(append(socks.AppendDatagram(nil, from), payload...))
		if !ok || again != to || !bytes.Equal(rest, payload) {
			t.Fatalf("%+v became %+v", to, again)
		}
	})
}
