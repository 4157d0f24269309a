package udprelay

import (
	"net/netip"
	"sync"
	"time"
)

// senders decides which datagrams are the client's. At first any port of its host will do, because a datagram of another
// program may come first: each sender gets the answers to its own. The first that gets one is the client, and others are
// not, unless it is silent for long. It is safe for concurrent use.
type senders struct {
	host netip.Addr // where the control connection comes from

	// named is from where the client said that it would send; it may be wrong, as behind NAT. The address alone, both or
	// neither may be known.
	named netip.AddrPort

	mu     sync.Mutex
	client netip.AddrPort // guarded by mu; not valid until it is certain
	heard  time.Time      // guarded by mu; when that last sent something
}

// silence is how long a client sends nothing before another sender may be the client.
const silence = time.Minute

// accept reports whether a well-formed datagram may be the client's.
func (s *senders) accept(from netip.AddrPort, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case from == s.named || from == s.client:
		s.client, s.heard = from, now
		return true
	case s.client.IsValid() && (s.client == s.named || now.Sub(s.heard) < silence):
		return false
	case from.Addr() != s.host && (s.named.Port() != 0 || from.Addr() != s.named.Addr()):
		return false
	}
	s.client = netip.AddrPort{}
	return true
}

// answered records that a sender gets an answer.
func (s *senders) answered(to netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.client.IsValid() {
		s.client, s.heard = to, now
	}
}
