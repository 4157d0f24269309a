package announce_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/enginetest/cost"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// scene is a deliverer with a tracker whose replies the test sets, in a bubble with its own time.
type scene struct {
	t         *testing.T
	disk      *memory
	spool     *announce.Spool
	health    *announce.Health
	turns     *announce.Gate[ledger.Key]
	deliverer *announce.Deliverer
	end       func() // ends Run

	takes time.Duration // of one delivery

	mu       sync.Mutex
	reply    func(k announce.Pending) announce.Result // guarded by mu
	received []string                                 // guarded by mu; event and total of each delivery
	at       []time.Time                              // guarded by mu; time of each delivery
	busy     map[ledger.Key]int                       // guarded by mu
	most     int                                      // guarded by mu; the most deliveries at once
	dropped  []string                                 // guarded by mu
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, disk: &memory{}, health: announce.NewHealth(), turns: announce.NewGate[ledger.Key](1), busy: map[ledger.Key]int{}}
	s.reply = func(announce.Pending) announce.Result { return announce.Result{Delivered: true} }
	s.spool = newSpool(s.disk)
	s.deliverer = announce.NewDeliverer(s.spool, s.health, s.turns, s.send, func(k announce.Pending) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dropped = append(s.dropped, k.Event.String())
	}, func() {})
	return s
}

// soFar waits until nothing happens, and returns the results.
func (s *scene) soFar() (received []string, most int, dropped []string) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received), s.most, slices.Clone(s.dropped)
}

// run starts the deliverer; it ends with the test.
func (s *scene) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.deliverer.Run(ctx)
	}()
	s.end = func() {
		cancel()
		<-done
	}
	s.t.Cleanup(s.end)
}

func (s *scene) send(ctx context.Context, k announce.Pending) announce.Result {
	s.mu.Lock()
	if s.busy[k.Key]++; s.busy[k.Key] > 1 {
		s.t.Error("two requests of a session at once")
	}
	s.received = append(s.received, strings.TrimSpace(summary([]announce.Pending{k})))
	s.at = append(s.at, time.Now())
	now := 0
	for _, n := range s.busy {
		now += n
	}
	s.most = max(s.most, now)
	s.mu.Unlock()
	var cut bool
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		cut = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[k.Key]--
	if cut {
		return announce.Result{Problem: exchange.ProblemTimeout, MayHaveArrived: true}
	}
	return s.reply(k)
}

// setReply lets the tracker answer every delivery with d.
func (s *scene) setReply(d announce.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = func(announce.Pending) announce.Result { return d }
}

func (s *scene) add(n byte, e bittorrent.Event, total uint64) {
	s.spool.Add(pendingOf(n, e, total, time.Now()))
}

// expect waits until nothing happens, and compares what the tracker has received.
func (s *scene) expect(want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.received, " "); got != strings.Join(want, " ") {
		s.t.Fatalf("the tracker received %q, want %q", got, strings.Join(want, " "))
	}
}

var refused = announce.Result{Problem: exchange.ProblemRefused}

func TestPendingAnnouncesAreDeliveredInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(1, started, 0)
		s.add(1, completed, 5)
		s.add(1, none, 7)
		s.run()
		s.expect("started:0", "completed:5", "plain:7")
		if s.spool.Len() != 0 {
			t.Errorf("%d announces are still pending, want none", s.spool.Len())
		}
	})
}

func TestAnAwayTrackerGetsOneDeliveryAtATimeAtGrowingIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.takes = time.Second
		s.setReply(refused)
		for n := range byte(20) {
			s.add(n, started, 0)
		}
		for range announce.AwayAfter {
			s.health.FailedDial(host, exchange.ProblemRefused, time.Now())
		}
		s.run()
		time.Sleep(2 * time.Hour)
		// 30 and 60 s for ten minutes, then 12 to 15 min: 17 at least, 21 at most in two hours.
		if received, most, _ := s.soFar(); len(received) < 17 || len(received) > 21 || most != 1 {
			t.Errorf("%d tries in two hours, %d at once; want 17 to 21, one at a time", len(received), most)
		}
		s.setReply(announce.Result{Delivered: true})
		time.Sleep(15*time.Minute + time.Minute)
		if _, most, _ := s.soFar(); s.spool.Len() != 0 || most != 4 {
			t.Errorf("%d still pending after the tracker returned, %d deliveries at once; want 0 and 4", s.spool.Len(), most)
		}
	})
}

func TestAllPendingAnnouncesAreDeliveredOnceTheTrackerAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(1, started, 0)
		for range 10 {
			s.health.FailedDial(host, exchange.ProblemRefused, time.Now())
		}
		s.run()
		s.expect()
		s.health.MarkUp(host, time.Now()) // a client's own announce succeeded
		s.spool.Answered(host, true, time.Now())
		s.expect("started:0")
	})
}

