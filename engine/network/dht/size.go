package dht

import (
	"math"

	"bittoratio/engine/bittorrent"
)

// How the size of the DHT is measured: by the distance of the eighth nearest node in lookups for sixteen. A lookup
// misses some of the last nodes that it finds: if 40 % of all entries are dead, the eighth of sixteen is off by 3 % at
// most, but the eighth of eight by 10 %.
const (
	sizeEnough = 16
	sizeUsed   = 8
)

// Measured is an estimate of how many nodes the DHT has.
type Measured struct {
	Lookups   int
	Nodes     float64 // an unbiased estimate; 0 before the first lookup
	Low, High float64 // the 95 % interval
	SeenAgain float64 // the share of nodes near a target that a second lookup found too; 0 if there was none

	gauge gauge // needed to continue the measurement
}

// Corrected returns the estimate and its interval, corrected for the nodes that lookups miss (capture and recapture).
// They stay as they are if lookups miss hardly any.
func (m *Measured) Corrected() *Measured {
	c := *m
	if m.SeenAgain > 0 && m.SeenAgain < 0.98 {
		c.Nodes, c.Low, c.High = m.Nodes/m.SeenAgain, m.Low/m.SeenAgain, m.High/m.SeenAgain
	}
	return &c
}

// Error returns the relative standard error of the estimate; it depends only on the number of lookups.
func (m *Measured) Error() float64 {
	if m.Lookups == 0 {
		return 1
	}
	return 1 / math.Sqrt(sizeUsed*float64(m.Lookups)-2)
}

// gauge collects the results of lookups for random targets.
type gauge struct {
	lookups      int
	sum          float64 // of the eighth nearest nodes' distances, as shares of the whole space
	again, first int     // of the first eight, how many a second lookup found again
}

// add adds a lookup's nearest nodes, in order. It reports whether it did: it needs eight.
func (g *gauge) add(target bittorrent.NodeID, nearest []bittorrent.NodeID) bool {
	if len(nearest) < sizeUsed {
		return false
	}
	g.lookups++
	g.sum += share(bittorrent.Distance(target, nearest[sizeUsed-1]))
	return true
}

// compare adds the nearest nodes of two lookups for one target, which began at different nodes.
func (g *gauge) compare(one, two []bittorrent.NodeID) {
	seen := map[bittorrent.NodeID]bool{}
	for _, id := range two {
		seen[id] = true
	}
	for _, id := range one[:min(sizeUsed, len(one))] {
		g.first++
		if seen[id] {
			g.again++
		}
	}
}

func (g *gauge) measured() *Measured {
	m := &Measured{Lookups: g.lookups, gauge: *g}
	if g.first > 0 {
		m.SeenAgain = float64(g.again) / float64(g.first)
	}
	if g.lookups == 0 || g.sum == 0 {
		return m
	}
	n := sizeUsed * float64(g.lookups)
	m.Nodes = (n - 1) / g.sum
	m.Low, m.High = chiSquare(2*n, -1.959964)/(2*g.sum), chiSquare(2*n, 1.959964)/(2*g.sum)
	return m
}

// chiSquare returns the quantile of the χ² distribution with nu degrees of freedom at the normal quantile z (Wilson and
// Hilferty).
func chiSquare(nu, z float64) float64 {
	root := 1 - 2/(9*nu) + z*math.Sqrt(2/(9*nu))
	return nu * root * root * root
}

// share returns a distance as a part of the whole space, 0 to 1.
func share(d bittorrent.NodeID) (s float64) {
	for i := len(d) - 1; i >= 0; i-- {
		s = (s + float64(d[i])) / 256
	}
	return s
}
