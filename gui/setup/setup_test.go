package setup

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/check"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

var clock = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine is an engine that reports the announces that the test gives it.
type fakeEngine struct {
	*engine.Engine
	entries []exchange.Entry // numbered from 1
	found   []local.Found
	started []string
	refuse  error
	flatpak file.Enclosure

	sessions []engine.Session // of each row
}

func (w *fakeEngine) Sessions(string) []engine.Session { return w.sessions }

func (w *fakeEngine) Enclosed() file.Enclosure { return w.flatpak }

func (w *fakeEngine) FindClients(context.Context) []local.Found { return w.found }

func (w *fakeEngine) StartFound(f *local.Found) error {
	w.started = append(w.started, f.Way.Launch)
	return w.refuse
}

func (w *fakeEngine) Activity(seq uint64) ([]exchange.Entry, uint64) { return w.entries[seq:], 0 }

// newPage returns the page on a computer whose user has one Transmission.
func newPage(t *testing.T) (*Page, *fakeEngine) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	config := filepath.Join(home, ".config", "transmission")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "settings.json"), []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := &fakeEngine{Engine: enginetest.NewEngine(t, engine.Options{})}
	p := New(w, &desk.Desk{
		Now: func() time.Time { return clock }, File: func(func(string)) {},
		Background: func(do func() error, done func(error)) { done(do()) },
	}, false)
	win := test.NewTempWindow(t, p.Content())
	win.Resize(fyne.NewSize(800, 500))
	return p, w
}

const before = "{\n    \"umask\": \"022\"\n}\n"

func settingsJSON() string {
	return filepath.Join(os.Getenv("HOME"), ".config", "transmission", "settings.json")
}

func on(addr string) *engine.Snapshot { return &engine.Snapshot{State: engine.On, Addr: addr} }

// textsIn returns all visible texts in an object.
func textsIn(o fyne.CanvasObject) string {
	var all strings.Builder
	for _, o := range test.LaidOutObjects(o) {
		switch o := o.(type) {
		case *widget.RichText:
			all.WriteString(o.String() + "\n")
		case *widget.Label:
			all.WriteString(o.Text + "\n")
		case interface{ Text() string }:
			all.WriteString(o.Text() + "\n")
		}
	}
	return all.String()
}

// button returns the visible button with a label.
func button(t *testing.T, o fyne.CanvasObject, label string) *control.Button {
	t.Helper()
	for _, o := range test.LaidOutObjects(o) {
		if b, ok := o.(*control.Button); ok && b.Text == label && b.Visible() {
			return b
		}
	}
	t.Fatalf("no visible button %q in\n%s", label, textsIn(o))
	return nil
}

func TestTransmissionIsSelectedAtFirst(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	if p.names.Selected != "Transmission" || len(p.releases.Options) < 2 {
		t.Errorf("the page begins with %q of %v; want Transmission with several versions", p.names.Selected, p.releases.Options)
	}
}

func TestAClientThatAnnouncesIsSelectedAtFirst(t *testing.T) {
	p, _ := newPage(t)
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "qBittorrent 4.5.2", Last: clock}}
	p.Show(snap, clock)
	if p.names.Selected != "qBittorrent" || p.releases.Selected != "qBittorrent 4.4.1 to 4.5" || !strings.Contains(textsIn(p.guide), "SOCKS5") {
		t.Errorf("the page begins with %q, %q; want the client that announces", p.names.Selected, p.releases.Selected)
	}
}

func TestTheSnippetHasTheCurrentAddressAndIsCopied(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.Show(on("127.0.0.1:9191"), clock)
	test.Tap(p.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); !strings.Contains(got, "127.0.0.1:9191") {
		t.Errorf("copied %q, want the current address", got)
	}
	if p.copies[0].Text != "Copied" {
		t.Errorf("after a press the button reads %q, want Copied", p.copies[0].Text)
	}
	p.Show(on("127.0.0.1:9191"), clock.Add(time.Minute))
	if p.copies[0].Text != "Copy" {
		t.Errorf("a minute later the button reads %q, want Copy", p.copies[0].Text)
	}
}

func TestTheGuideIsBuiltOnlyAfterAChange(t *testing.T) {
	p, _ := newPage(t)
	for range 6 {
		p.Show(on("127.0.0.1:8080"), clock)
	}
	if p.renderings != 1 {
		t.Errorf("the guide was built %d times, want once", p.renderings)
	}
}

