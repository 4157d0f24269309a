package proxy

import (
	"bytes"
	"errors"
	"io"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httptracker"
)

// read learns from a whole answer in c.in what the window shows, and remembers a good one.
func (c *conn) read(q *question, r relayed, now time.Time) {
	if kept, a, ok := c.s.Answers.Again(q.key, c.in, now); ok && !q.Scrape {
		c.s.Spool.Supersede(q.session, q.Announce.Event, q.decided)
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
		c.s.Spool.Supersede(q.session, q.Announce.Event, q.decided)
	}
	if err != nil {
		q.entry.Problem = exchange.ProblemAnswer
	} else if r.status == 200 && failure == "" {
		q.answer, q.shared = c.s.Answers.Keep(q.key, c.in, now), true
		if !q.Scrape {
			c.s.Answers.Read(q.key, c.in, a)
		}
		return
	}
	if r.status < 500 && len(c.in) <= announce.MaxAnswerSize && c.s.joinDoubled.Load() {
		q.answer, q.shared = bytes.Clone(c.in), true
	}
}

func (c *conn) readScrape(q *question, body []byte) (failure string, err error) {
	a, err := httptracker.ParseScrapeResponse(body)
	if err != nil {
		return "", err
	}
	q.entry.Failure = a.Failure
	c.s.Accountant.Scraped(q.entry.Tracker, a.Files)
	if swarm, ok := a.Files[q.entry.InfoHash]; ok {
		q.entry.Swarm = swarm
	}
	return a.Failure, nil
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
	for len(c.in) <= announce.MaxAnswerSize {
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
	c.s.Health.MarkUp(q.Tracker.Line(), time.Now())
	c.s.Spool.Supersede(q.session, q.Announce.Event, q.decided)
	_ = c.write(c.in)
	q.entry.Took = time.Since(q.entry.At)
	q.head = c.in[:headLength(c.in)]
	q.answer, q.shared = bytes.Clone(c.in), true
	c.finish(q)
	return false
}
