package announce_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/announce"
)

func TestTheFirstToWaitIsTheFirstToEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := announce.NewGate[string](1)
		g.Enter(t.Context(), "k")
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if !g.Enter(t.Context(), "k") {
					t.Errorf("%d did not enter", i)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Millisecond)
				g.Leave("k")
			})
			synctest.Wait()
		}
		g.Leave("k")
		if g.TryEnter("k") {
			t.Error("a newcomer overtook those who wait")
		}
		all.Wait()
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("they entered in the order %v", order)
		}
		if !g.TryEnter("k") {
			t.Error("all have left, but there is no place")
		}
	})
}

func TestATicketKeepsItsPositionBeforeItWaits(t *testing.T) {
	g := announce.NewGate[int](1)
	first := g.Join(1)
	second, third := g.Join(1), g.Join(1)
	entered := make(chan string, 2)
	var all sync.WaitGroup
	enter := func(name string, ticket announce.Ticket) {
		all.Go(func() {
			g.Wait(t.Context(), 1, ticket)
			entered <- name
			g.Leave(1)
		})
	}
	g.Wait(t.Context(), 1, first)
	enter("third", third)
	enter("second", second)
	g.Leave(1)
	all.Wait()
	if a, b := <-entered, <-entered; a != "second" || b != "third" {
		t.Errorf("%s went before %s", a, b)
	}
}

func TestEachKeyHasItsOwnPlaces(t *testing.T) {
	g := announce.NewGate[string](3)
	for i, want := range []bool{true, true, true, false} {
		if got := g.TryEnter("a"); got != want {
			t.Errorf("holder %d of a: %v", i+1, got)
		}
	}
	if !g.TryEnterBelow("b", 1) || g.TryEnterBelow("b", 1) || !g.TryEnterBelow("b", 2) {
		t.Error("b does not have the places it was given")
	}
	g.Leave("a")
	if !g.TryEnter("a") {
		t.Error("the place that a holder of a gave back is gone")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := announce.NewGate[string](1)
		g.Enter(t.Context(), "k")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if g.Enter(ctx, "k") {
			t.Error("it entered though the place was held")
		}
		entered := make(chan bool)
		go func() { entered <- g.Enter(t.Context(), "k") }()
		synctest.Wait()
		g.Leave("k")
		if !<-entered {
			t.Error("the one that gave up kept its position")
		}
		g.Leave("k")
		ended, end := context.WithCancel(t.Context())
		end()
		if !g.Enter(ended, "k") {
			t.Error("a free place was refused for an ended context")
		}
	})
}

// TestNoPlaceIsLostWhenContextsEnd lets contexts end at the moment when places become free.
func TestNoPlaceIsLostWhenContextsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := announce.NewGate[string](2)
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
				defer cancel()
				if g.Enter(ctx, fmt.Sprint(i%3)) {
					time.Sleep(time.Duration(i%5) * time.Millisecond)
					g.Leave(fmt.Sprint(i % 3))
				}
			})
		}
		all.Wait()
		for i := range 3 {
			for range 2 {
				if !g.TryEnter(fmt.Sprint(i)) {
					t.Errorf("a place of %d is lost", i)
				}
			}
		}
	})
}