func TestEveryClientAndReleaseCanBeShown(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	for i, c := range p.clients {
		p.names.SetSelectedIndex(i)
		for j := range c.Generations {
			p.releases.SetSelectedIndex(j)
			if len(p.guide.Objects) < 5 {
				t.Errorf("%s: the guide has %d parts, want at least 5", c.Generations[j].Title, len(p.guide.Objects))
			}
		}
	}
}

func TestAnUnusableAddressIsExplained(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:0"), clock)
	if len(p.guide.Objects) != 1 || len(p.copies) != 0 || p.check.content.Visible() {
		t.Errorf("with port 0: %d parts, %d snippets, check visible: %v; want the reason alone", len(p.guide.Objects), len(p.copies), p.check.content.Visible())
	}
	if got := guideError(clients.ErrNoPort, ""); !strings.Contains(got, "Switch on first") {
		t.Errorf("reason for port 0: %q", got)
	}
}

func TestTheLiveCheckTurnsGreenAndStaysGreen(t *testing.T) {
	p, w := newPage(t)
	w.entries = []exchange.Entry{{Kind: exchange.KindAnnounce, Client: "Transmission 2.0", Tracker: "old.example"}} // before the check
	snap := on("127.0.0.1:8080")
	snap.Seq = 1
	p.Show(snap, clock)
	if got := p.check.title.Text(); got != "Waiting for the first announce of Transmission" {
		t.Errorf("before an announce: %q", got)
	}
	p.Show(snap, clock.Add(time.Minute))
	if got := p.check.title.Text(); got != "Nothing has come yet" {
		t.Errorf("a minute later: %q", got)
	}
	w.entries = append(w.entries, exchange.Entry{Kind: exchange.KindAnnounce, Client: "Transmission 4.1.4", Tracker: "t.example", Status: 200})
	later := *snap
	later.Seq = 2
	p.Show(&later, clock.Add(2*time.Minute))
	if got := textsIn(p.check.content); p.check.finding.Verdict != check.Connected || !strings.Contains(got, "Transmission 4.1.4 is connected") || !strings.Contains(got, "t.example") {
		t.Errorf("after an announce: verdict %d, text\n%s", p.check.finding.Verdict, got)
	}
	later.State = engine.Off
	p.Show(&later, clock.Add(3*time.Minute))
	if p.check.finding.Verdict != check.Connected {
		t.Errorf("switched off: verdict %d, want still connected", p.check.finding.Verdict)
	}
	p.names.SetSelected("Deluge")
	p.Show(&later, clock.Add(4*time.Minute))
	if p.check.finding.Verdict != check.Off {
		t.Errorf("another client: verdict %d, want off", p.check.finding.Verdict)
	}
}

func TestEveryVerdictHasItsOwnText(t *testing.T) {
	client := clients.All()[0]
	seen := map[string]bool{}
	for v := check.Waiting; v <= check.Nothing; v++ {
		for _, f := range []check.Finding{{Verdict: v, Client: "a", Tracker: "b", Failure: "no"}, {Verdict: v, Client: "a", Tracker: "b", Status: 403}} {
			title, say, tone := verdict(f, client)
			if title == "" || say == "" || (tone == theme.Good) != (v == check.Connected) {
				t.Errorf("verdict %d: title %q, text %q, tone %v", v, title, say, tone)
			}
			seen[say] = true
		}
	}
	if len(seen) < int(check.Nothing)+2 {
		t.Errorf("%d different texts, want at least %d", len(seen), int(check.Nothing)+2)
	}
}

// checkVisible fails the test if an object that a click opened is not in view.
func checkVisible(t *testing.T, p *Page, o fyne.CanvasObject) {
	t.Helper()
	d := fyne.CurrentApp().Driver()
	top := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(p.scroll).Y
	if top < 0 || top+o.Size().Height > p.scroll.Size().Height {
		t.Errorf("the object is %v below the top of a view %v high", top, p.scroll.Size().Height)
	}
}

