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

// watched is an engine that reports the announces that the test gives it.
type watched struct {
	*engine.Engine
	entries []exchange.Entry // numbered from 1
	found   []local.Found
	started []string
	refuse  error
	flatpak file.Enclosure

	sessions []engine.Session // of each row
}

func (w *watched) Sessions(string) []engine.Session { return w.sessions }

func (w *watched) Enclosed() file.Enclosure { return w.flatpak }

func (w *watched) FindClients(context.Context) []local.Found { return w.found }

func (w *watched) StartFound(f *local.Found) error {
	w.started = append(w.started, f.Way.Launch)
	return w.refuse
}

func (w *watched) Activity(seq uint64) ([]exchange.Entry, uint64) { return w.entries[seq:], 0 }

// newPage returns the page on a computer whose user has one Transmission.
func newPage(t *testing.T) (*Page, *watched) {
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
	w := &watched{Engine: enginetest.NewEngine(t, engine.Options{})}
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

// says returns all visible texts in an object.
func says(o fyne.CanvasObject) string {
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
	t.Fatalf("no button %q in\n%s", label, says(o))
	return nil
}

func TestTransmissionIsFirst(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	if p.names.Selected != "Transmission" || len(p.releases.Options) < 2 {
		t.Errorf("begins with %q of %v", p.names.Selected, p.releases.Options)
	}
}

func TestTheClientThatAnnouncesIsFirst(t *testing.T) {
	p, _ := newPage(t)
	snap := on("127.0.0.1:8080")
	snap.Torrents = []*engine.Torrent{{Client: "qBittorrent 4.5.2", Last: clock}}
	p.Show(snap, clock)
	if p.names.Selected != "qBittorrent" || p.releases.Selected != "qBittorrent 4.4.1 to 4.5" || !strings.Contains(says(p.guide), "SOCKS5") {
		t.Errorf("begins with %q, %q", p.names.Selected, p.releases.Selected)
	}
}

func TestSnippetHasTheLiveAddressAndIsCopied(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.Show(on("127.0.0.1:9191"), clock)
	test.Tap(p.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); !strings.Contains(got, "127.0.0.1:9191") {
		t.Errorf("copied %q", got)
	}
	if p.copies[0].Text != "Copied" {
		t.Errorf("the button says %q", p.copies[0].Text)
	}
	p.Show(on("127.0.0.1:9191"), clock.Add(time.Minute))
	if p.copies[0].Text != "Copy" {
		t.Error("the confirmation never ends")
	}
}

func TestGuideIsBuiltOnlyWhenSomethingChanged(t *testing.T) {
	p, _ := newPage(t)
	for range 6 {
		p.Show(on("127.0.0.1:8080"), clock)
	}
	if p.renderings != 1 {
		t.Errorf("built %d times", p.renderings)
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
				t.Errorf("%s: %d parts", c.Generations[j].Title, len(p.guide.Objects))
			}
		}
	}
}

func TestUnusableAddressIsExplained(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:0"), clock)
	if len(p.guide.Objects) != 1 || len(p.copies) != 0 || p.check.content.Visible() {
		t.Error("a guide with port 0 is no guide")
	}
	if got := unfilled(clients.ErrNoPort, ""); !strings.Contains(got, "Switch on first") {
		t.Error(got)
	}
}

func TestLiveCheckTurnsGreenAndStaysGreen(t *testing.T) {
	p, w := newPage(t)
	w.entries = []exchange.Entry{{Kind: exchange.KindAnnounce, Client: "Transmission 2.0", Tracker: "old.example"}} // before the check
	snap := on("127.0.0.1:8080")
	snap.Seq = 1
	p.Show(snap, clock)
	if got := p.check.title.Text(); got != "Waiting for the first announce of Transmission" {
		t.Error(got)
	}
	p.Show(snap, clock.Add(time.Minute))
	if got := p.check.title.Text(); got != "Nothing has come yet" {
		t.Error(got)
	}
	w.entries = append(w.entries, exchange.Entry{Kind: exchange.KindAnnounce, Client: "Transmission 4.1.4", Tracker: "t.example", Status: 200})
	later := *snap
	later.Seq = 2
	p.Show(&later, clock.Add(2*time.Minute))
	if got := says(p.check.content); p.check.finding.Verdict != check.Connected || !strings.Contains(got, "Transmission 4.1.4 is connected") || !strings.Contains(got, "t.example") {
		t.Error(got)
	}
	later.State = engine.Off
	p.Show(&later, clock.Add(3*time.Minute))
	if p.check.finding.Verdict != check.Connected {
		t.Error("it did not stay green")
	}
	p.names.SetSelected("Deluge")
	p.Show(&later, clock.Add(4*time.Minute))
	if p.check.finding.Verdict != check.Off {
		t.Errorf("another client: %d", p.check.finding.Verdict)
	}
}

func TestEveryVerdictHasItsWords(t *testing.T) {
	client := clients.All()[0]
	seen := map[string]bool{}
	for v := check.Waiting; v <= check.Nothing; v++ {
		for _, f := range []check.Finding{{Verdict: v, Client: "a", Tracker: "b", Failure: "no"}, {Verdict: v, Client: "a", Tracker: "b", Status: 403}} {
			title, say, tone := verdict(f, client)
			if title == "" || say == "" || (tone == theme.Good) != (v == check.Connected) {
				t.Errorf("%d: %q %q", v, title, say)
			}
			seen[say] = true
		}
	}
	if len(seen) < int(check.Nothing)+2 {
		t.Errorf("only %d different ones", len(seen))
	}
}

