package httpway

import (
	"cmp"
	"errors"
	"io"
	"net"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// origin is a connection to a tracker, for one client connection.
type origin struct {
	target     upstream.Target
	nc         net.Conn
	src        *httphead.Source
	sender     upstream.Sender
	rested     time.Time // since when it has been unused
	idle       bool      // it is unused
	served     bool      // it has given a whole answer before
	responding bool      // a byte of the awaited answer has arrived
	wait       wait      // for the answer to an announce or a scrape
}

// patience is how long the steps of one exchange may take.
type patience struct {
	connect time.Duration
	first   time.Time     // the head of the answer must arrive before
	idle    time.Duration // between two parts of an answer
	most    int64         // bytes of a whole answer; 0 for no limit

	// taking is how long the client may take to read a part of an answer; 0 for the client's usual time.
	taking time.Duration
}

// public reports whether the tracker was reached at a public address.
func (o *origin) public() bool {
	tcp, ok := o.nc.RemoteAddr().(*net.TCPAddr)
	return ok && !upstream.Private(tcp.AddrPort().Addr())
}

// fresh reports whether a connection was idle so briefly that the tracker still has it. The wall clock counts too,
// because the monotonic clock stops while a laptop sleeps, and the laptop may wake in another network.
func fresh(rested, now time.Time) bool {
	wall := now.Round(0).Sub(rested.Round(0))
	return now.Sub(rested) < idleTime && wall < idleTime && wall > -idleTime
}

// readHead reads the head of the final answer. It passes interim answers to a client of HTTP/1.1 (RFC 9110 §15.2).
func (c *Stream) readHead() error {
	o := c.up
	for {
		raw, err := o.src.Head(httphead.MaxAnswerHead)
		if err == io.EOF {
			err = httphead.ErrCut
		}
		if err == nil {
			err = c.resp.Parse(raw)
		}
		if err != nil {
			return upstream.Protocol(err)
		}
		if !c.resp.Interim() {
			if c.gated {
				keepCookies(&c.resp)
			}
			return nil
		}
		if c.req.Minor() == 1 {
			_ = c.client.Write(c.resp.Raw) // an error means that the client has gone; the answer is still read
		}
	}
}

// relayed is the result of relaying an answer.
type relayed struct {
	status  int
	head    int   // bytes of c.in that are the head
	kept    bool  // c.in has the whole answer
	whole   bool  // the whole answer arrived
	begun   bool  // some of it was sent to the client
	gone    bool  // the client has left
	reuse   bool  // the client's connection may be used again
	problem error // why the answer is not whole

	uncertified bool // the server may have refused the request because this program has no client's certificate
}

// longBody is how many bytes of a body are read before it counts as a download.
const longBody = 64 << 10

// relay passes the answer whose head was just read to the client as it arrives, head and body byte for byte. It keeps
// up to keep bytes of it in c.in, to be read afterwards, so that the client never waits for that.
func (c *Stream) relay(keep int, p patience) relayed {
	o := c.up
	r := relayed{status: c.resp.Status, kept: true, uncertified: wantsCertificate(o.nc, c.resp.Status)}
	framing, err := c.resp.Framing(string(c.req.Method.Of(c.req.Raw)))
	if err != nil {
		r.problem = upstream.Protocol(err)
		c.dropUpstream()
		return r
	}
	// The body is read into the buffer that has the head, so the head is evaluated first.
	lasting := framing.Kind != httphead.UntilClose && c.resp.KeepsAlive()
	c.in = append(c.in[:0], c.resp.Raw...)
	r.head = len(c.in)
	sent := 0
	flush := func() {
		if !r.gone && sent < len(c.in) {
			r.begun = true
			if r.gone = c.client.WriteWithin(c.in[sent:], cmp.Or(p.taking, downstream.WriteTime)) != nil; r.gone {
				o.wait.left(time.Now())
			}
		}
		if sent = len(c.in); sent > keep || !r.kept {
			c.in, sent, r.kept = c.in[:0], 0, false
		}
	}
	body := o.src.Body(framing)
	if !body.Buffered() {
		flush()
	}
	left, passed := p.most, int64(0)
	for {
		if !body.Buffered() {
			o.expect(time.Now().Add(p.idle))
			if passed > longBody {
				o.src.Widen()
			}
		}
		piece, err := body.Next()
		if err == io.EOF {
			break
		}
		if left -= int64(len(piece)); err == nil && p.most > 0 && left < 0 {
			err = errTooMuch
		}
		if err != nil {
			r.problem = upstream.Protocol(err)
			break
		}
		c.in = append(c.in, piece...)
		passed += int64(len(piece))
		if !body.Buffered() || len(c.in)-sent > 32<<10 {
			flush()
		}
		if r.gone && keep == 0 {
			break // the rest is not needed
		}
	}
	if passed > longBody {
		o.src.Narrow()
	}
	if r.problem == nil || r.begun {
		flush() // also to a client that seems to have left, because it may have ended only its own output
	} else {
		c.in = c.in[:0] // not a byte was sent, so the client can get another answer
	}
	r.gone = r.gone || !o.wait.end.IsZero()
	if framing.Kind == httphead.UntilClose {
		c.endOutput(r.problem == nil)
	}
	r.whole = r.problem == nil && body.Done()
	r.reuse = r.whole && !r.gone && lasting && c.req.KeepsAlive()
	if c.resp.Status == 101 && r.whole && !r.gone {
		c.upgraded = true
		return r
	}
	if r.reuse && !c.req.ClosesUpstream() && !o.src.Waiting() {
		o.rested, o.wait, o.idle, o.served = time.Now(), wait{}, true, true
	} else {
		c.dropUpstream()
	}
	return r
}

// errTooMuch is an answer to an announce that is larger than clients accept.
var errTooMuch = &upstream.Error{Problem: exchange.ProblemProtocol, Op: "read", Err: errors.New("the answer is too large")}

// endOutput ends an answer that only the connection's end ends: with an orderly end or, if the answer was cut, with a
// reset, since an orderly end would make it look complete.
func (c *Stream) endOutput(whole bool) {
	if whole {
		downstream.CloseWrite(c.nc)
	} else {
		c.client.Cut()
	}
}

// unread reports whether the server closed a connection that had served before just as the request was sent. Then it
// has not read the request (RFC 9112 §9.3.1), which may be sent once more, over a new connection.
func (c *Stream) unread(err error) bool {
	o := c.up
	return o != nil && o.served && !o.responding && upstream.Classify("read", err).Problem == exchange.ProblemReset
}

// problemOf returns what went wrong, for an entry.
func problemOf(err error) exchange.Problem {
	return upstream.Classify("", err).Problem
}
