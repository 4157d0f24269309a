package announce_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// bench is a desk with a tracker that the test plays, in a bubble with its own time.
type bench struct {
	t       *testing.T
	desk    *announce.Desk
	spool   *announce.Spool
	disk    *memory // the spool's
	health  *announce.Health
	tracker func(o *announce.Order) (announce.Answer, error) // the tracker
	closed  bool                                             // pending announces may not be delivered
	broken  announce.Result                                  // the result for a pending announce, if it has a problem
	own     func()                                           // called before the client gets an answer of this program
	noting  time.Duration                                    // how long it takes to note an announce that is no duplicate

	mu       sync.Mutex
	received []string         // guarded by mu; event and total of each announce that arrived
	notes    []exchange.Entry // guarded by mu
}

func onBench(t *testing.T, do func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		reporter, answers := report.New(), announce.NewAnswers()
		reporter.SetJournal(&memory{}, time.Now())
		answers.SetJournal(&memory{}, time.Now())
		disk := &memory{}
		b := &bench{t: t, spool: newSpool(disk), disk: disk, health: announce.NewHealth(), tracker: good, own: func() {}}
		turns := announce.NewGate[ledger.Key](1)
		sends := func(_ context.Context, k announce.Pending) announce.Result {
			if b.closed {
				return announce.Result{Problem: exchange.ProblemClosed}
			}
			b.receive(k.Event, k.Reported)
			if b.broken.Problem != exchange.ProblemNone {
				return b.broken
			}
			return announce.Result{Delivered: true}
		}
		b.desk = announce.NewDesk(announce.Parts{
			Accountant: reporter, Answers: answers, Health: b.health, Spool: b.spool, Turns: turns,
			Deliverer: announce.NewDeliverer(b.spool, b.health, turns, sends, func(announce.Pending) {}, func() {}),
			Log:       slog.New(slog.DiscardHandler), Note: b.note, Changed: func() {}, Recovered: func() {}, Patience: announce.DefaultPatience,
		})
		b.desk.SetJoinDuplicates(true)
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { b.desk.Run(ctx, func() { <-ctx.Done() }) })
		synctest.Wait()
		do(b)
		stop()
		all.Wait()
	})
}

func (b *bench) note(e exchange.Entry) {
	if !e.Duplicate {
		time.Sleep(b.noting)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes = append(b.notes, e)
}

func (b *bench) receive(e bittorrent.Event, total uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.received = append(b.received, fmt.Sprintf("%v:%d", e, total))
}

func (b *bench) expect(want ...string) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.received, want) {
		b.t.Errorf("the tracker received %q, want %q", b.received, want)
	}
}

// outcomes returns the kinds and outcomes so far.
func (b *bench) outcomes() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.notes {
		word := e.Outcome.String()
		if e.Kind == exchange.KindRedelivered {
			word = "redelivered"
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// torrent returns an order for a torrent's session.
func torrent(n byte, e bittorrent.Event, uploaded uint64) *announce.Order {
	u, err := bittorrent.NewTrackerURL("http", "tracker.example", "/announce")
	if err != nil {
		panic(err)
	}
	o := &announce.Order{Tracker: u, Ledger: u}
	o.Announce.InfoHash, o.Announce.Event, o.Announce.Counters.Uploaded = bittorrent.InfoHash{n}, e, uploaded
	copy(o.Announce.PeerID[:], "-TR4000-")
	o.Session = ledger.Key{Tracker: u.ID(), InfoHash: o.Announce.InfoHash, PeerID: o.Announce.PeerID}
	o.Cache = announce.AnswerKey{Tracker: u.ID(), InfoHash: o.Announce.InfoHash}
	o.Identity = uint64(n)<<32 | uint64(e)<<24 | uploaded
	o.Entry = exchange.Entry{At: time.Now(), Tracker: u.Host(), InfoHash: o.Announce.InfoHash, Event: e, Swarm: bittorrent.UnknownSwarm}
	return o
}

// way is a Way without bytes: the client gets a word.
type way struct {
	b   *bench
	got string
}

func (w *way) Report(*announce.Order)         {}
func (w *way) Pending(*announce.Order) []byte { return []byte("x") }
func (w *way) CanReplay([]byte) bool          { return true }
func (w *way) Replay(raw []byte)              { w.gives(string(raw)) }
func (w *way) Defer(raw []byte, after time.Duration) []byte {
	return fmt.Appendf(nil, "%s in %v", raw, after)
}
func (w *way) Gone() bool                     { return false }
func (w *way) Finish(*exchange.Entry)         {}
func (w *way) Fail(p exchange.Problem) []byte { w.gives(announce.Words(p)); return []byte(w.got) }

// gives gives the client an answer of this program.
func (w *way) gives(answer string) {
	w.b.own()
	w.got = answer
}

func (w *way) Send(_ context.Context, o *announce.Order) (announce.Answer, error) {
	a, err := w.b.tracker(o)
	if f := (*announce.Fault)(nil); !errors.As(err, &f) || !f.Dialled {
		o.Sent = true
		w.b.receive(o.Announce.Event, o.Total.Reported)
	}
	if err == nil {
		w.got = string(a.Raw)
	}
	return a, err
}

// serve carries out an order, and returns what its client got, and after how long.
func (b *bench) serve(o *announce.Order) (got string, took time.Duration) {
	w, began := &way{b: b}, time.Now()
	o.Entry.At = began
	b.desk.Serve(b.t.Context(), o, w)
	return w.got, time.Since(began)
}

// goesAway lets the tracker answer torrent 1 and then go away.
func (b *bench) goesAway() {
	b.serve(torrent(1, started, 0))
	b.tracker = unreachable
	for i := range 3 {
		b.serve(torrent(1, none, uint64(i+1)))
	}
}

// Functions that play the tracker.

func good(*announce.Order) (announce.Answer, error) {
	return announce.Answer{Status: 200, Raw: []byte("peers"), Good: true, Delivered: true}, nil
}

func refuses(*announce.Order) (announce.Answer, error) {
	a := announce.Answer{Status: 200, Raw: []byte("no"), Delivered: true}
	a.Failure = "not registered"
	return a, nil
}

func resets(*announce.Order) (announce.Answer, error) {
	return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemReset, Err: errors.New("read: reset")}
}

func unreachable(*announce.Order) (announce.Answer, error) {
	return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemRefused, Err: errors.New("dial: refused"), Dialled: true}
}

