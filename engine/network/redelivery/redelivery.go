// Package redelivery sends pending announces to their trackers: it is the way (see package announce) for announces for
// which no client waits any more. The Deliverer of package announce decides which of them to send when.
package redelivery

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
	"bittoratio/engine/wire/udptracker"
)

// Sender sends pending announces.
type Sender struct {
	Dialer  *upstream.Dialer
	Answers *announce.Answers
	Health  *announce.Health

	// Reported returns the ledger's total for a session; false if it is unknown.
	Reported func(ledger.Key) (uint64, bool)

	// Led is called with the address of a redirect before the announce goes there; moved is true if the redirect is
	// permanent. It returns the least total to report there.
	Led func(k announce.Pending, to bittorrent.TrackerURL, moved bool) uint64

	// Note is called after every delivery, successful or not.
	Note func(k announce.Pending, e exchange.Entry)
}

// Send delivers one announce. One without an event reports the ledger's current total. An event reports the total of
// its own time, because the announces after it report the rest.
func (p *Sender) Send(ctx context.Context, k announce.Pending) announce.Result {
	e := exchange.Entry{
		At: time.Now(), Kind: exchange.KindRedelivered, Outcome: exchange.OutcomeFailed, Tracker: k.Host, InfoHash: k.Key.InfoHash,
		Client: clients.NameOf(k.Key.PeerID), Event: k.Event, Reported: k.Reported, Swarm: bittorrent.UnknownSwarm,
	}
	if k.Plain() {
		if now, ok := p.Reported(k.Key); ok {
			e.Reported = max(now, k.Reported)
		}
	}
	if k.Scheme == "udp" {
		return p.sendUDP(ctx, k, e)
	}
	request, err := Rewrite(k.Request, e.Reported)
	if err != nil { // an earlier version wrote it, or it is damaged: it can never be sent
		e.Problem, e.Detail = exchange.ProblemSyntax, err.Error()
		p.Note(k, e)
		return announce.Result{Delivered: true}
	}
	answer, err := p.exchange(ctx, k, e.Reported, request)
	e.Took = time.Since(e.At)
	d := p.judge(k, answer, err, &e)
	p.Note(k, e)
	return d
}

// sendUDP is Send for a udp tracker, with a connection id of this program's own.
func (p *Sender) sendUDP(ctx context.Context, k announce.Pending, e exchange.Entry) announce.Result {
	defer func() { p.Note(k, e) }()
	request := bytes.Clone(k.Request)
	if r, ok := udptracker.ParseRequest(request); !ok || r.Action != udptracker.Announces {
		e.Problem, e.Detail = exchange.ProblemSyntax, errNotAnnounce.Error()
		return announce.Result{Delivered: true}
	}
	udptracker.PutUploaded(request, e.Reported)
	answer, err := p.dialer(k).ExchangeUDP(ctx, k.Address, request, upstream.Dialling{})
	e.Took = time.Since(e.At)
	if err != nil {
		f := upstream.Classify("", err)
		e.Problem, e.Detail = f.Problem, f.Error()
		return announce.Result{Problem: f.Problem, MayHaveArrived: f.Op != "dial"}
	}
	if answer.NotSent {
		e.Problem, e.Failure = exchange.ProblemAnswer, answer.Reason
		return announce.Result{Problem: e.Problem, Reached: true}
	}
	e.Outcome, e.Interval, e.Swarm, e.Failure = exchange.OutcomeForwarded, answer.Interval, answer.Swarm, answer.Reason
	return announce.Result{Delivered: true, Earliest: announce.Earliest(e.Interval, 0)}
}

// dialer returns a dialler that reaches only what the client could reach.
func (p *Sender) dialer(k announce.Pending) *upstream.Dialer {
	return p.Dialer.For(upstream.Target{Remote: k.Remote, PublicOnly: k.PublicOnly})
}

// maxRedirects is how many redirects of one pending announce are followed.
const maxRedirects = 5

