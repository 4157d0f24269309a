package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/wire/udptracker"
)

// BEP 15 repeats an unanswered request after 15 s, and doubles the pause each time. A connect changes nothing at the
// tracker, so it is repeated sooner: datagrams get lost, and a client is waiting.
const (
	requestAgain = 15 * time.Second
	connectAgain = 2 * time.Second
)

// Datagram is a tracker's answer in a datagram (BEP 15).
type Datagram struct {
	udptracker.Answer // its Peers share Raw's bytes
	Raw               []byte
	IPv6              bool // the tracker was reached over IPv6, so its peers are of that family
	NotSent           bool // it refused the connect, so it did not receive the request
}

// Dialling has the options for reaching a udp tracker.
type Dialling struct {
	Limit  time.Duration // for the connect, over all addresses; 0 for that of the whole exchange
	Leaves func()        // called when the request is sent; may be nil
}

// context returns ctx with the limit's share for one of several addresses.
func (v Dialling) context(ctx context.Context, of int) (context.Context, context.CancelFunc) {
	if v.Limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, v.Limit/time.Duration(of))
}

// ExchangeUDP sends a udp tracker at host:port one whole announce or scrape, made by package udptracker: it connects
// first, and puts the connection id and a new transaction into the request. A scrape of more torrents than fit into one
// datagram is sent in several, and their answers are joined. It ends before ctx does. A refusal by the tracker is an
// answer. The error is an *[Error]; with Op "dial" the tracker has not received the request.
func (d *Dialer) ExchangeUDP(ctx context.Context, address string, request []byte, dialling Dialling) (*Datagram, error) {
	if err := d.Fenced(address); err != nil {
		return nil, Classify("dial", err)
	}
	looking, cancel := dialling.context(ctx, 1)
	addrs, err := lookup(looking, address)
	cancel()
	if err != nil {
		return nil, Classify("dial", err)
	}
	for i, at := range addrs {
		var answer *Datagram
		share, cancel := ctx, context.CancelFunc(func() {})
		if left := len(addrs) - i; left > 1 { // there must be time for the other addresses
			share, cancel = withShare(ctx, left)
		}
		answer, err = d.exchangeAt(share, at, request, dialling, len(addrs))
		cancel()
		if f := (*Error)(nil); err == nil || !errors.As(err, &f) || f.Op != "dial" {
			return answer, err
		}
	}
	return nil, err
}

// withShare returns a context with one address's share of the time.
func withShare(ctx context.Context, of int) (context.Context, context.CancelFunc) {
	until, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(until)/time.Duration(of))
}

var errAddress = errors.New("the address is not that of a single host")

// Single reports whether an address belongs to one host: it is not multicast, broadcast or unspecified.
func Single(a netip.AddrPort) bool {
	ip := a.Addr()
	return a.IsValid() && a.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() && ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// Resolve returns the addresses for datagrams to HOST:PORT.
func Resolve(ctx context.Context, address string) (out []netip.AddrPort, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "udp", port)
	if err != nil {
		return nil, err
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for _, ip := range all {
		out = append(out, netip.AddrPortFrom(ip.Unmap(), uint16(n)))
	}
	return out, err
}

// lookup returns a tracker's first address of each family, IPv4 before IPv6.
func lookup(ctx context.Context, address string) ([]netip.AddrPort, error) {
	all, err := Resolve(ctx, address)
	if err != nil {
		return nil, err
	}
	var first [2]netip.AddrPort
	for _, at := range all {
		i := 0
		if at.Addr().Is6() {
			i = 1
		}
		if !first[i].IsValid() && Single(at) {
			first[i] = at
		}
	}
	var out []netip.AddrPort
	for _, at := range first {
		if at.IsValid() {
			out = append(out, at)
		}
	}
	if len(out) == 0 {
		return nil, errAddress
	}
	return out, nil
}

// exchangeAt is ExchangeUDP at one address. It tries an idle connection first. If that gets no answer, or is refused,
// the tracker may have forgotten it, and a new connection decides.
func (d *Dialer) exchangeAt(ctx context.Context, at netip.AddrPort, request []byte, dialling Dialling, of int) (*Datagram, error) {
	if err := d.refuseOurs(at); err != nil {
		return nil, Classify("dial", err)
	}
	asked, ok := udptracker.ParseRequest(request)
	if !ok {
		return nil, &Error{exchange.ProblemSyntax, "dial", errNoRequest}
	}
	leaves := func() {
		if dialling.Leaves != nil {
			dialling.Leaves()
		}
	}
	mayHaveArrived := false
	if v := d.Connections.take(at, time.Now()); v != nil {
		leaves()
		third, end := withShare(ctx, 3)
		share, cancel := context.WithTimeout(third, requestAgain)
		answer, err := d.ask(share, v, request, asked.Action)
		cancel()
		end()
		if err == nil && answer.Action != udptracker.Failure || ctx.Err() != nil {
			return answer, err
		}
		mayHaveArrived = err != nil // a refusal is an answer
	}
	connecting, cancel := dialling.context(ctx, of)
	v, refusal, err := connect(connecting, at)
	cancel()
	if f := (*Error)(nil); mayHaveArrived && errors.As(err, &f) {
		return nil, &Error{f.Problem, "read", f.Err} // the request may have arrived under the first connection
	}
	if v == nil {
		return refusal, err
	}
	leaves()
	return d.ask(ctx, v, request, asked.Action)
}

// connect gets a connection; refusal is the tracker's answer if it gives none.
func connect(ctx context.Context, at netip.AddrPort) (v *connection, refusal *Datagram, err error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, nil, Classify("dial", err)
	}
	t := udptracker.Transaction(rand.Uint32())
	connected, err := converse(ctx, c, udptracker.AppendConnect(nil, t), udptracker.Connect, t, connectAgain)
	if err != nil || connected.Action == udptracker.Failure {
		_ = c.Close()
	}
	if err != nil {
		return nil, nil, Classify("dial", err)
	}
	if connected.Action == udptracker.Failure {
		connected.NotSent = true
		return nil, connected, nil
	}
	return &connection{at, c, connected.Connection, time.Now().Add(connectionTime)}, nil, nil
}

