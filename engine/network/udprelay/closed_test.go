package udprelay

import (
	"net/netip"
	"testing"
	"time"
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

// TestACachedDatagramAsksTheClientToComeLater: found T7.
func TestACachedDatagramAsksTheClientToComeLater(t *testing.T) {
	const answer = "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x07\x08\x00\x00\x00\x03"
	if got, want := string(new(request).Defer([]byte(answer), 90*time.Second)), answer[:8]+"\x00\x00\x00\x5a"+answer[12:]; got != want {
		t.Errorf("it becomes %q", got)
	}
	if got := string(new(request).Defer([]byte("short"), time.Minute)); got != "short" {
		t.Errorf("it becomes %q", got)
	}
}
