package udprelay

import (
	"net/netip"
	"testing"
)

// TestAnotherComputersDatagramsReachNothingThatServesThisOneOnly: a client on this computer reaches it all.
func TestAnotherComputersDatagramsReachNothingThatServesThisOneOnly(t *testing.T) {
	for _, to := range []string{"127.0.0.1:53", "[::1]:53", "[::ffff:127.0.0.1]:53", "169.254.169.254:80", "[fe80::1%eth0]:80"} {
		at := netip.MustParseAddrPort(to)
		if (&association{r: &Relay{}, remote: true}).reachable(at) || !(&association{r: &Relay{}}).reachable(at) {
			t.Error(to)
		}
	}
	if at := netip.MustParseAddrPort("192.0.2.7:6969"); !(&association{r: &Relay{}, remote: true}).reachable(at) {
		t.Error("no tracker is reached")
	}
}
