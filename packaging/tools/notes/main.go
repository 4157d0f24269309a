// Command notes prints CHANGELOG.md in the forms that packages need. The section Unreleased has the notes of the version in
// FyneApp.toml, until its heading is replaced by that version.
//
//	go run ./packaging/tools/notes version     the version; fails while its notes are under Unreleased
//	go run ./packaging/tools/notes date        its date, such as 2026-11-21, or that of SOURCE_DATE_EPOCH if it has none
//	go run ./packaging/tools/notes release     its notes, in Markdown
//	go run ./packaging/tools/notes appstream   all releases, for the AppStream metadata
//	go run ./packaging/tools/notes debian WHO  a Debian changelog; WHO is a name and an e-mail address in angle brackets
package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "notes:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: notes version|date|release|appstream, or notes debian WHO")
	}
	b, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	app, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		return err
	}
	m := versionLine.FindSubmatch(app)
	if m == nil {
		return errors.New("FyneApp.toml has no version")
	}
	day := time.Now().UTC()
	if s := os.Getenv("SOURCE_DATE_EPOCH"); s != "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		day = time.Unix(seconds, 0).UTC()
	}
	all, err := read(string(b), string(m[1]), day)
	if err != nil {
		return err
	}
	switch {
	case args[0] == "version" && !all[0].named:
		return fmt.Errorf("CHANGELOG.md still has the notes of %s under Unreleased", all[0].version)
	case args[0] == "version":
		fmt.Println(all[0].version)
	case args[0] == "date":
		fmt.Println(all[0].day.Format(time.DateOnly))
	case args[0] == "release":
		fmt.Print(all[0].text)
	case args[0] == "appstream":
		return appstream(all)
	case args[0] == "debian" && len(args) == 2:
		debian(all, args[1])
	default:
		return fmt.Errorf("unknown arguments %q", strings.Join(args, " "))
	}
	return nil
}

// release is one version's notes.
type release struct {
	version string
	named   bool // its heading is the version, not Unreleased
	day     time.Time
	text    string   // its section, in Markdown
	points  []string // the items of its list, as plain text
}

var versionLine = regexp.MustCompile(`(?m)^\s*Version\s*=\s*"([^"]+)"`)

var heading = regexp.MustCompile(`^## \[?(\d[^\] ]*)\]?(?: - (\d{4}-\d\d-\d\d))?\s*$`)

// read returns the releases of a changelog, newest first. The newest one must be version. A release without a date gets
// day.
func read(changelog, version string, day time.Time) ([]release, error) {
	var all []release
	var current *release
	for line := range strings.Lines(changelog) {
		if strings.HasPrefix(line, "## ") {
			current = nil
			r, ok, err := parseHeading(line, version, day)
			if err != nil {
				return nil, err
			}
			if ok {
				all = append(all, r)
				current = &all[len(all)-1]
			}
			continue
		}
		if current == nil {
			continue
		}
		current.text += line
		if point, ok := strings.CutPrefix(line, "- "); ok {
			current.points = append(current.points, plain(point))
		} else if more, ok := strings.CutPrefix(line, "  "); ok && len(current.points) > 0 {
			current.points[len(current.points)-1] += " " + plain(more)
		}
	}
	// Right after a release the section Unreleased is empty.
	if len(all) > 0 && !all[0].named && len(all[0].points) == 0 {
		all = all[1:]
	}
	if len(all) == 0 || all[0].version != version {
		return nil, fmt.Errorf("CHANGELOG.md does not begin with %s, the version in FyneApp.toml", version)
	}
	for i := range all {
		if i > 0 && all[i].version == all[i-1].version {
			return nil, fmt.Errorf("CHANGELOG.md already has notes of %s: for those under Unreleased, FyneApp.toml needs a newer version", version)
		}
		all[i].text = strings.Trim(all[i].text, "\n") + "\n"
		if len(all[i].points) == 0 {
			return nil, fmt.Errorf("CHANGELOG.md lists no changes for %s", all[i].version)
		}
	}
	return all, nil
}

// parseHeading returns the release of a heading; ok is false for other headings.
func parseHeading(line, version string, day time.Time) (r release, ok bool, err error) {
	if strings.TrimSpace(line) == "## [Unreleased]" {
		return release{version: version, day: day}, true, nil
	}
	m := heading.FindStringSubmatch(line)
	if m == nil {
		return release{}, false, nil
	}
	if m[2] != "" {
		if day, err = time.Parse(time.DateOnly, m[2]); err != nil {
			return release{}, false, err
		}
	}
	return release{version: m[1], named: true, day: day}, true, nil
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// plain removes the markup of Markdown.
func plain(s string) string {
	s = link.ReplaceAllString(strings.TrimSpace(s), "$1")
	return strings.NewReplacer("`", "", "**", "").Replace(s)
}

func appstream(all []release) error {
	type item struct {
		Points []string `xml:"ul>li"`
	}
	type entry struct {
		XMLName     xml.Name `xml:"release"`
		Version     string   `xml:"version,attr"`
		Date        string   `xml:"date,attr"`
		Description item     `xml:"description"`
	}
	for _, r := range all {
		b, err := xml.MarshalIndent(entry{Version: r.version, Date: r.day.Format(time.DateOnly), Description: item{r.points}}, "    ", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	}
	return nil
}

func debian(all []release, who string) {
	for _, r := range all {
		fmt.Printf("bittoratio (%s-1) unstable; urgency=medium\n\n", r.version)
		for _, p := range r.points {
			fmt.Print(wrap(p))
		}
		fmt.Printf("\n -- %s  %s\n\n", who, r.day.Format(time.RFC1123Z))
	}
}

// wrap returns an item of a Debian changelog, in lines of at most 79 characters.
func wrap(s string) string {
	var out strings.Builder
	line := "  *"
	for word := range strings.FieldsSeq(s) {
		if len(line)+1+len(word) > 79 {
			out.WriteString(line + "\n")
			line = "   "
		}
		line += " " + word
	}
	return out.String() + line + "\n"
}
