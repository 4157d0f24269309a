package activity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
)

// mine is an exchange with the torrent of these tests.
var mine = exchange.Entry{Tracker: "t.test", InfoHash: bittorrent.InfoHash{1}}

// announced returns an announce of the torrent [mine]; that of session "other" is for another torrent.
func announced(seq uint64, session string, at time.Time) exchange.Entry {
	hash := mine.InfoHash
	if session == "other" {
		hash[0]++
	}
	return exchange.Entry{
		Tracker: mine.Tracker, InfoHash: hash, Seq: seq, At: at, Session: session, Seen: 10 * seq, Reported: 30 * seq, New: 10, Grown: 30, Factor: 3000, Interval: 30 * time.Minute,
		Reason: exchange.ReasonMultiplied, Swarm: bittorrent.Swarm{Seeders: int64(seq), Leechers: 1}, Warning: fmt.Sprint("w", seq/100),
	}
}

func TestEarlierReturnsOneTorrentOfEarlierRuns(t *testing.T) {
	path := t.TempDir()
	now := time.Now().Truncate(time.Millisecond)
	a := open(t, path, plenty)
	seq, at := uint64(0), now.Add(-50*time.Hour)
	add := func(session string, later time.Duration, with func(*exchange.Entry)) {
		seq++
		at = at.Add(later)
		e := announced(seq, session, at)
		if with != nil {
			with(&e)
		}
		a.Add(e)
	}
	add("mine", 0, nil)
	add("other", time.Minute, nil)
	add("mine", 30*time.Minute, nil)
	add("mine", 24*time.Hour, func(e *exchange.Entry) { e.Interval, e.Swarm = 0, bittorrent.UnknownSwarm })
	add("mine", time.Minute, func(e *exchange.Entry) {
		e.Kind, e.Outcome, e.Session = exchange.KindRedelivered, exchange.OutcomeFailed, "mine"
	})
	add("mine", time.Minute, func(e *exchange.Entry) { e.Kind, e.Session = exchange.KindRedelivered, "mine" })
	add("", time.Minute, func(e *exchange.Entry) { e.Kind, e.Detail = exchange.KindTunnel, `"z":"mine"` })
	add("mine", time.Minute, nil)
	a.stop()

	a = open(t, path, plenty)
	add("mine", time.Minute, nil) // in this run: it is in memory
	a.Flush()
	points, err := a.Earlier(t.Context(), mine.Tracker, mine.InfoHash, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, p := range points {
		got += fmt.Sprint(p.Seen, p.Seeders, p.Kind, p.Gap, p.Sum.Seen, p.Sum.Reported, " ")
	}
	if got != "10 1 0 false 10 30 30 3 0 false 20 60 40 -1 0 true 30 90 60 6 2 false 30 90 80 8 0 false 40 120 " {
		t.Errorf("points: %s, want %s", got, "10 1 0 false 10 30 30 3 0 false 20 60 40 -1 0 true 30 90 60 6 2 false 30 90 80 8 0 false 40 120 ")
	}
	if p := points[1]; p.At != now.Add(-50*time.Hour+31*time.Minute).UnixMilli() || p.Reported != 90 || p.New != 10 || p.Reason != exchange.ReasonMultiplied || p.Factor != 3000 || p.Warning != "w0" {
		t.Errorf("the second point is %+v", p)
	}
	if points, err = a.Earlier(t.Context(), "nobody.test", mine.InfoHash, 100); err != nil || len(points) != 0 {
		t.Errorf("points of another tracker: %+v, want none; error: %v", points, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Earlier(ctx, mine.Tracker, mine.InfoHash, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v, want context.Canceled", err)
	}
}

func TestEarlierIsBoundedAndKeepsPeaks(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, plenty)
	const all, most = 8000, 1000
	at := time.Now().Add(-all * time.Second)
	for seq := range uint64(all) {
		e := announced(seq+1, "mine", at.Add(time.Duration(seq)*time.Second))
		if e.Swarm.Seeders = 5; seq == 2345 {
			e.Swarm.Seeders = 900
		}
		if a.Add(e); seq%100 == 0 {
			a.Flush()
		}
	}
	a.stop()
	points, err := open(t, path, plenty).Earlier(t.Context(), mine.Tracker, mine.InfoHash, most)
	if err != nil || len(points) > most || len(points) < most/3 || points[0].Seen != 10 || points[len(points)-1].Seen != all*10 {
		t.Fatalf("%d points, want %d to %d; error: %v", len(points), most/3, most, err)
	}
	peak := int32(0)
	for i, p := range points {
		if peak = max(peak, p.Seeders); i > 0 && p.At <= points[i-1].At {
			t.Fatalf("point %d is not later than the one before it", i)
		}
	}
	if peak != 900 {
		t.Errorf("the peak has %d seeders, want 900", peak)
	}
}

func TestLastDaySumsEarlierRuns(t *testing.T) {
	path := t.TempDir()
	now := time.Now()
	a := open(t, path, plenty)
	for i, ago := range []time.Duration{80 * time.Hour, 20 * time.Hour, time.Hour} {
		a.Add(announced(uint64(i+1), "s", now.Add(-ago)))
	}
	quiet := announced(4, "s", now)
	quiet.Grown = 0
	a.Add(quiet)
	a.stop()
	a = open(t, path, plenty)
	a.Add(announced(5, "s", now))
	a.Flush()
	var day activity.Day
	day.Add(now, 1, 2, true) // what this run did before the disk was read
	if err := a.LastDay(t.Context(), now, func(e *exchange.Entry) { day.Add(e.At, e.New, e.Grown, e.Own) }); err != nil {
		t.Fatal(err)
	}
	if d := day.Sums(now); d.Seen != 21 || d.Reported != 62 || d.Follows != 20 || d.Fixed != 2 || now.Sub(d.Since) < 20*time.Hour-time.Second {
		t.Errorf("the day's sums are %+v", d)
	}
	day.Add(now.Add(-quarters), 100, 100, false) // it must not replace what is newer
	if d := day.Sums(now); d.Seen != 21 {
		t.Errorf("the day's sums are %+v", d)
	}
}

// quarters is how far the sums of a day reach back.
const quarters = 97 * 15 * time.Minute
