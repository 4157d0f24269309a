package practice

import (
	"net/netip"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
)

// The five checks of package checks.
type (
	Check   = checks.Check
	Finding = checks.Finding
)

// The checks.
const (
	CheckStarted = checks.Started
	CheckFell    = checks.Fell
	CheckAlone   = checks.Alone
	CheckPort    = checks.Port
	CheckSpeed   = checks.Speed
)

// PortState is what is known about a peer's port. Ports of other computers are not tried.
type PortState uint8

// The states of a port.
const (
	PortUnknown PortState = iota
	PortOpen
	PortClosed
)

// judge applies the checks to one announce of a peer whose earlier numbers are still in p; running reports whether its
// session continues. The caller holds the tracker's mu.
func (t *Tracker) judge(s *torrent, p *peer, a Announce, running bool, now time.Time) []Finding {
	var before *checks.Sight
	if running {
		before = &checks.Sight{At: p.last, Uploaded: p.counters.Uploaded}
	}
	sight := checks.Sight{At: now, Event: a.Event, Uploaded: a.Counters.Uploaded, Port: a.Addr.Port()}
	noticed := checks.Judge(before, sight, func() bool { return s.someoneReceived(a.PeerID, p.last) }, t.options.Line/8)
	for _, f := range noticed {
		p.findings[f.Check] = f
	}
	return noticed
}

// someoneReceived reports whether another peer has lacked something at any moment since then.
func (s *torrent) someoneReceived(self bittorrent.PeerID, since time.Time) bool {
	for id, p := range s.peers {
		if id == self {
			continue
		}
		if p.counters.Left > 0 && !p.stopped || p.leeched.After(since) {
			return true
		}
	}
	return false
}

// noticed returns the checks that fired.
func (p *peer) noticed() (out []Finding) {
	for _, f := range p.findings {
		if !f.At.IsZero() {
			out = append(out, f)
		}
	}
	return out
}

// probeAgain is how long the result of trying a port counts.
const probeAgain = 10 * time.Minute

// probeable returns the address of a peer whose port should be tried now: it is on this computer, has not stopped, and
// was not tried lately. It marks the peer as tried.
func (t *Tracker) probeable(h bittorrent.InfoHash, id bittorrent.PeerID, now time.Time) (at netip.AddrPort, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.peer(h, id)
	if p == nil || p.stopped || p.addr.Port() == 0 || !p.addr.Addr().IsLoopback() || !p.probed.IsZero() && now.Sub(p.probed) < probeAgain {
		return netip.AddrPort{}, false
	}
	p.probed = now
	return p.addr, true
}

// probed records whether the peer's port answered.
func (t *Tracker) probed(h bittorrent.InfoHash, id bittorrent.PeerID, at netip.AddrPort, open bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.peer(h, id)
	if p == nil || p.addr != at {
		return
	}
	p.port = PortClosed
	p.findings[CheckPort] = Finding{Check: CheckPort, At: now, Port: at.Port()}
	if open {
		p.port, p.findings[CheckPort] = PortOpen, Finding{}
	}
}

// peer returns a peer; nil if there is none. The caller holds mu.
func (t *Tracker) peer(h bittorrent.InfoHash, id bittorrent.PeerID) *peer {
	if s := t.torrents[h]; s != nil {
		return s.peers[id]
	}
	return nil
}
