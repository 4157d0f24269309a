package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"

	"bittoratio/engine/report/activity"
	"bittoratio/engine/wire/udptracker"
)

// BEP 15 repeats what is not answered after 15 s, and doubles that. A connect tells the tracker nothing, so it is
// repeated sooner: datagrams get lost, and a client is waiting.
const (
	requestAgain = 15 * time.Second
	connectAgain = 2 * time.Second
)

// Datagram is a tracker's answer in a datagram (BEP 15).
type Datagram struct {
	udptracker.Answer // its Peers lie in Raw
	Raw               []byte
	IPv6              bool // the tracker was reached over IPv6, so its peers are of that family
	Unheard           bool // it refused a connection, so it has not heard the request
}

// ExchangeUDP tells a udp tracker at host:port one whole announce or scrape, made by package udptracker: it asks for a
// connection first, and puts its id and a new transaction into the request. All ends before ctx does. A refusal of the
// tracker is an answer. The error is an *[Error]; with Op "dial" the tracker has not heard the request.
func (d *Dialer) ExchangeUDP(ctx context.Context, address string, request []byte) (*Datagram, error) {
	addrs, err := lookup(ctx, address)
	if err != nil {
		return nil, Classify("dial", err)
	}
	for i, at := range addrs {
		var answer *Datagram
		share, cancel := ctx, context.CancelFunc(func() {})
		if left := len(addrs) - i; left > 1 { // there must be time for the next address
			share, cancel = withShare(ctx, left)
		}
		answer, err = exchangeAt(share, at, request)
		cancel()
		if f := (*Error)(nil); err == nil || !errors.As(err, &f) || f.Op != "dial" {
			return answer, err
		}
	}
	return nil, err
}

// withShare is a context with its share of the time.
func withShare(ctx context.Context, of int) (context.Context, context.CancelFunc) {
	until, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(until)/time.Duration(of))
}

var errAddress = errors.New("the address is not that of one machine")

// Single is whether an address is one machine's: not a network's, and not none.
func Single(a netip.AddrPort) bool {
	ip := a.Addr()
	return a.IsValid() && a.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() && ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// lookup is a tracker's first address of each family, IPv4 before IPv6.
func lookup(ctx context.Context, address string) ([]netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "udp", port)
	if err != nil {
		return nil, err
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var first [2]netip.AddrPort
	for _, ip := range all {
		i := 0
		if ip = ip.Unmap(); ip.Is6() {
			i = 1
		}
		if at := netip.AddrPortFrom(ip, uint16(n)); !first[i].IsValid() && Single(at) {
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

// exchangeAt is ExchangeUDP at one address.
func exchangeAt(ctx context.Context, at netip.AddrPort, request []byte) (*Datagram, error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, Classify("dial", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	t := udptracker.Transaction(rand.Uint32())
	connected, err := converse(ctx, c, udptracker.AppendConnect(nil, t), udptracker.Connect, t, connectAgain)
	if err != nil {
		return nil, Classify("dial", err)
	}
	if connected.Action == udptracker.Failure {
		connected.Unheard = true
		return connected, nil
	}
	t = udptracker.Transaction(rand.Uint32())
	request = append([]byte(nil), request...)
	asked, ok := udptracker.ParseRequest(request)
	if !ok {
		return nil, &Error{activity.ProblemSyntax, "dial", errNoRequest}
	}
	udptracker.PutConnection(request, connected.Connection, t)
	answer, err := converse(ctx, c, request, asked.Action, t, requestAgain)
	if err != nil {
		return nil, Classify("read", err)
	}
	answer.IPv6 = at.Addr().Is6()
	return answer, nil
}

var errNoRequest = errors.New("what is to be sent is no request to a tracker")

// converse sends a datagram until its answer comes, each time waiting twice as long.
func converse(ctx context.Context, c *net.UDPConn, request []byte, want udptracker.Action, t udptracker.Transaction, again time.Duration) (*Datagram, error) {
	b := make([]byte, udptracker.MaxAnswer)
	for ; ; again *= 2 {
		if _, err := c.Write(request); err != nil {
			return nil, ended(ctx, err)
		}
		_ = c.SetReadDeadline(time.Now().Add(again))
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

// ended is ctx's error if that is what ended the socket.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
