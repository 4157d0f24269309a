package swarm

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/metainfo"
	"bittoratio/engine/wire/peerwire"
)

// fakeSwarm is a network of scripted peers in a bubble.
type fakeSwarm struct {
	mu      sync.Mutex
	peers   map[netip.AddrPort]func(net.Conn)
	dials   map[netip.AddrPort]int
	longest time.Duration // the longest time that a connection was open
	running sync.WaitGroup
	named   []netip.AddrPort // by the DHT
	pings   []netip.AddrPort
	scraped map[string]bittorrent.Swarm
	lookups int
}

func newFakeSwarm() *fakeSwarm {
	return &fakeSwarm{peers: map[netip.AddrPort]func(net.Conn){}, dials: map[netip.AddrPort]int{}, scraped: map[string]bittorrent.Swarm{}}
}

func peerAddr(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 6881)
}

// add gives the next peer an address; nil is a peer that never answers.
func (v *fakeSwarm) add(script func(net.Conn)) netip.AddrPort {
	a := peerAddr(len(v.peers) + 1)
	v.peers[a] = script
	return a
}

// dialled returns how often each peer has been dialled so far, while a search continues.
func (v *fakeSwarm) dialled() map[netip.AddrPort]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.dials)
}

func (v *fakeSwarm) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	v.mu.Lock()
	v.dials[to]++
	script := v.peers[to]
	v.mu.Unlock()
	if script == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ours, theirs := net.Pipe()
	v.running.Go(func() {
		begin := time.Now()
		script(theirs)
		_, _ = io.Copy(io.Discard, theirs) // until it is closed
		v.mu.Lock()
		v.longest = max(v.longest, time.Since(begin))
		v.mu.Unlock()
		_ = theirs.Close()
	})
	return ours, nil
}

func (v *fakeSwarm) network() Network {
	n := Network{
		Filter: &udp.Filter{LocalNetworks: true},
		Ping: func(a netip.AddrPort) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.pings = append(v.pings, a)
		},
		Scrape: func(_ context.Context, tracker string, _ bittorrent.InfoHash) (bittorrent.Swarm, error) {
			w, ok := v.scraped[tracker]
			if !ok {
				return w, errors.New("no tracker")
			}
			return w, nil
		},
		Lookup: func(_ context.Context, _ bittorrent.InfoHash, o *dht.SearchOptions) (*dht.Result, error) {
			v.mu.Lock()
			v.lookups++
			v.mu.Unlock()
			for _, a := range v.named {
				o.Peer(a)
			}
			o.Progress(20, 15)
			return &dht.Result{Seeders: 3, Leechers: 4, Answered: 15, Nearest: []krpc.Node{{Addr: peerAddr(900)}}}, nil
		},
	}
	n.Dial[TCP] = v.dial
	return n
}

// search runs a search in a bubble, which ends after a minute.
func (v *fakeSwarm) search(q Query) (r *Result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err = New(v.network(), q).Run(ctx, nil)
	v.running.Wait()
	return r, err
}

// metadata returns metadata of about this many bytes.
func metadata(size int) []byte {
	noise := make([]byte, max(0, size-100))
	r := rand.New(rand.NewPCG(uint64(size), 1))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	return fmt.Appendf(nil, "d6:lengthi1000e4:name8:file.bin12:piece lengthi16384e6:pieces%d:%se", len(noise), noise)
}

func linkOf(b []byte) bittorrent.Magnet {
	return bittorrent.Magnet{InfoHash: sha1.Sum(b)}
}

// handshake answers the handshake as a peer with this torrent does.
func handshake(c net.Conn, hash bittorrent.InfoHash) bool {
	h, err := peerwire.NewReader(io.LimitReader(c, peerwire.HandshakeSize)).Handshake()
	h.InfoHash, h.PeerID, h.Extensions = hash, bittorrent.PeerID([]byte("-TR3000-abcdefghijkl")), true
	if err == nil {
		_, err = c.Write(h.Append(nil))
	}
	return err == nil
}

func frame(id byte, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+1))
	return append(append(b, id), body...)
}

func extended(number byte, body string) []byte { return frame(20, string([]byte{number})+body) }