// ask sends one request under a connection, and stores the connection if that succeeded.
func (d *Dialer) ask(ctx context.Context, v *connection, request []byte, action udptracker.Action) (*Datagram, error) {
	answer, err := converseWhole(ctx, v, request, action)
	if err != nil {
		_ = v.c.Close()
		return nil, Classify("read", err)
	}
	answer.IPv6 = v.at.Addr().Is6()
	if answer.Action == udptracker.Failure {
		_ = v.c.Close() // perhaps the connection is the reason
	} else {
		d.Connections.put(v, time.Now())
	}
	return answer, nil
}

// converseWhole is converse for a request of any size. If a tracker leaves torrents out of an answer, no more parts are
// sent: it would not be certain which torrents its answers are for.
func converseWhole(ctx context.Context, v *connection, request []byte, action udptracker.Action) (whole *Datagram, err error) {
	for part := range udptracker.Parts(request) {
		t := udptracker.Transaction(rand.Uint32())
		udptracker.PutConnection(part, v.id, t)
		answer, err := converse(ctx, v.c, part, action, t, requestAgain)
		if err != nil {
			return nil, err
		}
		if whole == nil || answer.Action == udptracker.Failure {
			whole = answer
		} else {
			whole.Swarms = append(whole.Swarms, answer.Swarms...)
		}
		if asked, _ := udptracker.ParseRequest(part); len(answer.Swarms) < len(asked.Hashes) {
			break
		}
	}
	return whole, nil
}

var errNoRequest = errors.New("the datagram is not a request to a tracker")

// converse repeats a datagram until its answer arrives. It doubles the pause each time, but never waits longer than
// half of the remaining time: datagrams get lost, and one that arrives twice has the same effect as one that arrives
// once.
func converse(ctx context.Context, c *net.UDPConn, request []byte, want udptracker.Action, t udptracker.Transaction, again time.Duration) (*Datagram, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b := make([]byte, udptracker.MaxAnswer)
	for ; ; again *= 2 {
		if _, err := c.Write(request); err != nil {
			return nil, ended(ctx, err)
		}
		wait := again
		if until, ok := ctx.Deadline(); ok {
			wait = min(wait, max(time.Until(until)/2, time.Second))
		}
		_ = c.SetReadDeadline(time.Now().Add(wait))
		if ctx.Err() != nil { // the deadline that stop set may have come before this one
			return nil, ctx.Err()
		}
		for {
			n, err := c.Read(b)
			if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
				break
			}
			if err != nil {
				return nil, ended(ctx, err)
			}
			a := &Datagram{Raw: append([]byte(nil), b[:n]...)}
			var ok bool
			if a.Answer, ok = udptracker.ParseAnswer(a.Raw); ok && a.Transaction == t && (a.Action == want || a.Action == udptracker.Failure) {
				return a, nil
			}
		}
	}
}

// ended returns ctx's error if that ended the socket, otherwise err.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
