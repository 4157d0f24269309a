package httpway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/bencode"
	"bittoratio/engine/wire/udptracker"
)

// datagramWay is a carriage for a udp tracker.
type datagramWay struct{ *carriage }

// datagram returns a client's request over HTTP as a datagram for a udp tracker (BEP 15), with the reported total, and
// with the part of the tracker's address after its port (BEP 41).
func (q datagramWay) datagram() []byte {
	if q.Scrape {
		return udptracker.AppendScrape(nil, 0, 0, q.Hashes)
	}
	query := string(q.Query.Of(q.req.Raw))
	asked := parameters(query)
	a := udptracker.Announce{Announce: q.order.Announce, Key: keyOf(asked.Get("key")), NumWant: int32(number(asked.Get("numwant"), -1, 1<<31-1))}
	a.Port = uint16(number(asked.Get("port"), 0, 65535))
	a.Counters.Uploaded = q.order.Total.Reported
	a.Counters.Left = uint64(number(asked.Get("left"), 1<<63-1, 1<<63-1))    // a missing left must not become 0: that is a seeder
	if ip, err := netip.ParseAddr(asked.Get("ip")); err == nil && ip.Is4() { // the address at which the client wants to be reached
		a.IP = ip.As4()
	}
	if q.Tracker.HasPath() {
		path, _ := q.req.Origin()
		tail := string(path.Of(q.req.Raw))
		if own := ownQuery(query); own != "" {
			tail += "?" + own
		}
		a.Tail = udptracker.AppendPath(nil, tail)
	}
	return udptracker.AppendAnnounce(nil, 0, 0, &a)
}

// added are the parameters with which a client's own part of the query may begin; clients differ in which one comes
// first.
var added = []string{"info_hash", "peer_id", "port", "uploaded", "downloaded", "left", "event", "compact", "numwant"}

// ownQuery returns the query of the tracker's own address: the part before the parameters that the client adds.
func ownQuery(query string) string {
	end := 0
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); slices.Contains(added, name) {
			break
		}
		end = min(end+len(pair)+1, len(query))
	}
	return strings.Trim(query[:end], "&")
}

// parameters returns the valid parameters of a query.
func parameters(query string) url.Values {
	v, err := url.ParseQuery(query)
	if err != nil {
		return v // the parameters that could be read
	}
	return v
}

// number returns a decimal from 0 to most, or otherwise if s is missing or invalid.
func number(s string, otherwise, most int64) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > most {
		return otherwise
	}
	return n
}

