package proxy_test

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/proxy"
	"bittoratio/engine/report"
)

// nowhere is a journal that records nothing.
type nowhere struct{}

func (nowhere) Append([]byte) error            { return nil }
func (nowhere) Rewrite(iter.Seq[[]byte]) error { return nil }
func (nowhere) Size() (int64, int)             { return 0, 0 }

// parts are those of a server that writes nothing down.
func parts() proxy.Parts {
	reporter, answers, spool := report.New(), outage.NewAnswers(), outage.NewSpool()
	reporter.SetJournal(nowhere{}, time.Now())
	answers.SetJournal(nowhere{})
	spool.SetJournal(nowhere{})
	health, turns := outage.NewHealth(), outage.NewTurns()
	return proxy.Parts{
		Accountant: reporter, Answers: answers, Health: health, Spool: spool, Turns: turns,
		Courier: outage.NewCourier(spool, health, turns, nil, nil, nil), Log: slog.New(slog.DiscardHandler),
		Note: func(exchange.Entry) {},
	}
}

// serve runs a server of these parts and gives its address.
func serve(t *testing.T, p proxy.Parts) (addr string) {
	t.Helper()
	s := proxy.New(p, nil)
	s.SetJoinDoubled(true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx, l); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return l.Addr().String()
}