func TestAnEventThatMayHaveArrivedIsNotSentAgainForThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.setReply(announce.Result{Problem: exchange.ProblemReset, MayHaveArrived: true})
		s.add(1, completed, 5)
		s.run()
		s.expect("completed:5")
		s.setReply(announce.Result{Delivered: true})
		s.health.MarkUp(host, time.Now())
		s.spool.Answered(host, true, time.Now())
		time.Sleep(29 * time.Second)
		s.expect("completed:5")
		time.Sleep(2 * time.Second)
		s.expect("completed:5", "completed:5")
	})
}

func TestASilentTrackerIsNotTriedAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.takes = time.Hour // longer than any delivery may take
		s.add(1, completed, 5)
		s.run()
		time.Sleep(54 * time.Second) // 25 s of waiting, and less than 30 s of pause
		s.expect("completed:5")
		time.Sleep(8 * time.Second)
		s.expect("completed:5", "completed:5")
		if _, probe := s.health.Next(host); !probe {
			t.Error("the tracker's silence does not count as a failure")
		}
	})
}

func TestAWebPageInPlaceOfAnAnswerDelaysOnlyThatAnnounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.reply = func(k announce.Pending) announce.Result {
			return announce.Result{Delivered: k.Event == completed, Reached: true, Problem: exchange.ProblemAnswer}
		}
		s.add(1, started, 1)
		s.add(2, completed, 2)
		s.run()
		time.Sleep(110 * time.Second)
		received, _, _ := s.soFar()
		if slices.Sort(received); strings.Join(received, " ") != "completed:2 started:1 started:1 started:1" {
			t.Errorf("the tracker received %v, want started three times and completed once", received)
		}
		if _, away := s.health.Away(host); away {
			t.Error("a tracker that answers with a page counts as away")
		}
	})
}

// TestADeliveryToAClosedDestinationDoesNotMakeItsTrackerAway: clients on other computers, or this one's announces, may
// reach it.
func TestADeliveryToAClosedDestinationDoesNotMakeItsTrackerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.reply = func(announce.Pending) announce.Result { return announce.Result{Problem: exchange.ProblemClosed} }
		for n := range byte(4) {
			s.add(n, started, 1)
		}
		s.run()
		time.Sleep(5 * time.Minute)
		if _, away := s.health.Away(host); away || len(s.spool.All()) != 4 {
			t.Errorf("away: %v, want false; %d pending, want 4", away, len(s.spool.All()))
		}
	})
}

// TestAClosedDestinationIsTriedAtMostFifteenTimesAnHour, even though its tracker answers everything else.
func TestAClosedDestinationIsTriedAtMostFifteenTimesAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tries := newScene(t), 0
		s.reply = func(k announce.Pending) announce.Result {
			if k.Event == completed {
				return announce.Result{Delivered: true, Reached: true}
			}
			tries++ // one delivery of a session at a time
			return announce.Result{Problem: exchange.ProblemClosed}
		}
		s.add(1, started, 1)
		s.run()
		for n := range uint64(60) {
			time.Sleep(time.Minute)
			s.add(2, completed, n)
		}
		if synctest.Wait(); tries == 0 || tries > 15 {
			t.Errorf("tried %d times in an hour, want 1 to 15", tries)
		}
	})
}

func TestDeliveriesWaitForRetryAfterAndMinInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.health.Hold(host, time.Now().Add(time.Minute))
		k := pendingOf(1, none, 1, time.Now())
		k.Due = time.Now().Add(30 * time.Minute)
		s.spool.Add(k)
		k = pendingOf(2, stopped, 2, time.Now())
		k.Due = time.Now().Add(30 * time.Minute)
		s.spool.Add(k)
		s.run()
		time.Sleep(59 * time.Second)
		s.expect()
		time.Sleep(2 * time.Second)
		s.expect("stopped:2")
		time.Sleep(28 * time.Minute)
		s.expect("stopped:2")
		time.Sleep(time.Minute)
		s.expect("stopped:2", "plain:1")
	})
}

// TestSettingTheClockDropsNoPendingAnnounce: the computer's battery is empty, so the run begins years in the past, and
// the clock is set when there is a network.
func TestSettingTheClockDropsNoPendingAnnounce(t *testing.T) {
	disk := &memory{}
	newSpool(disk).Add(pendingOf(1, completed, 5, time.Now()))
	again := announce.NewSpool()
	for _, r := range disk.records {
		if err := again.Restore(r); err != nil {
			t.Fatal(err)
		}
	}
	again.SetJournal(disk, enginetest.ClockAhead(t, time.Now(), -10*365*24*time.Hour))
	ended := make(chan string, 1)
	sends := func(context.Context, announce.Pending) announce.Result {
		ended <- "delivered"
		return announce.Result{Delivered: true}
	}
	dropped := func(announce.Pending) { ended <- "dropped" }
	d := announce.NewDeliverer(again, announce.NewHealth(), announce.NewGate[ledger.Key](1), sends, dropped, func() {})
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { d.Run(ctx) })
	if how := <-ended; how != "delivered" {
		t.Errorf("the event was %s, want it delivered: it is not pending for a day", how)
	}
	cancel()
	run.Wait()
}

