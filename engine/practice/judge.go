package practice

import (
	"fmt"
	"net/netip"
	"time"

	"bittoratio/engine/bittorrent"
)

// Check is one of the five things that private trackers commonly look at.
type Check uint8

// The checks.
const (
	CheckStarted Check = iota // upload was announced before `started`
	CheckFell                 // the upload total fell within a session
	CheckAlone                // upload was announced while nobody could have received it
	CheckPort                 // nobody can connect to the peer's port
	CheckSpeed                // upload was announced faster than the line allows

	checks = 5
)

// String is the check's short name, as the log has it.
func (c Check) String() string {
	return [checks]string{"before started", "total fell", "alone", "port closed", "speed"}[c]
}

// Finding is one check that fired, with the numbers it fired on. Numbers that a check does not use are 0.
type Finding struct {
	Check  Check
	At     time.Time     // zero: the check has not fired
	Before uint64        // bytes: the upload total of the announce before
	Now    uint64        // bytes: the upload total of this announce
	Over   time.Duration // between the two announces
	Rate   uint64        // bytes per second that follow from these
	Line   uint64        // bytes per second that are believed
	Port   uint16
}

// String explains the finding in one English sentence.
func (f Finding) String() string {
	switch f.Check {
	case CheckStarted:
		return fmt.Sprintf("%d bytes were announced as uploaded before `started`", f.Now)
	case CheckFell:
		return fmt.Sprintf("the upload total fell from %d to %d bytes", f.Before, f.Now)
	case CheckAlone:
		return fmt.Sprintf("%d bytes were announced as uploaded while no other peer lacked anything", f.Now-f.Before)
	case CheckPort:
		if f.Port == 0 {
			return "the peer announced port 0, so nobody can connect to it"
		}
		return fmt.Sprintf("nobody answers at the peer's port %d", f.Port)
	default:
		return fmt.Sprintf("%d bytes in %.0f seconds are %d bytes per second, and the line carries %d", f.Now-f.Before, f.Over.Seconds(), f.Rate, f.Line)
	}
}

// PortState is what is known of a peer's port. Ports of other computers are not tried.
type PortState uint8

// The states of a port.
const (
	PortUnknown PortState = iota
	PortOpen
	PortClosed
)

// judge looks at one announce of a peer whose earlier numbers are still in p; running reports whether its session goes
// on. The caller holds the tracker's mu.
func (t *Tracker) judge(s *torrent, p *peer, a Announce, running bool, now time.Time) (noticed []Finding) {
	notice := func(f Finding) {
		f.At = now
		p.findings[f.Check] = f
		noticed = append(noticed, f)
	}
	if a.Addr.Port() == 0 && a.Event != bittorrent.EventStopped {
		notice(Finding{Check: CheckPort})
	}
	up := a.Counters.Uploaded
	switch {
	case !running && a.Event != bittorrent.EventStarted && up > 0:
		notice(Finding{Check: CheckStarted, Now: up})
		return noticed
	case !running:
		return noticed // the first total of a session is where the count begins
	case up < p.counters.Uploaded && a.Event == bittorrent.EventStarted:
		return noticed // a new session under the same peer id
	case up < p.counters.Uploaded:
		notice(Finding{Check: CheckFell, Before: p.counters.Uploaded, Now: up})
		return noticed
	case up == p.counters.Uploaded:
		return noticed
	}
	before, over := p.counters.Uploaded, now.Sub(p.last)
	if !s.someoneReceived(a.PeerID, p.last) {
		notice(Finding{Check: CheckAlone, Before: before, Now: up})
	}
	seconds := max(over.Seconds(), 1)
	if rate, line := float64(up-before)/seconds, t.options.Line/8; rate > float64(line) {
		notice(Finding{Check: CheckSpeed, Before: before, Now: up, Over: over, Rate: uint64(rate), Line: line})
	}
	return noticed
}

// someoneReceived reports whether another peer lacked something at any moment since then.
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

// probeAgain is how long the result of trying a port is taken for true.
const probeAgain = 10 * time.Minute

// probeable returns whose port should be tried now: a peer on this computer that is here and was not tried lately. It
// marks the peer as tried.
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

// probed notes whether somebody answered at the peer's port.
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

// peer returns a peer, nil if there is none; the caller holds mu.
func (t *Tracker) peer(h bittorrent.InfoHash, id bittorrent.PeerID) *peer {
	if s := t.torrents[h]; s != nil {
		return s.peers[id]
	}
	return nil
}
