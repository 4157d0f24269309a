package swarm

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/metainfo"
	"bittoratio/engine/wire/peerwire"
)

// version2 returns a torrent of version 2 with one large and one small file, and the hashes of the pieces of the large
// one.
func version2(pieces int, pieceLength int64, hybrid bool) (dictionary []byte, layer []peerwire.Hash) {
	layer = make([]peerwire.Hash, pieces)
	for i := range layer {
		layer[i] = sha256.Sum256(fmt.Appendf(nil, "piece %d", i))
	}
	depth := 0
	for n := pieceLength; n > block; n /= 2 {
		depth++
	}
	root := treeRoot(layer, depth)
	small := sha256.Sum256([]byte("small"))
	v1 := ""
	if hybrid {
		v1 = "6:pieces0:"
	}
	return fmt.Appendf(nil, "d9:file treed5:larged0:d6:lengthi%de11:pieces root32:%see5:smalld0:d6:lengthi5e11:pieces root32:%seee12:meta versioni2e4:name1:n12:piece lengthi%de%se",
		int64(pieces)*pieceLength-1, root[:], small[:], pieceLength, v1), layer
}

// version2Peer has the metadata and the layer, which it gives only after a handshake with the hash of version 2; spoil
// changes hashes.
func version2Peer(b []byte, layer []peerwire.Hash, v1 bool, refuse bool, spoil func([]byte)) func(net.Conn) {
	whole := sha256.Sum256(b)
	v2 := bittorrent.InfoHash(whole[:20])
	return func(c net.Conn) {
		h, err := peerwire.NewReader(io.LimitReader(c, peerwire.HandshakeSize)).Handshake()
		if err != nil || h.InfoHash != v2 && !(v1 && h.InfoHash == sha1.Sum(b)) {
			_ = c.Close()
			return
		}
		answer := peerwire.Handshake{InfoHash: h.InfoHash, PeerID: bittorrent.PeerID{1}, Extensions: true}
		queue := make(chan []byte, 256)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for b := range queue {
				_, _ = c.Write(b)
			}
		}()
		defer func() { close(queue); <-done }()
		queue <- answer.Append(nil)
		queue <- extended(0, fmt.Sprintf("d1:md11:ut_metadatai3ee13:metadata_sizei%dee", len(b)))
		for {
			var head [4]byte
			if _, err := io.ReadFull(c, head[:]); err != nil {
				return
			}
			body := make([]byte, binary.BigEndian.Uint32(head[:]))
			if _, err := io.ReadFull(c, body); err != nil || len(body) < 2 {
				return
			}
			switch peerwire.ID(body[0]) {
			case peerwire.Extended:
				if m, ok := peerwire.ParseMetadata(body[2:]); ok && body[1] == 3 {
					queue <- pieceOf(m.Index, b)
				}
			case peerwire.HashAsk:
				if h.InfoHash != v2 {
					continue // as real programs do
				}
				r, _ := peerwire.ParseHashReject(body[1:])
				if refuse {
					queue <- frame(byte(peerwire.HashReject), string(body[1:]))
					continue
				}
				out := bytes.Clone(body[1:])
				for i := range int(r.Count) {
					var x peerwire.Hash
					if at := int(r.First) + i; at < len(layer) {
						x = layer[at]
					}
					out = append(out, x[:]...)
				}
				if spoil != nil {
					spoil(out[48:])
				}
				queue <- frame(byte(peerwire.Hashes), string(out))
			}
		}
	}
}

