// Package upstream reaches trackers: it dials within the time that clients wait, refuses addresses that lead back to
// this program, and classifies errors. It ignores HTTP_PROXY and the like: a system proxy that points to this program
// would make a loop.
package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"bittoratio/engine/exchange"
)

// ConnectTimeout limits the first try to reach a tracker, over all of its addresses.
const ConnectTimeout = 3 * time.Second

// Error is why a tracker could not be reached or did not answer.
type Error struct {
	Problem exchange.Problem
	Op      string // dial, write, read
	Err     error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// errOurselves is a destination that is this program.
var errOurselves = errors.New("the address leads back to this program")

// Why a destination is closed to the client, or to the tracker that redirected there.
var (
	errLocal  = errors.New("the address is open to clients on this computer only")
	errInside = errors.New("a public tracker leads to an address of the local network")
)

var (
	errNoName       = errors.New("the tracker's name does not resolve")
	errNoNameServer = errors.New("no name server of this computer answered")
)

// isOne reports whether err is one of these system errors.
func isOne(err error, of []syscall.Errno) bool {
	var code syscall.Errno
	return errors.As(err, &code) && slices.Contains(of, code)
}

// Classify wraps an error of a connection with the kind of problem. Its text may contain an address, but never a URL.
func Classify(op string, err error) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	e := &Error{Problem: exchange.ProblemReset, Op: op, Err: err}
	var dns *net.DNSError
	var name x509.HostnameError
	switch {
	case errors.As(err, &name): // its text contains the name, as with DNS below
		e.Problem, e.Err = exchange.ProblemTLS, errors.New("tls: the certificate is not for the tracker's name")
	case renegotiates(err):
		e.Problem = exchange.ProblemTLSKind
	case isTLS(err):
		e.Problem = exchange.ProblemTLS
	case errors.Is(err, errOurselves):
		e.Problem = exchange.ProblemLoop
	case errors.Is(err, errLocal), errors.Is(err, errInside), errors.Is(err, errDemonstration):
		e.Problem = exchange.ProblemClosed
	case errors.Is(err, context.Canceled):
		e.Problem = exchange.ProblemTimeout
	case errors.As(err, &dns):
		// The name itself may hold a passkey (PASSKEY.tracker.example), so it is left out.
		if e.Problem, e.Err = exchange.ProblemDNS, errNoName; !dns.IsNotFound {
			e.Problem, e.Err = exchange.ProblemNoRoute, errNoNameServer // the first error on a computer without a network
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		e.Problem = exchange.ProblemTimeout
	case timedOut(err):
		e.Problem = exchange.ProblemTimeout
	case isOne(err, refusals):
		e.Problem = exchange.ProblemRefused
	case isOne(err, unreachables):
		e.Problem = exchange.ProblemNoRoute
	}
	return e
}

// Dialer connects to trackers.
type Dialer struct {
	// Ours reports whether a resolved address is one of this program's own listeners.
	Ours func(netip.AddrPort) bool

	// Only is the one address that a demonstration dials; it does not even resolve others. The zero value allows all.
	Only netip.AddrPort

	// TLS has the authorities to verify https trackers with; nil means the system's.
	TLS *tls.Config

	// Connections are the idle connections to udp trackers; if nil, each exchange makes a new one.
	Connections *Connections

	closed func(netip.Addr) error // returns why an address is closed; nil closes none
}

// WhyClosed returns a text for clients about why a destination is refused, if the error's problem is forbidden.
func WhyClosed(err error) string {
	for _, closed := range []error{errLocal, errInside, errDemonstration} {
		if errors.Is(err, closed) {
			return closed.Error()
		}
	}
	return "that address leads back to this program"
}

// Private reports whether an address belongs to this computer or to a local network (RFC 1918, RFC 4193).
func Private(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate()
}

// PublicOnly returns a dialler that also refuses [Private] addresses.
func (d *Dialer) PublicOnly() *Dialer { return d.For(Target{PublicOnly: true}) }

// For returns a dialler that also refuses the addresses that are closed to a target.
func (d *Dialer) For(t Target) *Dialer {
	if !t.PublicOnly && !t.Remote {
		return d
	}
	c := *d
	c.closed = func(a netip.Addr) error {
		switch {
		case t.Remote && LocalOnly(a):
			return errLocal
		case t.PublicOnly && Private(a):
			return errInside
		case d.closed != nil:
			return d.closed(a)
		}
		return nil
	}
	return &c
}

// metadata are addresses at which clouds give a computer's secrets to its own programs, beside the link-local
// 169.254.169.254.
var metadata = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200")}

// LocalOnly reports whether an address serves only the computer itself.
func LocalOnly(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || slices.Contains(metadata, a)
}

// Dial connects to a target's address, without TLS, within timeout, trying the other address family after 300 ms (RFC
// 8305). At first all addresses share ConnectTimeout, so that a dead one leaves time for the next; if all are silent, a
// second try has the rest of the time, since some trackers are slow. The error is an *[Error].
func (d *Dialer) Dial(ctx context.Context, t Target, timeout time.Duration) (net.Conn, error) {
	if err := d.Fenced(t.Address); err != nil {
		return nil, Classify("dial", err)
	}
	d = d.For(t)
	began := time.Now()
	c, err := d.dialOnce(ctx, t.Address, min(timeout, ConnectTimeout))
	if err != nil && timeout > ConnectTimeout && ctx.Err() == nil && timedOut(err) {
		c, err = d.dialOnce(ctx, t.Address, timeout-time.Since(began))
	}
	if err != nil {
		return nil, Classify("dial", err)
	}
	return c, nil
}

// timedOut reports whether err is a timeout, also of a name server.
func timedOut(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// dialOnce makes one attempt for Dial.
func (d *Dialer) dialOnce(ctx context.Context, address string, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1, Timeout: timeout}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return d.dialName(ctx, &dialer, address)
	}
	if err := d.refuseOurs(ap); err != nil {
		return nil, err
	}
	return dialer.DialContext(ctx, "tcp", address)
}

