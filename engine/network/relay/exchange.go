package relay

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
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// lateTime is how long after we answered in a tracker's place its own answer is still known: as long as what is kept is
// not delivered.
const lateTime = announce.ResendDelay

// inquiry is one request to a tracker on its way.
type inquiry struct {
	place
	request udptracker.Request
	standIn *standIn    // of a request under an id of ours
	own     bool        // the client knows nothing of it
	answer  chan []byte // one slot: the tracker's, which the client has

	datagram []byte // guarded by association.mu; as it leaves
	sent     bool   // guarded by association.mu
	reply    []byte // guarded by association.mu; what we answered in the tracker's place

	entry   exchange.Entry
	tracker bittorrent.TrackerURL
	session ledger.Key
	figure  report.Figure
	decided time.Time // when the figure was: figures of a session grow in this order, not in that of arrival
	key     announce.AnswerKey
}

// mayPass is whether datagrams that nobody reads may go to a port, as with streams. Trackers may be anywhere.
func mayPass(port uint16) bool { return port == 443 || port >= 1024 }

// dispatch lets a datagram go where it is to go. A request to a tracker is known by the number that stands in every
// connect, or by the id that came with the answer to one. An announce is known by its session too, 40 bytes of which the
// ledger has: its id may have come before this program was started.
func (a *association) dispatch(p place, payload []byte) {
	if p.problem == nil && !a.r.reachable(p.at) {
		return
	}
	r, ok := udptracker.ParseRequest(payload)
	if ok && r.Action == udptracker.Connect {
		a.ask(&inquiry{place: p, request: r, datagram: bytes.Clone(payload)}, a.connect)
		return
	}
	if ok {
		why, known := a.r.connections.find(connection{p.called.String(), r.Connection})
		if known || r.Action == udptracker.Announces && a.hasSession(p, &r.Announce) {
			r.Announce.Tail = bytes.Clone(r.Announce.Tail)
			work := a.announce
			switch {
			case why != nil && time.Now().After(why.until):
				work = a.expired
			case r.Action == udptracker.Scrapes:
				work = a.scrape
			}
			a.ask(&inquiry{place: p, request: r, standIn: why, datagram: bytes.Clone(payload)}, work)
			return
		}
	}
	if mayPass(p.called.Port) {
		a.forward(p.at, payload)
	}
}

// hasSession is whether the ledger knows who announces what to whom.
func (a *association) hasSession(p place, said *udptracker.Announce) bool {
	u, err := bittorrent.NewTrackerURL("udp", p.called.String(), pathOf(said))
	if err != nil {
		return false
	}
	_, known := a.r.Reported(ledger.Key{Tracker: u.ID(), InfoHash: said.InfoHash, PeerID: said.PeerID})
	return known
}

// pathOf is the path that the client called the tracker by, if it says so.
func pathOf(said *udptracker.Announce) string {
	path, _, _ := strings.Cut(udptracker.Path(said.Tail), "?")
	return path
}

// ask begins an inquiry. The same request again, under the same transaction, is sent again as it was.
func (a *association) ask(x *inquiry, work func(*inquiry)) {
	x.answer = make(chan []byte, 1)
	key := asked{x.at, x.request.Transaction}
	a.mu.Lock()
	if old, again := a.asked[key]; again {
		same := reflect.DeepEqual(old.request, x.request)
		if same && old.reply != nil {
			defer a.say(x.at, old.reply)
		} else if same && old.sent {
			defer a.forward(x.at, bytes.Clone(old.datagram))
		}
		if same || old.reply == nil { // else the client has done with the old one
			a.mu.Unlock()
			return
		}
	}
	if a.r.exchanges.Add(1) > maxExchanges {
		a.r.exchanges.Add(-1)
		a.mu.Unlock()
		return // lost, as datagrams may be
	}
	a.asked[key] = x
	a.mu.Unlock()
	done := func() {
		a.r.exchanges.Add(-1)
		a.forgetAsked(key, x)
	}
	if !a.begin(func() { defer done(); work(x) }) {
		done()
	}
}

func (a *association) forgetAsked(key asked, x *inquiry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked[key] == x {
		delete(a.asked, key)
	}
}

// hear takes a datagram of somebody the client wrote to. It is given on before anything is learnt from it, but for the
// id that the client is about to use.
func (a *association) hear(from netip.AddrPort, b []byte) {
	answer, ok := udptracker.ParseAnswer(b)
	if !ok {
		a.say(from, b)
		return
	}
	key := asked{from, answer.Transaction}
	a.mu.Lock()
	x := a.asked[key]
	ours := x != nil && (answer.Action == x.request.Action || answer.Action == udptracker.Failure)
	late := ours && x.reply != nil
	if ours && !late {
		delete(a.asked, key) // the client may use the transaction anew as soon as it has the answer
	}
	a.mu.Unlock()
	if !ours {
		a.say(from, b)
		return
	}
	if answer.Action == udptracker.Connect {
		a.r.connections.add(connection{x.called.String(), answer.Connection}, nil)
	}
	if !late && !x.own {
		a.say(from, b)
	}
	select {
	case x.answer <- bytes.Clone(b):
	default: // it was answered already
	}
}

// send lets the request go.
func (a *association) send(x *inquiry) {
	a.mu.Lock()
	x.sent = true
	datagram := bytes.Clone(x.datagram)
	a.mu.Unlock()
	a.forward(x.at, datagram)
}

// replyFor answers in the tracker's place.
func (a *association) replyFor(x *inquiry, reply []byte) {
	a.mu.Lock()
	x.reply = reply
	a.mu.Unlock()
	a.say(x.at, reply)
}

// await waits for the tracker's answer.
func (a *association) await(ctx context.Context, x *inquiry) ([]byte, error) {
	select {
	case b := <-x.answer:
		return b, nil
	case <-ctx.Done():
		select {
		case b := <-x.answer: // at this very moment
			return b, nil
		default:
		}
		return nil, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "read", Err: errSilent}
	}
}

// awaitLate waits for an answer that comes too late, as long as the client is there and it matters.
func (a *association) awaitLate(x *inquiry) (answer []byte) {
	timer := time.NewTimer(lateTime)
	defer timer.Stop()
	select {
	case answer = <-x.answer:
	case <-timer.C:
	case <-a.ended:
	case <-a.ctx.Done():
	}
	return answer
}

// begin sets what the window and the log will say of the exchange.
func (x *inquiry) begin(k exchange.Kind, path string) bool {
	now := time.Now()
	var err error
	if x.tracker, err = bittorrent.NewTrackerURL("udp", x.called.String(), path); err != nil {
		return false
	}
	x.entry = exchange.Entry{At: now, Kind: k, Tracker: x.tracker.Host(), Swarm: bittorrent.UnknownSwarm}
	return true
}

// answered notes that the tracker is there.
func (a *association) answered(x *inquiry) {
	if a.r.Health.MarkUp(x.tracker.Line(), time.Now()) {
		a.r.Spool.Wake()
	}
}
