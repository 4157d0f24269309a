package file

import (
	"errors"
	"testing"

	"bittoratio/engine/clients"
)

// TestAFileOfAnotherVersionIsNotChanged: a settings file is not changed if its client's version would not read the
// change.
func TestAFileOfAnotherVersionIsNotChanged(t *testing.T) {
	const (
		old   = `{"prefetch-enabled": true, "utp-enabled": true}`
		four  = `{"default-trackers": "", "prefetch-enabled": true, "utp-enabled": true}`
		newer = `{"default-trackers": "", "prefetch-enabled": true, "proxy_url": null, "utp-enabled": true}`
	)
	for _, c := range []struct {
		name, client, text, version string
		reads                       bool
	}{
		{"Transmission 2.11", "transmission-1.50", `{"proxy": "", "proxy-enabled": false}`, "2.11", true},
		{"Transmission 2.11 by the new key", "transmission-4.1", `{"proxy": "", "proxy-enabled": false}`, "2.11", false},
		{"Transmission 3.00", "transmission-4.1", old, "3.00", false},
		{"Transmission 3.00, which keeps a key that it does not know", "transmission-4.1", `{"prefetch-enabled": true, "proxy_url": "http://127.0.0.1:8080"}`, "3.00", false},
		{"Transmission 3.00 by the old keys", "transmission-1.50", old, "3.00", false},
		{"Transmission 4.0", "transmission-4.1", four, "4.0", false},
		{"Transmission 4.1", "transmission-4.1", newer, "4.1", true},
		{"Fragments with a daemon of 4.0", "fragments", four, "4.0", false},
		{"a file without a version", "transmission-4.1", `{}`, "", true},
		{"qBittorrent 5.1", "qbittorrent-4.6", "[Meta]\nMigrationVersion=8\n", "4.6", true},
		{"qBittorrent 4.5", "qbittorrent-4.6", "[Meta]\nMigrationVersion=4\n", "4.5", false},
		{"qBittorrent 4.5 by its own", "qbittorrent-4.4.1", "[Meta]\nMigrationVersion=4\n", "4.5", true},
		{"a profile of qBittorrent that was never started", "qbittorrent-4.6", "[BitTorrent]\n", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, f := home(t, "settings", c.text)
			g := guide(t, c.client, "127.0.0.1:8080")
			if v := Version(f, *g.Apply); v != c.version {
				t.Errorf("the version is %q, want %q", v, c.version)
			}
			_, err := Point(f, *g.Apply)
			var version *VersionError
			if errors.As(err, &version) == c.reads || c.reads && err != nil {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}

func TestAnEditAppliesToARangeOfVersions(t *testing.T) {
	e := clients.Edit{From: "2.12", Below: "4.1"}
	for v, want := range map[string]bool{"2.11": false, "2.12": true, "3.00": true, "4.0.6": true, "4.1": false, "4.1.0-beta.2": false, "": true, "x": true} {
		if e.Reads(v) != want {
			t.Errorf("Reads(%q) is %v, want %v", v, !want, want)
		}
	}
}
