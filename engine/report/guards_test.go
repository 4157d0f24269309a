package report_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest/cost"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// TestTheCeilingIsForAllSessionsTogether: two sessions together get what one would get.
func TestTheCeilingIsForAllSessionsTogether(t *testing.T) {
	r := reporterOn(t, new(journal), 10_000)
	r.SetRules(policy.Rules{Factor: 10_000, Ceiling: 100})
	for n := range byte(2) {
		mustReport(t, r.Announce(tracker, announceOf(n, started, 0), begin), 0, exchange.ReasonNew)
	}
	later := begin.Add(10 * time.Second)                                                                // the line carries 1000
	mustReport(t, r.Announce(tracker, announceOf(0, plain, 60), later), 600, exchange.ReasonMultiplied) // 400 are left
	mustReport(t, r.Announce(other, announceOf(3, started, 0), later), 0, exchange.ReasonNew)
	f := r.Announce(tracker, announceOf(1, plain, 60), later)
	if mustReport(t, f, 400, exchange.ReasonCeiling); f.Held != 200 {
		t.Errorf("%d bytes are held back, want 200", f.Held)
	}
	mustReport(t, r.Announce(other, announceOf(3, plain, 7), later.Add(time.Second)), 7, exchange.ReasonCeiling) // the others have reported more meanwhile
	mustReport(t, r.Announce(other, announceOf(3, plain, 14), later.Add(2*time.Second)), 77, exchange.ReasonMultiplied)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 500), later), 840, exchange.ReasonCeiling) // the client's own upload always counts
}

func TestATrackerHasACeilingOfItsOwn(t *testing.T) {
	r := reporterOn(t, new(journal), 10_000)
	r.SetRules(policy.Rules{Factor: 10_000, Ceiling: 1000, Trackers: map[string]policy.TrackerRule{"u.test": {Ceiling: 10}}})
	for _, u := range []bittorrent.TrackerURL{tracker, other} {
		r.Announce(u, announceOf(1, started, 0), begin)
	}
	later := begin.Add(10 * time.Second)
	mustReport(t, r.Announce(other, announceOf(1, plain, 50), later), 100, exchange.ReasonTracker)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 50), later), 500, exchange.ReasonMultiplied)
}

// TestARestartAddsNothingToTheCeiling: the time before the start counts for no session, because it is unknown which
// ones used the line.
func TestARestartAddsNothingToTheCeiling(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 10_000)
	r.Announce(tracker, announceOf(1, started, 0), begin.Add(-time.Hour))
	again := report.New()
	for _, record := range j.records {
		if err := again.Restore(record); err != nil {
			t.Fatal(err)
		}
	}
	again.SetJournal(j, begin)
	again.SetRules(policy.Rules{Factor: 10_000, Ceiling: 100})
	mustReport(t, again.Announce(tracker, announceOf(1, plain, 500), begin.Add(10*time.Second)), 1000, exchange.ReasonCeiling)
}

// TestTotalsGrowNoFasterThanTheCeiling: over any time in which no session itself uploads more than the line carries,
// the totals together grow by no more than the line could carry.
func TestTotalsGrowNoFasterThanTheCeiling(t *testing.T) {
	const perSecond = 1000
	r := rand.New(rand.NewPCG(1, 2))
	rep := reporterOn(t, new(journal), policy.MaxFactor)
	rep.SetRules(policy.Rules{Factor: policy.MaxFactor, Ceiling: perSecond})
	var seen, reported [5]uint64
	now := begin
	for n := range seen {
		rep.Announce(tracker, announceOf(byte(n), started, 0), now)
	}
	for range 2000 {
		now = now.Add(time.Duration(1+r.IntN(30)) * time.Second)
		n := r.IntN(len(seen))
		seen[n] += uint64(r.IntN(perSecond)) // less than the line carries in the shortest time
		f := rep.Announce(tracker, announceOf(byte(n), plain, seen[n]), now)
		reported[n] = f.Reported
		sum, most := uint64(0), uint64(now.Sub(begin)/time.Second)*perSecond
		for _, v := range reported {
			sum += v
		}
		if sum > most {
			t.Fatalf("after %v all totals together are %d, want at most %d", now.Sub(begin), sum, most)
		}
	}
	if sum := reported[0] + reported[1] + reported[2] + reported[3] + reported[4]; sum < uint64(now.Sub(begin)/time.Second)*perSecond/4 {
		t.Errorf("all totals together are %d: the ceiling is hardly used", sum)
	}
}

