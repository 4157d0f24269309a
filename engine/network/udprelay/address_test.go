package udprelay

import (
	"net"
	"net/netip"
	"runtime"
	"testing"
)

// TestTheRelaysAddressIsReachableForTheClient: it is at the address that the control connection comes from, if that is
// one of this computer.
func TestTheRelaysAddressIsReachableForTheClient(t *testing.T) {
	r := New(Parts{})
	r.isOwn = func(a netip.Addr) bool {
		return a == netip.MustParseAddr("10.8.0.2") || a == netip.MustParseAddr("fd00::2")
	}
	for _, c := range []struct{ local, remote, want string }{
		{"127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"127.0.0.1", "127.0.0.5", "127.0.0.1"},
		{"127.0.0.1", "10.8.0.2", "10.8.0.2"},
		{"127.0.0.1", "::ffff:10.8.0.2", "10.8.0.2"},
		{"10.8.0.2", "10.8.0.2", "10.8.0.2"},
		{"192.168.1.2", "10.8.0.2", "10.8.0.2"},
		{"192.168.1.2", "192.168.1.3", "192.168.1.2"}, // another computer
		{"127.0.0.1", "10.8.0.3", "127.0.0.1"},
		{"::1", "fd00::2", "fd00::2"},
		{"::1", "fe80::2%eth0", "::1"}, // a reply has no place for the zone
		{"::1", "::1", "::1"},
	} {
		if got := r.relayAddress(netip.MustParseAddr(c.local), netip.MustParseAddr(c.remote)); got != netip.MustParseAddr(c.want) {
			t.Errorf("from %s to %s: got %v, want %s", c.remote, c.local, got, c.want)
		}
	}
	for a, want := range map[string]bool{"127.0.0.1": true, "198.51.100.7": false} {
		if isOwn(netip.MustParseAddr(a)) != want {
			t.Errorf("%s is an address of this computer: got %v", a, !want)
		}
	}
}

// TestATrackersNameResolvesToAnAddressWithARoute: a computer with IPv6 alone still has sockets for IPv4.
func TestATrackersNameResolvesToAnAddressWithARoute(t *testing.T) {
	four, mapped, six, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("::ffff:192.0.2.7"), netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("2001:db8::8")
	both, none := []netip.Addr{four, six}, netip.Addr{}
	for _, c := range []struct {
		name         string
		addrs        []netip.Addr
		out4, out6   bool // there are sockets
		with4, with6 bool // there are routes
		want         netip.Addr
	}{
		{"all is well", []netip.Addr{six, mapped}, true, true, true, true, four},
		{"no route for IPv4", both, true, true, false, true, six},
		{"no route for IPv6", both, true, true, true, false, four},
		{"no route at all", both, true, true, false, false, four},
		{"no IPv6", both, true, false, true, false, four},
		{"no IPv4", both, false, true, false, true, six},
		{"a tracker with IPv6 alone", []netip.Addr{six, other}, true, true, true, false, six},
		{"a tracker out of reach", []netip.Addr{six}, true, false, true, true, none},
		{"a name without addresses", nil, true, true, true, true, none},
	} {
		a := &association{r: New(Parts{})}
		a.r.hasRoute = func(to netip.Addr) bool { return to.Is4() && c.with4 || to.Is6() && c.with6 }
		if c.out4 {
			a.out4 = new(net.UDPConn)
		}
		if c.out6 {
			a.out6 = new(net.UDPConn)
		}
		if got := a.choose(c.addrs); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	// On Linux a link-local address without a zone has no route.
	if !hasRoute(netip.MustParseAddr("127.0.0.2")) || runtime.GOOS == "linux" && hasRoute(netip.MustParseAddr("fe80::7")) {
		t.Error("routes differs from the routes of the system")
	}
}
