package httpway_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/doors"
	"bittoratio/engine/network/httpway"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// parts returns the parts of a desk without a disk.
func parts() announce.Parts {
	reporter, answers, spool := report.New(), announce.NewAnswers(), announce.NewSpool()
	reporter.SetJournal(enginetest.NoJournal{}, time.Now())
	answers.SetJournal(enginetest.NoJournal{}, time.Now())
	spool.SetJournal(enginetest.NoJournal{}, time.Now())
	health, turns := announce.NewHealth(), announce.NewGate[ledger.Key](1)
	return announce.Parts{
		Accountant: reporter, Answers: answers, Health: health, Spool: spool, Turns: turns,
		Deliverer: announce.NewDeliverer(spool, health, turns, nil, nil, nil), Log: slog.New(slog.DiscardHandler),
		Note: func(exchange.Entry) {}, Changed: func() {}, Recovered: func() {}, Patience: enginetest.Patience,
	}
}

// serve runs a server whose desk has these parts, and returns its address.
func serve(t *testing.T, p announce.Parts) (addr string) {
	t.Helper()
	desk := announce.NewDesk(p)
	desk.SetJoinDuplicates(true)
	dialer := &upstream.Dialer{Connections: new(upstream.Connections)}
	way := httpway.New(httpway.Parts{Desk: desk, Dialer: dialer, Note: p.Note})
	s := doors.New(doors.Parts{
		NewStream: func() doors.Stream { return way.NewStream() }, Dialer: dialer, Interception: intercept.New(func() {}),
		Note: p.Note, Log: p.Log,
	}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { desk.Run(ctx, func() { s.Run(ctx, l) }); way.Close(); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return l.Addr().String()
}
