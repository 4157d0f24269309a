//go:build linux

package alert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTextsAreShownAsTheyAre: the first program that exists shows the texts, whatever characters they contain.
func TestTextsAreShownAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if Show("a", "b") {
		t.Error("said without a program")
	}
	said := filepath.Join(dir, "said")
	script := "#!/bin/sh\nfor a; do echo \"$a\"; done > " + said + ".new; /bin/mv " + said + ".new " + said + "\n"
	if err := os.WriteFile(filepath.Join(dir, "zenity"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	title, text := "it's $HOME", "<b>&amp; `id` -x"
	if !Show(title, text) {
		t.Fatal("not said")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(said)
		if err == nil {
			if got := string(b); !strings.Contains(got, "--title="+title+"\n") || !strings.Contains(got, "--text="+text+"\n") {
				t.Errorf("%q", got)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