// exchange sends the request and follows redirects as the client would, but only to http and https, and never from a
// public address to a local one, which a stranger's tracker must not reach.
func (p *Sender) exchange(ctx context.Context, k announce.Pending, total uint64, request []byte) (*upstream.Answer, error) {
	dialer := p.dialer(k)
	var head httphead.Request
	if err := head.Parse(request); err != nil {
		return nil, err
	}
	path, _ := head.Origin()
	at, err := bittorrent.NewTrackerURL(cmp.Or(k.Scheme, "http"), k.Address, string(path.Of(request)))
	if err != nil {
		return nil, err
	}
	lasting := true
	for range maxRedirects {
		var answer *upstream.Answer
		if answer, err = dialer.Exchange(ctx, upstream.TargetOf(at), request); err != nil {
			return nil, err
		}
		location, moves := answer.Head.Redirect()
		to, target, ok := at.Redirected(string(location))
		if !moves || !ok || at.Exposes(to) || upstream.ClosedPort(to.Port()) {
			return answer, nil
		}
		if !upstream.Private(answer.From) {
			dialer = dialer.PublicOnly()
		}
		lasting = lasting && (answer.Head.Status == 301 || answer.Head.Status == 308)
		if request, err = httphead.Readdress(request, target, to.Authority(), to.Address() != at.Address()); err != nil {
			return nil, err
		}
		// The address of a redirect may not be an announce; then the request is sent there as it is.
		if rewritten, err := Rewrite(request, max(total, p.Led(k, to, lasting))); err == nil {
			request = rewritten
		}
		at = to
	}
	return dialer.Exchange(ctx, upstream.TargetOf(at), request)
}

// judge evaluates an answer. Any bencoded dictionary means that the tracker has received the announce, even one with a
// failure reason. Only a refusal with a time to retry (BEP 31) leaves the announce pending, because no client will send
// it again.
func (p *Sender) judge(k announce.Pending, answer *upstream.Answer, err error, e *exchange.Entry) announce.Result {
	if err != nil {
		f := upstream.Classify("", err)
		e.Problem, e.Detail = f.Problem, f.Error()
		if f.Problem == exchange.ProblemProtocol { // the tracker has read the request; its answer is malformed
			e.Outcome = exchange.OutcomeForwarded
			return announce.Result{Delivered: true}
		}
		if f.Problem == exchange.ProblemAnswer {
			return announce.Result{Problem: f.Problem, Reached: true, Page: true}
		}
		return announce.Result{Problem: f.Problem, MayHaveArrived: f.Op != "dial"}
	}
	now := time.Now()
	e.Status = answer.Head.Status
	if v, ok := answer.Head.Get("retry-after"); ok {
		if d, ok := announce.ParseRetryAfter(string(v), now); ok {
			p.Health.Hold(k.HealthKey(), now.Add(d))
		}
	}
	if e.Status == 429 { // too many requests: that does not concern the announce, whatever the body contains
		e.Problem = exchange.ProblemStatus
		return announce.Result{Problem: exchange.ProblemStatus, Reached: true}
	}
	body, err := httptracker.PlainBody(&answer.Head, answer.Body, upstream.MaxAnswer)
	if errors.Is(err, httptracker.ErrEncoding) && e.Status == 200 {
		e.Outcome = exchange.OutcomeForwarded
		return announce.Result{Delivered: true}
	}
	var r bittorrent.AnnounceResponse
	if err == nil {
		r, err = httptracker.ParseAnnounceResponse(body)
	}
	if e.Status >= 500 && (err != nil || r.Failure == "") { // a failure reason is the tracker's own answer even so
		e.Problem = exchange.ProblemStatus
		return announce.Result{Problem: exchange.ProblemStatus, Reached: true}
	}
	if r.RetryIn > 0 {
		e.Problem, e.Failure = exchange.ProblemAnswer, r.Failure
		return announce.Result{Problem: exchange.ProblemAnswer, Reached: true, RetryIn: r.RetryIn}
	}
	if err != nil && !httptracker.HoldsDictionary(body) && (k.Event != bittorrent.EventStopped || len(body) > 0 || e.Status >= 300) {
		e.Problem = exchange.ProblemAnswer
		return announce.Result{Problem: exchange.ProblemAnswer, Reached: true, Page: true}
	}
	e.Outcome, e.Interval, e.MinInterval, e.Swarm = exchange.OutcomeForwarded, r.Interval, r.MinInterval, r.Swarm
	e.Failure, e.Warning = r.Failure, r.Warning
	if httptracker.IsGood(e.Status, r, err) && k.Event != bittorrent.EventStopped {
		p.Answers.Keep(announce.AnswerKey{Tracker: k.Key.Tracker, InfoHash: k.Key.InfoHash}, answer.Raw, now)
	}
	return announce.Result{Delivered: true, Earliest: announce.Earliest(e.Interval, e.MinInterval)}
}

var errNotAnnounce = errors.New("the pending announce cannot be read")

// Rewrite returns a pending request with another total.
func Rewrite(request []byte, total uint64) ([]byte, error) {
	var head httphead.Request
	if err := head.Parse(request); err != nil {
		return nil, err
	}
	path, query := head.Origin()
	r, ok := httptracker.Parse(request, "http", "kept", path, query)
	if !ok || r.Scrape {
		return nil, errNotAnnounce
	}
	e, ok := r.Report(total)
	if !ok {
		return request, nil
	}
	return httphead.Apply(nil, request, e), nil
}
