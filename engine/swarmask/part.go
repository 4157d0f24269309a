package swarmask

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmview"
)

const (
	saveNodesEvery = 15 * time.Minute
	showNodesEvery = time.Second // at most, while the window shows the DHT
)

// Parts are what a [Part] needs; none may be missing.
type Parts struct {
	Folder  *store.Folder
	Log     *slog.Logger
	Changed func() // something that is shown has changed; it never waits
	Names   *names.Book
	Learned func()                                     // a name was learned; it never waits
	Gateway func() string                              // host:port at which clients reach this program
	Local   func() bool                                // only this computer's clients may announce here
	Named   func(bittorrent.InfoHash) []netip.AddrPort // peers that trackers named to the user's clients; fast

	LocalNetworks bool // private addresses are allowed; for tests only
}

// Part is this program's part in the swarm. Make it with New; Close ends it. It is safe for concurrent use.
type Part struct {
	Parts

	switching sync.Mutex // held during a change
	chosen    settings.Swarm
	wished    atomic.Pointer[settings.Swarm] // the same settings, for callers that must not wait for a change

	mu        sync.Mutex
	run       *run            // guarded by mu; nil while off
	fault     swarmview.Fault // guarded by mu
	watched   bool            // guarded by mu
	reopening bool            // guarded by mu; sockets that could not be opened are tried again because the window shows the DHT
	closed    bool            // guarded by mu; nothing may begin any more
	reopens   sync.WaitGroup

	sizes    sizes
	clients  clients
	searches searches
	nameless chan struct{} // a torrent may lack a name; has one slot
	namer    namer

	settle time.Duration           // see nameSettles
	again  func() <-chan time.Time // delivers when to announce the user's client again
}

// run has what exists while the swarm is on.
type run struct {
	access *swarm.Access
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	look   chan struct{} // the window shows the DHT, or no longer does; has one slot
	saved  []byte        // what is in the file of nodes
}

// New returns a part that is off.
func New(p Parts) *Part {
	part := &Part{Parts: p, nameless: make(chan struct{}, 1), settle: nameSettles, again: func() <-chan time.Time { return time.After(nextAnnounce()) }}
	part.searches.places = make(chan struct{}, maxAtOnce)
	part.wished.Store(new(settings.Swarm))
	part.sizes.read(p.Folder)
	return part
}

// Apply applies the user's choices.
func (p *Part) Apply(s settings.Swarm) {
	p.switching.Lock()
	defer p.switching.Unlock()
	old := p.chosen
	p.chosen = s
	p.chosen.Routers = slices.Clone(s.Routers)
	wished := p.chosen
	p.wished.Store(&wished)
	if !s.Enabled || !s.AnnounceClient {
		p.searches.stopAnnouncers()
		p.Changed()
	}
	p.wakeNamer()
	p.mu.Lock()
	r, fault := p.run, p.fault
	p.mu.Unlock()
	same := s.Enabled == old.Enabled && s.Bind == old.Bind && s.Port == old.Port && slices.Equal(s.Routers, old.Routers)
	switch {
	case same && (r != nil || fault == swarmview.Fine):
		if r != nil {
			r.access.Node.SetAnswerOthers(s.AnswerOthers)
		}
		return
	case r != nil:
		p.end(r)
	}
	p.mu.Lock()
	p.fault = swarmview.Fine
	p.mu.Unlock()
	if s.Enabled {
		p.begin()
	}
	p.Changed()
}

// begin opens the sockets. If that fails, the fault is shown, and the next use of the swarm tries again.
func (p *Part) begin() {
	access, err := p.open()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, udp.ErrNoInterface):
		p.fault = swarmview.NoInterface
	case err != nil:
		p.fault = swarmview.NoPort
	default:
		p.fault = swarmview.Fine
	}
	if err != nil {
		p.Log.Warn("nothing can be looked up in the swarm; choose another interface or UDP port in the settings", "cause", err.Error())
		return
	}
	r := &run{access: access, look: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.done.Go(func() { _ = access.Run(r.ctx) })
	r.done.Go(func() { p.attend(r) })
	r.done.Go(func() { p.findNames(r) })
	p.run = r
	r.looked()
}

