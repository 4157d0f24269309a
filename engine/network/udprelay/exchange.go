package udprelay

import (
	"bytes"
	"context"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// request is one request to a tracker. For an announce or a scrape it is the desk's Way.
type request struct {
	place
	a           *association
	request     udptracker.Request
	placeholder *placeholder // nil if the id is the tracker's own
	own         bool         // the client did not send it
	answer      chan []byte  // one slot: the tracker's answer, which the client already has

	datagram []byte // guarded by association.mu; as it is sent
	sent     bool   // guarded by association.mu
	reply    []byte // guarded by association.mu; our answer in place of the tracker's
	rests    bool   // guarded by association.mu; it continues after work has returned

	order announce.Order
}

// dispatch handles a client's datagram. A request to a tracker is recognised by the number that is in every connect, or
// by an id that a tracker gave. Under an id of another tracker it is sent like one under a placeholder. An announce is
// also recognised by its session if the ledger has it, 40 bytes: its id may be older than this run. Requests to trackers
// may go to any port, other datagrams where streams may.
func (a *association) dispatch(p place, payload []byte) {
	if p.problem == nil && !a.reachable(p.at) {
		return
	}
	r, ok := udptracker.ParseRequest(payload)
	if ok && r.Action == udptracker.Connect {
		a.ask(&request{a: a, place: p, request: r, datagram: bytes.Clone(payload)}, a.connect)
		return
	}
	if ok {
		why, known := a.r.ids.find(id{p.called.String(), r.Connection})
		if !known && a.r.ids.has(r.Connection) {
			// It is another tracker's: libtorrent keeps a single id for all trackers whose names the proxy resolves.
			why, known = &placeholder{p.problem, time.Now().Add(placeholderTime)}, true
		}
		if known || r.Action == udptracker.Announces && a.hasSession(p, &r.Announce) {
			r.Announce.Tail = bytes.Clone(r.Announce.Tail)
			x := &request{a: a, place: p, request: r, placeholder: why, datagram: bytes.Clone(payload)}
			switch {
			case why != nil && time.Now().After(why.until):
				a.ask(x, a.expired)
			case x.describe():
				a.ask(x, a.serve)
			}
			return
		}
	}
	if upstream.MayPass(p.called.Port) {
		a.forward(p.client, p.at, payload)
	}
}

// hasSession reports whether the ledger has the session of an announce.
func (a *association) hasSession(p place, announce *udptracker.Announce) bool {
	u, err := bittorrent.NewTrackerURL("udp", p.called.String(), pathOf(announce))
	if err != nil {
		return false
	}
	_, known := a.r.Reported(ledger.Key{Tracker: u.ID(), InfoHash: announce.InfoHash, PeerID: announce.PeerID})
	return known
}

// pathOf returns the path of the tracker's address, if the announce holds it (BEP 41).
func pathOf(announce *udptracker.Announce) string {
	path, _, _ := strings.Cut(udptracker.Path(announce.Tail), "?")
	return path
}

// ask begins a request. If the client repeats a request under the same transaction, it gets the same reply, or the same
// datagram is sent again.
func (a *association) ask(x *request, work func(*request)) {
	x.answer = make(chan []byte, 1)
	key := asked{x.at, x.request.Transaction}
	a.mu.Lock()
	if old, again := a.asked[key]; again {
		same := reflect.DeepEqual(old.request, x.request)
		if same && old.reply != nil {
			defer a.say(x.client, x.at, old.reply)
		} else if same && old.sent {
			defer a.forward(x.client, x.at, bytes.Clone(old.datagram))
		}
		if same || old.reply == nil { // otherwise the client has finished with the old one
			a.mu.Unlock()
			return
		}
	}
	if a.r.exchanges.Add(1) > maxExchanges {
		a.r.exchanges.Add(-1)
		a.mu.Unlock()
		return // dropped, as datagrams may be
	}
	a.asked[key] = x
	a.mu.Unlock()
	if x.order.Tracker.Host() != "" {
		a.r.Desk.Arrive(&x.order) // here, because the goroutines of two announces may begin in either order
	}
	done := func() {
		a.r.exchanges.Add(-1)
		a.forgetAsked(x)
	}
	if !a.begin(func() { defer done(); work(x) }) {
		a.r.Desk.Withdraw(&x.order)
		done()
	}
}

// forgetAsked ends a request, unless it continues without the client.
func (a *association) forgetAsked(x *request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key := (asked{x.at, x.request.Transaction}); a.asked[key] == x && !x.rests {
		delete(a.asked, key)
	}
}

// receive passes on a datagram from a host that the client wrote to, and then learns from it. client is its socket that
// was the last to do so. Only an id is stored first, because the client is about to use it.
func (a *association) receive(client, from netip.AddrPort, b []byte) {
	answer, ok := udptracker.ParseAnswer(b)
	if !ok {
		a.say(client, from, b)
		return
	}
	key := asked{from, answer.Transaction}
	a.mu.Lock()
	x := a.asked[key]
	ours := x != nil && (answer.Action == x.request.Action || answer.Action == udptracker.Failure)
	late := ours && x.reply != nil
	if ours && !late {
		delete(a.asked, key) // once the client has the answer, it may use the transaction again
	}
	a.mu.Unlock()
	if !ours {
		a.say(client, from, b)
		return
	}
	if answer.Action == udptracker.Connect {
		a.r.ids.add(id{x.called.String(), answer.Connection}, nil)
	}
	if !late && !x.own {
		a.say(x.client, from, b)
	}
	select {
	case x.answer <- bytes.Clone(b):
	default: // it has been answered already
	}
}

// send sends the request to the tracker.
func (a *association) send(x *request) {
	a.mu.Lock()
	x.sent = true
	datagram := bytes.Clone(x.datagram)
	a.mu.Unlock()
	a.forward(x.client, x.at, datagram)
}

// requestAgain is how long a request may stay unanswered before it is sent again; the pause doubles. Datagrams get lost,
// and libtorrent, which sends each request only once, gives up after 10 s. Its next announce would then wait for this one.
const requestAgain = 4 * time.Second

// sendUntilAnswered sends the request to the tracker, repeats it, and waits for the answer. A datagram that arrives twice
// has the same effect as one that arrives once.
func (a *association) sendUntilAnswered(ctx context.Context, x *request) ([]byte, error) {
	for again := requestAgain; ; again *= 2 {
		try, end := context.WithTimeout(ctx, again)
		a.send(x)
		b, err := a.await(try, x)
		end()
		if err == nil || ctx.Err() != nil {
			return b, err
		}
	}
}

// replyFor answers in place of the tracker.
func (a *association) replyFor(x *request, reply []byte) {
	a.mu.Lock()
	x.reply = reply
	a.mu.Unlock()
	a.say(x.client, x.at, reply)
}

// await waits for the tracker's answer.
func (a *association) await(ctx context.Context, x *request) ([]byte, error) {
	select {
	case b := <-x.answer:
		return b, nil
	case <-ctx.Done():
		select {
		case b := <-x.answer: // it came at this very moment
			return b, nil
		default:
		}
		return nil, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "read", Err: errSilent}
	}
}
