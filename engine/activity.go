package engine

import (
	"context"
	"io"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/settings"
)

// Activity returns the exchanges after number seq that are in memory, oldest first, and how many after seq are no
// longer in memory.
func (e *Engine) Activity(seq uint64) (entries []exchange.Entry, dropped uint64) {
	return e.activity.Since(seq)
}

// OlderActivity returns the exchanges on the disk that f accepts and whose number is below before, newest first, at
// most limit. If it returns fewer, there are no more. It reads files.
func (e *Engine) OlderActivity(f exchange.Filter, before uint64, limit int) ([]exchange.Entry, error) {
	return e.archive.Older(f, before, limit)
}

// ActivityDays returns the sums of each day that has activity, oldest first. It reads files.
func (e *Engine) ActivityDays() ([]exchange.Day, error) { return e.archive.Days() }

// Earlier returns a torrent's announces in earlier runs that are still on the disk, oldest first; those of
// [Engine.History] follow them without a gap or an overlap. If there are more than most, older ones are thinned out. It
// reads files until ctx ends.
func (e *Engine) Earlier(ctx context.Context, id string, most int) ([]exchange.Point, error) {
	host, hash, before, ok := e.reporter.Before(id)
	if !ok {
		return nil, nil
	}
	points, err := e.archive.Earlier(ctx, host, hash, most)
	if n := len(points); n > 0 {
		// The sums of announces that the disk no longer has come before these, so that the sums end where this run
		// began.
		seen, reported := before.Seen-min(before.Seen, points[n-1].Sum.Seen), before.Reported-min(before.Reported, points[n-1].Sum.Reported)
		for i := range points {
			points[i].Sum = points[i].Sum.Add(exchange.Sums{Seen: seen, Reported: reported})
		}
	}
	return points, err
}

// recallDay adds what earlier runs did in the last 24 hours.
func (e *Engine) recallDay(ctx context.Context) {
	if e.archive.LastDay(ctx, time.Now(), e.reporter.Recall) == nil {
		e.publish.Mark()
	}
}

// ExportActivity writes all exchanges on the disk that f accepts, oldest first, as a CSV table (RFC 4180) or as a JSON
// array. They contain no passkeys.
func (e *Engine) ExportActivity(w io.Writer, f exchange.Filter, json bool) error {
	each := func(do func(*exchange.Entry) error) error { return e.archive.Each(f, do) }
	if json {
		return activity.WriteJSON(w, each)
	}
	return activity.WriteCSV(w, each)
}

// Heads returns the bytes of the exchange with this number, or nil. Only the newest announces have them, and only if
// there was a window at the time. They contain passkeys, so they are never written to disk.
func (e *Engine) Heads(seq uint64) *exchange.Heads { return e.activity.Heads(seq) }

// keptActivity returns how much of the activity to keep on the disk.
func (e *Engine) keptActivity(s *settings.Settings) activity.Keep {
	if e.options.Unwatched {
		return activity.Keep{}
	}
	return activity.Keep{Days: s.ActivityDays, Bytes: int64(s.ActivityMiB) << 20}
}
