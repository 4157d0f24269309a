package httpway

import (
	"testing"
	"time"
)

func TestAPublicTrackerMayRedirectOnlyToPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"tracker.example:80": true, "203.0.114.7:80": true, "[2606:4700::1]:80": true,
		"192.168.77.1:80": false, "10.0.0.1:80": false, "127.0.0.1:80": false, "[::1]:80": false, "[fd00::1]:80": false,
		"169.254.169.254:80": false, "0.0.0.0:80": false, "[::ffff:192.168.77.1]:80": false,
	} {
		if got := mayLead(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// TestARedirectTargetIsRecognisedByItsAddressAlone: the redirect determines path and query, so they do not count.
func TestARedirectTargetIsRecognisedByItsAddressAlone(t *testing.T) {
	var l led
	now := time.Now()
	if l.has("nas:80", now) {
		t.Error("an address is known before it was added")
	}
	l.add("nas:80", now)
	if !l.has("nas:80", now) || l.has("nas:81", now) || l.has("nas:80", now.Add(2*redirectTime)) {
		t.Error("an address is known by another key, or for too long")
	}
	for i := range 3 * maxRedirects {
		l.add(time.Duration(i).String(), now)
	}
	if len(l.m) > maxRedirects {
		t.Errorf("%d addresses are stored", len(l.m))
	}
}
