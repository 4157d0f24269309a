package httptracker_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read reads a request as the proxy does; edits are those that change its form.
func read(t testing.TB, raw []byte) (r httptracker.Request, edits []httphead.Edit, ok bool) {
	t.Helper()
	var head httphead.Request
	if err := head.Parse(raw); err != nil {
		t.Fatalf("%q: Parse returned %v", raw, err)
	}
	if a, absolute := head.Absolute(); absolute {
		edits, err := head.Forward(nil, a)
		if err != nil {
			t.Fatalf("%q: Forward returned %v", raw, err)
		}
		r, ok = httptracker.Parse(raw, "http", string(a.Authority.Of(raw)), a.Path, a.Query)
		return r, edits, ok
	}
	path, query := head.Origin()
	host, _ := head.Get("host")
	r, ok = httptracker.Parse(raw, "http", string(host), path, query)
	return r, nil, ok
}

// TestCapturedRequestsAreRewrittenAsExpected compares captured requests of six clients with what the tracker must
// receive when 123456789 is reported.
func TestCapturedRequestsAreRewrittenAsExpected(t *testing.T) {
	files, err := filepath.Glob("testdata/requests/*.http")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d captures, want at least 60 (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, edits, ok := read(t, raw)
			if !ok {
				t.Fatalf("not recognised: %q", raw)
			}
			mustBeAsNamed(t, file, &r)
			if !r.Scrape {
				e, _ := r.Report(123456789)
				form := min(1, len(edits)) // the edit of the target precedes it, those of header lines follow
				edits = slices.Insert(edits, form, e)
			}
			got := httphead.Apply(nil, raw, edits...)
			golden := strings.TrimSuffix(file, ".http") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		})
	}
}

var clientNames = map[string]string{
	"aria2": "aria2 1.36.0", "deluge": "Deluge 2.0.3", "qbittorrent": "qBittorrent 4.5.2", "rtorrent": "rTorrent (libtorrent 0.13.8)",
	"transmission-3": "Transmission 3.00", "transmission-4": "Transmission 4.1.4",
}

// mustBeAsNamed compares what was read with the file's name: CLIENT-VERSION-(direct|proxied)-WHAT.http.
func mustBeAsNamed(t *testing.T, file string, r *httptracker.Request) {
	t.Helper()
	const infoHash = "167b734bc7816ae798b662fcadc245d153cd187a"
	name := strings.TrimSuffix(filepath.Base(file), ".http")
	what := name[strings.LastIndexByte(name, '-')+1:]
	if r.Scrape != (what == "scrape") {
		t.Errorf("Scrape is %v", r.Scrape)
	}
	if r.Scrape {
		if len(r.Hashes) != 1 || r.Hashes[0].String() != infoHash {
			t.Errorf("the hashes are %v", r.Hashes)
		}
		return
	}
	event := bittorrent.ParseEvent(what)
	if strings.HasSuffix(name, "path") || strings.HasSuffix(name, "url") {
		event = r.Announce.Event
	}
	if r.Announce.Event != event || r.Announce.InfoHash.String() != infoHash {
		t.Errorf("unexpected event %q or torrent %s", r.Announce.Event, r.Announce.InfoHash)
	}
	for prefix, client := range clientNames {
		if strings.HasPrefix(name, prefix) && clients.NameOf(r.Announce.PeerID) != client {
			t.Errorf("unexpected client %s", clients.NameOf(r.Announce.PeerID))
		}
	}
	if strings.Contains(name, "passkey-in-path") != strings.Contains(r.Tracker.Secret(), "/0123456789") {
		t.Errorf("unexpected tracker %s", r.Tracker)
	}
}