func errors503(*announce.Order) (announce.Answer, error) {
	return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemStatus, Err: errors.New("read: 503"), Reached: true}
}

// slow plays a tracker that answers after a while, when the client may have left.
func slow(after time.Duration, answer func(*announce.Order) (announce.Answer, error)) func(*announce.Order) (announce.Answer, error) {
	return func(o *announce.Order) (announce.Answer, error) {
		at := time.Now().Add(after)
		if at.Before(o.Until) {
			time.Sleep(after)
			return answer(o)
		}
		time.Sleep(time.Until(o.Until))
		f := &announce.Fault{Problem: exchange.ProblemTimeout, Err: errors.New("read: silent")}
		f.Rest = restUntil{at, func() (announce.Answer, error) { return answer(o) }}
		return announce.Answer{}, f
	}
}

type restUntil struct {
	at     time.Time
	answer func() (announce.Answer, error)
}

func (r restUntil) Await(ctx context.Context) (announce.Answer, error) {
	select {
	case <-time.After(time.Until(r.at)):
		return r.answer()
	case <-ctx.Done():
		return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemTimeout, Err: ctx.Err()}
	}
}

func TestAnnouncesAreSentInTheOrderTheyArrived(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(time.Second, good)
		var all sync.WaitGroup
		for i, e := range []bittorrent.Event{started, none, completed, none, stopped} {
			o := torrent(1, e, uint64(i))
			b.desk.Arrive(o)
			all.Go(func() { b.serve(o) })
		}
		all.Wait()
		b.expect("started:0", ":1", "completed:2", ":3", "stopped:4")
	})
}

// TestEventsOfASessionArriveInTheOrderTheClientSentThem: a client sends `completed` and `stopped`, each on its own
// connection, while a plain announce is in flight.
func TestEventsOfASessionArriveInTheOrderTheClientSentThem(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(time.Second, good)
		var all sync.WaitGroup
		for i, e := range []bittorrent.Event{none, completed, stopped} {
			all.Go(func() { b.serve(torrent(1, e, uint64(i))) })
			synctest.Wait() // until it is sent, or waits for its turn
		}
		all.Wait()
		b.expect(":0", "completed:1", "stopped:2")
	})
}

// TestAnEventIsOnTheDiskBeforeItsClientIsAnswered in its tracker's place, by the cache or by an error.
func TestAnEventIsOnTheDiskBeforeItsClientIsAnswered(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0)) // whose answer is cached
		b.tracker = resets
		for i, o := range []*announce.Order{torrent(1, completed, 1), torrent(2, started, 0), torrent(1, stopped, 2)} {
			answers := 0
			b.own = func() {
				answers++
				if n := restart(t, b.disk).Len(); n != i+1 {
					t.Errorf("event %d: %d announces are on the disk when the client is answered", i, n)
				}
			}
			if b.serve(o); answers != 1 {
				t.Errorf("event %d: %d answers of the program, want 1", i, answers)
			}
		}
	})
}

