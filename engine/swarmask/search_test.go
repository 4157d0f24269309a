package swarmask

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/metainfo"
)

const (
	open   = "d5:filesld6:lengthi5e4:pathl1:a1:beed6:lengthi7e4:pathl2:..1:ceee4:name9:Some name12:piece lengthi16384e6:pieces0:e"
	closed = "d6:lengthi1e4:name1:x6:pieces0:7:privatei1ee"
)

func TestALinkIsFoundShownAndSaved(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.peer(open)}, "http%3A%2F%2Ftracker.example%2Fannounce") + "&ws=http%3A%2F%2Fseed.example%2F"})
	v := w.ended(id)
	if v.End != swarmview.EndFound || !v.Known || v.Name != "Some name" || v.Size != 12 || v.FileCount != 2 || v.Private || v.FileName != "Some name.torrent" {
		t.Fatalf("ended returned %+v", v)
	}
	if len(v.Files) != 2 || v.Files[0] != (swarmview.File{Path: "a/b", Size: 5}) || v.Files[1].Path != "_/c" {
		t.Errorf("v.Files is %+v", v.Files)
	}
	if v.Progress.TCP != 1 || v.Progress.Tried != 1 || len(v.Peers) != 1 || v.Peers[0] != (swarmview.Peer{Program: "Test 1.0"}) {
		t.Errorf("unexpected result: %+v, %+v", v.Progress, v.Peers)
	}
	if known := w.Names.Lookup(hashOf(open)); known != (names.Torrent{Name: "Some name", Size: 12, Swarm: true}) {
		t.Errorf("Lookup returned %+v", known)
	}
	folder := t.TempDir()
	const want = "d8:announce31:http://tracker.example/announce4:info" + open + "8:url-listl20:http://seed.example/ee"
	file, err := w.Save(id, folder, false)
	if b, _ := os.ReadFile(file); err != nil || string(b) != want || len(b) != v.Bytes || filepath.Base(file) != v.FileName {
		t.Errorf("%s: ReadFile returned %q, Save %v", file, b, err)
	}
	if again, err := w.Save(id, folder, false); again != file || err != nil {
		t.Errorf("saved again, the result is %s, %v", again, err)
	}
	file, err = w.Save(id, folder, true)
	routed, _ := os.ReadFile(file)
	if err != nil || filepath.Base(file) != "Some name.bittoratio.torrent" || !bytes.Contains(routed, []byte("http://127.0.0.1:8080/")) || !bytes.Contains(routed, []byte(open)) {
		t.Errorf("%s: ReadFile returned %q, %v", file, routed, err)
	}
	if m, err := w.Magnet(id, false); err != nil || !strings.HasSuffix(m, "&dn=Some+name") || !strings.Contains(m, "tr=http%3A%2F%2Ftracker.example") {
		t.Errorf("Magnet returned %s, %v", m, err)
	}
	if m, err := w.Magnet(id, true); err != nil || !strings.Contains(m, "127.0.0.1%3A8080") && !strings.Contains(m, "127.0.0.1:8080") {
		t.Errorf("Magnet returned %s, %v", m, err)
	}
}

