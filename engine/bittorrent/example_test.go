package bittorrent_test

import (
	"fmt"

	"bittoratio/engine/bittorrent"
)

// A tracker's address is led through the program and back, and is printed without its passkey.
func ExampleThroughGateway() {
	through, ok := bittorrent.ThroughGateway("https://tracker.example/0123456789abcdef0123456789abcdef/announce", "127.0.0.1:8080")
	fmt.Println(through, ok)
	back, ok := bittorrent.FromGateway(through)
	fmt.Println(back, ok)
	_, ok = bittorrent.ThroughGateway("wss://tracker.example/announce", "127.0.0.1:8080")
	fmt.Println(ok)
	// Output:
	// http://127.0.0.1:8080/announce/https/tracker.example/0123456789abcdef0123456789abcdef/announce true
	// https://tracker.example/0123456789abcdef0123456789abcdef/announce true
	// false
}
