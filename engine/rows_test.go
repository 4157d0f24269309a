package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/report/ledger"
)

// restless is what may happen to an engine between two snapshots.
type restless struct {
	*Engine
	t   *testing.T
	now time.Time
}

func (r *restless) happens() {
	hash := func() bittorrent.InfoHash { i := rand.N(250); return bittorrent.InfoHash{byte(i), byte(i >> 8)} }
	switch rand.N(12) {
	case 0:
		r.reporter.Scraped("t3.example", map[bittorrent.InfoHash]bittorrent.Swarm{hash(): {Seeders: rand.Int64N(9)}})
	case 1:
		r.settings.Multiplier = Factor(1000 + rand.N(5000))
		r.reporter.SetRules(r.settings.Rules())
	case 2:
		r.names.Add(hash(), names.Torrent{Name: fmt.Sprint("named ", rand.N(9)), Size: rand.Uint64N(9)})
	case 3:
		f := announceAs(r.t, r.Engine, rand.N(200), rand.Uint64N(1<<40), r.now)
		r.spool.Add(announce.Pending{Key: f.Key, Host: "t.example", Reported: f.Reported, DecidedAt: r.now})
	case 4:
		for _, k := range r.spool.All()[:min(1, r.spool.Len())] {
			r.spool.Remove(k.ID)
		}
	case 5:
		if all := r.reporter.Sessions(inSight(r.now)); len(all) > 0 {
			r.reporter.ForgetSession(all[rand.N(len(all))].ID, func(*ledger.Session) bool { return true })
		}
	case 6: // nothing
	default:
		announceAs(r.t, r.Engine, rand.N(250), rand.Uint64N(1<<40), r.now)
	}
}

// reckoned is the rows as they would be if there had been none before.
func (r *restless) reckoned() (all []Torrent) {
	waiting := r.addWaiting(&Snapshot{})
	for _, v := range r.reporter.Sessions(inSight(r.now)) {
		var t Torrent
		t.fromSession(&v)
		t.setName(r.names.Lookup(t.InfoHash))
		t.Waiting = waiting[t.ID]
		all = append(all, t)
	}
	return all
}

// TestRowsThatAreKeptAreAsIfReckonedAnew, and what was given out is never touched again.
func TestRowsThatAreKeptAreAsIfReckonedAnew(t *testing.T) {
	r := &restless{crowded(t, 100), t, time.Now()}
	given, was := []*Snapshot{}, [][]Torrent{}
	for round := range 400 {
		for range rand.N(4) {
			r.happens()
		}
		s, want := r.publish.refresh(), r.reckoned()
		if len(s.Torrents) != len(want) {
			t.Fatalf("round %d: %d rows, not %d", round, len(s.Torrents), len(want))
		}
		sessions := map[string]int{}
		for i := range want {
			if *s.Torrents[i] != want[i] {
				t.Fatalf("round %d, row %d:\n%+v, not\n%+v", round, i, *s.Torrents[i], want[i])
			}
			sessions[want[i].Tracker]++
		}
		for _, tr := range s.Trackers {
			if sessions[tr.Host] != tr.Sessions || tr.Sessions == 0 {
				t.Fatalf("round %d: %s has %d sessions, not %d", round, tr.Host, tr.Sessions, sessions[tr.Host])
			}
			delete(sessions, tr.Host)
		}
		if len(sessions) > 0 {
			t.Fatalf("round %d: trackers are missing: %v", round, sessions)
		}
		given, was = append(given, s), append(was, want)
	}
	for i, s := range given {
		for at, row := range s.Torrents {
			if *row != was[i][at] {
				t.Fatalf("row %d of snapshot %d was touched after it was given out", at, i)
			}
		}
	}
}

// TestARowThatDidNotChangeIsTheSameOne: the window looks at nothing else.
func TestARowThatDidNotChangeIsTheSameOne(t *testing.T) {
	e := crowded(t, 50)
	before := e.publish.refresh().Torrents
	if after := e.publish.refresh().Torrents; &after[0] != &before[0] {
		t.Error("nothing changed, but there is another list")
	}
	announceAs(t, e, 7, 5, time.Now())
	announceAs(t, e, 50, 5, time.Now())
	after := e.publish.refresh().Torrents
	if len(after) != 51 {
		t.Fatalf("%d rows", len(after))
	}
	for i := range before {
		if same := before[i] == after[i]; same == (i == 7) {
			t.Errorf("row %d: the same is %v", i, same)
		}
	}
}

// TestRowsLeaveSightWithoutAWord: what ended a day ago, and what has been silent for a week.
func TestRowsLeaveSightWithoutAWord(t *testing.T) {
	e := crowded(t, 3)
	e.publish.refresh()
	for _, c := range []struct {
		later time.Duration
		rows  int
	}{{time.Hour, 3}, {silentInSight - time.Hour, 3}, {silentInSight + time.Hour, 0}} {
		if e.rows.update(e, time.Now().Add(c.later), e.names.Changes(), nil); len(e.rows.rows) != c.rows {
			t.Errorf("after %v there are %d rows, not %d", c.later, len(e.rows.rows), c.rows)
		}
	}
}
