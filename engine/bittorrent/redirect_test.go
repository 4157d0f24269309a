package bittorrent

import "testing"

func TestRedirectsAreFollowedToWhereTheyPoint(t *testing.T) {
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
		"//new.example/announce":                 {"", ""},
		"announce2":                              {"", ""},
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
			t.Errorf("%q leads to %q, %q, %v", location, secret, target, ok)
		}
	}
}

func TestARedirectNeverLeavesTLS(t *testing.T) {
	from, err := NewTrackerURL("https", "old.example", "/k/announce")
	if err != nil {
		t.Fatal(err)
	}
	if to, _, ok := from.Redirected("http://old.example/k/announce"); ok {
		t.Errorf("followed to %v", to)
	}
	if to, _, ok := from.Redirected("/k2/announce"); !ok || to.Secret() != "https://old.example/k2/announce" {
		t.Errorf("%q, %v", to.Secret(), ok)
	}
}
