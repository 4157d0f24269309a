package announce

import (
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// late has the sessions with an announce that was delivered late: the client's next one would be too early for a
// tracker that refuses early announces. It is safe for concurrent use.
type late struct {
	mu sync.Mutex
	m  map[ledger.Key]delivered // guarded by mu
}

// delivered is an announce that was delivered late.
type delivered struct {
	event bittorrent.Event
	seen  uint64
	until time.Time // when the tracker takes the next
}

// maxLate bounds the sessions that are remembered.
const maxLate = 10_000

// Earliest returns how long after an answer a tracker takes the next plain announce: its min interval, otherwise 9/10 of
// its interval.
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

// left returns how long the tracker will refuse the announce as too early; 0 if it does not. An event is never too
// early, unless it is the event that was delivered.
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

// forget forgets a session: its tracker has answered a live announce.
func (l *late) forget(k ledger.Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.m, k)
}
