package settings

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
)

// TestARefreshKeepsTheFocusInEachList: the widget with the focus stays on the page and keeps the focus, while time
// passes and other things change.
func TestARefreshKeepsTheFocusInEachList(t *testing.T) {
	hash := bittorrent.InfoHash{7}
	clock := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	snap := func() *engine.Snapshot {
		return &engine.Snapshot{
			Trackers: []engine.Tracker{{Host: "t.example"}, {Host: "u.example"}},
			Torrents: []*engine.Torrent{{InfoHash: hash, Name: "a torrent", Own: 3 * policy.One}},
			HTTPS: exchange.HTTPS{
				On: true, Stored: true, Fingerprint: "AA", Certificate: "/data/ca.pem", Hosts: []string{"listed.example"},
				Seen: []exchange.TLSClient{
					{Host: "seen.example", Client: "Transmission/4.1.4", Last: clock},
					{Host: "listed.example", Listed: "listed.example", Client: "Deluge", Refusal: exchange.RejectedCertificate, Last: clock},
				},
			},
		}
	}
	for _, label := range []string{"Decrypt", "Remove", "Try again", "Remove", "Change…", "Use defaults", "Start it", "Remove…"} {
		s := newScene(t)
		c := fyne.CurrentApp().Driver().CanvasForObject(s.Content())
		s.engine.settings.OpenHTTPS, s.engine.settings.OpenHosts = true, []string{"listed.example"}
		s.engine.settings.TorrentFolders = []string{"/one", "/two"}
		s.engine.settings.TrackerMultipliers = map[string]policy.Factor{"t.example": 3000}
		s.engine.settings.TorrentMultipliers = map[string]policy.Factor{hash.String(): 3000}
		s.Show(snap(), clock)
		_, buttons := textsAndButtons(s.cards)
		if len(buttons[label]) == 0 {
			t.Fatalf("no visible button %q", label)
		}
		b := buttons[label][0]
		c.Focus(b)
		kept := func(what string) {
			t.Helper()
			_, now := textsAndButtons(s.cards)
			found := false
			for _, other := range now[label] {
				found = found || other == b
			}
			if !found || c.Focused() != fyne.Focusable(b) {
				t.Errorf("%s: after %s the focus is on %v, want still on the button", label, what, c.Focused())
			}
		}
		s.Show(snap(), clock.Add(time.Minute))
		kept("a minute")
		s.engine.settings.JoinDuplicates = !s.engine.settings.JoinDuplicates
		s.Show(snap(), clock.Add(2*time.Minute))
		kept("a change elsewhere")
		more := snap()
		more.HTTPS.Hosts = append([]string{"before.example"}, more.HTTPS.Hosts...)
		more.HTTPS.Seen = append([]exchange.TLSClient{{Host: "newer.example", Last: clock}}, more.HTTPS.Seen...)
		s.engine.settings.TorrentFolders = []string{"/zero", "/one", "/two"}
		s.engine.settings.TrackerMultipliers = map[string]policy.Factor{"s.example": 3000, "t.example": 3000}
		s.Show(more, clock.Add(3*time.Minute))
		kept("new rows")
	}
}

func TestTheFocusMovesOnWhenItsRowIsRemoved(t *testing.T) {
	s := newScene(t)
	c := fyne.CurrentApp().Driver().CanvasForObject(s.Content())
	s.engine.settings.TorrentFolders = []string{"/one", "/two"}
	s.follow()
	for _, want := range []string{"Remove", "Add a folder of .torrent files…"} {
		_, buttons := textsAndButtons(s.guards.adding)
		c.Focus(buttons["Remove"][0])
		buttons["Remove"][0].OnTapped()
		s.follow()
		if b, ok := c.Focused().(*control.Button); !ok || b.Text != want {
			t.Errorf("the focus is on %v, want the button %q", c.Focused(), want)
		}
	}
}