// TestAPendingAnnounceKeepsItsFence, also after a restart.
func TestAPendingAnnounceKeepsItsFence(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = page
		fence := announce.Fence{Remote: true, PublicOnly: true}
		o := torrent(1, completed, 5)
		o.Fence = fence
		b.serve(o)
		if all := b.spool.All(); len(all) != 1 || all[0].Fence != fence {
			t.Errorf("pending: %+v, want one with the fence %+v", all, fence)
		}
	})
	m := &memory{}
	k := pendingOf(1, completed, 5, morning)
	k.Fence = announce.Fence{PublicOnly: true}
	newSpool(m).Add(k)
	if all := restart(t, m).All(); len(all) != 1 || all[0].Fence != k.Fence {
		t.Errorf("pending after a restart: %+v, want one with the fence %+v", all, k.Fence)
	}
}

// serveTogether serves n equal announces at once. Each client must get want, and the tracker one announce.
func (b *bench) serveTogether(n int, want string) {
	b.t.Helper()
	b.noting = time.Millisecond // in which its duplicates would overtake it if they could
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if got, _ := b.serve(torrent(1, none, 7)); got != want {
				b.t.Errorf("one of %d equal announces got %q, want %q", n, got, want)
			}
		})
	}
	all.Wait()
	b.expect(":7")
	for i, e := range b.notes {
		if e.Duplicate != (i > 0) {
			b.t.Errorf("entry %d of %d is a duplicate: %v; want the first one's entry before those of its duplicates", i+1, n, e.Duplicate)
		}
	}
}

// TestADuplicateGetsTheAnswerToTheFirst while the first is in flight and for 5 s after it.
func TestADuplicateGetsTheAnswerToTheFirst(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(time.Second, good)
		b.serveTogether(5, "peers")
		time.Sleep(4900 * time.Millisecond)
		b.serve(torrent(1, none, 7))
		b.expect(":7")
		time.Sleep(time.Second)
		b.serve(torrent(1, none, 7))
		b.expect(":7", ":7")
	})
}

// TestAnAnnounceRepeatedAfterAnotherEventIsNoDuplicate: a client that stops and starts again wants both.
func TestAnAnnounceRepeatedAfterAnotherEventIsNoDuplicate(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.serve(torrent(1, stopped, 0))
		b.serve(torrent(2, started, 0)) // another session makes no difference
		b.serve(torrent(1, started, 0))
		b.expect("started:0", "stopped:0", "started:0", "started:0")
	})
}

// TestOnlyWaitingDuplicatesGetTheFailureReason: after the user has corrected a passkey or registered a torrent, the
// same announce reaches the tracker.
func TestOnlyWaitingDuplicatesGetTheFailureReason(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(time.Second, refuses)
		b.serveTogether(2, "no")
		b.serve(torrent(1, none, 7))
		b.expect(":7", ":7")
	})
}

func TestADuplicateOfAFailedAnnounceGetsTheSameAnswer(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(time.Second, resets)
		b.serveTogether(2, announce.Words(exchange.ProblemReset))
		if b.spool.Len() != 1 {
			t.Errorf("%d pending, want 1", b.spool.Len())
		}
	})
}

// TestErrorsForOneTorrentDoNotAffectOthers: resets and 5xx for one torrent do not affect the others on the same
// tracker.
func TestErrorsForOneTorrentDoNotAffectOthers(t *testing.T) {
	for name, trouble := range map[string]func(*announce.Order) (announce.Answer, error){"resets": resets, "5xx": errors503} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.tracker = func(o *announce.Order) (announce.Answer, error) {
					if o.Announce.InfoHash == (bittorrent.InfoHash{1}) {
						return trouble(o)
					}
					return good(o)
				}
				for i := range 5 {
					b.serve(torrent(1, none, uint64(i)))
				}
				if got, _ := b.serve(torrent(2, none, 9)); got != "peers" {
					t.Errorf("another torrent got %q, want the tracker's answer", got)
				}
				if _, away := b.health.Away("tracker.example"); away || b.spool.Len() != 1 {
					t.Errorf("away: %v, want false; %d pending, want 1", away, b.spool.Len())
				}
			})
		})
	}
}

func TestAnAwayTrackerGetsOneProbeAtATime(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		tries := 0
		b.tracker = func(o *announce.Order) (announce.Answer, error) { tries++; return unreachable(o) }
		for i := range 3 {
			b.serve(torrent(1, none, uint64(i+1)))
		}
		if _, away := b.health.Away("tracker.example"); !away || tries != 3 {
			t.Fatalf("after %d dials the tracker is away: %v; want true after 3", tries, away)
		}
		if got, took := b.serve(torrent(1, none, 5)); got != "peers" || took != 0 || tries != 3 {
			t.Errorf("the client got %q after %v, with %d dials; want the cached answer at once, without another dial", got, took, tries)
		}
		time.Sleep(time.Minute)
		b.tracker = good
		b.serve(torrent(1, none, 6))
		if _, away := b.health.Away("tracker.example"); away || len(b.received) != 2 { // the very first announce, and the probe
			t.Errorf("after the probe %d announces have arrived, and the tracker is away: %v; want 2 and false", len(b.received), away)
		}
	})
}

