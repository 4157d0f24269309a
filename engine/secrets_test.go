package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// passkey is put everywhere where a client or a tracker may have one; planted are the forms of it that are searched
// for.
const passkey = "0123456789abcdef0123456789abcdef"

var planted = []string{passkey, strings.ToUpper(passkey), passkey[:20]}

// positions are where an announce URL may have it.
var positions = []struct{ name, host, path string }{
	{"before announce", "tracker.example", "/" + passkey + "/announce?"},
	{"behind announce", "tracker.example", "/announce/" + passkey + "?"},
	{"passkey=", "tracker.example", "/announce?passkey=" + passkey + "&"},
	{"authkey=", "tracker.example", "/announce.php?authkey=" + passkey + "&torrent_pass=" + passkey + "&"},
	{"pk=", "tracker.example", "/announce?pk=" + passkey + "&"},
	{"subdomain", passkey + ".tracker.example", "/announce?"},
}

// both passes each record to two logs.
type both [2]slog.Handler

func (b both) Enabled(context.Context, slog.Level) bool { return true }
func (b both) WithGroup(n string) slog.Handler          { return both{b[0].WithGroup(n), b[1].WithGroup(n)} }
func (b both) WithAttrs(a []slog.Attr) slog.Handler {
	return both{b[0].WithAttrs(a), b[1].WithAttrs(a)}
}

func (b both) Handle(ctx context.Context, r slog.Record) error {
	_ = b[0].Handle(ctx, r.Clone())
	return b[1].Handle(ctx, r)
}

// shared is a buffer for several goroutines.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// watch is a run whose whole output is searched.
type watch struct {
	t    *testing.T
	e    *engine.Engine
	port string
	json shared
	text shared
	seen map[string]bool // kinds and outcomes

	heads int // how many heads were searched
}

// searchShown searches everything that the engine shows now, and more.
func (w *watch) searchShown(when string, more ...any) {
	w.t.Helper()
	s := w.e.Snapshot()
	entries, _ := w.e.Activity(0)
	for _, n := range entries {
		w.seen[fmt.Sprintf("%d %s", n.Kind, n.Outcome)] = true
		if h := w.e.Heads(n.Seq); h != nil {
			client, sent, answer := h.Masked()
			w.mustNotShow(when+", heads", fmt.Sprintf("%v %+v %#v %s %v", h, h, h, client+sent+answer, h.Params()))
			w.heads++
		}
	}
	for _, v := range append(more, s, *s, entries, w.e.Settings()) {
		b, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		w.mustNotShow(when, fmt.Sprintf("%v %+v %#v %s", v, v, v, b))
	}
}

func (w *watch) mustNotShow(when, text string) {
	w.t.Helper()
	for _, p := range planted {
		if i := strings.Index(text, p); i >= 0 {
			w.t.Errorf("%s: a passkey in %q", when, text[max(0, i-80):min(len(text), i+40)])
		}
	}
}

// ask sends a request to a tracker's host, on its own connection, and waits until it is recorded.
func (w *watch) ask(host, request string) string {
	w.t.Helper()
	before := newest(w.e)
	c := enginetest.Dial(w.t, w.e.Snapshot().Addr)
	defer c.Close()
	host += ":" + w.port
	c.Send(strings.ReplaceAll(request, "HOST", host))
	head, body := c.Answer()
	c.Close() // a refusal is recorded when the client has gone
	enginetest.Eventually(w.t, "the exchange is recorded", func() bool { return newest(w.e) > before })
	return head + body
}

// announce returns an announce with secrets also in its header lines.
func announce(path, uploaded, extra string) string {
	return "GET http://HOST" + path + "info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&uploaded=" + uploaded + "&left=0&key=" + passkey[:8] + extra +
		" HTTP/1.1\r\nHost: HOST\r\nUser-Agent: Transmission/4.1.0\r\nProxy-Authorization: Basic " + passkey + "\r\n\r\n"
}