func TestSavingOverwritesNothingAndStaysInItsFolder(t *testing.T) {
	const bad = "d6:lengthi1e4:name15:../../etc/x\x00\x1b.b6:pieces0:e"
	w := newWorld(t)
	w.on(nil)
	id := w.look(swarmview.Request{Link: linkTo(bad, []netip.AddrPort{w.peer(bad)})})
	v := w.ended(id)
	if v.End != swarmview.EndFound || strings.ContainsAny(v.FileName, "/\\\x00\x1b") || v.FileName[0] == '.' {
		t.Fatalf("ended returned %+v", v)
	}
	folder := t.TempDir()
	other := filepath.Join(folder, v.FileName)
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := w.Save(id, folder, false)
	if err != nil || filepath.Dir(file) != folder || !strings.HasSuffix(file, " (2).torrent") {
		t.Errorf("Save returned %s, %v", file, err)
	}
	if _, err := w.Save(id, other, false); kindOf(err) != swarmview.Exists {
		t.Errorf("Save returned %v", err)
	}
	if _, err := w.Save(id, filepath.Join(folder, "none", "x.torrent"), false); kindOf(err) != swarmview.Disk {
		t.Errorf("Save returned %v", err)
	}
	if _, err := w.Save(id, folder, true); kindOf(err) != swarmview.NoGateway {
		t.Errorf("Save returned %v", err)
	}
	if b, _ := os.ReadFile(other); string(b) != "mine" {
		t.Errorf("the file was overwritten: %q", b)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 2 {
		t.Errorf("ReadDir returned %v", entries)
	}
}

func TestAGivenTorrentFileIsShownAtOnceAndSavedUnchanged(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	file := filepath.Join(t.TempDir(), "mine.torrent")
	source := []byte("d7:comment2:hi4:info" + open + "e")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	id := w.look(swarmview.Request{Path: file})
	if v := w.search(id); !v.Known || v.Name != "Some name" || v.FileCount != 2 {
		t.Errorf("search returned %+v", v)
	}
	w.Stop(id)
	if v := w.ended(id); v.End != swarmview.EndStopped || !v.Known {
		t.Errorf("ended returned %+v", v)
	}
	if b, err := w.Bytes(id, false); err != nil || !bytes.Equal(b, source) {
		t.Errorf("Bytes returned %q, %v", b, err)
	}
}

// TestPeersFromTrackersAreAsked: the search for a torrent of the table needs no DHT if a tracker named peers to
// the client.
func TestPeersFromTrackersAreAsked(t *testing.T) {
	w := newWorld(t)
	w.announces(open, nil)
	w.on(nil)
	w.cached = []netip.AddrPort{w.peer(open)}
	if v := w.ended(w.look(swarmview.Request{Hash: hashOf(open)})); v.End != swarmview.EndFound || v.Name != "Some name" {
		t.Errorf("ended returned %+v", v)
	}
}

// TestPeersOfATrackerThatMayBePrivateAreNotAsked: after its start the program has a tracker's cached answers, but no
// announce that shows whether the tracker's address has a passkey.
func TestPeersOfATrackerThatMayBePrivateAreNotAsked(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	w.cached = []netip.AddrPort{w.peer(open)}
	if v := w.ended(w.look(swarmview.Request{Link: linkTo(open, nil)})); v.End == swarmview.EndFound || v.Progress.Tried > 0 {
		t.Errorf("ended returned %+v", v)
	}
}

func TestAPrivateTorrentIsNeverLookedUp(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.on(nil)
	file := filepath.Join(t.TempDir(), "x.torrent")
	if err := os.WriteFile(file, []byte("d8:announce22:http://127.0.0.1:1/ann4:info"+closed+"e"), 0o600); err != nil {
		t.Fatal(err)
	}
	if q, err := w.Ask(swarmview.Request{Path: file}); err != nil || q.May != swarmview.MayOwn || !q.Private {
		t.Errorf("Ask returned %+v, %v", q, err)
	}
	v := w.ended(w.look(swarmview.Request{Path: file}))
	if v.End != swarmview.EndPrivate || !v.Known || v.Progress != (swarmview.Progress{}) {
		t.Errorf("ended returned %+v", v)
	}
	if err := os.WriteFile(file, []byte("d4:info"+closed+"e"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Look(swarmview.Request{Path: file}); kindOf(err) != swarmview.Private { // it has no tracker of its own
		t.Error(err)
	}
	// A torrent that turns out to be private is remembered, and from then on treated as such.
	w.Names.Add(hashOf(closed), names.Torrent{Name: "x", Size: 1, Private: true})
	peer, foreign, own := newSink(t), newSink(t), newSink(t)
	w.cached = []netip.AddrPort{peer.at}
	address := func(p *sink) string {
		return "http%3A%2F%2F" + p.at.String() + "%2Fannounce%3Fpasskey%3D0123456789abcdef"
	}
	pasted := linkTo(closed, []netip.AddrPort{peer.at}, address(foreign), address(own))
	for _, r := range []swarmview.Request{{Hash: hashOf(closed)}, {Link: linkTo(closed, nil)}, {Link: pasted}} {
		if q, err := w.Ask(r); err != nil || q.May != swarmview.MayNot || len(q.Trackers) > 0 {
			t.Errorf("Ask returned %+v, %v", q, err)
		}
		if _, err := w.Look(r); kindOf(err) != swarmview.Private {
			t.Errorf("%+v: Look returned %v", r, err)
		}
		r.Confirmed = true
		if _, err := w.Look(r); kindOf(err) != swarmview.Private {
			t.Errorf("confirmed: %v", err)
		}
	}
	// A link's trackers are the torrent's own if a client announces it to them, with or without a key.
	u, err := bittorrent.NewTrackerURL("http", own.at.String(), "/announce")
	if err != nil {
		t.Fatal(err)
	}
	w.Announced(u, &bittorrent.Announce{InfoHash: hashOf(closed), Port: 51413, Keyed: true}, time.Now())
	if q, err := w.Ask(swarmview.Request{Link: pasted}); err != nil || q.May != swarmview.MayOwn || len(q.Trackers) != 1 {
		t.Errorf("Ask returned %+v, %v", q, err)
	}
	id := w.look(swarmview.Request{Link: pasted})
	own.expectConnection()
	w.Stop(id)
	w.ended(id)
	w.idle()
	if peers, trackers := peer.connections(), foreign.connections(); peers+trackers > 0 {
		t.Errorf("%d connections to a peer, %d to a tracker that is not the torrent's; want none", peers, trackers)
	}
	if sent, _ := w.current().access.Counts(); sent > 0 {
		t.Errorf("%d datagrams were sent, want none", sent)
	}
}

// TestOwnTrackersAreBounded: if a torrent has more trackers, it is not known which ones are its own.
func TestOwnTrackersAreBounded(t *testing.T) {
	w := newWorld(t)
	for i := range maxOwners + 1 {
		u, err := bittorrent.NewTrackerURL("udp", "tracker.example:"+strconv.Itoa(1000+i), "")
		if err != nil {
			t.Fatal(err)
		}
		w.Announced(u, &bittorrent.Announce{InfoHash: hashOf(open)}, time.Now())
		h, _ := w.clients.of(hashOf(open))
		if h.keyed != (i >= maxOwners) || len(h.trackers) > maxOwners || h.owns("udp://tracker.example:"+strconv.Itoa(1000+i)) == h.keyed {
			t.Errorf("after %d trackers the clients are %+v", i+1, h)
		}
	}
}

func TestATorrentThatTurnsOutToBePrivateIsRemembered(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	id := w.look(swarmview.Request{Link: linkTo(closed, []netip.AddrPort{w.peer(closed)})})
	if v := w.ended(id); v.End != swarmview.EndFound || !v.Private || len(v.Peers) > 0 || v.Name != "x" {
		t.Errorf("ended returned %+v", v)
	}
	if known := w.Names.Lookup(hashOf(closed)); !known.Private || known.Name != "x" {
		t.Errorf("Lookup returned %+v", known)
	}
	if err := w.LookAgain(id, false); kindOf(err) != swarmview.Private {
		t.Errorf("LookAgain returned %v", err)
	}
}

func TestALookUpThatMayBePrivateNeedsConfirmation(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	link := linkTo(open, nil, "http%3A%2F%2Ft.example%2F0123456789abcdef0123456789abcdef%2Fannounce")
	q, err := w.Ask(swarmview.Request{Link: link})
	if err != nil || q.May != swarmview.MayAsk || len(q.Trackers) != 1 || strings.Contains(q.Trackers[0], "0123456789abcdef") {
		t.Errorf("Ask returned %+v, %v", q, err)
	}
	if _, err := w.Look(swarmview.Request{Link: link}); kindOf(err) != swarmview.LooksPrivate {
		t.Errorf("Look returned %v", err)
	}
	if len(w.Status().Searches) > 0 {
		t.Error("the refused search is on the list")
	}
	w.Stop(w.look(swarmview.Request{Link: link, Confirmed: true}))
	// For a torrent of the table: before a client has announced it, its trackers are unknown, and a key in the announce
	// counts.
	for _, c := range []struct {
		keyed bool
		want  swarmview.May
	}{{true, swarmview.MayAsk}, {false, swarmview.MayGo}} {
		dictionary := closed + map[bool]string{true: "1", false: "2"}[c.keyed]
		if q, err := w.Ask(swarmview.Request{Hash: hashOf(dictionary)}); err != nil || q.May != swarmview.MayAsk {
			t.Errorf("Ask returned %+v, %v", q, err)
		}
		w.announces(dictionary, func(a *bittorrent.Announce) { a.Keyed = c.keyed })
		if q, err := w.Ask(swarmview.Request{Hash: hashOf(dictionary)}); err != nil || q.May != c.want {
			t.Errorf("Ask returned %+v, %v", q, err)
		}
		// What a client announced always counts, even if the hash or a link is pasted.
		for _, link := range []string{hashOf(dictionary).String(), linkTo(dictionary, nil)} {
			if q, err := w.Ask(swarmview.Request{Link: link}); err != nil || q.May != c.want {
				t.Errorf("%s: Ask returned %+v, %v", link, q, err)
			}
		}
	}
}

func TestSearchesEndWithAReason(t *testing.T) {
	t.Run("no node", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.on(nil)
		v := w.ended(w.look(swarmview.Request{Link: linkTo(open, nil)}))
		if v.End != swarmview.EndNoNode || len(v.FirstNodes) != 1 || v.FirstNodes[0] != swarmview.GroupRouters || v.Known {
			t.Errorf("ended returned %+v", v)
		}
	})
	t.Run("no peer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.listen()
		w.on(nil)
		if v := w.ended(w.look(swarmview.Request{Link: linkTo(open, nil)})); v.End != swarmview.EndNobody || v.Progress.Answered == 0 {
			t.Errorf("ended returned %+v", v)
		}
	})
	t.Run("another hash", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.on(nil)
		v := w.ended(w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.peer(strings.Replace(open, "Some", "Sane", 1))})}))
		if v.End != swarmview.EndWrongHash || v.Progress.Wrong == 0 {
			t.Errorf("ended returned %+v", v)
		}
	})
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.on(nil)
		id := w.look(swarmview.Request{Link: linkTo(open, nil)})
		w.Apply(settings.Swarm{Bind: "127.0.0.1"})
		if w.Status() != nil {
			t.Error("the swarm is on")
		}
		if _, err := w.Look(swarmview.Request{Link: linkTo(open, nil)}); kindOf(err) != swarmview.Off {
			t.Errorf("Look returned %v", err)
		}
		w.on(nil)
		if v := w.search(id); v == nil || v.State != swarmview.Ended || v.End != swarmview.EndOff {
			t.Errorf("search returned %+v", v)
		}
	})
}