// TestAnnouncesWithoutACachedAnswerWaitForTheProbe: fifty torrents of a client that starts announce at the same moment, and
// the client would show an error for all but the probe, although the tracker is back.
func TestAnnouncesWithoutACachedAnswerWaitForTheProbe(t *testing.T) {
	onBench(t, func(b *bench) {
		b.goesAway()
		next := byte(2)
		atOnce := func(tracker func(*announce.Order) (announce.Answer, error), each func(got string, took time.Duration)) int32 {
			var tries atomic.Int32
			b.tracker = func(o *announce.Order) (announce.Answer, error) { tries.Add(1); return tracker(o) }
			var all sync.WaitGroup
			for range 50 {
				o := torrent(next, none, 0)
				next++
				all.Go(func() { each(b.serve(o)) })
			}
			synctest.Wait()
			if n := tries.Load(); n != 1 {
				t.Errorf("%d announces were sent at the same moment, want the probe alone", n)
			}
			if got, took := b.serve(torrent(1, none, 9)); got != "peers" || took != 0 {
				t.Errorf("a client got %q after %v, want the cached answer at once", got, took)
			}
			all.Wait()
			return tries.Load()
		}
		atOnce(slow(time.Hour, good), func(got string, took time.Duration) {
			if got == "peers" || took > announce.DefaultPatience.Others {
				t.Errorf("a client got %q from a silent tracker, after %v", got, took)
			}
		})
		var patient atomic.Int32
		atOnce(slow(time.Second, unreachable), func(got string, took time.Duration) {
			if took > time.Second {
				patient.Add(1)
			}
			if got == "peers" || took > announce.DefaultPatience.Cached+time.Second {
				t.Errorf("a client got %q from an unreachable tracker, after %v", got, took)
			}
		})
		if n := patient.Load(); n != 1 {
			t.Errorf("%d clients waited while an unreachable tracker was dialled again, want that of the probe", n)
		}
		if tries := atOnce(slow(time.Second, good), func(got string, took time.Duration) {
			if got != "peers" || took > 2*time.Second {
				t.Errorf("a client got %q after %v, want the tracker's answer once the probe was answered", got, took)
			}
		}); tries != 50 {
			t.Errorf("%d announces were sent, want all 50", tries)
		}
	})
}

// TestAnAnnounceWithoutACachedAnswerReachesATrackerThatIsBack: between two probes too, as it would without this program.
func TestAnAnnounceWithoutACachedAnswerReachesATrackerThatIsBack(t *testing.T) {
	onBench(t, func(b *bench) {
		b.goesAway()
		b.tracker = good
		if got, _ := b.serve(torrent(2, started, 0)); got != "peers" {
			t.Errorf("a new torrent got %q, want the tracker's answer", got)
		}
	})
}

func TestTheWaitDependsOnClientEventAndCache(t *testing.T) {
	for name, c := range map[string]struct {
		peer   string
		names  bool // its User-Agent names libtorrent
		event  bittorrent.Event
		cached bool
		want   time.Duration
	}{
		"qBittorrent":                          {peer: "-qB5000-", want: 28 * time.Second},
		"libtorrent by its user agent":         {peer: "-XX1000-", names: true, want: 28 * time.Second},
		"Transmission":                         {peer: "-TR4000-", want: 40 * time.Second},
		"qBittorrent, an answer cached":        {peer: "-qB5000-", cached: true, want: 8 * time.Second},
		"Transmission, an answer cached":       {peer: "-TR4000-", cached: true, want: 8 * time.Second},
		"qBittorrent stops":                    {peer: "-qB5000-", event: stopped, want: 4 * time.Second},
		"Transmission stops":                   {peer: "-TR4000-", event: stopped, want: 40 * time.Second},
		"Transmission stops, an answer cached": {peer: "-TR4000-", event: stopped, cached: true, want: 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				order := func(e bittorrent.Event) *announce.Order {
					o := torrent(1, e, 0)
					copy(o.Announce.PeerID[:], c.peer)
					o.Session.PeerID, o.NamesLibtorrent = o.Announce.PeerID, c.names
					return o
				}
				if c.cached {
					b.serve(order(started))
				}
				b.tracker = slow(time.Hour, good)
				got, took := b.serve(order(c.event))
				if took != c.want || (got == "peers") != c.cached {
					t.Errorf("the client got %q after %v, want an answer after %v", got, took, c.want)
				}
			})
		})
	}
}

