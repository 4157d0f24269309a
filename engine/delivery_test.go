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
	type says struct {
		answer  string
		heard   bool
		failure string
		problem exchange.Problem
		least   time.Duration // until the next try
	}
	sideBySide(t, map[string]says{
		"a good answer":       {answer: good, heard: true},
		"a closed connection": {answer: closing, heard: true},
		"a failure reason":    {answer: enginetest.Answer(no), heard: true, failure: "unregistered"},
		"a failure with 403":  {answer: "HTTP/1.1 403 No\r\nContent-Length: 34\r\n\r\n" + no, heard: true, failure: "unregistered"},
		"a coding of its own": {answer: "HTTP/1.1 200 OK\r\nContent-Encoding: x-own\r\nContent-Length: 1\r\n\r\nx", heard: true},
		"a page":              {answer: enginetest.Answer(page), problem: exchange.ProblemAnswer, least: 29 * time.Second},
		"moved out of sight":  {answer: "HTTP/1.1 302 Found\r\nLocation: udp://secure.example:1/\r\nContent-Length: 0\r\n\r\n", problem: exchange.ProblemAnswer, least: 29 * time.Second},
		"too many requests": {
			answer: "HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 34\r\n\r\n" + no, problem: exchange.ProblemStatus, least: 599 * time.Second,
		},
		"a failure for now":  {answer: enginetest.Answer("d14:failure reason4:busy8:retry ini10ee"), failure: "busy", problem: exchange.ProblemAnswer, least: 599 * time.Second},
		"a failure for good": {answer: enginetest.Answer("d14:failure reason2:no8:retry in5:nevere"), failure: "no", heard: true},
		"a failure with 500": {answer: "HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no, heard: true, failure: "unregistered"},
		"an error":           {answer: "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nde", problem: exchange.ProblemStatus, least: 29 * time.Second},
		"a cut answer":       {answer: partial, problem: exchange.ProblemReset, least: 29 * time.Second},
		"nothing":            {answer: "", problem: exchange.ProblemReset, least: 29 * time.Second},
		"not HTTP":           {answer: "220 mail.example\r\n\r\n", problem: exchange.ProblemProtocol, heard: true},
		"without an end":     {answer: "HTTP/1.1 200 OK\r\n\r\n" + string(make([]byte, 2<<20)), problem: exchange.ProblemAnswer, least: 29 * time.Second},
	}, func(t *testing.T, c says) {
		d := newDrill(t)
		d.plays((*enginetest.Exchange).Reset)
		d.sends(d.announce(1, 0, "started"), 0)
		k := d.snapshot().Pending[0]
		d.plays(func(x *enginetest.Exchange) {
			x.Send(c.answer)
			x.Close()
		})
		d.e.Deliver(k.ID)
		d.said++
		s := d.snapshot()
		n, _ := d.e.Activity(1)
		if len(n) != 1 || n[0].Kind != exchange.KindRedelivered || n[0].Failure != c.failure || n[0].Problem != c.problem {
			t.Errorf("noted: %+v", n)
		}
		await(t, "the delivery is noted in the spool", func() bool {
			s = d.e.Snapshot()
			return len(s.Pending) == 0 || s.Pending[0].Tries == 1
		})
		if d.received() != "0started 0started " {
			t.Errorf("the tracker received %q", d.received())
		}
		if c.heard {
			if len(s.Pending) != 0 || s.Torrents[0].Failure != c.failure {
				t.Errorf("kept: %+v; failure %q", s.Pending, s.Torrents[0].Failure)
			}
			return
		}
		if len(s.Pending) != 1 || time.Until(s.Pending[0].NextTry) < c.least || s.Pending[0].Problem != c.problem {
			t.Fatalf("kept: %+v", s.Pending)
		}
		if failing := !s.Trackers[0].NextTry.IsZero(); failing {
			t.Errorf("the tracker is %+v", s.Trackers[0])
		}
	})
}

// TestPendingAnnouncesOfASessionShareTheirNextTry: the pending announces of a session share one next try.
func TestPendingAnnouncesOfASessionShareTheirNextTry(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays((*enginetest.Exchange).Reset)
	d.sends(d.announce(1, 0, "started"), 0)
	d.sends(d.announce(1, 1000, "completed"), 0)
	await(t, "both are pending", func() bool { return len(d.snapshot().Pending) == 2 })
	k := d.snapshot().Pending
	d.plays(func(x *enginetest.Exchange) {
		x.Send(enginetest.Answer(page))
		x.Close()
	})
	d.e.Deliver(k[0].ID)
	await(t, "it was tried", func() bool { return d.snapshot().Pending[0].Tries == 1 })
	if k = d.snapshot().Pending; len(k) != 2 || time.Until(k[0].NextTry) < 29*time.Second || k[1].NextTry.Before(k[0].NextTry) {
		t.Errorf("pending: %+v", k)
	}
}