func TestSearchesAreListedRepeatedAndRemoved(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	one := w.look(swarmview.Request{Link: linkTo(open, nil)})
	if again := w.look(swarmview.Request{Link: hashOf(open).String()}); again != one {
		t.Errorf("the same torrent is search %d and %d", one, again)
	}
	two := w.look(swarmview.Request{Link: strings.Repeat("ab", 32)})
	if s := w.Status().Searches; len(s) != 2 || s[0].ID != two || s[0].Hash != strings.Repeat("ab", 32) || s[1].ID != one {
		t.Errorf("Status returned %+v", s)
	}
	w.Stop(one)
	w.ended(one)
	if err := w.LookAgain(one, true); err != nil {
		t.Fatal(err)
	}
	if s := w.Status().Searches; len(s) != 2 || s[0].ID != one || s[0].State != swarmview.Looking {
		t.Errorf("Status returned %+v", s)
	}
	w.Drop(one)
	w.Drop(two)
	if s := w.Status().Searches; len(s) != 0 {
		t.Errorf("Status returned %+v", s)
	}
	for _, err := range []error{w.LookAgain(one, false), func() error { _, err := w.Bytes(one, false); return err }()} {
		if kindOf(err) != swarmview.Gone {
			t.Errorf("unexpected error %v", err)
		}
	}
	for _, bad := range []string{"", "x", "magnet:?dn=x", "http://a/b.torrent"} {
		if _, err := w.Look(swarmview.Request{Link: bad, Path: ""}); bad != "" && kindOf(err) != swarmview.NotALink {
			t.Errorf("%q: Look returned %v", bad, err)
		}
	}
	if _, err := w.Look(swarmview.Request{Path: filepath.Join(w.folder, "none")}); kindOf(err) != swarmview.Unreadable {
		t.Errorf("Look returned %v", err)
	}
}

