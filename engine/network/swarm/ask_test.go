package swarm

import "testing"

func TestWhichLookUpsAreAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		subject Subject
		want    Verdict
	}{
		"a .torrent that is private":                         {Subject{Known: Private}, OwnTrackers},
		"a .torrent that is private, whatever was confirmed": {Subject{Known: Private, Confirmed: true, Keyed: true, Names: true}, OwnTrackers},
		"a private torrent that is announced":                {Subject{Known: Private, Automatic: true, Names: true}, Refused},
		"a .torrent that is not private":                     {Subject{Known: Public}, Allowed},
		"a .torrent that is not private, with a key":         {Subject{Known: Public, Keyed: true}, Allowed},
		"a link with a key":                                  {Subject{Keyed: true}, Warn},
		"a link with a key, confirmed":                       {Subject{Keyed: true, Confirmed: true}, Allowed},
		"a link or hash without a key":                       {Subject{}, Allowed},
		"an announce, clicked, no key":                       {Subject{}, Allowed},
		"an announce, clicked, with a key":                   {Subject{Keyed: true}, Warn},
		"an announce, without a click":                       {Subject{Automatic: true}, Refused},
		"an announce, without a click, allowed":              {Subject{Automatic: true, Names: true}, Allowed},
		"an announce with a key, allowed":                    {Subject{Automatic: true, Names: true, Keyed: true}, Refused},
		"an announce with a key, allowed and confirmed":      {Subject{Automatic: true, Names: true, Keyed: true, Confirmed: true}, Refused},
	} {
		if got := Ask(c.subject); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
