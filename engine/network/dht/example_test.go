package dht_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
)

// Two nodes on this computer: the second announces a client for a hash, and a search finds it.
func ExampleNode_Search() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var nodes []*dht.Node
	var first []netip.AddrPort
	for _, address := range []string{"127.9.200.1", "127.9.201.1", "127.9.202.1"} {
		bind, err := udp.ParseBind(address)
		if err != nil {
			fmt.Println(err)
			return
		}
		filter := &udp.Filter{LocalNetworks: true}
		socket, err := udp.Listen(udp.Options{Bind: bind, Filter: filter})
		if err != nil {
			fmt.Println(err)
			return
		}
		n := dht.New(&dht.Options{Sockets: []dht.Socket{socket}, Filter: filter, AnswerOthers: true, First: dht.First{Only: first}})
		running.Go(func() { _ = socket.Run(ctx, n.Receive, nil) })
		running.Go(func() { _ = n.Run(ctx) })
		nodes, first = append(nodes, n), append(first, socket.LocalAddr())
	}
	hash := bittorrent.InfoHash([]byte("an example's 20 byte"))
	if _, err := nodes[1].Search(ctx, hash, dht.Announce{Port: 51413}, &dht.SearchOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	_, err := nodes[2].Search(ctx, hash, dht.Announce{}, &dht.SearchOptions{
		Peer: func(p netip.AddrPort) { fmt.Println("peer", p) },
	})
	fmt.Println(err)
	// Output:
	// peer 127.9.201.1:51413
	// <nil>
}
