package proxy

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"io"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/httphead"
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
	entry    activity.Entry
	ledger   bittorrent.TrackerURL // whose figures count: the tracker's, or the one's that sent the announce on to it
	counted  bittorrent.Announce   // what the client said, as the ledger counts it
	session  ledger.Key            // of an announce
	figure   report.Figure         // of an announce
	key      outage.AnswerKey
	patience patience
	said     bool   // bytes of it may have reached the tracker
	answer   []byte // what the client was sent, for repeats that wait
	shared   bool   // answer is the tracker's own, and serves later repeats too
}

// ask serves an announce or a scrape: tell the tracker, else answer from memory and keep the announce.
func (c *conn) ask(ctx context.Context, r httptracker.Request, t upstream.Target) (keep bool) {
	q := c.question(r, t)
	if q.Scrape {
		c.out = httphead.Apply(c.out[:0], c.req.Raw, c.edits...)
		if p, away := c.s.Health.AwayOrProbe(q.entry.Tracker, q.entry.At); away {
			return c.fallback(q, &upstream.Error{Problem: activity.ProblemAway, Op: "dial", Err: awayError(p)})
		}
		return c.tell(ctx, q)
	}
	if !c.s.joinDoubled.Load() {
		return c.inTurn(ctx, q)
	}
	id := said{q.session, q.Tracker.ID(), q.Announce.Event, q.Announce.Counters}
	f, mine := c.s.repeats.join(id, q.entry.At)
	if mine {
		defer func() { c.s.repeats.end(id, f, q, time.Now()) }()
	} else if raw := f.wait(ctx, q.patience.first); c.canReplay(raw) {
		c.account(q)
		e := &f.entry
		q.entry.Doubled, q.entry.Status, q.entry.Problem, q.entry.Detail = true, e.Status, e.Problem, e.Detail
		q.entry.Interval, q.entry.MinInterval, q.entry.Swarm = e.Interval, e.MinInterval, e.Swarm
		q.entry.Failure, q.entry.Warning = e.Failure, e.Warning
		return c.replay(q, raw, e.Outcome)
	}
	return c.inTurn(ctx, q)
}

// account decides the figure and makes the request that tells it. It is done in the session's turn, so that figures
// leave in the order in which they grew.
func (c *conn) account(q *question) {
	q.figure = c.s.Accountant.Announce(q.ledger, q.counted, q.entry.At)
	q.entry.Reported, q.entry.New, q.entry.Held = q.figure.Reported, q.figure.New, q.figure.Held
	q.entry.Factor, q.entry.Reason = q.figure.Factor, q.figure.Reason
	if e, ok := q.Report(q.figure.Reported); ok {
		c.edits = insertEdit(c.edits, e)
	}
	c.out = httphead.Apply(c.out[:0], c.req.Raw, c.edits...)
}

