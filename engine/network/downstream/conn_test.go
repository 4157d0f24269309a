package downstream

import (
	"net"
	"net/netip"
	"testing"
)

// between is a connection between two given addresses.
type between struct {
	net.Conn
	local, remote string
}

func (b between) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(b.local))
}

func (b between) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(b.remote))
}

// TestClientsOnOtherComputersAreRecognised: libtorrent connects to 127.0.0.1 from the computer's own network address.
func TestClientsOnOtherComputersAreRecognised(t *testing.T) {
	for _, c := range []struct {
		local, remote string
		want          bool
	}{
		{"127.0.0.1:8080", "127.0.0.1:5000", false},
		{"127.0.0.1:8080", "198.51.100.7:5000", false},
		{"[::1]:8080", "[::1]:5000", false},
		{"[::ffff:127.0.0.1]:8080", "[::ffff:198.51.100.7]:5000", false},
		{"198.51.100.7:8080", "198.51.100.7:5000", false},
		{"198.51.100.7:8080", "127.0.0.1:5000", false}, // this computer's network card has that address
		{"198.51.100.7:8080", "198.51.100.9:5000", true},
		{"[::ffff:198.51.100.7]:8080", "[::ffff:198.51.100.9]:5000", true},
		{"[fe80::7%eth0]:8080", "[fe80::9%eth0]:5000", true},
	} {
		conn := New(func() {})
		conn.Reset(between{local: c.local, remote: c.remote})
		if got := conn.Remote(); got != c.want {
			t.Errorf("%s from %s: %v, want %v", c.local, c.remote, got, c.want)
		}
	}
}
