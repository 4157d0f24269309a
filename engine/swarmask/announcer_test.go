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

// TestTheUsersClientIsAnnounced at the end of a search, and again as long as it shares the torrent.
func TestTheUsersClientIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	again := make(chan time.Time)
	w.again = func() <-chan time.Time { return again }
	w.on(announcing)
	w.announces(open, func(a *bittorrent.Announce) { a.Counters.Left = 0 })
	id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.peer(open)})})
	w.until("the client is announced", func() bool { return w.search(id).Announced == 1 && w.Status().Announcing == 1 })
	if n := w.node.Status().Stored; n != 1 {
		t.Errorf("%d peers are stored, want 1", n)
	}
	again <- time.Time{}
	again <- time.Time{} // accepted only after another announce
}

// announcer returns the announcer of a torrent.
func (w *world) announcer(dictionary string) *announcer {
	w.searches.mu.Lock()
	defer w.searches.mu.Unlock()
	return w.searches.announcers[hashOf(dictionary)]
}

// waitUntilEnded waits until an announcer has ended.
func (w *world) waitUntilEnded(t *announcer) {
	w.t.Helper()
	select {
	case <-t.over:
	case <-time.After(patience):
		w.t.Fatal("the client is still announced after the timeout")
	}
}

// announcedOnce returns a world in which the user's client was announced once for a search that has ended. A value sent
// to again causes another announce.
func announcedOnce(t *testing.T) (w *world, id uint64, again chan time.Time) {
	t.Helper()
	w, again = newWorld(t), make(chan time.Time)
	w.listen()
	w.again = func() <-chan time.Time { return again }
	w.on(announcing)
	w.announces(open, nil)
	w.Names.Add(hashOf(open), names.Torrent{Name: "x", Size: 1})
	v, r := w.put(ofLink(linkTo(open, []netip.AddrPort{w.peer(open)}))), w.current()
	w.searches.mu.Lock()
	announcer := w.searches.newAnnouncer(r.ctx, v)
	w.searches.mu.Unlock()
	if !w.launch(r, func() { w.announce(r, announcer) }) {
		t.Fatal("the swarm is off")
	}
	w.until("the client is announced", func() bool { return w.search(v.id).Announced == 1 && w.Status().Announcing == 1 })
	return w, v.id, again
}

// TestAnAnnouncerEndsWhenItIsNoLongerWanted, with the swarm and with the torrent; then it is no longer shown.
func TestAnAnnouncerEndsWhenItIsNoLongerWanted(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world)
		sure bool // nothing is sent after the call
	}{
		"the setting is switched off": {func(w *world) { w.on(nil) }, true},
		"the swarm is switched off":   {func(w *world) { w.Apply(settings.Swarm{Bind: "127.0.0.1", AnnounceClient: true}) }, true},
		"the torrent is stopped": {func(w *world) {
			w.announces(open, func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, _ := announcedOnce(t)
			announcer := w.announcer(open)
			c.end(w)
			if s := w.Status(); s != nil && s.Announcing != 0 {
				t.Errorf("the client is announced for %d torrents", s.Announcing)
			}
			if c.sure {
				select {
				case <-announcer.over:
				default:
					t.Error("the announcer has not ended when the call returns")
				}
			}
			w.waitUntilEnded(announcer)
			if _, ok := w.known(hashOf(open), time.Now()); ok {
				t.Error("the torrent still counts as one to announce")
			}
		})
	}
}

// TestAnAnnouncerEndsWithItsSearch, if the search is removed from the list, stopped after its end, or too old.
func TestAnAnnouncerEndsWithItsSearch(t *testing.T) {
	for name, end := range map[string]func(w *world, id uint64){
		"dropped": func(w *world, id uint64) { w.Drop(id) },
		"stopped": func(w *world, id uint64) { w.Stop(id) },
		"old": func(w *world, _ uint64) {
			w.searches.mu.Lock()
			defer w.searches.mu.Unlock()
			for i := range byte(maxSearches) {
				w.searches.put(&subject{link: bittorrent.Magnet{InfoHash: bittorrent.InfoHash{i, 1}}}, time.Now())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id, again := announcedOnce(t)
			announcer := w.announcer(open)
			end(w, id)
			if n := w.Status().Announcing; n != 0 {
				t.Errorf("the client is announced for %d torrents, want 0", n)
			}
			w.waitUntilEnded(announcer)
			select {
			case again <- time.Time{}:
				t.Error("an announcer waits to announce it again")
			default:
			}
		})
	}
}

