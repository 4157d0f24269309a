package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

func TestLicencesMatchTheModulesOfTheBuild(t *testing.T) {
	want, err := licences(root)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	// Git may have changed the line endings in a checkout on Windows.
	if have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")); !bytes.Equal(have, want) {
		t.Errorf("%s does not match the modules of go.mod; to write it again, run: go run ./packaging/tools/licences", file)
	}
}

func TestLicencesNameAllPartsOfTheProgramAndNoTestFiles(t *testing.T) {
	b, err := licences(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"fyne.io/fyne/v2 ", "theme/font/", "github.com/go-gl/glfw/v3.4/glfw ", "github.com/zeebo/bencode ",
		"The Go runtime and standard library", "SIL Open Font License", "Camilla L",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if strings.Contains(string(b), "testify") || strings.Contains(string(b), "testdata") {
		t.Error("the text has licences of files that only tests use")
	}
}
