package autostart

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// home gives the test its own folders for such entries. Windows has them in its registry instead.
func home(t *testing.T) {
	if runtime.GOOS == "windows" {
		return
	}
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("FLATPAK_ID", "")
}

// program returns a path with every character that needs care. No file has to be there.
func program(folder string) string {
	name := "My 100% $HOME `odd` & é"
	if runtime.GOOS != "windows" { // Windows allows no such name
		name += ` "quoted" \`
	}
	return filepath.Join(os.TempDir(), folder, name)
}

func TestWhatIsSwitchedOnIsOnUntilItIsSwitchedOff(t *testing.T) {
	home(t)
	if !Possible() {
		t.Fatal("not possible here")
	}
	for _, args := range [][]string{nil, {"-hidden"}, {"-hidden", "-data", filepath.Join(os.TempDir(), "figures, all")}} {
		e, other := Entry{program("one"), args}, Entry{program("two"), args}
		for range 2 { // twice, as a person clicks
			if err := e.Set(true); err != nil {
				t.Fatal(err)
			}
			if !e.On() || other.On() {
				t.Errorf("%q: on is %v, and for another program %v", args, e.On(), other.On())
			}
		}
		for range 2 {
			if err := e.Set(false); err != nil {
				t.Fatal(err)
			}
			if e.On() {
				t.Errorf("%q: it is still on", args)
			}
		}
	}
}

func TestAnEntryOfAnOlderPlaceIsReplaced(t *testing.T) {
	home(t)
	old, now := Entry{program("one"), []string{"-hidden"}}, Entry{program("two"), []string{"-hidden"}}
	if err := old.Set(true); err != nil {
		t.Fatal(err)
	}
	if err := now.Set(true); err != nil {
		t.Fatal(err)
	}
	if old.On() || !now.On() {
		t.Errorf("the old one is %v, the new one %v", old.On(), now.On())
	}
	if err := now.Set(false); err != nil {
		t.Fatal(err)
	}
}

func TestDesktopEntryIsQuotedAsTheSpecificationSays(t *testing.T) {
	got := desktopEntry([]string{"/opt/a b/100% $x`y\"z\\", "-hidden"})
	for _, want := range []string{
		"Exec=\"/opt/a b/100%% \\\\$x\\\\`y\\\\\"z\\\\\\\\\" \"-hidden\"\n",
		"TryExec=/opt/a b/100% $x`y\"z\\\\\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

func TestDesktopsSwitchAnEntryOffByALine(t *testing.T) {
	command := []string{"/usr/bin/bittoratio", "-hidden"}
	entry := desktopEntry(command)
	if !desktopStarts(entry, command) {
		t.Fatal("our own entry is not known")
	}
	for _, off := range []string{entry + "Hidden=true\n", strings.Replace(entry, "enabled=true", "enabled=false", 1), "[Desktop Entry]\n", ""} {
		if desktopStarts(off, command) {
			t.Errorf("this one was taken for on:\n%s", off)
		}
	}
}

func TestLaunchAgentHoldsEachArgument(t *testing.T) {
	command := []string{`/Applications/A & B.app/Contents/MacOS/bittoratio`, "-hidden", "-data", `<"x">`}
	var plist struct {
		Strings []string `xml:"dict>string"`
		Args    []string `xml:"dict>array>string"`
	}
	if err := xml.Unmarshal([]byte(launchAgent(command)), &plist); err != nil {
		t.Fatal(err)
	}
	if strings.Join(plist.Args, "\n") != strings.Join(command, "\n") || plist.Strings[0] != id {
		t.Errorf("%+v", plist)
	}
}
