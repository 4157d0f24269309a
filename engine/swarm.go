package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

const (
	saveNodesEvery = 15 * time.Minute
	showNodesEvery = time.Second // while somebody looks
	maxDays        = 366         // values in the file of sizes
	maxSizesFile   = 64 << 10
)

// SwarmStatus is the snapshot's part about the DHT. Nobody changes what it points to.
type SwarmStatus struct {
	On        bool       // the sockets are open; nothing is sent as long as nobody asks for anything
	Fault     SwarmFault // why they are not, although the user wants it
	Port      uint16     // of UDP
	Full      bool       // others are answered now; else the node is read-only
	Reached   bool       // others were seen to reach this computer
	Families  []DHTFamily
	Measuring bool
	Size      DHTSize // of the measurement that runs, or of the last one; zero before
	Days      []DHTDay
}

// SwarmFault is why the sockets cannot be opened.
type SwarmFault uint8

// The faults.
const (
	SwarmFine        SwarmFault = iota
	SwarmNoInterface            // the chosen interface is not there: nothing is sent outside it
	SwarmNoPort                 // the system gives no port
)

// DHTFamily is what the node knows over IPv4 or IPv6.
type DHTFamily struct {
	V6       bool
	ID       bittorrent.NodeID
	External netip.Addr // this computer as others see it; not valid before enough of them agree
	Buckets  []DHTBucket
	Nodes    []bittorrent.NodeID // the nearest to ID first
}

// DHTBucket is one bucket of the table; its number is how many bits its nodes share with our id.
type DHTBucket struct{ Good, Other int }

// DHTSize is an estimate of how many nodes the DHT has.
type DHTSize struct {
	Lookups          int
	Nodes, Low, High float64 // the estimate, and its 95 % interval
	Error            float64 // the relative standard error
}

