package clientstest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	uploadedValue = regexp.MustCompile(`([?&]uploaded=)([0-9]+)`)
	peerID        = regexp.MustCompile(`[?&]peer_id=([^& ]*)`)
	// proxyOnly matches the header lines that these clients send to a proxy but not to a tracker, according to captures
	// of both. They send "Connection: close" to either.
	proxyOnly = regexp.MustCompile(`(?m)^(Proxy-Connection: Keep-Alive|Connection: Keep-Alive)\r\n`)
)

// session has the totals in bytes that the ledger keeps for one client process on one tracker address.
type session struct{ seen, reported uint64 }

// TestOnlyTheDigitsOfUploadedChange replays requests that six clients sent to a proxy, at a factor of 3. The tracker
// must receive byte for byte what those clients send a tracker directly, except for the digits of uploaded.
func TestOnlyTheDigitsOfUploadedChange(t *testing.T) {
	clients, err := filepath.Glob("testdata/captures/*")
	if err != nil || len(clients) != 6 {
		t.Fatalf("captures of %d clients, want 6 (%v)", len(clients), err)
	}
	for _, client := range clients {
		t.Run(filepath.Base(client), func(t *testing.T) {
			tracker := startTracker(t, answers(goodAnswer))
			program := startProgram(t, dataFolder(t), "-multiplier", "3")
			files, err := filepath.Glob(client + "/*.http")
			if err != nil || len(files) < 5 {
				t.Fatalf("%d captures of this client, want at least 5 (%v)", len(files), err)
			}
			ledger := make(map[string]session)
			for i, file := range files {
				sent := captured(t, file, tracker.addr)
				status, body := exchange(t, program.addr, sent)
				if status != 200 || body != goodAnswer {
					t.Fatalf("%s: the client got %d %q, want the tracker's answer", file, status, body)
				}
				got := tracker.await(i + 1)[i]
				if want := expected(t, sent, ledger); !bytes.Equal(got, want) {
					t.Errorf("%s:\n got %q\nwant %q", filepath.Base(file), got, want)
				}
			}
		})
	}
}

// captured returns a captured request with the address of its tracker replaced by tracker.
func captured(t *testing.T, file, tracker string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("tracker.test:6969")); n != 2 {
		t.Fatalf("%s names its tracker %d times, want twice: in the target and in Host", file, n)
	}
	return bytes.ReplaceAll(b, []byte("tracker.test:6969"), []byte(tracker))
}

// expected returns what the tracker must receive: the request in origin form, without the lines for the proxy, and with
// three times what is new since the session's first announce.
func expected(t *testing.T, sent []byte, ledger map[string]session) []byte {
	t.Helper()
	target := string(bytes.Fields(sent)[1])
	rest := target[strings.Index(target[len("http://"):], "/")+len("http://"):]
	head := bytes.Replace(sent, []byte(target), []byte(rest), 1)
	head = proxyOnly.ReplaceAll(head, nil)
	m := uploadedValue.FindSubmatch(sent)
	if m == nil {
		return head // a scrape
	}
	uploaded, err := strconv.ParseUint(string(m[2]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(rest, "?")
	key := path + string(peerID.FindSubmatch(sent)[1])
	s, known := ledger[key]
	if !known {
		s = session{seen: uploaded, reported: uploaded}
	}
	s.reported += 3 * (uploaded - s.seen)
	s.seen = uploaded
	ledger[key] = s
	return uploadedValue.ReplaceAll(head, []byte("${1}"+strconv.FormatUint(s.reported, 10)))
}
