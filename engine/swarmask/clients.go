package swarmask

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
)

const (
	maxClientPorts = 8             // ports of clients to remember
	maxAnnounced   = 20_000        // torrents
	maxOwners      = 8             // trackers of one torrent
	activeFor      = 2 * time.Hour // how long after its last announce a client may still share a torrent
)

// clients records what the user's clients announce. It has a lock of its own, because the node asks for the ports while
// it holds its lock.
type clients struct {
	mu       sync.Mutex
	ports    []uint16                           // guarded by mu; newest last
	torrents map[bittorrent.InfoHash]*announced // guarded by mu
}

// announced is what clients announced of one torrent in this run.
type announced struct {
	trackers  []bittorrent.TrackerID // at most maxOwners
	keyed     bool                   // the address of one of its trackers may contain a key of the user
	port      uint16
	seed      bool
	stopped   bool
	elsewhere bool // the client is at another address
	at        time.Time
}

// active reports whether the client shares the torrent now, at an address where others can find it.
func (h *announced) active(now time.Time) bool {
	return h.port != 0 && !h.stopped && !h.elsewhere && now.Sub(h.at) < activeFor
}

// owns reports whether a client announces the torrent to a tracker. It ignores what follows the path of the address,
// which may be a key.
func (h *announced) owns(tracker string) bool {
	scheme, rest, _ := strings.Cut(tracker, "://")
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	u, err := bittorrent.NewTrackerURL(scheme, authority, path)
	return err == nil && slices.Contains(h.trackers, u.ID())
}

// Announced records a client's announce. It is fast, because it gets every announce, even while the swarm is off.
func (p *Part) Announced(u bittorrent.TrackerURL, a *bittorrent.Announce, now time.Time) {
	if p.clients.add(u, a, now) {
		p.wakeNamer()
	}
	if a.Event == bittorrent.EventStopped && p.searches.stoppedAnnouncer(a.InfoHash) {
		p.Changed()
	}
}

// add records an announce, and reports whether the torrent is new in this run.
func (c *clients) add(u bittorrent.TrackerURL, a *bittorrent.Announce, now time.Time) (fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addPort(a.Port)
	h := c.torrents[a.InfoHash]
	if h == nil {
		if c.torrents == nil {
			c.torrents = map[bittorrent.InfoHash]*announced{}
		}
		if len(c.torrents) >= maxAnnounced {
			for other := range c.torrents { // any one: an unknown torrent counts as private
				delete(c.torrents, other)
				break
			}
		}
		h, fresh = new(announced), true
		c.torrents[a.InfoHash] = h
	}
	h.keyed = h.keyed || a.Keyed
	if id := u.ID(); !slices.Contains(h.trackers, id) {
		if len(h.trackers) < maxOwners {
			h.trackers = append(h.trackers, id)
			h.keyed = h.keyed || bittorrent.LooksKeyed(u.Secret())
		} else {
			h.keyed = true // not all of them were checked for a key
		}
	}
	h.port, h.seed, h.at, h.elsewhere = a.Port, a.Counters.Left == 0, now, a.Elsewhere
	h.stopped = a.Event == bittorrent.EventStopped
	return fresh
}

// addPort records a port. mu is held.
func (c *clients) addPort(port uint16) {
	if n := len(c.ports); port == 0 || n > 0 && c.ports[n-1] == port {
		return
	}
	c.ports = append(slices.DeleteFunc(c.ports, func(o uint16) bool { return o == port }), port)
	if len(c.ports) > maxClientPorts {
		c.ports = c.ports[1:]
	}
}

// of returns what clients announced of a torrent in this run.
func (c *clients) of(hash bittorrent.InfoHash) (h announced, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.torrents[hash]; found != nil {
		return *found, true
	}
	return h, false
}

// addresses returns where the user's clients may be: their ports, at this computer's addresses in its networks. It
// leaves out 127.0.0.1, because some clients do not answer peers from there.
func (c *clients) addresses() (out []netip.AddrPort) {
	c.mu.Lock()
	ports := slices.Clone(c.ports)
	c.mu.Unlock()
	if len(ports) == 0 {
		return nil
	}
	for _, a := range udp.HostAddresses() {
		for _, port := range ports {
			out = append(out, netip.AddrPortFrom(a, port))
		}
	}
	return out
}
