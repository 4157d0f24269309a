package intercept

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/wire/tlshello"
)

// Interception decides which TLS streams are decrypted: those to hosts that the user listed, from clients that have not
// rejected a certificate, unless this program cannot speak TLS as the host wants it. All others stay blind tunnels. It
// also records the results. It is safe for concurrent use.
type Interception struct {
	changed func() // called when Seen returns something new

	mu     sync.Mutex
	hosts  []localca.Host   // guarded by mu
	config *tls.Config      // guarded by mu; nil while nothing is decrypted
	seen   map[key]*record  // guarded by mu
	checks map[string]check // guarded by mu; by Attempt.Host
}

// check is what is known about the TLS of a host.
type check struct {
	why   exchange.RejectReason // why this program cannot speak it; NotRejected if it can, or if the host was not reached
	until time.Time             // when it should be checked again; zero for never
}

// maxSeen limits the list: any torrent may name any tracker.
const maxSeen = 200

// Attempt is one TLS connection of a client, as its first message describes it. The zero value is a connection that
// was not observed.
type Attempt struct {
	Name   string // the server that the client asks for
	port   uint16
	key    key
	tls12  bool // the client speaks TLS 1.2 or newer
	http11 bool
}

// Host returns the attempt's host in the form for the user's list; empty if it cannot be listed.
func (a Attempt) Host() string { return a.key.host }

type key struct{ host, client string }

type record struct {
	exchange.TLSClient
	trusts bool // the client has sent a request inside a decrypted stream
}

// New returns an Interception that decrypts nothing yet. It calls changed when Seen returns something new.
func New(changed func()) *Interception {
	return &Interception{changed: changed, seen: map[key]*record{}, checks: map[string]check{}}
}

// Set sets which hosts are decrypted from now on; with a nil authority none are. Clients that rejected a certificate
// are tried again.
func (i *Interception) Set(a *localca.Authority, hosts []localca.Host) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hosts, i.config = slices.Clone(hosts), nil
	if a != nil {
		i.config = &tls.Config{
			MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"},
			// These bytes stay on this computer, so a post-quantum key exchange would only take time.
			CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
			GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				p, ok := h.Conn.(*prefixConn)
				if !ok {
					return nil, errors.New("accept TLS: the connection was not observed")
				}
				return a.Leaf(p.name, time.Now())
			},
		}
	}
	i.clearRejections()
}

// Retry forgets which clients have rejected a certificate, and for which hosts this program has stepped aside.
func (i *Interception) Retry() {
	i.mu.Lock()
	i.clearRejections()
	i.mu.Unlock()
	i.changed()
}

// clearRejections requires mu.
func (i *Interception) clearRejections() {
	for _, s := range i.seen {
		s.Refusal, s.trusts = exchange.NotRejected, false
	}
	clear(i.checks)
}

// Seen returns the clients that connected to a host over TLS, latest first.
func (i *Interception) Seen() []exchange.TLSClient {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := make([]exchange.TLSClient, 0, len(i.seen))
	for _, s := range i.seen {
		v := s.TLSClient
		if h, err := localca.ParseHost(v.Host); err == nil {
			if n := slices.IndexFunc(i.hosts, func(l localca.Host) bool { return l == h || l.Port() == h.Port() && l.Covers(h.Name()) }); n >= 0 {
				v.Listed = i.hosts[n].String()
			}
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b exchange.TLSClient) int { return b.Last.Compare(a.Last) })
	return all
}

// MayIntercept reports whether a stream to host:port may have to be decrypted: the host is a listed name, or an address
// at a listed port. libtorrent's CONNECT has an address, and only its first TLS message names the tracker.
func (i *Interception) MayIntercept(address string) bool {
	name, port := splitAddress(address)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.config == nil {
		return false
	}
	_, err := netip.ParseAddr(name)
	return slices.ContainsFunc(i.hosts, func(h localca.Host) bool { return h.Port() == port && (err == nil || h.Covers(name)) })
}

// Observe records a client's TLS connection to address (host:port), whose first message is h.
func (i *Interception) Observe(client, address string, h tlshello.Hello, now time.Time) Attempt {
	name, port := splitAddress(address)
	a := Attempt{Name: cmp.Or(h.ServerName, name), port: port, tls12: h.Version >= tls.VersionTLS12, http11: h.HTTP1}
	listed, ok := localca.Listed(a.Name, port)
	if !ok {
		return a // a name that cannot be listed
	}
	a.key = key{listed.String(), client}
	i.mu.Lock()
	s := i.seen[a.key]
	if s == nil {
		i.evictOldest()
		s = &record{TLSClient: exchange.TLSClient{Host: a.key.host, Client: client}}
		i.seen[a.key] = s
	}
	s.Count++
	s.Last = now
	i.mu.Unlock()
	i.changed()
	return a
}