// TestQueueingNeverMakesAnAnnounceFail: 300 torrents at once at a tracker that takes 12 s for each.
func TestQueueingNeverMakesAnAnnounceFail(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(12*time.Second, good)
		var all sync.WaitGroup
		for i := range 300 {
			all.Go(func() {
				o := torrent(byte(i), none, 0)
				o.Announce.InfoHash[1] = byte(i >> 8)
				o.Session.InfoHash, o.Cache.InfoHash = o.Announce.InfoHash, o.Announce.InfoHash
				if got, took := b.serve(o); got != "peers" || took > 20*time.Second {
					t.Errorf("announce %d got %q after %v, want the tracker's answer within 20s", i, got, took)
				}
			})
		}
		all.Wait()
	})
}

// TestALateAnswerCountsAsDelivered: the client gets the cached answer, and the tracker receives the announce once.
func TestALateAnswerCountsAsDelivered(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker = slow(30*time.Second, good)
		if got, took := b.serve(torrent(1, completed, 5)); got != "peers" || took != 8*time.Second || b.spool.Len() != 1 {
			t.Errorf("the client got %q after %v, %d pending; want the cached answer after 8s, and 1", got, took, b.spool.Len())
		}
		time.Sleep(30 * time.Second)
		if got := b.outcomes(); got != "forwarded cached redelivered" || b.spool.Len() != 0 {
			t.Errorf("recorded %s, %d pending; want the late answer as a redelivery, and 0", got, b.spool.Len())
		}
		b.expect("started:0", "completed:5")
	})
}

// TestALateTemporaryFailureLeavesTheEventPending: the client has the cached answer, and does not send the event again.
func TestALateTemporaryFailureLeavesTheEventPending(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker = slow(30*time.Second, func(*announce.Order) (announce.Answer, error) {
			a := announce.Answer{Status: 200, Raw: []byte("no"), Delivered: true}
			a.Failure, a.RetryIn = "busy", 10*time.Minute
			return a, nil
		})
		b.serve(torrent(1, completed, 5))
		time.Sleep(30 * time.Second)
		if got := summary(b.spool.All()); got != "completed:5 " {
			t.Errorf("pending: %s, want completed:5", got)
		}
	})
}

// TestADuplicateWaitsForTheExchangeOfTheFirst, which continues without its client.
func TestADuplicateWaitsForTheExchangeOfTheFirst(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = slow(45*time.Second, good)
		if got, took := b.serve(torrent(1, started, 0)); took != 40*time.Second || got == "peers" {
			t.Errorf("the client got %q after %v, want no answer of the tracker after 40s", got, took)
		}
		if got, took := b.serve(torrent(1, started, 0)); took != 5*time.Second || got != "peers" {
			t.Errorf("the duplicate got %q after %v, want the answer to the first after 5s", got, took)
		}
		b.expect("started:0")
	})
}

// TestTheNextAnnounceQueuesBehindAnExchangeThatContinues without its client.
func TestTheNextAnnounceQueuesBehindAnExchangeThatContinues(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker = slow(20*time.Second, good)
		b.serve(torrent(1, completed, 1))
		if got, took := b.serve(torrent(1, stopped, 2)); got != "peers" || took != 4*time.Second {
			t.Errorf("the next announce got %q after %v, want the cached answer after 4s", got, took)
		}
		b.expect("started:0", "completed:1")
		if got := summary(b.spool.All()); got != "completed:1 stopped:2 " {
			t.Errorf("pending: %s, want completed:1 stopped:2", got)
		}
		time.Sleep(9 * time.Second)
		if got := summary(b.spool.All()); got != "stopped:2 " {
			t.Errorf("pending after the late answer: %s, want stopped:2", got)
		}
	})
}

// TestAfterASilentExchangeAnEventIsPendingAndAPlainAnnounceIsNot: the session's next announce reports a plain one's
// total.
func TestAfterASilentExchangeAnEventIsPendingAndAPlainAnnounceIsNot(t *testing.T) {
	for e, pending := range map[bittorrent.Event]int{none: 0, completed: 1} {
		onBench(t, func(b *bench) {
			b.tracker = slow(time.Hour, good)
			b.serve(torrent(1, e, 5))
			if b.spool.Len() != 1 {
				t.Errorf("%v: %d pending while the exchange continues, want 1", e, b.spool.Len())
			}
			time.Sleep(61 * time.Second)
			if b.spool.Len() != pending {
				t.Errorf("%v: %d pending after the silence, want %d", e, b.spool.Len(), pending)
			}
		})
	}
}

