package linelog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/linelog"
)

// TestTheJSONLogMatchesSlog compares this JSON log with that of log/slog.
func TestTheJSONLogMatchesSlog(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 123456789, time.FixedZone("", 3600))
	for _, a := range [][]slog.Attr{
		nil,
		{slog.String("tracker", "t.example:8080"), slog.String("info_hash", "aa"), slog.String("event", "")},
		{slog.String("cause", "a \"quoted\"\\ \t\r\n\x00\x1b\x7f <b>&</b> é € 😀 \u2028 \xff\xfe")},
		{slog.Uint64("seen", math.MaxUint64), slog.Int64("interval", math.MinInt64), slog.Int("status", 200), slog.Bool("doubled", true)},
		{slog.Float64("factor", 1.001), slog.Float64("took_ms", 0), slog.Float64("x", 123456.789), slog.Float64("y", -0.000001)},
		{slog.String("odd \"key\"\n", "x")},
	} {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError + 1} {
			var ours, theirs bytes.Buffer
			r := slog.NewRecord(at, level, "a message, \"odd\"", 0)
			r.AddAttrs(a...)
			fixed := []slog.Attr{slog.String("fixed", "é")}
			for out, h := range map[*bytes.Buffer]slog.Handler{&ours: linelog.NewJSON(&ours, slog.LevelDebug), &theirs: slog.NewJSONHandler(&theirs, nil)} {
				if err := h.WithAttrs(fixed).Handle(context.Background(), r); err != nil {
					t.Fatal(out, err)
				}
			}
			var got, want map[string]any
			if err := errors.Join(json.Unmarshal(ours.Bytes(), &got), json.Unmarshal(theirs.Bytes(), &want)); err != nil {
				t.Fatalf("the line is no JSON: %v: %s", err, &ours)
			}
			if !reflect.DeepEqual(got, want) || bytes.Count(ours.Bytes(), []byte("\n")) != 1 {
				t.Errorf("\n got %s\nwant %s", &ours, &theirs)
			}
		}
	}
}

// TestTheJSONLogIsValidForAnyValue logs values that no line has today; JSON has no form for some of them.
func TestTheJSONLogIsValidForAnyValue(t *testing.T) {
	for _, a := range []slog.Attr{
		slog.Float64("x", math.Inf(1)), slog.Float64("x", math.NaN()), slog.Float64("x", 1e300), slog.Float64("x", 1e-300),
		slog.Any("x", errors.New("an error")), slog.Duration("x", time.Second), slog.Time("x", time.Now()), slog.Any("x", nil),
		slog.Any("x", map[string]int{"a": 1}), slog.Group("x", "y", 1),
	} {
		var out bytes.Buffer
		slog.New(linelog.NewJSON(&out, slog.LevelInfo)).LogAttrs(context.Background(), slog.LevelInfo, "m", a)
		if !json.Valid(out.Bytes()) {
			t.Errorf("the line for %v is no JSON: %s", a, &out)
		}
	}
}

func TestTheTextLogIsReadable(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(linelog.NewText(&out, slog.LevelDebug))
	announce := log.With("tracker", "t.example", "info_hash", "ab")
	announce.Info("announce", "event", "started", "seen", 1, "reported", 3, "factor", 2.5, "outcome", "forwarded", "status", 200, "took_ms", 1.5, "interval", 1800)
	announce.Info("redelivered", "event", "", "reported", 3, "outcome", "forwarded", "failure", "two words\nand a line")
	log.WithGroup("g").Warn("odd", "cause", "", "x", "\x1b[2J", "y", "a\tb", "z", `quo"te`)
	log.Debug("plain", "tracker", "a\u009b31m.example")
	want := `  t.example  announce  started  ab  1 → 3 (×2.5)  forwarded  interval=1800
  t.example  redelivered  ab  → 3  forwarded  failure="two words\nand a line"
 WARN  odd  cause="" x="\x1b[2J" y="a\tb" z="quo\"te"
 DEBUG  "a\u009b31m.example"  plain
`
	var got strings.Builder
	for line := range strings.Lines(out.String()) {
		got.WriteString(line[len("2006-01-02 15:04:05"):])
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestLinesBelowTheLevelAreLeftOut(t *testing.T) {
	for _, h := range []slog.Handler{linelog.NewJSON(nil, slog.LevelWarn), linelog.NewText(nil, slog.LevelWarn)} {
		slog.New(h).Info("would need an output")
	}
}

// TestTheLineOfAnAnnounceHardlyAllocates allows one allocation: the text of the info hash.
func TestTheLineOfAnAnnounceHardlyAllocates(t *testing.T) {
	log := slog.New(linelog.NewJSON(io.Discard, slog.LevelInfo))
	n := exchange.Entry{
		At: time.Unix(1, 0), Kind: exchange.KindAnnounce, Tracker: "t.example", InfoHash: bittorrent.InfoHash{1}, Seen: 1 << 30,
		Reported: 2 << 30, Factor: 2000, Outcome: exchange.OutcomeForwarded, Status: 200, Took: time.Millisecond, Interval: time.Hour,
		Swarm: bittorrent.Swarm{Seeders: 3, Leechers: 4},
	}
	linelog.Entry(log, &n)
	if got := testing.AllocsPerRun(100, func() { linelog.Entry(log, &n) }); got > 1 {
		t.Errorf("%v allocations for each line", got)
	}
}

func BenchmarkLog(b *testing.B) {
	for name, h := range map[string]slog.Handler{"json": linelog.NewJSON(discard{}, slog.LevelInfo), "text": linelog.NewText(discard{}, slog.LevelInfo), "slog": slog.NewJSONHandler(discard{}, nil)} {
		b.Run(name, func(b *testing.B) {
			r := slog.NewRecord(time.Now(), slog.LevelInfo, "announce", 0)
			r.AddAttrs(slog.String("tracker", "t.example:8080"), slog.String("info_hash", "167b734bc7816ae798b662fcadc245d153cd187a"), slog.String("event", ""),
				slog.Uint64("seen", 123456), slog.Uint64("reported", 345678), slog.Float64("factor", 2.8), slog.String("outcome", "forwarded"),
				slog.Int("status", 200), slog.Float64("took_ms", 12.345), slog.Int64("interval", 1800), slog.Int64("seeders", 3), slog.Int64("leechers", 4))
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
