package bittorrent

import (
	"strings"
	"testing"
)

const here = "127.0.0.1:8080"

func TestGatewayAddressesConvertBothWays(t *testing.T) {
	for tracker, want := range map[string]string{
		"https://tracker.example/0123456789abcdef/announce": "http://127.0.0.1:8080/announce/https/tracker.example/0123456789abcdef/announce",
		"https://tracker.example:8443/announce.php?pk=x":    "http://127.0.0.1:8080/announce/https/tracker.example:8443/announce.php?pk=x",
		"http://tracker.example/announce":                   "http://127.0.0.1:8080/announce/http/tracker.example/announce",
		"udp://tracker.example:1337/announce":               "http://127.0.0.1:8080/announce/udp/tracker.example:1337/announce",
		"udp://tracker.example:1337":                        "http://127.0.0.1:8080/announce/udp/tracker.example:1337",
		"https://[2001:db8::1]:443/announce":                "http://127.0.0.1:8080/announce/https/[2001:db8::1]:443/announce",
		"HTTPS://Tracker.Example/":                          "http://127.0.0.1:8080/announce/HTTPS/Tracker.Example/",
		"https://tracker.example":                           "http://127.0.0.1:8080/announce/https/tracker.example",
		"https://tracker.example/a%2Fb//c/../announce":      "http://127.0.0.1:8080/announce/https/tracker.example/a%2Fb//c/../announce",
	} {
		got, ok := ThroughGateway(tracker, here)
		if !ok || got != want {
			t.Errorf("%s: %s, %v, want %s", tracker, got, ok, want)
		}
		if back, ok := FromGateway(got); !ok || back != tracker {
			t.Errorf("%s is restored as %s (%v)", tracker, back, ok)
		}
		if again, ok := ThroughGateway(got, here); !ok || again != got {
			t.Errorf("%s: converted twice it is %s (%v), want %s", tracker, again, ok, got)
		}
		if moved, ok := ThroughGateway(got, "[::1]:9000"); !ok || moved != strings.Replace(got, here, "[::1]:9000", 1) {
			t.Errorf("%s: converted for another port it is %s (%v)", tracker, moved, ok)
		}
	}
}

func TestAddressesThatTheGatewayCannotServeAreUnchanged(t *testing.T) {
	for _, tracker := range []string{
		"", "tracker.example/announce", "wss://tracker.example/announce", "udp://tracker.example/announce", "udp://tracker.example",
		"https://user@tracker.example/announce", "https:///announce", "https://tracker.example:0/announce",
		"https://tracker.example/announce#top", "https://tracker.example/announce ", "https://tracker.example/a\nb",
		"https:%2F%2Ftracker.example/announce", "https:/tracker.example", "dht://0123",
	} {
		if got, ok := ThroughGateway(tracker, here); ok {
			t.Errorf("%q was converted to %q, want it unchanged", tracker, got)
		}
	}
	for _, address := range []string{
		"http://tracker.example/announce/https/other.example/announce", // another server's own path
		"http://127.0.0.1:8080/announce", "http://127.0.0.1:8080/announce/https", "http://127.0.0.1:8080/announce/https/",
		"http://127.0.0.1:8080/scrape/https/tracker.example/announce", "https://127.0.0.1:8080/announce/https/tracker.example/announce",
		"http://127.0.0.1:8080/announce/udp/tracker.example/announce", "http://127.0.0.1:8080/announce/ftp/tracker.example/announce",
	} {
		if got, ok := FromGateway(address); ok {
			t.Errorf("%q was restored as %q, want it unchanged", address, got)
		}
	}
}

// FuzzGateway checks that an address is exactly restored after its conversion, both plain and with escapes.
func FuzzGateway(f *testing.F) {
	for _, s := range []string{
		"https://tracker.example/announce", "udp://[::1]:1/x?y", "HTTP://A%2f/", "https%3A%2F%2Ftracker.example%2Fannounce",
		"udp%3a%2F/tracker.example:80%2f", "http://127.0.0.1:1/announce/http/a/announce/udp/b:1", "http:/%2f[::1]:8080%2fannounce%2fhttps%2fx",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tracker string) {
		for _, e := range []spelling{plainAddress, escapedAddress} {
			for _, addr := range []string{here, "[::1]:8080"} {
				through, ok := e.through(tracker, addr)
				if !ok {
					continue
				}
				want := tracker
				if inner, ok := e.back(tracker); ok {
					want = inner
				}
				if back, ok := e.back(through); !ok || back != want {
					t.Fatalf("%q, converted to %q, was restored as %q (%v)", tracker, through, back, ok)
				}
				if again, ok := e.through(through, addr); !ok || again != through {
					t.Fatalf("%q, converted twice, is %q, then %q", tracker, through, again)
				}
			}
		}
	})
}
