package engine

import (
	"context"
	"net"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/doors"
	"bittoratio/engine/network/httpway"
	"bittoratio/engine/network/udprelay"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmask"
)

// server has the parts of the network that serve clients.
type server struct {
	desk      *announce.Desk
	way       *httpway.Way
	datagrams *udprelay.Relay
	doors     *doors.Server
}

// accountant is the desk's reporter. It also passes each announce to swarmask, which learns about torrents and clients'
// ports from it.
type accountant struct {
	*report.Reporter
	swarm *swarmask.Part
}

// Announce decides what to report to the tracker.
func (a accountant) Announce(u bittorrent.TrackerURL, announced bittorrent.Announce, now time.Time) report.Total {
	a.swarm.Announced(u, &announced, now)
	return a.Reporter.Announce(u, announced, now)
}

// newServer makes and connects the network's parts for a run. own are the addresses on which this program listens.
func (e *Engine) newServer(s *settings.Settings, own []net.Addr) *server {
	dialer := &upstream.Dialer{Ours: upstream.Ours(own...), TLS: e.secure, Connections: new(upstream.Connections), Only: e.options.Only}
	recovered := doors.Recovered(e.log)
	desk := announce.NewDesk(announce.Parts{
		Accountant: accountant{e.reporter, e.swarm}, Answers: e.answers, Health: e.health, Spool: e.spool, Turns: e.turns, Deliverer: e.deliverer,
		Log: e.log, Note: e.record, Changed: e.publish.Mark, Recovered: recovered, Patience: e.options.Patience,
	})
	way := httpway.New(httpway.Parts{Desk: desk, Dialer: dialer, Note: e.record, Capture: e.publish.Watched})
	datagrams := udprelay.New(udprelay.Parts{Desk: desk, Reported: e.reporter.Reported, Recovered: recovered, Only: e.options.Only})
	r := &server{desk, way, datagrams, doors.New(doors.Parts{
		NewStream: func() doors.Stream { return way.NewStream() }, Dialer: dialer, Relay: datagrams, Interception: e.opening,
		Note: e.record, Log: e.log,
	}, s.Allowed())}
	r.set(s)
	return r
}

// set applies the settings that can change during a run.
func (s *server) set(chosen *settings.Settings) {
	s.desk.SetJoinDuplicates(chosen.JoinDuplicates)
	s.doors.SetUDP(chosen.UDPTrackers)
	s.way.SetGatewayNames(chosen.GatewayNames)
}

// run serves until ctx ends, and returns when all that it has started has ended.
func (s *server) run(ctx context.Context, listeners ...net.Listener) {
	s.desk.Run(ctx, func() { s.doors.Run(ctx, listeners...) })
	s.datagrams.Close()
	s.way.Close()
}
