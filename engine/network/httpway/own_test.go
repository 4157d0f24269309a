package httpway

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
)

// from is a client's connection between two addresses.
type from struct {
	net.Conn
	local, remote string
}

func (f from) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.local)) }
func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.remote))
}

// TestAForgedHostCannotOverwriteTheCachedAnswersOfOthers: a client on another computer may name any tracker and use a
// server of its own.
func TestAForgedHostCannotOverwriteTheCachedAnswersOfOthers(t *testing.T) {
	const lan, near, far, other = "198.51.100.7:8080", "127.0.0.1:5000", "198.51.100.9:5000", "198.51.100.10:5000"
	way := &Way{}
	id := func(host, target, local, remote, serverName string) bittorrent.TrackerID {
		tracker, err := bittorrent.NewTrackerURL("http", host, "/announce")
		if err != nil {
			t.Fatal(err)
		}
		client := downstream.New(func() {})
		client.Reset(from{local: local, remote: remote})
		c := &Stream{link: link{s: way, client: client}, via: &downstream.Via{Scheme: "http", Target: upstream.Target{Address: target, ServerName: serverName}}}
		if target == "" {
			c.via = &downstream.Via{}
		}
		return c.cacheID(t.Context(), tracker)
	}
	tracker, err := bittorrent.NewTrackerURL("http", "127.0.0.2:80", "/announce")
	if err != nil {
		t.Fatal(err)
	}
	shared := tracker.ID()
	for name, c := range map[string]struct {
		got    bittorrent.TrackerID
		shared bool
	}{
		"no stream":                  {id("127.0.0.2", "", lan, far, ""), true},
		"the tracker itself":         {id("127.0.0.2", "127.0.0.2:80", lan, far, ""), true},
		"in another form":            {id("127.0.0.2", "[::ffff:127.0.0.2]:80", lan, far, ""), true},
		"a client on this computer":  {id("127.0.0.2", "192.0.2.1:80", near, near, ""), true},
		"a certificate proved it":    {id("127.0.0.2", "192.0.2.1:443", lan, far, "127.0.0.2"), true},
		"another server":             {id("127.0.0.2", "192.0.2.1:80", lan, far, ""), false},
		"another server by its name": {id("127.0.0.2", "attacker.example:80", lan, far, ""), false},
	} {
		if (c.got == shared) != c.shared {
			t.Errorf("%s: cached under %v", name, c.got)
		}
	}
	mine, again, theirs := id("127.0.0.2", "192.0.2.1:80", lan, far, ""), id("127.0.0.2", "192.0.2.2:80", lan, far, ""), id("127.0.0.2", "192.0.2.1:80", lan, other, "")
	if mine != again || mine == theirs {
		t.Error("two connections of one client use different caches, or two clients share one")
	}
	way.lookup = func(_ context.Context, _, name string) ([]netip.Addr, error) {
		if name == "tracker.example" {
			return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
		}
		return nil, errors.New("there is no such name")
	}
	if !way.leadsTo(t.Context(), "tracker.example", "127.0.0.2:80") || way.leadsTo(t.Context(), "tracker.example", "192.0.2.1:80") || way.leadsTo(t.Context(), "other.example", "192.0.2.1:80") {
		t.Error("a host name was not resolved")
	}
}
