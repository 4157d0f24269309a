package proxy

import (
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// redirectTime is how long after a redirect the announce that follows it is known for the same; clients follow at
// once. maxRedirects bounds what is remembered.
const (
	redirectTime = time.Minute
	maxRedirects = 1000
)

// redirect is an announce that a tracker sent elsewhere.
type redirect struct {
	from       bittorrent.TrackerURL // whose session it is
	seen, told uint64                // bytes, as the client said and as that tracker was told
	public     bool                  // that tracker is at a public address, and has no business to lead to a private one
	until      time.Time
}

// redirects knows an announce again at the address a tracker sent it to. The new address often holds the old query,
// with the figure that was told already: taken for what a client says, it would be multiplied once more. Safe for
// concurrent use.
type redirects struct {
	mu sync.Mutex
	m  map[ledger.Key]redirect // guarded by mu; by the session as it will look at the new address
}

// note remembers where an announce was sent.
func (r *redirects) note(to bittorrent.TrackerURL, q *question, public bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, v := range r.m {
		if now.After(v.until) || len(r.m) >= maxRedirects {
			delete(r.m, k)
		}
	}
	if r.m == nil {
		r.m = map[ledger.Key]redirect{}
	}
	k := q.session
	k.Tracker = to.ID()
	r.m[k] = redirect{q.ledger, q.counted.Counters.Uploaded, q.figure.Reported, public, now.Add(redirectTime)}
}

// follow turns a question that follows a redirect back into its session's: the figure that was told already stands
// for what the client said.
func (r *redirects) follow(q *question, now time.Time) {
	r.mu.Lock()
	v, ok := r.m[q.session]
	r.mu.Unlock()
	if !ok || now.After(v.until) {
		return
	}
	q.ledger, q.target.PublicOnly = v.from, q.target.PublicOnly || v.public
	q.session.Tracker, q.key.Tracker = v.from.ID(), v.from.ID()
	if q.counted.Counters.Uploaded == v.told {
		q.counted.Counters.Uploaded, q.entry.Seen = v.seen, v.seen
	}
}