// open opens the sockets on the port in the settings, otherwise on the last run's port, otherwise on any port.
func (p *Part) open() (*swarm.Access, error) {
	bind, err := udp.ParseBind(p.chosen.Bind)
	if err != nil {
		return nil, err
	}
	var state dht.State
	b, err := p.Folder.ReadFile(store.DHTFile)
	if err == nil {
		state, err = dht.ParseState(b)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Log.Warn("the saved nodes of the DHT cannot be read; the next search finds others", "cause", err.Error())
	}
	o := &swarm.AccessOptions{
		Bind: bind, LocalNetworks: p.LocalNetworks, Port: cmp.Or(p.chosen.Port, state.Port), AnswerOthers: p.chosen.AnswerOthers, State: state,
		First: dht.First{Clients: p.clients.addresses, Routers: slices.Clone(p.chosen.Routers)},
	}
	access, err := swarm.Open(o)
	if err != nil && p.chosen.Port == 0 && o.Port != 0 {
		o.Port = 0 // another program has the port now
		access, err = swarm.Open(o)
	}
	return access, err
}

// attend saves the nodes from time to time, and lets the window refresh while it shows the DHT.
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
			p.Changed()
		case <-r.look:
			p.mu.Lock()
			watched := p.watched
			p.mu.Unlock()
			if show.Stop(); watched {
				show.Reset(showNodesEvery)
			}
			r.access.Node.Watch(watched)
			p.Changed()
		}
	}
}

// save writes the nodes if the file has others. If that fails, the next save tries again.
func (p *Part) save(r *run) {
	if b := r.access.Node.State().Marshal(); !bytes.Equal(b, r.saved) && p.Folder.WriteFile(store.DHTFile, b) == nil {
		r.saved = b
	}
}

// end closes the sockets of a run.
func (p *Part) end(r *run) {
	p.mu.Lock()
	p.run = nil
	p.mu.Unlock()
	r.stop()
	r.done.Wait()
	p.save(r)
}

// Close ends the part for good.
func (p *Part) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.switching.Lock()
	p.chosen.Enabled = false
	wished := p.chosen
	p.wished.Store(&wished)
	if r := p.current(); r != nil {
		p.end(r)
	}
	p.switching.Unlock()
	p.reopens.Wait()
}

// wishes returns the user's choices.
func (p *Part) wishes() *settings.Swarm { return p.wished.Load() }

// launch runs do on a goroutine of the run, and reports whether it could: the run must not have ended.
func (p *Part) launch(r *run, do func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run != r {
		return false
	}
	r.done.Go(do)
	return true
}

// current returns the run; nil while off.
func (p *Part) current() *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run
}

// running returns the run while the swarm is on. If the sockets could not be opened, it tries again.
func (p *Part) running() *run {
	p.switching.Lock()
	defer p.switching.Unlock()
	r := p.current()
	if r == nil && p.chosen.Enabled {
		p.begin()
		r = p.current()
		p.Changed()
	}
	return r
}

// Watch sets whether the window shows the DHT. While it does, the table is kept fresh, which takes a few datagrams a
// minute, and snapshots show its changes. Otherwise nothing is sent without a search. Watch never waits: sockets that
// could not be opened are tried again in the background.
func (p *Part) Watch(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = on
	switch {
	case p.run != nil:
		p.run.looked()
	case on && p.wishes().Enabled && !p.reopening && !p.closed:
		p.reopening = true
		p.reopens.Go(func() {
			p.running() // it reads watched when it begins
			p.mu.Lock()
			defer p.mu.Unlock()
			p.reopening = false
		})
	}
}

// looked wakes attend: the window shows the DHT, or no longer does.
func (r *run) looked() {
	select {
	case r.look <- struct{}{}:
	default:
	}
}

// Status returns what the window shows. It is nil if, and only if, the user has the swarm off; it is not nil while the
// sockets change.
func (p *Part) Status() *swarmview.Status {
	if !p.wishes().Enabled {
		return nil
	}
	p.mu.Lock()
	r, fault := p.run, p.fault
	p.mu.Unlock()
	s := &swarmview.Status{Fault: fault}
	s.Searches, s.Announcing = p.searches.views()
	p.sizes.show(s)
	if r == nil {
		return s
	}
	n := r.access.Node.Status()
	s.On, s.Port, s.Full, s.Reached, s.Families = true, n.Port, n.Full, n.Reached, n.Families
	return s
}
