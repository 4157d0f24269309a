package swarmask

import (
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
)

func announcing(s *settings.Swarm) { s.AnnounceClient = true }

// TestTheUsersClientIsMadeKnown at the end of a search, and again as long as it shares the torrent.
func TestTheUsersClientIsMadeKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	again := make(chan time.Time)
	w.again = func() <-chan time.Time { return again }
	w.on(announcing)
	w.hear(open, func(a *bittorrent.Announce) { a.Counters.Left = 0 })
	id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.peer(open)})})
	w.until("the client is made known", func() bool { return w.search(id).Announced == 1 && w.Status().Announcing == 1 })
	if n := w.node.Status().Stored; n != 1 {
		t.Errorf("%d peers are stored", n)
	}
	again <- time.Time{}
	again <- time.Time{} // it was made known once more before this
}

// teller returns who makes the user's client known for a torrent.
func (w *world) teller(dictionary string) *teller {
	w.searches.mu.Lock()
	defer w.searches.mu.Unlock()
	return w.searches.tellers[hashOf(dictionary)]
}

// over waits until a teller sends nothing more.
func (w *world) over(t *teller) {
	w.t.Helper()
	select {
	case <-t.over:
	case <-time.After(patience):
		w.t.Fatal("the client is still made known")
	}
}

// told returns a world in which the user's client was made known once for a search that has ended, and what has that done
// again.
func told(t *testing.T) (w *world, id uint64, again chan time.Time) {
	t.Helper()
	w, again = newWorld(t), make(chan time.Time)
	w.listen()
	w.again = func() <-chan time.Time { return again }
	w.on(announcing)
	w.hear(open, nil)
	w.Names.Add(hashOf(open), names.Torrent{Name: "x", Size: 1})
	v, r := w.put(ofLink(linkTo(open, []netip.AddrPort{w.peer(open)}))), w.current()
	w.searches.mu.Lock()
	teller := w.searches.hire(r.ctx, v)
	w.searches.mu.Unlock()
	if !w.launch(r, func() { w.tell(r, teller) }) {
		t.Fatal("it is off")
	}
	w.until("the client is made known", func() bool { return w.search(v.id).Announced == 1 && w.Status().Announcing == 1 })
	return w, v.id, again
}

// TestATellerEndsWithTheWish for it, with the swarm and with the torrent. What is shown of it ends at once.
func TestATellerEndsWithTheWish(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world)
		sure bool // nothing leaves after the call
	}{
		"the setting is switched off": {func(w *world) { w.on(nil) }, true},
		"the swarm is switched off":   {func(w *world) { w.Apply(settings.Swarm{Bind: "127.0.0.1", AnnounceClient: true}) }, true},
		"the torrent is stopped": {func(w *world) {
			w.hear(open, func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, _ := told(t)
			teller := w.teller(open)
			c.end(w)
			if s := w.Status(); s != nil && s.Announcing != 0 {
				t.Errorf("the client is announced for %d torrents", s.Announcing)
			}
			if c.sure {
				select {
				case <-teller.over:
				default:
					t.Error("the teller may still send")
				}
			}
			w.over(teller)
			if _, ok := w.known(hashOf(open), time.Now()); ok {
				t.Error("it may be made known again")
			}
		})
	}
}

// TestATellerEndsWithItsSearch that is taken off the list, stopped after its end, or too old to be kept.
func TestATellerEndsWithItsSearch(t *testing.T) {
	for name, end := range map[string]func(w *world, id uint64){
		"dropped": func(w *world, id uint64) { w.Drop(id) },
		"stopped": func(w *world, id uint64) { w.Stop(id) },
		"old": func(w *world, _ uint64) {
			w.searches.mu.Lock()
			defer w.searches.mu.Unlock()
			for i := range byte(maxSearches) {
				w.searches.put(subject{link: bittorrent.Magnet{InfoHash: bittorrent.InfoHash{i, 1}}}, time.Now())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id, again := told(t)
			teller := w.teller(open)
			end(w, id)
			if n := w.Status().Announcing; n != 0 {
				t.Errorf("the client is announced for %d torrents", n)
			}
			w.over(teller)
			select {
			case again <- time.Time{}:
				t.Error("somebody waits to make it known again")
			default:
			}
		})
	}
}