// question begins the exchange: when it must be answered, and what the window and the log will say of it.
func (c *conn) question(r httptracker.Request, t upstream.Target) *question {
	now := time.Now()
	q := &c.q
	*q = question{Request: r, target: t, entry: activity.Entry{At: now, Tracker: r.Tracker.Host(), Swarm: bittorrent.UnknownSwarm}}
	q.key = outage.AnswerKey{Tracker: r.Tracker.ID(), Scrape: r.Scrape}
	budget := answerTime
	if r.Scrape {
		q.entry.Kind, q.entry.Client = activity.Scrape, clientName(&c.req)
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
		if q.entry.Client = a.PeerID.Client(); q.entry.Client == "" {
			q.entry.Client = clientName(&c.req)
		}
		if a.Event == bittorrent.EventStopped {
			budget = stoppedTime
		}
		c.s.redirects.follow(q, now)
	}
	q.patience = patience{connect: upstream.ConnectTimeout, first: now.Add(budget), idle: pauseTime, whole: now.Add(wholeTime), most: wholeAnswer}
	return q
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

// insertEdit puts one edit among those in order.
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

// inTurn tells an announce after what the tracker must hear before it, one request of a session at a time.
func (c *conn) inTurn(ctx context.Context, q *question) (keep bool) {
	if !c.s.Turns.TryTake(q.session) && !c.waitTurn(ctx, q) {
		c.account(q)
		return c.fallback(q, &upstream.Error{Problem: activity.ProblemTimeout, Op: "wait", Err: errTurn})
	}
	defer c.s.Turns.Release(q.session)
	c.account(q)
	if p, away := c.s.Health.Away(q.entry.Tracker); away {
		return c.fallback(q, &upstream.Error{Problem: activity.ProblemAway, Op: "dial", Err: awayError(p)})
	}
	if !c.tellBefore(ctx, q) {
		return c.fallback(q, &upstream.Error{Problem: activity.ProblemAway, Op: "deliver", Err: errBefore})
	}
	return c.tell(ctx, q)
}

// waitTurn waits while another request of the session is on its way.
func (c *conn) waitTurn(ctx context.Context, q *question) bool {
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	return c.s.Turns.Take(ctx, q.session)
}

// tellBefore delivers what the tracker must hear first; false if it did not.
func (c *conn) tellBefore(ctx context.Context, q *question) bool {
	kept := c.s.Spool.Before(q.session, q.Announce.Event, q.figure.Reported)
	if len(kept) == 0 {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	for _, k := range kept {
		if k.Again.After(time.Now()) || !c.s.Courier.Deliver(ctx, k.ID) {
			return false
		}
	}
	return true
}

var (
	errTurn   = errors.New("an earlier announce of this session is still on its way")
	errLane   = errors.New("too many announces to this tracker are still on their way")
	errBefore = errors.New("an earlier announce of this session could not be delivered")
)

type awayError activity.Problem

func (e awayError) Error() string {
	return "not asked, since it failed three times in a row: " + words(activity.Problem(e))
}

// tell sends c.out and passes the answer on.
func (c *conn) tell(ctx context.Context, q *question) (keep bool) {
	host := q.entry.Tracker
	if !c.s.lanes.take(ctx, host, q.patience.first) {
		return c.fallback(q, &upstream.Error{Problem: activity.ProblemTimeout, Op: "wait", Err: errLane})
	}
	defer c.s.lanes.release(host)
	err := c.reachPatiently(ctx, q)
	if err == nil {
		err = c.send(q)
	}
	if err != nil {
		c.dropUpstream()
		f := upstream.Classify("", err)
		if f.Problem == activity.ProblemLoop {
			return c.refuse(403, "that address leads back to this program", activity.ProblemLoop)
		}
		if !errors.Is(ctx.Err(), context.Canceled) { // else we are being stopped
			c.failed(q, f)
		}
		return c.fallback(q, f)
	}
	now := time.Now()
	if q.entry.Status = c.resp.Status; q.entry.Status < 500 {
		if c.s.Health.Answered(host, now) {
			c.s.Spool.Ring()
		}
	} else {
		broken := &upstream.Error{Problem: activity.ProblemStatus, Op: "read", Err: errStatus}
		c.failed(q, broken)
		if raw := c.s.Answers.Last(q.key, now); c.canReplay(raw) && !c.asksToWait() {
			if c.refusal(q) {
				return c.passRefusal(q)
			}
			c.dropUpstream()
			return c.fallback(q, broken)
		}
	}
	c.holdIfAsked(host, now)
	c.noteRedirect(q, now)
	return c.passOn(q)
}

// failed counts a failure of the tracker. A scrape that was reached and did not go well says nothing of announces:
// many trackers have none.
func (c *conn) failed(q *question, f *upstream.Error) {
	if !q.Scrape || f.Op == "dial" {
		c.s.Health.Failed(q.entry.Tracker, f.Problem, time.Now())
	}
}

var errStatus = errors.New("the tracker answered with an error of its own")

// reachPatiently connects. With nothing to answer from, a tracker that refuses is tried again while the client still
// waits: two failures in a row would silence some clients for minutes.
func (c *conn) reachPatiently(ctx context.Context, q *question) error {
	for pause := time.Second; ; pause *= 2 {
		err := c.reach(ctx, q.target, q.patience)
		if err == nil || ctx.Err() != nil || c.s.Answers.Last(q.key, time.Now()) != nil ||
			upstream.Classify("", err).Problem == activity.ProblemLoop || time.Until(q.patience.first) < pause+100*time.Millisecond {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// send writes the request in one piece and reads the head of the answer.
func (c *conn) send(q *question) error {
	o := c.up
	_ = o.nc.SetDeadline(q.patience.first)
	n, err := o.nc.Write(c.out)
	q.said = n > 0
	if err != nil {
		return upstream.Classify("write", err)
	}
	return c.readHead()
}

// noteRedirect remembers where the client is being sent, before it can go there.
func (c *conn) noteRedirect(q *question, now time.Time) {
	if q.Scrape || c.resp.Status < 301 || c.resp.Status > 308 {
		return
	}
	location, _ := c.resp.Get("location")
	if to, _, ok := q.Tracker.Redirected(string(location)); ok {
		c.s.redirects.note(to, q, now)
	}
}

// asksToWait is whether the answer names a time to wait (RFC 9110 §10.2.3): then the client should see it.
func (c *conn) asksToWait() bool {
	_, ok := c.resp.Get("retry-after")
	return ok && (c.resp.Status == 429 || c.resp.Status == 503)
}

// holdIfAsked keeps our own deliveries away for as long as the tracker asks, up to a day.
func (c *conn) holdIfAsked(host string, now time.Time) {
	if c.resp.Status != 429 && c.resp.Status != 503 {
		return
	}
	v, _ := c.resp.Get("retry-after")
	if d, ok := outage.ParseRetryAfter(string(v), now); ok {
		c.s.Health.Hold(host, now.Add(d))
	}
}

// passOn relays the answer and then reads it.
func (c *conn) passOn(q *question) (keep bool) {
	r := c.relay(upstream.MaxAnswer, q.patience)
	now := time.Now()
	q.entry.Status, q.entry.Took = r.status, now.Sub(q.entry.At)
	if r.problem != nil {
		f := upstream.Classify("", r.problem)
		if r.status < 500 { // else it is counted already
			c.failed(q, f)
		}
		if !r.begun {
			return c.fallback(q, f)
		}
		// The client sees the cut as it was, and comes again; so nothing is owed.
		q.entry.Problem, q.entry.Detail = f.Problem, f.Error()
		c.finish(q)
		return false
	}
	if r.kept {
		c.read(q, r, now)
	} else {
		q.entry.Problem = activity.ProblemAnswer
	}
	if r.status >= 500 && !q.Scrape && q.entry.Failure == "" {
		q.entry.Problem = activity.ProblemStatus
		c.keep(q, activity.ProblemStatus)
	}
	c.finish(q)
	return r.reuse
}

// read learns from a whole answer in c.in what the window shows, and remembers a good one.
func (c *conn) read(q *question, r relayed, now time.Time) {
	if kept, a, ok := c.s.Answers.Again(q.key, c.in, now); ok && !q.Scrape {
		c.s.Spool.Heard(q.session, q.Announce.Event, q.entry.At)
		q.learn(&a)
		q.answer, q.shared = kept, true
		return
	}
	if err := c.resp.Parse(c.in[:r.head]); err != nil {
		return
	}
	body, err := httptracker.PlainBody(&c.resp, c.in[r.head:], upstream.MaxAnswer)
	var failure string
	var a bittorrent.AnnounceResponse
	if err == nil && q.Scrape {
		failure, err = c.readScrape(q, body)
	} else if err == nil {
		if a, err = httptracker.ParseAnnounceResponse(body); err == nil {
			failure = a.Failure
			q.learn(&a)
		}
	}
	heard := failure != "" || r.status < 500 && (err == nil || r.status == 200 && errors.Is(err, httptracker.ErrEncoding))
	if heard && !q.Scrape {
		c.s.Spool.Heard(q.session, q.Announce.Event, q.entry.At)
	}
	if err != nil {
		q.entry.Problem = activity.ProblemAnswer
	} else if r.status == 200 && failure == "" {
		q.answer, q.shared = c.s.Answers.Keep(q.key, c.in, now), true
		if !q.Scrape {
			c.s.Answers.Read(q.key, c.in, a)
		}
		return
	}
	if r.status < 500 && len(c.in) <= outage.MaxAnswerSize && c.s.joinDoubled.Load() {
		q.answer, q.shared = bytes.Clone(c.in), true
	}
}

// refusal is whether an error answer, whose head was just read, is the tracker's own refusal all the same, a bencoded
// failure reason: that is never hidden. The whole answer is then in c.in.
func (c *conn) refusal(q *question) bool {
	framing, err := c.resp.Framing("GET")
	if q.Scrape || err != nil {
		return false
	}
	c.in = append(c.in[:0], c.resp.Raw...)
	head := len(c.in)
	body := c.up.src.Body(framing) // before patience ends, which the connection knows
	for len(c.in) <= outage.MaxAnswerSize {
		piece, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return false
		}
		c.in = append(c.in, piece...)
	}
	if !body.Done() || c.resp.Parse(c.in[:head]) != nil {
		return false
	}
	plain, err := httptracker.PlainBody(&c.resp, c.in[head:], upstream.MaxAnswer)
	if err != nil {
		return false
	}
	a, err := httptracker.ParseAnnounceResponse(plain)
	q.learn(&a)
	return err == nil && a.Failure != ""
}

// passRefusal gives the client the refusal in c.in. Both connections end with it.
func (c *conn) passRefusal(q *question) (keep bool) {
	c.s.Health.Answered(q.entry.Tracker, time.Now())
	c.s.Spool.Heard(q.session, q.Announce.Event, q.entry.At)
	_ = c.write(c.in)
	q.entry.Took = time.Since(q.entry.At)
	q.answer, q.shared = bytes.Clone(c.in), true
	c.finish(q)
	return false
}

// learn takes over what the window and the log show of an answer.
func (q *question) learn(a *bittorrent.AnnounceResponse) {
	q.entry.Interval, q.entry.MinInterval, q.entry.Swarm = a.Interval, a.MinInterval, a.Swarm
	q.entry.Failure, q.entry.Warning = a.Failure, a.Warning
}

func (c *conn) readScrape(q *question, body []byte) (failure string, err error) {
	a, err := httptracker.ParseScrapeResponse(body)
	if err != nil {
		return "", err
	}
	q.entry.Failure = a.Failure
	for h, swarm := range a.Files {
		c.s.Accountant.Scraped(q.entry.Tracker, h, swarm)
		if h == q.entry.InfoHash {
			q.entry.Swarm = swarm
		}
	}
	return a.Failure, nil
}

// fallback answers in the tracker's place, and keeps an announce for later.
func (c *conn) fallback(q *question, f *upstream.Error) (keep bool) {
	q.entry.Problem, q.entry.Detail = f.Problem, f.Error()
	if !q.Scrape {
		c.keep(q, f.Problem)
	}
	if raw := c.s.Answers.Last(q.key, time.Now()); c.canReplay(raw) {
		q.answer = raw
		return c.replay(q, raw, activity.Cached)
	}
	q.entry.Outcome = activity.Failed
	raw := failureReply(504, words(f.Problem), false)
	q.answer = raw
	return c.replay(q, raw, activity.Failed)
}

// keep puts an announce into the spool.
func (c *conn) keep(q *question, p activity.Problem) {
	k := outage.Kept{
		Key: q.session, Host: q.entry.Tracker, Scheme: q.Tracker.Scheme(), Address: q.Tracker.Address(), Event: q.Announce.Event,
		Request: append([]byte(nil), c.out...), Figure: q.figure.Reported, Said: q.entry.At, Due: q.figure.Due, Problem: p,
	}
	if q.said {
		k.Again = time.Now().Add(outage.SameEvent)
	}
	if dropped := c.s.Spool.Keep(k); dropped.ID != 0 {
		c.s.Log.Warn("too many undelivered announces: the oldest was dropped", "tracker", dropped.Host,
			"info_hash", dropped.Key.InfoHash.String(), "event", dropped.Event.String(), "reported", dropped.Figure)
	}
}

// replay sends a whole answer that is in memory.
func (c *conn) replay(q *question, raw []byte, o activity.Outcome) (keep bool) {
	err := c.write(raw)
	q.entry.Outcome, q.entry.Took = o, time.Since(q.entry.At)
	c.finish(q)
	var resp httphead.Response
	if err != nil || resp.Parse(raw[:headLength(raw)]) != nil {
		return false
	}
	framing, err := resp.Framing("GET")
	return err == nil && framing.Kind != httphead.UntilClose && resp.KeepsAlive() && c.req.KeepsAlive()
}

// canReplay is whether this client understands a remembered answer: one that is chunked needs HTTP/1.1, a compressed
// one a client that asked for that coding.
func (c *conn) canReplay(raw []byte) bool {
	if raw == nil {
		return false
	}
	var resp httphead.Response
	if resp.Parse(raw[:headLength(raw)]) != nil {
		return false
	}
	if framing, err := resp.Framing("GET"); err != nil || framing.Kind == httphead.Chunked && c.req.Minor() == 0 {
		return false
	}
	coding, ok := resp.Get("content-encoding")
	if !ok {
		return true
	}
	accepted, _ := c.req.Get("accept-encoding")
	return strings.Contains(strings.ToLower(string(accepted)), strings.ToLower(string(coding)))
}

// headLength is where the head of a whole message ends.
func headLength(raw []byte) int {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return min(len(head)+4, len(raw))
}

// finish tells the ledger's status, the window and the log that the exchange is over.
func (c *conn) finish(q *question) {
	e := &q.entry
	if !q.Scrape {
		c.s.Accountant.Answered(q.session, e.Client, report.Status{
			Outcome: e.Outcome, Problem: e.Problem, HTTP: e.Status, Swarm: e.Swarm, Interval: e.Interval, MinInterval: e.MinInterval,
			Failure: e.Failure, Warning: e.Warning, At: e.At.Add(e.Took),
		})
	}
	c.s.Note(*e)
}
