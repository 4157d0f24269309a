package udprelay

import (
	"net/netip"
	"testing"
	"time"
)

// TestDatagramsOfOtherComputersReachNoServerOnLocalhost: those of a client on this computer do.
func TestDatagramsOfOtherComputersReachNoServerOnLocalhost(t *testing.T) {
	for _, to := range []string{"127.0.0.1:53", "[::1]:53", "[::ffff:127.0.0.1]:53", "169.254.169.254:80", "[fe80::1%eth0]:80"} {
		at := netip.MustParseAddrPort(to)
		if (&association{r: &Relay{}, remote: true}).reachable(at) || !(&association{r: &Relay{}}).reachable(at) {
			t.Errorf("unexpected result: %v", to)
		}
	}
	if at := netip.MustParseAddrPort("192.0.2.7:6969"); !(&association{r: &Relay{}, remote: true}).reachable(at) {
		t.Error("the address of a tracker is refused")
	}
}

// TestAnAssociationThatEndsReleasesOnlyItsOwnPort checks that an association that outlasts its client releases that
// client's port, and when it ends does not remove the port of another association.
func TestAnAssociationThatEndsReleasesOnlyItsOwnPort(t *testing.T) {
	port := netip.MustParseAddrPort("127.0.0.1:40001")
	of := func(out string) *association {
		return &association{own: []netip.AddrPort{port, netip.MustParseAddrPort(out)}}
	}
	first, second := of("0.0.0.0:40002"), of("0.0.0.0:40003")
	r := &Relay{own: map[*association][]netip.AddrPort{first: first.own}}
	if r.reachable(port) {
		t.Error("another address counts as our own")
	}
	r.clientGone(first)
	if !r.reachable(port) || r.reachable(netip.MustParseAddrPort("127.0.0.1:40002")) {
		t.Error("the first association released the client's port before its end")
	}
	r.own[second] = second.own // the next client is given the same port
	r.forget(first)
	if r.reachable(port) || r.reachable(netip.MustParseAddrPort("127.0.0.1:40003")) {
		t.Error("the end of the first association released the port of the second")
	}
}

func TestACachedDatagramGetsALongerInterval(t *testing.T) {
	const answer = "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x07\x08\x00\x00\x00\x03"
	if got, want := string(new(request).Defer([]byte(answer), 90*time.Second)), answer[:8]+"\x00\x00\x00\x5a"+answer[12:]; got != want {
		t.Errorf("the result is %q, want %q", got, want)
	}
	if got := string(new(request).Defer([]byte("short"), time.Minute)); got != "short" {
		t.Errorf("the result is %q, want %q", got, "short")
	}
}
