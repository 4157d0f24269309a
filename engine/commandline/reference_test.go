package commandline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/settings"
)

// manual returns the man page as plain text, without the backslashes before dashes.
func manual(t *testing.T) string {
	return strings.ReplaceAll(page(t, "packaging/linux/bittoratio.1"), `\-`, "-")
}

func page(t *testing.T, path string) string {
	b, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section returns the text between a heading and the next one of its kind.
func section(t *testing.T, text, heading, next string) string {
	_, text, ok := strings.Cut(text, heading)
	if !ok {
		t.Fatalf("the text has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, next)
	return text
}

// all returns each first group of a pattern in a text, once, in order.
func all(pattern, text string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestManualAndREADMEHaveEveryFlagAndNoOther(t *testing.T) {
	var flags []string
	for _, g := range groups {
		flags = append(flags, g.flags...)
	}
	slices.Sort(flags)
	if got := all(`(?m)^\.B[IR]? "?-([a-z-]+)`, section(t, manual(t), ".SH OPTIONS", ".SH ")); !slices.Equal(got, flags) {
		t.Errorf("the man page has the flags\n%q, the help\n%q", got, flags)
	}
	if got := all("`-([a-z-]+)[` ]", section(t, page(t, "README.md"), "\n## Flags", "\n## ")); !slices.Equal(got, flags) {
		t.Errorf("README has the flags\n%q, the help\n%q", got, flags)
	}
}

func TestManualAndREADMEHaveEverySettingAndNoOther(t *testing.T) {
	var keys []string
	var add func(reflect.Type)
	add = func(r reflect.Type) {
		for i := range r.NumField() {
			key, _, _ := strings.Cut(r.Field(i).Tag.Get("json"), ",")
			if key != "" && key != "-" && key != "version" { // the program's own
				keys = append(keys, key)
			}
			if r.Field(i).Type.Kind() == reflect.Struct {
				add(r.Field(i).Type)
			}
		}
	}
	add(reflect.TypeFor[settings.Settings]())
	slices.Sort(keys)
	bold := strings.Join(all(`(?m)^\.B[R]? (.+)$`, section(t, manual(t), ".SH SETTINGS", ".SH ")), "\n")
	if got := all(`([a-z_]+)`, regexp.MustCompile(`\(.*?\)`).ReplaceAllString(bold, "")); !slices.Equal(got, keys) {
		t.Errorf("the man page has the keys\n%q, settings.json\n%q", got, keys)
	}
	table := section(t, page(t, "README.md"), "\n## settings.json", "\n## ")
	if got := all("`([a-z_]+)`", table); !slices.Equal(got, keys) {
		t.Errorf("README has the keys\n%q, settings.json\n%q", got, keys)
	}
}

func TestREADMEHasEveryLogField(t *testing.T) {
	fields := append(all(`slog\.[A-Z]\w+\("([a-z_]+)"`, page(t, "engine/linelog/entry.go")), "time", "level", "msg")
	slices.Sort(fields)
	if got := all("`([a-z_]+)`", section(t, page(t, "README.md"), "\n## Log fields", "\n## ")); !slices.Equal(got, fields) {
		t.Errorf("README has the fields\n%q, the log\n%q", got, fields)
	}
}

// TestREADMENamesWhatTheWindowShows checks the names by which README sends its readers to a place in the window.
func TestREADMENamesWhatTheWindowShows(t *testing.T) {
	var window map[string]any
	if err := json.Unmarshal([]byte(page(t, "assets/lang/fr.json")), &window); err != nil {
		t.Fatal(err)
	}
	readme := page(t, "README.md")
	for inWindow, inREADME := range map[string]string{
		"Set up my client": "**Set up my client**", "Set-up": "**Set-up**", "Try again": "**Try again**", "Allow UDP": "**Allow UDP**",
		"Demonstration": "**Help › Demonstration**", "HTTPS trackers": "**Settings › HTTPS trackers**",
		"Copy diagnostics": "**Help › About › Copy diagnostics**", "Start when I log in, hidden in the tray": `"Start when I log in"`,
	} {
		if _, there := window[inWindow]; !there || !strings.Contains(readme, inREADME) {
			t.Errorf("the window shows %q: %v; README names %s: %v", inWindow, there, inREADME, strings.Contains(readme, inREADME))
		}
	}
}
