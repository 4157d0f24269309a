// Command notes says what CHANGELOG.md says in the form that a package wants it in.
//
//	go run ./packaging/notes version     the newest version with notes of its own
//	go run ./packaging/notes date        its day, 2026-11-21; the day of SOURCE_DATE_EPOCH where the file has none
//	go run ./packaging/notes release     its notes, in Markdown
//	go run ./packaging/notes appstream   the releases of AppStream metainfo
//	go run ./packaging/notes debian WHO  a Debian changelog; WHO is a name and an address in angle brackets
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
	day := time.Now().UTC()
	if s := os.Getenv("SOURCE_DATE_EPOCH"); s != "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		day = time.Unix(seconds, 0).UTC()
	}
	all, err := read(string(b), day)
	if err != nil {
		return err
	}
	switch {
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
	day     time.Time
	text    string   // Markdown, as it stands
	points  []string // its list, as plain text
}

var heading = regexp.MustCompile(`^## \[?(\d[^\] ]*)\]?(?: - (\d{4}-\d\d-\d\d))?\s*$`)

// read finds the versions, newest first. What is not released yet is none. A version without a day gets the one given.
func read(changelog string, day time.Time) ([]release, error) {
	var all []release
	var now *release
	for line := range strings.Lines(changelog) {
		if strings.HasPrefix(line, "## ") {
			now = nil
			m := heading.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			all = append(all, release{version: m[1], day: day})
			now = &all[len(all)-1]
			if m[2] != "" {
				d, err := time.Parse(time.DateOnly, m[2])
				if err != nil {
					return nil, err
				}
				now.day = d
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
	if len(all) == 0 {
		return nil, errors.New("CHANGELOG.md has no version")
	}
	for i := range all {
		all[i].text = strings.Trim(all[i].text, "\n") + "\n"
		if len(all[i].points) == 0 {
			return nil, fmt.Errorf("CHANGELOG.md says nothing of %s", all[i].version)
		}
	}
	return all, nil
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
