// Package listen opens the port that clients connect to.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Error is a port that could not be opened.
type Error struct {
	Addr  string // host:port that was asked for
	Taken bool   // another program has it
	Free  string // host:port that is free now; empty if none was found
	Err   error
}

func (e *Error) Error() string {
	if e.Taken {
		s := fmt.Sprintf("cannot listen on %s: another program uses that port", e.Addr)
		if e.Free != "" {
			s += fmt.Sprintf("; %s is free", e.Free)
		}
		return s
	}
	return fmt.Sprintf("cannot listen on %s: %v", e.Addr, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// TCP opens host:port. The error is an *[Error].
func TCP(hostport string) (net.Listener, error) {
	// No keep-alive probes: idle clients are closed after a minute anyway, and a tunnel sets its own.
	l, err := (&net.ListenConfig{KeepAlive: -1, Control: deferAccept}).Listen(context.Background(), "tcp", hostport)
	if err == nil {
		return l, nil
	}
	le := &Error{Addr: hostport, Taken: errors.Is(err, syscall.EADDRINUSE) || isWindowsInUse(err), Err: err}
	var op *net.OpError
	if errors.As(err, &op) {
		le.Err = op.Err
	}
	if le.Taken {
		le.Free = nextFree(hostport)
	}
	return nil, le
}

// isWindowsInUse is WSAEADDRINUSE, which syscall names on Windows only.
func isWindowsInUse(err error) bool {
	var no syscall.Errno
	return errors.As(err, &no) && no == 10048
}

// nextFree is the same host with the next port that can be opened now; empty if none of 50 can.
func nextFree(hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return ""
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	for p := n + 1; p <= min(n+50, 65535); p++ {
		addr := net.JoinHostPort(host, strconv.Itoa(p))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	return ""
}
