package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/names"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// busyEngine is an engine to which something happens between two snapshots.
type busyEngine struct {
	*Engine
	t   *testing.T
	now time.Time
}

func (r *busyEngine) changeSomething() {
	hash := func() bittorrent.InfoHash { i := rand.N(250); return bittorrent.InfoHash{byte(i), byte(i >> 8)} }
	host := func() string { return fmt.Sprintf("t%d.example", rand.N(37)) }
	switch rand.N(14) {
	case 0:
		r.reporter.Scraped("t3.example", map[bittorrent.InfoHash]bittorrent.Swarm{hash(): {Seeders: rand.Int64N(9)}})
	case 1:
		_ = r.settings.SetMultiplier(policy.Factor(1000 + rand.N(5000)))
		r.reporter.SetRules(r.settings.Saved().Rules())
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
			ids := map[string]struct{}{all[rand.N(len(all))].Torrent.ID: {}, all[0].Torrent.ID: {}}
			r.reporter.ForgetTorrents(ids, func(*ledger.Session) bool { return true })
		}
	case 6: // nothing
	case 7:
		for line := bittorrent.HealthKey([]string{"http", "udp"}[rand.N(2)], host()); ; {
			if _, away := r.health.Away(line); away {
				break
			}
			r.health.FailedDial(line, exchange.ProblemRefused, r.now)
		}
	case 8:
		r.health.MarkUp(host(), r.now)
	default:
		announceAs(r.t, r.Engine, rand.N(250), rand.Uint64N(1<<40), r.now)
	}
}

// recomputed returns the rows as they would be without earlier ones.
func (r *busyEngine) recomputed() (all []Torrent) {
	waiting := r.addPending(&Snapshot{})
	parts := map[string]*sessions{}
	var order []*sessions
	for _, v := range r.reporter.Sessions(inSight(r.now)) {
		p, ok := parts[v.Torrent.ID]
		if !ok {
			p = &sessions{}
			parts[v.Torrent.ID] = p
			order = append(order, p)
		}
		p.put(&v)
	}
	for _, p := range order {
		t := p.row()
		t.setName(r.names.Lookup(t.InfoHash))
		t.Pending, t.Away = waiting[t.ID], r.tracker(t.Tracker, policy.TrackerRule{}).Away
		all = append(all, *t)
	}
	return all
}

// TestCachedRowsEqualRecomputedRows also checks that a row does not change after it was in a snapshot.
func TestCachedRowsEqualRecomputedRows(t *testing.T) {
	r := &busyEngine{engineWith(t, 100), t, time.Now()}
	given, was := []*Snapshot{}, [][]Torrent{}
	for round := range 400 {
		for range rand.N(4) {
			r.changeSomething()
		}
		s, want := r.publish.Refresh(), r.recomputed()
		if len(s.Torrents) != len(want) {
			t.Fatalf("round %d: %d rows, want %d", round, len(s.Torrents), len(want))
		}
		torrents, hashes := map[string]int{}, map[bittorrent.InfoHash]bool{}
		for i := range want {
			if *s.Torrents[i] != want[i] {
				t.Fatalf("round %d, row %d:\n%+v, want\n%+v", round, i, *s.Torrents[i], want[i])
			}
			torrents[want[i].Tracker]++
			hashes[want[i].InfoHash] = true
		}
		for _, tr := range s.Trackers {
			if torrents[tr.Host] != tr.Torrents || tr.Torrents == 0 {
				t.Fatalf("round %d: %s has %d torrents, want %d", round, tr.Host, tr.Torrents, torrents[tr.Host])
			}
			delete(torrents, tr.Host)
		}
		if len(torrents) > 0 || len(hashes) != s.Hashes {
			t.Fatalf("round %d: trackers are missing: %v; %d torrents, want %d", round, torrents, s.Hashes, len(hashes))
		}
		given, was = append(given, s), append(was, want)
	}
	for i, s := range given {
		for at, row := range s.Torrents {
			if *row != was[i][at] {
				t.Fatalf("row %d of snapshot %d was changed after it was returned", at, i)
			}
		}
	}
}

// TestAnUnchangedRowKeepsItsPointer: the window compares only pointers.
func TestAnUnchangedRowKeepsItsPointer(t *testing.T) {
	e := engineWith(t, 50)
	before := e.publish.Refresh().Torrents
	if after := e.publish.Refresh().Torrents; &after[0] != &before[0] {
		t.Error("nothing has changed, but the list has another pointer")
	}
	announceAs(t, e, 7, 5, time.Now())
	announceAs(t, e, 50, 5, time.Now())
	after := e.publish.Refresh().Torrents
	if len(after) != 51 {
		t.Fatalf("%d rows, want 51", len(after))
	}
	for i := range before {
		if same := before[i] == after[i]; same == (i == 7) {
			t.Errorf("row %d has the same pointer: %v, want %v", i, same, i != 7)
		}
	}
}

