package clients

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const columns = 78 // of a terminal of 80, whatever its real width

// Text returns what -setup prints: the guide for the client or generation with that key (see [Find]), with the engine's
// address; for "list" it returns the keys, one per line. The error is a text for people.
func Text(key, addr string) (string, error) {
	if key == "list" {
		return strings.Join(Names(), "\n") + "\n", nil
	}
	g, ok := Find(key)
	if !ok {
		return "", fmt.Errorf("no client is called %.40q; -setup list prints the names", key)
	}
	guide, err := g.Render(Values{Addr: addr})
	if err != nil {
		return "", err
	}
	title, text, _ := strings.Cut(guide.Text(), "\n\n")
	if others := otherVersions(g.Key); others != "" {
		title += "\n\n" + strings.TrimSuffix(wrap(others, "", ""), "\n")
	}
	if strings.Contains(strings.Join(strings.Fields(text), " "), "Settings > HTTPS trackers") {
		text += wrap(withoutWindow, "  - ", "    ")
	}
	return title + "\n\n" + text, nil
}

// withoutWindow names the settings that guides name by their place in the window.
const withoutWindow = `Without a window, Settings > HTTPS trackers is "open_https": true and "open_hosts": ["tracker.example"] in settings.json of BittOratio; bittoratio -launch list then names the commands.`

// otherVersions returns which keys have the guides for other versions of a generation's client; empty if there are none.
func otherVersions(key string) string {
	var others []string
	for _, c := range All() {
		if !slices.ContainsFunc(c.Generations, func(g Generation) bool { return g.Key == key }) {
			continue
		}
		for _, g := range c.Generations {
			if g.Key != key {
				others = append(others, "For "+g.Title+": -setup "+g.Key+".")
			}
		}
	}
	return strings.Join(others, " ")
}

// Text returns the guide for a terminal: prose in lines of at most 78 columns, and texts to copy unchanged. It ends
// with a newline.
func (g Guide) Text() string {
	var b strings.Builder
	b.WriteString(g.Title + "\n" + strings.Repeat("=", utf8.RuneCountInString(g.Title)) + "\n\n")
	if g.Intro != "" {
		b.WriteString(wrap(g.Intro, "", "") + "\n")
	}
	b.WriteString("How each kind of tracker is handled\n")
	for _, d := range g.Doors {
		text := d.Text
		if !strings.HasPrefix(text, d.Door.String()) {
			text = d.Door.String() + ": " + text
		}
		b.WriteString(wrap(text, fmt.Sprintf("  %-8s  ", d.Trackers), strings.Repeat(" ", 12)))
	}
	b.WriteString("\nWhat to do\n")
	for i, s := range g.Steps {
		b.WriteString(wrap(s, fmt.Sprintf("%3d. ", i+1), "     "))
	}
	for _, s := range g.Snippets {
		b.WriteString("\n" + wrap(s.Title+" ("+s.Place+"):", "", "") + "\n")
		for line := range strings.SplitSeq(s.Text, "\n") {
			b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		}
	}
	if len(g.Files) > 0 {
		b.WriteString("\nWhere that is kept\n" + places(g.Files))
	}
	if len(g.Traps) > 0 {
		b.WriteString("\nGood to know\n")
		for _, s := range g.Traps {
			b.WriteString(wrap(s, "  - ", "    "))
		}
	}
	if g.Tried != "" {
		b.WriteString(wrap("The newest version that this was tried with is "+g.Tried+".", "  - ", "    "))
	}
	if g.Off != "" {
		b.WriteString(wrap("While BittOratio is off, "+g.Off, "  - ", "    "))
	}
	return b.String()
}

// places returns two columns; paths are never broken.
func places(files []Place) string {
	width := 0
	for _, f := range files {
		width = max(width, utf8.RuneCountInString(f.System))
	}
	var b strings.Builder
	for _, f := range files {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(f.System))
		b.WriteString("  " + f.System + pad + "  " + f.Path + "\n")
	}
	return b.String()
}

// wrap breaks a sentence between words, with first before its first line and rest before the others.
func wrap(s, first, rest string) string {
	var b strings.Builder
	line, empty := first, true
	for _, word := range strings.Fields(s) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			b.WriteString(line + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return b.String() + line + "\n"
}
