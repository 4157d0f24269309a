package httpway

import (
	"bytes"
	"errors"
	"io"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// read reads the whole answer in Stream.in, which the client already has.
func (q *carriage) read(o *announce.Order, r relayed) announce.Answer {
	if cached, known, ok := q.s.Desk.Answers.Again(o.Cache, q.in, time.Now()); ok && !q.Scrape {
		return announce.Answer{AnnounceResponse: known, Status: r.status, Raw: cached, Known: true, Good: true, Delivered: true}
	}
	if err := q.resp.Parse(q.in[:r.head]); err != nil {
		return announce.Answer{Status: r.status, Problem: exchange.ProblemAnswer}
	}
	a := readAnswer(&q.resp, q.in, q.in[r.head:], o)
	if !a.Good && a.Raw != nil { // it is in a buffer that is reused
		a.Raw = nil
		if r.status < 500 && len(q.in) <= announce.MaxAnswerSize && o.Shared() {
			a.Raw = bytes.Clone(q.in)
		}
	}
	return a
}

// readAnswer reads a whole answer: raw is head and body, as on the wire.
func readAnswer(resp *httphead.Response, raw, wire []byte, o *announce.Order) announce.Answer {
	a := announce.Answer{Status: resp.Status, Raw: raw}
	a.Swarm = bittorrent.UnknownSwarm
	body, err := httptracker.PlainBody(resp, wire, upstream.MaxAnswer)
	switch {
	case err != nil:
	case o.Scrape():
		var s bittorrent.ScrapeResponse
		if s, err = httptracker.ParseScrapeResponse(body); err == nil {
			a.Failure, a.Files = s.Failure, s.Files
		}
	default:
		var r bittorrent.AnnounceResponse
		if r, err = httptracker.ParseAnnounceResponse(body); err == nil {
			a.AnnounceResponse = r
		}
	}
	switch {
	case a.Failure != "":
		a.Delivered = true
	case a.Status >= 500:
	case err == nil, a.Status == 200 && errors.Is(err, httptracker.ErrEncoding), httptracker.HoldsDictionary(body):
		a.Delivered = true
	case a.Status < 300 && len(body) == 0: // many trackers answer `stopped` with an empty body
		a.Delivered = o.Announce.Event == bittorrent.EventStopped
	}
	a.Good = err == nil && a.Status == 200 && a.Failure == ""
	if err != nil {
		a.Problem = exchange.ProblemAnswer
	}
	return a
}

// refusal reads an error answer, whose head was just read. If its body is a bencoded failure reason, that is the
// tracker's own refusal, which the client gets: it is never hidden. Both connections end with it.
func (q *carriage) refusal(o *announce.Order) (a announce.Answer, ok bool) {
	framing, err := q.resp.Framing("GET")
	if q.Scrape || err != nil {
		return a, false
	}
	q.in = append(q.in[:0], q.resp.Raw...)
	head := len(q.in)
	body := q.up.src.Body(framing) // within the client's patience: the connection has that deadline
	for len(q.in) <= announce.MaxAnswerSize {
		piece, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return a, false
		}
		q.in = append(q.in, piece...)
	}
	if !body.Done() || q.resp.Parse(q.in[:head]) != nil {
		return a, false
	}
	if a = readAnswer(&q.resp, q.in, q.in[head:], o); a.Failure == "" {
		return a, false
	}
	q.dropUpstream()
	_ = q.client.Write(q.in)
	a.Took, a.Problem = time.Since(o.Entry.At), exchange.ProblemNone
	q.head, a.Raw = q.in[:head], bytes.Clone(q.in)
	return a, true
}