// keyOf returns the number of a key: most clients write eight hex digits over HTTP.
func keyOf(s string) uint32 {
	if n, err := strconv.ParseUint(s, 16, 32); err == nil || s == "" {
		return uint32(n)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// sendDatagram exchanges the request with a udp tracker and makes its answer one over HTTP. The exchange has a goroutine
// of its own, since it may outlast the client's patience.
func (q datagramWay) sendDatagram(ctx context.Context, o *announce.Order) (announce.Answer, error) {
	r := &datagramRest{done: make(chan struct{})}
	exchanging, cut := context.WithCancel(context.WithoutCancel(ctx))
	r.cut = cut
	request, dialer, address, limit := bytes.Clone(q.out), q.s.dialer.For(q.target), q.Tracker.Address(), max(1, time.Until(o.Until))
	go func() {
		defer close(r.done)
		r.answer, r.err = dialer.ExchangeUDP(exchanging, address, request, upstream.Dialling{Limit: limit, Leaves: func() { r.left.Store(true) }})
	}()
	patience, cancel := context.WithDeadline(ctx, o.Until)
	defer cancel()
	select {
	case <-r.done:
	case <-patience.Done():
		o.Sent = r.left.Load()
		if ctx.Err() == nil && !q.Scrape && o.Sent {
			return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemTimeout, Err: errSilent, Rest: r}
		}
		cut()
		<-r.done
	}
	cut()
	if r.err != nil {
		f := upstream.Classify("", r.err)
		o.Sent = o.Sent || f.Op != "dial"
		fault := &announce.Fault{Problem: f.Problem, Err: f, Dialled: f.Op == "dial"}
		if f.Problem.Forbidden() {
			q.refuse(403, upstream.WhyClosed(r.err), f.Problem)
			fault.Lasting, fault.Counted, fault.Answered = true, true, true
		}
		return announce.Answer{}, fault
	}
	return q.giveDatagram(o, r.answer), nil
}

var errSilent = errors.New("read: the tracker does not answer")

// giveDatagram sends the client a udp tracker's answer in the form of one over HTTP.
func (q datagramWay) giveDatagram(o *announce.Order, d *upstream.Datagram) announce.Answer {
	body, err := bencode.Marshal(q.httpAnswer(d))
	if err != nil { // never: our plain values can be encoded
		panic(err)
	}
	q.in = fmt.Appendf(q.in[:0], "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", len(body))
	head := len(q.in)
	q.in = append(q.in, body...)
	q.keep = q.client.Write(q.in) == nil && q.req.KeepsAlive()
	q.head = q.in[:head]
	if d.NotSent { // the tracker has not processed the announce, but the client gets its answer
		a := announce.Answer{Status: 200, Took: time.Since(o.Entry.At), Problem: exchange.ProblemAnswer, Pends: true}
		a.Swarm, a.Failure = bittorrent.UnknownSwarm, d.Reason
		return a
	}
	a := q.read(o, relayed{status: 200, head: head, kept: true})
	a.Took = time.Since(o.Entry.At)
	return a
}

// datagramRest is an exchange with a udp tracker that continues after the client's patience has ended.
type datagramRest struct {
	left   atomic.Bool // the request was sent: the tracker had given a connection id
	cut    context.CancelFunc
	done   chan struct{}      // closed when the fields below are set
	answer *upstream.Datagram // nil if err is set
	err    error
}

// Await waits for the tracker's answer.
func (r *datagramRest) Await(ctx context.Context) (announce.Answer, error) {
	stop := context.AfterFunc(ctx, r.cut)
	defer stop()
	<-r.done
	r.cut()
	if r.err != nil {
		f := upstream.Classify("read", r.err)
		return announce.Answer{}, &announce.Fault{Problem: f.Problem, Err: f}
	}
	d := r.answer
	a := announce.Answer{Status: 200, Delivered: !d.NotSent}
	a.Interval, a.Swarm, a.Failure = d.Interval, d.Swarm, d.Reason
	if d.Action == udptracker.Failure {
		a.Swarm = bittorrent.UnknownSwarm
	}
	return a, nil
}

// httpAnswer returns a datagram's fields in the form of BEP 3, 7, 23 and 48.
func (q datagramWay) httpAnswer(d *upstream.Datagram) map[string]any {
	if d.Action == udptracker.Failure {
		return map[string]any{"failure reason": d.Reason}
	}
	if q.Scrape {
		files := map[string]any{}
		for i, swarm := range d.Swarms[:min(len(d.Swarms), len(q.Hashes))] {
			files[string(q.Hashes[i][:])] = map[string]any{"complete": max(0, swarm.Seeders), "downloaded": max(0, swarm.Downloads), "incomplete": max(0, swarm.Leechers)}
		}
		return map[string]any{"files": files}
	}
	out := map[string]any{"interval": int64(d.Interval.Seconds()), "complete": max(0, d.Swarm.Seeders), "incomplete": max(0, d.Swarm.Leechers)}
	peers := d.CompactPeers(d.IPv6)
	switch compact := parameters(string(q.Query.Of(q.req.Raw))).Get("compact"); {
	case compact == "0":
		out["peers"] = peerList(peers, d.IPv6)
	case d.IPv6:
		out["peers6"], out["peers"] = string(peers), ""
	default:
		out["peers"] = string(peers)
	}
	return out
}

// peerList returns compact peers as BEP 3's list of dictionaries.
func peerList(compact []byte, ipv6 bool) []any {
	size := 6
	if ipv6 {
		size = 18
	}
	list := []any{}
	for ; len(compact) >= size; compact = compact[size:] {
		ip, _ := netip.AddrFromSlice(compact[:size-2])
		list = append(list, map[string]any{
			"ip": ip.String(), "port": int64(compact[size-2])<<8 | int64(compact[size-1]),
		})
	}
	return list
}
