package clients

import (
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
)

func TestAUserAgentAgreesWithThePeerIDOfTheSameClient(t *testing.T) {
	for _, c := range []struct {
		id, agent string
		want      bool
	}{
		{"-qB4520-fqonkus8jIM(", "qBittorrent/4.5.2", true},
		{"-TR4110-abcdefghijkl", "Transmission/4.1.1", true},
		{"A2-1-36-0-aaaaaaaaaa", "aria2/1.36.0", true},
		{"-qB4520-fqonkus8jIM(", "Mozilla/5.0 (X11)", false},
		{"-qB4520-fqonkus8jIM(", "", false},
		{"-qB4520-fqonkus8jIM(", "qBittorrents/4.5.2", false},
		{"Mozilla/5.0aaaaaaaaa", "Mozilla/5.0 (X11)", false},
	} {
		if got := AgentAgrees(bittorrent.PeerID([]byte(c.id)), c.agent); got != c.want {
			t.Errorf("AgentAgrees of %q and %q is %v, want %v", c.agent, c.id, got, c.want)
		}
	}
}

// TestLibtorrentClientsAreRecognisedByPeerID: they wait less long for an answer than other clients.
func TestLibtorrentClientsAreRecognisedByPeerID(t *testing.T) {
	for id, want := range map[string]bool{
		"-qB5300-*MpIhCtCCv!E": true,
		"-DE203s-)_y8g0oT3.Qp": true,
		"-LT20B0-abcdefghijkl": true,
		"-PI0B00-abcdefghijkl": true,
		"-lt0D80-abcdefghijkl": false, // rTorrent, which has another libtorrent
		"-TR4140-p2155c93l3tt": false,
		"A2-1-37-0-z7xtw9rccp": false,
		"DE203s--------------": false,
	} {
		if got := OnLibtorrent(bittorrent.PeerID([]byte(id))); got != want {
			t.Errorf("OnLibtorrent(%q) is %v, want %v", id, got, want)
		}
	}
}

