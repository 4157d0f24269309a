package httpway

import (
	"bytes"
	"context"
	"crypto/sha1"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// maxAnswer is the largest answer to an announce, in bytes; libtorrent accepts 1 MiB.
const maxAnswer = 8 << 20

// carriage is one announce or scrape over HTTP: the desk's Way. A stream reuses its only one.
type carriage struct {
	*Stream
	httptracker.Request
	target upstream.Target
	order  announce.Order
	head   []byte // of the tracker's answer; in Stream.in
	// passing reports whether the redirect that led here is temporary.
	passing bool

	keep bool // the client may send another request
}

// serveTracker gives an announce or a scrape to the desk.
func (c *Stream) serveTracker(ctx context.Context, r httptracker.Request, t upstream.Target) (keep bool) {
	if upstream.ClosedPort(r.Tracker.Port()) {
		return c.refuse(403, portWords, exchange.ProblemPort)
	}
	if err := c.s.dialer.Fenced(t.Address); err != nil { // before a real client's torrent gets a row in the ledger
		return c.refuse(403, upstream.WhyClosed(err), exchange.ProblemClosed)
	}
	if !r.Scrape && r.Tracker.Scheme() != "udp" && c.s.dialer.LeadsBack(t.Address) { // so that only trackers get a row in the ledger
		return c.refuse(403, errHome.Error(), exchange.ProblemLoop)
	}
	q := &c.q
	*q = carriage{Stream: c, Request: r, target: t}
	q.order.Cache = announce.AnswerKey{Tracker: c.cacheID(ctx, r.Tracker), Scrape: r.Scrape}
	q.describe(time.Now())
	c.s.Desk.Serve(ctx, &q.order, q)
	return q.keep
}

// describe fills in the desk's order for the request; its cache key is set already.
func (q *carriage) describe(now time.Time) {
	o := &q.order
	o.Tracker = q.Tracker
	o.Entry.At, o.Entry.Tracker, o.Entry.Swarm = now, q.Tracker.Host(), bittorrent.UnknownSwarm
	if q.Scrape {
		o.Entry.Kind, o.Entry.Client = exchange.KindScrape, downstream.ClientName(q.req)
		o.Cache.InfoHash = scrapeKey(q.Hashes)
		if len(q.Hashes) == 1 {
			o.Entry.InfoHash = q.Hashes[0]
		}
		return
	}
	a := &q.Request.Announce
	o.Ledger, o.Announce = q.Tracker, *a
	o.Session = ledger.Key{Tracker: q.Tracker.ID(), InfoHash: a.InfoHash, PeerID: a.PeerID}
	o.Cache.InfoHash = a.InfoHash
	o.Identity = identity(&o.Cache.Tracker, q.Query.Of(q.req.Raw))
	o.Entry.InfoHash, o.Entry.Event, o.Entry.Seen = a.InfoHash, a.Event, a.Counters.Uploaded
	o.Entry.Client = q.nameOf(a.PeerID)
	agent, _ := q.req.Get("user-agent")
	o.NamesLibtorrent = bytes.Contains(agent, []byte("libtorrent"))
	q.s.redirects.follow(q, now)
	o.Fence = announce.Fence{Remote: q.target.Remote, PublicOnly: q.target.PublicOnly}
}

// identity returns a number from what makes two announces duplicates: tracker and query, without the tracker id, which
// a client may have learned in between.
func identity(tracker *bittorrent.TrackerID, query []byte) uint64 {
	var h announce.Hash
	h.Add(tracker[:])
	for pair := range bytes.SplitSeq(query, []byte("&")) {
		if !bytes.HasPrefix(pair, []byte("trackerid=")) {
			h.Add(pair)
		}
	}
	return h.Sum()
}

// nameOf returns the name of a peer id's client.
func (c *Stream) nameOf(id bittorrent.PeerID) string {
	if head := [bittorrent.ClientHead]byte(id[:]); head != c.lastHead || c.lastName == "" {
		c.lastHead, c.lastName = head, clients.NameOf(id)
	}
	return c.lastName
}

// scrapeKey returns a key for the torrents of a scrape.
func scrapeKey(hashes []bittorrent.InfoHash) bittorrent.InfoHash {
	switch len(hashes) {
	case 0:
		return bittorrent.InfoHash{}
	case 1:
		return hashes[0]
	}
	h := sha1.New()
	for _, one := range hashes {
		h.Write(one[:])
	}
	return bittorrent.InfoHash(h.Sum(nil))
}

// Report makes the request with the order's total.
func (q *carriage) Report(o *announce.Order) {
	if e, ok := q.Request.Report(o.Total.Reported); ok && !q.Scrape {
		q.edits = insertEdit(q.edits, e)
	}
	if q.Tracker.Scheme() == "udp" {
		q.out = datagramWay{q}.datagram()
		return
	}
	q.out = httphead.Apply(q.out[:0], q.req.Raw, q.edits...)
}

// insertEdit inserts an edit at its place among edits in order.
func insertEdit(edits []httphead.Edit, e httphead.Edit) []httphead.Edit {
	i := len(edits)
	for i > 0 && edits[i-1].Start > e.Start {
		i--
	}
	edits = append(edits, e)
	copy(edits[i+1:], edits[i:])
	edits[i] = e
	return edits
}

// Pending returns a copy of the request as it is sent.
func (q *carriage) Pending(*announce.Order) []byte { return bytes.Clone(q.out) }

// Gone reports whether the client has left.
func (q *carriage) Gone() bool { return upstream.Ended(q.nc) }

// Finish adds the bytes of the exchange to its entry, while there is a window.
func (q *carriage) Finish(e *exchange.Entry) {
	if q.s.Capture != nil && q.s.Capture() {
		e.Heads = exchange.NewHeads(q.req.Raw, q.out, q.head)
	}
}