func TestAnUnchangedSearchKeepsItsPointer(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	id := w.look(swarmview.Request{Link: linkTo(open, []netip.AddrPort{w.peer(open)})})
	before := w.ended(id)
	if w.search(id) != before {
		t.Error("the view is a different one")
	}
	files := &before.Files[0]
	if err := w.LookAgain(id, false); err != nil {
		t.Fatal(err)
	}
	if after := w.ended(id); after == before || &after.Files[0] != files {
		t.Error("the files were listed again")
	}
}

func TestTheMetadataInMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	big := strings.Repeat("x", maxKept/2)
	for i := range 5 {
		dictionary := "d6:lengthi1e4:name1:" + string(rune('a'+i)) + "6:pieces" + "0:1:x4194304:" + big + "e"
		f, err := metainfo.Parse([]byte("d4:info" + dictionary + "e"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := f.Link()
		if err != nil {
			t.Fatal(err)
		}
		w.searches.put(&subject{link: link, torrent: []byte("d4:info" + dictionary + "e")}, time.Now())
	}
	bytes := 0
	for _, v := range w.searches.list {
		bytes += v.weight()
	}
	if first := w.searches.list[0]; first.found.Dictionary == nil || bytes > maxKept+first.weight() {
		t.Errorf("%d bytes of metadata are stored", bytes)
	}
	if last := w.searches.list[4]; last.view.Known || last.view.Name != "a" {
		t.Errorf("last.view is %+v", last.view)
	}
}

func TestFileNamesAreValidOnEverySystem(t *testing.T) {
	for name, want := range map[string]string{
		"": "_.torrent", "..": "_.torrent", ".hidden": "_.hidden.torrent", "a/b\\c": "a_b_c.torrent", "CON": "_CON.torrent", "nul.tar": "_nul.tar.torrent",
		strings.Repeat("é", 200): strings.Repeat("é", 90) + ".torrent", "console": "console.torrent",
		"CON .x": "_CON .x.torrent", "lpt1  . y": "_lpt1 . y.torrent", "CON x.y": "CON x.y.torrent", "con .": "_con.torrent", "com10.x": "com10.x.torrent",
	} {
		if got := fileName(name, false); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
