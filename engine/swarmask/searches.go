package swarmask

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/metainfo"
)

const (
	maxSearches = 100     // of this run on the list
	maxKept     = 8 << 20 // bytes of descriptions on the list; the newest is always kept
	maxAtOnce   = 4       // searches that run at once
)

// searches are the searches of this run.
type searches struct {
	places chan struct{} // one slot for each running search

	mu   sync.Mutex
	last uint64    // guarded by mu; the newest ID
	list []*search // guarded by mu; newest first

	announcers map[bittorrent.InfoHash]*announcer // guarded by mu; of the torrents for which the user's client is announced
}

// subject is the torrent that a search is about.
type subject struct {
	link        bittorrent.Magnet
	trackers    []string // never printed
	webSeeds    []string
	peers       []netip.AddrPort
	nodes       []netip.AddrPort
	torrent     []byte // the file, if there was one
	known       swarm.Known
	keyed       bool
	unannounced bool // a torrent of the table that no client announced in this run, so its trackers are not known
	confirmed   bool
	automatic   bool
	name        string
}

// search is a search on the list. searches.mu guards all of it except its subject.
type search struct {
	id   uint64
	hash bittorrent.InfoHash
	subject
	going *swarm.Search // nil before the search begins, and after it has ended
	stop  context.CancelFunc
	view  *swarmview.Search
	found *swarm.Result // empty without a description
}

// subject returns what a request is about. It sends nothing. The error is a *[swarmview.Error].
func (p *Part) subject(r *swarmview.Request) (s *subject, err error) {
	switch {
	case r.Path != "":
		var b []byte
		if b, err = store.ReadPlain(r.Path, metainfo.MaxSize); err != nil {
			return s, &swarmview.Error{Kind: swarmview.Unreadable, Detail: cause(err)}
		}
		if bittorrent.IsMagnet(string(b[:min(len(b), bittorrent.MaxMagnet)])) {
			s, err = ofLink(string(b))
		} else {
			s, err = ofTorrent(b)
		}
	case r.Link != "":
		s, err = ofLink(r.Link)
	default:
		s, err = ofLink(r.Hash.String())
		s.unannounced = true
	}
	if err != nil {
		return s, &swarmview.Error{Kind: swarmview.NotALink}
	}
	p.refresh(s)
	s.name, s.confirmed = cmp.Or(names.Clean(s.link.Name), s.name, p.Names.Lookup(s.link.InfoHash).Name), r.Confirmed
	return s, nil
}

// refresh updates what decides about a subject: what is known about the torrent now, and what clients have announced of
// it.
func (p *Part) refresh(s *subject) {
	t := p.Names.Lookup(s.link.InfoHash)
	switch {
	case t.Private || s.known == swarm.Private:
		s.known = swarm.Private
	case t.Size > 0: // its description was read, and has no private flag
		s.known = swarm.Public
	}
	h, known := p.clients.of(s.link.InfoHash)
	s.unannounced = s.unannounced && !known
	s.keyed = s.keyed || known && h.keyed || slices.ContainsFunc(s.trackers, bittorrent.LooksKeyed)
	if s.known == swarm.Private && s.torrent == nil { // the link may be from a stranger
		s.trackers = slices.DeleteFunc(slices.Clone(s.trackers), func(t string) bool { return !h.owns(t) })
	}
}

// namedFor returns the peers that trackers named to the user's client, if a search may connect to them. It may if the
// torrent is certainly public, if the user has confirmed the search, or if clients have announced the torrent in this
// run, and only to trackers without a passkey. Answers cached by an earlier run do not show whether there was one.
func (p *Part) namedFor(s *subject) []netip.AddrPort {
	if _, known := p.clients.of(s.link.InfoHash); s.known == swarm.Public || s.confirmed || known && !s.keyed {
		return p.Named(s.link.InfoHash)
	}
	return nil
}

func ofLink(text string) (s *subject, err error) {
	s = new(subject)
	s.link, err = bittorrent.ParseLink(text)
	s.trackers, s.webSeeds, s.peers = s.link.Trackers(), s.link.WebSeeds(), s.link.Peers()
	for i, t := range s.trackers {
		s.trackers[i] = direct(t)
	}
	return s, err
}