// serve returns a peer that claims metadata of this size, and answers requests with what piece returns.
func serve(hash bittorrent.InfoHash, size int, piece func(i int) []byte) func(net.Conn) {
	return func(c net.Conn) {
		if !handshake(c, hash) {
			return
		}
		r := peerwire.NewReader(c)
		if _, _, err := r.Next(); err != nil {
			return
		}
		var out sync.WaitGroup // a pipe has no buffer: two ends that only write would block each other
		defer out.Wait()
		queue := make(chan []byte, 4096)
		defer close(queue)
		out.Go(func() {
			for b := range queue {
				if _, err := c.Write(b); err != nil {
					for range queue {
					}
					return
				}
			}
		})
		queue <- extended(0, fmt.Sprintf("d1:md11:ut_metadatai3ee13:metadata_sizei%de1:v9:Test 1.0\x1be", size))
		for {
			f, wanted, err := r.Next()
			if err != nil {
				return
			}
			if !wanted || f.ID != peerwire.Extended {
				continue
			}
			if m, ok := peerwire.ParseMetadata(f.Body[1:]); ok {
				if b := piece(m.Index); b != nil {
					queue <- b
				}
			}
		}
	}
}

func pieceOf(i int, b []byte) []byte {
	return extended(peerwire.MetadataID, fmt.Sprintf("d8:msg_typei1e5:piecei%de10:total_sizei%dee", i, len(b))+string(b))
}

// honestPeer returns a peer that has the metadata.
func honestPeer(b []byte) func(net.Conn) {
	return serve(sha1.Sum(b), len(b), func(i int) []byte {
		return pieceOf(i, b[i*peerwire.PieceSize:i*peerwire.PieceSize+peerwire.PieceLength(len(b), i)])
	})
}

func TestTheMetadataIsFoundWhole(t *testing.T) {
	for _, size := range []int{300, 16384, 16385, 1_000_000} {
		synctest.Test(t, func(t *testing.T) {
			b, v := metadata(size), newFakeSwarm()
			for range 4 {
				v.named = append(v.named, v.add(honestPeer(b)))
			}
			r, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
			if err != nil || !bytes.Equal(r.Dictionary, b) {
				t.Fatalf("the metadata has %d bytes, %v", len(r.Dictionary), err)
			}
			if r.Name != "file.bin" || r.Size != 1000 || len(r.Files) != 1 || r.Files[0] != (swarmview.File{Path: "file.bin", Size: 1000}) || r.Seeders != 3 || r.Leechers != 4 {
				t.Errorf("unexpected result: %+v", r)
			}
			if !slices.ContainsFunc(r.Peers, func(p Peer) bool { return p.Program == "Test 1.0" }) || len(r.Nodes) != 1 {
				t.Errorf("peers %v, nodes %v", r.Peers, r.Nodes)
			}
		})
	}
}

