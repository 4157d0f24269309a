package shell

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/practice"
	"bittoratio/engine/report/policy"
)

// demoRate is how fast the sample clients upload, and demoLine the highest speed that the practice tracker believes, in
// bytes per second.
const (
	demoRate = 3_000_000
	demoLine = practice.DefaultLine / 8
)

// showDemonstration makes the window that of a demonstration until the view ends.
func showDemonstration(s *scene, f policy.Factor) {
	before, points := *s.engine.Snapshot(), s.engine.points
	s.engine.points = demoPoints(f)
	s.options.Demo = func() []practice.Status { return demoPeers(f) }
	s.engine.change(func(snap *engine.Snapshot) { *snap = demoSnapshot(f) })
	s.tabs.Choose(pageTorrents)
	s.chooseRow(-1) // the rows of the view before need not stay in place
	s.Shell.show()
	s.chooseRow(1)
	s.t.Cleanup(func() {
		s.chooseRow(-1)
		s.options.Demo, s.engine.points = nil, points
		s.demo.setText("")
		s.engine.change(func(snap *engine.Snapshot) { *snap = before })
		s.Shell.show()
	})
}

// demoPeers returns what the practice tracker knows about the seeders at a multiplier.
func demoPeers(f policy.Factor) (out []practice.Status) {
	for i, id := range []string{"-TR4140-demo00000001", "-qB4520-demo00000002", "-lt0D80-demo00000003"} {
		p := practice.Status{Peer: practice.Peer{ID: bittorrent.PeerID([]byte(id))}}
		if rate := demoRate*uint64(f)/uint64(policy.One) - uint64(i)*61_000; rate > demoLine {
			p.Findings = []practice.Finding{{Check: practice.CheckSpeed, Rate: rate, Line: demoLine}}
		}
		out = append(out, p)
	}
	return out
}

// demoSnapshot returns the snapshot of a demonstration half a minute after its start.
func demoSnapshot(f policy.Factor) engine.Snapshot {
	const tracker = "127.0.0.1:36489"
	list := []*engine.Torrent{
		{Name: "Sample book", Client: "rTorrent (libtorrent 0.13.8)", Failure: "unregistered torrent", Swarm: bittorrent.UnknownSwarm, Left: 900_000_000},
		{Name: "Sample film", Client: "Transmission 4.1.4", Clients: 2, Seen: 62_400_000, Swarm: bittorrent.Swarm{Seeders: 1, Leechers: 1}},
		{Name: "Sample music", Client: "qBittorrent 4.5.2", Clients: 2, Seen: 48_000_000, Swarm: bittorrent.Swarm{Seeders: 2}},
		{Name: "Sample pictures", Client: "rTorrent (libtorrent 0.13.8)", Clients: 2, Seen: 39_000_000, Swarm: bittorrent.Swarm{Seeders: 1, Leechers: 1}},
	}
	snap := engine.Snapshot{At: noon, State: engine.On, Addr: "127.0.0.1:44147", Factor: f, Torrents: list, Hashes: len(list), Trackers: []engine.Tracker{{Host: tracker, Torrents: len(list)}}}
	for i, t := range list {
		t.ID, t.InfoHash, t.Tracker, t.Private, t.Answered, t.Status, t.Factor, t.Points = t.Name, hash(t.Name), tracker, true, true, 200, f, 40
		t.Size, t.Reported = 36_000_000, t.Seen*uint64(f)/uint64(policy.One)
		t.First, t.Last = noon.Add(-30*time.Second), noon.Add(-time.Duration(i%3)*time.Second)
		t.Next = t.Last.Add(3 * time.Second)
		snap.Totals.Seen, snap.Totals.Reported = snap.Totals.Seen+t.Seen, snap.Totals.Reported+t.Reported
	}
	snap.Day = exchange.LastDay{Seen: snap.Totals.Seen, Reported: snap.Totals.Reported, Since: noon.Add(-30 * time.Second)}
	return snap
}

// demoPoints returns the announces of the film's seeder: two rounds, and the start of a third.
func demoPoints(f policy.Factor) (out []exchange.Point) {
	var seen uint64
	for i, fresh := range []uint64{0, 9_000_000, 9_100_000, 9_000_000, 8_900_000, 0, 0, 0, 8_800_000, 9_000_000, 8_600_000} {
		seen += fresh
		reported := seen * uint64(f) / uint64(policy.One)
		p := exchange.Point{At: noon.Add(time.Duration(i-10) * 3 * time.Second).UnixMilli(), New: fresh, Factor: f, Reason: exchange.ReasonMultiplied, Status: 200, Seeders: 1, Leechers: 1}
		if fresh == 0 {
			p.Reason, p.Seeders, p.Leechers = exchange.ReasonSame, 2, 0
		}
		p.Seen, p.Reported, p.Sum = seen, reported, exchange.Sums{Seen: seen, Reported: reported}
		out = append(out, p)
	}
	return out
}
