package swarmask

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"reflect"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/swarmview"
)

const (
	searchTime  = time.Minute
	furtherTime = 5 * time.Minute
	showEvery   = 250 * time.Millisecond // while a search runs
)

// start begins a search. The error is a *[swarmview.Error].
func (p *Part) start(s *subject, limit time.Duration) (id uint64, err error) {
	r := p.running()
	if r == nil {
		return 0, &swarmview.Error{Kind: swarmview.Off}
	}
	v, ctx := p.prepare(r, s)
	if ctx == nil {
		return v.id, nil
	}
	if !p.launch(r, func() { p.search(ctx, r, v, s, limit) }) {
		p.finish(r, v, swarm.Nothing(), errOff)
		return 0, &swarmview.Error{Kind: swarmview.Off}
	}
	p.Changed()
	return v.id, nil
}

// prepare puts a search at the top of the list. ctx is nil if one for the same torrent runs; otherwise the caller must
// call [Part.finish].
func (p *Part) prepare(r *run, s *subject) (v *search, ctx context.Context) {
	p.searches.mu.Lock()
	defer p.searches.mu.Unlock()
	v, fresh := p.searches.put(s, time.Now())
	if fresh {
		ctx, v.stop = context.WithCancel(r.ctx)
	}
	return v, ctx
}

// errOff ends a search if the swarm is switched off before it begins.
var errOff = errors.New("the swarm was switched off")

