// Package linelog writes the log: one line per record, as text for people or as JSON for programs. The
// callers decide what is logged; the user's list of exchanges is in package report/activity.
package linelog

import (
	"context"
	"io"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"bittoratio/engine/wire/jsontext"
)

// Log is a [slog.Handler] that writes each record as one line, and hardly allocates: the line is a good part of an
// announce's cost. BenchmarkLog compares it with [slog.JSONHandler], which takes twice as long.
type Log struct {
	json  bool
	level slog.Leveler
	fixed []slog.Attr
	sink  *sink
}

// line is one record without its attributes.
type line struct {
	at    time.Time
	level slog.Level
	msg   string
}

// attrs are a record's attributes; the fixed ones come first. They are not in line, so that the compiler can leave those of
// an announce on the stack.
type attrs struct{ fixed, rest []slog.Attr }

// each calls do with each attribute.
func (a attrs) each(do func(slog.Attr)) {
	for _, v := range a.fixed {
		do(v)
	}
	for _, v := range a.rest {
		do(v)
	}
}

// sink is shared by a handler and those made from it.
type sink struct {
	out io.Writer

	mu   sync.Mutex // held while a line is written
	line []byte     // guarded by mu
}

// NewText returns a log for people that writes records of at least that level to out: time, what, tracker, info hash,
// seen → reported, outcome.
func NewText(out io.Writer, level slog.Leveler) *Log {
	return &Log{level: level, sink: &sink{out: out}}
}

// NewJSON returns a log for programs that writes records of at least that level to out: JSON objects as
// [slog.JSONHandler] makes them, without groups.
func NewJSON(out io.Writer, level slog.Leveler) *Log {
	return &Log{json: true, level: level, sink: &sink{out: out}}
}

// Enabled implements [slog.Handler].
func (l *Log) Enabled(_ context.Context, v slog.Level) bool { return v >= l.level.Level() }

// WithAttrs implements [slog.Handler].
func (l *Log) WithAttrs(a []slog.Attr) slog.Handler {
	c := *l
	c.fixed = slices.Concat(l.fixed, a)
	return &c
}

// WithGroup implements [slog.Handler]; these lines have no groups.
func (l *Log) WithGroup(string) slog.Handler { return l }

// Handle implements [slog.Handler].
func (l *Log) Handle(_ context.Context, r slog.Record) error {
	rest := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		rest = append(rest, a)
		return true
	})
	return l.Write(r.Time, r.Level, r.Message, rest)
}

// Write writes one line without a record.
func (l *Log) Write(at time.Time, level slog.Level, msg string, rest []slog.Attr) error {
	s := l.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	one, all := line{at, level, msg}, attrs{l.fixed, rest}
	if s.line = s.line[:0]; l.json { // two direct calls, so that the compiler leaves the attributes on the stack
		s.line = appendJSON(s.line, one, all)
	} else {
		s.line = appendText(s.line, one, all)
	}
	s.line = append(s.line, '\n')
	_, err := s.out.Write(s.line)
	return err
}

func appendJSON(b []byte, l line, all attrs) []byte {
	b = append(b, `{"time":"`...)
	b = l.at.AppendFormat(b, time.RFC3339Nano)
	b = append(append(b, `","level":"`...), l.level.String()...)
	b = jsontext.AppendString(append(b, `","msg":`...), l.msg)
	all.each(func(a slog.Attr) {
		b = append(jsontext.AppendString(append(b, ','), a.Key), ':')
		b = appendJSONValue(b, a.Value)
	})
	return append(b, '}')
}

func appendJSONValue(b []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return jsontext.AppendString(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindFloat64:
		if f := v.Float64(); f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e15 {
			return strconv.AppendFloat(b, f, 'f', -1, 64)
		}
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	}
	return jsontext.AppendString(b, v.String())
}

func appendText(b []byte, l line, all attrs) []byte {
	var tracker, infoHash, event, seen, reported, factor, outcome string
	var room [256]byte
	rest := room[:0]
	all.each(func(a slog.Attr) {
		switch v := a.Value; a.Key {
		case "tracker":
			tracker = quoted(v.String())
		case "info_hash":
			infoHash = v.String()
		case "event":
			event = v.String()
		case "seen":
			seen = v.String()
		case "reported":
			reported = v.String()
		case "factor":
			factor = v.String()
		case "outcome":
			outcome = v.String()
		case "status", "took_ms":
		default:
			rest = append(append(append(rest, ' '), a.Key...), '=')
			rest = append(rest, quoted(v.String())...)
		}
	})
	b = l.at.AppendFormat(b, "2006-01-02 15:04:05")
	if l.level != slog.LevelInfo {
		b = append(append(b, ' '), l.level.String()...)
	}
	for _, word := range [...]string{tracker, l.msg, event, infoHash} {
		b = appendWord(b, word)
	}
	switch {
	case seen != "":
		b = append(append(appendWord(b, seen), " → "...), reported...)
		b = append(append(append(b, " (×"...), factor...), ')')
	case reported != "":
		b = append(append(b, "  → "...), reported...)
	}
	b = appendWord(b, outcome)
	if len(rest) > 0 {
		b = append(append(b, ' '), rest...)
	}
	return b
}

func appendWord(b []byte, word string) []byte {
	if word == "" {
		return b
	}
	return append(append(b, "  "...), word...)
}

// quoted returns a word as it is, or quoted if it has blanks or could move a terminal's cursor.
func quoted(s string) string {
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