// hostilePeers are peers that break the rules, by what they do.
func hostilePeers(b []byte) map[string]func(net.Conn) {
	hash := bittorrent.InfoHash(sha1.Sum(b))
	sends := func(parts ...[]byte) func(net.Conn) {
		return func(c net.Conn) {
			if handshake(c, hash) {
				go func() { _, _ = io.Copy(io.Discard, c) }()
				for _, p := range parts {
					if _, err := c.Write(p); err != nil {
						return
					}
				}
			}
		}
	}
	size := func(n string) []byte { return extended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei"+n+"ee") }
	return map[string]func(net.Conn){
		"accepts and sends nothing": func(net.Conn) {},
		"speaks another protocol":   func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n") },
		"another info hash":         func(c net.Conn) { handshake(c, bittorrent.InfoHash{9}) },
		"no extension protocol": func(c net.Conn) {
			_, _ = io.ReadFull(c, make([]byte, 68))
			h := peerwire.Handshake{InfoHash: hash}
			_, _ = c.Write(h.Append(nil))
		},
		"handshake, a byte a second": func(c net.Conn) {
			h := peerwire.Handshake{InfoHash: hash, Extensions: true}
			for _, x := range h.Append(nil) {
				if _, err := c.Write([]byte{x}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		},
		"a message of 4 GB":                   sends([]byte("\xff\xff\xff\xff\x14\x00")),
		"metadata of 2 GB":                    sends(size("2147483648")),
		"metadata of -1":                      sends(size("-1")),
		"metadata of 0":                       sends(size("0")),
		"extension handshake of 60,000 lists": sends(extended(0, "d1:m"+strings.Repeat("l", 60_000))),
		"extension handshake of 9,000 lists":  sends(extended(0, "d1:m"+strings.Repeat("l", 9_000))),
		"rejects each piece": serve(hash, 40_000, func(i int) []byte {
			return extended(peerwire.MetadataID, fmt.Sprintf("d8:msg_typei2e5:piecei%dee", i))
		}),
		"right size, other content": serve(hash, len(b), func(i int) []byte {
			return pieceOf(i, make([]byte, peerwire.PieceLength(len(b), i)))
		}),
		"pieces too long":  serve(hash, 40_000, func(i int) []byte { return pieceOf(i, make([]byte, 20_000)) }),
		"pieces too short": serve(hash, 40_000, func(i int) []byte { return pieceOf(i, make([]byte, 10)) }),
		"pieces that were not requested": func(c net.Conn) {
			sends(append([][]byte{size("40000")}, repeated(pieceOf(1000, make([]byte, 100)), 5000)...)...)(c)
		},
		"keep-alives without end":  func(c net.Conn) { sends(repeated(make([]byte, 4000), 1000)...)(c) },
		"bitfields without end":    func(c net.Conn) { sends(repeated(frame(5, strings.Repeat("x", 1_000_000)), 50)...)(c) },
		"one piece, then nothing":  serve(hash, 40_000, func(i int) []byte { return map[int][]byte{0: pieceOf(0, make([]byte, 16384))}[i] }),
		"unknown messages, slowly": func(c net.Conn) { sends(size("40000"))(c); writeSlowly(c, frame(99, "x")) },
	}
}

func repeated(b []byte, n int) (list [][]byte) {
	for range n {
		list = append(list, b)
	}
	return list
}

func writeSlowly(c net.Conn, b []byte) {
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func TestHostilePeersAreDroppedAndDoNotStopASearch(t *testing.T) {
	b := metadata(40_000)
	for name := range hostilePeers(b) {
		synctest.Test(t, func(t *testing.T) {
			v := newFakeSwarm()
			a := v.add(hostilePeers(b)[name])
			r, err := v.search(Query{Link: linkOf(b), Peers: []netip.AddrPort{a}, Verdict: Allowed})
			var f *Failure
			if !errors.As(err, &f) || r.Dictionary != nil {
				t.Errorf("%s: unexpected error %v", name, err)
			}
			if v.longest > 15*time.Second || v.dials[a] > maxVisits {
				t.Errorf("%s: the connection was open for %v, dialled %d times", name, v.longest, v.dials[a])
			}
			t.Logf("%s: %v; held for %v, dialled %d times", name, err, v.longest, v.dials[a])
		})
		synctest.Test(t, func(t *testing.T) {
			v := newFakeSwarm()
			for range 3 {
				v.named = append(v.named, v.add(hostilePeers(b)[name]))
			}
			v.named = append(v.named, v.add(honestPeer(b)))
			begin := time.Now()
			r, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
			if err != nil || !bytes.Equal(r.Dictionary, b) {
				t.Errorf("three peers (%s) and one honest peer: %v after %v", name, err, time.Since(begin))
			}
		})
	}
}

func TestAFailedSearchHasTheRightReason(t *testing.T) {
	b := metadata(300)
	none := serve(sha1.Sum(b), 0, func(int) []byte { return nil })
	mute := func(c net.Conn) { handshake(c, sha1.Sum(b)) }
	for name, c := range map[string]struct {
		set  func(v *fakeSwarm, n *Network, q *Query)
		want Reason
	}{
		"private":                {func(_ *fakeSwarm, _ *Network, q *Query) { q.Verdict = Refused }, NotAllowed},
		"to be confirmed":        {func(_ *fakeSwarm, _ *Network, q *Query) { q.Verdict = Warn }, NotAllowed},
		"no peer is known":       {func(*fakeSwarm, *Network, *Query) {}, Nobody},
		"no node answers":        {func(_ *fakeSwarm, n *Network, _ *Query) { n.Lookup = noNodes }, NoNode},
		"own trackers alone":     {func(_ *fakeSwarm, _ *Network, q *Query) { q.Verdict = OwnTrackers }, Nobody},
		"peers away":             {func(v *fakeSwarm, _ *Network, _ *Query) { v.named = append(v.named, v.add(nil), v.add(nil)) }, Unreachable},
		"peers without metadata": {func(v *fakeSwarm, _ *Network, _ *Query) { v.named = append(v.named, v.add(none)) }, NoMetadata},
		"peers without metadata, and one that is silent": {func(v *fakeSwarm, _ *Network, _ *Query) {
			v.named = append(v.named, v.add(none), v.add(mute))
		}, NoMetadata},
		"a peer with more metadata than is accepted, and one without": {func(v *fakeSwarm, _ *Network, _ *Query) {
			v.named = append(v.named, v.add(serve(sha1.Sum(b), 16<<20+1, func(int) []byte { return nil })), v.add(none))
		}, TooLarge},
		"a peer that is silent once it is met": {func(v *fakeSwarm, _ *Network, _ *Query) { v.named = append(v.named, v.add(mute)) }, TimeOver},
		"a peer that gives nothing of what it has": {func(v *fakeSwarm, _ *Network, _ *Query) {
			v.named = append(v.named, v.add(serve(sha1.Sum(b), 300, func(int) []byte { return nil })))
		}, TimeOver},
		"another hash": {func(v *fakeSwarm, _ *Network, _ *Query) {
			v.named = append(v.named, v.add(serve(sha1.Sum(b), 300, func(int) []byte { return pieceOf(0, make([]byte, 300)) })))
		}, WrongHash},
	} {
		synctest.Test(t, func(t *testing.T) {
			v, q := newFakeSwarm(), Query{Link: linkOf(b), Verdict: Allowed}
			n := v.network()
			c.set(v, &n, &q)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := New(n, q).Run(ctx, nil)
			v.running.Wait()
			var f *Failure
			if !errors.As(err, &f) || f.Reason != c.want {
				t.Errorf("%s: unexpected error %v", name, err)
			}
			if (c.want == NotAllowed || name == "own trackers alone") && (v.lookups > 0 || len(v.dials) > 0) {
				t.Errorf("%s: %d lookups, %d dials", name, v.lookups, len(v.dials))
			}
		})
	}
}

// TestWrongMetadataIsCountedByPeer: several peers send the first whole, then each sends another one alone.
func TestWrongMetadataIsCountedByPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(40_000)
		for range 3 {
			v.named = append(v.named, v.add(hostilePeers(b)["right size, other content"]))
		}
		_, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
		var f *Failure
		if !errors.As(err, &f) || f.Reason != WrongHash || f.Wrong != 3 {
			t.Errorf("unexpected result: %+v", f)
		}
	})
}

// TestPiecesInFlightAreNotRequestedAgainAfterWrongMetadata: the peer would answer twice, and count as breaking the
// rules.
func TestPiecesInFlightAreNotRequestedAgainAfterWrongMetadata(t *testing.T) {
	const size = 2 * peerwire.PieceSize
	a := newAssembly(func(b []byte) bool { return bytes.Equal(b, make([]byte, size)) })
	now := udp.Now()
	wrongPeer, _ := a.join(peerAddr(1), size)
	slow, _ := a.join(peerAddr(2), size)
	if ask := a.next(slow, now); len(ask) != 2 {
		t.Fatalf("next returned %v", ask)
	}
	now += askAgain
	for _, i := range a.next(wrongPeer, now) {
		a.put(wrongPeer, i, bytes.Repeat([]byte{1}, peerwire.PieceSize))
	}
	if a.wrong != 1 || !a.alone {
		t.Fatalf("unexpected result: %+v", a)
	}
	if ask := a.next(slow, now); len(ask) > 0 {
		t.Errorf("pieces %v are requested twice", ask)
	}
	for i := range 2 {
		if !a.put(slow, i, make([]byte, peerwire.PieceSize)) {
			t.Errorf("the requested piece %d counts as a fault of the peer", i)
		}
	}
	if a.whole == nil {
		t.Error("the slow peer's metadata was not accepted")
	}
}

func noNodes(_ context.Context, _ bittorrent.InfoHash, _ *dht.SearchOptions) (*dht.Result, error) {
	return &dht.Result{Seeders: -1, Leechers: -1}, nil
}

func TestAStoppedSearchEndsWithStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(300)
		v.named = append(v.named, v.add(nil))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := New(v.network(), Query{Link: linkOf(b), Verdict: Allowed}).Run(ctx, nil)
		var f *Failure
		if !errors.As(err, &f) || f.Reason != Stopped {
			t.Errorf("unexpected error %v", err)
		}
	})
}

