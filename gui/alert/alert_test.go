//go:build linux

package alert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAMessageIsShownCharacterForCharacter by the first program that exists, whatever it contains.
func TestAMessageIsShownCharacterForCharacter(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if Show("a", "b") {
		t.Error("Show reports success although no program can show the message")
	}
	shown := filepath.Join(dir, "shown")
	script := "#!/bin/sh\nfor a; do echo \"$a\"; done > " + shown + ".new; /bin/mv " + shown + ".new " + shown + "\n"
	if err := os.WriteFile(filepath.Join(dir, "zenity"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	title, text := "it's $HOME", "<b>&amp; `id` -x"
	if !Show(title, text) {
		t.Fatal("Show reports failure although zenity is there")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(shown)
		if err == nil {
			if got := string(b); !strings.Contains(got, "--title="+title+"\n") || !strings.Contains(got, "--text="+text+"\n") {
				t.Errorf("zenity was started with %q, want the title %q and the text %q", got, title, text)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