func TestAPendingAnnounceIsDroppedAfterADayAndThatIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.setReply(refused)
		s.add(1, started, 0)
		s.run()
		time.Sleep(time.Hour)
		s.add(1, completed, 1)
		time.Sleep(22*time.Hour + 59*time.Minute)
		if synctest.Wait(); s.spool.Len() != 2 {
			t.Errorf("%d pending within the day, want 2", s.spool.Len())
		}
		time.Sleep(16 * time.Minute)
		if _, _, dropped := s.soFar(); s.spool.Len() != 1 || strings.Join(dropped, " ") != "started" {
			t.Errorf("a day after the first announce: %d pending, dropped %v; want 1, and started dropped", s.spool.Len(), dropped)
		}
		time.Sleep(time.Hour)
		if _, _, dropped := s.soFar(); s.spool.Len() != 0 || len(dropped) != 2 {
			t.Errorf("a day after the second announce: %d pending, dropped %v; want both dropped", s.spool.Len(), dropped)
		}
	})
}

func TestAtMostFourDeliveriesPerTrackerAndOnePerSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.takes = 100 * time.Millisecond
		for n := range byte(40) {
			s.add(n, started, 0)
			s.add(n, completed, 1)
		}
		s.run()
		// A client's own announce first delivers what is pending before it, which also counts.
		for n := range byte(8) {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
				defer cancel()
				if !s.turns.Enter(ctx, session(n)) {
					return
				}
				defer s.turns.Leave(session(n))
				for _, k := range s.spool.Before(session(n), none, 9) {
					s.deliverer.Deliver(ctx, k.ID)
				}
			}()
		}
		time.Sleep(time.Minute)
		if received, most, _ := s.soFar(); most != 4 || s.spool.Len() != 0 || len(received) != 80 {
			t.Errorf("%d deliveries at once, %d received, %d pending; want 4, 80 and 0", most, len(received), s.spool.Len())
		}
	})
}

func TestRunWaitsForADeliveryInFlight(t *testing.T) {
	for name, c := range map[string]struct {
		takes, ends time.Duration
		left        int
	}{
		"it ends within five seconds":  {3 * time.Second, 3 * time.Second, 0},
		"it is cut after five seconds": {time.Minute, 5 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t)
				s.takes = c.takes
				s.add(1, completed, 1)
				s.run()
				synctest.Wait()
				began := time.Now()
				s.end()
				if took := time.Since(began); took != c.ends || s.spool.Len() != c.left {
					t.Errorf("Run ended after %v with %d pending, want %v and %d", took, s.spool.Len(), c.ends, c.left)
				}
				if c.left > 0 && time.Until(s.spool.All()[0].Again) != announce.ResendDelay {
					t.Error("an announce that may have arrived may be sent again at once")
				}
				if _, probe := s.health.Next(host); probe {
					t.Error("the end of the program counts as the tracker's failure")
				}
			})
		})
	}
}

func TestFlushDeliversInOrderAndReportsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.takes = 100 * time.Millisecond
		for n := range byte(10) {
			s.add(n, started, 0)
			s.add(n, stopped, 1)
		}
		for range 5 {
			s.health.FailedDial(host, exchange.ProblemRefused, time.Now()) // Flush does not wait for this pause
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		var progress [][2]int
		s.deliverer.Flush(ctx, func(delivered, left int) { progress = append(progress, [2]int{delivered, left}) })
		if s.spool.Len() != 0 || s.most > 4 {
			t.Errorf("%d left, %d deliveries at once; want none left, and 4 at most", s.spool.Len(), s.most)
		}
		if len(progress) != 20 || progress[19] != [2]int{20, 0} {
			t.Errorf("progress %v, want 20 steps, the last one with 20 delivered and none left", progress)
		}
	})
}

func TestFlushLeavesUndeliverableAnnouncesForTheNextStart(t *testing.T) {
	for name, c := range map[string]struct {
		sets     func(s *scene)
		received int
	}{
		"a tracker that asked for a pause": {func(s *scene) { s.health.Hold(host, time.Now().Add(time.Hour)) }, 0},
		"a tracker that fails":             {func(s *scene) { s.setReply(refused) }, 4},
		"a tracker that is silent":         {func(s *scene) { s.takes = time.Hour }, 4},
		"a tracker that is slow":           {func(s *scene) { s.takes = 3 * time.Second }, 16},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t)
				c.sets(s)
				for n := range byte(40) {
					s.add(n, stopped, 1)
				}
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				began := time.Now()
				s.deliverer.Flush(ctx, func(int, int) {})
				if took := time.Since(began); took > 10*time.Second || len(s.received) > c.received {
					t.Errorf("Flush took %v, and the tracker received %d announces; want 10s and %d at most", took, len(s.received), c.received)
				}
				if left := restart(t, s.disk).Len(); left < 40-12 {
					t.Errorf("%d announces are left on disk, want at least %d", left, 40-12)
				}
			})
		})
	}
}

