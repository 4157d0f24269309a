package torrents

import (
	"context"
	"slices"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
)

// series is the announces of the torrent in the detail, oldest first. Those of this run are there at once; those of
// earlier runs come before them when they have been read from the disk.
type series struct {
	options *Options
	id      string
	points  []exchange.Point
	earlier []exchange.Point // the first of them
	reading bool             // the disk was asked for earlier
	stop    func()           // what reads it
}

// pointsShown is how many announces of earlier runs, and of this one, are fetched for the chart and the list.
const pointsShown = 10_000

// follow reports whether the torrent has new points to show. Those from the disk come later, by a call of read.
func (s *series) follow(t *engine.Torrent, read func()) bool {
	switch n, live := len(s.points), len(s.points)-len(s.earlier); {
	case s.id != t.ID:
		s.leave()
		s.id = t.ID
		s.begin(read)
	case live == t.Points && (live == 0 || s.points[n-1].At >= t.Last.UnixMilli()):
		return false
	}
	s.fetch()
	return true
}

// begin requests points from the disk.
func (s *series) begin(read func()) {
	ctx, stop := context.WithCancel(s.options.Desk.Context)
	s.stop, s.reading = stop, true
	var earlier []exchange.Point
	id, from := s.id, s.options.Engine
	s.options.Desk.Background(func() (err error) {
		earlier, err = from.Earlier(ctx, id, pointsShown)
		return err
	}, func(error) { // after an error of the disk, the chart begins with this run
		if ctx.Err() != nil {
			return // another torrent is shown
		}
		s.reading, s.earlier = false, earlier
		s.fetch()
		read()
	})
}

func (s *series) fetch() {
	s.points = slices.Concat(s.earlier, s.options.Engine.History(s.id, pointsShown))
}

// leave forgets the points, and a request to the disk.
func (s *series) leave() {
	if s.stop != nil {
		s.stop()
	}
	*s = series{options: s.options}
}