func TestApplyShowsTheChangeFirstAndCanUndoIt(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Show the change…"))
	shown := textsIn(p.guide)
	checkVisible(t, p, button(t, p.guide, "Change the file"))
	if !strings.Contains(shown, `(not set) → "http://127.0.0.1:8080"`) || readFile(t, settingsJSON()) != before {
		t.Fatalf("before the user agreed: want the change on the page, and the file as it was:\n%s\n%s", shown, readFile(t, settingsJSON()))
	}
	test.Tap(button(t, p.guide, "Change the file"))
	if got := readFile(t, settingsJSON()); !strings.Contains(got, `"proxy_url": "http://127.0.0.1:8080",`) {
		t.Fatalf("the changed file lacks the proxy:\n%s", got)
	}
	if !strings.Contains(textsIn(p.guide), "Changed.") {
		t.Errorf("want the result on the page:\n%s", textsIn(p.guide))
	}
	test.Tap(button(t, p.guide, "Undo…"))
	test.Tap(button(t, p.guide, "Undo"))
	if got := readFile(t, settingsJSON()); got != before {
		t.Errorf("after undo the file is %q, want %q", got, before)
	}
}

func TestApplyLeavesAnInvalidSettingsFileAlone(t *testing.T) {
	p, _ := newPage(t)
	if err := os.WriteFile(settingsJSON(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Show the change…"))
	if got := textsIn(p.guide); !strings.Contains(got, "stays as it is") || readFile(t, settingsJSON()) != "{" {
		t.Errorf("want the reason on the page, and the file as it was:\n%s", got)
	}
}

const torrent = "d8:announce37:https://t.example/SECRETPASS/announce4:infod6:lengthi1e4:name5:movie12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"

func TestADroppedTorrentIsConvertedIntoANewFileBesideIt(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	file := filepath.Join(t.TempDir(), "a.torrent")
	if err := os.WriteFile(file, []byte(torrent), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Dropped([]string{file, filepath.Join(t.TempDir(), "missing.torrent")})
	made := strings.Replace(file, ".torrent", ".bittoratio.torrent", 1)
	if got := readFile(t, made); !strings.Contains(got, "http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce") {
		t.Errorf("the converted file has no gateway address: %q", got)
	}
	got := textsIn(p.convert.content)
	for _, want := range []string{"movie", "a.bittoratio.torrent is ready", "missing.torrent", "Not converted"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing on the page:\n%s", want, got)
		}
	}
	if strings.Contains(got, "SECRETPASS") {
		t.Error("the passkey is on the page")
	}
}

func TestAPastedMagnetLinkIsConvertedAndCopied(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.convert.magnet.SetText(" magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=movie&tr=https%3A%2F%2Ft.example%2FSECRETPASS%2Fannounce&tr=wss%3A%2F%2Fw.example%2FSECRETPASSSECRETPASS ")
	p.convert.link()
	if len(p.convert.copies) != 1 || p.convert.magnet.Text != "" {
		t.Fatalf("%d links to copy, and the field has %q; want 1 and nothing:\n%s", len(p.convert.copies), p.convert.magnet.Text, textsIn(p.convert.content))
	}
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); !strings.HasPrefix(got, "magnet:?") || !strings.Contains(got, "127.0.0.1") {
		t.Errorf("copied %q, want a magnet link with a gateway address", got)
	}
	if strings.Contains(textsIn(p.convert.content), "SECRETPASS") {
		t.Error("the passkey is on the page")
	}
	if !strings.Contains(textsIn(p.convert.content), "through BittOratio: wss://w.example/….") {
		t.Errorf("want the tracker that does not lead through BittOratio on the page:\n%s", textsIn(p.convert.content))
	}
	p.convert.magnet.SetText("https://t.example/SECRETPASS/announce")
	p.convert.link()
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce" || strings.Contains(textsIn(p.convert.content), "SECRETPASS") {
		t.Errorf("copied %q; want the gateway address, and no passkey on the page", got)
	}
	p.convert.back.SetChecked(true)
	p.convert.magnet.SetText("http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce")
	p.convert.link()
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "https://t.example/SECRETPASS/announce" {
		t.Errorf("turned back: copied %q, want the tracker's address", got)
	}
	p.convert.magnet.SetText("rubbish")
	p.convert.link()
	if got := textsIn(p.convert.content); !strings.Contains(got, "Not converted") || p.convert.magnet.Text != "rubbish" {
		t.Errorf("want the reason on the page, and the text still in the field:\n%s", got)
	}
}

func TestATransmissionThatDoesNotAnswerIsExplained(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.choosers["transmission"].host.SetText("127.0.0.1:1")
	test.Tap(p.choosers["transmission"].listTorrents)
	if got := textsIn(p.choosers["transmission"].content); !strings.Contains(got, "No Transmission answers") {
		t.Errorf("want the reason on the page:\n%s", got)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
