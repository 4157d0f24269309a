package engine

import (
	"fmt"
	"iter"
	"math"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest/cost"
	"bittoratio/engine/exchange"
	"bittoratio/engine/feed"
	"bittoratio/engine/names"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmask"
)

// engineWith returns an engine with many sessions that have names, without a disk.
func engineWith(tb testing.TB, sessions int) *Engine {
	tb.Helper()
	folder, err := store.Open(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = folder.Close() })
	e := &Engine{settings: settings.NewChoices(nil, settings.Run{}, func() {}), reporter: report.New(), spool: announce.NewSpool(), health: announce.NewHealth(), names: names.NewBook(), swarm: swarmask.New(swarmask.Parts{Folder: folder})}
	e.publish, e.watcher = feed.New(e.build), names.NewWatcher(e.names, func() {})
	e.opening = intercept.New(e.publish.Mark)
	e.authority = intercept.NewAuthority(nil, nil, e.opening)
	e.activity = activity.NewLog(10, 0)
	now := time.Now()
	e.reporter.SetJournal(nowhere{}, now)
	e.spool.SetJournal(nowhere{}, time.Now())
	s := *e.settings.Saved()
	e.reporter.SetRules(s.Rules())
	for i := range sessions {
		announceAs(tb, e, i, uint64(i), now)
		h := bittorrent.InfoHash{byte(i), byte(i >> 8)}
		e.names.Add(h, names.Torrent{Name: fmt.Sprint("torrent ", i), Size: 1 << 30})
	}
	return e
}

func announceAs(tb testing.TB, e *Engine, i int, uploaded uint64, now time.Time) report.Total {
	u, err := bittorrent.NewTrackerURL("http", fmt.Sprintf("t%d.example", i%37), "/announce")
	if err != nil {
		tb.Fatal(err)
	}
	a := bittorrent.Announce{
		InfoHash: bittorrent.InfoHash{byte(i), byte(i >> 8)}, PeerID: bittorrent.PeerID{'-', 'T', 'R', '4', '1', '4', '0', '-'},
		Counters: bittorrent.Counters{Uploaded: uploaded},
	}
	f := e.reporter.Announce(u, a, now)
	e.reporter.Answered(f.Key, &exchange.Entry{Client: "Transmission 4.1.4", At: now, Status: 200, Interval: time.Minute})
	return f
}

// watched returns a function that makes snapshots of an engine, with this many announces before each.
func watched(tb testing.TB, e *Engine, announces int) (next func()) {
	n := 0
	return func() {
		for range announces {
			n++
			announceAs(tb, e, n*997%10_000, uint64(n)<<20, time.Now())
		}
		if s := e.publish.Refresh(); len(s.Torrents) != 10_000 || s.Torrents[5].Name == "" {
			tb.Fatal("the snapshot lacks torrents or their names")
		}
	}
}

// BenchmarkSnapshot10000 makes snapshots of 10,000 named torrents, including the announces before each: ten announces
// are 50 a second with five snapshots a second.
func BenchmarkSnapshot10000(b *testing.B) {
	for _, announces := range []int{0, 10, 50} {
		b.Run(fmt.Sprint(announces, "-changed"), func(b *testing.B) {
			next := watched(b, engineWith(b, 10_000), announces)
			b.ReportAllocs()
			for b.Loop() {
				next()
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		e := engineWith(b, 10_000)
		next, rules := watched(b, e, 0), e.settings.Saved().Rules()
		b.ReportAllocs()
		for b.Loop() {
			e.reporter.SetRules(rules)
			next()
		}
	})
	b.Run("0-changed-2000-waiting", func(b *testing.B) {
		e := engineWith(b, 10_000)
		for i := range 2_000 {
			makePending(b, e, i)
		}
		next := watched(b, e, 0)
		b.ReportAllocs()
		for b.Loop() {
			next()
		}
	})
}

// makePending makes a session's next announce pending.
func makePending(tb testing.TB, e *Engine, i int) {
	f := announceAs(tb, e, i, uint64(i)<<20, time.Now())
	e.spool.Add(announce.Pending{Key: f.Key, Host: fmt.Sprintf("t%d.example", i%37), Reported: f.Reported, DecidedAt: time.Now()})
}

// TestASnapshotAllocatesOnlyWhatChanged counts allocations: a snapshot of 10,000 torrents allocates only the changed
// rows and the list of rows, or only its trackers if nothing has changed.
func TestASnapshotAllocatesOnlyWhatChanged(t *testing.T) {
	e := engineWith(t, 10_000)
	next := watched(t, e, 0)
	next()
	quiet := testing.AllocsPerRun(5, next)
	if quiet > 200 { // 37 trackers, three lines each
		t.Errorf("%v allocations without a change, want at most 200", quiet)
	}
	// The least of several runs, since with the race detector a sync.Pool drops values at random.
	least := func(do func()) float64 {
		n := math.Inf(1)
		for range 20 {
			n = min(n, testing.AllocsPerRun(1, do))
		}
		return n
	}
	announced := 0
	announce := func() { // each time by sessions that have not announced before
		for range 50 {
			announced++
			announceAs(t, e, announced*997%10_000, uint64(announced)<<20, time.Now())
		}
	}
	announces := least(announce)
	next()
	n := least(func() {
		announce()
		next()
	}) - announces
	if n > quiet+120 {
		t.Errorf("%v more allocations after 50 of 10,000 rows changed, want at most 120", n-quiet)
	}
}

// TestASnapshotOf10000CostsLessThan5ms with the announces before it, and at most ten times that if every row has
// changed, as with a new multiplier. The limits leave room for slow machines; they detect a snapshot whose cost depends
// on the number of rows instead of changed rows.
func TestASnapshotOf10000CostsLessThan5ms(t *testing.T) {
	e := engineWith(t, 10_000)
	quiet, changed := watched(t, e, 0), watched(t, e, 50)
	changed()
	cost.AtMost(t, "a snapshot where nothing changed", time.Millisecond, 100, quiet)
	cost.AtMost(t, "a snapshot where 50 rows changed", 5*time.Millisecond, 20, changed)
	cost.AtMost(t, "a snapshot where all changed", 50*time.Millisecond, 10, func() {
		e.reporter.SetRules(e.settings.Saved().Rules())
		quiet()
	})
}

// nowhere is a journal that discards its records, so that a benchmark does not measure the disk.
type nowhere struct{}

func (nowhere) Append([]byte) error              { return nil }
func (nowhere) Rewrite(iter.Seq[[]byte]) error   { return nil }
func (nowhere) Size() (bytes int64, records int) { return 0, 0 }