// TestATorrentHasOneTeller, however often it is looked for.
func TestATorrentHasOneTeller(t *testing.T) {
	t.Parallel()
	w, id, _ := told(t)
	first := w.teller(open)
	if err := w.LookAgain(id, false); err != nil {
		t.Fatal(err)
	}
	w.over(first)
	w.until("it is made known again", func() bool { return w.search(id).Announced == 1 })
	if n := w.Status().Announcing; n != 1 || w.teller(open) == first {
		t.Errorf("%d, the first is still there: %v", n, w.teller(open) == first)
	}
}

// TestATellerThatCannotGoOnIsNotCounted: the swarm is switched off while it makes the client known.
func TestATellerThatCannotGoOnIsNotCounted(t *testing.T) {
	t.Parallel()
	w, id, _ := told(t)
	r := w.current()
	w.searches.mu.Lock()
	teller := w.searches.hire(r.ctx, w.searches.find(id))
	w.searches.mu.Unlock()
	w.mu.Lock()
	w.run = nil
	w.mu.Unlock()
	w.tell(r, teller)
	w.mu.Lock()
	w.run = r
	w.mu.Unlock()
	w.over(teller)
	if n := w.Status().Announcing; n != 0 {
		t.Errorf("the client is announced for %d torrents", n)
	}
}

// TestNobodyElseIsMadeKnown: not a torrent that is private or only looked up, and nothing where the user does not want it.
func TestNobodyElseIsMadeKnown(t *testing.T) {
	for name, c := range map[string]struct {
		dictionary string
		change     func(*settings.Swarm)
		hear       func(*bittorrent.Announce)
		silent     bool // no client announced it
	}{
		"the setting is off":     {dictionary: open, hear: func(*bittorrent.Announce) {}},
		"it is only looked up":   {dictionary: open, change: announcing, silent: true},
		"it is private":          {dictionary: closed, change: announcing, hear: func(*bittorrent.Announce) {}},
		"the client has stopped": {dictionary: open, change: announcing, hear: func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped }},
		"it is elsewhere":        {dictionary: open, change: announcing, hear: func(a *bittorrent.Announce) { a.Elsewhere = true }},
		"it says no port":        {dictionary: open, change: announcing, hear: func(a *bittorrent.Announce) { a.Port = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.listen()
			w.on(c.change)
			if !c.silent {
				w.hear(c.dictionary, c.hear)
			}
			id := w.look(swarmview.Request{Link: linkTo(c.dictionary, []netip.AddrPort{w.peer(c.dictionary)})})
			w.ended(id)
			w.idle() // a first announce is over, too
			if s, n := w.Status(), w.node.Status().Stored; s.Announcing != 0 || s.Searches[0].Announced != 0 || n != 0 {
				t.Errorf("%d torrents, %d nodes took it, %d peers are stored", s.Announcing, s.Searches[0].Announced, n)
			}
		})
	}
}

func TestAnUnknownTorrentCountsAsPrivate(t *testing.T) {
	w := newWorld(t)
	w.on(announcing)
	w.hear(open, nil)
	now := time.Now()
	if _, ok := w.known(hashOf(open), now); ok {
		t.Error("its description is not known")
	}
	w.Names.Add(hashOf(open), names.Torrent{Name: "x", Size: 1})
	if a, ok := w.known(hashOf(open), now); !ok || a.Port != 51413 || !a.Seed {
		t.Errorf("%+v, %v", a, ok)
	}
	w.Local = func() bool { return false }
	if _, ok := w.known(hashOf(open), now); ok {
		t.Error("it may be another computer's")
	}
	w.Local = func() bool { return true }
	if _, ok := w.known(hashOf(open), now.Add(activeFor)); ok {
		t.Error("it was not heard of for two hours")
	}
	for range 100 {
		if d := tellAgain(); d < tellSoonest || d >= tellLatest {
			t.Error(d)
		}
	}
}

