// Package swarmask has the user's way into swarms: the node of the DHT while the user wants it, what others are told of
// this computer, and what is measured. The window sees its values in a snapshot, and asks [Part] for what it wants.
package swarmask

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

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

// ErrOff means that the user has not switched the swarm on, or that its sockets cannot be opened.
var ErrOff = errors.New("the swarm is off")

// Part has the node of the DHT and what searches share, while the user wants it.
type Part struct {
	folder *store.Folder
	log    *slog.Logger
	mark   func() // something changed

	switching sync.Mutex // one change at a time
	chosen    settings.Swarm

	mu      sync.Mutex
	run     *run  // guarded by mu; nil while off
	fault   Fault // guarded by mu
	watched bool  // guarded by mu
	size    Size  // guarded by mu
	days    []Day // guarded by mu

	clients clientPorts
}

// run is what lives while the swarm is on.
type run struct {
	access    *swarm.Access
	ctx       context.Context
	stop      context.CancelFunc
	done      sync.WaitGroup
	look      chan struct{} // somebody looks, or no longer; of one slot
	measuring context.CancelFunc
	saved     []byte // of the file of nodes
}

func New(folder *store.Folder, log *slog.Logger, mark func()) *Part {
	p := &Part{folder: folder, log: log, mark: mark}
	if b, err := folder.ReadFile(store.DHTSizesFile); err == nil && len(b) <= maxSizesFile {
		if json.Unmarshal(b, &p.days) != nil || len(p.days) > maxDays {
			p.days = nil // they are for a chart alone
		}
	}
	return p
}

// Apply brings the part to what the user chose.
func (p *Part) Apply(s settings.Swarm) {
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
	case same && (r != nil || fault == Fine):
		if r != nil {
			r.access.Node.SetAnswerOthers(s.AnswerOthers)
		}
		return
	case r != nil:
		p.end(r)
	}
	p.mu.Lock()
	p.fault = Fine
	p.mu.Unlock()
	if s.Enabled {
		p.begin()
	}
	p.mark()
}

// begin opens the sockets. Where it cannot, the fault is shown, and it is tried again when somebody wants something.
func (p *Part) begin() {
	access, err := p.open()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, udp.ErrNoInterface):
		p.fault = NoInterface
	case err != nil:
		p.fault = NoPort
	default:
		p.fault = Fine
	}
	if err != nil {
		p.log.Warn("the swarm is not reached", "cause", err.Error())
		return
	}
	r := &run{access: access, look: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.done.Go(func() { _ = access.Run(r.ctx) })
	r.done.Go(func() { p.attend(r) })
	p.run = r
	r.looked()
}

// open opens the sockets: on the port of the settings, else on that of the last time, else on another one.
func (p *Part) open() (*swarm.Access, error) {
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
func (p *Part) attend(r *run) {
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
func (p *Part) save(r *run) {
	if b := r.access.Node.State().Marshal(); !bytes.Equal(b, r.saved) && p.folder.WriteFile(store.DHTFile, b) == nil {
		r.saved = b
	}
}

// end closes the sockets.
func (p *Part) end(r *run) {
	p.mu.Lock()
	p.run = nil
	p.mu.Unlock()
	r.stop()
	r.done.Wait()
	p.save(r)
}

// Close ends all for good.
func (p *Part) Close() {
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
func (p *Part) running() *run {
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

// Watch says whether somebody looks at the DHT: its table is kept fresh then, which sends a few datagrams a minute,
// and snapshots follow it. Without that and without a search nothing is sent.
func (p *Part) Watch(on bool) {
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
func (r *run) looked() {
	if r == nil {
		return
	}
	select {
	case r.look <- struct{}{}:
	default:
	}
}
