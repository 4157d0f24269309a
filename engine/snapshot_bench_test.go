package engine

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/proxy"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
)

// crowded is an engine with many sessions that have names, without a disk.
func crowded(tb testing.TB, sessions int) *Engine {
	tb.Helper()
	e := &Engine{settings: DefaultSettings(), reporter: report.New(), spool: outage.NewSpool(), health: outage.NewHealth(), names: names.NewBook()}
	e.publish = newPublisher(e.build)
	e.opening = proxy.NewOpening(e.publish.mark)
	e.activity = activity.NewLog(10, 0)
	now := time.Now()
	e.reporter.SetJournal(nowhere{}, now)
	s := e.settings
	e.reporter.SetRules(s.rules())
	for i := range sessions {
		announce(tb, e, i, uint64(i), now)
		h := bittorrent.InfoHash{byte(i), byte(i >> 8)}
		e.names.Add(h, names.Torrent{Name: fmt.Sprint("torrent ", i), Size: 1 << 30})
	}
	return e
}

func announce(tb testing.TB, e *Engine, i int, uploaded uint64, now time.Time) {
	u, err := bittorrent.NewTrackerURL("http", fmt.Sprintf("t%d.example", i%37), "/announce")
	if err != nil {
		tb.Fatal(err)
	}
	a := bittorrent.Announce{
		InfoHash: bittorrent.InfoHash{byte(i), byte(i >> 8)}, PeerID: bittorrent.PeerID{'-', 'T', 'R', '4', '1', '4', '0', '-'},
		Counters: bittorrent.Counters{Uploaded: uploaded},
	}
	f := e.reporter.Announce(u, a, now)
	e.reporter.Answered(f.Key, &activity.Entry{Client: "Transmission 4.1.4", At: now, Status: 200, Interval: time.Minute})
}

// BenchmarkSnapshotOf10000 builds a snapshot of 10,000 named torrents while 50 announces a second come, at five
// snapshots a second. It must cost less than 5 ms.
func BenchmarkSnapshotOf10000(b *testing.B) {
	e := crowded(b, 10_000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range 10 {
			n++
			announce(b, e, n*997%10_000, uint64(n)<<20, time.Now())
		}
		if s := e.publish.refresh(); len(s.Torrents) != 10_000 || s.Torrents[5].Name == "" {
			b.Fatal("not whole")
		}
	}
}

// TestSnapshotCostsFewAllocations counts instead of measuring: a snapshot of 10,000 torrents takes memory for its list
// and for its trackers, not for each torrent.
func TestSnapshotCostsFewAllocations(t *testing.T) {
	e := crowded(t, 10_000)
	e.publish.refresh() // sessions get their ids and names once
	if n := testing.AllocsPerRun(5, func() { e.build() }); n > 500 {
		t.Errorf("%v allocations", n)
	}
}

// nowhere is a journal of no cost.
type nowhere struct{}

func (nowhere) Append([]byte) error              { return nil }
func (nowhere) Rewrite(iter.Seq[[]byte]) error   { return nil }
func (nowhere) Size() (bytes int64, records int) { return 0, 0 }
