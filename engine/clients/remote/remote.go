// Package remote is what the remote access of all clients has in common: how they are reached, what a torrent of theirs
// is to this program, and why a call did not succeed. The packages that speak one client's own language are built on
// it.
package remote

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"bittoratio/engine/bittorrent"
)

// MaxAnswer is the most of an answer that is read: thousands of torrents with all their trackers fit.
const MaxAnswer = 64 << 20

const callTime = 20 * time.Second

// Access is how to reach a client. It holds a password: [Access.String] leaves that out.
type Access struct {
	Address        string // host:port; empty is the client's usual one
	User, Password string // both empty where it asks for none
	Remote         bool   // it may be another computer: what is sent then crosses a network unencrypted
}

// String returns the address alone.
func (a Access) String() string { return a.Address }

// GoString keeps the password out of %#v.
func (a Access) GoString() string { return a.Address }

// Torrent is one of a client's.
type Torrent struct {
	InfoHash bittorrent.InfoHash
	Name     string
	Trackers []Tracker // by tier, in order
}

// Tracker is one tracker of a torrent. Announce may hold a passkey.
type Tracker struct {
	ID       int64  // within the torrent, where the client numbers them
	Tier     int    // as the client numbers them; equal ones are of one tier (BEP 12)
	Announce string // the address
}

// Kind is what stood in the way, for sentences of the window's own.
type Kind int

// The kinds.
const (
	BadAddress  Kind = iota + 1
	NotHere          // nothing answers at that address, or it is another computer's
	WrongLogin       // it wants another user name and password, or one at all
	Refused          // it refuses this computer: by a list of allowed addresses, or after too many wrong passwords
	NotSpeaking      // what answers is another program, or one too old
	NotDone          // it refused
	NotTaken         // it accepted, and did not take all of it
)

// Error is a call that did not succeed. It holds no tracker's address and no password.
type Error struct {
	Client string // "Transmission"
	Kind   Kind
	Err    error
}

// Error is part of error.
func (e *Error) Error() string { return e.Client + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HTTP returns an HTTP client for the remote access of a client at an address. It uses no proxy, connects only to this
// computer unless the access allows another, and follows no redirect, which could send the password elsewhere. The
// error is an *[Error] of [BadAddress].
func HTTP(client string, a Access) (*http.Client, error) {
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil || host == "" || strings.ContainsAny(a.Address, "/@?#") {
		return nil, &Error{Client: client, Kind: BadAddress, Err: errors.New("the address is not host:port, as in 127.0.0.1:9091")}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !a.Remote {
		dialer.Control = loopbackOnly
	}
	return &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: 10 * time.Second},
		Timeout:   callTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// loopbackOnly sees the address that is really dialled, whatever name it had.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return errRemote
	}
	return nil
}

var errRemote = errors.New("the address is not this computer's own")

// Cause drops the method and address that package net/http puts before a cause.
func Cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		if errors.Is(err, errRemote) {
			return errRemote
		}
		err = inner
	}
	return err
}
