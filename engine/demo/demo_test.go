package demo

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/demo/internal/sample"
	"bittoratio/engine/enginetest"
)

// TestTheTotalsOfADemonstrationMatchTheLedger runs a quick demonstration until each kind of thing has happened, ends
// it, and compares what the tracker received with what the clients uploaded.
func TestTheTotalsOfADemonstrationMatchTheLedger(t *testing.T) {
	d, err := open(slog.New(slog.DiscardHandler), sample.Pace{Interval: 100 * time.Millisecond, Rate: 90_000_000})
	if err != nil {
		t.Fatal(err)
	}
	o := engine.Options{Log: slog.New(slog.DiscardHandler), Multiplier: 3000}
	d.Apply(&o)
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx, e) }()

	news := e.Subscribe()
	defer news.Close()
	seen := map[string]bool{}
	var last uint64
	late := time.After(30 * time.Second)
	for want := []string{"started", "completed", "stopped", "cached", "refused", "three clients", "named"}; !all(seen, want); {
		select {
		case <-news.Changed():
		case <-late:
			t.Fatalf("the demonstration showed %v, want %v", seen, want)
		}
		last = look(e, last, seen)
	}
	refusesStrangers(t, e)
	end()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	news.Close() // without a subscription, a snapshot is built on request
	s := e.Snapshot()
	if s.Totals.Seen == 0 || s.Totals.Reported != 3*s.Totals.Seen {
		t.Errorf("%d uploaded and %d reported at 3×", s.Totals.Seen, s.Totals.Reported)
	}
	var reported uint64
	for _, p := range d.Peers() {
		reported += p.Counters.Uploaded
	}
	if reported != s.Totals.Reported || len(s.Pending) > 0 {
		t.Errorf("the tracker has %d, the ledger %d; %d announces are pending, want none", reported, s.Totals.Reported, len(s.Pending))
	}
	if line := d.Summary(s); !strings.HasPrefix(line, "demonstration: uploaded ") {
		t.Errorf("the summary is %s", line)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.folder); !os.IsNotExist(err) {
		t.Errorf("the data folder was not removed: %v", err)
	}
}

// refusesStrangers is a real client with a tracker of its own that connects to a demonstration. By every door it gets a
// message that explains this, and no name of its trackers is resolved.
func refusesStrangers(t *testing.T, e *engine.Engine) {
	t.Helper()
	announce := strings.TrimPrefix(enginetest.Announce("tracker.example", "1000", ""), "GET http://tracker.example/")
	rows := len(e.Snapshot().Torrents)
	for way, send := range map[string]string{
		"proxy":   enginetest.Announce("tracker.example", "1000", ""),
		"gateway": "GET /announce/http/tracker.example/" + strings.Replace(announce, "Host: tracker.example", "Host: 127.0.0.1", 1),
		"CONNECT": "CONNECT tracker.example:443 HTTP/1.1\r\nHost: tracker.example:443\r\n\r\n",
		"a page":  "GET http://pages.example/ HTTP/1.1\r\nHost: pages.example\r\n\r\n",
	} {
		c := enginetest.Dial(t, e.Snapshot().Addr)
		c.Send(send)
		head, body := c.Answer()
		c.Close()
		if got := head + body; !strings.HasPrefix(got, "HTTP/1.1 403") || !strings.Contains(got, "this is a demonstration of BittOratio") {
			t.Errorf("%s: got %q", way, got)
		}
	}
	if got := len(e.Snapshot().Torrents); got != rows {
		t.Errorf("%d rows, want %d: a real client's torrent is among them", got, rows)
	}
}

func all(seen map[string]bool, want []string) bool {
	for _, w := range want {
		if !seen[w] {
			return false
		}
	}
	return true
}

// look records what the activity shows since entry number last.
func look(e *engine.Engine, last uint64, seen map[string]bool) uint64 {
	entries, _ := e.Activity(last)
	clients := map[string]bool{}
	for _, n := range entries {
		last = max(last, n.Seq)
		if n.Event != bittorrent.EventNone {
			seen[n.Event.String()] = true
		}
		seen[n.Outcome.String()] = true
		if n.Failure == "unregistered torrent" {
			seen["refused"] = true
		}
	}
	for _, row := range e.Snapshot().Torrents {
		clients[row.Client] = true
		if row.Name == "Sample film" {
			seen["named"] = true
		}
	}
	if len(clients) == 3 {
		seen["three clients"] = true
	}
	return last
}

// TestTheSampleClientsAcceptNoTrackersAddress: the sample clients must be able to announce only to the practice tracker
// of their own process. Go allows only this package to import theirs, which takes no address.
func TestTheSampleClientsAcceptNoTrackersAddress(t *testing.T) {
	paths, err := filepath.Glob("internal/sample/*.go")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d files of the sample clients were found, want at least 3; error: %v", len(paths), err)
	}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		checkNoAddress(t, path, f)
	}
}

// checkNoAddress fails for an exported function that takes a string, or an exported variable other than the pace:
// either could let an address in.
func checkNoAddress(t *testing.T, path string, f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if !d.Name.IsExported() || d.Name.Name == "WriteTorrents" {
				continue
			}
			for _, p := range d.Type.Params.List {
				if id, ok := p.Type.(*ast.Ident); ok && id.Name == "string" {
					t.Errorf("%s: %s takes a string", path, d.Name.Name)
				}
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR && v.Names[0].IsExported() && v.Names[0].Name != "UsualPace" {
					t.Errorf("%s: %s can be set by other packages", path, v.Names[0].Name)
				}
			}
		}
	}
}
