package upstream

import (
	"context"
	"io"
	"net"
	"net/netip"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/wire/httphead"
)

// MaxAnswer is the largest answer that is read, in bytes; it is also libtorrent's limit.
const MaxAnswer = 1 << 20

// Answer is a whole answer as it came.
type Answer struct {
	Head httphead.Response
	Raw  []byte // head and body
	Body []byte // as on the wire, chunk sizes included
	From netip.Addr
}

// Exchange sends one whole request on a connection of its own and reads the whole answer, all before ctx's deadline. It
// sends the request only once, since an announce may have arrived even without an answer. The error is an *[Error].
func (d *Dialer) Exchange(ctx context.Context, t Target, request []byte) (*Answer, error) {
	limit := ConnectTimeout
	if until, ok := ctx.Deadline(); ok {
		limit = max(limit, time.Until(until)/2) // the rest is for the answer
	}
	tcp, err := d.Dial(ctx, t, limit)
	if err != nil {
		return nil, err
	}
	return d.ExchangeOver(ctx, tcp, t, request)
}

// ExchangeOver is [Dialer.Exchange] over a given TCP connection, which it closes.
func (d *Dialer) ExchangeOver(ctx context.Context, tcp net.Conn, t Target, request []byte) (*Answer, error) {
	defer tcp.Close()
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if at, ok := ctx.Deadline(); ok {
		_ = tcp.SetDeadline(at)
	}
	c, err := d.Secure(ctx, tcp, t)
	if err != nil {
		return nil, err
	}
	if _, err := c.Write(request); err != nil {
		return nil, Classify("write", err)
	}
	a, err := ReadAnswer(httphead.NewSource(c, nil))
	if err != nil {
		return nil, err
	}
	if from, err := netip.ParseAddrPort(tcp.RemoteAddr().String()); err == nil {
		a.From = from.Addr().Unmap()
	}
	return a, nil
}

// ReadAnswer reads a whole answer to a GET. The error is an *[Error].
func ReadAnswer(src *httphead.Source) (*Answer, error) {
	a := &Answer{}
	for {
		raw, err := src.Head(httphead.MaxAnswerHead)
		if err != nil {
			return nil, Protocol(err)
		}
		a.Raw = append(a.Raw[:0], raw...)
		if err := a.Head.Parse(a.Raw); err != nil {
			return nil, Protocol(err)
		}
		a.Raw = a.Head.Raw
		if !a.Head.Interim() {
			break
		}
	}
	framing, err := a.Head.Framing("GET")
	if err != nil {
		return nil, Protocol(err)
	}
	body := src.Body(framing)
	head := len(a.Raw)
	for {
		p, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, Protocol(err)
		}
		if a.Raw = append(a.Raw, p...); len(a.Raw) > MaxAnswer {
			return nil, &Error{exchange.ProblemAnswer, "read", errTooLong}
		}
	}
	a.Body = a.Raw[head:]
	return a, nil
}

// Protocol wraps an error of reading an answer: a malformed head or framing is the tracker's fault, any other error the
// connection's.
func Protocol(err error) *Error {
	if _, ok := err.(*httphead.Error); ok {
		return &Error{exchange.ProblemProtocol, "read", err}
	}
	return Classify("read", err)
}