// dialName dials the addresses of a name. If one of them is this program's own, the result is errOurselves even if
// others fail differently: on Debian localhost is ::1 first, where nothing listens, and the announce would become
// pending.
func (d *Dialer) dialName(ctx context.Context, dialer *net.Dialer, address string) (net.Conn, error) {
	var back atomic.Bool
	dialer.Control = func(network, address string, c syscall.RawConn) error {
		err := d.control(network, address, c)
		if errors.Is(err, errOurselves) {
			back.Store(true)
		}
		return err
	}
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil && back.Load() {
		return nil, errOurselves
	}
	return c, err
}

// control checks the address that is about to be dialled, after the name was resolved.
func (d *Dialer) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dialled address %q: %w", address, err)
	}
	return d.refuseOurs(ap)
}

// Fenced returns why a demonstration does not dial an address; nil if it may, and always nil in the real program.
func (d *Dialer) Fenced(address string) error {
	if d.Only.IsValid() && address != d.Only.String() {
		return errDemonstration
	}
	return nil
}

// errDemonstration means that a demonstration does not dial the destination, which a real client wants to reach.
var errDemonstration = errors.New("this is a demonstration of BittOratio, with sample clients of its own; end it, and point your client to the real program")

// LeadsBack reports whether an address is this program's own; it returns false for names.
func (d *Dialer) LeadsBack(address string) bool {
	if d.Fenced(address) != nil {
		return false // dialling it is refused, with the reason
	}
	if address == "" || address[0] != '[' && (address[0] < '0' || address[0] > '9') {
		return false // a name
	}
	ap, err := netip.ParseAddrPort(address)
	return err == nil && d.refuseOurs(ap) != nil
}

func (d *Dialer) refuseOurs(a netip.AddrPort) error {
	if d.Ours != nil && d.Ours(netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())) {
		return errOurselves
	}
	if d.closed != nil {
		return d.closed(a.Addr().Unmap().WithZone(""))
	}
	return nil
}

// Ours returns a function that reports whether a dialled address would reach one of these addresses on which this
// program listens.
func Ours(own ...net.Addr) func(netip.AddrPort) bool {
	var ours []netip.AddrPort
	for _, l := range own {
		if a, err := netip.ParseAddrPort(l.String()); err == nil {
			ours = append(ours, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
		}
	}
	return OursFunc(ours)
}

// OursFunc returns a function that reports whether a dialled address would reach one of the listeners: the address
// itself; the unspecified address, which the system takes for this computer; and if the listener accepts on all
// addresses, any of this computer's. Any other loopback address belongs to another program.
func OursFunc(listeners []netip.AddrPort) func(netip.AddrPort) bool {
	return func(a netip.AddrPort) bool {
		for _, l := range listeners {
			if a.Port() != l.Port() {
				continue
			}
			if a.Addr() == l.Addr() || a.Addr().IsUnspecified() || l.Addr().IsUnspecified() && (a.Addr().IsLoopback() || isLocal(a.Addr())) {
				return true
			}
		}
		return false
	}
}

func isLocal(a netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true // in doubt, refuse
	}
	for _, i := range addrs {
		if p, err := netip.ParsePrefix(i.String()); err == nil && p.Addr().Unmap() == a {
			return true
		}
	}
	return false
}

var errTooLong = errors.New("the answer is longer than 1 MiB")
