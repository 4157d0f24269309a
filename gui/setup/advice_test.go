package setup

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
)

// TestACardAdvisesOnEachKindOfTracker: each kind of tracker has its advice, with its drawbacks.
func TestACardAdvisesOnEachKindOfTracker(t *testing.T) {
	c := foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.3.0", find.ByFile)
	c.Census = find.Census{Torrents: 9, Converted: 2, By: map[string]int{"http": 3, "https": 4, "udp": 1}}
	c.PIDs, c.Way.Remote = []int{7}, find.Remote{Port: 8090, Address: "127.0.0.1:8090"}
	p, _ := newCardPage(t, c)
	shown := textsIn(p.finder.content)
	for _, want := range []string{"http:// (3 torrents)", "https:// (4 torrents): convert them", "udp:// (1 torrent): convert them, which costs nothing. Or allow UDP"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing on the card:\n%s", want, shown)
		}
	}
	button(t, p.finder.content, "Convert its torrents…")
	button(t, p.finder.content, "Turn 2 back…")
}

// TestConvertedTorrentsCanBeLedToTheProgramsNewPort: after a move to another port, the card of a client says that its
// converted torrents lead to the former one, and its button leads them to the present one.
func TestConvertedTorrentsCanBeLedToTheProgramsNewPort(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	c.PIDs, c.Pointed, c.Way.Remote = []int{7}, true, find.Remote{Port: 9091, Address: "127.0.0.1:9091"}
	c.Census = find.Census{Torrents: 3, Converted: 3, By: map[string]int{}, Gateways: map[string]int{"127.0.0.1:8080": 2, "127.0.0.1:8081": 1}}
	all := &runningClient{torrents: []remote.Torrent{{Name: "movie", Trackers: []remote.Tracker{{Announce: "http://127.0.0.1:8080/announce/https/t.example/announce"}}}}}
	reach := convert.Reach["transmission"]
	convert.Reach["transmission"] = func(remote.Access) (convert.Client, error) { return all, nil }
	t.Cleanup(func() { convert.Reach["transmission"] = reach })
	p, _ := newCardPage(t, c)
	for addr, want := range map[string]string{"127.0.0.1:8080": "1 converted torrent leads", "127.0.0.1:8081": "2 converted torrents lead", "127.0.0.1:8082": "3 converted torrents lead"} {
		p.Show(on(addr), clock)
		if shown := textsIn(p.finder.content); !strings.Contains(shown, want+" to another port") {
			t.Errorf("at %s: %q is missing on the card:\n%s", addr, want, shown)
		}
	}
	p.Show(on("127.0.0.1:8081"), clock)
	test.Tap(button(t, p.finder.content, "Convert its torrents…"))
	test.Tap(button(t, p.finder.content, "Convert this 1 torrent now"))
	if got := all.torrents[0].Trackers[0].Announce; got != "http://127.0.0.1:8081/announce/https/t.example/announce" {
		t.Errorf("the torrent's tracker is %s, want the new port", got)
	}
}

// TestACardNamesTheTrackersOfEachKind, with the number of torrents that they have.
func TestACardNamesTheTrackersOfEachKind(t *testing.T) {
	c := foundClient(t, "qbittorrent", "qbittorrent-4.6", "5.3.0", find.ByFile)
	c.Census = find.Census{Torrents: 9, By: map[string]int{"http": 3, "https": 7}, Trackers: []find.Tracker{
		{Scheme: "https", Host: "a.example", Torrents: 4},
		{Scheme: "http", Host: "one.example:80", Torrents: 3},
		{Scheme: "https", Host: "b.example", Torrents: 2},
		{Scheme: "https", Host: "c.example", Torrents: 1},
		{Scheme: "https", Host: "d.example", Torrents: 1},
	}}
	p, _ := newCardPage(t, c)
	shown := textsIn(p.finder.content)
	for _, want := range []string{"http:// (3 torrents: one.example:80): ", "https:// (7 torrents: 4 × a.example, 2 × b.example, 1 × c.example, and 1 more): "} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing on the card:\n%s", want, shown)
		}
	}
}

// runningClient is a running client with the torrents that the test gives it.
type runningClient struct{ torrents []remote.Torrent }

func (s *runningClient) Torrents(context.Context, ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	return slices.Clone(s.torrents), nil
}

func (s *runningClient) Readdress(_ context.Context, t remote.Torrent, f func(string) (string, bool)) (changed int, err error) {
	a, ok := f(t.Trackers[0].Announce)
	if !ok {
		return 0, nil
	}
	i := slices.IndexFunc(s.torrents, func(own remote.Torrent) bool { return own.InfoHash == t.InfoHash })
	s.torrents[i].Trackers = []remote.Tracker{{Announce: a}}
	return 1, nil
}

