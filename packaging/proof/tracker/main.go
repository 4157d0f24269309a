// Command tracker makes a torrent and runs its tracker, for the proofs: it writes proof.bin and proof.torrent into a folder,
// then answers announces and prints each of them.
//
//	go run ./packaging/proof/tracker ADDRESS FOLDER     with an address such as 10.99.0.9:6969
package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

const (
	size  = 3 << 20
	piece = 256 << 10
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tracker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: tracker ADDRESS FOLDER")
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	if err := write(args[1], "http://"+args[0]+"/announce?passkey=0123456789abcdef"); err != nil {
		return err
	}
	fmt.Println("size", size)
	return http.Serve(l, &swarm{peers: map[string]netip.AddrPort{}})
}

// write writes the content and the .torrent file, with the same bytes each time.
func write(folder, announce string) error {
	var seed [32]byte
	data := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(data) // never fails
	var sums bytes.Buffer
	for at := 0; at < size; at += piece {
		sum := sha1.Sum(data[at : at+piece])
		sums.Write(sum[:])
	}
	torrent := fmt.Sprintf("d8:announce%d:%s4:infod6:lengthi%de4:name9:proof.bin12:piece lengthi%de6:pieces%d:%s7:privatei1eee",
		len(announce), announce, size, piece, sums.Len(), sums.String())
	if err := os.WriteFile(filepath.Join(folder, "proof.bin"), data, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "proof.torrent"), []byte(torrent), 0o644)
}

// swarm has the peers of the torrent.
type swarm struct {
	mu    sync.Mutex
	peers map[string]netip.AddrPort // guarded by mu; by peer ID
}

// ServeHTTP prints an announce and answers it with all other peers.
func (s *swarm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	port, err2 := strconv.ParseUint(q.Get("port"), 10, 16)
	id := q.Get("peer_id")
	if err != nil || err2 != nil || len(id) != 20 {
		http.Error(w, "not an announce", http.StatusBadRequest)
		return
	}
	fmt.Printf("announce %s from %s event=%s uploaded=%s downloaded=%s left=%s\n", id[:8], from.Addr(), q.Get("event"), q.Get("uploaded"), q.Get("downloaded"), q.Get("left"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peers[id] = netip.AddrPortFrom(from.Addr(), uint16(port))
	var others []byte
	for other, at := range s.peers {
		if other != id && at.Addr().Is4() {
			others = append(others, at.Addr().AsSlice()...)
			others = binary.BigEndian.AppendUint16(others, at.Port())
		}
	}
	fmt.Fprintf(w, "d8:intervali60e5:peers%d:%se", len(others), others)
}
