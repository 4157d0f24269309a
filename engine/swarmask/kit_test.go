package swarmask

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/peerwire"
)

const patience = 30 * time.Second

// world is a part on this computer, and everything that it may meet there.
type world struct {
	*Part
	t       *testing.T
	folder  string
	changed chan struct{}
	node    *dht.Node // another program's full node
	at      netip.AddrPort
	cached  []netip.AddrPort // peers in trackers' answers to clients; changed before the search begins
	running sync.WaitGroup
	ctx     context.Context
}

// newWorld returns a world whose part is off.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), changed: make(chan struct{}, 1)}
	folder, err := store.Open(w.folder)
	if err != nil {
		t.Fatal(err)
	}
	w.Part = New(Parts{
		Folder: folder, Log: slog.New(slog.DiscardHandler), Names: names.NewBook(), LocalNetworks: true,
		Changed: func() {
			select {
			case w.changed <- struct{}{}:
			default:
			}
		},
		Learned: func() {}, Gateway: func() string { return "127.0.0.1:8080" }, Local: func() bool { return true },
		Named: func(bittorrent.InfoHash) []netip.AddrPort { return w.cached },
	})
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	t.Cleanup(func() {
		w.Close()
		cancel()
		w.running.Wait()
		_ = folder.Close()
	})
	return w
}

// on switches the part on. If there is no other node to know from the last run, it knows a router that does not exist.
func (w *world) on(change func(*settings.Swarm)) {
	w.t.Helper()
	s := settings.Swarm{Enabled: true, Bind: "127.0.0.1", Routers: []string{"127.0.0.1:1"}}
	if w.node != nil {
		s.Routers = nil
	}
	if change != nil {
		change(&s)
	}
	w.Apply(s)
	if v := w.Status(); v == nil || !v.On {
		w.t.Fatalf("Status returned %+v", v)
	}
}

// listen starts the other program's node.
func (w *world) listen() {
	w.t.Helper()
	bind, err := udp.ParseBind("127.0.0.2")
	if err != nil {
		w.t.Fatal(err)
	}
	filter := &udp.Filter{LocalNetworks: true}
	s, err := udp.Listen(udp.Options{Bind: bind, Filter: filter})
	if err != nil {
		w.t.Fatal(err)
	}
	w.at = s.LocalAddr()
	w.node = dht.New(&dht.Options{Sockets: []dht.Socket{s}, Filter: filter, AnswerOthers: true})
	w.running.Go(func() { _ = s.Run(w.ctx, w.node.Receive, nil) })
	w.running.Go(func() { _ = w.node.Run(w.ctx) })
	// The part knows it from the last run.
	var state dht.State
	state.Families[0] = dht.FamilyState{ID: bittorrent.NodeID{1}, Nodes: []krpc.Node{{ID: w.node.Status().Families[0].ID, Addr: w.at}}}
	if err := w.Folder.WriteFile(store.DHTFile, state.Marshal()); err != nil {
		w.t.Fatal(err)
	}
}

// peer starts a peer that has a description, and returns its address.
func (w *world) peer(dictionary string) netip.AddrPort {
	w.t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	context.AfterFunc(w.ctx, func() { _ = l.Close() })
	w.running.Go(func() {
		defer l.Close()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.running.Go(func() {
				defer c.Close()
				defer context.AfterFunc(w.ctx, func() { _ = c.Close() })()
				servePeer(c, dictionary)
			})
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// servePeer serves a connection as a peer that has a description.
func servePeer(c net.Conn, dictionary string) {
	r := peerwire.NewReader(c)
	h, err := r.Handshake()
	if err != nil {
		return
	}
	h.PeerID, h.Extensions = bittorrent.PeerID([]byte("-TR3000-abcdefghijkl")), true
	extended := func(number byte, message string) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(message)+2))
		return append(append(b, 20, number), message...)
	}
	_, _ = c.Write(append(h.Append(nil), extended(0, fmt.Sprintf("d1:md11:ut_metadatai3ee13:metadata_sizei%de1:v9:Test 1.0\x1be", len(dictionary)))...))
	for {
		f, wanted, err := r.Next()
		if err != nil {
			return
		}
		if !wanted || f.ID != peerwire.Extended {
			continue
		}
		if m, ok := peerwire.ParseMetadata(f.Body[1:]); ok {
			at := m.Index * peerwire.PieceSize
			piece := dictionary[at : at+peerwire.PieceLength(len(dictionary), m.Index)]
			_, _ = c.Write(extended(peerwire.MetadataID, fmt.Sprintf("d8:msg_typei1e5:piecei%de10:total_sizei%dee", m.Index, len(dictionary))+piece))
		}
	}
}

// linkTo returns a link to a description, with peers and trackers.
func linkTo(dictionary string, peers []netip.AddrPort, trackers ...string) string {
	link := fmt.Sprintf("magnet:?xt=urn:btih:%x", sha1.Sum([]byte(dictionary)))
	for _, p := range peers {
		link += "&x.pe=" + p.String()
	}
	return link + strings.Join(append([]string{""}, trackers...), "&tr=")
}

func hashOf(dictionary string) bittorrent.InfoHash { return sha1.Sum([]byte(dictionary)) }

// search returns what is shown of a search; nil if it is not on the list.
func (w *world) search(id uint64) *swarmview.Search {
	if s := w.Status(); s != nil {
		for _, v := range s.Searches {
			if v.ID == id {
				return v
			}
		}
	}
	return nil
}

// until waits until something is shown.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	late := time.After(patience)
	for !ok() {
		select {
		case <-w.changed:
		case <-late:
			w.t.Fatalf("%s: not within %v; %+v", what, patience, w.Status())
		}
	}
}

// ended waits for a search's end.
func (w *world) ended(id uint64) *swarmview.Search {
	w.t.Helper()
	w.until("the search ends", func() bool { v := w.search(id); return v != nil && v.State == swarmview.Ended })
	return w.search(id)
}

// idle waits until no search and nothing after one runs: all places are free.
func (w *world) idle() {
	w.t.Helper()
	late := time.After(patience)
	for range maxAtOnce {
		select {
		case w.searches.places <- struct{}{}:
		case <-late:
			w.t.Fatal("a search does not end")
		}
	}
	for range maxAtOnce {
		<-w.searches.places
	}
}

// look begins a search, and fails if that is refused.
func (w *world) look(r swarmview.Request) uint64 {
	w.t.Helper()
	id, err := w.Look(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func kindOf(err error) swarmview.ErrorKind {
	if e, ok := err.(*swarmview.Error); ok {
		return e.Kind
	}
	return 255
}

// announces has a client announce a torrent.
func (w *world) announces(dictionary string, change func(*bittorrent.Announce)) {
	w.t.Helper()
	u, err := bittorrent.NewTrackerURL("http", "tracker.example", "/announce")
	if err != nil {
		w.t.Fatal(err)
	}
	a := bittorrent.Announce{InfoHash: hashOf(dictionary), Port: 51413}
	if change != nil {
		change(&a)
	}
	w.Announced(u, &a, time.Now())
}

// searchNothing are options of a search in the DHT.
var searchNothing dht.SearchOptions

func announceOf(a netip.AddrPort) dht.Announce { return dht.Announce{Port: a.Port()} }