// TestATorrentHasOneAnnouncer, however often it is looked up.
func TestATorrentHasOneAnnouncer(t *testing.T) {
	t.Parallel()
	w, id, _ := announcedOnce(t)
	first := w.announcer(open)
	if err := w.LookAgain(id, false); err != nil {
		t.Fatal(err)
	}
	w.waitUntilEnded(first)
	w.until("it is announced again", func() bool { return w.search(id).Announced == 1 })
	if n := w.Status().Announcing; n != 1 || w.announcer(open) == first {
		t.Errorf("announcing %d torrents, want 1; the first announcer remains: %v", n, w.announcer(open) == first)
	}
}

// TestAnInterruptedAnnouncerIsNotCounted: the swarm is switched off while the client is announced.
func TestAnInterruptedAnnouncerIsNotCounted(t *testing.T) {
	t.Parallel()
	w, id, _ := announcedOnce(t)
	r := w.current()
	w.searches.mu.Lock()
	announcer := w.searches.newAnnouncer(r.ctx, w.searches.find(id))
	w.searches.mu.Unlock()
	w.mu.Lock()
	w.run = nil
	w.mu.Unlock()
	w.announce(r, announcer)
	w.mu.Lock()
	w.run = r
	w.mu.Unlock()
	w.waitUntilEnded(announcer)
	if n := w.Status().Announcing; n != 0 {
		t.Errorf("the client is announced for %d torrents, want 0", n)
	}
}

// TestNoOtherClientIsAnnounced: no client is announced for a torrent that is private or only looked up, or against the
// user's wish.
func TestNoOtherClientIsAnnounced(t *testing.T) {
	for name, c := range map[string]struct {
		dictionary string
		change     func(*settings.Swarm)
		announce   func(*bittorrent.Announce)
		silent     bool // no client announced it
	}{
		"the setting is off":     {dictionary: open, announce: func(*bittorrent.Announce) {}},
		"it is only looked up":   {dictionary: open, change: announcing, silent: true},
		"it is private":          {dictionary: closed, change: announcing, announce: func(*bittorrent.Announce) {}},
		"the client has stopped": {dictionary: open, change: announcing, announce: func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped }},
		"it is elsewhere":        {dictionary: open, change: announcing, announce: func(a *bittorrent.Announce) { a.Elsewhere = true }},
		"its port is 0":          {dictionary: open, change: announcing, announce: func(a *bittorrent.Announce) { a.Port = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.listen()
			w.on(c.change)
			if !c.silent {
				w.announces(c.dictionary, c.announce)
			}
			id := w.look(swarmview.Request{Link: linkTo(c.dictionary, []netip.AddrPort{w.peer(c.dictionary)})})
			w.ended(id)
			w.idle() // a first announce has ended, too
			if s, n := w.Status(), w.node.Status().Stored; s.Announcing != 0 || s.Searches[0].Announced != 0 || n != 0 {
				t.Errorf("announcing %d torrents, %d nodes accepted an announce, %d peers are stored; want none", s.Announcing, s.Searches[0].Announced, n)
			}
		})
	}
}

func TestAnUnknownTorrentCountsAsPrivate(t *testing.T) {
	w := newWorld(t)
	w.on(announcing)
	w.announces(open, nil)
	now := time.Now()
	if _, ok := w.known(hashOf(open), now); ok {
		t.Error("a torrent without known metadata counts as one to announce")
	}
	w.Names.Add(hashOf(open), names.Torrent{Name: "x", Size: 1})
	if a, ok := w.known(hashOf(open), now); !ok || a.Port != 51413 || !a.Seed {
		t.Errorf("known returned %+v, %v", a, ok)
	}
	w.Local = func() bool { return false }
	if _, ok := w.known(hashOf(open), now); ok {
		t.Error("a client that may run on another computer counts as local")
	}
	w.Local = func() bool { return true }
	if _, ok := w.known(hashOf(open), now.Add(activeFor)); ok {
		t.Error("a torrent without an announce for two hours counts as active")
	}
	for range 100 {
		if d := nextAnnounce(); d < announceSoonest || d >= announceLatest {
			t.Errorf("nextAnnounce returned %v", d)
		}
	}
}