// direct returns a tracker's own address if the link leads through the gateway.
func direct(tracker string) string {
	if own, ok := bittorrent.FromGateway(tracker); ok {
		return own
	}
	return tracker
}

func ofTorrent(b []byte) (*subject, error) {
	t, err := metainfo.Parse(b)
	if err != nil {
		return nil, err
	}
	d := swarm.Describe(t.Dictionary())
	if d.Dictionary == nil {
		return nil, errors.New("it describes nothing")
	}
	s := &subject{torrent: b, known: swarm.Public, name: d.Name}
	if s.link, err = t.Link(); err != nil {
		return nil, err
	}
	if d.Private {
		s.known = swarm.Private
	}
	for _, tracker := range t.Trackers() {
		s.trackers = append(s.trackers, direct(tracker))
	}
	s.nodes = t.Nodes()
	return s, nil
}

// cause returns the system's error without the file's name.
func cause(err error) string {
	var disk *store.Error
	if errors.As(err, &disk) {
		return disk.Err.Error()
	}
	return err.Error()
}

// verdict returns what may be done about a subject.
func (p *Part) verdict(s *subject) swarm.Verdict {
	v := swarm.Ask(swarm.Subject{Known: s.known, Keyed: s.keyed || s.unannounced, Confirmed: s.confirmed, Automatic: s.automatic, Names: s.automatic && p.wishes().Names})
	if v == swarm.OwnTrackers && len(s.trackers) == 0 {
		return swarm.Refused // there are no peers to ask
	}
	return v
}

// allowed returns nil if the subject may be looked up now, otherwise a *[swarmview.Error].
func (p *Part) allowed(s *subject) error {
	switch p.verdict(s) {
	case swarm.Refused:
		return &swarmview.Error{Kind: swarmview.Private}
	case swarm.Warn:
		return &swarmview.Error{Kind: swarmview.LooksPrivate}
	default:
		return nil
	}
}

// Ask returns what is known about a torrent, and whether it may be looked up. It sends nothing. The error is a
// *[swarmview.Error].
func (p *Part) Ask(r swarmview.Request) (q swarmview.Question, err error) {
	s, err := p.subject(&r)
	if err != nil {
		return q, err
	}
	q = swarmview.Question{InfoHash: s.link.InfoHash, Hash: written(&s.link), Name: s.name, Private: s.known == swarm.Private, May: swarmview.MayGo}
	switch p.verdict(s) {
	case swarm.Refused:
		q.May = swarmview.MayNot
	case swarm.OwnTrackers:
		q.May = swarmview.MayOwn
	case swarm.Warn:
		q.May = swarmview.MayAsk
	}
	for _, t := range s.trackers {
		q.Trackers = append(q.Trackers, bittorrent.ShownTracker(t))
	}
	return q, nil
}

// written returns a link's hash in the form for people.
func written(l *bittorrent.Magnet) string {
	if l.Kind == bittorrent.V2 {
		return hex.EncodeToString(l.SHA256[:])
	}
	return l.InfoHash.String()
}

// Look begins a search and returns its ID, or that of a search for the same torrent that is running. The error is a
// *[swarmview.Error].
func (p *Part) Look(r swarmview.Request) (id uint64, err error) {
	s, err := p.subject(&r)
	if err != nil {
		return 0, err
	}
	if err := p.allowed(s); err != nil {
		return 0, err
	}
	return p.start(s, limit(r.Further))
}

// LookAgain repeats a search, for longer if further is true, unless newer knowledge forbids it. A torrent that looks
// private must be confirmed with a new [Part.Look]. The error is a *[swarmview.Error].
func (p *Part) LookAgain(id uint64, further bool) error {
	p.searches.mu.Lock()
	v := p.searches.find(id)
	var s subject
	if v != nil {
		s = v.subject
	}
	p.searches.mu.Unlock()
	if v == nil {
		return &swarmview.Error{Kind: swarmview.Gone}
	}
	s.automatic, s.confirmed = false, false // the user confirmed only the search before
	p.refresh(&s)
	if err := p.allowed(&s); err != nil {
		return err
	}
	_, err := p.start(&s, limit(further))
	return err
}

// limit returns how long a search may take.
func limit(further bool) time.Duration {
	if further {
		return furtherTime
	}
	return searchTime
}

