package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const changelog = `# Changelog

Words.

## [Unreleased]

- Not yet.

## [1.1.0] - 2026-12-24

### Added

- A **door** for ` + "`udp://`" + `, see
  [BEP 15](https://www.bittorrent.org/beps/bep_0015.html).
- Another.

## [1.0.0]

- First.
`

func TestEachVersionHasItsNotes(t *testing.T) {
	all, err := read(changelog, today)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].version != "1.1.0" || all[1].version != "1.0.0" {
		t.Fatalf("got %+v", all)
	}
	if got := all[0].day.Format(time.DateOnly); got != "2026-12-24" {
		t.Errorf("the day is %s", got)
	}
	if !all[1].day.Equal(today) {
		t.Errorf("a version without a day got %v", all[1].day)
	}
	if want := []string{"A door for udp://, see BEP 15.", "Another."}; !slices.Equal(all[0].points, want) {
		t.Errorf("the points are %q", all[0].points)
	}
	if !strings.HasPrefix(all[0].text, "### Added\n") || strings.Contains(all[0].text, "First") {
		t.Errorf("the text is %q", all[0].text)
	}
}

func TestChangelogWithoutWordsIsRefused(t *testing.T) {
	for _, text := range []string{"", "# Changelog\n\n## [Unreleased]\n\n- x\n", "## [1.0.0]\n"} {
		if _, err := read(text, today); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestTheVersionHasNotes holds that the version of the program can be released: its notes are written.
func TestTheVersionHasNotes(t *testing.T) {
	b, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := read(string(b), today)
	if err != nil {
		t.Fatal(err)
	}
	app, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := `Version = "` + all[0].version + `"`; !strings.Contains(string(app), want) {
		t.Errorf("CHANGELOG.md's newest version is %s, and FyneApp.toml has another", all[0].version)
	}
}

func TestDebianLinesAreShort(t *testing.T) {
	for line := range strings.Lines(wrap(strings.Repeat("word ", 60))) {
		if len(line) > 80 {
			t.Errorf("%d letters: %s", len(line), line)
		}
	}
}
