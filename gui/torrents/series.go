package torrents

import (
	"context"
	"slices"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
)

// series has the announces of the torrent in the detail, oldest first. Those of this run are there at once; those of
// earlier runs are put before them once they have been read from the disk.
type series struct {
	options *Options
	id      string
	points  []exchange.Point
	earlier []exchange.Point // the part of points that is from earlier runs
	reading bool             // the disk is being read
	stop    func()           // ends the reading
}

// pointsShown is how many announces are fetched for the chart and the list: of earlier runs, and again of this one.
const pointsShown = 10_000

// follow reports whether the torrent has new points to show. It requests those on the disk; read is called when they
// are there.
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

// begin requests the points on the disk.
func (s *series) begin(read func()) {
	ctx, stop := context.WithCancel(s.options.Desk.Context)
	s.stop, s.reading = stop, true
	var earlier []exchange.Point
	id, from := s.id, s.options.Engine
	s.options.Desk.Background(func() (err error) {
		earlier, err = from.Earlier(ctx, id, pointsShown)
		return err
	}, func(error) { // if the disk fails, the chart has this run only
		if ctx.Err() != nil {
			return // another torrent is shown now
		}
		s.reading, s.earlier = false, earlier
		s.fetch()
		read()
	})
}

func (s *series) fetch() {
	s.points = slices.Concat(s.earlier, s.options.Engine.History(s.id, pointsShown))
}

// leave drops the points, and a running request to the disk.
func (s *series) leave() {
	if s.stop != nil {
		s.stop()
	}
	*s = series{options: s.options}
}
