package engine_test

import (
	"testing"
	"time"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestTheAnswerDecidesWhetherAnAnnounceStaysPending: a tracker that has answered has received the announce, even if it
// refuses; otherwise the announce stays pending.
func TestTheAnswerDecidesWhetherAnAnnounceStaysPending(t *testing.T) {
	enginetest.CheckGoroutines(t)
	type deliveryAnswer struct {
		answer    string
		delivered bool
		failure   string
		problem   exchange.Problem
		least     time.Duration // until the next try
	}
	sideBySide(t, map[string]deliveryAnswer{
		"a good answer":                      {answer: good, delivered: true},
		"a closed connection":                {answer: closing, delivered: true},
		"a failure reason":                   {answer: enginetest.Answer(no), delivered: true, failure: "unregistered"},
		"a failure with 403":                 {answer: "HTTP/1.1 403 No\r\nContent-Length: 34\r\n\r\n" + no, delivered: true, failure: "unregistered"},
		"an unknown coding":                  {answer: "HTTP/1.1 200 OK\r\nContent-Encoding: x-own\r\nContent-Length: 1\r\n\r\nx", delivered: true},
		"a web page":                         {answer: enginetest.Answer(page), problem: exchange.ProblemAnswer, least: 29 * time.Second},
		"a redirect that cannot be followed": {answer: "HTTP/1.1 302 Found\r\nLocation: udp://secure.example:1/\r\nContent-Length: 0\r\n\r\n", problem: exchange.ProblemAnswer, least: 29 * time.Second},
		"too many requests": {
			answer: "HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 34\r\n\r\n" + no, problem: exchange.ProblemStatus, least: 599 * time.Second,
		},
		"a temporary failure": {answer: enginetest.Answer("d14:failure reason4:busy8:retry ini10ee"), failure: "busy", problem: exchange.ProblemAnswer, least: 599 * time.Second},
		"a permanent failure": {answer: enginetest.Answer("d14:failure reason2:no8:retry in5:nevere"), failure: "no", delivered: true},
		"a failure with 500":  {answer: "HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no, delivered: true, failure: "unregistered"},
		"an error 500":        {answer: "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nde", problem: exchange.ProblemStatus, least: 29 * time.Second},
		"a cut answer":        {answer: partial, problem: exchange.ProblemReset, least: 29 * time.Second},
		"no answer":           {answer: "", problem: exchange.ProblemReset, least: 29 * time.Second},
		"not HTTP":            {answer: "220 mail.example\r\n\r\n", problem: exchange.ProblemProtocol, delivered: true},
		"an endless answer":   {answer: "HTTP/1.1 200 OK\r\n\r\n" + string(make([]byte, 2<<20)), problem: exchange.ProblemAnswer, least: 29 * time.Second},
	}, func(t *testing.T, c deliveryAnswer) {
		d := newOutage(t)
		d.setFault((*enginetest.Exchange).Reset)
		d.send(d.announce(1, 0, "started"), 0)
		k := d.snapshot().Pending[0]
		d.setFault(func(x *enginetest.Exchange) {
			x.Send(c.answer)
			x.Close()
		})
		d.e.Deliver(k.ID)
		d.recorded++
		s := d.snapshot()
		n, _ := d.e.Activity(1)
		if len(n) != 1 || n[0].Kind != exchange.KindRedelivered || n[0].Failure != c.failure || n[0].Problem != c.problem {
			t.Errorf("recorded: %+v, want one redelivery with failure %q and problem %d", n, c.failure, c.problem)
		}
		await(t, "the spool has the delivery", func() bool {
			s = d.e.Snapshot()
			return len(s.Pending) == 0 || s.Pending[0].Tries == 1
		})
		if d.received() != "0started 0started " {
			t.Errorf("the tracker received %q, want %q", d.received(), "0started 0started ")
		}
		if c.delivered {
			if len(s.Pending) != 0 || s.Torrents[0].Failure != c.failure {
				t.Errorf("pending: %+v, want nothing; failure %q, want %q", s.Pending, s.Torrents[0].Failure, c.failure)
			}
			return
		}
		if len(s.Pending) != 1 || time.Until(s.Pending[0].NextTry) < c.least || s.Pending[0].Problem != c.problem {
			t.Fatalf("pending: %+v, want one with problem %d, and no try for %v", s.Pending, c.problem, c.least)
		}
		if failing := !s.Trackers[0].NextTry.IsZero(); failing {
			t.Errorf("the tracker counts as failing: %+v", s.Trackers[0])
		}
	})
}

// TestPendingAnnouncesOfASessionShareTheirNextTry: the pending announces of a session share one next try.
func TestPendingAnnouncesOfASessionShareTheirNextTry(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault((*enginetest.Exchange).Reset)
	d.send(d.announce(1, 0, "started"), 0)
	d.send(d.announce(1, 1000, "completed"), 0)
	await(t, "both are pending", func() bool { return len(d.snapshot().Pending) == 2 })
	k := d.snapshot().Pending
	d.setFault(func(x *enginetest.Exchange) {
		x.Send(enginetest.Answer(page))
		x.Close()
	})
	d.e.Deliver(k[0].ID)
	await(t, "it was tried", func() bool { return d.snapshot().Pending[0].Tries == 1 })
	if k = d.snapshot().Pending; len(k) != 2 || time.Until(k[0].NextTry) < 29*time.Second || k[1].NextTry.Before(k[0].NextTry) {
		t.Errorf("pending: %+v, want two, the second not before the first", k)
	}
}