// TestTheOldestExchangeEndsWhenTooManyContinue, of 256. It counts as not answered, so an event stays pending, but a
// plain announce does not.
func TestTheOldestExchangeEndsWhenTooManyContinue(t *testing.T) {
	const most = 256
	for e, left := range map[bittorrent.Event]int{none: most, completed: most + 1} {
		onBench(t, func(b *bench) {
			b.tracker = slow(time.Minute, good)
			var all sync.WaitGroup
			for i := range most + 1 {
				o := torrent(0, e, 5)
				o.Announce.InfoHash[1], o.Announce.InfoHash[2] = byte(i>>8), byte(i)
				o.Session.InfoHash, o.Cache.InfoHash, o.Entry.InfoHash = o.Announce.InfoHash, o.Announce.InfoHash, o.Announce.InfoHash
				all.Go(func() { b.serve(o) })
			}
			all.Wait()
			synctest.Wait()
			if n := b.spool.Len(); n != left {
				t.Errorf("%v: %d pending while the others continue, want %d", e, n, left)
			}
			time.Sleep(time.Minute)
			if n := b.spool.Len(); n != left-most {
				t.Errorf("%v: %d pending after the answers, want %d", e, n, left-most)
			}
		})
	}
}

func TestAMalformedAnswerCountsAsDelivered(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = func(*announce.Order) (announce.Answer, error) {
			return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemProtocol, Err: errors.New("read: no HTTP"), Delivered: true, Reached: true}
		}
		b.serve(torrent(1, started, 0))
		if b.spool.Len() != 0 {
			t.Errorf("%d pending, want 0", b.spool.Len())
		}
	})
}

// TestAStopCutsContinuingExchanges after 5 s; the announces stay pending.
func TestAStopCutsContinuingExchanges(t *testing.T) {
	var left int
	var took time.Duration
	onBench(t, func(b *bench) {
		ctx, stop := context.WithCancel(b.t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			b.desk.Run(ctx, func() {
				b.tracker = slow(time.Hour, good)
				b.serve(torrent(1, stopped, 5))
				stop()
			})
		}()
		<-ctx.Done()
		began := time.Now()
		<-ended
		took, left = time.Since(began), b.spool.Len()
	})
	if took != 5*time.Second || left != 1 {
		t.Errorf("the stop took %v, and %d announces are pending; want 5s and 1", took, left)
	}
}

// TestPendingEventsAreSentBeforeALiveAnnounce, with the totals that were decided for them.
func TestPendingEventsAreSentBeforeALiveAnnounce(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = unreachable
		b.serve(torrent(1, started, 0))
		b.tracker = good
		b.serve(torrent(1, completed, 7))
		b.expect("started:0", "completed:7")
		if b.spool.Len() != 0 {
			t.Errorf("%d pending, want 0", b.spool.Len())
		}
	})
}

// TestAnUndeliverablePendingAnnounceDelaysNoLiveOne: it is for an address to which the client no longer announces, such
// as the target of a redirect that has ended.
func TestAnUndeliverablePendingAnnounceDelaysNoLiveOne(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker, b.closed = unreachable, true
		b.serve(torrent(1, started, 0))
		b.tracker = good
		for uploaded := range uint64(3) {
			if got, _ := b.serve(torrent(1, none, 7+uploaded)); got != "peers" {
				t.Errorf("live announce %d got %q, want the tracker's answer", uploaded, got)
			}
			time.Sleep(10 * time.Second)
		}
		if b.spool.Len() != 1 {
			t.Errorf("%d pending, want 1", b.spool.Len())
		}
	})
}

func page(*announce.Order) (announce.Answer, error) {
	return announce.Answer{Status: 200, Raw: []byte("<html>"), Problem: exchange.ProblemAnswer}, nil
}

// TestAnEventAnsweredByAWebPageStaysPending, although its client got the page; a plain announce is not.
func TestAnEventAnsweredByAWebPageStaysPending(t *testing.T) {
	for e, pending := range map[bittorrent.Event]int{none: 0, started: 1, completed: 1, stopped: 1} {
		onBench(t, func(b *bench) {
			b.tracker = page
			if got, _ := b.serve(torrent(1, e, 5)); got != "<html>" {
				t.Errorf("%v: the client got %q, want the page", e, got)
			}
			if b.spool.Len() != pending {
				t.Errorf("%v: %d pending, want %d", e, b.spool.Len(), pending)
			}
			b.tracker = good
			if got, _ := b.serve(torrent(1, none, 6)); got != "peers" {
				t.Errorf("%v: the next announce got %q, want the tracker's answer", e, got)
			}
		})
	}
}

// TestAnEventAnsweredWith5xxIsSentAgainBeforeTheNextAnnounce, without a pause.
func TestAnEventAnsweredWith5xxIsSentAgainBeforeTheNextAnnounce(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = errors503
		b.serve(torrent(1, started, 0))
		b.tracker = good
		if got, took := b.serve(torrent(1, completed, 5)); got != "peers" || took != 0 {
			t.Errorf("completed got %q after %v, want the tracker's answer at once", got, took)
		}
		b.expect("started:0", "started:0", "completed:5")
	})
}

