package bittorrent

import "testing"

func TestAuthorityFindsTheHostInAnyPastedAddress(t *testing.T) {
	for typed, want := range map[string][2]string{
		"tracker.example":                                                      {"", "tracker.example"},
		"tracker.example:8443":                                                 {"", "tracker.example:8443"},
		" https://tracker.example/announce/SECRET\n":                           {"https", "tracker.example"},
		"HTTPS://tracker.example:8443?passkey=SECRET":                          {"https", "tracker.example:8443"},
		"https://user:word@tracker.example/announce":                           {"https", "tracker.example"},
		"https://[2001:db8::1]:444/announce":                                   {"https", "[2001:db8::1]:444"},
		"tracker.example/announce":                                             {"", "tracker.example"},
		"http://127.0.0.1:8080/announce/https/tracker.example/SECRET/announce": {"https", "tracker.example"},
		"http://127.0.0.1:8080/announce/udp/tracker.example:6969/announce":     {"udp", "tracker.example:6969"},
		"*.tracker.example":                                                    {"", "*.tracker.example"},
		"":                                                                     {"", ""},
	} {
		if scheme, authority := Authority(typed); scheme != want[0] || authority != want[1] {
			t.Errorf("%q is read as %q, %q, want %q", typed, scheme, authority, want)
		}
	}
}
