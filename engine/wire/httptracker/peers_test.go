package httptracker

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

func TestPeersAreReadInBothForms(t *testing.T) {
	four, six := netip.MustParseAddrPort("127.0.0.1:6881"), netip.MustParseAddrPort("[2001:db8::1]:6881")
	for _, c := range []struct {
		name, body string
		want       []netip.AddrPort
	}{
		{"compact", "d8:intervali1e5:peers12:" + peer4 + peer4 + "6:peers618:" + peer6 + "e", []netip.AddrPort{four, four, six}},
		{"cut", "d5:peers7:" + peer4 + "x6:peers617:" + peer6[:17] + "e", []netip.AddrPort{four}},
		{"dictionaries", "d5:peersld2:ip9:127.0.0.17:peer id20:" + hashB + "4:porti6881eed2:ip11:2001:db8::14:porti6881eeee", []netip.AddrPort{four, six}},
		{"IPv4 inside IPv6", "d5:peersld2:ip16:::ffff:127.0.0.14:porti6881eeee", []netip.AddrPort{four}},
		{"names", "d5:peersld2:ip12:peer.example4:porti6881eeee", nil},
		{"ports that are none", "d5:peersld2:ip9:127.0.0.14:porti0eed2:ip9:127.0.0.14:porti65536eed2:ip9:127.0.0.1eee", nil},
		{"zones", "d5:peersld2:ip11:fe80::1%eth4:porti6881eeee", nil},
		{"other types", "d5:peersi5e6:peers6d1:a1:bee", nil},
		{"a refusal", "d14:failure reason1:x5:peers6:" + peer4 + "e", nil},
		{"no answer", "<html>", nil},
	} {
		if got := Peers([]byte(c.body)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if r, err := ParseAnnounceResponse([]byte(c.body)); err == nil && r.Peers < len(c.want) {
			t.Errorf("%s: %d peers are counted", c.name, r.Peers)
		}
	}
	if many := Peers(fmt.Appendf(nil, "d5:peers%d:%0*de", 600_000, 600_000, 0)); len(many) != 100_000 {
		t.Errorf("got %d peers, want 100000", len(many))
	}
}
