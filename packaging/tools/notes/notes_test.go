package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const changelog = `# Changelog

Words.

## [Unreleased]

## [1.1.0] - 2026-12-24

### Added

- A **door** for ` + "`udp://`" + `, see
  [BEP 15](https://www.bittorrent.org/beps/bep_0015.html).
- Another.

## [1.0.0]

- First.
`

func TestNotesAreReadByVersion(t *testing.T) {
	all, err := read(changelog, "1.1.0", today)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || !all[0].named || all[0].version != "1.1.0" || all[1].version != "1.0.0" {
		t.Fatalf("releases %+v, want 1.1.0 and 1.0.0", all)
	}
	if got := all[0].day.Format(time.DateOnly); got != "2026-12-24" {
		t.Errorf("the date is %s, want 2026-12-24", got)
	}
	if !all[1].day.Equal(today) {
		t.Errorf("a version without a date got %v, want %v", all[1].day, today)
	}
	if want := []string{"A door for udp://, see BEP 15.", "Another."}; !slices.Equal(all[0].points, want) {
		t.Errorf("the items are %q, want %q", all[0].points, want)
	}
	if !strings.HasPrefix(all[0].text, "### Added\n") || strings.Contains(all[0].text, "First") {
		t.Errorf("the text is %q, want only the section of 1.1.0", all[0].text)
	}
}

func TestUnreleasedNotesBelongToTheProgramsVersion(t *testing.T) {
	all, err := read(strings.Replace(changelog, "## [Unreleased]\n", "## [Unreleased]\n\n- Not yet.\n", 1), "1.2.0", today)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[0].version != "1.2.0" || all[0].named || !all[0].day.Equal(today) || !slices.Equal(all[0].points, []string{"Not yet."}) {
		t.Errorf("releases %+v, want 1.2.0 of today with one item first", all)
	}
}

func TestAChangelogThatDoesNotMatchTheVersionIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "## [Unreleased]\n", "## [1.0.0]\n", "## [0.9.0]\n\n- x\n", "## [Unreleased]\n\n- y\n\n## [1.0.0]\n\n- x\n",
	} {
		if _, err := read(text, "1.0.0", today); err == nil {
			t.Errorf("%q was accepted for version 1.0.0", text)
		}
	}
}

func TestTheProgramsVersionHasNotes(t *testing.T) {
	t.Chdir("../../..")
	if err := run([]string{"date"}); err != nil {
		t.Error(err)
	}
}

func TestLinesOfTheDebianChangelogAreShort(t *testing.T) {
	for line := range strings.Lines(wrap(strings.Repeat("word ", 60))) {
		if len(line) > 80 {
			t.Errorf("a line has %d characters, want at most 80: %s", len(line), line)
		}
	}
}