func TestAnEventAnsweredByWebPagesIsRetriedFourTimesAndDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		var at []time.Duration
		began := time.Now()
		s.reply = func(announce.Pending) announce.Result {
			at = append(at, time.Since(began).Round(time.Second))
			return announce.Result{Problem: exchange.ProblemAnswer, Reached: true, Page: true}
		}
		s.add(1, completed, 5)
		s.run()
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		want := []time.Duration{0, 30 * time.Second, 330 * time.Second, 3930 * time.Second, 25530 * time.Second}
		if !slices.Equal(at, want) || s.spool.Len() != 0 {
			t.Errorf("tried at %v, want %v; %d pending, want 0", at, want, s.spool.Len())
		}
	})
}

// TestRetryAfterPausesTheWholeBacklog: all pending announces obey Retry-After, not only deliveries that began
// before it, also during a stop.
func TestRetryAfterPausesTheWholeBacklog(t *testing.T) {
	backlog := func(t *testing.T) *scene {
		s := newScene(t)
		s.takes = 100 * time.Millisecond
		for n := range byte(40) {
			s.add(n, started, 0)
		}
		s.reply = func(announce.Pending) announce.Result {
			s.health.Hold(host, time.Now().Add(time.Hour))
			return announce.Result{Reached: true}
		}
		return s
	}
	t.Run("during the run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := backlog(t)
			s.run()
			time.Sleep(59 * time.Minute)
			if received, _, _ := s.soFar(); len(received) != 4 {
				t.Errorf("the tracker received %d announces within the pause, want 4", len(received))
			}
			s.setReply(announce.Result{Delivered: true})
			time.Sleep(2 * time.Hour)
			if synctest.Wait(); s.spool.Len() != 0 {
				t.Errorf("%d are pending after the pause, want 0", s.spool.Len())
			}
		})
	})
	t.Run("during the stop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := backlog(t)
			s.deliverer.Flush(t.Context(), func(int, int) {})
			if received, _, _ := s.soFar(); len(received) != 4 || s.spool.Len() != 40 {
				t.Errorf("the tracker received %d announces, %d are pending; want 4 and 40", len(received), s.spool.Len())
			}
		})
	})
}

// TestRetryInPausesOnlyThatAnnounce (BEP 31, retry in), even while the tracker answers others, during
// a stop, and after a restart.
func TestRetryInPausesOnlyThatAnnounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.setReply(announce.Result{Problem: exchange.ProblemAnswer, Reached: true, RetryIn: time.Hour})
		s.add(1, completed, 5)
		s.run()
		s.expect("completed:5")
		s.setReply(announce.Result{Delivered: true})
		for range 11 {
			time.Sleep(5 * time.Minute)
			s.spool.Answered(host, true, time.Now())
		}
		s.add(2, started, 0)
		s.expect("completed:5", "started:0")
		s.deliverer.Flush(t.Context(), func(int, int) {})
		if all := restart(t, s.disk).All(); len(all) != 1 || !all[0].Asked {
			t.Errorf("pending after a restart: %+v, want one announce, which the tracker asked to send later", all)
		}
		s.expect("completed:5", "started:0")
		time.Sleep(6 * time.Minute)
		s.expect("completed:5", "started:0", "completed:5")
	})
}

// TestNoDeliveryBeginsAfterTheStop: when Run is to end, only deliveries in flight continue.
func TestNoDeliveryBeginsAfterTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.takes = 700 * time.Millisecond
		for n := range byte(40) {
			s.add(n, started, 0)
		}
		s.run()
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		s.end()
		if received, _, _ := s.soFar(); len(received) != 4 || s.spool.Len() != 36 || time.Since(began) != 600*time.Millisecond {
			t.Errorf("%d deliveries began, %d are pending, Run ended after %v; want 4, 36 and 600ms", len(received), s.spool.Len(), time.Since(began))
		}
	})
}

// TestTheTimePerDeliveryDoesNotGrowWithTheBacklog: when each delivery searched the whole spool, each of ten thousand
// took more than ten times as long as each of a thousand.
func TestTheTimePerDeliveryDoesNotGrowWithTheBacklog(t *testing.T) {
	cost.AtMost(t, "delivering ten thousand announces", 4*time.Second, 1, func() { deliverBacklog(t) })
}
