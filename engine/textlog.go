package engine

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// TextLog writes log lines for people: time, what, tracker, info hash, seen → reported, outcome, one line each.
type TextLog struct {
	out   io.Writer
	level slog.Leveler
	mu    *sync.Mutex // one line at a time
	attrs []slog.Attr
}

// NewTextLog writes to out what is at least of that level.
func NewTextLog(out io.Writer, level slog.Leveler) *TextLog {
	return &TextLog{out: out, level: level, mu: new(sync.Mutex)}
}

// Enabled is part of [slog.Handler].
func (t *TextLog) Enabled(_ context.Context, l slog.Level) bool { return l >= t.level.Level() }

// WithAttrs is part of [slog.Handler].
func (t *TextLog) WithAttrs(a []slog.Attr) slog.Handler {
	c := *t
	c.attrs = append(append([]slog.Attr(nil), t.attrs...), a...)
	return &c
}

// WithGroup is part of [slog.Handler]; lines for people have no groups.
func (t *TextLog) WithGroup(string) slog.Handler { return t }

// Handle is part of [slog.Handler].
func (t *TextLog) Handle(_ context.Context, r slog.Record) error {
	f := map[string]string{}
	var rest []string
	each := func(a slog.Attr) bool {
		f[a.Key] = a.Value.String()
		switch a.Key {
		case "tracker", "info_hash", "event", "seen", "reported", "outcome", "took_ms", "factor", "status":
		default:
			rest = append(rest, a.Key+"="+quoted(a.Value.String()))
		}
		return true
	}
	for _, a := range t.attrs {
		each(a)
	}
	r.Attrs(each)
	var b strings.Builder
	b.WriteString(r.Time.Format("2006-01-02 15:04:05"))
	if r.Level != slog.LevelInfo {
		b.WriteString(" " + r.Level.String())
	}
	tracker := f["tracker"]
	if tracker != "" {
		tracker = quoted(tracker)
	}
	for _, word := range []string{tracker, r.Message, f["event"], f["info_hash"], figures(f), f["outcome"]} {
		if word != "" {
			b.WriteString("  " + word)
		}
	}
	if len(rest) > 0 {
		b.WriteString("  " + strings.Join(rest, " "))
	}
	b.WriteByte('\n')
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := io.WriteString(t.out, b.String())
	return err
}

// figures is "seen → reported (×factor)", or what of it there is.
func figures(f map[string]string) string {
	switch {
	case f["seen"] != "":
		return fmt.Sprintf("%s → %s (×%s)", f["seen"], f["reported"], f["factor"])
	case f["reported"] != "":
		return "→ " + f["reported"]
	}
	return ""
}

// quoted is a word as it is, or quoted if it would not be one word or could move a terminal's cursor.
func quoted(s string) string {
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%q", s)
	}
	return s
}