// Decide returns the configuration with which to accept the attempt; if nil, it stays a blind tunnel.
func (i *Interception) Decide(a Attempt) *tls.Config {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.seen[a.key]
	covered := slices.ContainsFunc(i.hosts, func(h localca.Host) bool { return h.Port() == a.port && h.Covers(a.Name) })
	if s == nil || i.config == nil || !covered || s.Refusal != exchange.NotRejected {
		return nil
	}
	if why := i.checks[a.key.host].why; why != exchange.NotRejected {
		s.Refusal = why
		return nil
	}
	if !a.tls12 || !a.http11 {
		s.Refusal = exchange.RejectedVersion
		return nil
	}
	s.Opened++
	return i.config
}

// evictOldest makes room for one more client; it requires mu.
func (i *Interception) evictOldest() {
	if len(i.seen) < maxSeen {
		return
	}
	var oldest key
	for k, s := range i.seen {
		if first := i.seen[oldest]; first == nil || s.Last.Before(first.Last) {
			oldest = k
		}
	}
	delete(i.seen, oldest)
}

// Trusted records that the client sent a request inside the decrypted stream, so it trusts the authority.
func (i *Interception) Trusted(a Attempt) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s := i.seen[a.key]; s != nil {
		s.trusts = true
	}
}

// Rejected records that the decrypted stream ended with err before the client sent a request. It reports whether that
// is a new rejection: a client that trusted the authority before may have other reasons to end a connection without an
// alert, and with a wrong clock no client can check a certificate.
func (i *Interception) Rejected(a Attempt, err error, now time.Time) bool {
	why := reasonOf(err)
	if why == exchange.NotRejected || localca.ClockIsWrong(now) {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.seen[a.key]
	if s == nil || s.Refusal != exchange.NotRejected || why == exchange.RejectedSilently && s.trusts {
		return false
	}
	s.Refusal = why
	i.changed()
	return true
}

// StepAside makes the connections of all clients to the attempt's host pass undecrypted from now on, because this
// program cannot speak TLS as the host wants it. It reports whether that is new.
func (i *Interception) StepAside(a Attempt, p exchange.Problem) bool {
	why := exchange.TrackerVersion
	if p == exchange.ProblemClientCert {
		why = exchange.TrackerAsksCert
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.checks[a.key.host].why != exchange.NotRejected {
		return false
	}
	i.put(a, check{why: why})
	for k, s := range i.seen {
		if k.host == a.key.host && s.Refusal == exchange.NotRejected {
			s.Refusal = why
		}
	}
	i.changed()
	return true
}

// Unchecked reports whether it is not known yet if this program can speak TLS as the attempt's host wants it.
func (i *Interception) Unchecked(a Attempt, now time.Time) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, known := i.checks[a.key.host]
	return !known || !c.until.IsZero() && now.After(c.until)
}

// checkPause is how long a host that could not be reached is not checked again, because the client waits for a check.
const checkPause = 10 * time.Minute

// Checked records that this program can speak TLS as the attempt's host wants it or, if not reached, that this stays
// unknown for a while.
func (i *Interception) Checked(a Attempt, reached bool, now time.Time) {
	c := check{}
	if !reached {
		c.until = now.Add(checkPause)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if old, known := i.checks[a.key.host]; !known || !old.until.IsZero() {
		i.put(a, c)
	}
}

// put records a check; it requires mu.
func (i *Interception) put(a Attempt, c check) {
	for host := range i.checks {
		if len(i.checks) < maxSeen {
			break
		}
		delete(i.checks, host)
	}
	i.checks[a.key.host] = c
}

// reasonOf returns why a handshake, or the first read after it, failed. Some clients check the certificate only after
// the handshake, and some send no alert. A client that is slow, or a connection that this program closed, has rejected
// nothing.
func reasonOf(err error) exchange.RejectReason {
	var op *net.OpError
	var alert tls.AlertError
	switch {
	case errors.As(err, &alert) && (alert == 0 || alert == 90): // the client, or its user, ends it (RFC 8446 §6.1)
		return exchange.RejectedSilently
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		return exchange.NotRejected
	case errors.As(err, &op) && op.Op == "remote error": // an alert (RFC 8446 §6); few clients send the right one
		return exchange.RejectedCertificate
	case op != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return exchange.RejectedSilently
	}
	return exchange.RejectedVersion // crypto/tls found no common version or cipher
}

// splitAddress splits host:port; the host has no brackets and is in lower case.
func splitAddress(address string) (host string, port uint16) {
	host, text, _ := net.SplitHostPort(address)
	n, _ := strconv.ParseUint(text, 10, 16)
	return strings.ToLower(host), uint16(n)
}
