package swarm

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/moment"
	"bittoratio/engine/wire/peerwire"
)

// namer is the source that first named a peer; peers are tried in this order.
type namer int

// The sources of peers.
const (
	ofLink    namer = iota // the magnet link; such a peer is tried more often
	ofTracker              // a tracker, in an answer to the user's client
	ofDHT
)

// contact is what is known about one peer. All of it is guarded by Search.mu.
type contact struct {
	addr    netip.AddrPort
	by      namer
	visits  int
	busy    bool        // being visited
	done    bool        // not to be visited again
	next    moment.Time // the earliest next visit
	met     bool
	way     Way
	program string // as the peer reports it, cleaned
	peerID  bittorrent.PeerID
	gave    int // pieces
}

// byVisits orders contacts for the next visit: fewest visits first, then by source, then by address.
func byVisits(a, b *contact) int {
	return cmp.Or(cmp.Compare(a.visits, b.visits), cmp.Compare(a.by, b.by), a.addr.Compare(b.addr))
}

func byAddress(a, b *contact) int { return a.addr.Compare(b.addr) }

// Why a visit ended. After a final reason the peer is not visited again.
var (
	errElsewhere  = errors.New("the peer has another torrent")     // final
	errExtensions = errors.New("the peer knows no extensions")     // final
	errNone       = errors.New("the peer has no description")      // final
	errTooLarge   = errors.New("the description is too large")     // final
	errBroken     = errors.New("the peer breaks the rules")        // final
	errSilent     = errors.New("the peer does not answer in time") // another visit may succeed
	errClosed     = errors.New("the peer closed the connection")   // instead of a handshake; another visit may succeed
)

// final reports whether a peer is not visited again after this error.
func final(err error) bool {
	for _, e := range []error{errElsewhere, errExtensions, errNone, errTooLarge, errBroken, errNoHashes, peerwire.ErrProtocol, peerwire.ErrFrame} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// visit connects to a peer, talks with it, and decides when to visit it again.
func (s *Search) visit(ctx context.Context, c *contact) {
	defer s.changed()
	m, err := s.meet(ctx, c.addr)
	s.mu.Lock()
	s.counts.open--
	if err == nil && !c.met {
		c.met, c.way = true, m.way
		s.counts.Met[m.way]++
	}
	s.mu.Unlock()
	s.changed()
	gave := 0
	if err == nil {
		gave, err = s.converse(ctx, c, m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.busy = false
	c.gave += gave
	if errors.Is(err, errNone) {
		s.counts.NoMetadata++
	}
	if errors.Is(err, errTooLarge) {
		s.counts.TooLarge++
	}
	tries := fewVisits
	switch {
	case c.met || c.by == ofLink:
		tries = maxVisits
	case len(s.contacts) <= maxTalks:
		tries = fewVisits + 1
	}
	c.done = final(err) || c.visits >= tries || s.assembly.banned[c.addr]
	c.next = udp.Now() + redialTime
	if errors.Is(err, errClosed) && c.visits == 1 {
		// Transmission does this while it has another connection from this address. It notices the end of that one up to
		// half a second later, so a search right after another one need not wait long.
		c.next = udp.Now() + againTime
	}
	if (gave > 0 || errors.Is(err, errOtherHash)) && !strings.HasPrefix(c.program, "Transmission") {
		c.next = udp.Now() + resumeTime
	}
}

// met is a connection after the handshakes.
type met struct {
	way    Way
	conn   net.Conn
	reader *peerwire.Reader
	hello  peerwire.Handshake
}

// meet dials a peer in all ways at once. It keeps the first connection with a handshake, and closes the others.
func (s *Search) meet(ctx context.Context, a netip.AddrPort) (*met, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		*met
		error
	}
	outcomes, begun := make(chan outcome, ways), 0
	for way, dial := range s.network.Dial {
		if dial == nil {
			continue
		}
		begun++
		s.running.Go(func() {
			m, err := s.greet(ctx, Way(way), a)
			outcomes <- outcome{m, err}
		})
	}
	var worst error
	for ; begun > 0; begun-- {
		o := <-outcomes
		if o.error != nil {
			if worst == nil || final(o.error) || errors.Is(o.error, errClosed) && !final(worst) {
				worst = o.error
			}
			continue
		}
		if rest := begun - 1; rest > 0 {
			s.running.Go(func() {
				for range rest {
					if o := <-outcomes; o.met != nil {
						_ = o.conn.Close()
					}
				}
			})
		}
		return o.met, nil
	}
	if worst == nil {
		worst = errSilent
	}
	return nil, worst
}

// greet dials, and exchanges handshakes.
func (s *Search) greet(ctx context.Context, way Way, a netip.AddrPort) (*met, error) {
	dialling, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := s.network.Dial[way](dialling, a)
	if err != nil {
		return nil, err
	}
	m := &met{way: way, conn: conn, reader: peerwire.NewReader(conn)}
	_ = conn.SetDeadline(time.Now().Add(helloTime))
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	if err = s.shake(m); err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil && ctx.Err() == nil && !final(err) && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = errClosed
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return m, nil
}

// shake exchanges handshakes.
func (s *Search) shake(m *met) error {
	hello := s.hello()
	_, err := m.conn.Write(hello.Append(nil))
	if err == nil {
		m.hello, err = m.reader.Handshake()
	}
	switch {
	case err != nil:
		return err
	case !s.isOurs(&m.hello, hello.InfoHash):
		return errElsewhere
	case !m.hello.Extensions:
		return errExtensions
	}
	return nil
}

// hello returns the handshake for a peer. Peers of a hybrid torrent give hashes of version 2 only after a handshake
// with its second hash (BEP 52). A link of version 1 does not have that hash: it is known only after the description
// has arrived.
func (s *Search) hello() peerwire.Handshake {
	h := peerwire.Handshake{InfoHash: s.query.Link.InfoHash, PeerID: s.self, Extensions: true, DHT: s.network.Ping != nil, Version2: s.query.Link.Kind != bittorrent.V1}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.layers != nil {
		h.InfoHash, h.Version2 = s.layers.hash, true
	}
	return h
}

// isOurs reports whether a handshake names the torrent of the search. A peer may answer to a hybrid torrent's first
// hash with its second (BEP 52).
func (s *Search) isOurs(h *peerwire.Handshake, asked bittorrent.InfoHash) bool {
	link := s.query.Link
	return h.PeerID != s.self && (h.InfoHash == asked || link.Kind == bittorrent.Hybrid && h.InfoHash == bittorrent.InfoHash(link.SHA256[:20]))
}
