package bittorrent

import "testing"

func TestRedirectsAreResolved(t *testing.T) {
	from, err := NewTrackerURL("http", "old.example:6969", "/k/announce")
	if err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string][2]string{
		"http://new.example/announce?uploaded=9": {"http://new.example/announce", "/announce?uploaded=9"},
		"HTTP://new.example:81/a#part":           {"http://new.example:81/a", "/a"},
		"http://new.example":                     {"http://new.example/", "/"},
		"http://new.example?x=1":                 {"http://new.example/", "/?x=1"},
		"/other/announce?info_hash=%AA":          {"http://old.example:6969/other/announce", "/other/announce?info_hash=%AA"},
		"https://new.example/announce":           {"https://new.example/announce", "/announce"},
		"HTTPS://new.example:444/a?b":            {"https://new.example:444/a", "/a?b"},
		"udp://new.example:1/announce":           {"", ""},
		"//new.example/announce":                 {"http://new.example/announce", "/announce"},
		"//new.example":                          {"http://new.example/", "/"},
		"announce2":                              {"http://old.example:6969/k/announce2", "/k/announce2"},
		"announce.php?x=http://y:1/":             {"http://old.example:6969/k/announce.php", "/k/announce.php?x=http://y:1/"},
		"?uploaded=9":                            {"http://old.example:6969/k/announce", "/k/announce?uploaded=9"},
		"./a?b=/../c":                            {"http://old.example:6969/k/a", "/k/a?b=/../c"},
		"../k2/announce":                         {"http://old.example:6969/k2/announce", "/k2/announce"},
		"../../../a":                             {"http://old.example:6969/a", "/a"},
		"..":                                     {"http://old.example:6969/", "/"},
		".":                                      {"http://old.example:6969/k/", "/k/"},
		"/a/b/../c/./d":                          {"http://old.example:6969/a/c/d", "/a/c/d"},
		"/a/..b/.c":                              {"http://old.example:6969/a/..b/.c", "/a/..b/.c"},
		"a//b":                                   {"http://old.example:6969/k/a//b", "/k/a//b"},
		"http:announce":                          {"", ""},
		"magnet:?xt=urn:btih:0":                  {"", ""},
		"#part":                                  {"", ""},
		"///announce":                            {"", ""},
		"http://me@new.example/announce":         {"", ""},
		"http://new.example/a b":                 {"", ""},
		"http://new.example/a\r\nX: y":           {"", ""},
		"":                                       {"", ""},
	} {
		to, target, ok := from.Redirected(location)
		if !ok {
			to, target = TrackerURL{}, ""
		}
		secret := ""
		if ok {
			secret = to.Secret()
		}
		if ok != (want[0] != "") || secret != want[0] || target != want[1] {
			t.Errorf("%q is resolved to %q, %q (%v), want %q", location, secret, target, ok, want)
		}
	}
}

func TestExposesReportsARedirectOutOfTLS(t *testing.T) {
	from, err := NewTrackerURL("https", "old.example", "/k/announce")
	if err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]string{
		"http://old.example/k/announce": "http://old.example/k/announce",
		"//new.example/a":               "https://new.example/a",
		"/k2/announce":                  "https://old.example/k2/announce",
	} {
		if to, _, ok := from.Redirected(location); !ok || to.Secret() != want || from.Exposes(to) != (to.Scheme() == "http") || to.Exposes(from) {
			t.Errorf("%q is resolved to %q (%v), want %q; exposes: %v", location, to.Secret(), ok, want, from.Exposes(to))
		}
	}
}

// TestARelativeRedirectOfAnAddressWithoutAPathIsResolved: the folder is then the root (RFC 3986 §5.2.3).
func TestARelativeRedirectOfAnAddressWithoutAPathIsResolved(t *testing.T) {
	from, err := NewTrackerURL("http", "old.example", "")
	if err != nil {
		t.Fatal(err)
	}
	if to, target, ok := from.Redirected("a?b"); !ok || to.Secret() != "http://old.example/a" || target != "/a?b" {
		t.Errorf("a?b is resolved to %q, %q (%v)", to.Secret(), target, ok)
	}
}

func TestAnOriginIsSchemeHostAndPort(t *testing.T) {
	at := func(scheme, authority, path string) TrackerID {
		u, err := NewTrackerURL(scheme, authority, path)
		if err != nil {
			t.Fatal(err)
		}
		return u.Origin()
	}
	here := at("http", "a.example:80", "/x")
	if here != at("HTTP", "A.example", "/y/z") || here == (TrackerID{}) {
		t.Error("two paths of one origin have different origins")
	}
	for _, other := range []TrackerID{at("https", "a.example:80", "/x"), at("udp", "a.example:80", ""), at("http", "a.example:81", "/x"), at("http", "b.example", "/x"), TrackerURL{}.Origin()} {
		if other == here {
			t.Error("two origins count as one")
		}
	}
}
