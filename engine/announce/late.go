package announce

import (
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// late has the sessions with an announce that was delivered late: trackers that refuse early announces would refuse the
// client's next one. It is safe for concurrent use.
type late struct {
	mu sync.Mutex
	m  map[ledger.Key]delivered // guarded by mu
}

// delivered is an announce that was delivered late.
type delivered struct {
	event bittorrent.Event
	seen  uint64
	until time.Time // when the tracker accepts the next one
}

// maxLate is the most sessions that are remembered.
const maxLate = 10_000

// Earliest returns how long after an answer a tracker accepts the next plain announce: its min interval, otherwise 9/10
// of its interval.
func Earliest(interval, minInterval time.Duration) time.Duration {
	if minInterval > 0 {
		return minInterval
	}
	return interval * 9 / 10
}

// note records a late delivery.
func (l *late) note(k ledger.Key, v delivered, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil {
		l.m = map[ledger.Key]delivered{}
	}
	if len(l.m) >= maxLate {
		for other, o := range l.m {
			if now.After(o.until) || len(l.m) >= maxLate {
				delete(l.m, other)
			}
		}
	}
	l.m[k] = v
}

// left returns for how long the tracker will refuse the announce as too early; 0 if it will not. An event is too
// early only if the same event was delivered late.
func (l *late) left(o *Order, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.m[o.Session]
	if !ok {
		return 0
	}
	e := o.Announce.Event
	if e.MustArrive() && (e != v.event || o.Announce.Counters.Uploaded != v.seen) {
		return 0
	}
	return max(0, v.until.Sub(now))
}

// forget removes a session, because its tracker has answered a live announce.
func (l *late) forget(k ledger.Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.m, k)
}