// TestAnEventThatAlwaysFailsDelaysOnlyStopped: a tracker answers 500 to `completed`, or breaks the connection, and
// serves everything else. Its client, which got the cached answer and believes that the event was received, must stay
// on the tracker's list.
func TestAnEventThatAlwaysFailsDelaysOnlyStopped(t *testing.T) {
	for name, c := range map[string]struct {
		tracker func(*announce.Order) (announce.Answer, error)
		broken  announce.Result
	}{
		"an error 503":        {errors503, announce.Result{Problem: exchange.ProblemStatus, Reached: true}},
		"a broken connection": {resets, announce.Result{Problem: exchange.ProblemReset, MayHaveArrived: true}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.serve(torrent(1, started, 0))
				b.tracker = c.tracker
				b.serve(torrent(1, completed, 5))
				b.tracker, b.broken = good, c.broken
				for i := range uint64(3) {
					time.Sleep(31 * time.Second)
					o := torrent(1, none, 7+i)
					if b.serve(o); o.Entry.Outcome != exchange.OutcomeForwarded {
						t.Errorf("announce %d has the outcome %v, want it forwarded", i, o.Entry.Outcome)
					}
				}
				time.Sleep(31 * time.Second)
				b.serve(torrent(1, stopped, 10))
				if got := summary(b.spool.All()); got != "completed:9 stopped:10 " {
					t.Errorf("pending: %s, want completed:9 stopped:10", got)
				}
				b.expect("started:0", "completed:5", "completed:5", ":7", "completed:7", ":8", "completed:8", ":9", "completed:9")
			})
		})
	}
}

// TestAPauseBetweenTriesDelaysNoClient: the tracker has broken connections for an hour, so the next try is minutes
// away.
func TestAPauseBetweenTriesDelaysNoClient(t *testing.T) {
	onBench(t, func(b *bench) {
		b.tracker = resets
		b.serve(torrent(1, completed, 5))
		id, now := b.spool.All()[0].ID, time.Now()
		b.spool.RecordFailure(id, announce.Result{Problem: exchange.ProblemReset, MayHaveArrived: true}, now.Add(15*time.Minute))
		b.tracker = good
		time.Sleep(29 * time.Second)
		if b.serve(torrent(1, none, 6)); b.spool.Len() != 2 {
			t.Errorf("%d pending, want 2: an event must not come again within 30 s", b.spool.Len())
		}
		time.Sleep(time.Second)
		if got, _ := b.serve(torrent(1, none, 7)); got != "peers" || b.spool.Len() != 0 {
			t.Errorf("the client got %q, %d pending; want the tracker's answer, and 0", got, b.spool.Len())
		}
		b.expect("completed:5", "completed:5", ":7")
	})
}

// TestAStoppedOvertakenByStartedIsNotSent: the tracker answered `stopped` with a page, and then accepted `started`. A
// later `stopped` would remove a running client from the tracker's list, with the total of the session before.
func TestAStoppedOvertakenByStartedIsNotSent(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker = page
		b.serve(torrent(1, stopped, 5))
		b.tracker = good
		if got, _ := b.serve(torrent(1, started, 0)); got != "peers" || b.spool.Len() != 0 {
			t.Errorf("started got %q, pending: %s; want the tracker's answer, and nothing pending", got, summary(b.spool.All()))
		}
		b.expect("started:0", "stopped:5", "started:0")
	})
}

// TestAStoppedAnsweredByAWebPageIsTriedBeforeTheNextStarted, however long the pause after the last page is: otherwise
// its total would be lost.
func TestAStoppedAnsweredByAWebPageIsTriedBeforeTheNextStarted(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker, b.broken = page, announce.Result{Problem: exchange.ProblemAnswer, Reached: true, Page: true}
		b.serve(torrent(1, stopped, 5))
		for range 12 { // more pages than are needed to give up
			time.Sleep(announce.ResendDelay)
			b.serve(torrent(1, started, 0))
		}
		b.tracker, b.broken = good, announce.Result{}
		time.Sleep(announce.ResendDelay)
		if got, _ := b.serve(torrent(1, started, 0)); got != "peers" || b.spool.Len() != 0 {
			t.Errorf("started got %q, pending: %s; want the tracker's answer, and nothing pending", got, summary(b.spool.All()))
		}
		synctest.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if n := len(b.received); n < 2 || !slices.Equal(b.received[n-2:], []string{"stopped:5", "started:0"}) {
			t.Errorf("the tracker received %v, want stopped:5 and started:0 last", b.received)
		}
	})
}

