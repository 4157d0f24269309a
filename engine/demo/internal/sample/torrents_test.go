package sample

import (
	"testing"
	"time"
)

// A tracker notices upload while nobody lacks anything. The leecher checks its round once per interval, so it must see
// the next one an interval before the seeder uploads any of that. To announce the end of a round, it must have at least
// two intervals.
func TestTheLeecherJoinsBeforeTheSeederUploads(t *testing.T) {
	p := UsualPace
	for i := range torrents {
		s := &torrents[i]
		ended := map[int]time.Duration{} // for how long a round has ended before the next begins
		for after := time.Duration(0); after < 2*time.Minute; after += 10 * time.Millisecond {
			all, now := s.moved(p, after)
			if round := int((all - now) / s.size); now > 0 && s.round(p, after-p.Interval) < round {
				t.Fatalf("%s: after %v, %d bytes of round %d are uploaded, though the leecher may not have joined", s.name, after, now, round)
			}
			if now == s.size && s.round(p, after) == int((all-now)/s.size) {
				ended[s.round(p, after)] += 10 * time.Millisecond
			}
		}
		if len(ended) < 3 {
			t.Fatalf("%s: %d rounds, want at least 3", s.name, len(ended))
		}
		delete(ended, s.round(p, 2*time.Minute)) // the last one may not have ended
		for round, d := range ended {
			if d < 2*p.Interval-20*time.Millisecond {
				t.Errorf("%s: the end of round %d can be announced for %v only", s.name, round, d)
			}
		}
	}
}
