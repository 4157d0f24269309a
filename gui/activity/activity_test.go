//go:build !nogui

package activity

import (
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine keeps so many entries as an engine that dropped older ones.
type fakeEngine struct {
	entries []engine.Entry
	asked   []uint64
}

func (f *fakeEngine) Activity(after uint64) (out []engine.Entry, dropped uint64) {
	f.asked = append(f.asked, after)
	if len(f.entries) > 0 && f.entries[0].Seq > after+1 {
		dropped = f.entries[0].Seq - after - 1
	}
	for _, e := range f.entries {
		if e.Seq > after {
			out = append(out, e)
		}
	}
	return out, dropped
}

func entries(from, to uint64) (out []engine.Entry) {
	for s := from; s <= to; s++ {
		out = append(out, engine.Entry{Seq: s, At: now, Tracker: "t.example", Status: 200})
	}
	return out
}

func newPage(t *testing.T, f *fakeEngine) *Page {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	p := New(f)
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(900, 400))
	return p
}

func TestNewestIsOnTopAndOnlyNewOnesAreFetched(t *testing.T) {
	f := &fakeEngine{entries: entries(1, 3)}
	p := newPage(t, f)
	p.Show(&engine.Snapshot{Seq: 3}, now)
	f.entries = entries(1, 5)
	p.Show(&engine.Snapshot{Seq: 5}, now)
	p.Show(&engine.Snapshot{Seq: 5}, now)
	if len(f.asked) != 2 || f.asked[1] != 3 {
		t.Errorf("asked after %v", f.asked)
	}
	if p.rows.at(0).Seq != 5 || p.rows.at(4).Seq != 1 || p.missed.Visible() {
		t.Error("not newest first, or something is said to be missing")
	}
}

func TestWhatIsNotKeptIsCounted(t *testing.T) {
	p := newPage(t, &fakeEngine{entries: entries(41, 50)})
	p.Show(&engine.Snapshot{Seq: 50}, now)
	if !p.missed.Visible() || p.missed.Text() != "40 older exchanges are not kept" {
		t.Errorf("%v %q", p.missed.Visible(), p.missed.Text())
	}
	var r rows
	r.add(entries(1, kept), 0)
	r.add(entries(kept+1, kept+10), 0)
	if len(r.entries) != kept || r.missed != 10 || r.at(0).Seq != kept+10 || r.at(kept-1).Seq != 11 {
		t.Errorf("%d kept, %d missed", len(r.entries), r.missed)
	}
}

func TestChosenExchangeStaysChosenAndIsExplained(t *testing.T) {
	f := &fakeEngine{entries: []engine.Entry{{
		Seq: 1, At: now, Tracker: "t.example", Client: "Deluge 2.2.0", Seen: 10 << 20, Reported: 30 << 20, New: 10 << 20, Factor: 3000,
		Reason: engine.ReasonMultiplied, Outcome: engine.OutcomeFailed, Problem: engine.ProblemDNS, Detail: "no such host",
	}}}
	p := newPage(t, f)
	p.Show(&engine.Snapshot{Seq: 1}, now)
	p.onSelect(0)
	f.entries = append(f.entries, entries(2, 4)...)
	p.Show(&engine.Snapshot{Seq: 4}, now)
	if p.grid.Selected() != 3 || !p.detail.Visible() {
		t.Fatalf("row %d is chosen", p.grid.Selected())
	}
	for got, want := range map[string]string{
		p.what.Text():    "Announce: update, t.example, Deluge 2.2.0",
		p.figures.Text(): "Client said 10.0 MiB, tracker was told 30.0 MiB (+10.0 MiB × 3 = +30.0 MiB)",
		p.how.Text():     "No answer: name not found (no such host)",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p.onSelect(-1)
	if p.detail.Visible() {
		t.Error("nothing is chosen, but described")
	}
}

func TestCellsOfEachKind(t *testing.T) {
	hash := bittorrent.InfoHash{0xab, 0xcd, 0xef, 1}
	for _, c := range []struct {
		e    engine.Entry
		want [6]string
	}{
		{
			engine.Entry{At: now, Tracker: "t.example", InfoHash: hash, New: 13002342, Factor: 3000, Reason: engine.ReasonMultiplied, Status: 200},
			[6]string{"12:00:00", "Announce: update", "t.example", "abcdef01", "+12.4 MiB × 3 = +37.2 MiB", "OK"},
		},
		{
			engine.Entry{At: now, Kind: engine.KindTunnel, Tracker: "x.example:443", Outcome: engine.OutcomePassed},
			[6]string{"12:00:00", "Tunnel", "x.example:443", "–", "", "Passed untouched"},
		},
		{
			engine.Entry{At: now, Kind: engine.KindRefused, Outcome: engine.OutcomeRefused, Problem: engine.ProblemSyntax},
			[6]string{"12:00:00", "Refused request", "", "–", "", "Refused: malformed request"},
		},
		{
			engine.Entry{At: now, Kind: engine.KindScrape, Tracker: "t.example", InfoHash: hash, Status: 200},
			[6]string{"12:00:00", "Scrape", "t.example", "abcdef01", "", "OK"},
		},
	} {
		out := make([]grid.Cell, 6)
		cells(&c.e, now, out)
		for i, w := range c.want {
			if out[i].Text != w {
				t.Errorf("kind %d, column %d: %q, want %q", c.e.Kind, i, out[i].Text, w)
			}
		}
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