// TestAPlainAnnounceAfterALateDeliveryIsNotSentTooEarly for a tracker that refuses early ones.
func TestAPlainAnnounceAfterALateDeliveryIsNotSentTooEarly(t *testing.T) {
	for name, c := range map[string]struct {
		interval, minInterval time.Duration
		left                  string // 20 minutes after the delivery; empty if the desk does not answer
	}{
		"min interval":                {30 * time.Minute, 25 * time.Minute, "peers in 5m0s"},
		"interval":                    {30 * time.Minute, 0, "peers in 7m0s"},
		"min interval is nearly over": {30 * time.Minute, 20*time.Minute + 10*time.Second, "peers in 1m0s"},
		"the interval is over":        {20 * time.Minute, 0, "peers"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.serve(torrent(1, started, 0))
				b.tracker = slow(30*time.Second, func(o *announce.Order) (announce.Answer, error) {
					a, err := good(o)
					a.Interval, a.MinInterval = c.interval, c.minInterval
					return a, err
				})
				b.serve(torrent(1, none, 5))
				time.Sleep(22 * time.Second) // until the late answer has arrived
				time.Sleep(20 * time.Minute)
				b.tracker = good
				if got, _ := b.serve(torrent(1, none, 7)); got != c.left || b.spool.Len() != 0 {
					t.Errorf("a plain announce got %q, %d pending; want %q and 0", got, b.spool.Len(), c.left)
				}
				if got, _ := b.serve(torrent(1, stopped, 9)); got != "peers" {
					t.Errorf("an event got %q, want the tracker's answer", got)
				}
				if got, _ := b.serve(torrent(1, none, 11)); got != "peers" {
					t.Errorf("the announce after a live one got %q, want the tracker's answer", got)
				}
			})
		})
	}
}

// TestARefusedConnectionIsRetriedForAFewSeconds if no answer is cached, and not at all if one is.
func TestARefusedConnectionIsRetriedForAFewSeconds(t *testing.T) {
	onBench(t, func(b *bench) {
		tries := 0
		b.tracker = func(o *announce.Order) (announce.Answer, error) {
			if tries++; tries == 3 {
				return good(o)
			}
			return unreachable(o)
		}
		if got, took := b.serve(torrent(1, started, 0)); got != "peers" || took != 3*time.Second {
			t.Errorf("the client got %q after %v, want the tracker's answer after 3s", got, took)
		}
		b.tracker = unreachable
		if got, took := b.serve(torrent(1, none, 1)); got != "peers" || took != 0 {
			t.Errorf("with a cached answer the client got %q after %v, want that at once", got, took)
		}
		if got, took := b.serve(torrent(2, started, 0)); got != announce.Words(exchange.ProblemRefused) || took > 8*time.Second {
			t.Errorf("without a cached answer the client got %q after %v, want the reason within 8s", got, took)
		}
	})
}

// TestTheAnswerToStoppedIsNotCached: it has no peers.
func TestTheAnswerToStoppedIsNotCached(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, started, 0))
		b.tracker = func(o *announce.Order) (announce.Answer, error) {
			return announce.Answer{Status: 200, Raw: []byte("none"), Good: true, Delivered: true}, nil
		}
		if got, _ := b.serve(torrent(1, stopped, 5)); got != "none" {
			t.Errorf("stopped got %q, want the tracker's answer", got)
		}
		b.tracker = unreachable
		if got, _ := b.serve(torrent(1, started, 0)); got != "peers" {
			t.Errorf("from the cache the client got %q, want the answer to started", got)
		}
	})
}

// TestAnAnnounceLeftToTheClientIsNotPending: this program cannot deliver it, and the client, which gets an
// error although an answer is cached, soon announces again.
func TestAnAnnounceLeftToTheClientIsNotPending(t *testing.T) {
	onBench(t, func(b *bench) {
		b.serve(torrent(1, none, 1))
		b.tracker = unreachable
		b.serve(torrent(2, started, 1)) // pending: the tracker must receive it before the next
		time.Sleep(time.Minute)
		b.tracker = func(*announce.Order) (announce.Answer, error) {
			return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemTLSKind, Err: errors.New("dial: x"), Dialled: true, Lasting: true, Counted: true, Aside: true}
		}
		b.broken = announce.Result{Problem: exchange.ProblemTLSKind}
		for n := range byte(2) {
			if got, took := b.serve(torrent(n+1, completed, 2)); got != announce.Words(exchange.ProblemTLSKind) || took > 0 {
				t.Errorf("torrent %d: the client got %q after %v", n+1, got, took)
			}
		}
		if got := summary(b.spool.All()); got != "started:2 " {
			t.Errorf("pending: %s, want the earlier one", got)
		}
		b.tracker = func(*announce.Order) (announce.Answer, error) {
			return announce.Answer{Status: 400, Raw: []byte("no"), Problem: exchange.ProblemClientCert, Aside: true}, nil
		}
		if got, _ := b.serve(torrent(1, completed, 3)); got != "no" || len(b.spool.All()) != 1 {
			t.Errorf("the client got %q; pending: %s", got, summary(b.spool.All()))
		}
	})
}