// TestASearchStoppedByASignalEndsWithStopped: the context of [signal.NotifyContext] has the signal as its cause.
func TestASearchStoppedByASignalEndsWithStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(300)
		v.named = append(v.named, v.add(nil))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New("interrupt signal received")) })
		limited, end := context.WithTimeout(ctx, time.Minute) // as -magnet has it
		defer end()
		_, err := New(v.network(), Query{Link: linkOf(b), Verdict: Allowed}).Run(limited, nil)
		var f *Failure
		if !errors.As(err, &f) || f.Reason != Stopped {
			t.Errorf("unexpected error %v", err)
		}
	})
}

func TestFindingAPrivateTorrentEndsTheSearchAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := []byte("d6:lengthi1e4:name1:x7:privatei1ee")
		v := newFakeSwarm()
		v.named = append(v.named, v.add(honestPeer(b)), v.add(nil))
		begin := time.Now()
		r, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
		if err != nil || !r.Private || r.Name != "x" || len(r.Peers) > 0 || len(r.Nodes) > 0 {
			t.Errorf("search returned %+v, %v", r, err)
		}
		if time.Since(begin) > time.Second {
			t.Errorf("the search continued for %v", time.Since(begin))
		}
	})
}

func TestRefusedAddressesAreNeverDialled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(300)
		for _, a := range []string{"127.0.0.1:6881", "10.1.2.3:6881", "192.168.1.1:80", "203.0.113.1:1", "[::1]:6881", "[::ffff:10.0.0.1]:6881", "8.8.8.8:0"} {
			v.named = append(v.named, netip.MustParseAddrPort(a))
		}
		n := v.network()
		n.Filter = &udp.Filter{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := New(n, Query{Link: linkOf(b), Peers: v.named, Verdict: Allowed}).Run(ctx, nil); err == nil || len(v.dials) > 0 {
			t.Errorf("the search returned %v, dialled %v", err, v.dials)
		}
	})
}

func TestDeadPeersDoNotDelayLivingOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(24_000)
		for i := range 156 {
			if i%26 == 25 {
				v.named = append(v.named, v.add(honestPeer(b)))
			} else {
				v.named = append(v.named, v.add(nil))
			}
		}
		begin := time.Now()
		if _, err := v.search(Query{Link: linkOf(b), Verdict: Allowed}); err != nil || time.Since(begin) > 500*time.Millisecond {
			t.Errorf("the search returned %v after %v", err, time.Since(begin))
		}
	})
}

// TestPeersAreDialledInTheOrderInWhichTheyBecameKnown: those of the link, those that trackers named to the user's
// client, then those of the DHT, whatever their addresses are.
func TestPeersAreDialledInTheOrderInWhichTheyBecameKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(300)
		q := Query{Link: linkOf(b), Verdict: Allowed}
		for range 50 {
			v.named = append(v.named, v.add(nil))
		}
		for range 140 {
			q.Named = append(q.Named, v.add(nil))
		}
		for range 10 {
			q.Peers = append(q.Peers, v.add(nil))
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _, _ = New(v.network(), q).Run(ctx, nil) })
		time.Sleep(400 * time.Millisecond)
		synctest.Wait()
		dials := v.dialled()
		if len(dials) < 130 || len(dials) > 150 {
			t.Errorf("%d dials", len(dials))
		}
		for _, a := range v.named {
			if dials[a] > 0 {
				t.Errorf("peer %v of the DHT was dialled before the peers that are known without it", a)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if dials = v.dialled(); len(dials) != maxPeers {
			t.Errorf("%d dials, want %d", len(dials), maxPeers)
		}
		cancel()
		running.Wait()
		_, err := v.search(Query{Link: linkOf(b), Named: q.Named, Verdict: OwnTrackers})
		for _, a := range q.Named {
			if v.dialled()[a] > 1 {
				t.Errorf("%v was dialled though only the torrent's own trackers may be used: %v", a, err)
			}
		}
	})
}

func TestAtMostTwoHundredPeersAreDialled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newFakeSwarm(), metadata(300)
		for range 1000 {
			v.named = append(v.named, v.add(nil))
		}
		_, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
		var f *Failure
		if !errors.As(err, &f) || f.Found != maxPeers || len(v.dials) != maxPeers {
			t.Errorf("the search returned %v, %d peers were dialled", err, len(v.dials))
		}
	})
}

