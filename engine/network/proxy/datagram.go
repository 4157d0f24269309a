package proxy

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/bencode"
	"bittoratio/engine/wire/udptracker"
)

// datagram is what a client asked over HTTP, for a udp tracker (BEP 15): with the total that is told, and with what
// stands in the tracker's address behind its port (BEP 41).
func (c *conn) datagram(q *question) []byte {
	path, query := c.req.Origin()
	raw := string(query.Of(c.req.Raw))
	if q.Scrape {
		return udptracker.AppendScrape(nil, 0, 0, q.Hashes)
	}
	asked := parameters(raw)
	a := udptracker.Announce{Announce: q.counted, Key: keyOf(asked.Get("key")), NumWant: int32(number(asked.Get("numwant"), -1, 1<<31-1))}
	a.Port = uint16(number(asked.Get("port"), 0, 65535))
	a.Counters.Uploaded = q.figure.Reported
	a.Counters.Left = uint64(number(asked.Get("left"), 1<<63-1, 1<<63-1))    // one that is not known is not nothing, which is a seeder
	if ip, err := netip.ParseAddr(asked.Get("ip")); err == nil && ip.Is4() { // what the client wants to be reached by
		a.IP = ip.As4()
	}
	if q.Tracker.HasPath() {
		tail := string(path.Of(c.req.Raw))
		if own := ownQuery(raw); own != "" {
			tail += "?" + own
		}
		a.Tail = udptracker.AppendPath(nil, tail)
	}
	return udptracker.AppendAnnounce(nil, 0, 0, &a)
}

// added are parameters that clients begin with; which comes first differs from client to client.
var added = []string{"info_hash", "peer_id", "port", "uploaded", "downloaded", "left", "event", "compact", "numwant"}

// ownQuery is what the tracker's address had behind its path: it stands before what the client adds.
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

// parameters are a query's; what is not valid is left out.
func parameters(query string) url.Values {
	v, err := url.ParseQuery(query)
	if err != nil {
		return v // what could be read
	}
	return v
}

// number is a decimal from 0 to most; otherwise what a client that says nothing means.
func number(s string, otherwise, most int64) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > most {
		return otherwise
	}
	return n
}

// keyOf is the number for a key: most clients write eight hex digits over HTTP.
func keyOf(s string) uint32 {
	if n, err := strconv.ParseUint(s, 16, 32); err == nil || s == "" {
		return uint32(n)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// tellUDP sends c.out to a udp tracker and makes its answer one over HTTP.
func (c *conn) tellUDP(ctx context.Context, q *question) (keep bool) {
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	var answer *upstream.Datagram
	err := c.patiently(ctx, q, func() (err error) {
		answer, err = c.s.dialer.For(q.target).ExchangeUDP(ctx, q.Tracker.Address(), c.out)
		return err
	})
	now := time.Now()
	if err != nil {
		f := upstream.Classify("", err)
		q.said = f.Op != "dial"
		if f.Problem == exchange.ProblemLoop {
			return c.refuse(403, upstream.WhyClosed(err), exchange.ProblemLoop)
		}
		if ctx.Err() != context.Canceled {
			c.failed(q, f)
		}
		return c.fallback(q, f)
	}
	if c.s.Health.MarkUp(q.Tracker.Line(), now) {
		c.s.Spool.Wake()
	}
	if answer.Unheard && !q.Scrape {
		c.keep(q, exchange.ProblemAnswer)
	}
	body, err := bencode.Marshal(c.httpAnswer(q, answer))
	if err != nil { // plain values of ours always become bencode
		panic(err)
	}
	c.in = fmt.Appendf(c.in[:0], "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", len(body))
	head := len(c.in)
	c.in = append(c.in, body...)
	gone := c.write(c.in) != nil
	q.entry.Status, q.entry.Took, q.head = 200, time.Since(q.entry.At), c.in[:head]
	if answer.Unheard {
		q.entry.Failure, q.entry.Problem = answer.Reason, exchange.ProblemAnswer
	} else {
		c.read(q, relayed{status: 200, head: head, kept: true}, now)
	}
	c.finish(q)
	return !gone && c.req.KeepsAlive()
}

// httpAnswer is what BEP 3, 7, 23 and 48 have in the place of a datagram's fields.
func (c *conn) httpAnswer(q *question, d *upstream.Datagram) map[string]any {
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
	_, query := c.req.Origin()
	switch compact := parameters(string(query.Of(c.req.Raw))).Get("compact"); {
	case compact == "0":
		out["peers"] = peerList(peers, d.IPv6)
	case d.IPv6:
		out["peers6"], out["peers"] = string(peers), ""
	default:
		out["peers"] = string(peers)
	}
	return out
}

// peerList is compact peers as BEP 3's list of dictionaries.
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
