package proxy

import (
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

	"bittoratio/engine/network/localca"
	"bittoratio/engine/wire/tlshello"
)

// Opening is which TLS streams are looked into, and what came of it: those to hosts that the user listed, from clients
// that have not refused. All others stay blind tunnels. It outlives a [Server]. Safe for concurrent use.
type Opening struct {
	changed func() // something that Seen tells is new

	mu     sync.Mutex
	hosts  []localca.Host            // guarded by mu
	config *tls.Config               // guarded by mu; nil while nothing is opened
	seen   map[sightingKey]*sighting // guarded by mu
}

// maxSeen bounds the list: what a client reaches is its user's choice, and a stranger's torrent may name any tracker.
const maxSeen = 200

// Sighting is one client going to one host over TLS.
type Sighting struct {
	Host    string // as it can be listed: host[:port], or *.domain[:port] where the name holds a passkey
	Listed  string // the entry of the list that covers it, as it stands there; empty if none does
	Client  string // the first word of its User-Agent; empty if it did not say, as libtorrent does not
	Count   int    // connections
	Opened  int    // those of them that were looked into
	Last    time.Time
	Refusal Refusal // why it is not opened although it is listed
}

// Refusal is why a client is not opened any more.
type Refusal uint8

// The refusals.
const (
	NotRefused         Refusal = iota
	RefusedCertificate         // it does not trust the local authority
	RefusedSilently            // it went away instead of going on, which clients do that do not trust it
	RefusedVersion             // it speaks no version or cipher of TLS that this program does
)

type sightingKey struct{ host, client string }

type sighting struct {
	Sighting
	trusts bool // it has asked something inside an opened stream
}

// NewOpening opens nothing yet.
func NewOpening(changed func()) *Opening {
	return &Opening{changed: changed, seen: map[sightingKey]*sighting{}}
}

// Set chooses what is opened from now on; nil is nothing. Clients that refused are asked again.
func (o *Opening) Set(a *localca.Authority, hosts []localca.Host) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hosts, o.config = slices.Clone(hosts), nil
	if a != nil {
		o.config = &tls.Config{
			MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"},
			// Nothing leaves this computer here, so keys against quantum computers would only cost time.
			CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
			GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				p, ok := h.Conn.(*peeked)
				if !ok {
					return nil, errors.New("a stream that was not looked at")
				}
				return a.Leaf(p.name, time.Now())
			},
		}
	}
	o.forgive()
}

// Retry has clients that refused asked again.
func (o *Opening) Retry() {
	o.mu.Lock()
	o.forgive()
	o.mu.Unlock()
	o.changed()
}

// forgive is for callers that hold mu.
func (o *Opening) forgive() {
	for _, s := range o.seen {
		s.Refusal, s.trusts = NotRefused, false
	}
}

// Seen lists who went where, the last one first.
func (o *Opening) Seen() []Sighting {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]Sighting, 0, len(o.seen))
	for _, s := range o.seen {
		v := s.Sighting
		if h, err := localca.ParseHost(v.Host); err == nil {
			if i := slices.IndexFunc(o.hosts, func(l localca.Host) bool { return l == h || l.Port() == h.Port() && l.Covers(h.Name()) }); i >= 0 {
				v.Listed = o.hosts[i].String()
			}
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Sighting) int { return b.Last.Compare(a.Last) })
	return all
}

// may is whether a stream to host:port may turn out to be one that is opened: a listed name, or an address at a listed
// port, since libtorrent's CONNECT names an address and only its hello the tracker.
func (o *Opening) may(address string) bool {
	name, port := splitAddress(address)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.config == nil {
		return false
	}
	_, err := netip.ParseAddr(name)
	return slices.ContainsFunc(o.hosts, func(h localca.Host) bool { return h.Port() == port && (err == nil || h.Covers(name)) })
}

// saw notes a stream to name:port; the zero key is a name that cannot be listed.
func (o *Opening) saw(client, name string, port uint16, now time.Time) sightingKey {
	listed, ok := localca.Listed(name, port)
	if !ok {
		return sightingKey{}
	}
	k := sightingKey{listed.String(), client}
	o.mu.Lock()
	s := o.seen[k]
	if s == nil {
		o.makeRoom()
		s = &sighting{Sighting: Sighting{Host: k.host, Client: client}}
		o.seen[k] = s
	}
	s.Count++
	s.Last = now
	o.mu.Unlock()
	o.changed()
	return k
}

// judge gives the configuration to answer a hello to name:port with, which saw has noted; nil leaves it a blind tunnel.
func (o *Opening) judge(k sightingKey, name string, port uint16, h tlshello.Hello) *tls.Config {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.seen[k]
	covered := slices.ContainsFunc(o.hosts, func(h localca.Host) bool { return h.Port() == port && h.Covers(name) })
	if s == nil || o.config == nil || !covered || s.Refusal != NotRefused {
		return nil
	}
	if h.Version < tls.VersionTLS12 || !h.HTTP1 {
		s.Refusal = RefusedVersion
		return nil
	}
	s.Opened++
	return o.config
}

// makeRoom forgets who was seen longest ago; the caller holds mu.
func (o *Opening) makeRoom() {
	if len(o.seen) < maxSeen {
		return
	}
	var oldest sightingKey
	for k, s := range o.seen {
		if first := o.seen[oldest]; first == nil || s.Last.Before(first.Last) {
			oldest = k
		}
	}
	delete(o.seen, oldest)
}

// asked notes that a client goes on inside an opened stream: it trusts the authority.
func (o *Opening) asked(k sightingKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.seen[k]; s != nil {
		s.trusts = true
	}
}

// refused notes that an opened stream ended before the client asked anything, and why; false if that is no refusal: an
// end without a word, from a client that went on before, is a client that had its reasons.
func (o *Opening) refused(k sightingKey, err error) bool {
	why := refusalOf(err)
	if why == NotRefused {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.seen[k]
	if s == nil || s.Refusal != NotRefused || why == RefusedSilently && s.trusts {
		return false
	}
	s.Refusal = why
	o.changed()
	return true
}

// refusalOf reads why a handshake, or the first read after it, failed. Some clients judge the certificate only after
// the handshake, and some send no alert. One that is only slow, or is being stopped with us, has refused nothing.
func refusalOf(err error) Refusal {
	var op *net.OpError
	var said tls.AlertError
	switch {
	case errors.As(err, &said) && (said == 0 || said == 90): // it ends, or its user does (RFC 8446 §6.1)
		return RefusedSilently
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		return NotRefused
	case errors.As(err, &op) && op.Op == "remote error": // an alert (RFC 8446 §6), of which few say what they mean
		return RefusedCertificate
	case op != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return RefusedSilently
	}
	return RefusedVersion // crypto/tls itself found no common ground
}

// splitAddress takes host:port apart; the host without brackets.
func splitAddress(address string) (host string, port uint16) {
	host, text, _ := net.SplitHostPort(address)
	n, _ := strconv.ParseUint(text, 10, 16)
	return strings.ToLower(host), uint16(n)
}
