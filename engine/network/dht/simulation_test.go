package dht

import (
	"container/heap"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest/cost"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// simulated is a DHT of which only the ids exist. The tables of its nodes are made when they are read: for each number
// of bits, up to eight nodes that share exactly that many, as a node with that id would have found them.
type simulated struct {
	ids  []uint64 // the first 64 bits of each id, sorted
	dead float64  // the share of nodes that are gone and still in tables
	seed uint64
}

func simulate(size int, dead float64) *simulated {
	r := rand.New(rand.NewPCG(7, uint64(size)))
	s := &simulated{ids: make([]uint64, size), dead: dead, seed: r.Uint64()}
	for i := range s.ids {
		s.ids[i] = r.Uint64()
	}
	slices.Sort(s.ids)
	return s
}

// scatter returns a number that looks random and depends only on x.
func scatter(x uint64) uint64 {
	return rand.NewPCG(x, 0x9e3779b97f4a7c15).Uint64()
}

func (s *simulated) alive(i int) bool {
	return float64(scatter(s.ids[i]^s.seed)>>11)/(1<<53) >= s.dead
}

// span returns the range of the ids that begin with the first n bits of v.
func (s *simulated) span(v uint64, n int) (from, to int) {
	if n == 0 {
		return 0, len(s.ids)
	}
	low := v &^ (1<<(64-n) - 1)
	from, _ = slices.BinarySearch(s.ids, low)
	to = len(s.ids)
	if high := low + 1<<(64-n); high != 0 {
		to, _ = slices.BinarySearch(s.ids, high)
	}
	return from, to
}

func (s *simulated) bucket(self uint64, shared int, out []int) []int {
	from, to := s.span(self^1<<(63-shared), shared+1)
	if to-from <= K {
		for i := from; i < to; i++ {
			out = append(out, i)
		}
		return out
	}
	r := rand.New(rand.NewPCG(self, uint64(shared)))
	for first := len(out); len(out)-first < K; {
		if i := from + r.IntN(to-from); !slices.Contains(out[first:], i) {
			out = append(out, i)
		}
	}
	return out
}

// nearest returns the nodes nearest to a target in the table of a node.
func (s *simulated) nearest(self, target uint64, n int) []int {
	shared := bits.LeadingZeros64(self ^ target)
	var out []int
	if shared < 64 {
		out = s.bucket(self, shared, out)
	}
	for b := shared + 1; b < 64 && len(out) < n+K; b++ {
		if from, to := s.span(self, b); to-from <= 1 {
			break
		}
		out = s.bucket(self, b, out)
	}
	for b := shared - 1; b >= 0 && len(out) < n; b-- {
		out = s.bucket(self, b, out)
	}
	slices.SortFunc(out, func(a, b int) int {
		x, y := s.ids[a]^target, s.ids[b]^target
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return out[:min(n, len(out))]
}

// closest returns the nodes nearest to a target that are alive.
func (s *simulated) closest(target uint64, n int) (ids []uint64) {
	for b := 63; b >= 0; b-- {
		from, to := s.span(target, b)
		ids = ids[:0]
		for i := from; i < to; i++ {
			if s.alive(i) {
				ids = append(ids, s.ids[i]^target)
			}
		}
		if len(ids) >= n {
			break
		}
	}
	slices.Sort(ids)
	ids = ids[:min(n, len(ids))]
	for i := range ids {
		ids[i] ^= target
	}
	return ids
}

func idFromBits(id uint64) (out bittorrent.NodeID) {
	binary.BigEndian.PutUint64(out[:], id)
	return out
}

func lowBits(id bittorrent.NodeID) uint64 { return binary.BigEndian.Uint64(id[:]) }

// node returns a simulated node, with an address by which it is found again.
func (s *simulated) node(i int) krpc.Node {
	return krpc.Node{ID: idFromBits(s.ids[i]), Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{40 + byte(i>>24), byte(i >> 16), byte(i >> 8), byte(i)}), 6881)}
}

type arrival struct {
	at moment.Time
	c  *candidate
}

type arrivals []arrival

func (a arrivals) Len() int           { return len(a) }
func (a arrivals) Less(i, j int) bool { return a[i].at < a[j].at }
func (a arrivals) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)        { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	x := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return x
}

// runLookup runs the real lookup through the simulated DHT: answers take 120 ms in the median.
func (s *simulated) runLookup(r *rand.Rand, self, target uint64, enough int) (*lookup, time.Duration) {
	now := start
	l := newLookup(idFromBits(target), idFromBits(self), enough, false, now)
	for _, i := range s.nearest(self, target, 2*K) {
		l.add(s.node(i), 0)
	}
	var coming arrivals
	for {
		for c := l.next(now); c != nil; c = l.next(now) {
			if i, _ := slices.BinarySearch(s.ids, lowBits(c.ID)); s.alive(i) {
				heap.Push(&coming, arrival{now + time.Duration(0.12*math.Exp(0.7*r.NormFloat64())*float64(time.Second)), c})
			}
		}
		if l.done(now) {
			return l, now - start
		}
		at := l.wake(now)
		if len(coming) > 0 && (at == 0 || coming[0].at < at) {
			a := heap.Pop(&coming).(arrival)
			now = a.at
			body := krpc.Body{ID: a.c.ID, HasID: true}
			for _, i := range s.nearest(lowBits(a.c.ID), target, K) {
				body.Nodes = append(body.Nodes, s.node(i))
			}
			l.answer(a.c, &body, now)
			continue
		}
		now = at
	}
}

