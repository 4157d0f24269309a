package shell

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/swarmview"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
)

// fakeSwarm is the part of the engine that searches; it records the requests.
type fakeSwarm struct{ engine *fakeEngine }

func (f fakeSwarm) Look(r swarmview.Request) (uint64, error) {
	f.engine.call("look " + r.Path + r.Link)
	f.engine.mu.Lock()
	defer f.engine.mu.Unlock()
	return 1, f.engine.lookError
}
func (f fakeSwarm) LookAgain(uint64, bool) error              { return nil }
func (f fakeSwarm) Stop(uint64)                               {}
func (f fakeSwarm) Drop(uint64)                               {}
func (f fakeSwarm) Magnet(uint64, bool) (string, error)       { return "", nil }
func (f fakeSwarm) Save(uint64, string, bool) (string, error) { return "", nil }
func (f fakeSwarm) Watch(on bool)                             { f.engine.call(fmt.Sprintf("watch %v", on)) }
func (f fakeSwarm) Measure(int) error                         { return nil }
func (f fakeSwarm) StopMeasuring()                            {}

// showSwarm goes to the swarm page with a state of the swarm, and chooses a search by its ID.
func (s *scene) showSwarm(status *swarmview.Status, chosen ...uint64) {
	s.t.Helper()
	s.tabs.Choose(pageSwarm)
	s.engine.change(func(snap *engine.Snapshot) { snap.Swarm = status })
	s.Shell.show()
	for _, id := range chosen {
		for row, search := range status.Searches {
			if search.ID == id {
				s.chooseRow(row)
			}
		}
	}
}

// askPrivate opens the question about a link that looks private.
func askPrivate(s *scene) {
	s.showSwarm(swarmWith(lookedUp()))
	for _, o := range test.LaidOutObjects(s.swarmPage().Content()) {
		if b, ok := o.(*control.Button); ok && b.Text == lang.L("Back to the searches") {
			test.Tap(b) // the view before shows the DHT
		}
	}
	refuse := func(err error) {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		s.engine.lookError = err
	}
	refuse(&swarmview.Error{Kind: swarmview.LooksPrivate})
	before := s.desk.OpenDialogs() // dialogs of other views
	s.swarmPage().LookFor(hash("private"))
	s.until("the question is open", func() bool { return s.desk.OpenDialogs() > before })
	refuse(nil)
}

// swarmWith returns the state of a node that knows some of the DHT, with searches.
func swarmWith(searches []*swarmview.Search) *swarmview.Status {
	s := &swarmview.Status{On: true, Port: 51413, Searches: searches, Size: swarmview.Size{Lookups: 16, Nodes: 17.8e6, Low: 15.1e6, High: 21.1e6, Error: 0.089}}
	s.Families = []swarmview.Family{table(false, "192.0.2.77", 16), table(true, "2001:db8::77", 7)}
	for i, n := range []float64{16.9e6, 17.4e6, 17.1e6, 18.6e6, 18.2e6, 17.5e6, 19.1e6, 18.4e6, 17.8e6} {
		s.Days = append(s.Days, swarmview.Day{Day: noon.AddDate(0, 0, i-8).Format(time.DateOnly), Nodes: n, Low: n * 0.85, High: n * 1.19, Lookups: 16})
	}
	return s
}

// table returns a node's table with a number of buckets: the nearer a bucket is to the node's own ID, the fewer nodes
// it has.
func table(v6 bool, external string, buckets int) swarmview.Family {
	f := swarmview.Family{V6: v6, ID: bittorrent.NodeID(hash(external)), External: netip.MustParseAddr(external)}
	for i := range buckets {
		n := min(8, buckets-i+1)
		b := swarmview.Bucket{Good: n - i%3}
		b.Other = n - b.Good
		f.Buckets = append(f.Buckets, b)
		for k := range n {
			id := bittorrent.NodeID(hash(fmt.Sprint(external, i, k)))
			for bit := range i + 1 { // this many bits are those of the own ID; the next bit differs
				mask := byte(0x80) >> (bit % 8)
				id[bit/8] = id[bit/8]&^mask | f.ID[bit/8]&mask
			}
			id[i/8] ^= 0x80 >> (i % 8)
			f.Nodes = append(f.Nodes, id)
		}
	}
	return f
}