func TestAPeerThatLeavesHalfWayIsDialledAgainAndItsPiecesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, v := metadata(100_000), newFakeSwarm()
		v.named = append(v.named, v.add(func(c net.Conn) {
			given := 0
			serve(sha1.Sum(b), len(b), func(i int) []byte {
				if given++; given > 3 {
					time.Sleep(100 * time.Millisecond) // what was sent arrives
					_ = c.Close()
					return nil
				}
				return pieceOf(i, b[i*16384:i*16384+peerwire.PieceLength(len(b), i)])
			})(c)
		}))
		if r, err := v.search(Query{Link: linkOf(b), Verdict: Allowed}); err != nil || !bytes.Equal(r.Dictionary, b) || v.dials[v.named[0]] < 2 {
			t.Errorf("the search returned %v after %d dials", err, v.dials[v.named[0]])
		}
	})
}

// TestAPeerThatClosesWithoutAHandshakeIsDialledAgainSoonOnce dials a peer that closes the first few connections at once,
// as Transmission does while it has another connection from the same address.
func TestAPeerThatClosesWithoutAHandshakeIsDialledAgainSoonOnce(t *testing.T) {
	for closes, took := range map[int]time.Duration{0: 0, 1: againTime, 2: againTime + redialTime, 3: againTime + 2*redialTime} {
		synctest.Test(t, func(t *testing.T) {
			b, v := metadata(300), newFakeSwarm()
			met := 0
			peer := v.add(func(c net.Conn) {
				if met++; met <= closes {
					_ = c.Close()
					return
				}
				honestPeer(b)(c)
			})
			begin := time.Now()
			_, err := v.search(Query{Link: linkOf(b), Verdict: Allowed, Peers: []netip.AddrPort{peer}})
			if d := time.Since(begin); err != nil || d < took || d > took+100*time.Millisecond || v.dials[peer] != closes+1 {
				t.Errorf("after %d closed connections the search took %v and %d dials, want %v and %d (%v)", closes, d, v.dials[peer], took, closes+1, err)
			}
		})
	}
}

func TestAPortMessageAddsANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, v := metadata(300), newFakeSwarm()
		v.named = append(v.named, v.add(func(c net.Conn) {
			first := true
			serve(sha1.Sum(b), len(b), func(i int) []byte {
				if first {
					first = false
					return append(frame(9, "\x1a\xe2"), pieceOf(i, b)...)
				}
				return nil
			})(c)
		}))
		if _, err := v.search(Query{Link: linkOf(b), Verdict: Allowed}); err != nil || len(v.pings) != 1 || v.pings[0] != netip.AddrPortFrom(v.named[0].Addr(), 6882) {
			t.Errorf("search returned %v, %v", err, v.pings)
		}
	})
}

func TestTheCountsOfTrackersAreInTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, v := metadata(300), newFakeSwarm()
		v.scraped["http://a/announce"] = bittorrent.Swarm{Seeders: 70, Leechers: 2, Downloads: -1}
		v.named = append(v.named, v.add(honestPeer(b)))
		r, err := v.search(Query{Link: linkOf(b), Trackers: []string{"http://a/announce", "http://b/announce", "http://a/announce"}, Verdict: Allowed})
		if err != nil || r.Seeders != 70 || r.Leechers != 4 || len(r.Trackers) != 1 {
			t.Errorf("search returned %+v, %v", r, err)
		}
		r, err = v.search(Query{Link: linkOf(b), Trackers: []string{"http://a/announce"}, Verdict: OwnTrackers})
		if err == nil || r.Seeders != 70 || v.lookups != 1 {
			t.Errorf("own trackers: %+v, %v", r, err)
		}
	})
}

