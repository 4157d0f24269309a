package commandline

import (
	"bytes"
	"strings"
	"testing"
)

func TestHelpHasEachFlagOnceInItsGroup(t *testing.T) {
	for _, window := range []bool{true, false} {
		var said bytes.Buffer
		_, _ = Parse([]string{"-help"}, &said, window)
		for _, g := range groups {
			if !strings.Contains(said.String(), "\n"+g.title+"\n") {
				t.Errorf("window %v: the help lacks the group %q:\n%s", window, g.title, &said)
			}
			for _, name := range g.flags {
				want := 1
				if !window && name == "hidden" {
					want = 0
				}
				if n := strings.Count(said.String(), "\n  -"+name+" ") + strings.Count(said.String(), "\n  -"+name+"\n"); n != want {
					t.Errorf("window %v: the help has -%s %d times, not %d", window, name, n, want)
				}
			}
		}
		if has := strings.Contains(said.String(), "window"); has != window {
			t.Errorf("window %v: the help speaks of one: %v\n%s", window, has, &said)
		}
	}
}
