// Package listen opens the port to which clients connect, or finds out why it cannot be opened. Package doors accepts
// the connections.
package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Error is why a port could not be opened.
type Error struct {
	Addr  string // the requested host:port
	Taken bool   // another program has it
	By    string // that program's name, if known
	Free  string // host:port that is free now; empty if none was found
	Err   error
}

func (e *Error) Error() string {
	if e.Taken {
		s := fmt.Sprintf("cannot listen on %s: %s uses that port", e.Addr, cmp.Or(e.By, "another program"))
		if e.Free != "" {
			s += fmt.Sprintf("; %s is free", e.Free)
		}
		return s
	}
	return fmt.Sprintf("cannot listen on %s: %v", e.Addr, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// loopbacks are the addresses of localhost. A client may resolve that name to either, so both are opened.
var loopbacks = []string{"127.0.0.1", "::1"}

// Open opens host:port for TCP; for localhost it opens both loopback addresses, if this computer has both. It returns
// at least one listener, and all have the same port. The error is an *[Error].
func Open(hostport string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil || host != "localhost" {
		l, err := open(hostport)
		if err != nil {
			return nil, fault(hostport, err)
		}
		return []net.Listener{l}, nil
	}
	for tries := 0; ; tries++ {
		all, err := openLoopbacks(port)
		if err == nil {
			return all, nil
		}
		// A random port that is free in one family may be taken in the other; the next one may be free in both.
		if port != "0" || tries == 10 || !taken(err) {
			return nil, fault(hostport, err)
		}
	}
}

// openLoopbacks opens one port at each loopback address. A computer without IPv6 or without IPv4 has only one.
func openLoopbacks(port string) (all []net.Listener, err error) {
	var missing error
	for _, host := range loopbacks {
		l, err := open(net.JoinHostPort(host, port))
		switch {
		case err == nil:
			all = append(all, l)
			_, port, _ = net.SplitHostPort(l.Addr().String()) // the same for both, if any port was requested
		case taken(err):
			for _, l := range all {
				_ = l.Close()
			}
			return nil, err
		default:
			missing = err
		}
	}
	if len(all) == 0 {
		return nil, missing
	}
	return all, nil
}

func open(hostport string) (net.Listener, error) {
	// No keep-alive probes: idle clients are closed after a minute anyway, and tunnels set their own.
	return (&net.ListenConfig{KeepAlive: -1, Control: deferAccept}).Listen(context.Background(), "tcp", hostport)
}

// fault makes an *[Error] from the system's error.
func fault(hostport string, err error) *Error {
	e := &Error{Addr: hostport, Taken: taken(err), Err: err}
	var op *net.OpError
	if errors.As(err, &op) {
		e.Err = op.Err
	}
	if e.Taken {
		e.Free = NextFree(hostport)
		if _, port, err := net.SplitHostPort(hostport); err == nil {
			e.By = portOwner(port)
		}
	}
	return e
}

// taken reports whether another program has the port.
func taken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) || isWindowsInUse(err) }

// isWindowsInUse reports whether err is WSAEADDRINUSE, which syscall names only on Windows.
func isWindowsInUse(err error) bool {
	var no syscall.Errno
	return errors.As(err, &no) && no == 10048
}

// NextFree returns the same host with the next port that can be opened now; empty if none of 50 can.
func NextFree(hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return ""
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	hosts := []string{host}
	if host == "localhost" {
		hosts = loopbacks
	}
	for p := n + 1; p <= min(n+50, 65535); p++ {
		if port := strconv.Itoa(p); free(hosts, port) {
			return net.JoinHostPort(host, port)
		}
	}
	return ""
}

// free reports whether a port can be opened now at the first of the hosts, and is not taken at the others.
func free(hosts []string, port string) bool {
	for i, host := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			_ = l.Close()
		} else if i == 0 || taken(err) {
			return false
		}
	}
	return true
}
