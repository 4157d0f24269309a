package practice

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
)

var (
	begin  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	hash   = bittorrent.InfoHash([]byte("aaaaaaaaaaaaaaaaaaaa"))
	seeder = bittorrent.PeerID([]byte("-TR4100-000000000001"))
	taker  = bittorrent.PeerID([]byte("-qB5000-000000000002"))
)

// announceOf returns an announce of a peer.
func announceOf(id bittorrent.PeerID, event bittorrent.Event, uploaded, left uint64) Announce {
	a := Announce{Addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), 6881), NumWant: -1}
	a.InfoHash, a.PeerID, a.Event, a.Counters = hash, id, event, bittorrent.Counters{Uploaded: uploaded, Left: left}
	return a
}

func checksOf(found []Finding) (out []Check) {
	for _, f := range found {
		out = append(out, f.Check)
	}
	return out
}

// TestTheFiveChecks plays a session for each case; the last announce decides.
func TestTheFiveChecks(t *testing.T) {
	const minute = time.Minute
	const mega = 1_000_000
	type step struct {
		after      time.Duration
		announceOf Announce
	}
	started, plain, stopped := bittorrent.EventStarted, bittorrent.EventNone, bittorrent.EventStopped
	noPort := announceOf(seeder, started, 0, 0)
	noPort.Addr = netip.AddrPortFrom(noPort.Addr.Addr(), 0)
	for _, c := range []struct {
		name  string
		steps []step
		want  []Check
	}{
		{"an honest seeder", []step{{0, announceOf(taker, started, 0, 5)}, {0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, plain, mega, 0)}}, nil},
		{"a first announce without started", []step{{0, announceOf(seeder, plain, 7, 0)}}, []Check{CheckStarted}},
		{"a first announce without started, nothing uploaded", []step{{0, announceOf(seeder, plain, 0, 0)}}, nil},
		{"started with a total", []step{{0, announceOf(seeder, started, 7, 0)}}, nil},
		{"a plain announce after stopped", []step{{0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, stopped, 0, 0)}, {minute, announceOf(seeder, plain, 7, 0)}}, []Check{CheckStarted}},
		{"a total that fell", []step{{0, announceOf(seeder, started, 9, 0)}, {minute, announceOf(seeder, plain, 8, 0)}}, []Check{CheckFell}},
		{"a new session under the same id", []step{{0, announceOf(seeder, started, 9, 0)}, {minute, announceOf(seeder, started, 0, 0)}}, nil},
		{"upload that no peer can have received", []step{{0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, plain, 1, 0)}}, []Check{CheckAlone}},
		{"only another seeder", []step{{0, announceOf(taker, started, 0, 0)}, {0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, plain, 1, 0)}}, []Check{CheckAlone}},
		{"the other peer completed in between", []step{
			{0, announceOf(taker, started, 0, 5)},
			{0, announceOf(seeder, started, 0, 0)},
			{minute, announceOf(taker, bittorrent.EventCompleted, 0, 0)},
			{minute, announceOf(seeder, plain, 5, 0)},
		}, nil},
		{"the other peer left before", []step{
			{0, announceOf(taker, started, 0, 5)},
			{minute, announceOf(taker, stopped, 0, 5)},
			{minute, announceOf(seeder, started, 0, 0)},
			{minute, announceOf(seeder, plain, 5, 0)},
		}, []Check{CheckAlone}},
		{"the line, exactly", []step{{0, announceOf(taker, started, 0, 5)}, {0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, plain, 60*DefaultLine/8, 0)}}, nil},
		{"one byte a second above the line", []step{{0, announceOf(taker, started, 0, 5)}, {0, announceOf(seeder, started, 0, 0)}, {minute, announceOf(seeder, plain, 60*DefaultLine/8+60, 0)}}, []Check{CheckSpeed}},
		{"port 0", []step{{0, noPort}}, []Check{CheckPort}},
	} {
		tr, now := New(Options{}), begin
		var got Reply
		for _, s := range c.steps {
			now = now.Add(s.after)
			got = tr.Announce(s.announceOf, now)
		}
		if !slices.Equal(checksOf(got.Noticed), c.want) {
			t.Errorf("%s: noticed %v, want %v", c.name, got.Noticed, c.want)
		}
	}
}

