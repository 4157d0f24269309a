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

// TestErrorsAreTranslated: French texts contain no English, because errors of the system and of the engine have
// French texts.
func TestErrorsAreTranslated(t *testing.T) {
	if err := lang.Use("fr"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lang.Use(lang.English); err != nil {
			t.Error(err)
		}
	})
	for got, want := range map[string]string{
		Cause(&fs.PathError{Op: "write", Path: "/data/x", Err: syscall.ENOSPC}):       "/data/x: disque plein",
		Cause(fmt.Errorf("ledger: %w", os.ErrPermission)):                             "permission refusée",
		System("dial tcp 127.0.0.1:9: connect: connection refused"):                   "connexion refusée",
		Setting(&settings.Error{Field: "multiplier", Reason: "is not from 1 to 100"}): "un multiplicateur n’est pas entre 1 et 100",
		Setting(&settings.Error{Field: "wobble", Reason: "is odd"}):                   "wobble n’est pas valide",
		ConversionError(&convert.Error{Kind: convert.NoTracker, Reason: "x"}):         "le torrent ne nomme aucun tracker",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Cause(errors.New("something new")); got != "something new" {
		t.Errorf("an unknown error reads %q, want its own text", got)
	}
}

// TestEveryConversionErrorHasItsOwnText: each setting that can be wrong has a text of its own, and so has each reason
// why a conversion fails.
func TestEveryConversionErrorHasItsOwnText(t *testing.T) {
	for kind := convert.NothingToTurnBack; kind <= convert.NotPlain; kind++ {
		if got := ConversionError(&convert.Error{Kind: kind, Reason: "the reason"}); got == "the reason" || got == "" {
			t.Errorf("conversion error of kind %d reads %q, want a text of its own", kind, got)
		}
	}
	_, err := os.Stat(filepath.Join(t.TempDir(), "nothing"))
	if got := Cause(err); err == nil || got == err.Error() {
		t.Errorf("of the error %v the cause reads %q, want a text of its own", err, got)
	}
}

// TestUnreadableLinksAndFilesAreExplainedInFrench: pasted links, and files, by the engine's own errors.
func TestUnreadableLinksAndFilesAreExplainedInFrench(t *testing.T) {
	if err := lang.Use("fr"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lang.Use(lang.English); err != nil {
			t.Error(err)
		}
	})
	folder := t.TempDir()
	file := filepath.Join(folder, "a.torrent")
	if err := os.WriteFile(file, []byte("d4:infole"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := "magnet:?xt=urn:btih:0123456789012345678901234567890123456789"
	convertFile := func(path string) error {
		_, _, err := convert.File(path, "127.0.0.1:8080", false)
		return err
	}
	convertText := func(text string) error {
		_, err := convert.Bytes([]byte(text), "127.0.0.1:8080", false)
		return err
	}
	for want, err := range map[string]error{
		"ce n’est pas un fichier .torrent, ou il est endommagé":                                 convertFile(file),
		"ce n’est pas un fichier ordinaire":                                                     convertFile(folder),
		"le lien ne nomme aucun torrent":                                                        convertText("magnet:?dn=x"),
		"il y a une espace ou un saut de ligne dans le lien\u00a0: collez un seul lien, entier": convertText(link + " " + link),
	} {
		if got := ConversionError(err); got != want {
			t.Errorf("of the error %v: got %q, want %q", err, got, want)
		}
	}
}