// inView fails the test if an object that a click opened is not in view.
func inView(t *testing.T, p *Page, o fyne.CanvasObject) {
	t.Helper()
	d := fyne.CurrentApp().Driver()
	top := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(p.scroll).Y
	if top < 0 || top+o.Size().Height > p.scroll.Size().Height {
		t.Errorf("it is %v below the top of a view of %v", top, p.scroll.Size().Height)
	}
}

func TestApplyShowsTheChangeFirstAndTakesItBack(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Show the change…"))
	shown := says(p.guide)
	inView(t, p, button(t, p.guide, "Change the file"))
	if !strings.Contains(shown, `(not set) → "http://127.0.0.1:8080"`) || read(t, settingsJSON()) != before {
		t.Fatalf("%s\n%s", shown, read(t, settingsJSON()))
	}
	test.Tap(button(t, p.guide, "Change the file"))
	if got := read(t, settingsJSON()); !strings.Contains(got, `"proxy_url": "http://127.0.0.1:8080",`) {
		t.Fatal(got)
	}
	if !strings.Contains(says(p.guide), "Changed.") {
		t.Error(says(p.guide))
	}
	test.Tap(button(t, p.guide, "Undo…"))
	test.Tap(button(t, p.guide, "Undo"))
	if got := read(t, settingsJSON()); got != before {
		t.Errorf("came back as %q", got)
	}
}

func TestApplyRefusesWhatIsNoSettingsFile(t *testing.T) {
	p, _ := newPage(t)
	if err := os.WriteFile(settingsJSON(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Show(on("127.0.0.1:8080"), clock)
	test.Tap(button(t, p.guide, "Show the change…"))
	if got := says(p.guide); !strings.Contains(got, "stays as it is") || read(t, settingsJSON()) != "{" {
		t.Error(got)
	}
}

const torrent = "d8:announce37:https://t.example/SECRETPASS/announce4:infod6:lengthi1e4:name5:movie12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"

func TestDroppedTorrentsAreConvertedBesideThemselves(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	file := filepath.Join(t.TempDir(), "a.torrent")
	if err := os.WriteFile(file, []byte(torrent), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Dropped([]string{file, filepath.Join(t.TempDir(), "missing.torrent")})
	made := strings.Replace(file, ".torrent", ".bittoratio.torrent", 1)
	if got := read(t, made); !strings.Contains(got, "http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce") {
		t.Error(got)
	}
	got := says(p.convert.content)
	for _, want := range []string{"movie", "a.bittoratio.torrent is ready", "missing.torrent", "Not converted"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "SECRETPASS") {
		t.Error("the passkey is on the screen")
	}
}

func TestPastedMagnetLinkIsConvertedAndCopied(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.convert.magnet.SetText(" magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=movie&tr=https%3A%2F%2Ft.example%2FSECRETPASS%2Fannounce&tr=wss%3A%2F%2Fw.example%2FSECRETPASSSECRETPASS ")
	p.convert.link()
	if len(p.convert.copies) != 1 || p.convert.magnet.Text != "" {
		t.Fatal(says(p.convert.content))
	}
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); !strings.HasPrefix(got, "magnet:?") || !strings.Contains(got, "127.0.0.1") {
		t.Errorf("copied %q", got)
	}
	if strings.Contains(says(p.convert.content), "SECRETPASS") {
		t.Error("the passkey is on the screen")
	}
	if !strings.Contains(says(p.convert.content), "through BittOratio: wss://w.example/….") {
		t.Errorf("it is not said which tracker is past us: %s", says(p.convert.content))
	}
	p.convert.magnet.SetText("https://t.example/SECRETPASS/announce")
	p.convert.link()
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce" || strings.Contains(says(p.convert.content), "SECRETPASS") {
		t.Errorf("copied %q", got)
	}
	p.convert.back.SetChecked(true)
	p.convert.magnet.SetText("http://127.0.0.1:8080/announce/https/t.example/SECRETPASS/announce")
	p.convert.link()
	test.Tap(p.convert.copies[0])
	if got := fyne.CurrentApp().Clipboard().Content(); got != "https://t.example/SECRETPASS/announce" {
		t.Errorf("copied %q", got)
	}
	p.convert.magnet.SetText("rubbish")
	p.convert.link()
	if got := says(p.convert.content); !strings.Contains(got, "Not converted") || p.convert.magnet.Text != "rubbish" {
		t.Error(got)
	}
}

func TestNoTransmissionIsExplained(t *testing.T) {
	p, _ := newPage(t)
	p.Show(on("127.0.0.1:8080"), clock)
	p.choosers["transmission"].host.SetText("127.0.0.1:1")
	test.Tap(p.choosers["transmission"].look)
	if got := says(p.choosers["transmission"].content); !strings.Contains(got, "No Transmission answers") {
		t.Error(got)
	}
}

func read(t *testing.T, path string) string {
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
