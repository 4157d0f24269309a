package activity_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/store"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.Local)

// full returns an entry in which every field that the disk stores is set.
func full(seq uint64, at time.Time) exchange.Entry {
	return exchange.Entry{
		Seq: seq, At: at, Kind: exchange.KindAnnounce, Outcome: exchange.OutcomeCached, Tracker: "t.example:6969", InfoHash: bittorrent.InfoHash{1, 2, 0xfe},
		Client: "Déluge 2.1\t\"x\"", Event: bittorrent.EventStopped, Seen: 1<<63 + 5, Reported: 1<<64 - 1, New: 7, Held: 8, Grown: 14, Factor: 2500,
		Reason: exchange.ReasonCeiling, Status: 502, Took: 1234 * time.Millisecond, Interval: 1800 * time.Second, MinInterval: 900 * time.Second,
		Swarm: bittorrent.Swarm{Seeders: 0, Leechers: 3, Downloads: -1}, Failure: "no\n\\way", Warning: "ünïcode", Problem: exchange.ProblemStatus,
		Detail: "read: reset", Duplicate: true, Own: true, Session: "0123456789abcdef",
	}
}

type archive struct {
	*activity.Archive
	last   uint64
	folder *store.Folder
	stop   func()
}

// open opens an archive in a folder, and runs it until stop is called.
func open(t *testing.T, path string, keep activity.Keep) *archive {
	t.Helper()
	folder, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{folder: folder}
	a.Archive, a.last = activity.OpenArchive(folder, keep)
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { a.Run(ctx) })
	var once sync.Once
	a.stop = func() {
		once.Do(func() {
			cancel()
			run.Wait()
			if err := folder.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(a.stop)
	return a
}

func (a *archive) all(t *testing.T, f exchange.Filter) (out []exchange.Entry) {
	t.Helper()
	if err := a.Each(f, func(e *exchange.Entry) error { out = append(out, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

var plenty = activity.Keep{Days: 30, Bytes: 50 << 20}

func TestEveryFieldIsReadBackFromTheDisk(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, activity.Keep{Days: 36500, Bytes: 50 << 20})
	want := full(41, noon)
	a.Add(want)
	a.Add(exchange.Entry{Seq: 42, At: noon, Kind: exchange.KindTunnel, Swarm: bittorrent.UnknownSwarm})
	a.stop()
	b := open(t, path, activity.Keep{Days: 36500, Bytes: 50 << 20})
	if b.last != 42 {
		t.Errorf("the numbers continue after %d, want 42", b.last)
	}
	got := b.all(t, exchange.Filter{})
	if len(got) != 2 {
		t.Fatalf("%d entries were read, want 2", len(got))
	}
	for i, e := range got {
		if !e.At.Equal(noon) {
			t.Errorf("the entry's time is %v, want %v", e.At, noon)
		}
		got[i].At = noon
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("read as %+v\nwant %+v", got[0], want)
	}
	if e := got[1]; e.Kind != exchange.KindTunnel || e.Swarm != bittorrent.UnknownSwarm || e.InfoHash != (bittorrent.InfoHash{}) {
		t.Errorf("the second entry is %+v, want a tunnel without counts and hash", e)
	}
}

func TestOlderReadsThroughAllDaysAndRuns(t *testing.T) {
	path := t.TempDir()
	now := time.Now()
	seq := uint64(0)
	for day := 4; day >= 0; day-- {
		a := open(t, path, plenty)
		if a.last != seq {
			t.Fatalf("the numbers continue after %d, want %d", a.last, seq)
		}
		for range 300 {
			seq++
			a.Add(exchange.Entry{Seq: seq, At: now.AddDate(0, 0, -day), Tracker: fmt.Sprintf("T%d.example", seq%3), New: 10, Grown: 25, Outcome: exchange.Outcome(seq % 2)})
		}
		a.stop()
	}
	a := open(t, path, plenty)
	before := seq + 1
	for before > 1 {
		page, err := a.Older(exchange.Filter{}, before, 400)
		if err != nil || len(page) == 0 {
			t.Fatalf("before %d there are %d entries; error: %v", before, len(page), err)
		}
		for _, e := range page {
			if before--; e.Seq != before {
				t.Fatalf("entry %d, want %d", e.Seq, before)
			}
		}
	}
	chosen, err := a.Older(exchange.Filter{Outcomes: []exchange.Outcome{exchange.OutcomeCached}, Tracker: "t1."}, 1000, 1000)
	if err != nil || len(chosen) != 167 {
		t.Errorf("%d entries match the filter, want 167; error: %v", len(chosen), err)
	}
	days, err := a.Days()
	if err != nil || len(days) != 5 || days[4].Day != now.Format("20060102") || days[0].Seen != 3000 || days[2].Reported != 7500 || days[3].Failed != 150 || days[1].Exchanges != 300 {
		t.Errorf("days: %+v; error: %v", days, err)
	}
}

func TestTheOldestEntriesAreRemovedAtTheSizeLimit(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, activity.Keep{Days: 30, Bytes: 3 << 20})
	seq := uint64(0)
	for range 30 {
		for range 1000 {
			seq++
			a.Add(full(seq, time.Now()))
		}
		a.Flush()
	}
	a.stop()
	a = open(t, path, activity.Keep{Days: 30, Bytes: 3 << 20}) // prunes when it starts
	a.stop()
	var total int64
	files, err := filepath.Glob(filepath.Join(path, "activity-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 3<<20 || total < 1<<20 {
		t.Errorf("%d bytes in %d files, want 1 to 3 MiB", total, len(files))
	}
	a = open(t, path, plenty)
	got := a.all(t, exchange.Filter{})
	if a.last != seq || len(got) == 0 || got[len(got)-1].Seq != seq {
		t.Error("the newest entries were removed")
	}
	for i := 1; i < len(got); i++ {
		if got[i].Seq != got[i-1].Seq+1 {
			t.Fatalf("entry %d follows entry %d", got[i].Seq, got[i-1].Seq)
		}
	}
}

func TestEntriesOlderThanTheLimitAreRemoved(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, plenty)
	now := time.Now()
	for i, days := range []int{40, 8, 6, 0} {
		a.Add(full(uint64(i+1), now.AddDate(0, 0, -days)))
	}
	a.stop()
	open(t, path, activity.Keep{Days: 7, Bytes: 50 << 20}).stop()
	a = open(t, path, plenty)
	if got := a.all(t, exchange.Filter{}); len(got) != 2 || got[0].Seq != 3 {
		t.Errorf("%d entries are left, want 2", len(got))
	}
	a.stop()
	a = open(t, path, activity.Keep{Days: 0, Bytes: 50 << 20})
	a.Add(full(9, now))
	a.stop()
	if files, err := filepath.Glob(filepath.Join(path, "activity-*")); err != nil || len(files) > 0 {
		t.Errorf("the files %v are left, want none; error: %v", files, err)
	}
}

// TestDamageLosesOnlyTheDamagedEntries cuts each file at many lengths and changes bytes in it. All undamaged records
// must be read.
func TestDamageLosesOnlyTheDamagedEntries(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, plenty)
	for i := range 10 {
		a.Add(full(uint64(i+1), time.Now()))
		a.Flush() // one record for each entry
	}
	a.stop()
	files, err := filepath.Glob(filepath.Join(path, "activity-*.journal"))
	if err != nil || len(files) != 1 {
		t.Fatalf("Glob returned %v, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 97 {
		for name, damaged := range map[string][]byte{"cut": whole[:at], "flipped": append(append(bytes.Clone(whole[:at]), whole[at]^0x55), whole[at+1:]...)} {
			if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			a := open(t, path, plenty)
			before := len(a.all(t, exchange.Filter{}))
			if name == "flipped" && before < 8 {
				t.Fatalf("a flipped byte at %d loses %d entries, want 2 at most", at, 10-before)
			}
			a.Add(full(100, time.Now()))
			a.stop()
			a = open(t, path, plenty)
			if after := a.all(t, exchange.Filter{}); len(after) != before+1 || after[before].Seq != 100 {
				t.Fatalf("%s at %d: with one more entry %d became %d", name, at, before, len(after))
			}
			a.stop()
			for _, f := range append(files, glob(t, path)...) {
				_ = os.Remove(f)
			}
		}
	}
}

func glob(t *testing.T, path string) []string {
	files, err := filepath.Glob(filepath.Join(path, "activity-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestALostFileLosesOnlyTheEntriesOfThatTime: it was removed, or its disk was unplugged and plugged in again.
func TestALostFileLosesOnlyTheEntriesOfThatTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t, t.TempDir(), activity.Keep{Days: 30, Bytes: 1 << 20})
		add := func(seq uint64) {
			time.Sleep(2 * time.Minute) // a journal checks its file once a minute
			a.Add(full(seq, time.Now()))
			time.Sleep(2 * time.Second)
			synctest.Wait()
		}
		add(1)
		files, err := a.folder.List("activity-", ".journal")
		if err != nil || len(files) != 1 {
			t.Fatalf("files: %v, %v", files, err)
		}
		if err := os.Remove(a.folder.Path(files[0].Name)); err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(3) {
			add(2 + seq)
		}
		if got := a.all(t, exchange.Filter{}); len(got) != 2 || got[0].Seq+got[1].Seq != 3+4 {
			t.Errorf("entries on the disk: %+v, want 3 and 4", got)
		}
		a.stop()
	})
}

func TestForgetRemovesAllFiles(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, plenty)
	a.Add(full(1, time.Now()))
	a.Flush()
	if err := a.Forget(); err != nil || len(glob(t, path)) > 0 || len(a.all(t, exchange.Filter{})) > 0 {
		t.Errorf("the files %v are left, want none; error: %v", glob(t, path), err)
	}
}

func TestExportsHaveEveryEntryAndNoSpreadsheetFormula(t *testing.T) {
	entries := []exchange.Entry{full(1, noon), {Seq: 2, At: noon, Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused}}
	entries[0].Failure = "=HYPERLINK(\"http://x.example\")"
	entries[0].Warning, entries[0].Detail, entries[0].Client = "@SUM(A1)", "+1", "-x"
	each := func(do func(*exchange.Entry) error) error {
		for i := range entries {
			if err := do(&entries[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var out bytes.Buffer
	if err := activity.WriteCSV(&out, each); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("ReadAll returned %v, %v", rows, err)
	}
	for _, row := range rows[1:] {
		for i, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-") && cell != "-1" {
				t.Errorf("column %s has %q, which a spreadsheet takes for a formula", rows[0][i], cell)
			}
		}
	}
	out.Reset()
	if err := activity.WriteJSON(&out, each); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	if err := json.Unmarshal(out.Bytes(), &objects); err != nil || len(objects) != 2 || objects[0]["failure"] != entries[0].Failure || objects[0]["outcome"] != "cached" {
		t.Errorf("the JSON has %v; error: %v", objects, err)
	}
	out.Reset()
	if err := activity.WriteJSON(&out, func(func(*exchange.Entry) error) error { return nil }); err != nil || out.String() != "[]\n" {
		t.Errorf("the JSON of no entries is %q, want an empty list", out.String())
	}
	stuck := errors.New("disk full")
	if err := activity.WriteCSV(&out, func(func(*exchange.Entry) error) error { return stuck }); !errors.Is(err, stuck) {
		t.Errorf("WriteCSV returned %v", err)
	}
}

func TestFilterByOutcomeTrackerAndTorrent(t *testing.T) {
	e := exchange.Entry{Outcome: exchange.OutcomeFailed, Tracker: "Tracker.Example:80", InfoHash: bittorrent.InfoHash{0xab, 0xcd}}
	for _, c := range []struct {
		f    exchange.Filter
		want bool
	}{
		{exchange.Filter{}, true},
		{exchange.Filter{Outcomes: []exchange.Outcome{exchange.OutcomeFailed, exchange.OutcomeCached}}, true},
		{exchange.Filter{Outcomes: []exchange.Outcome{exchange.OutcomeForwarded}}, false},
		{exchange.Filter{Tracker: "EXAMPLE"}, true},
		{exchange.Filter{Tracker: "other"}, false},
		{exchange.Filter{Torrent: "ABCD"}, true},
		{exchange.Filter{Torrent: "ffff"}, false},
		{exchange.Filter{Torrent: "ffff", Hashes: []bittorrent.InfoHash{{0xab, 0xcd}}}, true},
		{exchange.Filter{Hashes: []bittorrent.InfoHash{{1}}}, false},
		{exchange.Filter{Tracker: "example", Torrent: "ffff"}, false},
	} {
		if got := c.f.Match(&e); got != c.want {
			t.Errorf("filter %+v matches: %v, want %v", c.f, got, c.want)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	folder, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	a, _ := activity.OpenArchive(folder, plenty)
	e := full(1, time.Now())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.Add(e)
		if i%batchOf == 0 {
			a.Flush()
		}
	}
}

const batchOf = 1000
