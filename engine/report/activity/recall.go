package activity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// Earlier returns the points of a torrent on a tracker host in the runs before this one, oldest first. If there are
// more than about most, older ones are thinned out. Their sums begin at zero. It reads files until ctx ends.
func (a *Archive) Earlier(ctx context.Context, host string, hash bittorrent.InfoHash, most int) ([]exchange.Point, error) {
	var out Series
	var before exchange.Entry
	var sum exchange.Sums
	err := a.recall(ctx, "", []byte(`"i":"`+hash.String()+`"`), func(e *exchange.Entry) {
		known := e.Tracker == host && e.InfoHash == hash && e.Session != ""
		if !known || e.Kind == exchange.KindRedelivered && e.Outcome != exchange.OutcomeForwarded {
			return
		}
		p := exchange.PointOf(e)
		if e.Kind == exchange.KindAnnounce {
			sum = sum.Add(exchange.Sums{Seen: e.New, Reported: e.Grown})
			if e.Interval == 0 {
				e.Interval = before.Interval
			}
			p.Gap = !before.At.IsZero() && IsGap(e.At.Sub(before.At), e.Interval)
			before = *e
		}
		p.Sum = sum
		if out.push(p); len(out) > most {
			out.Thin(min(most/2, wholeKept))
		}
	})
	return out, err
}

// Totals calls do with the announces of earlier runs that belong to a session, beginning at from, oldest first. It
// reads files until ctx ends.
func (a *Archive) Totals(ctx context.Context, from time.Time, do func(*exchange.Entry)) error {
	return a.recall(ctx, segmentPrefix+from.Format(dayForm), []byte(`"z":`), func(e *exchange.Entry) {
		if e.Session != "" && !e.At.Before(from) && (e.Kind == exchange.KindAnnounce || e.Kind == exchange.KindRedelivered) {
			do(e)
		}
	})
}

// LastDay calls do with the announces of earlier runs that made a total grow, in the day before now, oldest first. It
// reads files until ctx ends.
func (a *Archive) LastDay(ctx context.Context, now time.Time, do func(*exchange.Entry)) error {
	yesterday := now.Add(-24 * time.Hour)
	return a.recall(ctx, segmentPrefix+yesterday.Format(dayForm), []byte(`"g":`), func(e *exchange.Entry) {
		if e.Kind == exchange.KindAnnounce && e.Grown > 0 {
			do(e)
		}
	})
}

// recall calls do with the entries of earlier runs, oldest first, from files whose name is not below first. It parses
// only records that contain with.
func (a *Archive) recall(ctx context.Context, first string, with []byte, do func(*exchange.Entry)) error {
	for _, file := range a.files() {
		if file.Name < first {
			continue
		}
		err := a.folder.ReadJournal(file.Name, func(record []byte) error {
			var b batch
			if err := ctx.Err(); err != nil || !bytes.Contains(record, with) || json.Unmarshal(record, &b) != nil || b.First > a.begun {
				return err
			}
			for i := range b.Lines {
				if e, err := b.Lines[i].entry(); err == nil {
					do(&e)
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