// TestNothingIsAddedOnceTheRatioIsReached: the ratio includes all sessions of a torrent on a tracker, also those of
// earlier runs.
func TestNothingIsAddedOnceTheRatioIsReached(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 10_000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	mustReport(t, r.Announce(tracker, announceOf(1, stopped, 100), begin), 1000, exchange.ReasonMultiplied)
	r = reporterOn(t, j, 10_000)
	r.SetSizes(func(h bittorrent.InfoHash) uint64 {
		if h != (bittorrent.InfoHash{1}) {
			t.Errorf("the reporter asks for the size of %s, want that of the torrent", h)
		}
		return 1000
	})
	r.SetRules(policy.Rules{Factor: 10_000, StopAt: 2000})
	r.Announce(tracker, announceOf(2, started, 0), begin)
	f := r.Announce(tracker, announceOf(2, plain, 150), begin)
	if mustReport(t, f, 1000, exchange.ReasonRatio); f.Held != 500 {
		t.Errorf("%d bytes are held back, want 500", f.Held)
	}
	mustReport(t, r.Announce(tracker, announceOf(2, plain, 160), begin), 1010, exchange.ReasonRatio)
	r.SetSizes(func(bittorrent.InfoHash) uint64 { return 0 })
	mustReport(t, r.Announce(tracker, announceOf(2, plain, 170), begin), 1020, exchange.ReasonNoSize)
	r.SetRules(policy.Rules{Factor: 10_000})
	mustReport(t, r.Announce(tracker, announceOf(2, plain, 180), begin), 1120, exchange.ReasonMultiplied)
}

func answered(r *report.Reporter, f report.Total, at time.Time, failure string) {
	r.Answered(f.Key, &exchange.Entry{
		At: at, Client: "c", Status: 200, Swarm: bittorrent.Swarm{Seeders: 3, Leechers: 1 << 40}, Interval: 30 * time.Minute, Failure: failure,
		Seen: f.Reported / 3, Reported: f.Reported, New: f.New, Factor: f.Factor, Reason: f.Reason, Event: plain, Session: f.ID,
	})
}

func TestTheHistoryHasTheReasonOfEachTotal(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	answered(r, r.Announce(tracker, announceOf(1, started, 0), begin), begin, "")
	answered(r, r.Announce(tracker, announceOf(1, plain, 10), begin), begin.Add(time.Minute), "no such torrent")
	id := r.Sessions(all)[0].Torrent.ID
	points := r.History(id, 10)
	if len(points) != 2 || points[0].Reason != exchange.ReasonNew {
		t.Fatalf("history %+v, want two points, the first one new", points)
	}
	p := points[1]
	if p.Seen != 10 || p.Reported != 30 || p.New != 10 || p.Factor != 3000 || p.Reason != exchange.ReasonMultiplied || p.Seeders != 3 || p.Leechers != 1<<31-1 ||
		p.Failure != "no such torrent" || p.At != begin.Add(time.Minute).UnixMilli() || p.Status != 200 {
		t.Errorf("the newest point is %+v", p)
	}
	if e := p.Entry(); e.New != 10 || e.Reported != 30 || e.Failure != p.Failure {
		t.Errorf("the point's entry is %+v, want its new bytes, total and failure", e)
	}
	if got := r.History(id, 1); len(got) != 1 || got[0] != p {
		t.Errorf("History with a limit of 1 is %+v, want the newest point", got)
	}
	if got := r.History("nobody", 1); len(got) != 0 {
		t.Errorf("History returned %+v", got)
	}
}