func (s *runningClient) Name() string { return "Transmission" }
func (s *runningClient) Close()       {}

// TestAllTorrentsAreConvertedAndTurnedBack: one visible button converts all torrents of a client. The result and the
// undo stay on the card, even if the client announces already.
func TestAllTorrentsAreConvertedAndTurnedBack(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-2.12", "3.00", find.ByRestart)
	c.PIDs, c.Pointed, c.Way.Remote = []int{7}, true, find.Remote{Port: 9091, Address: "127.0.0.1:9091"}
	c.Census = find.Census{Torrents: 6, By: map[string]int{"https": 6}}
	all := &runningClient{}
	for i := range 6 {
		all.torrents = append(all.torrents, remote.Torrent{InfoHash: bittorrent.InfoHash{byte(i)}, Name: "movie", Trackers: []remote.Tracker{{Announce: "https://t.example/announce"}}})
	}
	reach := convert.Reach["transmission"]
	convert.Reach["transmission"] = func(remote.Access) (convert.Client, error) { return all, nil }
	t.Cleanup(func() { convert.Reach["transmission"] = reach })
	p, _ := newCardPage(t, c)
	p.Show(lastAnnounced("Transmission 3.00", clock, clock), clock)
	test.Tap(button(t, p.guide, "Convert its torrents…"))
	yes := button(t, p.guide, "Convert these 6 torrents now")
	if at := fyne.CurrentApp().Driver().AbsolutePositionForObject(yes); at.Y+yes.Size().Height > 500 {
		t.Errorf("the button that confirms begins %v below the top, so it does not fit in a window 500 high", at.Y)
	}
	test.Tap(yes)
	p.Show(lastAnnounced("Transmission 3.00", clock, clock.Add(time.Second)), clock.Add(time.Second))
	if shown := textsIn(p.guide); !strings.Contains(shown, "Turn them back before you stop using it") || !strings.HasPrefix(all.torrents[5].Trackers[0].Announce, "http://127.0.0.1:8080/") {
		t.Errorf("converted: %v; the card reads\n%s", all.torrents[5], shown)
	}
	test.Tap(button(t, p.guide, "Undo"))
	if shown := textsIn(p.guide); !strings.Contains(shown, "6 torrents have their own trackers again") || all.torrents[5].Trackers[0].Announce != "https://t.example/announce" {
		t.Errorf("turned back: %v; the card reads\n%s", all.torrents[5], shown)
	}
}

// TestACardTakesTheReasonForSilenceFromTheClientsTorrents: if no announce came, the reason is taken from the torrents
// in the client's own folder.
func TestACardTakesTheReasonForSilenceFromTheClientsTorrents(t *testing.T) {
	for _, s := range []struct {
		key, generation string
		census          find.Census
		want            string
	}{
		{"deluge", "deluge", find.Census{}, "No torrent is in its usual folder yet."},
		{"deluge", "deluge", find.Census{Torrents: 3, By: map[string]int{"https": 3}}, "None of its torrents has an http:// tracker"},
		{"deluge", "deluge", find.Census{Torrents: 3, By: map[string]int{"https": 2, "udp": 1}}, "does its proxy page show the address above?"}, // UDP may be allowed
		{"transmission", "transmission-4.1", find.Census{Torrents: 3, By: map[string]int{"udp": 3}}, "None of its torrents has an http:// tracker"},
		{"transmission", "transmission-4.1", find.Census{Torrents: 3, Converted: 1, By: map[string]int{"udp": 3}}, "Did you restart the client"},
		{"aria2", "aria2", find.Census{}, "Did you restart the client"}, // aria2 has no such folder
	} {
		c := foundClient(t, s.key, s.generation, "", find.ByFile)
		c.Census = s.census
		p, e := newCardPage(t, c)
		e.plan = func(remote.Access) (*change.Plan, error) { return oneChange(), nil }
		test.Tap(button(t, p.guide, "Set up…"))
		test.Tap(button(t, p.guide, "Change the file"))
		p.Show(on("127.0.0.1:8080"), clock.Add(time.Minute))
		if shown := textsIn(p.finder.content); !strings.Contains(shown, s.want) || !strings.Contains(shown, "Nothing has come yet, for 1 min") {
			t.Errorf("%s with %+v: want %q on the card:\n%s", s.key, s.census, s.want, shown)
		}
	}
}
