package swarmask

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"bittoratio/engine/network/dht"
	"bittoratio/engine/store"
)

// Measure estimates how many nodes the whole DHT has, in the background; snapshots follow it. One measurement runs at a
// time. Sixteen lookups take about 50 seconds and give ±17 %, 64 give ±9 %. The error is [ErrOff].
func (p *Part) Measure(lookups int) error {
	r := p.running()
	if r == nil {
		return ErrOff
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.measuring != nil || r.ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(r.ctx)
	r.measuring = cancel
	p.size = Size{}
	r.done.Go(func() {
		defer cancel()
		m, err := r.access.Node.Measure(ctx, lookups, func(m dht.Measured) bool {
			p.measured(m)
			return true
		})
		p.mu.Lock()
		r.measuring = nil
		p.mu.Unlock()
		if p.measured(m); err == nil && m.Lookups >= lookups/2 {
			p.remember(m, time.Now())
		}
	})
	p.mark()
	return nil
}

func (p *Part) measured(m dht.Measured) {
	m = m.Corrected()
	p.mu.Lock()
	p.size = Size{Lookups: m.Lookups, Nodes: m.Nodes, Low: m.Low, High: m.High, Error: m.Error()}
	p.mu.Unlock()
	p.mark()
}

// remember keeps an estimate for the chart: the last one of each day.
func (p *Part) remember(m dht.Measured, now time.Time) {
	m = m.Corrected()
	d := Day{Day: now.UTC().Format(time.DateOnly), Nodes: m.Nodes, Low: m.Low, High: m.High, Lookups: m.Lookups}
	p.mu.Lock()
	days := slices.DeleteFunc(slices.Clone(p.days), func(o Day) bool { return o.Day == d.Day })
	days = append(days, d)
	days = days[max(0, len(days)-maxDays):]
	p.days = days
	p.mu.Unlock()
	if b, err := json.MarshalIndent(days, "", " "); err == nil {
		_ = p.folder.WriteFile(store.DHTSizesFile, append(b, '\n')) // it is for a chart alone
	}
}

// StopMeasuring ends a measurement.
func (p *Part) StopMeasuring() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.run; r != nil && r.measuring != nil {
		r.measuring()
	}
}