func TestATorrentOfVersion2ComesWithItsLayers(t *testing.T) {
	for _, pieces := range []int{2, 3, 512, 513, 1300} {
		for _, length := range []int64{block, 4 * block} {
			for kind, hybrid := range map[bittorrent.HashKind]bool{bittorrent.V2: false, bittorrent.V1: true, bittorrent.Hybrid: true} {
				synctest.Test(t, func(t *testing.T) {
					b, layer := version2(pieces, length, hybrid)
					link := bittorrent.Magnet{Kind: kind, InfoHash: sha1.Sum(b), SHA256: sha256.Sum256(b)}
					if kind == bittorrent.V2 {
						link.InfoHash = bittorrent.InfoHash(link.SHA256[:20])
					}
					v := newFakeSwarm()
					v.named = []netip.AddrPort{v.add(version2Peer(b, layer, hybrid, false, nil))}
					r, err := v.search(Query{Link: link, Verdict: Allowed})
					if err != nil || r.Missing || len(r.Layers) != 1 || !r.V2 || len(r.Files) != 2 {
						t.Fatalf("%d pieces, kind %d: Missing %v, %d layers, %v", pieces, kind, r.Missing, len(r.Layers), err)
					}
					for root, x := range r.Layers {
						if len(root) != 32 || len(x) != 32*pieces || !bytes.Equal(x[32*(pieces-1):], layer[pieces-1][:]) {
							t.Errorf("%d pieces: the layer has %d bytes", pieces, len(x))
						}
					}
					tor, err := metainfo.Parse(metainfo.Build(r.Dictionary, metainfo.Around{Layers: r.Layers}))
					if err != nil || tor.InfoHash != link.InfoHash {
						t.Errorf("Parse returned %s, %v", tor.InfoHash, err)
					}
				})
			}
		}
	}
}

func TestWithoutItsLayersATorrentIsDescribedAndNotSaved(t *testing.T) {
	b, layer := version2(700, block, false)
	whole := sha256.Sum256(b)
	link := bittorrent.Magnet{Kind: bittorrent.V2, InfoHash: bittorrent.InfoHash(whole[:20]), SHA256: whole}
	spoilt := func(h []byte) { h[40]++ }
	for name, peer := range map[string]func(net.Conn){
		"refused": version2Peer(b, layer, false, true, nil),
		"wrong":   version2Peer(b, layer, false, false, spoilt),
		"cut":     version2Peer(b, layer[:600], false, false, nil),
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newFakeSwarm()
			v.named = []netip.AddrPort{v.add(peer)}
			begin := time.Now()
			r, err := v.search(Query{Link: link, Verdict: Allowed})
			if err != nil || r.Name != "n" || !r.Missing || r.Layers != nil {
				t.Errorf("%s: search returned %+v, %v", name, r.Layers, err)
			}
			if time.Since(begin) > layersTime+countTime+time.Second {
				t.Errorf("%s: the search took %v", name, time.Since(begin))
			}
		})
		synctest.Test(t, func(t *testing.T) {
			v := newFakeSwarm()
			v.named = []netip.AddrPort{v.add(peer), v.add(version2Peer(b, layer, false, false, nil))}
			if r, err := v.search(Query{Link: link, Verdict: Allowed}); err != nil || r.Missing {
				t.Errorf("%s, beside an honest peer: %v", name, err)
			}
		})
	}
}

func TestImpossibleLayersAreNotRequested(t *testing.T) {
	s := New(Network{}, Query{})
	root := bytes.Repeat([]byte("r"), 32)
	for name, dictionary := range map[string]string{
		"a file of an exbibyte":    fmt.Sprintf("d9:file treed1:ad0:d6:lengthi1152921504606846976e11:pieces root32:%seee12:meta versioni2e12:piece lengthi16384ee", root),
		"no length of pieces":      fmt.Sprintf("d9:file treed1:ad0:d6:lengthi99999e11:pieces root32:%seee12:meta versioni2ee", root),
		"a length that is no step": fmt.Sprintf("d9:file treed1:ad0:d6:lengthi99999e11:pieces root32:%seee12:meta versioni2e12:piece lengthi20000ee", root),
	} {
		l := s.neededLayers([]byte(dictionary))
		if !l.complete() || l.next(10, udp.Now()) != nil {
			t.Errorf("%s: layers are requested", name)
		}
		if _, ok := l.bytes(); ok {
			t.Errorf("%s: a .torrent file can be saved", name)
		}
	}
}
