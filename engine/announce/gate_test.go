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
					t.Errorf("holder %d did not enter", i)
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
			t.Error("a newcomer overtook those that wait")
		}
		all.Wait()
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("they entered in the order %v, want the order in which they came", order)
		}
		if !g.TryEnter("k") {
			t.Error("there is no free place after all have left")
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
		t.Errorf("%s entered before %s", a, b)
	}
}

func TestEachKeyHasItsOwnPlaces(t *testing.T) {
	g := announce.NewGate[string](3)
	for i, want := range []bool{true, true, true, false} {
		if got := g.TryEnter("a"); got != want {
			t.Errorf("holder %d of key a: entered %v, want %v", i+1, got, want)
		}
	}
	if !g.TryEnterBelow("b", 1) || g.TryEnterBelow("b", 1) || !g.TryEnterBelow("b", 2) {
		t.Error("key b has not as many places as it was given")
	}
	g.Leave("a")
	if !g.TryEnter("a") {
		t.Error("the place that a holder of key a gave back is lost")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := announce.NewGate[string](1)
		g.Enter(t.Context(), "k")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if g.Enter(ctx, "k") {
			t.Error("Enter succeeded though the place was held")
		}
		entered := make(chan bool)
		go func() { entered <- g.Enter(t.Context(), "k") }()
		synctest.Wait()
		g.Leave("k")
		if !<-entered {
			t.Error("a waiter whose context ended still has its position")
		}
		g.Leave("k")
		ended, end := context.WithCancel(t.Context())
		end()
		if !g.Enter(ended, "k") {
			t.Error("a free place was refused because the context had ended")
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
					t.Errorf("a place of key %d is lost", i)
				}
			}
		}
	})
}
