package proxy

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxPerHost is how many announces and scrapes are on their way to one tracker at a time. Clients with hundreds of
// torrents begin with all of them at once; trackers count connections. libtorrent, which thought of that too, keeps to 50.
const maxPerHost = 50

// lanes bounds what is on its way to each tracker, first come, first served. Safe for concurrent use.
type lanes struct {
	mu    sync.Mutex
	hosts map[string]lane // guarded by mu; those with something on its way
}

type lane struct {
	taken   int
	waiting []chan struct{} // closed when the place is theirs
}

// take waits for a place until then; false if there was none in time, or ctx ended.
func (l *lanes) take(ctx context.Context, host string, until time.Time) bool {
	l.mu.Lock()
	if l.hosts == nil {
		l.hosts = map[string]lane{}
	}
	v := l.hosts[host]
	if v.taken < maxPerHost {
		v.taken++
		l.hosts[host] = v
		l.mu.Unlock()
		return true
	}
	mine := make(chan struct{})
	v.waiting = append(v.waiting, mine)
	l.hosts[host] = v
	l.mu.Unlock()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-mine:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return l.leave(host, mine)
}

// leave gives up waiting; true if the place came at that very moment after all.
func (l *lanes) leave(host string, mine chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.hosts[host]
	i := slices.Index(v.waiting, mine)
	if i < 0 {
		return true
	}
	v.waiting = slices.Delete(v.waiting, i, i+1)
	l.hosts[host] = v
	return false
}

// release gives a place to who has waited longest.
func (l *lanes) release(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.hosts[host]
	if len(v.waiting) > 0 {
		close(v.waiting[0])
		v.waiting = v.waiting[1:]
	} else if v.taken--; v.taken == 0 {
		delete(l.hosts, host)
		return
	}
	l.hosts[host] = v
}
