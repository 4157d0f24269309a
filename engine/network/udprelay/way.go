package udprelay

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// describe fills in the desk's order for an announce or a scrape; it returns false if the tracker's address is invalid.
func (x *request) describe() bool {
	path := ""
	if x.request.Action == udptracker.Announces {
		path = pathOf(&x.request.Announce)
	}
	u, err := bittorrent.NewTrackerURL("udp", x.called.String(), path)
	if err != nil {
		return false
	}
	o := &x.order
	o.Tracker, o.Ledger = u, u
	o.Entry = exchange.Entry{At: time.Now(), Tracker: u.Host(), Swarm: bittorrent.UnknownSwarm}
	if x.request.Action == udptracker.Scrapes {
		o.Entry.Kind = exchange.KindScrape
		o.Cache = announce.AnswerKey{Tracker: u.ID(), Scrape: true}
		if hashes := x.request.Hashes; len(hashes) == 1 {
			o.Entry.InfoHash = hashes[0]
		}
		return true
	}
	sent := &x.request.Announce
	o.Announce, o.Fence.Remote = sent.Announce, x.a.remote
	o.Session = ledger.Key{Tracker: u.ID(), InfoHash: sent.InfoHash, PeerID: sent.PeerID}
	o.Cache = x.cacheKey(u, path)
	var h announce.Hash
	h.Add(o.Cache.Tracker[:])
	h.Add(x.datagram[min(16, len(x.datagram)):]) // after connection id, action and transaction
	o.Identity = h.Sum()
	o.Entry.InfoHash, o.Entry.Event, o.Entry.Seen = sent.InfoHash, sent.Event, sent.Counters.Uploaded
	o.Entry.Client = clients.NameOf(sent.PeerID)
	return true
}

// cacheKey returns the key for an answer, with the address family of the exchange, since the peers in the answer are of
// that family.
func (x *request) cacheKey(u bittorrent.TrackerURL, path string) announce.AnswerKey {
	family := "udp4"
	if x.at.Addr().Is6() {
		family = "udp6"
	}
	if of, err := bittorrent.NewTrackerURL(family, x.called.String(), path); err == nil {
		u = of
	}
	return announce.AnswerKey{Tracker: u.ID(), InfoHash: x.request.Announce.InfoHash}
}

// serve gives the order to the desk.
func (a *association) serve(x *request) { a.r.Desk.Serve(a.ctx, &x.order, x) }

// Report writes the order's total into the datagram.
func (x *request) Report(o *announce.Order) {
	if o.Scrape() {
		return
	}
	x.a.mu.Lock()
	defer x.a.mu.Unlock()
	udptracker.PutUploaded(x.datagram, o.Total.Reported)
}

// Pending returns the datagram without connection id and transaction: it will be sent under others.
func (x *request) Pending(*announce.Order) []byte {
	x.a.mu.Lock()
	request := bytes.Clone(x.datagram)
	x.a.mu.Unlock()
	udptracker.PutConnection(request, 0, 0)
	return request
}

// Send sends the datagram and waits for the tracker's answer. The association's reader has then given it to the client.
func (x *request) Send(ctx context.Context, o *announce.Order) (announce.Answer, error) {
	ctx, cancel := context.WithDeadline(ctx, o.Until)
	defer cancel()
	if x.placeholder != nil {
		refusal, err := x.a.connectFor(ctx, x)
		if err != nil {
			return announce.Answer{}, err
		}
		if refusal != nil { // the tracker has not processed the announce, but the client gets its answer
			x.a.replyFor(x, udptracker.AppendFailure(nil, x.request.Transaction, refusal.Reason))
			a := announce.Answer{Took: time.Since(o.Entry.At), Problem: exchange.ProblemAnswer, Pends: true}
			a.Swarm, a.Failure = bittorrent.UnknownSwarm, refusal.Reason
			return a, nil
		}
	}
	o.Sent = true
	b, err := x.a.sendUntilAnswered(ctx, x)
	if err != nil {
		f := &announce.Fault{Problem: exchange.ProblemTimeout, Err: err}
		if x.a.serving.Err() == nil && !o.Scrape() {
			x.a.mu.Lock()
			x.rests = true
			x.a.resting++
			x.a.mu.Unlock()
			f.Rest = x
		}
		return announce.Answer{}, f
	}
	return x.read(o, b), nil
}

// read reads an answer.
func (x *request) read(o *announce.Order, b []byte) announce.Answer {
	in, _ := udptracker.ParseAnswer(b)
	a := announce.Answer{Raw: b, Took: time.Since(o.Entry.At), Good: in.Action == udptracker.Announces}
	a.Interval, a.Swarm, a.Failure = in.Interval, in.Swarm, in.Reason
	// A tracker that refuses only the connection id, as after its restart, has not processed the announce: the client
	// gets another id, and announces again.
	a.Delivered = in.Action != udptracker.Failure || !strings.Contains(strings.ToLower(in.Reason), "connection")
	if o.Scrape() {
		a.Swarm, a.Files = bittorrent.UnknownSwarm, map[bittorrent.InfoHash]bittorrent.Swarm{}
		for i, h := range x.request.Hashes[:min(len(x.request.Hashes), len(in.Swarms))] {
			a.Files[h] = in.Swarms[i]
		}
	}
	return a
}

// Await waits for an answer that arrives after the client got another in its place, or has gone.
func (x *request) Await(ctx context.Context) (announce.Answer, error) {
	b, err := x.a.await(ctx, x)
	x.a.mu.Lock()
	x.rests = false
	if x.a.resting--; x.a.resting == 0 && x.a.rested != nil {
		close(x.a.rested)
	}
	x.a.mu.Unlock()
	x.a.forgetAsked(x)
	if err != nil {
		return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemTimeout, Err: errSilent}
	}
	return x.read(&x.order, b), nil
}

// awaitLate waits for an answer that arrives after the client got another in its place, until the client goes.
func (x *request) awaitLate(ctx context.Context) (answer []byte) {
	select {
	case answer = <-x.answer:
	case <-x.a.ended:
	case <-x.a.ctx.Done():
	case <-ctx.Done():
	}
	return answer
}

// CanReplay reports whether raw is an answer to an announce.
func (x *request) CanReplay(raw []byte) bool {
	a, ok := udptracker.ParseAnswer(raw)
	return ok && (a.Action == udptracker.Announces || a.Action == udptracker.Failure)
}

// Replay sends the client a datagram under the client's own transaction.
func (x *request) Replay(raw []byte) {
	reply := bytes.Clone(raw)
	udptracker.PutTransaction(reply, x.request.Transaction)
	x.a.replyFor(x, reply)
}

// Defer returns the datagram with another interval (BEP 15: the four bytes after the transaction).
func (x *request) Defer(raw []byte, after time.Duration) []byte {
	if len(raw) < 12 {
		return raw
	}
	reply := bytes.Clone(raw)
	binary.BigEndian.PutUint32(reply[8:12], uint32(after/time.Second))
	return reply
}

// Fail sends the client an error message.
func (x *request) Fail(p exchange.Problem) []byte {
	reply := udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: "+announce.Words(p))
	x.a.replyFor(x, reply)
	return reply
}

// Gone reports whether the client has ended the association.
func (x *request) Gone() bool {
	select {
	case <-x.a.ended:
		return true
	default:
		return false
	}
}

// Finish does nothing: a datagram has no head to show.
func (x *request) Finish(*exchange.Entry) {}
