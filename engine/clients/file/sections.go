package file

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"bittoratio/engine/clients"
)

// sections is an ini file as Qt writes it: lines with their ends, under headings in brackets.
type sections struct {
	lines []string
	end   string // of a line: "\n" or "\r\n"
}

var errNoText = errors.New("it is not text with a heading on its first lines")

func readSections(text []byte) (*sections, error) {
	s := &sections{end: "\n"}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errNoText
	}
	if bytes.Contains(text, []byte("\r\n")) {
		s.end = "\r\n"
	}
	for _, line := range strings.SplitAfter(string(text), "\n") {
		if line != "" {
			s.lines = append(s.lines, line)
		}
	}
	for _, line := range s.lines {
		if _, ok := heading(line); ok {
			return s, nil
		}
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, ";") && !strings.HasPrefix(line, "#") {
			return nil, errNoText
		}
	}
	return s, nil // it is empty
}

func (s *sections) bytes() []byte { return []byte(strings.Join(s.lines, "")) }

func heading(line string) (name string, ok bool) {
	line = strings.TrimSpace(line)
	return strings.Trim(line, "[]"), strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]")
}

// assigned returns the value that a line gives to a key.
func assigned(line, key string) (value string, ok bool) {
	name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
	return value, ok && strings.TrimSpace(name) == key
}

// each calls call with the lines of a section, without the heading, until call returns false.
func (s *sections) each(section string, call func(i int) (more bool)) {
	in := false
	for i := 0; i < len(s.lines); i++ {
		if name, ok := heading(s.lines[i]); ok {
			in = name == section
		} else if in && !call(i) {
			return
		}
	}
}

// get returns the last of several lines for one key, as Qt does.
func (s *sections) get(set clients.Setting) (value string, has bool) {
	s.each(set.Section, func(i int) bool {
		if v, ok := assigned(s.lines[i], set.Key); ok {
			value, has = v, true
		}
		return true
	})
	return value, has
}

func (s *sections) put(set clients.Setting) {
	line := set.Key + "=" + set.Value + s.end
	found, last := false, -1
	s.each(set.Section, func(i int) bool {
		if _, ok := assigned(s.lines[i], set.Key); ok {
			s.lines[i], found = line, true
		}
		if strings.TrimSpace(s.lines[i]) != "" {
			last = i
		}
		return true
	})
	if found {
		return
	}
	if last < 0 {
		last = slices.IndexFunc(s.lines, func(l string) bool { name, ok := heading(l); return ok && name == set.Section })
	}
	if last < 0 {
		s.terminate()
		if len(s.lines) > 0 {
			s.lines = append(s.lines, s.end)
		}
		s.lines = append(s.lines, "["+set.Section+"]"+s.end)
		last = len(s.lines) - 1
	}
	if last == len(s.lines)-1 {
		s.terminate()
	}
	s.lines = slices.Insert(s.lines, last+1, line)
}

// terminate ends the last line, so that another one can follow.
func (s *sections) terminate() {
	if n := len(s.lines); n > 0 && !strings.HasSuffix(s.lines[n-1], "\n") {
		s.lines[n-1] += s.end
	}
}

func (s *sections) remove(set clients.Setting) {
	for {
		at := -1
		s.each(set.Section, func(i int) bool {
			if _, ok := assigned(s.lines[i], set.Key); ok {
				at = i
			}
			return at < 0
		})
		if at < 0 {
			return
		}
		s.lines = slices.Delete(s.lines, at, at+1)
		s.dropEmpty(set.Section)
	}
}

// dropEmpty removes the heading of an empty section, with the empty line before it.
func (s *sections) dropEmpty(section string) {
	empty := true
	s.each(section, func(i int) bool {
		empty = strings.TrimSpace(s.lines[i]) == ""
		return empty
	})
	at := slices.IndexFunc(s.lines, func(l string) bool { name, ok := heading(l); return ok && name == section })
	if !empty || at < 0 {
		return
	}
	from := at
	if from > 0 && strings.TrimSpace(s.lines[from-1]) == "" {
		from--
	}
	s.lines = slices.Delete(s.lines, from, at+1)
}