// TestNamesAreLookedForWithoutAQuestion where the user allowed that, and of torrents that cannot be private.
func TestNamesAreLookedForWithoutAQuestion(t *testing.T) {
	w := newWorld(t)
	w.settle = 0
	w.listen()
	at := w.peer(open)
	// The other node knows the peer, as one at this computer's address.
	w.on(func(s *settings.Swarm) { s.Names = true })
	r, err := w.current().access.Node.Search(w.ctx, hashOf(open), announceOf(at), searchNothing)
	if err != nil || r.Announced != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	w.hear(open, nil)
	keyed := closed + " keyed"
	w.hear(keyed, func(a *bittorrent.Announce) { a.Keyed = true })
	w.until("it is looked for", func() bool { s := w.Status().Searches; return len(s) == 1 && s[0].State == swarmview.Ended })
	if v := w.Status().Searches[0]; !v.Automatic || v.InfoHash != hashOf(open) || v.End != swarmview.EndFound {
		t.Errorf("%+v", v)
	}
	if known := w.Names.Lookup(hashOf(open)); known.Name != "Some name" || !known.Swarm {
		t.Errorf("%+v", known)
	}
}

func TestWhichNamesAreLookedFor(t *testing.T) {
	w := newWorld(t)
	begin := time.Now()
	w.hear(open, nil)
	if _, ok := w.nextNameless(begin); ok {
		t.Error("the setting is off")
	}
	w.on(func(s *settings.Swarm) { s.Names = true })
	w.clients.heard = nil
	w.hear("keyed", func(a *bittorrent.Announce) { a.Keyed = true })
	w.hear("stopped", func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped })
	w.hear("named", nil)
	w.Names.Add(hashOf("named"), names.Torrent{Name: "x"})
	w.hear("private", nil)
	w.Names.Add(hashOf("private"), names.Torrent{Size: 1, Private: true})
	if s, ok := w.nextNameless(begin); ok {
		t.Errorf("%v", s.link)
	}
	w.hear(open, nil)
	s, ok := w.nextNameless(begin)
	if !ok || s.link.InfoHash != hashOf(open) || !s.automatic {
		t.Fatalf("%v, %v", s.link, ok)
	}
	w.namer.tried[hashOf(open)] = begin
	if _, ok := w.nextNameless(begin.Add(time.Hour)); ok {
		t.Error("it is looked for twice in a day")
	}
	delete(w.namer.tried, hashOf(open))
	n := namer{}
	for i := range namesHourly {
		if d := n.pause(begin); d != 0 {
			t.Errorf("the %dth waits for %v", i, d)
		}
		n.recent = append(n.recent, begin)
	}
	if d := n.pause(begin.Add(time.Minute)); d != 59*time.Minute {
		t.Errorf("the 21st waits for %v", d)
	}
}

// TestNothingIsSentUnlessSomebodyAsks: on and idle, with clients that announce, looked at and asked what may be done.
func TestNothingIsSentUnlessSomebodyAsks(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.settle = 0
	w.hear(open, nil)
	w.on(announcing)
	for _, d := range []string{open, closed} {
		w.hear(d, nil)
		if _, err := w.Ask(swarmview.Request{Hash: hashOf(d)}); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Ask(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.at}, "http%3A%2F%2F"+w.at.String()+"%2Fannounce")}); err != nil {
		t.Error(err)
	}
	w.Watch(false)
	w.Status()
	access := w.current().access
	w.Apply(settings.Swarm{Bind: "127.0.0.1"}) // all that was begun has ended
	if sent, read := access.Counts(); sent+read > 0 {
		t.Errorf("%d datagrams left, %d came", sent, read)
	}
}
