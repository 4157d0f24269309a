package linelog

import (
	"context"
	"log/slog"
	"slices"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// Entry writes an exchange's line. Its format must not change, because scripts may depend on it.
func Entry(log *slog.Logger, n *exchange.Entry) {
	level, msg := slog.LevelInfo, ""
	switch n.Kind {
	case exchange.KindAnnounce:
		msg = "announce"
	case exchange.KindScrape:
		msg = "scrape"
	case exchange.KindRedelivered:
		msg = "redelivered"
		if n.Outcome != exchange.OutcomeForwarded {
			level, msg = slog.LevelDebug, "not delivered"
		}
	case exchange.KindRefused:
		msg = "refused"
	case exchange.KindPassed:
		level, msg = slog.LevelDebug, "passed"
	case exchange.KindTunnel:
		level, msg = slog.LevelDebug, "tunnel"
	}
	ctx := context.Background()
	if !log.Enabled(ctx, level) {
		return
	}
	var room [18]slog.Attr // on the stack: no line is more frequent than that of an announce
	a := room[:0]
	if n.Tracker != "" {
		a = append(a, slog.String("tracker", n.Tracker))
	}
	if n.InfoHash != (bittorrent.InfoHash{}) {
		a = append(a, slog.String("info_hash", n.InfoHash.String()))
	}
	switch n.Kind {
	case exchange.KindAnnounce:
		if n.Outcome == exchange.OutcomePassed {
			break // not certainly an announce: no other field is known
		}
		a = append(a, slog.String("event", n.Event.String()), slog.Uint64("seen", n.Seen), slog.Uint64("reported", n.Reported),
			slog.Float64("factor", n.Factor.Float()))
	case exchange.KindRedelivered:
		a = append(a, slog.String("event", n.Event.String()), slog.Uint64("reported", n.Reported))
	}
	a = append(a, slog.String("outcome", n.Outcome.String()), slog.Int("status", n.Status), slog.Float64("took_ms", float64(n.Took.Microseconds())/1000))
	a = answerAttrs(a, n)
	at := n.At.Add(n.Took) // that is now, without reading the clock again
	if l, ok := log.Handler().(*Log); ok {
		_ = l.Write(at, level, msg, a) // an error of the log cannot be reported anywhere
		return
	}
	r := slog.NewRecord(at, level, msg, 0) // a Logger would look up the caller, for a field that is not written
	r.AddAttrs(slices.Clone(a)...)         // a copy, so that a stays on the stack in the usual case
	_ = log.Handler().Handle(ctx, r)
}

// answerAttrs adds what is in the tracker's answer.
func answerAttrs(a []slog.Attr, n *exchange.Entry) []slog.Attr {
	if n.Interval > 0 {
		a = append(a, slog.Int64("interval", int64(n.Interval.Seconds())))
	}
	if n.Swarm.Seeders >= 0 {
		a = append(a, slog.Int64("seeders", n.Swarm.Seeders))
	}
	if n.Swarm.Leechers >= 0 {
		a = append(a, slog.Int64("leechers", n.Swarm.Leechers))
	}
	if n.Failure != "" {
		a = append(a, slog.String("failure", n.Failure))
	}
	if n.Held > 0 {
		a = append(a, slog.Uint64("held", n.Held))
	}
	if n.Duplicate {
		a = append(a, slog.Bool("doubled", true))
	}
	if n.Detail != "" {
		a = append(a, slog.String("cause", n.Detail))
	}
	return a
}
