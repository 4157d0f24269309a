package httpway

import (
	"slices"
	"sync"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/httphead"
)

// redirectTime is how long after a redirect the announce that follows it is recognised as the same; clients follow at
// once. maxRedirects is the most redirects that are remembered.
const (
	redirectTime = time.Minute
	maxRedirects = 1000
)

// redirect is an announce that a tracker redirected.
type redirect struct {
	from           bittorrent.TrackerURL // whose session it is
	cache          bittorrent.TrackerID  // for caching its answers
	at             string                // host:port of the tracker that redirected it
	seen, reported uint64                // bytes, as the client announced and as was reported to that tracker
	public         bool                  // that tracker is at a public address, and must not redirect to a private one
	passing        bool                  // not permanent: some redirect on the way is temporary
	until          time.Time
}

// redirects recognises an announce at the address to which a tracker redirected it. The new address often has the old
// query, with the multiplied total: if that counted as the client's own total, it would be multiplied once more. It is
// safe for concurrent use.
type redirects struct {
	mu sync.Mutex
	m  map[ledger.Key]redirect // guarded by mu; by the session that the announce will have at the new address
}

// note remembers the address to which an announce was redirected.
func (r *redirects) note(to bittorrent.TrackerURL, o *announce.Order, public, passing bool, now time.Time) {
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
	k := o.Session
	k.Tracker = to.ID()
	r.m[k] = redirect{o.Ledger, o.Cache.Tracker, o.Tracker.Address(), o.Announce.Counters.Uploaded, o.Total.Reported, public, passing, now.Add(redirectTime)}
}

// follow turns a request that follows a redirect back into a request of its session: it replaces the total that was
// already reported by the client's own.
func (r *redirects) follow(q *carriage, now time.Time) {
	o := &q.order
	r.mu.Lock()
	v, ok := r.m[o.Session]
	r.mu.Unlock()
	if !ok || now.After(v.until) {
		return
	}
	q.passing = v.passing
	if q.gated && v.at != q.Tracker.Address() {
		q.withhold()
	}
	o.Ledger, q.target.PublicOnly = v.from, q.target.PublicOnly || v.public
	o.Session.Tracker, o.Cache.Tracker = v.from.ID(), v.cache
	if o.Announce.Counters.Uploaded == v.reported {
		o.Announce.Counters.Uploaded, o.Entry.Seen = v.seen, v.seen
	}
}

// withhold removes the credentials from a redirected request through the gateway: there all trackers have the same
// host, this program, so the client does not notice that the redirect leads to another host.
func (q *carriage) withhold() {
	for _, f := range q.req.Fields {
		gone := func(e httphead.Edit) bool { return e.Start == f.Line.Start }
		if httphead.Credentials(f.Name.Of(q.req.Raw)) && !slices.ContainsFunc(q.edits, gone) {
			q.edits = insertEdit(q.edits, httphead.Edit{Span: f.Line})
		}
	}
}
