package convert

import (
	"strings"
	"testing"
)

func TestTrackersAreShownWithoutTheirPasskeys(t *testing.T) {
	for address, want := range map[string]string{
		"https://t.example/0123456789abcdef/announce":                                     "https://t.example/…/announce",
		"https://t.example/announce.php?passkey=SECRET":                                   "https://t.example/announce.php",
		"udp://u.example:80":                                                              "udp://u.example:80",
		"http://127.0.0.1:8080/announce/https/t.example/0123456789abcdef/announce?a=b":    "http://127.0.0.1:8080/announce/https/t.example/…/announce",
		"http://[::1]:8080/announce/udp/u.example:80":                                     "http://[::1]:8080/announce/udp/u.example:80",
		"http://127.0.0.1:1/announce/http/127.0.0.1:1/announce/https/t.example/SECRETXX/": "http://127.0.0.1:1/announce/http/127.0.0.1:1/announce/https/t.example/…/",
		"SECRET": "…",
	} {
		if got := shownAddress(address); got != want || strings.Contains(got, "SECRET") {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}
