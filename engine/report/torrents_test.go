package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
)

// uploads announces a client that starts at a total, and then with that much more.
func uploads(r *report.Reporter, u bittorrent.TrackerURL, client byte, from, more uint64, at time.Time) {
	r.Announce(u, announceOf(client, started, from), at)
	r.Announce(u, announceOf(client, plain, from+more), at)
}

// mustSum checks the sums of the torrent to which all sessions of a tracker host belong.
func mustSum(t *testing.T, r *report.Reporter, host string, seen, reported uint64) {
	t.Helper()
	found := false
	for _, s := range r.Sessions(all) {
		if s.Host != host {
			continue
		}
		found = true
		if s.Torrent.Seen != seen || s.Torrent.Reported != reported {
			t.Errorf("the torrent has %d uploaded and %d reported, want %d and %d", s.Torrent.Seen, s.Torrent.Reported, seen, reported)
		}
	}
	if !found {
		t.Errorf("there is no session on %s", host)
	}
}

// TestSixStartsOfAClientAreOneTorrent: at each start a client has a new peer id, or its old one. The torrent's sums
// continue in both cases, and survive a restart of this program.
func TestSixStartsOfAClientAreOneTorrent(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	for n := range byte(6) {
		uploads(r, tracker, n, 0, 10, begin)
	}
	uploads(r, tracker, 0, 0, 10, begin) // client 0 starts again with its id
	mustSum(t, r, "t.test:6969", 70, 210)
	mustTotal(t, r, 70, 210)
	mustSum(t, reporterOn(t, j, 3000), "t.test:6969", 70, 210)
	if first := r.Sessions(all)[0]; first.Torrent.First != begin.UnixMilli() || first.Seen != 10 {
		t.Errorf("the first session is %+v, want the torrent's first sight and 10 uploaded", first)
	}
}

// TestUploadedCountsFromFirstSight: what a client uploaded before this program saw it is not in the sums.
func TestUploadedCountsFromFirstSight(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	uploads(r, tracker, 1, 1_000_000, 10, begin)
	mustSum(t, r, "t.test:6969", 10, 30)
}

// TestUploadReportedToThreeTrackersCountsOnce: a client uploads a byte once and reports it to each of its trackers.
func TestUploadReportedToThreeTrackersCountsOnce(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	uploads(r, tracker, 1, 0, 10, begin)
	uploads(r, other, 1, 0, 10, begin)
	mustTotal(t, r, 10, 30)
	r.Announce(other, announceOf(1, plain, 25), begin) // this tracker has most now
	mustTotal(t, r, 25, 75)
	if d := r.Day(begin.Add(time.Minute)); d.Seen != 25 || d.Reported != 75 {
		t.Errorf("the day has %d uploaded and %d reported, want 25 and 75", d.Seen, d.Reported)
	}
	another := announceOf(1, started, 0)
	another.InfoHash[0]++
	r.Announce(tracker, another, begin)
	another.Event, another.Counters.Uploaded = plain, 100
	r.Announce(tracker, another, begin)
	mustTotal(t, r, 125, 375)
}

// TestSumsOutliveTheirSessions: a silent session that is dropped leaves its sums to the torrent's newest session, and a
// torrent's last session leaves them to the totals. Both are on the disk.
func TestSumsOutliveTheirSessions(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	uploads(r, tracker, 1, 0, 10, begin)
	uploads(r, other, 1, 0, 7, begin)
	later := begin.Add(report.Silent + time.Hour)
	uploads(r, tracker, 2, 0, 5, later)
	for range 2 { // the second time there is nothing left to drop
		if err := r.Compact(later.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n := len(r.Sessions(all)); n != 1 {
			t.Errorf("%d sessions are left, want 1", n)
		}
		mustSum(t, r, "t.test:6969", 15, 45)
		mustTotal(t, r, 15+7, 45+21)
	}
	again := reporterOn(t, j, 3000)
	mustSum(t, again, "t.test:6969", 15, 45)
	mustTotal(t, again, 15+7, 45+21)
	if again.Stale(later.Add(10*report.Silent)) != true {
		t.Error("Stale does not report a session that is silent again")
	}
	if f := again.Announce(tracker, announceOf(2, plain, 6), later); f.Reported != 18 {
		t.Errorf("reported %d, want 18: the sums must not change totals", f.Reported)
	}
}

// FuzzSumsAreThoseOfTheirParts: whatever clients do on two trackers, a torrent's sums are those of its uploads since
// first sight at their factor, and the totals are those of the tracker with more.
func FuzzSumsAreThoseOfTheirParts(f *testing.F) {
	f.Add([]byte{0x00, 0x11, 0x25, 0x01, 0x3f, 0x80, 0x92, 0xff})
	f.Fuzz(func(t *testing.T, steps []byte) {
		r := reporterOn(t, new(journal), 2000)
		trackers := [2]bittorrent.TrackerURL{tracker, other}
		var total [2]uint64
		type client struct {
			on bool
			at uint64
		}
		var clients [2][4]client
		for _, b := range steps {
			on, n, more, restart := b&1, b>>1&3, uint64(b>>3&15), b&0x80 != 0
			c := &clients[on][n]
			event := plain
			if restart || !c.on {
				if event = started; c.at > 0 || !c.on {
					c.at = 0
				}
			} else {
				c.at += more
				total[on] += more
			}
			c.on = true
			r.Announce(trackers[on], announceOf(n, event, c.at), begin)
		}
		for i, host := range []string{"t.test:6969", "u.test"} {
			for _, s := range r.Sessions(all) {
				if s.Host == host && (s.Torrent.Sums != exchange.Sums{Seen: total[i], Reported: 2 * total[i]}) {
					t.Fatalf("%s: the sums are %+v, want %d uploaded and twice that reported", host, s.Torrent.Sums, total[i])
				}
			}
		}
		most := max(total[0], total[1])
		mustTotal(t, r, most, 2*most)
	})
}
