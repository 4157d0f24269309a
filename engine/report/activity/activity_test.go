package activity_test

import (
	"sync"
	"testing"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
)

// numbers returns the entries' own numbers. The tests also put them into Status, so that an entry in the wrong place
// shows.
func numbers(t *testing.T, entries []exchange.Entry) (seqs []uint64) {
	t.Helper()
	for _, e := range entries {
		if e.Seq != uint64(e.Status) {
			t.Errorf("entry %d has the number %d, want %d", e.Status, e.Seq, uint64(e.Status))
		}
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func fill(l *activity.Log, from, to int) {
	for i := from; i <= to; i++ {
		l.Add(exchange.Entry{Seq: 77, Status: i})
	}
}

func TestTheNewestEntriesAreKeptInOrder(t *testing.T) {
	const size = 4
	l := activity.NewLog(size, 0)
	if oldest, newest := l.Bounds(); oldest != 1 || newest != 0 {
		t.Errorf("an empty log has the entries %d to %d, want 1 to 0", oldest, newest)
	}
	for n := 1; n <= 3*size; n++ {
		fill(l, n, n)
		first := max(1, n-size+1)
		if oldest, newest := l.Bounds(); oldest != uint64(first) || newest != uint64(n) {
			t.Errorf("after %d entries the log has %d to %d, want %d to %d", n, oldest, newest, first, n)
		}
		for since := 0; since <= n+1; since++ {
			entries, dropped := l.Since(uint64(since))
			seqs := numbers(t, entries)
			if want := max(0, n-max(since, first-1)); len(seqs) != want || want > 0 && (seqs[0] != uint64(n-want+1) || seqs[want-1] != uint64(n)) {
				t.Errorf("after %d entries, since %d: %v, want %d up to the newest", n, since, seqs, want)
			}
			if want := max(0, first-1-since); dropped != uint64(want) {
				t.Errorf("after %d, since %d: %d dropped, want %d", n, since, dropped, want)
			}
		}
	}
}

func TestReturnedEntriesAreCopies(t *testing.T) {
	l := activity.NewLog(2, 0)
	fill(l, 1, 2)
	entries, _ := l.Since(0)
	fill(l, 3, 4)
	if got := numbers(t, entries); got[0] != 1 || got[1] != 2 {
		t.Errorf("the returned entries changed to %v, want 1 and 2", got)
	}
}

func TestAddIsSafeForConcurrentUse(t *testing.T) {
	l := activity.NewLog(50, 0)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				l.Add(exchange.Entry{})
				entries, _ := l.Since(0)
				for i := 1; i < len(entries); i++ {
					if entries[i].Seq != entries[i-1].Seq+1 {
						t.Errorf("entry %d follows entry %d", entries[i].Seq, entries[i-1].Seq)
					}
				}
			}
		})
	}
	all.Wait()
	if _, newest := l.Bounds(); newest != 2000 {
		t.Errorf("the newest entry is %d, want 2000", newest)
	}
}

func TestOnlyTheNewestEntriesKeepTheirHeads(t *testing.T) {
	l := activity.NewLog(2000, 7)
	for range 300 {
		if e := l.Add(exchange.Entry{Heads: exchange.NewHeads(nil, nil, nil)}); e.Heads != nil {
			t.Fatal("Add returns an entry with its heads")
		}
	}
	entries, dropped := l.Since(7)
	if len(entries) != 300 || dropped != 0 || entries[0].Seq != 8 {
		t.Fatalf("%d entries from %d, %d dropped; want 300 from 8, none dropped", len(entries), entries[0].Seq, dropped)
	}
	for _, e := range entries {
		if e.Heads != nil {
			t.Fatal("the list returns heads")
		}
	}
	if l.Heads(307) == nil || l.Heads(52) == nil || l.Heads(51) != nil || l.Heads(308) != nil {
		t.Error("the entries with heads are not the newest 256")
	}
}
