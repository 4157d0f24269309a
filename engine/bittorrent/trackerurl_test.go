package bittorrent

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

// passkeys has the kinds in use: hex, base 32, base 62, and one that happens to have no digit.
var passkeys = []string{
	"0123456789abcdef0123456789abcdef", "deadbeefcafefeedabcdefabcdefabcd", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", "aZ09bY18cX27dW36",
}

func TestAPasskeyIsNeverPrinted(t *testing.T) {
	for _, key := range passkeys {
		for _, c := range []struct{ name, host, path, want string }{
			{"path before announce", "tracker.test:6969", "/" + key + "/announce", "http://tracker.test:6969/…/announce"},
			{"path after announce", "tracker.test:6969", "/announce/" + key, "http://tracker.test:6969/…/…"},
			{"in the middle", "tracker.test", "/a/" + key + "/b/announce.php", "http://tracker.test/…/announce.php"},
			{"passkey=", "tracker.test", "/announce.php?passkey=" + key, "http://tracker.test/…"},
			{"authkey=", "tracker.test", "/announce?authkey=" + key, "http://tracker.test/…"},
			{"pk=", "tracker.test", "/announce?pk=" + key, "http://tracker.test/…"},
			{"subdomain", key + ".tracker.test", "/announce", "http://….tracker.test/announce"},
		} {
			if c.name == "subdomain" && !strings.ContainsAny(key, "0123456789") {
				continue // long names without digits are words
			}
			u, err := NewTrackerURL("http", c.host, c.path)
			if err != nil {
				t.Fatal(err)
			}
			if u.String() != c.want {
				t.Errorf("%s: printed as %s, want %s", c.name, u, c.want)
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "tracker", u)
			for way, out := range map[string]string{
				"String": u.String(), "Host": u.Host(), "ID": u.ID().String(), "log": log.String(),
				"%v": fmt.Sprintf("%v", u), "%+v": fmt.Sprintf("%+v", u), "%#v": fmt.Sprintf("%#v", u),
				"%q": fmt.Sprintf("%q", u), "pointer": fmt.Sprintf("%v", &u), "in a struct": fmt.Sprintf("%v", struct{ U TrackerURL }{u}),
			} {
				if strings.Contains(strings.ToLower(out), strings.ToLower(key)) {
					t.Errorf("%s: printed by %s it shows the passkey", c.name, way)
				}
			}
			if !strings.Contains(strings.ToLower(u.Secret()), strings.ToLower(key)) {
				t.Errorf("%s: Secret does not have the passkey", c.name)
			}
		}
	}
}

func TestATrackerURLKeepsItsParts(t *testing.T) {
	for _, c := range []struct{ scheme, authority, path, host, address, secret string }{
		{"HTTP", "Tracker.Test", "/announce", "tracker.test", "tracker.test:80", "http://tracker.test/announce"},
		{"http", "tracker.test:80", "/announce", "tracker.test", "tracker.test:80", "http://tracker.test/announce"},
		{"https", "tracker.test:80", "/a", "tracker.test:80", "tracker.test:80", "https://tracker.test:80/a"},
		{"https", "tracker.test", "/A", "tracker.test", "tracker.test:443", "https://tracker.test/A"},
		{"http", "127.0.0.1:6969", "/announce", "127.0.0.1:6969", "127.0.0.1:6969", "http://127.0.0.1:6969/announce"},
		{"http", "[::1]:6969", "/announce", "[::1]:6969", "[::1]:6969", "http://[::1]:6969/announce"},
		{"http", "[2001:DB8::1]", "/announce", "[2001:db8::1]", "[2001:db8::1]:80", "http://[2001:db8::1]/announce"},
		{"udp", "tracker.test:6969", "", "tracker.test:6969", "tracker.test:6969", "udp://tracker.test:6969"},
		{"http", "torrents4everyone2026.test", "/announce", "torrents4everyone2026.test", "torrents4everyone2026.test:80", "http://torrents4everyone2026.test/announce"},
		{"http", "localhost", "/announce", "localhost", "localhost:80", "http://localhost/announce"},
	} {
		u, err := NewTrackerURL(c.scheme, c.authority, c.path)
		if err != nil {
			t.Errorf("%s: NewTrackerURL returned %v", c.authority, err)
			continue
		}
		if u.Host() != c.host || u.Address() != c.address || u.Secret() != c.secret {
			t.Errorf("%s: host %s, address %s, whole %s; want %s, %s, %s", c.authority, u.Host(), u.Address(), u.Secret(), c.host, c.address, c.secret)
		}
	}
	if s := (TrackerURL{}).String(); s != "" {
		t.Errorf("the zero value prints %q, want %q", s, "")
	}
}

func TestATrackerURLWithoutAHostIsRefused(t *testing.T) {
	for _, authority := range []string{
		"", ":80", "user@tracker.test", "user:word@tracker.test", "a/b", "a b", "a?b", "a#b", `a\b`, "[::1", "[::1]x", "[]:80", "a:b:c",
		"::1", "a:0", "a:65536", "a:-1", "a:+1", "a:x", "[::1]:x",
	} {
		if u, err := NewTrackerURL("http", authority, "/"); err == nil {
			t.Errorf("%q was accepted as %s", authority, u.Secret())
		}
	}
	if _, err := NewTrackerURL("udp", "tracker.test", ""); err == nil {
		t.Error("a udp address without a port was accepted")
	}
}