// lookedUp returns searches in every state: one runs, one found a torrent with twenty thousand files, one found no
// peer.
func lookedUp() []*swarmview.Search {
	of := func(id uint64, name string, state swarmview.State, end swarmview.End) *swarmview.Search {
		h := hash(name)
		return &swarmview.Search{
			ID: id, InfoHash: h, Hash: hex.EncodeToString(h[:]), State: state, End: end, Began: noon.Add(-time.Minute), Took: 4 * time.Second,
			Description: swarmview.Description{Name: name}, There: swarmview.There{Seeders: -1, Leechers: -1},
		}
	}
	looking := of(4, "", swarmview.Looking, swarmview.EndNone)
	looking.Progress = swarmview.Progress{Queried: 64, Answered: 41, Found: 12, Tried: 9, TCP: 1, UTP: 1, Pieces: 3, Of: 65}
	all := of(3, "Prelinger Archives, stills", swarmview.Ended, swarmview.EndFound)
	all.Progress = swarmview.Progress{Queried: 88, Answered: 71, Found: 37, Tried: 37, TCP: 9, UTP: 14}
	all.Known, all.FileCount, all.Bytes, all.Announced = true, 20_000, 1_204_000, 8
	all.Seeders, all.Leechers = 31, 6
	for i := range all.FileCount {
		size := int64(1+i%7) * 311_000
		all.Files = append(all.Files, swarmview.File{Path: fmt.Sprintf("Reel %03d/frame %05d.tif", 1+i/125, i), Size: size})
		all.Size += size
	}
	all.Trackers = []swarmview.Tracker{{Address: "udp://tracker.archive.example:6969/announce", Seeders: 28, Leechers: 6}}
	all.Peers = []swarmview.Peer{{Program: "Transmission 4.1.4"}, {Program: "qBittorrent/5.3.0", UTP: true}, {}}
	nobody := of(2, "Home Movies of the Nineteen-Fifties", swarmview.Ended, swarmview.EndNobody)
	nobody.Progress = swarmview.Progress{Queried: 112, Answered: 86}
	nobody.Seeders, nobody.Leechers = 0, 0
	away := of(1, "Wikipédia, novembre 2026", swarmview.Ended, swarmview.EndUnreachable)
	away.Progress = swarmview.Progress{Queried: 70, Answered: 52, Found: 12, Tried: 12}
	return []*swarmview.Search{looking, all, nobody, away}
}

func TestATorrentDroppedOnTheSwarmPageIsLookedUp(t *testing.T) {
	s := newScene(t, nil)
	s.showSwarm(swarmWith(nil))
	s.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI("/a.torrent")})
	s.until("the torrent is looked up", func() bool { return s.engine.called("look /a.torrent") })
	s.settle()
}

func TestALinkPastedIntoTheSwarmPageIsNotLookedUpByItself(t *testing.T) {
	s := newScene(t, nil)
	s.showSwarm(swarmWith(nil))
	s.app.Clipboard().SetContent(" magnet:?xt=urn:btih:0123456789012345678901234567890123456789 ")
	s.paste()
	field, ok := s.window.Canvas().Focused().(*control.Entry)
	if !ok || field.Text == "" || s.engine.called("look "+field.Text) || s.engine.called("learn") {
		t.Errorf("the field has the focus: %v, calls %q; want true and no search", ok, s.engine.calls)
	}
	s.tap(lang.L("Look up"))
	s.until("the link is looked up", func() bool {
		return s.engine.called("look magnet:?xt=urn:btih:0123456789012345678901234567890123456789")
	})
	s.settle()
}

func TestTheSwarmIsWatchedOnlyWhileItsPageIsVisible(t *testing.T) {
	s := newScene(t, nil)
	s.showSwarm(swarmWith(nil))
	s.tabs.Choose(pageTorrents)
	s.showSwarm(swarmWith(nil))
	s.hide()
	s.Shell.show()
	var got []string
	for _, c := range s.engine.calls {
		if c == "watch true" || c == "watch false" {
			got = append(got, c)
		}
	}
	if fmt.Sprint(got) != "[watch true watch false watch true watch false]" {
		t.Errorf("calls %q", got)
	}
}
