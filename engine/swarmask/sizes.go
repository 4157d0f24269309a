package swarmask

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/network/dht"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmview"
)

const (
	maxDays      = 366 // values in the file of sizes
	maxSizesFile = 64 << 10
	sameSize     = time.Hour // for how long the DHT counts as having one size
)

// sizes are estimates of the size of the DHT, now and earlier.
type sizes struct {
	mu     sync.Mutex
	stop   context.CancelFunc // guarded by mu; ends the running measurement; nil if none runs
	wanted int                // guarded by mu
	made   int                // guarded by mu; lookups of the running measurement
	last   dht.Measured       // guarded by mu; has at least one lookup
	at     time.Time          // guarded by mu; when last was made
	days   []swarmview.Day    // guarded by mu; the values that it points to never change
}

// read reads the sizes of earlier days. They are only for a chart, so a damaged file counts as empty.
func (s *sizes) read(folder *store.Folder) {
	if b, err := folder.ReadFile(store.DHTSizesFile); err == nil && len(b) <= maxSizesFile {
		if json.Unmarshal(b, &s.days) != nil || len(s.days) > maxDays {
			s.days = nil
		}
	}
}

// show adds the sizes to the status.
func (s *sizes) show(v *swarmview.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.last.Corrected()
	v.Measuring, v.Days = s.stop != nil, s.days
	if v.Measuring {
		v.Wanted = s.wanted
	}
	if m.Lookups > 0 {
		v.Size = swarmview.Size{Lookups: m.Lookups, Nodes: m.Nodes, Low: m.Low, High: m.High, Error: m.Error()}
	}
	if v.Measuring {
		v.Size.Lookups = s.made
	}
}

// Measure estimates how many nodes the DHT has, in the background: one measurement at a time. If the last measurement
// is less than an hour old and made fewer lookups, it is continued. Otherwise a new one begins; the last estimate is
// shown until its first lookup has ended. The error is a *[swarmview.Error].
func (p *Part) Measure(lookups int) error {
	r := p.running()
	if r == nil {
		return &swarmview.Error{Kind: swarmview.Off}
	}
	s := &p.sizes
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(r.ctx)
	s.stop, s.wanted = cancel, lookups
	from := s.last
	if from.Lookups >= lookups || time.Since(s.at) > sameSize {
		from = dht.Measured{}
	}
	s.made = from.Lookups
	going := p.launch(r, func() {
		defer cancel()
		m, err := r.access.Node.Measure(ctx, from, lookups, func(m *dht.Measured) bool {
			s.set(m)
			p.Changed()
			return true
		})
		s.set(m)
		s.mu.Lock()
		s.stop = nil
		s.mu.Unlock()
		if err == nil && m.Lookups > 0 && m.Lookups >= lookups/2 {
			s.remember(m, time.Now(), p.Folder)
		}
		p.Changed()
	})
	if !going { // it was switched off just now
		cancel()
		s.stop = nil
	}
	p.Changed()
	return nil
}

// StopMeasuring ends a measurement; its estimate stays.
func (p *Part) StopMeasuring() {
	p.sizes.mu.Lock()
	defer p.sizes.mu.Unlock()
	if p.sizes.stop != nil {
		p.sizes.stop()
	}
}

// set records an estimate, unless it is based on no lookup.
func (s *sizes) set(m *dht.Measured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made = m.Lookups; m.Lookups > 0 {
		s.last, s.at = *m, time.Now()
	}
}

// remember stores an estimate for the chart: the last one of each day.
func (s *sizes) remember(m *dht.Measured, now time.Time, folder *store.Folder) {
	m = m.Corrected()
	d := swarmview.Day{Day: now.UTC().Format(time.DateOnly), Nodes: m.Nodes, Low: m.Low, High: m.High, Lookups: m.Lookups}
	s.mu.Lock()
	days := slices.DeleteFunc(slices.Clone(s.days), func(o swarmview.Day) bool { return o.Day == d.Day })
	days = append(days, d)
	days = days[max(0, len(days)-maxDays):]
	s.days = days
	s.mu.Unlock()
	if b, err := json.MarshalIndent(days, "", " "); err == nil {
		_ = folder.WriteFile(store.DHTSizesFile, append(b, '\n')) // if that fails, the chart lacks a point
	}
}
