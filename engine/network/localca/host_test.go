package localca

import (
	"errors"
	"testing"
)

func TestHostsAreReadInAllFormsThatPeopleWrite(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        error
	}{
		{"tracker.example", "tracker.example", nil},
		{" Tracker.Example:443 ", "tracker.example", nil},
		{"tracker.example.", "tracker.example", nil},
		{"tracker.example:8443", "tracker.example:8443", nil},
		{"*.tracker.example", "*.tracker.example", nil},
		{"*.tracker.example:8443", "*.tracker.example:8443", nil},
		{"192.0.2.7", "192.0.2.7", nil},
		{"[2001:DB8::7]", "[2001:db8::7]", nil},
		{"[2001:db8::7]:8443", "[2001:db8::7]:8443", nil},
		{"[::ffff:192.0.2.7]", "192.0.2.7", nil},
		{"localhost", "localhost", nil},
		{"a_b.example", "a_b.example", nil},
		{"", "", errHost},
		{"https://tracker.example/announce", "", errHost},
		{"user@tracker.example", "", errHost},
		{"tracker.example:0", "", errHost},
		{"tracker.example:65536", "", errHost},
		{"tracker..example", "", errHost},
		{"-tracker.example", "", errHost},
		{"träcker.example", "", errHost},
		{"1.2.3", "", errHost},
		{"fe80::1%eth0", "", errHost},
		{"[fe80::1%eth0]", "", errHost},
		{"*.example", "", errStar},
		{"*.192.0.2.7", "", errStar},
		{"tracker.*.example", "", errStar},
		{"*", "", errStar},
		{"0123456789abcdef0123456789abcdef.tracker.example", "", ErrPasskey},
	} {
		h, err := ParseHost(c.text)
		if !errors.Is(err, c.err) || err == nil && h.String() != c.want {
			t.Errorf("%q: ParseHost returned %q, %v", c.text, h, err)
			continue
		}
		if again, err := ParseHost(c.want); c.want != "" && (err != nil || again != h) {
			t.Errorf("%q, parsed again, is %v, %v", c.want, again, err)
		}
	}
}

func TestAHostCoversItselfAndAStarItsSubdomains(t *testing.T) {
	for _, c := range []struct {
		host, name string
		want       bool
	}{
		{"tracker.example", "tracker.example", true},
		{"tracker.example", "a.tracker.example", false},
		{"tracker.example", "xtracker.example", false},
		{"*.tracker.example", "a.tracker.example", true},
		{"*.tracker.example", "a.b.tracker.example", true},
		{"*.tracker.example", "tracker.example", false},
		{"*.tracker.example", ".tracker.example", false},
		{"*.tracker.example", "xtracker.example", false},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "::ffff:192.0.2.7", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"[2001:db8::7]", "2001:db8:0::7", true},
	} {
		h, err := ParseHost(c.host)
		if err != nil || h.Covers(c.name) != c.want {
			t.Errorf("%s covers %s: got %v, %v", c.host, c.name, !c.want, err)
		}
	}
}
