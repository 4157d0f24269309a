package engine

import (
	"context"
	"net"

	"bittoratio/engine/network/doors"
	"bittoratio/engine/network/proxy"
	"bittoratio/engine/network/relay"
	"bittoratio/engine/network/upstream"
)

// server is the parts of the network that serve clients.
type server struct {
	way   *proxy.Way
	doors *doors.Server
}

// newServer connects the network's parts for a run. own are the addresses that this program listens on.
func (e *Engine) newServer(s *Settings, own []net.Addr) *server {
	dialer := &upstream.Dialer{Ours: upstream.Ours(own...), TLS: e.secure, Connections: new(upstream.Connections)}
	way := proxy.New(proxy.Parts{
		Accountant: e.reporter, Reported: e.reporter.Reported, Answers: e.answers, Health: e.health, Spool: e.spool, Turns: e.turns,
		Deliverer: e.deliverer, Dialer: dialer, Log: e.log, Note: e.record, Capture: e.publish.watched,
	})
	way.SetJoinDoubled(s.JoinDoubled)
	datagrams := relay.New(relay.Parts{
		Accountant: e.reporter, Reported: e.reporter.Reported, Answers: e.answers, Health: e.health, Spool: e.spool, Turns: e.turns,
		Deliverer: e.deliverer, Note: e.record, Dropped: way.Dropped, Recovered: doors.Recovered(e.log),
	})
	return &server{way, doors.New(doors.Parts{
		NewStream: func() doors.Stream { return way.NewStream() }, Dialer: dialer, Relay: datagrams, Interception: e.opening,
		Note: e.record, Log: e.log,
	}, s.Allowed())}
}

// run serves until ctx ends, and returns when all that it started has ended.
func (s *server) run(ctx context.Context, l net.Listener) {
	s.doors.Run(ctx, l)
	s.way.Close()
}
