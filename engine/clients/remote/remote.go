// Package remote has what the remote access of all clients has in common: how to reach a client, what this program
// knows of its torrents, and why a call failed. The packages for single clients are built on it.
package remote

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"bittoratio/engine/bittorrent"
)

// MaxAnswer is the largest answer that is read: it has room for thousands of torrents with all their trackers.
const MaxAnswer = 64 << 20

const callTime = 20 * time.Second

// Access is how to reach a client. It contains a password, which [Access.String] leaves out.
type Access struct {
	Address        string // host:port, or a URL: "https://127.0.0.1:8443/path"; empty for the client's default
	User, Password string // both empty if the client requires none
	Remote         bool   // the client may be on another computer: then everything crosses a network unencrypted
}

// String returns only the address.
func (a Access) String() string { return a.Address }

// GoString keeps the password out of %#v.
func (a Access) GoString() string { return a.Address }

// Torrent is a torrent of a client.
type Torrent struct {
	InfoHash bittorrent.InfoHash
	Name     string
	Trackers []Tracker // by tier, in order
}

// Tracker is one tracker of a torrent. Announce may hold a passkey.
type Tracker struct {
	ID       int64  // within the torrent, if the client numbers them
	Tier     int    // as the client numbers them; trackers of one tier have the same number (BEP 12)
	Announce string // the address
}

// Kind is what went wrong; the window has its own texts for it.
type Kind int

// The kinds.
const (
	BadAddress  Kind = iota + 1
	NotHere          // nothing answers at that address, or it belongs to another computer
	WrongLogin       // it requires a user name and password, or others
	Refused          // it refuses this computer: because of a list of allowed addresses, or after too many wrong passwords
	NotSpeaking      // another program answers, or one that is too old
	NotDone          // it refused the call
	NotTaken         // it accepted the call, but did not carry out all of it
)

// Error is a call that failed. It contains no tracker's address and no password.
type Error struct {
	Client string // "Transmission"
	Kind   Kind
	Err    error
}

// Error implements error.
func (e *Error) Error() string { return e.Client + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HTTP returns an HTTP client for the remote access of a client at an address, and the address as a URL. It uses no
// proxy, connects only to this computer unless the access allows another one, and follows no redirects, because these
// could send the password elsewhere. The error is an *[Error] of [BadAddress].
func HTTP(client string, a Access) (base *url.URL, h *http.Client, err error) {
	whole := a.Address
	if !strings.Contains(whole, "://") {
		whole = "http://" + whole
	}
	base, err = url.Parse(whole)
	if err == nil {
		_, _, err = net.SplitHostPort(base.Host)
	}
	if err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" || strings.ContainsAny(whole, "@?#") {
		return nil, nil, &Error{Client: client, Kind: BadAddress, Err: errors.New("the address is not host:port, as in 127.0.0.1:9091, nor a URL with a port")}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: 10 * time.Second}
	if !a.Remote {
		dialer.Control = onlyHere
		// Clients make their certificates themselves. What is sent to this computer's own addresses does not leave it.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	return base, &http.Client{
		Transport: transport,
		Timeout:   callTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// onlyHere checks the address that is really dialled, whatever its name was.
func onlyHere(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return errRemote
	}
	ip := ap.Addr().Unmap()
	if ip.IsLoopback() {
		return nil
	}
	own, _ := net.InterfaceAddrs() // without any, only loopback is this computer
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap() == ip.WithZone("") {
			return nil
		}
	}
	return errRemote
}

var errRemote = errors.New("the address is not this computer's own")

// Cause returns the cause without the method and address that net/http puts before it.
func Cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		if errors.Is(err, errRemote) {
			return errRemote
		}
		err = inner
	}
	return err
}
