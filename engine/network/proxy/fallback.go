package proxy

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// fallback answers in the tracker's place, and keeps an announce for later.
func (c *conn) fallback(q *question, f *upstream.Error) (keep bool) {
	q.entry.Problem, q.entry.Detail = f.Problem, f.Error()
	if !q.Scrape {
		c.keep(q, f.Problem)
	}
	if raw := c.s.Answers.Last(q.key, time.Now()); c.canReplay(raw) {
		q.answer = raw
		return c.replay(q, raw, exchange.OutcomeCached)
	}
	q.entry.Outcome = exchange.OutcomeFailed
	raw := failureReply(504, words(f.Problem), false)
	q.answer = raw
	return c.replay(q, raw, exchange.OutcomeFailed)
}

// keep puts an announce into the spool.
func (c *conn) keep(q *question, p exchange.Problem) {
	k := announce.Pending{
		Key: q.session, Host: q.entry.Tracker, Scheme: q.Tracker.Scheme(), Address: q.Tracker.Address(), Event: q.Announce.Event,
		Request: append([]byte(nil), c.out...), Seen: q.Announce.Counters.Uploaded, Reported: q.figure.Reported, DecidedAt: q.decided, Due: q.figure.Due, Problem: p,
	}
	if q.said {
		k.Again = time.Now().Add(announce.ResendDelay)
	}
	c.s.sayDropped(c.s.Spool.Add(k))
}

// sayDropped tells the log what the spool had to let go; the zero one is nothing.
func (s *Server) sayDropped(k announce.Pending) {
	if k.ID != 0 {
		s.Log.Warn("too many undelivered announces: the oldest was dropped", "tracker", k.Host,
			"info_hash", k.Key.InfoHash.String(), "event", k.Event.String(), "reported", k.Reported)
	}
}

// replay sends a whole answer that is in memory.
func (c *conn) replay(q *question, raw []byte, o exchange.Outcome) (keep bool) {
	var resp httphead.Response
	parsed := resp.Parse(raw[:headLength(raw)])
	if parsed == nil && c.gated { // remembered from an exchange that was not the gateway's, perhaps
		body := raw[len(resp.Raw):]
		keepCookies(&resp)
		raw = slices.Concat(resp.Raw, body)
	}
	err := c.write(raw)
	q.entry.Outcome, q.entry.Took = o, time.Since(q.entry.At)
	c.finish(q)
	if err != nil || parsed != nil {
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
