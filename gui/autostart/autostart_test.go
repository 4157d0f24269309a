package autostart

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// useTemporaryHome gives the test its own folders for autostart entries. Windows has them in its registry instead.
func useTemporaryHome(t *testing.T) {
	if runtime.GOOS == "windows" {
		return
	}
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("FLATPAK_ID", "")
}

// awkwardPath returns a path with every character that needs quoting. The file need not exist.
func awkwardPath(folder string) string {
	name := "My 100% $HOME `odd` & é"
	if runtime.GOOS != "windows" { // Windows allows no such name
		name += ` "quoted" \`
	}
	return filepath.Join(os.TempDir(), folder, name)
}

func TestAnEntryIsOnFromSetTrueToSetFalse(t *testing.T) {
	useTemporaryHome(t)
	if !Possible() {
		t.Fatal("Possible() = false, want true")
	}
	for _, args := range [][]string{nil, {"-hidden"}, {"-hidden", "-data", filepath.Join(os.TempDir(), "figures, all")}} {
		e, other := Entry{awkwardPath("one"), args}, Entry{awkwardPath("two"), args}
		for range 2 { // twice, as a person clicks
			if err := e.Set(true); err != nil {
				t.Fatal(err)
			}
			if !e.On() || other.On() {
				t.Errorf("with arguments %q: on = %v, and for another program %v; want true and false", args, e.On(), other.On())
			}
		}
		for range 2 {
			if err := e.Set(false); err != nil {
				t.Fatal(err)
			}
			if e.On() {
				t.Errorf("with arguments %q: still on after Set(false)", args)
			}
		}
	}
}

func TestAnEntryForTheProgramsFormerPlaceIsReplaced(t *testing.T) {
	useTemporaryHome(t)
	old, now := Entry{awkwardPath("one"), []string{"-hidden"}}, Entry{awkwardPath("two"), []string{"-hidden"}}
	if err := old.Set(true); err != nil {
		t.Fatal(err)
	}
	if err := now.Set(true); err != nil {
		t.Fatal(err)
	}
	if old.On() || !now.On() {
		t.Errorf("on = %v at the old place and %v at the new one; want false and true", old.On(), now.On())
	}
	if err := now.Set(false); err != nil {
		t.Fatal(err)
	}
}

func TestADesktopEntryIsQuotedAsSpecified(t *testing.T) {
	got := desktopEntry([]string{"/opt/a b/100% $x`y\"z\\", "-hidden"})
	for _, want := range []string{
		"Exec=\"/opt/a b/100%% \\\\$x\\\\`y\\\\\"z\\\\\\\\\" \"-hidden\"\n",
		"TryExec=/opt/a b/100% $x`y\"z\\\\\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
}

func TestAnEntryThatTheDesktopDisabledIsOff(t *testing.T) {
	command := []string{"/usr/bin/bittoratio", "-hidden"}
	entry := desktopEntry(command)
	if !desktopStarts(entry, command) {
		t.Fatal("desktopStarts reports false for our own entry")
	}
	for _, off := range []string{entry + "Hidden=true\n", strings.Replace(entry, "enabled=true", "enabled=false", 1), "[Desktop Entry]\n", ""} {
		if desktopStarts(off, command) {
			t.Errorf("desktopStarts reports true for the disabled entry\n%s", off)
		}
	}
}

func TestALaunchAgentContainsEachArgument(t *testing.T) {
	command := []string{`/Applications/A & B.app/Contents/MacOS/bittoratio`, "-hidden", "-data", `<"x">`}
	var plist struct {
		Strings []string `xml:"dict>string"`
		Args    []string `xml:"dict>array>string"`
	}
	if err := xml.Unmarshal([]byte(launchAgent(command)), &plist); err != nil {
		t.Fatal(err)
	}
	if strings.Join(plist.Args, "\n") != strings.Join(command, "\n") || plist.Strings[0] != id {
		t.Errorf("the agent has the arguments %q and the label %q; want %q and %q", plist.Args, plist.Strings[0], command, id)
	}
}