func TestAClientIsNamedByItsPeerID(t *testing.T) {
	for _, c := range []struct{ id, want string }{
		// Ids that real clients sent.
		{"-TR3000-09ve9k5ohy4d", "Transmission 3.00"},
		{"-TR4140-p2155c93l3tt", "Transmission 4.1.4"},
		{"-qB4520-!z7XtW9RcCpK", "qBittorrent 4.5.2"},
		{"-qB5300-*MpIhCtCCv!E", "qBittorrent 5.3.0"},
		{"-DE203s-)_y8g0oT3.Qp", "Deluge 2.0.3"},
		{"-DE203s--JgdI~7o3!RE", "Deluge 2.0.3"},
		{"-lt0D80-\x0d\xb6\xb3o\x0e\xb9J\xa3\xb9\x85\x2b\xa9", "rTorrent (libtorrent 0.13.8)"},
		{"-lt1011-\x0d\xb6\xb3o\x0e\xb9J\xa3\xb9\x85\x2b\xa9", "rTorrent 0.16.17"},
		{"A2-1-36-0-\x09\xd5\xf3\x11\x89^\xa8O\xd5\x0e", "aria2 1.36.0"},
		{"A2-1-36-0-.......z7..", "aria2 1.36.0"},
		{"A2-1-37-0-z7xtw9rccp", "aria2 1.37.0"},
		{"-BI4100-abcdefghijkl", "BiglyBT 4.1.0.0"},

		// Transmission has changed its notation three times.
		{"-TR0006-abcdefghijkl", "Transmission 0.6"},
		{"-TR0072-abcdefghijkl", "Transmission 0.72"},
		{"-TR1500-abcdefghijkl", "Transmission 1.50"},
		{"-TR1930-abcdefghijkl", "Transmission 1.93"},
		{"-TR111Z-abcdefghijkl", "Transmission 1.11+"},
		{"-TR2110-abcdefghijkl", "Transmission 2.11"},
		{"-TR2940-abcdefghijkl", "Transmission 2.94"},
		{"-TR294Z-abcdefghijkl", "Transmission 2.94+"},
		{"-TR4000-abcdefghijkl", "Transmission 4.0.0"},
		{"-TR4060-abcdefghijkl", "Transmission 4.0.6"},
		{"-TR410B-abcdefghijkl", "Transmission 4.1.0 beta"},
		{"-TR410Z-abcdefghijkl", "Transmission 4.1.0 dev"},
		{"-TR4A00-abcdefghijkl", "Transmission 4.10.0"},
		{"-TR41a0-abcdefghijkl", "Transmission 4.1.36"},
		{"-TR3x00-abcdefghijkl", "Transmission"},
		{"-TR4?00-abcdefghijkl", "Transmission"},

		{"-qB43A0-abcdefghijkl", "qBittorrent 4.3.10"},
		{"-DE13F0-abcdefghijkl", "Deluge 1.3.15"},
		{"-DE220s-abcdefghijkl", "Deluge 2.2.0"},
		{"-LT20B0-abcdefghijkl", "libtorrent (Rasterbar) 2.0.11"},
		{"-lt0F40-abcdefghijkl", "rTorrent (libtorrent 0.15.4)"},
		{"-lt1000-abcdefghijkl", "rTorrent 0.16.0"},
		{"-ltzz00-abcdefghijkl", "rTorrent"},
		{"-AZ5760-abcdefghijkl", "Vuze 5.7.6.0"},
		{"-UT355W-\xaa\xb1ghijabcdef", "µTorrent 3.5.5"},
		{"-BT7a5S-abcdefghijkl", "BitTorrent 7.10.5"},
		{"-BT7A5S-abcdefghijkl", "BitTorrent 7.10.5"},
		{"-UW1250-abcdefghijkl", "µTorrent Web 1.2.5"},
		{"-WW0202-abcdefghijkl", "WebTorrent 2.2"},
		{"-BC0155-abcdefghijkl", "BitComet 1.55"},
		{"-BC????-abcdefghijkl", "BitComet"},
		{"-KT5110-abcdefghijkl", "KTorrent 5.1.1"},
		{"TIX0315-abcdefghijkl", "Tixati 3.15"},

		{"M7-2-0--abcdefghijkl", "BitTorrent 7.2.0"},
		{"M4-20-8-abcdefghijkl", "BitTorrent 4.20.8"},
		{"Q1-23-0-abcdefghijkl", "Queen Bee 1.23.0"},
		{"S58B-----abcdefghijk", "Shadow 5.8.11"},
		{"T03I-----abcdefghijk", "BitTornado 0.3.18"},
		{"A2-x-------abcdefghi", "aria2"},

		// An unknown client is not guessed.
		{"-XY1234-abcdefghijkl", "-XY1234-"},
		{"M4abcdefghijklmnopqr", "M4abcdef"},
		{"T_______________abcd", "T"},
		{"S58B----xabcdefghijk", "S58B----"},
		{"ab\x00cdefghijklmnopqr", "ab"},
		{"\x00\x01\x02defghijklmnopqr", "unknown"},
		{strings.Repeat("\x00", 20), "unknown"},
	} {
		var p bittorrent.PeerID
		copy(p[:], c.id)
		if got := NameOf(p); got != c.want {
			t.Errorf("%q is %q, not %q", c.id, got, c.want)
		}
	}
}

// FuzzNameOf checks for any id that the name is short and printable, and does not contain what follows the client's
// mark.
func FuzzNameOf(f *testing.F) {
	for _, s := range []string{"-TR4140-p2155c93l3tt", "A2-1-36-0-", "M7-2-0--", "S58B-----", "-lt1011-", "TIX0315-", "Q1-23-0-", "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p bittorrent.PeerID
		copy(p[:], b)
		name := NameOf(p)
		if name == "" || len(name) > 40 || strings.TrimSpace(name) != name {
			t.Fatalf("the name %q is empty, long or untidy", name)
		}
		for _, r := range name {
			if r < ' ' || r == 0x7f || r > 0x7e && r != 'µ' {
				t.Fatalf("the name %q has %U", name, r)
			}
		}
		q := p
		copy(q[10:], "..........")
		if NameOf(q) != name {
			t.Fatalf("the name %q depends on the random part of the id", name)
		}
	})
}
