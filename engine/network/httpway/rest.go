package httpway

import (
	"context"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// rest is an exchange whose client got an answer in place of the tracker's.
type rest struct {
	up    *origin
	order *announce.Order // what it requests
}

// detach makes the exchange in flight independent of the stream.
func (q *carriage) detach() *rest {
	o := q.order
	r := &rest{q.up, &o}
	q.up.wait = wait{}
	q.up, q.upSrc = nil, httphead.NewSource(nil, nil)
	q.aborted.Store(nil)
	return r
}

// Await reads the whole answer, for which only the desk is waiting.
func (r *rest) Await(ctx context.Context) (announce.Answer, error) {
	defer r.up.nc.Close()
	_ = r.up.nc.SetReadDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = r.up.nc.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	in, err := upstream.ReadAnswer(r.up.src)
	if err != nil {
		e := upstream.Classify("read", err)
		return announce.Answer{}, &announce.Fault{Problem: e.Problem, Err: e, Delivered: e.Problem == exchange.ProblemProtocol}
	}
	return readAnswer(&in.Head, in.Raw, in.Body, r.order), nil
}