// DHTDay is the last estimate of a day.
type DHTDay struct {
	Day     string  `json:"day"` // 2026-11-30, in UTC
	Nodes   float64 `json:"nodes"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Lookups int     `json:"lookups"`
}

// ErrSwarmOff means that the user has not switched the swarm on, or that its sockets cannot be opened.
var ErrSwarmOff = errors.New("the swarm is off")

// swarmPart has the node of the DHT and what searches share, while the user wants it.
type swarmPart struct {
	folder *store.Folder
	log    *slog.Logger
	mark   func() // something changed

	switching sync.Mutex // one change at a time
	chosen    settings.Swarm

	mu      sync.Mutex
	run     *swarmRun  // guarded by mu; nil while off
	fault   SwarmFault // guarded by mu
	watched bool       // guarded by mu
	size    DHTSize    // guarded by mu
	days    []DHTDay   // guarded by mu

	clients clientPorts
}

// swarmRun is what lives while the swarm is on.
type swarmRun struct {
	access    *swarm.Access
	ctx       context.Context
	stop      context.CancelFunc
	done      sync.WaitGroup
	look      chan struct{} // somebody looks, or no longer; of one slot
	measuring context.CancelFunc
	saved     []byte // of the file of nodes
}

func newSwarmPart(folder *store.Folder, log *slog.Logger, mark func()) *swarmPart {
	p := &swarmPart{folder: folder, log: log, mark: mark}
	if b, err := folder.ReadFile(store.DHTSizesFile); err == nil && len(b) <= maxSizesFile {
		if json.Unmarshal(b, &p.days) != nil || len(p.days) > maxDays {
			p.days = nil // they are for a chart alone
		}
	}
	return p
}

// apply brings the part to what the user chose.
func (p *swarmPart) apply(s settings.Swarm) {
	p.switching.Lock()
	defer p.switching.Unlock()
	old := p.chosen
	p.chosen = s
	p.chosen.Routers = slices.Clone(s.Routers)
	p.mu.Lock()
	r, fault := p.run, p.fault
	p.mu.Unlock()
	same := s.Enabled == old.Enabled && s.Bind == old.Bind && s.Port == old.Port && slices.Equal(s.Routers, old.Routers)
	switch {
	case same && (r != nil || fault == SwarmFine):
		if r != nil {
			r.access.Node.SetAnswerOthers(s.AnswerOthers)
		}
		return
	case r != nil:
		p.end(r)
	}
	p.mu.Lock()
	p.fault = SwarmFine
	p.mu.Unlock()
	if s.Enabled {
		p.begin()
	}
	p.mark()
}

// begin opens the sockets. Where it cannot, the fault is shown, and it is tried again when somebody wants something.
func (p *swarmPart) begin() {
	access, err := p.open()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, udp.ErrNoInterface):
		p.fault = SwarmNoInterface
	case err != nil:
		p.fault = SwarmNoPort
	default:
		p.fault = SwarmFine
	}
	if err != nil {
		p.log.Warn("the swarm is not reached", "cause", err.Error())
		return
	}
	r := &swarmRun{access: access, look: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.done.Go(func() { _ = access.Run(r.ctx) })
	r.done.Go(func() { p.attend(r) })
	p.run = r
	r.looked()
}

// open opens the sockets: on the port of the settings, else on that of the last time, else on another one.
func (p *swarmPart) open() (*swarm.Access, error) {
	bind, err := udp.ParseBind(p.chosen.Bind)
	if err != nil {
		return nil, err
	}
	var state dht.State
	b, err := p.folder.ReadFile(store.DHTFile)
	if err == nil {
		state, err = dht.ParseState(b)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.log.Warn("the saved nodes of the DHT cannot be used", "cause", err.Error())
	}
	o := swarm.AccessOptions{
		Bind: bind, Port: cmp.Or(p.chosen.Port, state.Port), AnswerOthers: p.chosen.AnswerOthers, State: state,
		First: dht.First{Clients: p.clients.addresses, Routers: slices.Clone(p.chosen.Routers)},
	}
	access, err := swarm.Open(o)
	if err != nil && p.chosen.Port == 0 && o.Port != 0 {
		o.Port = 0 // another program has it now
		access, err = swarm.Open(o)
	}
	return access, err
}

// attend saves the nodes now and then, and has them shown while somebody looks.
func (p *swarmPart) attend(r *swarmRun) {
	save := time.NewTicker(saveNodesEvery)
	defer save.Stop()
	show := time.NewTicker(showNodesEvery)
	show.Stop()
	defer show.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-save.C:
			p.save(r)
		case <-show.C:
			p.mark()
		case <-r.look:
			p.mu.Lock()
			watched := p.watched
			p.mu.Unlock()
			if show.Stop(); watched {
				show.Reset(showNodesEvery)
			}
			r.access.Node.Watch(watched)
			p.mark()
		}
	}
}

// save writes the nodes if they are others than those that were written. What the disk refuses is written next time.
func (p *swarmPart) save(r *swarmRun) {
	if b := r.access.Node.State().Marshal(); !bytes.Equal(b, r.saved) && p.folder.WriteFile(store.DHTFile, b) == nil {
		r.saved = b
	}
}

// end closes the sockets.
func (p *swarmPart) end(r *swarmRun) {
	p.mu.Lock()
	p.run = nil
	p.mu.Unlock()
	r.stop()
	r.done.Wait()
	p.save(r)
}

// close ends all for good.
func (p *swarmPart) close() {
	p.switching.Lock()
	defer p.switching.Unlock()
	p.chosen.Enabled = false
	p.mu.Lock()
	r := p.run
	p.mu.Unlock()
	if r != nil {
		p.end(r)
	}
}

// running is the part while it is on. Sockets that could not be opened are tried again.
func (p *swarmPart) running() *swarmRun {
	p.switching.Lock()
	defer p.switching.Unlock()
	p.mu.Lock()
	r := p.run
	p.mu.Unlock()
	if r == nil && p.chosen.Enabled {
		p.begin()
		p.mu.Lock()
		r = p.run
		p.mu.Unlock()
		p.mark()
	}
	return r
}

// clientPorts are the ports that the user's clients announce; their nodes of the DHT have the same. The node asks for
// them while it holds its own lock, so they have one by themselves.
type clientPorts struct {
	mu    sync.Mutex
	ports []uint16 // guarded by mu; the newest last
}

// maxClientPorts bounds the ports of clients that are remembered.
const maxClientPorts = 8

// add takes note of a port.
func (p *clientPorts) add(port uint16) {
	if port == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.ports); n > 0 && p.ports[n-1] == port {
		return
	}
	p.ports = append(slices.DeleteFunc(p.ports, func(o uint16) bool { return o == port }), port)
	if len(p.ports) > maxClientPorts {
		p.ports = p.ports[1:]
	}
}

// addresses are where the user's clients may be found: their ports, at the addresses that this computer has in its
// networks. Some clients answer nobody who comes from 127.0.0.1.
func (p *clientPorts) addresses() (out []netip.AddrPort) {
	p.mu.Lock()
	ports := slices.Clone(p.ports)
	p.mu.Unlock()
	if len(ports) == 0 {
		return nil
	}
	for _, a := range udp.HostAddresses() {
		for _, port := range ports {
			out = append(out, netip.AddrPortFrom(a, port))
		}
	}
	return out
}

// measure estimates how large the DHT is, in the background. One measurement runs at a time.
func (p *swarmPart) measure(lookups int) error {
	r := p.running()
	if r == nil {
		return ErrSwarmOff
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.measuring != nil || r.ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(r.ctx)
	r.measuring = cancel
	p.size = DHTSize{}
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

func (p *swarmPart) measured(m dht.Measured) {
	m = m.Corrected()
	p.mu.Lock()
	p.size = DHTSize{Lookups: m.Lookups, Nodes: m.Nodes, Low: m.Low, High: m.High, Error: m.Error()}
	p.mu.Unlock()
	p.mark()
}

// remember keeps an estimate for the chart: the last one of each day.
func (p *swarmPart) remember(m dht.Measured, now time.Time) {
	m = m.Corrected()
	d := DHTDay{Day: now.UTC().Format(time.DateOnly), Nodes: m.Nodes, Low: m.Low, High: m.High, Lookups: m.Lookups}
	p.mu.Lock()
	days := slices.DeleteFunc(slices.Clone(p.days), func(o DHTDay) bool { return o.Day == d.Day })
	days = append(days, d)
	days = days[max(0, len(days)-maxDays):]
	p.days = days
	p.mu.Unlock()
	if b, err := json.MarshalIndent(days, "", " "); err == nil {
		_ = p.folder.WriteFile(store.DHTSizesFile, append(b, '\n')) // it is for a chart alone
	}
}

// status is the snapshot's part; nil while the user has the swarm off.
func (p *swarmPart) status() *SwarmStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		if p.fault == SwarmFine {
			return nil
		}
		return &SwarmStatus{Fault: p.fault, Size: p.size, Days: p.days}
	}
	n := p.run.access.Node.Status()
	s := &SwarmStatus{On: true, Port: n.Port, Full: n.Full, Reached: n.Reached, Measuring: p.run.measuring != nil, Size: p.size, Days: p.days}
	for _, f := range n.Families {
		family := DHTFamily{V6: f.V6, ID: f.ID, External: f.External, Nodes: f.Nodes}
		for _, b := range f.Buckets {
			family.Buckets = append(family.Buckets, DHTBucket(b))
		}
		s.Families = append(s.Families, family)
	}
	return s
}

// WatchSwarm says whether somebody looks at the DHT: its table is kept fresh then, which sends a few datagrams a minute,
// and snapshots follow it. Without that and without a search nothing is sent.
func (e *Engine) WatchSwarm(on bool) {
	p := e.swarm
	p.mu.Lock()
	p.watched = on
	p.mu.Unlock()
	if !on {
		p.mu.Lock()
		r := p.run
		p.mu.Unlock()
		r.looked()
		return
	}
	p.running().looked()
}

// looked has the part notice that somebody looks, or no longer does. A part that is off notices nothing.
func (r *swarmRun) looked() {
	if r == nil {
		return
	}
	select {
	case r.look <- struct{}{}:
	default:
	}
}

// MeasureDHT estimates how many nodes the whole DHT has, in the background; snapshots follow it. Sixteen lookups take
// about 50 seconds and give ±17 %, 64 give ±9 %. The error is [ErrSwarmOff].
func (e *Engine) MeasureDHT(lookups int) error { return e.swarm.measure(lookups) }

// StopMeasuring ends a measurement.
func (e *Engine) StopMeasuring() {
	e.swarm.mu.Lock()
	defer e.swarm.mu.Unlock()
	if r := e.swarm.run; r != nil && r.measuring != nil {
		r.measuring()
	}
}
