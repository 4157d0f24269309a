package commandline

import (
	"bytes"
	"strings"
	"testing"
)

func TestHelpHasEachFlagOnceInItsGroup(t *testing.T) {
	for _, window := range []bool{true, false} {
		var stderrText bytes.Buffer
		_, _ = Parse([]string{"-help"}, &stderrText, window)
		for _, g := range groups {
			if !strings.Contains(stderrText.String(), "\n"+g.title+"\n") {
				t.Errorf("window %v: the help lacks the group %q:\n%s", window, g.title, &stderrText)
			}
			for _, name := range g.flags {
				want := 1
				if !window && name == "hidden" {
					want = 0
				}
				if n := strings.Count(stderrText.String(), "\n  -"+name+" ") + strings.Count(stderrText.String(), "\n  -"+name+"\n"); n != want {
					t.Errorf("window %v: the help has -%s %d times, want %d", window, name, n, want)
				}
			}
		}
		if has := strings.Contains(stderrText.String(), "window"); has != window {
			t.Errorf("window %v: the help mentions a window: %v\n%s", window, has, &stderrText)
		}
	}
}