// TestTheHistoryIsBounded: the number of points is bounded over all sessions, and the newest point of each session
// stays.
func TestTheHistoryIsBounded(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	const sessions, rounds = 300, 500
	var last report.Total
	for round := range uint64(rounds) {
		for n := range sessions {
			a := announceOf(byte(n), plain, round)
			a.InfoHash[1], a.InfoHash[2] = byte(n>>8), byte(n)
			last = r.Announce(tracker, a, begin)
			answered(r, last, begin.Add(time.Duration(round)*time.Minute), "")
		}
	}
	sum := 0
	for _, s := range r.Sessions(all) {
		sum += s.Points
		points := r.History(s.Torrent.ID, 1<<20)
		if len(points) != s.Points || points[0].Seen != 0 || points[len(points)-1].Seen != rounds-1 {
			t.Fatalf("%d points from %d to %d, want %d from 0 to %d", len(points), points[0].Seen, points[len(points)-1].Seen, s.Points, rounds-1)
		}
	}
	if sum > 30_000 || sum < 15_000 {
		t.Errorf("%d points are in memory, want 15,000 to 30,000", sum)
	}
}

func TestALongSeriesIsThinnedOut(t *testing.T) {
	var s activity.Series
	sum := 0
	for i := range uint64(10_000) {
		sum += s.Add(exchange.Point{Seen: i, Warning: fmt.Sprint("w", i/5000)})
	}
	if len(s) > activity.SeriesKept || len(s) != sum || s[0].Seen != 0 || s[len(s)-1].Seen != 9999 || s[len(s)-50].Seen != 9950 {
		t.Errorf("%d points, counted as %d; want at most %d, with the first and the newest ones", len(s), sum, activity.SeriesKept)
	}
	for i := 1; i < len(s); i++ {
		if s[i].Seen <= s[i-1].Seen {
			t.Fatalf("point %d is not later than the one before it", i)
		}
	}
}

func TestTheLastDayShowsWhatAnotherFactorWouldHaveReported(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	if d := r.Day(begin); d.Seen != 0 || !d.Since.Equal(begin) {
		t.Errorf("Day returned %+v", d)
	}
	r.SetRules(policy.Rules{Factor: 3000, Trackers: map[string]policy.TrackerRule{"u.test": {Factor: 5000}}})
	for i, u := range []bittorrent.TrackerURL{tracker, other} {
		first, second := announceOf(1, started, 40), announceOf(1, plain, 50)
		first.InfoHash[1], second.InfoHash[1] = byte(i), byte(i) // another torrent on each
		r.Announce(u, first, begin)
		r.Announce(u, second, begin.Add(time.Minute))
	}
	r.Announce(tracker, announceOf(1, plain, 150), begin.Add(20*time.Hour))
	d := r.Day(begin.Add(20 * time.Hour))
	if d.Seen != 120 || d.Reported != 380 || d.Follows != 110 || d.Fixed != 50 || d.Since.UnixMilli() != begin.Add(time.Minute).UnixMilli() {
		t.Errorf("Day returned %+v", d)
	}
	if one, three := d.At(policy.One), d.At(3000); one != 160 || three != d.Reported {
		t.Errorf("at factor 1 the day reports %d, want 160; at factor 3 %d, want %d", one, three, d.Reported)
	}
	if d = r.Day(begin.Add(25 * time.Hour)); d.Seen != 100 || d.Reported != 300 || !d.Since.Equal(begin.Add(time.Hour)) {
		t.Errorf("25 hours after the beginning the day is %+v, want 100 uploaded and 300 reported", d)
	}
	if d = r.Day(begin.Add(100 * time.Hour)); d.Seen != 0 {
		t.Errorf("four days later the day is %+v, want nothing uploaded", d)
	}
}

func TestOneTorrentIsForgottenWithAllItsSessions(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	for n := range byte(3) {
		f := r.Announce(tracker, announceOf(n, started, 0), begin)
		r.Announce(tracker, announceOf(n, plain, 10), begin)
		answered(r, f, begin, "")
	}
	f := r.Announce(other, announceOf(1, started, 0), begin)
	r.Announce(other, announceOf(1, plain, 10), begin)
	answered(r, f, begin, "")
	id := r.Sessions(all)[0].Torrent.ID
	no := func(*ledger.Session) bool { return false }
	ids := map[string]struct{}{id: {}, "nobody": {}}
	if remaining := r.ForgetTorrents(ids, no); !slices.Equal(remaining, []string{id}) || len(r.Sessions(all)) != 4 {
		t.Errorf("without permission %q remain, want %q", remaining, id)
	}
	if remaining := r.ForgetTorrents(ids, all); len(remaining) != 0 {
		t.Fatalf("%q remain, want none", remaining)
	}
	mustTotal(t, r, 10, 30)
	if left := r.Sessions(all); len(left) != 1 || left[0].Host != "u.test" {
		t.Errorf("the sessions left are %+v, want that on u.test", left)
	}
	if err := r.Compact(begin); err != nil || len(j.records) != 1 {
		t.Errorf("%d records, want 1; error: %v", len(j.records), err)
	}
	mustReport(t, r.Announce(tracker, announceOf(1, started, 0), begin), 0, exchange.ReasonNew)
	j.fail(errFull)
	if err := r.Forget(); !errors.Is(err, errFull) || len(r.Sessions(all)) != 0 || r.Day(begin).Seen != 0 {
		t.Errorf("Forget on a full disk: %v, want its error, and nothing in memory", err)
	}
}

