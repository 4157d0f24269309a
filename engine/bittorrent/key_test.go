package bittorrent

import "testing"

func TestAddressesThatMayHoldAPasskeyAreRecognised(t *testing.T) {
	for address, want := range map[string]bool{
		"udp://tracker.example:1337":                                       false,
		"udp://tracker.example:1337/announce":                              false,
		"http://tracker.example/announce":                                  false,
		"https://tracker.example:443/announce.php":                         false,
		"http://tracker.example/a/b/announce":                              false,
		"http://tracker.example/0123456789abcdef0123456789abcdef/announce": true,
		"http://tracker.example/announce/abcd1234":                         true,
		"http://tracker.example/announce/%61bcd1234":                       true,
		"http://tracker.example/announce.php?passkey=x":                    true,
		"http://tracker.example/announce?uid=1":                            true,
		"http://0123456789abcdef0123.tracker.example/announce":             true,
		"udp://tracker.example":                                            true, // it cannot be read
		"nonsense":                                                         true,
	} {
		if got := LooksKeyed(address); got != want {
			t.Errorf("LooksKeyed(%s) is %v, want %v", address, got, want)
		}
	}
	for address, want := range map[string]string{
		"http://tracker.example/0123456789abcdef0123456789abcdef/announce?x=y": "http://tracker.example/…/announce",
		"udp://tracker.example:1337/announce":                                  "udp://tracker.example:1337/announce",
		"http://user:secret@tracker.example/announce":                          "…",
	} {
		if got := ShownTracker(address); got != want {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}
