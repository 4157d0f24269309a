package text

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bittoratio/engine/convert"
	"bittoratio/engine/settings"
	"bittoratio/gui/lang"
)

// TestErrorsSpeakTheLanguage: French texts contain no English, because errors of the system and of the engine have
// French texts.
func TestErrorsSpeakTheLanguage(t *testing.T) {
	if err := lang.Use("fr"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lang.Use(lang.English); err != nil {
			t.Error(err)
		}
	})
	for said, want := range map[string]string{
		Cause(&fs.PathError{Op: "write", Path: "/data/x", Err: syscall.ENOSPC}):       "/data/x: disque plein",
		Cause(fmt.Errorf("ledger: %w", os.ErrPermission)):                             "permission refusée",
		System("dial tcp 127.0.0.1:9: connect: connection refused"):                   "connexion refusée",
		Setting(&settings.Error{Field: "multiplier", Reason: "is not from 1 to 100"}): "un multiplicateur n’est pas entre 1 et 100",
		Setting(&settings.Error{Field: "wobble", Reason: "is odd"}):                   "wobble n’est pas valide",
		Unconverted(&convert.Error{Kind: convert.NoTracker, Reason: "x"}):             "le torrent ne nomme aucun tracker",
	} {
		if said != want {
			t.Errorf("%q, want %q", said, want)
		}
	}
	if got := Cause(errors.New("something new")); got != "something new" {
		t.Errorf("%q", got)
	}
}

// TestEveryReasonHasWords: each setting that can be wrong has a text of its own, and so has each reason why a
// conversion fails.
func TestEveryReasonHasWords(t *testing.T) {
	for kind := convert.NothingToTurnBack; kind <= convert.Exists; kind++ {
		if got := Unconverted(&convert.Error{Kind: kind, Reason: "the reason"}); got == "the reason" || got == "" {
			t.Errorf("kind %d: %q", kind, got)
		}
	}
	_, err := os.Stat(filepath.Join(t.TempDir(), "nothing"))
	if got := Cause(err); err == nil || got == err.Error() {
		t.Errorf("%q", got)
	}
}
