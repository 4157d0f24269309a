package udp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/wire/moment"
)

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestPrivateAndSpecialAddressesAreRefused(t *testing.T) {
	var f, local Filter
	local.LocalNetworks = true
	for _, c := range []struct {
		addr         string
		refused, loc bool
	}{
		{"8.8.8.8:6881", false, false},
		{"8.8.8.8:0", true, true},
		{"[::ffff:8.8.8.8]:1", false, false},
		{"0.1.2.3:1", true, true},
		{"10.1.2.3:1", true, false},
		{"100.64.0.1:1", true, false},
		{"100.128.0.1:1", false, false},
		{"127.9.9.9:1", true, false},
		{"[::ffff:127.0.0.1]:1", true, false},
		{"[::ffff:10.0.0.1]:1", true, false},
		{"[::ffff:0.0.0.0]:1", true, true},
		{"169.254.169.254:80", true, false},
		{"172.16.0.1:1", true, false},
		{"172.32.0.1:1", false, false},
		{"192.0.0.9:1", true, false},
		{"192.168.1.1:53", true, false},
		{"198.18.0.1:1", true, false},
		{"198.20.0.1:1", false, false},
		{"192.0.2.1:1", true, false},
		{"198.51.100.1:1", true, false},
		{"203.0.113.1:1", true, false},
		{"224.0.0.1:1", true, true},
		{"240.0.0.1:1", true, true},
		{"255.255.255.255:1", true, true},
		{"[::]:1", true, true},
		{"[::1]:1", true, false},
		{"[::8.8.8.8]:1", true, false},
		{"[fc00::1]:1", true, false},
		{"[fdff::1]:1", true, false},
		{"[fe80::1%eth0]:1", true, false},
		{"[ff02::1]:1", true, true},
		{"[2001:db8::1]:1", true, false},
		{"[2001:0:1::1]:1", true, false},
		{"[2002:a00:1::1]:1", true, false},
		{"[64:ff9b::a00:1]:1", true, false},
		{"[64:ff9b:1::a00:1]:1", true, false},
		{"[fec0::1]:1", true, false},
		{"[2a00:1450::1]:1", false, false},
	} {
		if got := f.Refuses(ap(c.addr)); got != c.refused {
			t.Errorf("%s: refused %v, want %v", c.addr, got, c.refused)
		}
		if got := local.Refuses(ap(c.addr)); got != c.loc {
			t.Errorf("%s with local networks: refused %v, want %v", c.addr, got, c.loc)
		}
	}
	if !f.Refuses(netip.AddrPort{}) {
		t.Error("the zero address is allowed")
	}
}

func TestTheUsersClientIsAllowedAndOurOwnAddressIsNot(t *testing.T) {
	var f Filter
	f.Allow(ap("[::ffff:192.168.1.7]:51413"))
	if f.Refuses(ap("192.168.1.7:51413")) || !f.Refuses(ap("192.168.1.7:51414")) {
		t.Error("the exception is not the one address and port")
	}
	f.SetOwn(ap("8.8.8.8:6881"))
	if !f.Refuses(ap("8.8.8.8:6881")) || f.Refuses(ap("8.8.8.8:6882")) {
		t.Error("our own address is allowed, or our neighbour's is not")
	}
}

func TestThePaceLimitsNewAndKnownAddresses(t *testing.T) {
	now := moment.First
	p := NewPace()
	addr := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{9, 9, byte(i >> 8), byte(i)}), 1)
	}
	count := func(from, n int) (ok int) {
		for i := range n {
			if p.Take(addr(from+i), now) {
				ok++
			}
		}
		return ok
	}
	if n := count(0, 500); n != 100 {
		t.Errorf("a burst of %d was sent, want 100", n)
	}
	if w := p.Wait(now); w < 39*time.Millisecond || w > 41*time.Millisecond {
		t.Errorf("the next new address waits %v, want 40 ms", w)
	}
	now += time.Second
	if n := count(500, 500); n != 25 {
		t.Errorf("%d new addresses in one second, want 25", n)
	}
	if n := count(0, 200); n != 75 { // known addresses use the rest of the 100 a second
		t.Errorf("%d known addresses beside 25 new ones, want 75", n)
	}
	if !p.SentTo(addr(0), now) || p.SentTo(addr(400), now) {
		t.Error("an address that was sent to is unknown, or another one is known")
	}
	now += 2 * time.Minute
	if p.SentTo(addr(0), now) {
		t.Error("an address is still known after two minutes")
	}
	count(1000, 1)
	if len(p.sent) != 1 {
		t.Errorf("%d addresses are stored after two minutes, want 1", len(p.sent))
	}
}

func TestTheFirstByteDecidesBetweenDHTAndUTP(t *testing.T) {
	bind, err := ParseBind("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	f := &Filter{LocalNetworks: true}
	s, err := Listen(Options{Bind: bind, Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	got := make(chan string, 8)
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, func(b []byte, _ netip.AddrPort) { got <- "dht " + string(b) }, func(b []byte, _ netip.AddrPort) { got <- "utp " + string(b) })
	}()
	other, err := Listen(Options{Bind: bind, Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	closedPort := netip.AddrPortFrom(bind.V4, 1)
	for _, d := range []string{"", string(make([]byte, MaxDatagram+1)), "d1", "\x41x", "e"} {
		_ = s.Send([]byte("x"), closedPort) // its ICMP answer must not end the reading
		if err := other.Send([]byte(d), s.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"dht d1", "utp \x41x", "utp e"} {
		if g := <-got; g != want {
			t.Errorf("received %q, want %q", g, want)
		}
	}
	if err := s.Send([]byte("x"), ap("127.0.0.1:0")); !errors.Is(err, ErrRefused) {
		t.Errorf("Send returned %v", err)
	}
	if err := s.Send([]byte("x"), ap("[::1]:9")); !errors.Is(err, ErrRefused) {
		t.Errorf("the other family: %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("unexpected error %v", err)
	}
	if err := other.Send([]byte("d"), ap("127.0.0.1:9")); err != nil && errors.Is(err, net.ErrClosed) {
		t.Error("closing one socket closed the other")
	}
}

func TestBindingToAMissingInterfaceIsAnError(t *testing.T) {
	for _, name := range []string{"no-such-interface", "203.0.113.77", "2001:db8::77"} {
		if _, err := ParseBind(name); !errors.Is(err, ErrNoInterface) {
			t.Errorf("%s: ParseBind returned %v", name, err)
		}
	}
	b, err := ParseBind("127.0.0.9")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Options{Bind: b, V6: true, Filter: &Filter{}}); !errors.Is(err, ErrNoInterface) {
		t.Errorf("IPv6 on an interface without it: %v", err)
	}
	if d, ok := Dialer(&b, false); !ok || d.LocalAddr.String() != "127.0.0.9:0" {
		t.Errorf("Dialer returned %v, %v", d.LocalAddr, ok)
	}
}
