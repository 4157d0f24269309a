package swarmask

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/swarmview"
)

// sink is an address that accepts connections and answers nothing.
type sink struct {
	t  *testing.T
	l  net.Listener
	at netip.AddrPort
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &sink{t, l, l.Addr().(*net.TCPAddr).AddrPort()}
}

// expectConnection waits for a connection.
func (p *sink) expectConnection() {
	p.t.Helper()
	_ = p.l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	c, err := p.l.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
}

// connections returns how many connections arrived and were not taken yet: those before the one that it makes itself.
func (p *sink) connections() (n int) {
	p.t.Helper()
	own, err := net.Dial("tcp4", p.at.String())
	if err != nil {
		p.t.Fatal(err)
	}
	defer own.Close()
	_ = p.l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	for ; ; n++ {
		c, err := p.l.Accept()
		if err != nil {
			p.t.Fatal(err)
		}
		_ = c.Close()
		if c.RemoteAddr().String() == own.LocalAddr().String() {
			return n
		}
	}
}

// privateTorrent is a torrent that is known as private.
var privateTorrent = names.Torrent{Name: "x", Size: 1, Private: true}

// TestTheVerdictIsMadeWhenASearchBegins, not when it is put on the list, since it may wait for a place.
func TestTheVerdictIsMadeWhenASearchBegins(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"it is known as private by then": func(w *world) { w.Names.Add(hashOf(open), privateTorrent) },
		"a client announced it with a key": func(w *world) {
			w.announces(open, func(a *bittorrent.Announce) { a.Keyed = true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.listen()
			w.on(nil)
			for range maxAtOnce {
				w.searches.places <- struct{}{}
			}
			peer := newSink(t)
			id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{peer.at})})
			change(w)
			for range maxAtOnce {
				<-w.searches.places
			}
			if v := w.ended(id); v.End != swarmview.EndPrivate {
				t.Errorf("ended returned %+v", v)
			}
			if n := peer.connections(); n > 0 {
				t.Errorf("%d connections, want none", n)
			}
			if sent, _ := w.current().access.Counts(); sent > 0 {
				t.Errorf("%d datagrams were sent, want none", sent)
			}
		})
	}
}

// TestARunningSearchEndsIfItsTorrentTurnsOutToBePrivate: the file of a private torrent appears in a folder while the
// search runs.
func TestARunningSearchEndsIfItsTorrentTurnsOutToBePrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.on(nil)
	peer := newSink(t)
	id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{peer.at, w.peer(closed)})})
	peer.expectConnection()
	w.Names.Add(hashOf(open), privateTorrent)
	if v := w.ended(id); v.End != swarmview.EndPrivate || len(v.Peers) > 0 {
		t.Errorf("ended returned %+v", v)
	}
	if err := w.LookAgain(id, false); kindOf(err) != swarmview.Private {
		t.Errorf("LookAgain returned %v", err)
	}
}

// TestASecondLookUpNeedsConfirmationAgain: the user's confirmation is for one search, and more may be known before the
// next one.
func TestASecondLookUpNeedsConfirmationAgain(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	confirmed := w.look(swarmview.Request{Link: linkTo(open, nil, "http%3A%2F%2Ft.example%2F0123456789abcdef0123456789abcdef%2Fannounce"), Confirmed: true})
	plain := w.look(swarmview.Request{Link: hashOf(closed).String()})
	w.announces(closed, func(a *bittorrent.Announce) { a.Keyed = true })
	for _, id := range []uint64{confirmed, plain} {
		w.Stop(id)
		w.ended(id)
		if err := w.LookAgain(id, true); kindOf(err) != swarmview.LooksPrivate {
			t.Errorf("LookAgain returned %v", err)
		}
	}
	w.Names.Add(hashOf(open), names.Torrent{Name: "x", Size: 1}) // its description is known and has no private flag
	if err := w.LookAgain(confirmed, true); err != nil {
		t.Error(err)
	}
	// A torrent of the table that no client had announced when the user confirmed.
	row := w.look(swarmview.Request{Hash: hashOf("row"), Confirmed: true})
	w.Stop(row)
	w.ended(row)
	if err := w.LookAgain(row, false); kindOf(err) != swarmview.LooksPrivate {
		t.Errorf("LookAgain returned %v", err)
	}
	w.announces("row", nil)
	if err := w.LookAgain(row, false); err != nil {
		t.Error(err)
	}
}

func TestAPrivateTorrentWithoutTrackersIsRefused(t *testing.T) {
	p := newWorld(t)
	for _, c := range []struct {
		s    subject
		want swarm.Verdict
	}{
		{subject{known: swarm.Private}, swarm.Refused},
		{subject{known: swarm.Private, trackers: []string{"http://t.example/announce"}}, swarm.OwnTrackers},
		{subject{}, swarm.Allowed},
		{subject{unannounced: true}, swarm.Warn},
		{subject{unannounced: true, automatic: true}, swarm.Refused},
	} {
		if got := p.verdict(&c.s); got != c.want {
			t.Errorf("%+v: %v, want %v", c.s, got, c.want)
		}
	}
}
