package commandline

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAFolderBesideTheProgramMakesItPortable(t *testing.T) {
	for program, beside := range map[string]string{
		"stick/bittoratio": "stick",
		"stick/BittOratio.app/Contents/MacOS/bittoratio": "stick",
		"stick/Contents/MacOS/bittoratio":                "stick/Contents/MacOS",
	} {
		dir := t.TempDir()
		program, want := filepath.Join(dir, filepath.FromSlash(program)), filepath.Join(dir, filepath.FromSlash(beside), "data")
		if d, ok := portable(program); ok {
			t.Errorf("%s counts as portable, though there is no folder %s", program, d)
		}
		if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(want, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, ok := portable(program); ok {
			t.Errorf("%s counts as portable, though %s is a file", program, d)
		}
		if err := os.Remove(want); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(want, 0o700); err != nil {
			t.Fatal(err)
		}
		if d, ok := portable(program); !ok || d != want {
			t.Errorf("the folder of %s is %s (%v), want %s", program, d, ok, want)
		}
	}
}

func TestTheProgramOfAnAppImageIsTheAppImage(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // other systems have no AppImages
	}
	program, err := Program()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("APPIMAGE", "/stick/BittOratio.AppImage")
	for opened, want := range map[string]string{
		filepath.Dir(program):  "/stick/BittOratio.AppImage",
		"/tmp/.mount_Terminal": program, // it was started from the window of another AppImage
		"":                     program,
	} {
		t.Setenv("APPDIR", opened)
		if p, err := Program(); err != nil || p != want {
			t.Errorf("mounted at %q the program is %s (%v), want %s", opened, p, err, want)
		}
	}
}

func TestWithoutAHomeFolderTheErrorNamesTheNextStep(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "USERPROFILE", "home"} {
		t.Setenv(name, "")
	}
	var stderrText strings.Builder
	if _, err := Parse(nil, &stderrText, true); err == nil || !strings.Contains(stderrText.String(), "give one with -data") {
		t.Errorf("without a home folder: %v, want the advice; %s", err, &stderrText)
	}
	if _, err := Parse([]string{"-data", t.TempDir()}, &stderrText, true); err != nil {
		t.Errorf("without a home folder, but with -data: %v", err)
	}
}