func TestAFindingGivesItsNumbers(t *testing.T) {
	tr := New(Options{Line: 8000})
	tr.Announce(announceOf(taker, bittorrent.EventStarted, 0, 5), begin)
	tr.Announce(announceOf(seeder, bittorrent.EventStarted, 0, 0), begin)
	r := tr.Announce(announceOf(seeder, bittorrent.EventNone, 100_000, 0), begin.Add(10*time.Second))
	want := "100000 bytes in 10 seconds are 10000 bytes per second, and the line carries 1000"
	if len(r.Noticed) != 1 || r.Noticed[0].String() != want {
		t.Errorf("noticed %v, want %q", r.Noticed, want)
	}
	for _, p := range tr.Peers() {
		if p.ID == seeder && (len(p.Findings) != 1 || p.Findings[0] != r.Noticed[0]) || p.ID == taker && len(p.Findings) != 0 {
			t.Errorf("the peer is %+v, want the finding only for the seeder", p)
		}
	}
}

func TestTheSwarmIsCounted(t *testing.T) {
	tr := New(Options{})
	tr.Announce(announceOf(taker, bittorrent.EventStarted, 0, 5), begin)
	r := tr.Announce(announceOf(seeder, bittorrent.EventStarted, 0, 0), begin)
	if want := (bittorrent.Swarm{Seeders: 1, Leechers: 1}); r.Swarm != want || len(r.Peers) != 1 || r.Peers[0].ID != taker {
		t.Errorf("the answer is %+v", r)
	}
	r = tr.Announce(announceOf(taker, bittorrent.EventCompleted, 0, 0), begin.Add(time.Minute))
	if want := (bittorrent.Swarm{Seeders: 2, Downloads: 1}); r.Swarm != want || len(r.Peers) != 0 {
		t.Errorf("a seeder got %+v, want no peers", r)
	}
	tr.Announce(announceOf(taker, bittorrent.EventStopped, 0, 0), begin.Add(2*time.Minute))
	if got, want := tr.Scrape(nil)[hash], (bittorrent.Swarm{Seeders: 1, Downloads: 1}); got != want {
		t.Errorf("the scrape is %+v, want %+v", got, want)
	}
	// A peer that is silent for two intervals is dropped.
	r = tr.Announce(announceOf(taker, bittorrent.EventStarted, 0, 9), begin.Add(62*time.Minute))
	if want := (bittorrent.Swarm{Leechers: 1, Downloads: 1}); r.Swarm != want {
		t.Errorf("the answer is %+v", r)
	}
}

func TestAnEarlyAnnounceGetsAWarning(t *testing.T) {
	tr := New(Options{Interval: time.Minute})
	tr.Announce(announceOf(seeder, bittorrent.EventStarted, 0, 0), begin)
	if r := tr.Announce(announceOf(seeder, bittorrent.EventNone, 0, 0), begin.Add(29*time.Second)); r.Warning == "" {
		t.Error("no warning before the min interval")
	}
	if r := tr.Announce(announceOf(seeder, bittorrent.EventNone, 0, 0), begin.Add(59*time.Second)); r.Warning != "" {
		t.Error("a warning after the min interval")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	tr := New(Options{})
	for i := range maxTorrents + 3 {
		a := announceOf(seeder, bittorrent.EventStarted, 0, 0)
		a.InfoHash[0], a.InfoHash[1] = byte(i), byte(i>>8)
		tr.Announce(a, begin.Add(time.Duration(i)*time.Millisecond))
	}
	if n := len(tr.Peers()); n != maxTorrents {
		t.Errorf("%d torrents in memory, want %d", n, maxTorrents)
	}
	for i := range maxPeers + 3 {
		a := announceOf(seeder, bittorrent.EventStarted, 0, 1)
		a.PeerID[8], a.PeerID[9] = byte(i), byte(i>>8)
		tr.Announce(a, begin.Add(time.Second))
	}
	if s := tr.Scrape([]bittorrent.InfoHash{hash})[hash]; s.Leechers != maxPeers {
		t.Errorf("Scrape returned %+v", s)
	}
}

func TestARefusalHasItsReasonAndCanBeEnded(t *testing.T) {
	tr := New(Options{})
	tr.Refuse(hash, "unregistered torrent")
	if r := tr.Announce(announceOf(seeder, bittorrent.EventStarted, 0, 0), begin); r.Failure != "unregistered torrent" {
		t.Errorf("the answer is %+v", r)
	}
	tr.Refuse(hash, "")
	if r := tr.Announce(announceOf(seeder, bittorrent.EventStarted, 0, 0), begin); r.Failure != "" {
		t.Errorf("the answer is %+v", r)
	}
}
