package utp

import (
	"bytes"
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"bittoratio/engine/wire/moment"
)

// pipe joins two flows by datagrams that are lost, duplicated and delayed, in a time of its own: no clock, no
// goroutine, and the same every time for the same seed.
type pipe struct {
	t    *testing.T
	now  moment.Time
	rand *rand.Rand
	way  way
	ends [2]*end
	sky  arrivals
	sent int // datagrams, the lost ones included
}

// way describes what happens to datagrams.
type way struct {
	loss, double, late float64
	delay, jitter      time.Duration
	rate               int // bytes a second, each way; 0 for no limit
	buffer             int // bytes that may queue
}

// end is a flow with the bytes that go in and come out.
type end struct {
	flow  *Flow
	write []byte
	read  []byte
	ended bool
	busy  moment.Time // until when the way from here is
	close bool        // once all is written
	drop  func(h *Header) bool
}

type arrival struct {
	at moment.Time
	to int
	b  []byte
	n  int
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].n < a[j].n
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	x := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return x
}

var begin = moment.First

func newPipe(t *testing.T, seed uint64, w way) *pipe {
	p := &pipe{t: t, now: begin, rand: rand.New(rand.NewPCG(seed, 1)), way: w}
	p.ends[0] = &end{flow: Dial(65535, Options{Clock: 1<<32 - 50_000, Patience: time.Minute}, p.now)} // the id and the clock wrap
	p.ends[1] = &end{}
	return p
}

// serve lets an end do all it can now.
func (p *pipe) serve(i int) {
	e := p.ends[i]
	if e.flow == nil {
		return
	}
	var b [8 << 10]byte
	for {
		n, end := e.flow.Read(b[:])
		e.read = append(e.read, b[:n]...)
		if e.ended = e.ended || end; n == 0 {
			break
		}
	}
	e.write = e.write[e.flow.Write(e.write):]
	if e.close && len(e.write) == 0 {
		e.flow.Close(p.now)
		e.close = false
	}
	for d := e.flow.Next(p.now, nil); d != nil; d = e.flow.Next(p.now, nil) {
		p.send(i, d)
		e.write = e.write[e.flow.Write(e.write):]
	}
}

func (p *pipe) send(from int, d []byte) {
	p.sent++
	h, ok := Parse(d)
	if !ok {
		p.t.Fatalf("sent %x, which is not a packet", d)
	}
	e, copies := p.ends[from], 1
	switch r := p.rand.Float64(); {
	case r < p.way.loss || e.drop != nil && e.drop(&h):
		return
	case r < p.way.loss+p.way.double:
		copies = 2
	}
	for range copies {
		at := p.now
		if p.way.rate > 0 {
			size := len(d) + 28
			if e.busy < p.now {
				e.busy = p.now
			}
			if p.way.buffer > 0 && e.busy-p.now > time.Duration(p.way.buffer)*time.Second/time.Duration(p.way.rate) {
				continue // the queue is full
			}
			e.busy += time.Duration(size) * time.Second / time.Duration(p.way.rate)
			at = e.busy
		}
		at += p.way.delay
		if p.rand.Float64() < p.way.late {
			at += time.Duration(p.rand.Int64N(int64(p.way.jitter) + 1))
		}
		heap.Push(&p.sky, arrival{at: at, to: 1 - from, b: d, n: p.sent})
	}
}

// step goes to the next moment at which something happens, but not beyond until; it reports whether there is one.
func (p *pipe) step(until moment.Time) bool {
	at := until
	for _, e := range p.ends {
		if e.flow != nil && e.flow.Deadline() != 0 && e.flow.Deadline() < at {
			at = e.flow.Deadline()
		}
	}
	if len(p.sky) > 0 && p.sky[0].at < at {
		at = p.sky[0].at
	}
	if at >= until {
		p.now = until
		return false
	}
	if at > p.now {
		p.now = at
	}
	for len(p.sky) > 0 && p.sky[0].at <= p.now {
		a := heap.Pop(&p.sky).(arrival)
		h, _ := Parse(a.b)
		p.deliver(a.to, &h)
	}
	p.serve(0)
	p.serve(1)
	return true
}

func (p *pipe) deliver(to int, h *Header) {
	e := p.ends[to]
	if e.flow == nil {
		if h.Type != Syn {
			return
		}
		e.flow = Accept(h, 65530, Options{Clock: 12345, Patience: time.Minute}, p.now)
	}
	e.flow.Receive(h, p.now)
	p.serve(to)
}

// run runs the pipe until done returns true, or for limit; it reports how long that took.
func (p *pipe) run(limit time.Duration, done func() bool) time.Duration {
	p.t.Helper()
	from, until := p.now, p.now+limit
	p.serve(0)
	for steps := 0; !done(); steps++ {
		if !p.step(until) || steps > 5_000_000 {
			p.t.Fatalf("not done after %v: read %d and %d, errors %v, %v", p.now-from, len(p.ends[0].read), len(p.ends[1].read), p.errOf(0), p.errOf(1))
		}
	}
	return p.now - from
}

func (p *pipe) errOf(i int) error {
	if f := p.ends[i].flow; f != nil {
		return f.Err()
	}
	return nil
}

func noise(n int, seed uint64) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(seed, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestAllBytesArriveBothWaysDespiteLossAndDelay(t *testing.T) {
	for name, c := range map[string]struct {
		way   way
		limit time.Duration
	}{
		"nothing is lost":        {way{delay: 10 * time.Millisecond}, 5 * time.Second},
		"10 % lost":              {way{loss: .1, double: .05, late: .1, delay: 10 * time.Millisecond, jitter: 30 * time.Millisecond}, 2 * time.Minute},
		"30 % lost":              {way{loss: .3, double: .05, late: .1, delay: 10 * time.Millisecond, jitter: 30 * time.Millisecond}, 10 * time.Minute},
		"order is not kept":      {way{late: 1, delay: 10 * time.Millisecond, jitter: 100 * time.Millisecond}, time.Minute},
		"each comes twice":       {way{double: 1, delay: 10 * time.Millisecond}, time.Minute},
		"a slow link, much room": {way{rate: 125_000, buffer: 125_000, delay: 20 * time.Millisecond}, 30 * time.Second},
		"a slow link, no room":   {way{rate: 125_000, buffer: 10_000, delay: 20 * time.Millisecond}, time.Minute},
	} {
		for seed := range uint64(4) {
			there, back := noise(1<<20, seed), noise(300<<10, seed+100)
			p := newPipe(t, seed, c.way)
			p.ends[0].write, p.ends[1].write = there, back
			p.run(10*time.Second, func() bool { return p.ends[0].flow.Connected() || p.ends[0].flow.Over() })
			if p.ends[0].flow.Over() { // at 30 % loss, all five SYNs or answers are lost in 3 of 100 cases
				p.ends[0].flow, p.ends[1].flow, p.sky = Dial(1, Options{Patience: time.Minute}, p.now), nil, nil
			}
			took := p.run(c.limit, func() bool { return len(p.ends[0].read) >= len(back) && len(p.ends[1].read) >= len(there) })
			if !bytes.Equal(p.ends[0].read, back) || !bytes.Equal(p.ends[1].read, there) {
				t.Errorf("%s, seed %d: received other bytes than were sent", name, seed)
			}
			if p.sent > 2*len(there)/1000+3000 {
				t.Errorf("%s, seed %d: sent %d datagrams", name, seed, p.sent)
			}
			t.Logf("%s, seed %d: %v, %d datagrams, %d sent again", name, seed, took, p.sent, p.ends[0].flow.Stats().Resent+p.ends[1].flow.Stats().Resent)
		}
	}
}