// TestNoPasskeyIsEverShown causes everything that can happen, and searches all output for the passkey: both forms of
// the log with debug lines, standard error, snapshots, activity, errors, answers of our own, and file names.
func TestNoPasskeyIsEverShown(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, func(name string) netip.Addr {
		if strings.HasSuffix(name, "nobody.example") {
			return netip.Addr{}
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 2})
	})
	stderr := captureStderr(t)
	answers := enginetest.Answer(enginetest.Peers)
	var mu sync.Mutex
	script := func(x *enginetest.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		x.Send(answers)
	}
	setAnswers := func(s string) { mu.Lock(); answers = s; mu.Unlock() }
	tr := enginetest.NewTracker(t, script)
	w := &watch{t: t, seen: map[string]bool{}}
	_, w.port, _ = net.SplitHostPort(tr.Addr)
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	w.e = enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One, Show: func() {}, Log: slog.New(both{
		slog.NewJSONHandler(&w.json, debug), linelog.NewText(&w.text, slog.LevelDebug),
	})})
	window := w.e.Subscribe() // heads are kept only with a subscription
	t.Cleanup(window.Close)
	w.withTrackers(setAnswers)
	tr.Close()
	w.withoutTrackers()
	enginetest.NewTrackerAt(t, tr.Addr, script)
	setAnswers(enginetest.Answer(enginetest.Peers))
	w.trackersReturn()
	w.settings()
	if err := w.e.Stop(context.Background()); err != nil {
		w.mustNotShow("stop", err.Error())
	}
	w.searchShown("stopped")
	if err := w.e.Close(context.Background()); err != nil {
		t.Error(err)
	}
	w.mustNotShow("the log for people", w.text.b.String())
	w.mustNotShow("the log for scripts", w.json.b.String())
	w.mustNotShow("standard error", stderr())
	w.searchActivity()
	w.searchFileNames()
	for what, kinds := range map[string]string{
		"forwarded": key(exchange.KindAnnounce, exchange.OutcomeForwarded), "cached": key(exchange.KindAnnounce, exchange.OutcomeCached),
		"failed": key(exchange.KindAnnounce, exchange.OutcomeFailed), "not certain": key(exchange.KindAnnounce, exchange.OutcomePassed),
		"scrape": key(exchange.KindScrape, exchange.OutcomeForwarded), "passed": key(exchange.KindPassed, exchange.OutcomePassed),
		"tunnel": key(exchange.KindTunnel, exchange.OutcomePassed), "refused": key(exchange.KindRefused, exchange.OutcomeRefused),
		"redelivered": key(exchange.KindRedelivered, exchange.OutcomeForwarded),
	} {
		if !w.seen[kinds] {
			t.Errorf("the run had no exchange that is %s: %v", what, w.seen)
		}
	}
	if n := strings.Count(w.json.b.String(), "\n"); n < 60 {
		t.Errorf("the log has only %d lines, want at least 60", n)
	}
}

// searchActivity searches the activity on the disk.
func (w *watch) searchActivity() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.e.Folder(), "activity-*"))
	if err != nil || len(files) == 0 || w.heads < 10 {
		w.t.Errorf("%d files of activity, %d heads; want some of each; error: %v", len(files), w.heads, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		w.mustNotShow("activity on the disk", string(b))
	}
}

func key(k exchange.Kind, o exchange.Outcome) string { return fmt.Sprintf("%d %s", k, o) }