func TestEqualAddressesHaveEqualIDs(t *testing.T) {
	id := func(scheme, authority, path string) TrackerID {
		u, err := NewTrackerURL(scheme, authority, path)
		if err != nil {
			t.Fatal(err)
		}
		return u.ID()
	}
	if id("http", "T.test", "/a") != id("HTTP", "t.TEST:80", "/a") {
		t.Error("two spellings of one address have different ids")
	}
	all := []TrackerID{
		id("http", "t.test", "/a"), id("https", "t.test", "/a"), id("http", "t.test", "/A"), id("http", "t.test:81", "/a"), id("http", "u.test", "/a"),
	}
	for i := range all {
		for j := range i {
			if all[i] == all[j] {
				t.Errorf("addresses %d and %d have the same id", i, j)
			}
		}
	}
}

// TestTheScrapePathFollowsBEP48 has the examples of BEP 48.
func TestTheScrapePathFollowsBEP48(t *testing.T) {
	for _, c := range []struct {
		announce, want string
		ok             bool
	}{
		{"/announce", "/scrape", true},
		{"/x/announce", "/x/scrape", true},
		{"/announce.php", "/scrape.php", true},
		{"/a", "", false},
		{"/announce?x2%0644", "/scrape?x2%0644", true},
		{"/announce?x=2/4", "", false},
		{"/x%064announce", "", false},
		{"/KEY/announce", "/KEY/scrape", true},
		{"/announce/KEY", "", false},
		{"/announce/announce", "/announce/scrape", true},
		{"/announces", "/scrapes", true},
		{"/Announce", "", false},
		{"announce", "", false},
		{"/", "", false},
		{"", "", false},
	} {
		if got, ok := ScrapePath(c.announce); got != c.want || ok != c.ok {
			t.Errorf("%q gives %q, %v; want %q, %v", c.announce, got, ok, c.want, c.ok)
		}
	}
}

func TestAnInfoHashIsFortyHexDigits(t *testing.T) {
	const hex = "0123456789abcdef0123456789abcdef01234567"
	h, err := ParseInfoHash(hex)
	if err != nil || h.String() != hex || h.Short() != "01234567" {
		t.Errorf("the hash is %s, short %s (%v)", h, h.Short(), err)
	}
	if up, err := ParseInfoHash(strings.ToUpper(hex)); err != nil || up != h {
		t.Errorf("in capitals the hash is %s (%v)", up, err)
	}
	for _, s := range []string{"", hex[1:], hex + "0", "x" + hex[1:], strings.Repeat("é", 20)} {
		if h, err := ParseInfoHash(s); err == nil || h != (InfoHash{}) {
			t.Errorf("%q was accepted as %s", s, h)
		}
	}
}

func TestEventNamesAreThoseOfTheProtocol(t *testing.T) {
	for _, c := range []struct {
		word       string
		event      Event
		mustArrive bool
	}{
		{"", EventNone, false},
		{"completed", EventCompleted, true},
		{"started", EventStarted, true},
		{"stopped", EventStopped, true},
		{"paused", EventPaused, false},
	} {
		if e := ParseEvent(c.word); e != c.event || e.String() != c.word || e.MustArrive() != c.mustArrive {
			t.Errorf("%q is event %d, %q, must arrive: %v; want %d, %v", c.word, e, e, e.MustArrive(), c.event, c.mustArrive)
		}
	}
	for _, word := range []string{"Started", "empty", "none", "update", "started ", "stopped\x00"} {
		if e := ParseEvent(word); e != EventNone {
			t.Errorf("the unknown event %q is read as %q, want %q", word, e, EventNone)
		}
	}
	if s := Event(200).String(); s != "" {
		t.Errorf("an unknown event prints %q, want %q", s, "")
	}
	// BEP 15 gives these three their numbers on the wire.
	if EventCompleted != 1 || EventStarted != 2 || EventStopped != 3 {
		t.Error("the numbers are not those of BEP 15")
	}
}

var longRun = regexp.MustCompile(`[0-9A-Za-z]{16,}`)

// FuzzTrackerURLMasksItsPath checks that no 16 consecutive letters or digits of the path are ever printed.
func FuzzTrackerURLMasksItsPath(f *testing.F) {
	for _, key := range passkeys {
		for _, path := range []string{"/%s/announce", "/announce/%s", "/announce.php?passkey=%s", "/announce?authkey=%s", "/announce?pk=%s", "%s", "/%s/", "/a-%s", "//%s//"} {
			f.Add(fmt.Sprintf(path, key))
		}
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := NewTrackerURL("http", "tracker.test", path)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range longRun.FindAllString(path, -1) {
			for i := range len(run) - 15 {
				if strings.Contains(u.String(), run[i:i+16]) {
					t.Fatalf("%q prints as %s", path, u)
				}
			}
		}
		if !strings.HasSuffix(u.Secret(), path) {
			t.Fatalf("Secret does not have the path %q", path)
		}
	})
}