// TestManyTorrentsAreForgottenAtOnce: one search of the ledger is for all of them. One search for each would take a
// second.
func TestManyTorrentsAreForgottenAtOnce(t *testing.T) {
	cost.AtMost(t, "announcing and forgetting 10,000 torrents", 400*time.Millisecond, 1, func() {
		r := reporterOn(t, new(journal), 3000)
		for n := range 10_000 {
			a := announceOf(1, bittorrent.EventStopped, 0)
			a.InfoHash = bittorrent.InfoHash{byte(n), byte(n >> 8)}
			r.Announce(tracker, a, begin)
		}
		ids := map[string]struct{}{}
		for _, s := range r.Sessions(all) {
			ids[s.Torrent.ID] = struct{}{}
		}
		if remaining := r.ForgetTorrents(ids, all); len(ids) != 10_000 || len(remaining) != 0 || len(r.Sessions(all)) != 0 {
			t.Fatalf("%d of %d torrents remain, want none of 10,000", len(remaining), len(ids))
		}
	})
}

// TestAThinnedSeriesKeepsItsPeaks also checks that a gap before a dropped point moves to the next point.
func TestAThinnedSeriesKeepsItsPeaks(t *testing.T) {
	for at := range 1000 {
		var s activity.Series
		for i := range 1000 {
			p := exchange.Point{Seen: uint64(i), Seeders: int32(50 + i%3), Leechers: -1}
			switch i {
			case at:
				p.Seeders, p.Gap = 9000, true
			case (at + 400) % 1000:
				p.Leechers = 1
			case (at + 700) % 1000:
				p.Leechers = 7000
			}
			s.Add(p)
		}
		for range 3 {
			s.Thin(10)
		}
		var seeders, leechers, gaps int
		for i := range s {
			seeders, leechers = max(seeders, int(s[i].Seeders)), max(leechers, int(s[i].Leechers))
			if s[i].Gap {
				gaps++
			}
		}
		if seeders != 9000 || leechers != 7000 || gaps != 1 || len(s) > 140 {
			t.Fatalf("after a peak at %d: %d seeders, %d leechers, %d gaps, %d points; want 9000, 7000, 1 and at most 140", at, seeders, leechers, gaps, len(s))
		}
	}
}

// TestALongSilenceIsAGap: the client would have announced during that time if it and this program had run.
func TestALongSilenceIsAGap(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	now := begin
	for _, pause := range []time.Duration{0, 30 * time.Minute, 50 * time.Minute, 61 * time.Minute, time.Minute} {
		now = now.Add(pause)
		answered(r, r.Announce(tracker, announceOf(1, plain, uint64(now.Unix())), now), now, "")
	}
	again := report.New() // the ledger knows when the session last announced
	for _, record := range j.records {
		if err := again.Restore(record); err != nil {
			t.Fatal(err)
		}
	}
	again.SetJournal(j, now)
	for _, pause := range []time.Duration{2 * time.Hour, time.Minute} {
		now = now.Add(pause)
		answered(again, again.Announce(tracker, announceOf(1, plain, uint64(now.Unix())), now), now, "")
	}
	var got []bool
	for _, r := range []*report.Reporter{r, again} {
		for _, p := range r.History(r.Sessions(all)[0].Torrent.ID, 10) {
			got = append(got, p.Gap)
		}
	}
	if fmt.Sprint(got) != "[false false false true false true false]" {
		t.Errorf("gaps: %v", got)
	}
}
