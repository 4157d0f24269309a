package udprelay

import (
	"net/netip"
	"testing"
)

// TestTheRelayIsWhereTheClientCanReachIt: it is at the address that the control connection comes from, if that is one
// of this computer.
func TestTheRelayIsWhereTheClientCanReachIt(t *testing.T) {
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
		if got := r.door(netip.MustParseAddr(c.local), netip.MustParseAddr(c.remote)); got != netip.MustParseAddr(c.want) {
			t.Errorf("from %s to %s: %v, not %s", c.remote, c.local, got, c.want)
		}
	}
	for a, want := range map[string]bool{"127.0.0.1": true, "198.51.100.7": false} {
		if isOwn(netip.MustParseAddr(a)) != want {
			t.Errorf("%s is this computer's: %v", a, !want)
		}
	}
}
