package shell

import (
	"crypto/sha1"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// noon is the time in every picture.
var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// fillEngine gives the engine something of every kind that the pages can show.
func fillEngine(f *fakeEngine) {
	f.settings.OpenHTTPS = true
	f.settings.Ceiling, f.settings.StopRatio = 10*mib, 2000
	f.snap = engine.Snapshot{
		At: noon, State: engine.On, Addr: "127.0.0.1:8080", Factor: 2500, Torrents: sessions(), Hashes: len(sessions()),
		Trackers: []engine.Tracker{
			{Host: "bttracker.debian.org:6969", Torrents: 4},
			{Host: "torrent.ubuntu.com", Torrents: 3, Own: policy.TrackerRule{Factor: 1500, StopAt: 3000}},
			{Host: "tracker.archive.example", Torrents: 4, Away: true, Since: noon.Add(-41 * time.Minute), Problem: exchange.ProblemTimeout, NextTry: noon.Add(4 * time.Minute)},
		},
		Pending: []engine.Pending{
			{ID: 1, InfoHash: hash("prelinger"), Name: "Prelinger Archives: Home Movies of the Nineteen-Fifties", Tracker: "tracker.archive.example", Event: bittorrent.EventCompleted, Reported: 3*gib + 71*mib, Since: noon.Add(-39 * time.Minute), NextTry: noon.Add(4 * time.Minute), Tries: 5, Problem: exchange.ProblemTimeout},
			{ID: 2, InfoHash: hash("gutenberg"), Name: "Project Gutenberg 2026", Tracker: "tracker.archive.example", Event: bittorrent.EventStopped, Reported: 912 * mib, Since: noon.Add(-12 * time.Minute), NextTry: noon.Add(4 * time.Minute), Tries: 3, Problem: exchange.ProblemAway},
		},
		Totals: exchange.Sums{Seen: 1204 * gib, Reported: 2790 * gib, Downloaded: 1160 * gib},
		Day:    exchange.LastDay{Seen: 31 * gib, Reported: 69 * gib, Follows: 24 * gib, Fixed: 9 * gib, Since: noon.Add(-24 * time.Hour)},
		HTTPS: exchange.HTTPS{
			On: true, Stored: true, Name: "BittOratio on this computer", Until: noon.AddDate(2, 0, 0), Certificate: "/home/ada/.local/share/bittoratio/authority.pem",
			Fingerprint: "4f:1c:88:0a:5b:7e:c1:23:90:de:6a:44:b2:f7:0d:39:81:ce:52:16:aa:73:e8:4d:05:9f:bc:61:27:d4:38:f0", Hosts: []string{"tracker.archive.example", "*.film.example"},
			Seen: []exchange.TLSClient{
				{Host: "tracker.archive.example", Listed: "tracker.archive.example", Client: "Transmission", Count: 12, Opened: 12, Last: noon.Add(-3 * time.Minute)},
				{Host: "updates.example", Client: "qBittorrent", Count: 2, Last: noon.Add(-50 * time.Minute)},
			},
		},
	}
	f.entries = exchanges()
	f.snap.Seq = uint64(len(f.entries))
	f.points = announces()
	for i, seen := range []uint64{3, 9, 0, 14, 22, 17, 8, 2, 0, 11, 26, 31, 12, 19} {
		if seen > 0 {
			f.days = append(f.days, exchange.Day{Day: noon.AddDate(0, 0, i-13).Format("20060102"), Exchanges: 40 * seen, Failed: seen, Seen: seen * gib, Reported: seen * gib * 5 / 2})
		}
	}
	f.heads = enginetest.Heads(request("13002342"), request("39007026"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 158\r\n\r\n")
	f.files = []file.File{{System: "Linux", Path: "/home/ada/.config/transmission/settings.json"}}
	f.launches = []launch.Command{{Key: "transmission", Client: "Transmission", Program: "/usr/bin/transmission-gtk", Found: true, Proxied: true, Env: []string{"http_proxy=http://127.0.0.1:8080", "CURL_CA_BUNDLE=/home/ada/.local/share/bittoratio/bundle.pem"}}}
	f.trust = local.SystemTrust{Trust: "sudo trust", Forget: "sudo forget", Everyone: true}
}

func hash(of string) bittorrent.InfoHash { return sha1.Sum([]byte(of)) }

// request returns an announce with an uploaded total.
func request(uploaded string) string {
	return "GET http://torrent.ubuntu.com/announce?info_hash=%12%34Vx%9a%bc%de%f0%12%34Vx%9a%bc%de%f0%12%34Vx&peer_id=-TR4140-abcdefghijkl&port=51413&uploaded=" +
		uploaded + "&downloaded=0&left=0&numwant=80&key=2f8c11a0&compact=1&supportcrypto=1 HTTP/1.1\r\nHost: torrent.ubuntu.com\r\nUser-Agent: Transmission/4.1.4\r\nAccept: */*\r\n\r\n"
}

// sessions returns torrents in every state.
func sessions() []*engine.Torrent {
	list := []*engine.Torrent{
		{Name: "debian-13.1.0-amd64-netinst.iso", Size: 783 * mib, Tracker: "bttracker.debian.org:6969", Client: "Transmission 4.1.4", Seen: 12 * gib, Reported: 29 * gib, Swarm: bittorrent.Swarm{Seeders: 1840, Leechers: 27}, Status: 200},
		{Name: "ubuntu-26.04-desktop-amd64.iso", Size: 6 * gib, Tracker: "torrent.ubuntu.com", Client: "Transmission 4.1.4", Seen: 41 * gib, Reported: 102 * gib, Swarm: bittorrent.Swarm{Seeders: 5210, Leechers: 312}, Status: 200},
		{Name: "Prelinger Archives: Home Movies of the Nineteen-Fifties, restored, volume 12", Size: 18 * gib, Tracker: "tracker.archive.example", Client: "qBittorrent 5.3.0", Seen: 1310 * mib, Reported: 3*gib + 71*mib, Left: 900 * mib, Outcome: exchange.OutcomeCached, Problem: exchange.ProblemTimeout, Pending: 1, Swarm: bittorrent.Swarm{Seeders: 14, Leechers: 6}},
		{Tracker: "tracker.archive.example", Client: "Deluge 2.2.0", Seen: 402 * mib, Reported: 402 * mib, Own: policy.One, Factor: policy.One, Swarm: bittorrent.Swarm{Seeders: 3, Leechers: 1}, Status: 200},
		{Name: "Fedora-Workstation-Live-43", Size: 2300 * mib, Tracker: "torrent.ubuntu.com", Client: "qBittorrent 5.3.0", Seen: 88 * mib, Reported: 220 * mib, Left: 1700 * mib, Swarm: bittorrent.Swarm{Seeders: 96, Leechers: 41}, Status: 200, Warning: "announce interval is 30 minutes"},
		{Name: "Project Gutenberg 2026", Size: 61 * gib, Private: true, Tracker: "tracker.archive.example", Client: "Deluge 2.2.0", Event: bittorrent.EventStopped, Seen: 365 * mib, Reported: 912 * mib, Outcome: exchange.OutcomeFailed, Problem: exchange.ProblemAway, Pending: 1, Swarm: bittorrent.UnknownSwarm},
		{Name: "Big Buck Bunny 4K", Size: 692 * mib, Private: true, Tracker: "tracker.archive.example", Client: "rTorrent 0.15.4", Seen: 77 * mib, Reported: 192 * mib, Failure: "unregistered torrent: it was removed by its uploader, see the rules", Swarm: bittorrent.UnknownSwarm, Status: 200},
		{Name: "Linux From Scratch 13.0", Size: 512 * mib, Tracker: "bttracker.debian.org:6969", Client: "Transmission 4.1.4", Event: bittorrent.EventStopped, Seen: 5 * gib, Reported: 5 * gib, Swarm: bittorrent.Swarm{Seeders: 44}, Status: 200},
		{Name: "openSUSE-Leap-16.1-DVD-x86_64", Size: 4 * gib, Tracker: "bttracker.debian.org:6969", Client: "Transmission 4.1.4", Event: bittorrent.EventStarted, Swarm: bittorrent.Swarm{Seeders: 210, Leechers: 9}, Left: 4 * gib, Status: 200},
		{Name: "Wikipédia en français, novembre 2026", Size: 37 * gib, Tracker: "bttracker.debian.org:6969", Client: "Transmission 4.1.4", Seen: 9 * gib, Reported: 40 * gib, Own: 5000, Factor: 5000, Swarm: bittorrent.Swarm{Seeders: 61, Leechers: 18}, Status: 200},
		{Name: "LibreOffice_26.2.1_Linux", Size: 210 * mib, Tracker: "torrent.ubuntu.com", Client: "qBittorrent 5.3.0", Seen: 640, Reported: 1600, Swarm: bittorrent.Swarm{Seeders: 31, Leechers: 2}, Status: 200},
	}
	for i, t := range list {
		t.ID, t.InfoHash, t.Answered, t.Points = t.Name, hash(t.Name), true, 40
		t.First, t.Last = noon.Add(-time.Duration(80+7*i)*time.Hour), noon.Add(-time.Duration(i*i*13+5)*time.Second)
		t.Next, t.Away = t.Last.Add(30*time.Minute), t.Tracker == "tracker.archive.example"
		if t.Event == bittorrent.EventStarted {
			t.First = t.Last
		}
		if t.Factor == 0 {
			t.Factor = 2500
		}
	}
	newest := announces()[39] // the end of the chart shows the same totals as the row
	list[0].Seen, list[0].Reported = newest.Seen, newest.Reported
	addSessions(list[0])
	list[2].InfoHash, list[5].InfoHash = hash("prelinger"), hash("gutenberg")
	return list
}

// announces returns the announces of the torrent whose detail is open: a night with few uploads, then more and more.
func announces() (out []exchange.Point) {
	var seen, reported uint64
	for i := range 40 {
		fresh := uint64(i*i%97+i*3) * 2 * mib
		if i > 12 && i < 20 {
			fresh = 0
		}
		p := exchange.Point{At: noon.Add(time.Duration(i-39) * 30 * time.Minute).UnixMilli(), New: fresh, Factor: 2500, Reason: exchange.ReasonMultiplied, Status: 200, Seeders: int32(1800 + i), Leechers: int32(27 - i%9)}
		switch {
		case fresh == 0:
			p.Reason = exchange.ReasonSame
		case i == 30:
			p.Held, p.Reason = fresh, exchange.ReasonCeiling
		case i > 30 && i < 34:
			p.Outcome, p.Problem = exchange.OutcomeCached, exchange.ProblemTimeout
		}
		seen += fresh
		reported += fresh*5/2 - p.Held
		p.Seen, p.Reported, p.Sum = seen, reported, exchange.Sums{Seen: seen, Reported: reported}
		out = append(out, p)
	}
	return out
}

// exchanges returns exchanges of each kind, repeated.
func exchanges() (out []exchange.Entry) {
	kinds := []exchange.Entry{
		{Tracker: "torrent.ubuntu.com", InfoHash: hash("ubuntu-26.04-desktop-amd64.iso"), Client: "Transmission 4.1.4", New: 13002342, Reason: exchange.ReasonMultiplied, Status: 200, Interval: 30 * time.Minute, MinInterval: 5 * time.Minute, Swarm: bittorrent.Swarm{Seeders: 5210, Leechers: 312}},
		{Tracker: "tracker.archive.example", InfoHash: hash("prelinger"), Client: "qBittorrent 5.3.0", New: 71 * mib, Reason: exchange.ReasonMultiplied, Outcome: exchange.OutcomeCached, Problem: exchange.ProblemTimeout, Detail: "no answer within 15 s"},
		{Kind: exchange.KindScrape, Tracker: "bttracker.debian.org:6969", InfoHash: hash("debian-13.1.0-amd64-netinst.iso"), Client: "Transmission 4.1.4", Status: 200},
		{Tracker: "tracker.archive.example", InfoHash: hash("Big Buck Bunny 4K"), Client: "rTorrent 0.15.4", Reason: exchange.ReasonSame, Status: 200, Failure: "unregistered torrent: it was removed by its uploader, see the rules"},
		{Tracker: "bttracker.debian.org:6969", InfoHash: hash("Wikipédia en français, novembre 2026"), Client: "Transmission 4.1.4", New: 640 * mib, Held: 512 * mib, Reason: exchange.ReasonCeiling, Status: 200},
		{Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Tracker: "updates.example:443"},
		{Tracker: "bttracker.debian.org:6969", InfoHash: hash("openSUSE-Leap-16.1-DVD-x86_64"), Client: "Transmission 4.1.4", Event: bittorrent.EventStarted, Reason: exchange.ReasonNew, Status: 200},
		{Tracker: "tracker.archive.example", InfoHash: hash("gutenberg"), Client: "Deluge 2.2.0", Event: bittorrent.EventStopped, New: 44 * mib, Reason: exchange.ReasonMultiplied, Outcome: exchange.OutcomeFailed, Problem: exchange.ProblemAway},
		{Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax},
		{Kind: exchange.KindRedelivered, Tracker: "torrent.ubuntu.com", InfoHash: hash("LibreOffice_26.2.1_Linux"), Client: "qBittorrent 5.3.0", Event: bittorrent.EventCompleted, New: 5 * mib, Reason: exchange.ReasonMultiplied, Status: 200},
		{Tracker: "torrent.ubuntu.com", InfoHash: hash("Fedora-Workstation-Live-43"), Client: "qBittorrent 5.3.0", New: 3 * mib, Reason: exchange.ReasonStale, Status: 200, Warning: "announce interval is 30 minutes"},
	}
	for i := range 44 {
		e := kinds[len(kinds)-1-i%len(kinds)]
		e.Seq, e.At, e.Took, e.Factor = uint64(i+1), noon.Add(time.Duration(i-44)*97*time.Second), time.Duration(40+i)*time.Millisecond, 2500
		if e.New > 0 {
			e.Seen, e.Reported = e.New*uint64(i+1), e.New*uint64(i+1)*5/2
		}
		out = append(out, e)
	}
	return out
}
