package convert

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/wire/metainfo"
)

const (
	sharedInfo  = "d6:lengthi3e4:name5:a.bin12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxx7:privatei1ee"
	sharedFile  = "d8:announce30:https://t.example/KEY/announce13:announce-listll30:https://t.example/KEY/announceel22:udp://u.example:80/annel15:wss://w.exampleee4:info" + sharedInfo + "8:url-list21:https://seed.example/e"
	throughFile = "d8:announce59:http://127.0.0.1:8080/announce/https/t.example/KEY/announce13:announce-listll59:http://127.0.0.1:8080/announce/https/t.example/KEY/announceel51:http://127.0.0.1:8080/announce/udp/u.example:80/annel15:wss://w.exampleee4:info" + sharedInfo + "8:url-list21:https://seed.example/e"
)

func TestConvertingCanBeReversed(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:8080", "localhost:8080", "0.0.0.0:8080", "[::]:8080"} {
		c, err := Bytes([]byte(sharedFile), listen, false)
		if err != nil || string(c.File) != throughFile || c.Changed != 3 || c.Left != 1 || !slices.Equal(c.Past, []string{"wss://w.example"}) || c.Name != "a.bin" || c.Magnet != "" {
			t.Errorf("with %s the torrent is converted to %+v (%v)", listen, c, err)
		}
	}
	c, err := Bytes([]byte(throughFile), "127.0.0.1:0", true) // an undo needs no port
	if err != nil || string(c.File) != sharedFile || c.Changed != 3 || len(c.Past) != 0 {
		t.Errorf("the torrent is restored as %+v (%v)", c, err)
	}
	if c, err = Bytes([]byte(throughFile), "[::1]:9000", false); err != nil || strings.Count(string(c.File), "http://[::1]:9000/announce/") != 3 {
		t.Errorf("for another port the torrent is converted to %+v (%v)", c, err)
	}
	link := "magnet:?xt=urn:btih:0102030405060708090a0b0c0d0e0f1011121314&tr=udp://u.example:80"
	c, err = Bytes([]byte(link+"\n"), "127.0.0.1:8080", false)
	if err != nil || c.Magnet != strings.Replace(link, "udp://", "http://127.0.0.1:8080/announce/udp/", 1) || c.File != nil {
		t.Errorf("the magnet link is converted to %+v (%v)", c, err)
	}
	if c, err := Bytes([]byte(link+"&tr=udp%3A%2F%2Fno-port.example%2FSECRET&tr=wss://t.example/SECRETSECRETSECRET"), "127.0.0.1:8080", false); err != nil || !slices.Equal(c.Past, []string{"udp://…", "wss://t.example/…"}) {
		t.Errorf("the trackers that cannot be converted are %+v (%v), want them masked", c.Past, err)
	}
	if c, err = Bytes([]byte(c.Magnet), "127.0.0.1:8080", true); err != nil || c.Magnet != link {
		t.Errorf("the magnet link is restored as %+v (%v)", c, err)
	}
}

func TestConvertErrorsGiveTheReason(t *testing.T) {
	for _, c := range []struct {
		source, listen string
		back           bool
		want           string
	}{
		{sharedFile, "127.0.0.1:0", false, "-listen"},
		{throughFile, "127.0.0.1:8080", false, "already"},
		{sharedFile, "127.0.0.1:8080", true, "nothing to turn back"},
		{"d4:info" + sharedInfo + "e", "127.0.0.1:8080", false, "names no tracker"},
		{"<html>", "127.0.0.1:8080", false, "no .torrent file"},
		{"magnet:?dn=x", "127.0.0.1:8080", false, "names no torrent"},
	} {
		_, err := Bytes([]byte(c.source), c.listen, c.back)
		var failure *Error
		if !errors.As(err, &failure) || !strings.Contains(failure.Reason, c.want) {
			t.Errorf("%.20s %s: %v, want %q", c.source, c.listen, err, c.want)
		}
	}
}