// runLookups runs lookups and returns the share of the true nearest eight that they found, and what they cost.
func (s *simulated) runLookups(runs int) (found, queries, hops float64, median time.Duration) {
	r := rand.New(rand.NewPCG(3, 4))
	var took []time.Duration
	for range runs {
		self, target := r.Uint64(), r.Uint64()
		l, d := s.runLookup(r, self, target, K)
		took = append(took, d)
		queries += float64(l.queries) / float64(runs)
		most := 0
		closest := s.closest(target, K)
		for _, c := range l.nearest(2 * K) {
			most = max(most, c.hops)
			if slices.Contains(closest, lowBits(c.ID)) {
				found += 1 / float64(K*runs)
			}
		}
		hops += float64(most) / float64(runs)
	}
	slices.Sort(took)
	return found, queries, hops, took[runs/2]
}

// TestLookupFindsTheNearestOfAHundredThousand runs the real lookup in a DHT of 10^5 nodes.
func TestLookupFindsTheNearestOfAHundredThousand(t *testing.T) {
	for _, c := range []struct {
		dead, found, queries float64
		median               time.Duration
	}{
		{0, 0.99, 40, 1200 * time.Millisecond},
		{0.2, 0.97, 45, 2500 * time.Millisecond},
		{0.4, 0.93, 55, 3 * time.Second},
	} {
		found, queries, hops, median := simulate(100_000, c.dead).runLookups(150)
		t.Logf("%.0f %% dead: %.3f of the nearest found, %.1f queries, %.1f hops, %v", 100*c.dead, found, queries, hops, median)
		if found < c.found || queries > c.queries || median > c.median {
			t.Errorf("%.0f %% dead: %.3f of the nearest found (at least %.2f), %.1f queries (at most %.0f), %v (at most %v)",
				100*c.dead, found, c.found, queries, c.queries, median, c.median)
		}
	}
}

func TestLookupsAreCheap(t *testing.T) {
	s := simulate(100_000, 0.2)
	cost.AtMost(t, "150 lookups among 10^5 nodes", 2*time.Second, 1, func() { s.runLookups(150) })
}

// TestTheEstimatedSizeIsUnbiased checks the estimate in 200 runs: its bias, and how often its interval contains the
// truth.
func TestTheEstimatedSizeIsUnbiased(t *testing.T) {
	const size, runs, lookups = 100_000, 200, 16
	s := simulate(size, 0.2)
	alive := 0.0
	for i := range s.ids {
		if s.alive(i) {
			alive++
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	bias, holds := 0.0, 0
	for range runs {
		var g gauge
		for range lookups {
			target := r.Uint64()
			l, _ := s.runLookup(r, r.Uint64(), target, sizeEnough)
			var ids []bittorrent.NodeID
			for _, c := range l.nearest(sizeEnough) {
				ids = append(ids, c.ID)
			}
			g.add(idFromBits(target), ids)
		}
		m := g.measured()
		bias += (m.Nodes/alive - 1) / runs
		if m.Low <= alive && alive <= m.High {
			holds++
		}
	}
	share := float64(holds) / runs
	t.Logf("bias %+.4f, the interval holds in %.1f %%", bias, 100*share)
	if math.Abs(bias) >= 0.03 || share < 0.90 || share > 0.99 {
		t.Errorf("bias %+.4f, the interval holds in %.1f %%", bias, 100*share)
	}
}

func TestTheEstimatedSizeMatchesKnownValues(t *testing.T) {
	for _, c := range []struct {
		u            []float64
		n, low, high float64
	}{
		{[]float64{8.0 / (1 << 20)}, 917_504, 451_502, 1_890_486},
		{[]float64{6.0 / (1 << 24), 7.0 / (1 << 24), 8.0 / (1 << 24), 11.0 / (1 << 24)}, 16_252_928, 11_473_622, 23_070_522},
		{slices.Repeat([]float64{4e-7}, 16), 19_843_750, 16_685_266, 23_610_462},
	} {
		var g gauge
		for _, u := range c.u {
			g.lookups++
			g.sum += u
		}
		m := g.measured()
		for what, pair := range map[string][2]float64{"nodes": {m.Nodes, c.n}, "low": {m.Low, c.low}, "high": {m.High, c.high}} {
			if math.Abs(pair[0]-pair[1]) > 1 {
				t.Errorf("%d lookups: %s %.0f, want %.0f", len(c.u), what, pair[0], pair[1])
			}
		}
	}
	if e := (&Measured{Lookups: 16}).Error(); math.Abs(e-0.089) > 0.001 {
		t.Errorf("the error of 16 lookups is %.4f", e)
	}
	if s := share(bittorrent.NodeID{0x80}); s != 0.5 {
		t.Errorf("share returned %v, want 0.5", s)
	}
	g := gauge{lookups: 1, sum: 1}
	ids := []bittorrent.NodeID{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}}
	g.compare(ids, ids[2:])
	if m := g.measured(); m.SeenAgain != 0.75 || m.Corrected().Nodes != m.Nodes/0.75 || m.Corrected().High != m.High/0.75 {
		t.Errorf("measured returned %+v", m)
	}
	if g.add(bittorrent.NodeID{}, ids[:7]) || !g.add(bittorrent.NodeID{}, ids[:8]) {
		t.Error("a lookup with less than eight nodes counts, or one with eight does not")
	}
}

func BenchmarkLookupAmongAMillion(b *testing.B) {
	s := simulate(1_000_000, 0.2)
	r := rand.New(rand.NewPCG(3, 4))
	for b.Loop() {
		s.runLookup(r, r.Uint64(), r.Uint64(), K)
	}
}
