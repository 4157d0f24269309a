package dht

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/krpc"
)

// TestAHundredNodesStoreAndFindAnAnnounce makes a hundred nodes with sockets of their own, each at an address of this
// computer: exactly the eight nearest nodes keep what one announces, and every other node finds it.
func TestAHundredNodesStoreAndFindAnAnnounce(t *testing.T) {
	const count = 100
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var nodes []*Node
	var first netip.AddrPort
	for i := range count {
		bind, err := udp.ParseBind(netip.AddrFrom4([4]byte{127, 9, byte(i), 1}).String())
		if err != nil {
			t.Fatal(err)
		}
		filter := &udp.Filter{LocalNetworks: true}
		s, err := udp.Listen(udp.Options{Bind: bind, Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = s.LocalAddr()
		}
		n := New(&Options{Sockets: []Socket{s}, Filter: filter, AnswerOthers: true, First: First{Only: []netip.AddrPort{first}}})
		running.Go(func() { _ = s.Run(ctx, n.Receive, nil) })
		running.Go(func() { _ = n.Run(ctx) })
		nodes = append(nodes, n)
	}
	began := time.Now()
	for range 2 {
		for _, n := range nodes[1:] { // one after the other, as in the real DHT
			if _, err := n.nodesNear(ctx, n.Status().Families[0].ID, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	known := 0
	for _, n := range nodes {
		known += len(n.Status().Families[0].Nodes)
	}
	t.Logf("up in %v, %d goroutines, %d nodes known in the mean", time.Since(began), runtime.NumGoroutine(), known/count)

	target := randomID()
	announcer, seeker := nodes[17], nodes[71]
	r, err := announcer.Search(ctx, bittorrent.InfoHash(target), Announce{Port: 51413}, &SearchOptions{})
	if err != nil || r.Announced != K {
		t.Fatalf("Search returned %+v, %v", r, err)
	}
	var all []krpc.Node
	storing := map[bittorrent.NodeID]bool{}
	for i, n := range nodes {
		s := n.Status()
		if s.Stored > 0 {
			storing[s.Families[0].ID] = true
		}
		if i != 17 {
			all = append(all, krpc.Node{ID: s.Families[0].ID})
		}
	}
	slices.SortFunc(all, func(a, b krpc.Node) int {
		x, y := bittorrent.Distance(a.ID, target), bittorrent.Distance(b.ID, target)
		return slices.Compare(x[:], y[:])
	})
	if len(storing) != K {
		t.Errorf("%d nodes store the peer, want %d", len(storing), K)
	}
	for i, n := range all[:K] {
		if !storing[n.ID] {
			t.Errorf("nearest node %d does not store the peer", i)
		}
	}
	var found []netip.AddrPort
	r, err = seeker.Search(ctx, bittorrent.InfoHash(target), Announce{}, &SearchOptions{Count: true, Peer: func(p netip.AddrPort) { found = append(found, p) }})
	want := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 9, 17, 1}), 51413)
	if err != nil || !slices.Equal(found, []netip.AddrPort{want}) || r.Seeders != 0 || r.Leechers != 1 {
		t.Errorf("found %v, %+v, %v", found, r, err)
	}
	// The standard error of an estimate from four lookups is 18 %: a factor of three cannot be chance.
	m, err := seeker.Measure(ctx, Measured{}, 4, nil)
	if err != nil || m.Lookups != 4 || m.Nodes < count/3 || m.Nodes > 3*count {
		t.Errorf("Measure returned %+v, %v", m, err)
	}
}