// Stop ends a search; what it has found stays. For a search that has ended, Stop stops announcing the user's client.
func (p *Part) Stop(id uint64) {
	p.searches.mu.Lock()
	switch v := p.searches.find(id); {
	case v == nil:
	case v.stop != nil:
		v.stop()
	default:
		p.searches.stopAnnouncer(v.hash)
	}
	p.searches.mu.Unlock()
	p.Changed()
}

// Drop ends a search and removes it from the list.
func (p *Part) Drop(id uint64) {
	p.searches.mu.Lock()
	if v := p.searches.find(id); v != nil {
		if v.stop != nil {
			v.stop()
		}
		p.searches.stopAnnouncer(v.hash)
		p.searches.list = slices.DeleteFunc(p.searches.list, func(o *search) bool { return o == v })
	}
	p.searches.mu.Unlock()
	p.Changed()
}

// find returns the search with an ID; nil if there is none. mu is held.
func (l *searches) find(id uint64) *search {
	for _, v := range l.list {
		if v.id == id {
			return v
		}
	}
	return nil
}

// put moves a torrent's search to the top of the list, or adds one. fresh is false if that search still runs. mu is
// held.
func (l *searches) put(s *subject, now time.Time) (v *search, fresh bool) {
	for i, old := range l.list {
		if old.hash != s.link.InfoHash {
			continue
		}
		if old.stop != nil {
			return old, false
		}
		l.list = slices.Delete(l.list, i, i+1)
		v = old
		break
	}
	if v == nil {
		l.last++
		v = &search{id: l.last, hash: s.link.InfoHash, found: new(swarm.Result)}
	}
	before := v.view
	known := before != nil && before.Known
	old := v.subject
	v.subject = *s
	if s = &v.subject; known {
		s.keep(&old)
	}
	v.view = &swarmview.Search{
		ID: v.id, InfoHash: v.hash, Hash: written(&s.link), Began: now, Automatic: s.automatic,
		There: swarmview.There{Seeders: -1, Leechers: -1}, Description: swarmview.Description{Name: s.name},
	}
	switch {
	case known:
		v.view.Description = before.Description
	case s.torrent != nil:
		t, _ := metainfo.Parse(s.torrent) // it was parsed before
		v.found = swarm.Describe(t.Dictionary())
	}
	v.describe()
	l.list = append([]*search{v}, l.list...)
	l.trim()
	return v, true
}

// keep copies to s, from the old subject, whatever it lacks of a description that is shown. A .torrent keeps its own
// trackers: those of a link do not belong to the file.
func (s *subject) keep(old *subject) {
	if s.torrent == nil && len(s.link.Trackers())+len(s.webSeeds)+len(s.peers) == 0 {
		s.link = old.link // it has more than a hash
	}
	if s.torrent == nil && old.torrent != nil {
		s.torrent, s.trackers, s.nodes = old.torrent, old.trackers, old.nodes
	}
	if len(s.trackers) == 0 {
		s.trackers = old.trackers
	}
	if len(s.webSeeds) == 0 {
		s.webSeeds = old.webSeeds
	}
	if len(s.peers) == 0 {
		s.peers = old.peers
	}
	if len(s.nodes) == 0 {
		s.nodes = old.nodes
	}
}

// trim drops the oldest searches, and the oldest descriptions of the rest. mu is held.
func (l *searches) trim() {
	bytes, kept := 0, l.list[:0]
	for i, v := range l.list {
		if i >= maxSearches && v.stop == nil {
			l.stopAnnouncer(v.hash)
			continue
		}
		kept = append(kept, v)
		if bytes += v.weight(); i > 0 && bytes > maxKept && v.stop == nil {
			bytes -= v.weight()
			v.forget()
		}
	}
	clear(l.list[len(kept):])
	l.list = kept
}

// weight returns approximately how many bytes a search holds.
func (v *search) weight() int {
	return len(v.torrent) + len(v.found.Dictionary) + 64*len(v.found.Files)
}

// forget drops the description; it can be looked up again.
func (v *search) forget() {
	v.found, v.torrent = new(swarm.Result), nil
	view := *v.view
	view.Description = swarmview.Description{Name: view.Name}
	v.view = &view
}