func TestNamesInMetadataAreCleaned(t *testing.T) {
	long := strings.Repeat("n", 1<<20)
	for name, c := range map[string]struct{ dictionary, name, path string }{
		"a path that leads elsewhere": {"d5:filesld6:lengthi5e4:pathl2:..2:..6:passwdeee4:name7:../../xe", ".._.._x", "_/_/passwd"},
		"control characters":          {"d6:lengthi1e4:name9:a\x00b\x1b[31m\ne", "ab[31m", "ab[31m"},
		"a name of 1 MiB":             {fmt.Sprintf("d6:lengthi1e4:name%d:%se", len(long), long), long[:240] + "…", long[:240] + "…"},
		"a negative length":           {"d6:lengthi-5e4:name1:xe", "x", "x"},
		"no name":                     {"d6:lengthi5ee", "", "_"},
	} {
		var r Result
		r.describe([]byte(c.dictionary))
		if CleanName(r.Name) != CleanName(c.name) || len(r.Files) != 1 || r.Files[0].Path != c.path || r.Size < 0 {
			t.Errorf("%s: got %.80q %.80q", name, r.Name, r.Files)
		}
	}
	var r Result
	r.describe([]byte("d5:filesl" + strings.Repeat("d6:lengthi9223372036854775807e4:pathl1:aee", 100_001) + "ee"))
	if len(r.Files) != maxFiles || r.FileCount != 100_001 || r.Size != 1<<63-1 {
		t.Errorf("%d files listed of %d, %d bytes", len(r.Files), r.FileCount, r.Size)
	}
	for _, b := range []string{strings.Repeat("l", peerwire.MaxMetadata), "d1:a" + strings.Repeat("l", peerwire.MaxMetadata), "le", "i1e"} {
		var r Result
		if r.describe([]byte(b)); r.Dictionary != nil {
			t.Errorf("Describe accepted %.20q", b)
		}
	}
}

func TestALinkWithAWholeVersion2HashMustMatchAllOfIt(t *testing.T) {
	b := metadata(300)
	whole := sha256.Sum256(b)
	half := whole
	half[31]++
	for want, link := range map[bool]bittorrent.Magnet{
		true:  {Kind: bittorrent.V2, InfoHash: bittorrent.InfoHash(whole[:20]), SHA256: whole},
		false: {Kind: bittorrent.V2, InfoHash: bittorrent.InfoHash(half[:20]), SHA256: half},
	} {
		if rightFor(link)(b) != want {
			t.Errorf("%v: got %v", link, !want)
		}
	}
	if !rightFor(bittorrent.Magnet{Kind: bittorrent.Hybrid, InfoHash: sha1.Sum(b), SHA256: whole})(b) || rightFor(bittorrent.Magnet{Kind: bittorrent.Hybrid, InfoHash: sha1.Sum(b), SHA256: half})(b) {
		t.Error("a hybrid link was satisfied by one of its two hashes")
	}
}

// TestASavedTorrentIsValid checks that a file made from a result is a valid .torrent.
func TestASavedTorrentIsValid(t *testing.T) {
	b := metadata(5000)
	file := metainfo.Build(b, metainfo.Around{Trackers: []string{"http://a.example/announce"}})
	tor, err := metainfo.Parse(file)
	if err != nil || !bytes.Equal(tor.Dictionary(), b) || tor.InfoHash != sha1.Sum(b) {
		t.Errorf("Parse returned %v", err)
	}
}

func TestASearchEndsWhenAllPeersFailed(t *testing.T) {
	for _, peers := range []int{1, 12, 150} {
		synctest.Test(t, func(t *testing.T) {
			v, b := newFakeSwarm(), metadata(300)
			for range peers {
				v.named = append(v.named, v.add(nil))
			}
			begin := time.Now()
			_, err := v.search(Query{Link: linkOf(b), Verdict: Allowed})
			var f *Failure
			if !errors.As(err, &f) || f.Reason != Unreachable || f.Found != peers || f.Tried != peers {
				t.Errorf("%d peers: %v", peers, err)
			}
			if took := time.Since(begin); took > 25*time.Second {
				t.Errorf("%d unreachable peers: the search took %v", peers, took)
			}
		})
	}
}

func TestTheBootstrapNodesThatWereAskedAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newFakeSwarm()
		n := v.network()
		n.Lookup = func(context.Context, bittorrent.InfoHash, *dht.SearchOptions) (*dht.Result, error) {
			return &dht.Result{Tried: []dht.Group{dht.Saved, dht.Routers}}, nil
		}
		s := New(n, Query{Link: linkOf(metadata(300)), Verdict: Allowed})
		if _, err := s.Run(t.Context(), nil); err == nil {
			t.Error("the search found metadata")
		}
		if f := s.First(); f.Peers || !slices.Equal(f.Groups, []dht.Group{dht.Saved, dht.Routers}) {
			t.Errorf("First returned %+v", f)
		}
	})
}