// TestRowsOfSilentTorrentsAreHidden: rows of torrents that ended a day ago, or have been silent for a week, are
// removed.
func TestRowsOfSilentTorrentsAreHidden(t *testing.T) {
	e := engineWith(t, 3)
	e.publish.Refresh()
	for _, c := range []struct {
		later time.Duration
		rows  int
	}{{time.Hour, 3}, {silentInSight - time.Hour, 3}, {silentInSight + time.Hour, 0}} {
		if e.rows.update(e, time.Now().Add(c.later), e.names.Changes(), nil, nil); len(e.rows.rows) != c.rows {
			t.Errorf("after %v there are %d rows, want %d", c.later, len(e.rows.rows), c.rows)
		}
	}
}

// TestOneRowHasAllSessions plays what clients do with one torrent on one tracker, and checks its row.
func TestOneRowHasAllSessions(t *testing.T) {
	const interval = 30 * time.Minute
	now := time.Now()
	u, err := bittorrent.NewTrackerURL("http", "t.example", "/announce")
	if err != nil {
		t.Fatal(err)
	}
	e := engineWith(t, 0)
	announces := func(at time.Duration, client string, event bittorrent.Event, uploaded uint64) *Torrent {
		a := bittorrent.Announce{
			InfoHash: bittorrent.InfoHash{1}, PeerID: bittorrent.PeerID([]byte(client + "------------")), Event: event,
			Counters: bittorrent.Counters{Uploaded: uploaded, Downloaded: uploaded / 10},
		}
		f := e.reporter.Announce(u, a, now.Add(at))
		e.reporter.Answered(f.Key, &exchange.Entry{Client: client[:7], At: now.Add(at), Interval: interval, Swarm: bittorrent.Swarm{Seeders: int64(at / time.Minute)}})
		s := e.publish.Refresh()
		if len(s.Torrents) != 1 || s.Hashes != 1 {
			t.Fatalf("%d rows of %d torrents, want one row", len(s.Torrents), s.Hashes)
		}
		return s.Torrents[0]
	}
	const plain, started, stopped = bittorrent.EventNone, bittorrent.EventStarted, bittorrent.EventStopped
	for _, step := range []struct {
		at                time.Duration // after the beginning
		client            string
		event             bittorrent.Event
		uploaded          uint64
		seen              uint64
		sessions, clients int
		shown             string // the client whose state the row has; empty for this one
	}{
		{0, "-TR3000a", started, 0, 0, 1, 1, ""},
		{30 * time.Minute, "-TR3000a", plain, 100, 100, 1, 1, ""},
		{31 * time.Minute, "-TR3000b", started, 0, 100, 2, 1, ""}, // restarted, without `stopped`
		{61 * time.Minute, "-TR3000b", plain, 50, 150, 2, 1, ""},
		{62 * time.Minute, "-qB4520c", started, 0, 150, 3, 2, ""}, // another client
		{63 * time.Minute, "-qB4520c", plain, 7, 157, 3, 2, ""},
		{64 * time.Minute, "-TR3000b", stopped, 60, 167, 3, 1, "-qB4520"}, // stopped here, but shared by the other client
		{65 * time.Minute, "-TR3000d", started, 0, 167, 4, 2, ""},
		{66 * time.Minute, "-TR3000a", plain, 110, 177, 4, 3, ""}, // the first one was there all the time
	} {
		row := announces(step.at, step.client, step.event, step.uploaded)
		if row.Seen != step.seen || row.Sessions != step.sessions || row.Clients != step.clients {
			t.Errorf("%v %s: %d uploaded, %d sessions, %d clients; want %d, %d, %d", step.at, step.client, row.Seen, row.Sessions, row.Clients, step.seen, step.sessions, step.clients)
		}
		if got := e.Sessions(row.ID); len(got) != step.sessions || !got[0].Last.Equal(time.UnixMilli(now.Add(step.at).UnixMilli())) {
			t.Errorf("at %v the sessions are %+v, want %d, the newest first", step.at, got, step.sessions)
		}
		client, event := step.client[:7], step.event
		if step.shown != "" {
			client, event = step.shown, plain
		}
		if row.Client != client || row.Event != event || !row.First.Equal(time.UnixMilli(now.UnixMilli())) || row.Swarm.Seeders != int64(step.at/time.Minute) {
			t.Errorf("at %v the row is %+v, want the newest client, event and counts", step.at, *row)
		}
	}
}
