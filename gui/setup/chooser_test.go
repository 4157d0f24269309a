package setup

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
	"bittoratio/gui/control"
)

func TestTheChooserShowsTorrentsBeforeTheyChange(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	r := p.choosers["transmission"]
	r.torrents = []convert.Listed{
		{InfoHash: [20]byte{1}, Name: "first", Before: []string{"udp://a/", "https://b/…"}, After: []string{"udp://a/", "http://127.0.0.1:8080/announce/https/b/…"}, Changes: 1},
		{InfoHash: [20]byte{2}, Name: "second", Before: []string{"https://c/…"}, After: []string{"http://127.0.0.1:8080/announce/https/c/…"}, Changes: 1},
	}
	r.show()
	got := textsIn(r.content)
	for _, want := range []string{"https://b/…", "→ http://127.0.0.1:8080/announce/https/b/…", "→ http://127.0.0.1:8080/announce/https/c/…"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in the chooser:\n%s", want, got)
		}
	}
	if r.convert.Text != "Convert 0 torrents" || !r.convert.Disabled() {
		t.Errorf("nothing is chosen: button %q, disabled: %v", r.convert.Text, r.convert.Disabled())
	}
	for _, o := range test.LaidOutObjects(r.content) {
		if c, ok := o.(*control.Check); ok && c.Text == "second" {
			test.Tap(c)
		}
	}
	if r.convert.Text != "Convert 1 torrent" || r.convert.Disabled() || !r.chosen[[20]byte{2}] {
		t.Errorf("one torrent is chosen: button %q, chosen %v", r.convert.Text, r.chosen)
	}
	test.Tap(r.all)
	if r.convert.Text != "Convert 2 torrents" {
		t.Errorf("all torrents are chosen: button %q", r.convert.Text)
	}
}

// readOnlyClient is a running client whose torrents do not change.
type readOnlyClient struct{ torrents []remote.Torrent }

func (h readOnlyClient) Torrents(context.Context, ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	return h.torrents, nil
}

func (h readOnlyClient) Readdress(context.Context, remote.Torrent, func(string) (string, bool)) (int, error) {
	return 1, nil
}
func (readOnlyClient) Name() string { return "Transmission" }
func (readOnlyClient) Close()       {}

// TestAnAbandonedListOfTorrentsIsNotShown: nor is what it lists changed at another address, or twice.
func TestAnAbandonedListOfTorrentsIsNotShown(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	var reached []string
	was := convert.Reach["transmission"]
	convert.Reach["transmission"] = func(a remote.Access) (convert.Client, error) {
		reached = append(reached, a.Address)
		return readOnlyClient{[]remote.Torrent{{InfoHash: [20]byte{1}, Name: "first", Trackers: []remote.Tracker{{Announce: "https://b.example/announce"}}}}}, nil
	}
	t.Cleanup(func() { convert.Reach["transmission"] = was })
	r := p.choosers["transmission"]
	var later []func()
	p.desk.Background = func(do func() error, done func(error)) { later = append(later, func() { done(do()) }) }
	test.Tap(r.listTorrents)
	test.Tap(r.turnBack)
	later[0]()
	if r.frame.Visible() || len(r.torrents) != 0 || r.listTorrents.Disabled() {
		t.Fatalf("an abandoned list shows %d torrents: %v; want none", len(r.torrents), r.frame.Visible())
	}
	test.Tap(r.turnBack)
	test.Tap(r.listTorrents)
	later[1]()
	test.Tap(r.all)
	r.host.SetText("127.0.0.1:9999")
	test.Tap(r.convert)
	if test.Tap(r.all); !r.convert.Disabled() || !r.listTorrents.Disabled() || !r.turnBack.Disabled() {
		t.Error("another change can begin while one is under way")
	}
	if later[2](); !slices.Equal(reached, []string{"127.0.0.1:9091", "127.0.0.1:9091", "127.0.0.1:9091"}) || r.listTorrents.Disabled() || r.frame.Visible() {
		t.Errorf("asked the clients at %v; want the listed address three times", reached)
	}
}

// TestTheChooserSuggestsTheAddressOfTheRunningClient, as its settings file names it, unless the user
// typed another.
func TestTheChooserSuggestsTheAddressOfTheRunningClient(t *testing.T) {
	c := foundClient(t, "transmission", "transmission-4.1", "4.1.4", find.ByFile)
	c.Way.Remote = find.Remote{Port: 9092, Address: "http://127.0.0.1:9092/box/rpc", User: "ada"}
	p, e := newCardPage(t, c)
	r := p.choosers["transmission"]
	if r.host.Text != "http://127.0.0.1:9092/box/rpc" || r.user.Text != "ada" {
		t.Errorf("suggested address %q and user %q, want http://127.0.0.1:9092/box/rpc and ada", r.host.Text, r.user.Text)
	}
	r.host.SetText("127.0.0.1:9999")
	e.found[0].Way.Remote.Address = "127.0.0.1:9093"
	test.Tap(button(t, p.guide, "Look again"))
	if r.host.Text != "127.0.0.1:9999" {
		t.Errorf("address %q, want the typed 127.0.0.1:9999", r.host.Text)
	}
}
