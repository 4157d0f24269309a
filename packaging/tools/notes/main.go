// Command notes prints CHANGELOG.md in the forms that packages want. The section Unreleased has the notes of the
// version in FyneApp.toml, until it gets that version's name.
//
//	go run ./packaging/tools/notes version     that version, if it can be released: its notes have its name
//	go run ./packaging/tools/notes date        its day, 2026-11-21; the day of SOURCE_DATE_EPOCH where the file has none
//	go run ./packaging/tools/notes release     its notes, in Markdown
//	go run ./packaging/tools/notes appstream   the releases of AppStream metainfo
//	go run ./packaging/tools/notes debian WHO  a Debian changelog; WHO is a name and an address in angle brackets
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
		return errors.New("which form? version, date, release, appstream or debian")
	}
	b, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	app, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		return err
	}
	m := written.FindSubmatch(app)
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
		return fmt.Errorf("CHANGELOG.md still calls %s unreleased", all[0].version)
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
		return fmt.Errorf("%q is no form", strings.Join(args, " "))
	}
	return nil
}

// release is one version's notes.
type release struct {
	version string
	named   bool // not under Unreleased any more
	day     time.Time
	text    string   // Markdown, as it stands
	points  []string // its list, as plain text
}

var written = regexp.MustCompile(`(?m)^\s*Version\s*=\s*"([^"]+)"`)

var heading = regexp.MustCompile(`^## \[?(\d[^\] ]*)\]?(?: - (\d{4}-\d\d-\d\d))?\s*$`)

// read finds the versions, newest first; the one given must be the newest. A version without a day gets the one given.
func read(changelog, version string, day time.Time) ([]release, error) {
	var all []release
	var now *release
	for line := range strings.Lines(changelog) {
		if strings.HasPrefix(line, "## ") {
			now = nil
			r, ok, err := begins(line, version, day)
			if err != nil {
				return nil, err
			}
			if ok {
				all = append(all, r)
				now = &all[len(all)-1]
			}
			continue
		}
		if now == nil {
			continue
		}
		now.text += line
		if point, ok := strings.CutPrefix(line, "- "); ok {
			now.points = append(now.points, plain(point))
		} else if more, ok := strings.CutPrefix(line, "  "); ok && len(now.points) > 0 {
			now.points[len(now.points)-1] += " " + plain(more)
		}
	}
	// Right after a release there is nothing under Unreleased yet.
	if len(all) > 0 && !all[0].named && len(all[0].points) == 0 {
		all = all[1:]
	}
	if len(all) == 0 || all[0].version != version {
		return nil, fmt.Errorf("CHANGELOG.md does not begin with %s, the version in FyneApp.toml", version)
	}
	for i := range all {
		if i > 0 && all[i].version == all[i-1].version {
			return nil, fmt.Errorf("CHANGELOG.md has %s already: what is unreleased needs a newer version in FyneApp.toml", version)
		}
		all[i].text = strings.Trim(all[i].text, "\n") + "\n"
		if len(all[i].points) == 0 {
			return nil, fmt.Errorf("CHANGELOG.md says nothing of %s", all[i].version)
		}
	}
	return all, nil
}

// begins is the release that a heading begins.
func begins(line, version string, day time.Time) (release, bool, error) {
	if strings.TrimSpace(line) == "## [Unreleased]" {
		return release{version: version, day: day}, true, nil
	}
	m := heading.FindStringSubmatch(line)
	if m == nil {
		return release{}, false, nil
	}
	if m[2] != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, m[2]); err != nil {
			return release{}, false, err
		}
	}
	return release{version: m[1], named: true, day: day}, true, nil
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// plain takes the marks of Markdown away.
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

// wrap is a point of a Debian changelog, no wider than 80.
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
