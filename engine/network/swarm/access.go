package swarm

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/network/utp"
)

// AccessOptions choose where and how to reach the swarm.
type AccessOptions struct {
	Bind          udp.Bind
	Port          uint16 // of both sockets; 0 for a random one
	LocalNetworks bool   // private addresses are allowed; for tests only
	AnswerOthers  bool
	State         dht.State
	First         dht.First
}

// Access has the sockets, the DHT node and the connections that searches share.
type Access struct {
	Node    *dht.Node
	filter  *udp.Filter
	bind    udp.Bind
	sockets [2]*udp.Socket // IPv4, IPv6; nil where there is none
	streams [2]*utp.Socket // over the same sockets
	scraper *Scraper
}

func family(a netip.Addr) int {
	if a.Is6() {
		return 1
	}
	return 0
}

// Open opens the sockets; one for IPv6 only if this computer has an address that others can reach. Nothing is sent
// before [Access.Run] runs.
func Open(o *AccessOptions) (*Access, error) {
	a := &Access{filter: &udp.Filter{LocalNetworks: o.LocalNetworks}, bind: o.Bind}
	var sockets []dht.Socket
	var first error
	for i := range a.sockets {
		if i == 1 && !udp.HasGlobalIPv6() {
			continue
		}
		s, err := udp.Listen(udp.Options{Bind: o.Bind, Port: o.Port, V6: i == 1, Filter: a.filter})
		if err != nil {
			first = errors.Join(first, err)
			continue
		}
		a.sockets[i], a.streams[i] = s, utp.New(s, false)
		sockets = append(sockets, s)
	}
	if len(sockets) == 0 {
		return nil, first
	}
	a.Node = dht.New(&dht.Options{Sockets: sockets, Filter: a.filter, AnswerOthers: o.AnswerOthers, State: o.State, First: o.First})
	a.scraper = NewScraper(o.Bind, a.filter)
	return a, nil
}

// Run reads datagrams and serves timers until ctx ends; then it sends the ends of connections and closes the sockets.
func (a *Access) Run(ctx context.Context) error {
	var running, streams sync.WaitGroup
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	for i, s := range a.sockets {
		if s != nil {
			running.Go(func() { _ = s.Run(reading, a.Node.Receive, a.streams[i].Receive) })
			streams.Go(func() { _ = a.streams[i].Run(ctx) })
		}
	}
	err := a.Node.Run(ctx)
	streams.Wait()
	stop()
	running.Wait()
	return err
}

// Network returns the functions with which a search uses the network.
func (a *Access) Network() Network {
	n := Network{Filter: a.filter, Lookup: a.lookup, Ping: a.Node.Ping, Scrape: a.scraper.Scrape}
	n.Dial[TCP], n.Dial[UTP] = a.dialTCP, a.dialUTP
	return n
}

func (a *Access) dialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d, ok := udp.Dialer(&a.bind, to.Addr().Is6())
	if !ok || a.filter.Refuses(to) {
		return nil, udp.ErrRefused
	}
	return d.DialContext(ctx, "tcp", to.String())
}

func (a *Access) dialUTP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	s := a.streams[family(to.Addr())]
	if s == nil || a.filter.Refuses(to) {
		return nil, udp.ErrRefused
	}
	c, err := s.Dial(ctx, to)
	if err != nil {
		return nil, err // not c: an interface around a nil pointer is not nil
	}
	return c, nil
}

func (a *Access) lookup(ctx context.Context, hash bittorrent.InfoHash, o *dht.SearchOptions) (*dht.Result, error) {
	return a.Node.Search(ctx, hash, dht.Announce{}, o)
}

// Counts returns how many datagrams were sent and received.
func (a *Access) Counts() (sent, read uint64) {
	for _, s := range a.sockets {
		if s != nil {
			out, in := s.Counts()
			sent, read = sent+out, read+in
		}
	}
	return sent, read
}