func TestConvertedFilesAreCopiesAndOverwriteNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "movie.torrent")
	if err := os.WriteFile(path, []byte(sharedFile), 0o640); err != nil {
		t.Fatal(err)
	}
	run := func(path string, back bool) (string, Result, error) { return File(path, "127.0.0.1:8080", back) }
	through, original := filepath.Join(dir, "movie.bittoratio.torrent"), filepath.Join(dir, "movie.original.torrent")
	for range 2 { // a second identical copy is no error
		if out, c, err := run(path, false); err != nil || out != through || c.Changed != 3 || c.Left != 1 || !slices.Equal(c.Past, []string{"wss://w.example"}) {
			t.Fatalf("the converted file is %q, %+v (%v)", out, c, err)
		}
	}
	if out, _, err := run(through, true); err != nil || out != original {
		t.Fatalf("the restored file is %q (%v)", out, err)
	}
	for name, want := range map[string]string{path: sharedFile, through: throughFile, original: sharedFile} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("file %s has %s (%v)", name, b, err)
		}
		if st, err := os.Stat(name); err != nil || st.Mode().Perm() != 0o640 {
			t.Errorf("file %s has mode %v (%v), want 0640", name, st.Mode(), err)
		}
	}
	loud := filepath.Join(dir, "LOUD.TORRENT")
	if err := os.WriteFile(loud, []byte(sharedFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err := run(loud, false); err != nil || out != filepath.Join(dir, "LOUD.bittoratio.torrent") {
		t.Errorf("the converted file is %q (%v)", out, err)
	}
	if err := os.WriteFile(through, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		path:                            "movie.bittoratio.torrent is there already",
		filepath.Join(dir, "none"):      "none cannot be read: no such file",
		dir:                             "cannot be read",
		filepath.Join(dir, "movie.big"): "cannot be read: the file is too large",
	} {
		if strings.HasSuffix(args, ".big") {
			if err := os.WriteFile(args, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(args, metainfo.MaxSize+1); err != nil {
				t.Fatal(err)
			}
		}
		if out, _, err := run(args, false); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: written to %q (%v), want an error with %q", args, out, err, want)
		}
	}
	if b, err := os.ReadFile(through); err != nil || string(b) != "mine" {
		t.Errorf("the file was overwritten with %s (%v)", b, err)
	}
}

func TestBlanksAroundPastedTextAreIgnored(t *testing.T) {
	const want = "http://127.0.0.1:8080/announce/udp/t.example:6969"
	if got, err := Tracker(" \tudp://t.example:6969\r\n", "127.0.0.1:8080", false); err != nil || got != want {
		t.Errorf("the address is converted to %q (%v), want %q", got, err, want)
	}
	if got, err := Tracker("\u00a0"+want+" ", "", true); err != nil || got != "udp://t.example:6969" {
		t.Errorf("the address is restored as %q (%v)", got, err)
	}
	const link = "magnet:?xt=urn:btih:0102030405060708090a0b0c0d0e0f1011121314&dn=a&tr=udp://u.example:80"
	plain, err := Bytes([]byte(link), "127.0.0.1:8080", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, pasted := range []string{"\n " + link + " ", strings.ReplaceAll(link, "&", "&amp;"), strings.ReplaceAll(link, "&", "&#38;")} {
		if got, err := Bytes([]byte(pasted), "127.0.0.1:8080", false); err != nil || got.Magnet != plain.Magnet || got.Name != "a" {
			t.Errorf("%q became %+v, %v", pasted, got, err)
		}
	}
}

func TestATrackersAddressIsConvertedAndRestored(t *testing.T) {
	for address, through := range map[string]string{
		"https://t.example/PASS/announce":    "http://127.0.0.1:8080/announce/https/t.example/PASS/announce",
		"udp://t.example:6969/announce":      "http://127.0.0.1:8080/announce/udp/t.example:6969/announce",
		"http://t.example:81/a.php?passkey=": "http://127.0.0.1:8080/announce/http/t.example:81/a.php?passkey=",
	} {
		got, err := Tracker(address, "0.0.0.0:8080", false)
		if err != nil || got != through {
			t.Errorf("%s is converted to %s (%v), want %s", address, got, err, through)
		}
		if back, err := Tracker(through, "", true); err != nil || back != address {
			t.Errorf("%s is restored as %s (%v), want %s", through, back, err, address)
		}
	}
	for _, address := range []string{"", "rubbish", "wss://t.example/", "udp://t.example"} {
		var no *Error
		if got, err := Tracker(address, "127.0.0.1:8080", false); !errors.As(err, &no) {
			t.Errorf("%q is converted to %q, want an error", address, got)
		}
		if got, err := Tracker(address, "127.0.0.1:8080", true); !errors.As(err, &no) {
			t.Errorf("%q is restored as %q, want an error", address, got)
		}
	}
	if got, err := Tracker("https://t.example/a", "127.0.0.1:0", false); err == nil {
		t.Errorf("for port 0 the address is converted to %q, want an error", got)
	}
}