// search waits for a free place, and then runs a search for at most limit. It always calls [Part.finish].
func (p *Part) search(ctx context.Context, r *run, v *search, s *subject, limit time.Duration) {
	result := swarm.Nothing()
	select {
	case p.searches.places <- struct{}{}:
		defer func() { <-p.searches.places }()
	case <-ctx.Done():
		p.finish(r, v, result, &swarm.Failure{Reason: swarm.Stopped})
		return
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p.refresh(s) // it may have waited for a place
	going := swarm.New(r.access.Network(), swarm.Query{
		Link: s.link, Trackers: s.trackers, Peers: s.peers, Named: p.namedFor(s), Nodes: s.nodes, Verdict: p.verdict(s),
	})
	p.searches.mu.Lock()
	v.going, v.known = going, s.known
	p.searches.mu.Unlock()
	var following sync.WaitGroup
	turned := false // the torrent turned out to be private
	following.Go(func() { turned = p.follow(limited, cancel, s) })
	result, err := going.Run(limited, func(r *swarm.Result) {
		p.learn(r)
		p.searches.mu.Lock()
		v.take(r)
		v.change(func(w *swarmview.Search) { w.State = swarmview.Described })
		p.searches.mu.Unlock()
		p.Changed()
	})
	cancel()
	following.Wait()
	if turned && !result.Private { // what strangers sent is dropped
		result, err = swarm.Nothing(), &swarm.Failure{Reason: swarm.NotAllowed}
	}
	p.finish(r, v, result, err)
}

// follow shows a search while it runs. It ends the search if the torrent turns out to be private, and reports whether
// it did.
func (p *Part) follow(ctx context.Context, stop context.CancelFunc, s *subject) (turned bool) {
	tick := time.NewTicker(showEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		if s.known != swarm.Private && p.Names.Lookup(s.link.InfoHash).Private {
			stop()
			return true
		}
		p.Changed()
	}
}

// learn stores a torrent's name and whether it is private.
func (p *Part) learn(r *swarm.Result) {
	if r.Dictionary == nil {
		return
	}
	t := names.Torrent{Name: r.Name, Size: uint64(r.Size), Private: r.Private, Swarm: true}
	fresh := false
	if r.V1 || !r.V2 {
		fresh = p.Names.Add(sha1.Sum(r.Dictionary), t)
	}
	if r.V2 {
		sum := sha256.Sum256(r.Dictionary)
		fresh = p.Names.Add(bittorrent.InfoHash(sum[:20]), t) || fresh
	}
	if fresh {
		p.Learned()
	}
}

// finish shows the result of a search that has ended.
func (p *Part) finish(r *run, v *search, result *swarm.Result, err error) {
	end := swarmview.EndFound
	var f *swarm.Failure
	switch {
	case err == nil && result.Dictionary == nil:
		end = swarmview.EndBroken
	case err == nil:
	case r.ctx.Err() != nil || !errors.As(err, &f):
		end = swarmview.EndOff
	default:
		end = ends[f.Reason]
	}
	known := false // the user's client may be announced
	if end == swarmview.EndFound && !result.Private {
		_, known = p.known(v.hash, time.Now())
	}
	p.searches.mu.Lock()
	if v.known == swarm.Private && end != swarmview.EndOff && end != swarmview.EndStopped {
		end = swarmview.EndPrivate
	}
	going := v.going
	v.going = nil
	stop := v.stop
	v.stop = nil
	if result.Dictionary != nil {
		v.take(result)
		v.known = swarm.Public
		if result.Private {
			v.known = swarm.Private
		}
	}
	v.change(func(w *swarmview.Search) {
		w.State, w.End, w.Took = swarmview.Ended, end, time.Since(w.Began)
		if going != nil {
			w.Progress, w.FirstNodes = progress(going), firstNodes(going)
		}
		w.There = there(result)
	})
	p.searches.trim()
	var t *announcer
	if known {
		t = p.searches.newAnnouncer(r.ctx, v)
	}
	p.searches.mu.Unlock()
	p.Changed()
	if t != nil {
		p.announce(r, t)
	}
	if stop != nil {
		stop()
	}
	p.Changed()
}

// ends are the window's values for the reasons of package swarm, in that package's order.
var ends = [...]swarmview.End{
	swarm.NotAllowed: swarmview.EndPrivate, swarm.NoNode: swarmview.EndNoNode, swarm.Nobody: swarmview.EndNobody,
	swarm.Unreachable: swarmview.EndUnreachable, swarm.NoMetadata: swarmview.EndNoMetadata, swarm.TooLarge: swarmview.EndTooLarge,
	swarm.WrongHash: swarmview.EndWrongHash, swarm.TimeOver: swarmview.EndTimeOver, swarm.Stopped: swarmview.EndStopped,
}

// views returns what is shown of the searches, newest first, and for how many torrents the user's client is announced.
// It updates the views of running searches.
func (l *searches) views() (out []*swarmview.Search, announcing int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.list {
		if v.going != nil {
			v.look()
		}
		out = append(out, v.view)
	}
	return out, len(l.announcers)
}

// look updates what is shown of a running search. searches.mu is held.
func (v *search) look() {
	p := v.going.Progress()
	met := &swarm.Result{Peers: v.going.Met(), Seeders: p.Seeders, Leechers: p.Leechers}
	now := *v.view
	now.Progress, now.FirstNodes, now.There = progress(v.going), firstNodes(v.going), there(met)
	if now.Progress != v.view.Progress || !reflect.DeepEqual(now.There, v.view.There) || len(now.FirstNodes) != len(v.view.FirstNodes) {
		v.view = &now
	}
}

// change replaces the view with a changed copy, because a published view never changes. searches.mu is held.
func (v *search) change(do func(*swarmview.Search)) {
	now := *v.view
	do(&now)
	v.view = &now
}

// take stores a description that was found, with the layers of this or an earlier search. searches.mu is held.
func (v *search) take(r *swarm.Result) {
	if r.Missing && v.found.Layers != nil && bytes.Equal(r.Dictionary, v.found.Dictionary) {
		r.Layers, r.Missing = v.found.Layers, false
	}
	v.found = r
	v.describe()
}

// describe puts the description into the view. searches.mu is held.
func (v *search) describe() {
	r := v.found
	if r.Dictionary == nil {
		return
	}
	d := swarmview.Description{
		Name: r.Name, Known: true, Size: r.Size, FileCount: r.FileCount, Files: r.Files, Private: r.Private, V2: r.V2, FileName: fileName(r.Name, false),
		NoLayers: r.Missing && v.torrent == nil,
	}
	if old := v.view.Description; old.Known && len(old.Files) == len(d.Files) {
		d.Files = old.Files // the same slice shows the window that nothing changed
	}
	if !d.NoLayers {
		d.Bytes = v.size()
	}
	v.change(func(w *swarmview.Search) { w.Description = d })
}

// progress returns how far a search is.
func progress(s *swarm.Search) swarmview.Progress {
	p := s.Progress()
	return swarmview.Progress{
		Queried: p.Queried, Answered: p.Answered, Found: p.Found, Tried: p.Tried, TCP: p.Met[swarm.TCP], UTP: p.Met[swarm.UTP],
		Pieces: p.Pieces, Of: p.Of, NoMetadata: p.NoMetadata, Wrong: p.Wrong,
	}
}

// groups are the window's values for the kinds of first nodes, in the order of package dht.
var groups = [...]swarmview.Group{
	dht.Saved: swarmview.GroupSaved, dht.Given: swarmview.GroupGiven, dht.Clients: swarmview.GroupClients, dht.Routers: swarmview.GroupRouters,
}

func firstNodes(s *swarm.Search) (out []swarmview.Group) {
	first := s.First()
	for _, g := range first.Groups {
		if first.Peers && g == dht.Routers {
			out = append(out, swarmview.GroupPeers)
			first.Peers = false
		}
		out = append(out, groups[g])
	}
	if first.Peers {
		out = append(out, swarmview.GroupPeers)
	}
	return out
}

// there returns who shares a torrent.
func there(r *swarm.Result) swarmview.There {
	t := swarmview.There{Seeders: r.Seeders, Leechers: r.Leechers}
	for _, w := range r.Trackers {
		t.Trackers = append(t.Trackers, swarmview.Tracker{
			Address: bittorrent.ShownTracker(w.Address), Seeders: int(w.Swarm.Seeders), Leechers: int(w.Swarm.Leechers),
		})
	}
	for _, peer := range r.Peers {
		t.Peers = append(t.Peers, swarmview.Peer{Program: peer.Program, UTP: peer.Way == swarm.UTP})
	}
	return t
}