// TestNamesAreLookedUpWithoutConfirmationIfAllowed for torrents that cannot be private.
func TestNamesAreLookedUpWithoutConfirmationIfAllowed(t *testing.T) {
	w := newWorld(t)
	w.settle = 0
	w.listen()
	at := w.peer(open)
	// The other node knows the peer, which is at this computer's address.
	w.on(func(s *settings.Swarm) { s.Names = true })
	r, err := w.current().access.Node.Search(w.ctx, hashOf(open), announceOf(at), &searchNothing)
	if err != nil || r.Announced != 1 {
		t.Fatalf("Search returned %+v, %v", r, err)
	}
	w.announces(open, nil)
	keyed := closed + " keyed"
	w.announces(keyed, func(a *bittorrent.Announce) { a.Keyed = true })
	w.until("the torrent is looked up", func() bool { s := w.Status().Searches; return len(s) == 1 && s[0].State == swarmview.Ended })
	if v := w.Status().Searches[0]; !v.Automatic || v.InfoHash != hashOf(open) || v.End != swarmview.EndFound {
		t.Errorf("Status returned %+v", v)
	}
	if known := w.Names.Lookup(hashOf(open)); known.Name != "Some name" || !known.Swarm {
		t.Errorf("Lookup returned %+v", known)
	}
}

func TestOnlyMissingNamesOfPublicTorrentsAreLookedUp(t *testing.T) {
	w := newWorld(t)
	begin := time.Now()
	w.announces(open, nil)
	if _, ok := w.nextNameless(begin); ok {
		t.Error("a torrent is looked up though the setting is off")
	}
	w.on(func(s *settings.Swarm) { s.Names = true })
	w.clients.torrents = nil
	w.announces("keyed", func(a *bittorrent.Announce) { a.Keyed = true })
	w.announces("stopped", func(a *bittorrent.Announce) { a.Event = bittorrent.EventStopped })
	w.announces("named", nil)
	w.Names.Add(hashOf("named"), names.Torrent{Name: "x"})
	w.announces("private", nil)
	w.Names.Add(hashOf("private"), names.Torrent{Size: 1, Private: true})
	if s, ok := w.nextNameless(begin); ok {
		t.Errorf("s.link is %v", s.link)
	}
	w.announces(open, nil)
	s, ok := w.nextNameless(begin)
	if !ok || s.link.InfoHash != hashOf(open) || !s.automatic {
		t.Fatalf("nextNameless returned %v, %v", s.link, ok)
	}
	w.namer.tried[hashOf(open)] = begin
	if _, ok := w.nextNameless(begin.Add(time.Hour)); ok {
		t.Error("a torrent is looked up twice in a day")
	}
	delete(w.namer.tried, hashOf(open))
	n := namer{}
	for i := range namesHourly {
		if d := n.pause(begin); d != 0 {
			t.Errorf("lookup %d waits for %v, want 0", i, d)
		}
		n.recent = append(n.recent, begin)
	}
	if d := n.pause(begin.Add(time.Minute)); d != 59*time.Minute {
		t.Errorf("the 21st waits for %v, want %v", d, 59*time.Minute)
	}
}

// TestNothingIsSentUnlessTheUserAsks: the swarm is on and idle, clients announce, and the window only shows the swarm
// and checks what is allowed.
func TestNothingIsSentUnlessTheUserAsks(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.settle = 0
	w.announces(open, nil)
	w.on(announcing)
	for _, d := range []string{open, closed} {
		w.announces(d, nil)
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
	w.Apply(settings.Swarm{Bind: "127.0.0.1"}) // everything that was begun has ended
	if sent, read := access.Counts(); sent+read > 0 {
		t.Errorf("%d datagrams were sent, %d received; want none", sent, read)
	}
}
