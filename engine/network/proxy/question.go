package proxy

import (
	"crypto/sha1"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/httptracker"
)

// How long a client is let wait: libtorrent gives up after 10 s of silence, and after 5 s at `stopped`.
const (
	answerTime  = 8 * time.Second
	stoppedTime = 4 * time.Second
	pauseTime   = 10 * time.Second // between two pieces of an answer
	wholeTime   = 25 * time.Second
	wholeAnswer = 8 << 20 // bytes; libtorrent takes 1 MiB
)

// question is one announce or scrape on its way. A connection has one, which it uses again and again.
type question struct {
	httptracker.Request
	target   upstream.Target
	entry    exchange.Entry
	ledger   bittorrent.TrackerURL // whose figures count: the tracker's, or the one's that sent the announce on to it
	counted  bittorrent.Announce   // what the client said, as the ledger counts it
	session  ledger.Key            // of an announce
	figure   report.Figure         // of an announce
	decided  time.Time             // when the figure was: figures of a session grow in this order, not in that of arrival
	key      announce.AnswerKey
	patience patience
	said     bool   // bytes of it may have reached the tracker
	answer   []byte // what the client was sent, for repeats that wait
	head     []byte // of the tracker's answer, in c.in
	shared   bool   // answer is the tracker's own, and serves later repeats too
}

// question begins the exchange: when it must be answered, and what the window and the log will say of it.
func (c *conn) question(r httptracker.Request, t upstream.Target) *question {
	now := time.Now()
	q := &c.q
	*q = question{}
	q.Request, q.target = r, t
	q.entry.At, q.entry.Tracker, q.entry.Swarm = now, r.Tracker.Host(), bittorrent.UnknownSwarm
	q.key = announce.AnswerKey{Tracker: r.Tracker.ID(), Scrape: r.Scrape}
	budget := answerTime
	if r.Scrape {
		q.entry.Kind, q.entry.Client = exchange.KindScrape, clientName(c.req)
		q.key.InfoHash = scrapeKey(r.Hashes)
		if len(r.Hashes) == 1 {
			q.entry.InfoHash = r.Hashes[0]
		}
	} else {
		a := &r.Announce
		q.ledger, q.counted = r.Tracker, r.Announce
		q.session = ledger.Key{Tracker: q.key.Tracker, InfoHash: a.InfoHash, PeerID: a.PeerID}
		q.key.InfoHash = a.InfoHash
		q.entry.InfoHash, q.entry.Event, q.entry.Seen = a.InfoHash, a.Event, a.Counters.Uploaded
		q.entry.Client = c.nameOf(a.PeerID)
		if a.Event == bittorrent.EventStopped {
			budget = stoppedTime
		}
		c.s.redirects.follow(q, now)
	}
	q.patience = patience{connect: upstream.ConnectTimeout, first: now.Add(budget), idle: pauseTime, whole: now.Add(wholeTime), most: wholeAnswer}
	return q
}

// nameOf is [bittorrent.PeerID.Client]; one client says most of what a worker hears.
func (c *conn) nameOf(id bittorrent.PeerID) string {
	if head := [bittorrent.ClientHead]byte(id[:]); head != c.lastHead || c.lastName == "" {
		c.lastHead, c.lastName = head, clients.NameOf(id)
	}
	return c.lastName
}

// scrapeKey names what a scrape asks about.
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

// learn takes over what the window and the log show of an answer.
func (q *question) learn(a *bittorrent.AnnounceResponse) {
	q.entry.Interval, q.entry.MinInterval, q.entry.Swarm = a.Interval, a.MinInterval, a.Swarm
	q.entry.Failure, q.entry.Warning = a.Failure, a.Warning
}

// finish tells the ledger's status, the window and the log that the exchange is over.
func (c *conn) finish(q *question) {
	e := &q.entry
	if !q.Scrape {
		c.s.Accountant.Answered(q.session, e)
	}
	if c.s.Capture != nil && c.s.Capture() {
		e.Heads = exchange.NewHeads(c.req.Raw, c.out, q.head)
	}
	c.s.Note(*e)
}
