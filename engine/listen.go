package engine

import (
	"context"
	"errors"
	"net"
	"strconv"
	"syscall"
)

// listen opens host:port for TCP.
func listen(hostport string) (net.Listener, error) {
	// No keep-alive probes: idle clients are closed after a minute anyway, and a tunnel sets its own.
	l, err := (&net.ListenConfig{KeepAlive: -1, Control: deferAccept}).Listen(context.Background(), "tcp", hostport)
	if err == nil {
		return l, nil
	}
	le := &ListenError{Addr: hostport, Taken: errors.Is(err, syscall.EADDRINUSE) || isWindowsInUse(err), Err: err}
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