// withTrackers causes everything that can happen while trackers answer.
func (w *watch) withTrackers(setAnswers func(string)) {
	w.t.Helper()
	for _, p := range positions {
		setAnswers(enginetest.Answer(enginetest.Peers))
		w.ask(p.host, announce(p.path, "0", "&event=started"))
		w.ask(p.host, announce(p.path, "10", ""))
		w.ask(p.host, announce(p.path, "+5", ""))
		w.ask(p.host, announce(p.path, "5", "&uploaded=6"))
		w.ask(p.host, strings.Replace(announce(p.path, "5", ""), "GET", "POST", 1))
		w.ask(p.host, "GET http://HOST"+strings.Replace(p.path, "announce", "scrape", 1)+"info_hash="+enginetest.InfoHash+" HTTP/1.1\r\nHost: HOST\r\n\r\n")
		w.ask(p.host, "GET http://HOST"+p.path+" HTTP/1.1\r\nHost: HOST\r\nReferer: http://x/"+passkey+"\r\nCookie: s="+passkey+"\r\n\r\n")
		for _, answer := range []string{
			"d14:failure reason60:Passkey 0123456789abcdef0123456789abcdef is not in our listse",
			"d8:intervali60e15:warning message42:0123456789abcdef0123456789abcdef is not new", "<html>" + passkey, "",
		} {
			setAnswers(enginetest.Answer(answer))
			w.ask(p.host, announce(p.path, fmt.Sprint(20+len(answer)), ""))
		}
		setAnswers("HTTP/1.1 302 Found\r\nLocation: http://x/" + passkey + "\r\nContent-Length: 0\r\n\r\n")
		w.ask(p.host, announce(p.path, "30", ""))
		for _, request := range []string{
			"GET http://" + passkey + ":x@HOST" + p.path + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
			"GET https://HOST" + p.path + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
			"GET " + p.path + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
			"GET http://HOST" + p.path + " HTTP/1.1\r\nHost: " + passkey + ".x\r\nX: \x01" + passkey + "\r\n\r\n",
			"GET http://HOST" + p.path + "\x00 HTTP/1.1\r\nHost: HOST\r\n\r\n",
			"CONNECT " + passkey + ".tracker.example:25 HTTP/1.1\r\nHost: x\r\n\r\n",
			"CONNECT " + passkey + "@HOST HTTP/1.1\r\nHost: x\r\n\r\n",
			"CONNECT HOST/" + passkey + " HTTP/1.1\r\nHost: x\r\n\r\n",
			"X" + passkey + " / HTTP/1.1\r\n\r\n",
		} {
			w.mustNotShow("an answer of our own", w.ask(p.host, strings.ReplaceAll(request, "\r\n\r\n", "\r\nConnection: close\r\n\r\n")))
		}
		// A tunnel ends when its client does.
		c := enginetest.Dial(w.t, w.e.Snapshot().Addr)
		c.Send("CONNECT " + p.host + ":" + w.port + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic " + passkey + "\r\n\r\n")
		c.Head()
		c.Close()
		w.mustNotShow("an answer of our own", w.ask(passkey+".nobody.example", "CONNECT HOST HTTP/1.1\r\nHost: x\r\n\r\n"))
		w.mustNotShow("an answer of our own", w.ask(passkey+".nobody.example", "GET http://HOST"+p.path+" HTTP/1.1\r\nHost: x\r\n\r\n"))
		w.searchShown("reached, " + p.name)
	}
}

// withoutTrackers causes everything that can happen while no tracker answers.
func (w *watch) withoutTrackers() {
	w.t.Helper()
	for _, p := range positions {
		w.ask(p.host, announce(p.path, "1000", "")) // answered from the cache
		w.ask(p.host, strings.Replace("GET http://HOST"+p.path+" HTTP/1.1\r\nHost: HOST\r\n\r\n", "announce", "page", 1))
		w.mustNotShow("an answer of our own", w.ask(p.host, "CONNECT HOST HTTP/1.1\r\nHost: x\r\n\r\n"))
		w.searchShown("away, " + p.name)
	}
	p := positions[0]
	answer := w.ask(p.host, strings.Replace(announce(p.path, "7", "&event=stopped"), "%01", "%02", 1)) // nothing is cached for it
	w.mustNotShow("an answer of our own", answer)
	if !strings.HasPrefix(answer, "HTTP/1.1 504 ") {
		w.t.Errorf("got %q", answer)
	}
	w.mustNotShow("an answer of our own", w.ask(passkey+".nobody.example", announce("/announce?", "7", "&event=stopped")))
	w.searchShown("away")
	if len(w.e.Snapshot().Pending) < len(positions) {
		w.t.Errorf("%d announces are pending, want one for each position", len(w.e.Snapshot().Pending))
	}
}

// trackersReturn delivers the pending announces.
func (w *watch) trackersReturn() {
	w.t.Helper()
	for _, k := range w.e.Snapshot().Pending {
		w.e.Deliver(k.ID)
	}
	enginetest.Eventually(w.t, "something is delivered", func() bool {
		for _, n := range activity(w.e, 0) {
			if n.Kind == exchange.KindRedelivered && n.Outcome == exchange.OutcomeForwarded {
				return true
			}
		}
		return false
	})
	w.searchShown("back")
}

// settings has what a person may write by mistake.
func (w *watch) settings() {
	w.t.Helper()
	url := "http://tracker.example/" + passkey + "/announce"
	for _, change := range []func(*settings.Settings){
		func(s *settings.Settings) { s.TrackerMultipliers = map[string]policy.Factor{url: 2000} },
		func(s *settings.Settings) {
			s.TrackerMultipliers = map[string]policy.Factor{passkey + ".tracker.example": 2}
		},
		func(s *settings.Settings) { s.TorrentMultipliers = map[string]policy.Factor{passkey: 2000} },
		func(s *settings.Settings) { s.Listen = url },
		func(s *settings.Settings) { s.Listen = passkey + ":80" },
		func(s *settings.Settings) { s.AllowNetworks = []string{url} },
		func(s *settings.Settings) { s.Window.Theme = passkey },
	} {
		err := w.e.Change(change)
		if err == nil {
			w.t.Errorf("wrong settings were accepted: %+v", w.e.Settings())
			continue
		}
		w.searchShown("settings", err.Error())
	}
	for _, text := range []string{`{"listen": "` + url + `"}`, `{"tracker_multipliers": {"` + url + `": 2}}`, `{"` + passkey, `{"multiplier": "` + passkey + `"}`, `{"version": "` + passkey + `"}`} {
		if err := os.WriteFile(filepath.Join(w.e.Folder(), "settings.json"), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
		err := w.e.Reload()
		if err == nil {
			w.t.Errorf("wrong settings were loaded: %s", text)
			continue
		}
		w.searchShown("settings", err.Error())
	}
}

// searchFileNames searches the names of the data folder's files.
func (w *watch) searchFileNames() {
	w.t.Helper()
	files, err := os.ReadDir(w.e.Folder())
	if err != nil || len(files) < 5 {
		w.t.Errorf("%d files in the data folder, want at least 5; error: %v", len(files), err)
	}
	for _, f := range files {
		w.mustNotShow("a file's name", f.Name())
	}
}

// captureStderr collects what is written to standard error until the result is called.
func captureStderr(t *testing.T) func() string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = f
	t.Cleanup(func() { os.Stderr = old; _ = f.Close() })
	return func() string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
}
