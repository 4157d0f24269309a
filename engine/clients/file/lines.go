package file

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"bittoratio/engine/clients"
)

// lines is a file of lines "key = value", with comments after #, as rTorrent and aria2 read it.
type lines struct {
	lines []string // with their ends
	sign  string   // between key and value of a new line
	end   string
}

var errBinary = errors.New("it is not text")

func readLines(text []byte, sign string) (*lines, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errBinary
	}
	l := &lines{sign: sign, end: "\n"}
	if bytes.Contains(text, []byte("\r\n")) {
		l.end = "\r\n"
	}
	for line := range strings.Lines(string(text)) {
		l.lines = append(l.lines, line)
	}
	return l, nil
}

func (l *lines) bytes() []byte { return []byte(strings.Join(l.lines, "")) }

// get returns the last of several lines for one key, as both programs do.
func (l *lines) get(s clients.Setting) (value string, has bool) {
	for _, line := range l.lines {
		if v, ok := assigned(line, s.Key); ok {
			value, has = strings.TrimSpace(v), true
		}
	}
	return value, has
}

// put changes the last of several lines for one key, which alone counts.
func (l *lines) put(s clients.Setting) {
	for i, line := range slices.Backward(l.lines) {
		if v, ok := assigned(line, s.Key); ok {
			before := len(line) - len(strings.TrimLeft(line[strings.IndexByte(line, '=')+1:], " \t"))
			after := line[len(strings.TrimRight(line, "\r\n")):]
			if strings.TrimSpace(v) == "" {
				before = strings.IndexByte(line, '=') + 1
			}
			l.lines[i] = line[:before] + s.Value + after
			return
		}
	}
	if n := len(l.lines); n > 0 && !strings.HasSuffix(l.lines[n-1], "\n") {
		l.lines[n-1] += l.end
	}
	l.lines = append(l.lines, s.Key+l.sign+s.Value+l.end)
}

func (l *lines) remove(s clients.Setting) {
	l.lines = slices.DeleteFunc(l.lines, func(line string) bool { _, ok := assigned(line, s.Key); return ok })
}
