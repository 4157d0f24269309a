package practice

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/wire/httptracker"
	"bittoratio/engine/wire/udptracker"
)

// serve runs a tracker for one test. noticed gets each log line about a check that fired.
func serve(t *testing.T, o Options) (s *Server, noticed <-chan string) {
	t.Helper()
	lines := make(lineChannel, 100)
	s, err := Listen(New(o), "127.0.0.1:0", nil, slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, lines
}

type lineChannel chan string

func (l lineChannel) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

const hexHash = "%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61%61"

// get requests a path of the tracker, and returns the body as it was on the wire.
func get(t *testing.T, s *Server, path string, header ...string) (body string, r *http.Response) {
	t.Helper()
	q, err := http.NewRequest("GET", "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}, Timeout: 10 * time.Second}
	r, err = client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), r
}

// TestHTTPAnswersMatchTheBEPs compares whole answers: keys of BEP 3, peers of BEP 23, external ip of BEP
// 24, retry in of BEP 31, scrape of BEP 48. The keys are sorted, as BEP 3 requires.
func TestHTTPAnswersMatchTheBEPs(t *testing.T) {
	s, _ := serve(t, Options{})
	announce := func(rest string) string { return "/PASSKEY/announce?info_hash=" + hexHash + rest }
	const numbers = "&uploaded=0&downloaded=0&left=5&event=started"
	const head = "d8:completei0e10:downloadedi0e11:external ip4:\x7f\x00\x00\x0110:incompletei"
	const middle = "e8:intervali1800e12:min intervali900e5:peers"
	for _, c := range []struct{ name, path, want string }{
		{"the first peer", announce("&peer_id=-TR4100-000000000001&port=0" + numbers), head + "1" + middle + "0:10:tracker id8:practicee"},
		{"the second", announce("&peer_id=-TR4100-000000000002&port=6882" + numbers), head + "2" + middle + "0:10:tracker id8:practicee"},
		{"the third sees the second", announce("&peer_id=-TR4100-000000000003&port=6883&compact=1" + numbers), head + "3" + middle + "6:\x7f\x00\x00\x01\x1a\xe210:tracker id8:practicee"},
		{
			"dictionaries", announce("&peer_id=-TR4100-000000000004&port=0&compact=0&numwant=1" + strings.Replace(numbers, "left=5", "left=0", 1)),
			"",
		},
		{
			"no peers wanted", announce("&peer_id=-TR4100-000000000005&port=0&numwant=0&compact=0&no_peer_id=1" + numbers),
			"d8:completei1e10:downloadedi0e11:external ip4:\x7f\x00\x00\x0110:incompletei4" + middle + "le10:tracker id8:practicee",
		},
		{"a scrape", "/PASSKEY/scrape?info_hash=" + hexHash, "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi0e10:incompletei4eee5:flagsd20:min_request_intervali900eee"},
		{"a scrape of a torrent that is not here", "/scrape?info_hash=bbbbbbbbbbbbbbbbbbbb", "d5:filesde5:flagsd20:min_request_intervali900eee"},
		{"no info hash", "/announce?peer_id=x", "d14:failure reason30:info_hash is not 20 bytes long8:retry in5:nevere"},
		{"a total with a sign", announce("&peer_id=-TR4100-000000000006&port=1&uploaded=-1&downloaded=0&left=0"), "d14:failure reason33:uploaded is not a number of bytes8:retry in5:nevere"},
	} {
		got, _ := get(t, s, c.path)
		if c.name == "dictionaries" {
			p2 := "d2:ip9:127.0.0.17:peer id20:-TR4100-0000000000024:porti6882ee"
			p3 := "d2:ip9:127.0.0.17:peer id20:-TR4100-0000000000034:porti6883ee"
			begin, end := "d8:completei1e10:downloadedi0e11:external ip4:\x7f\x00\x00\x0110:incompletei3"+middle+"l", "e10:tracker id8:practicee"
			if got != begin+p2+end && got != begin+p3+end { // one of the two, chosen at random
				t.Errorf("%s: got %q", c.name, got)
			}
			continue
		}
		if want := c.want; got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, want)
		}
	}
}

func TestAnAnswerIsCompressedOnlyIfTheClientAcceptsThat(t *testing.T) {
	s, _ := serve(t, Options{})
	path := "/scrape?info_hash=bbbbbbbbbbbbbbbbbbbb"
	plain, r := get(t, s, path)
	if r.Header.Get("Content-Encoding") != "" {
		t.Fatal("the answer is compressed, though the client did not offer that")
	}
	zipped, r := get(t, s, path, "Accept-Encoding", "deflate, gzip;q=0.5")
	z, err := gzip.NewReader(strings.NewReader(zipped))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("gzip.NewReader returned %v, or the answer is not gzip", err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != plain {
		t.Errorf("the decompressed answer is %q (%v), want %q", b, err, plain)
	}
	if _, r := get(t, s, path, "Accept-Encoding", "gzip;q=0"); r.Header.Get("Content-Encoding") != "" {
		t.Error("the answer is compressed, though the client refused that")
	}
}

// exchange sends a datagram and returns the answer.
func exchange(t *testing.T, c net.Conn, b []byte) []byte {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	out := make([]byte, 1<<12)
	n, err := c.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	return out[:n]
}

// TestUDPAnswersMatchBEP15 compares the answers to connect, announce and scrape, and errors, with datagrams
// in hexadecimal.
func TestUDPAnswersMatchBEP15(t *testing.T) {
	s, _ := serve(t, Options{})
	c, err := net.Dial("udp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	connected := exchange(t, c, unhex(t, "0000041727101980 00000000 00000007"))
	if len(connected) != 16 || hex.EncodeToString(connected[:8]) != "0000000000000007" {
		t.Fatalf("the connect got %x", connected)
	}
	id := hex.EncodeToString(connected[8:])
	announce := func(peer, port string) string {
		return id + "00000001 00000008" + strings.Repeat("61", 20) + hex.EncodeToString([]byte("-TR4100-00000000000"+peer)) +
			"0000000000000000 0000000000000005 0000000000000000 00000002 00000000 00000000 ffffffff" + port + "0209" + hex.EncodeToString([]byte("/announce"))
	}
	for _, x := range []struct{ name, send, want string }{
		{"the first", announce("1", "1ae1"), "00000001 00000008 00000708 00000001 00000000"},
		{"the second sees the first", announce("2", "1ae2"), "00000001 00000008 00000708 00000002 00000000 7f000001 1ae1"},
		{"a scrape", id + "00000002 00000009" + strings.Repeat("61", 20) + strings.Repeat("62", 20), "00000002 00000009 00000000 00000000 00000002 00000000 00000000 00000000"},
		{"an unknown connection id", "0000000000000001" + announce("3", "1ae3")[16:], "00000003 00000008" + hex.EncodeToString([]byte("Connection ID mismatch."))},
	} {
		if got := exchange(t, c, unhex(t, x.send)); hex.EncodeToString(got) != strings.ReplaceAll(x.want, " ", "") {
			t.Errorf("%s: got %x, want %s", x.name, got, x.want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAConnectionIDIsValidForOneAddressAndALimitedTime(t *testing.T) {
	secret := []byte("secret")
	here, there := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.2:1")
	id := connectionID(secret, here, begin)
	if !validConnection(secret, id, here, begin.Add(connectionTime)) || validConnection(secret, id, there, begin) {
		t.Error("a connection id is not valid for two minutes, or for another address too")
	}
	if validConnection(secret, id, here, begin.Add(2*connectionTime)) {
		t.Error("a connection id does not expire")
	}
}

// TestThePortCheckDialsThePeer: the check fires for a peer on this computer whose port does not answer, but not for one
// whose port does.
func TestThePortCheckDialsThePeer(t *testing.T) {
	s, noticed := serve(t, Options{})
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for i, l := range []net.Listener{open, closed} {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		get(t, s, "/announce?info_hash="+hexHash+"&peer_id=-TR4100-00000000000"+string(rune('1'+i))+"&uploaded=0&downloaded=0&left=0&event=started&port="+port)
	}
	if c, err := open.Accept(); err != nil {
		t.Fatal(err)
	} else {
		_ = c.Close()
	}
	_ = open.Close()
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	if line := <-noticed; !strings.Contains(line, "nobody answers at the peer's port "+port) {
		t.Errorf("the log line is %s, want the unreachable port", line)
	}
}

func TestOtherComputersGetNoAnswerUnlessAllowed(t *testing.T) {
	s := server{allowed: func(a netip.Addr) bool { return a == netip.MustParseAddr("192.0.2.1") }}
	for addr, want := range map[string]bool{"127.0.0.9": true, "::1": true, "192.0.2.1": true, "192.0.2.2": false, "2001:db8::1": false} {
		if got := s.mayAsk(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s may ask: %v, want %v", addr, got, want)
		}
	}
}

func TestATrackerThatPlaysAnOutageClosesConnections(t *testing.T) {
	s, _ := serve(t, Options{})
	s.SetDown(true)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	if r, err := client.Get("http://" + s.Addr() + "/scrape"); err == nil {
		_ = r.Body.Close()
		t.Errorf("during the outage the client got status %d, want a closed connection", r.StatusCode)
	}
	s.SetDown(false)
	if body, _ := get(t, s, "/scrape"); !strings.HasPrefix(body, "d5:files") {
		t.Errorf("after the outage the client got %q, want a scrape", body)
	}
}

// FuzzAnnounceQuery checks that every accepted announce has sane numbers.
func FuzzAnnounceQuery(f *testing.F) {
	f.Add("info_hash=" + hexHash + "&peer_id=-TR4100-000000000001&port=6881&uploaded=1&downloaded=2&left=3&event=started&numwant=80&compact=1")
	f.Add("info_hash=a;b&peer_id=%zz&&=")
	from := netip.MustParseAddr("127.0.0.1")
	f.Fuzz(func(t *testing.T, query string) {
		r, words := parseAnnounce(query, from)
		if words != "" {
			return
		}
		if r.Counters.Uploaded > udptracker.MaxUploaded || r.NumWant < -1 || r.Addr.Addr() != from {
			t.Fatalf("accepted %+v, with impossible numbers", r)
		}
		reply := New(Options{}).Announce(r.Announce, begin)
		read, err := httptracker.ParseAnnounceResponse(reply.body(r, from))
		if err != nil || read.Swarm != reply.Swarm || reply.Swarm.Seeders+reply.Swarm.Leechers > 1 {
			t.Fatalf("ParseAnnounceResponse returned %+v, %v", read, err)
		}
	})
}

// FuzzDatagram checks that a datagram gets at most one answer of BEP 15, which is not much longer than itself.
func FuzzDatagram(f *testing.F) {
	from := netip.MustParseAddrPort("127.0.0.1:9999")
	s := &server{t: New(Options{}), log: slog.New(slog.DiscardHandler), places: make(chan struct{}, 1), secret: []byte("secret")}
	id := binary.BigEndian.AppendUint64(nil, uint64(connectionID(s.secret, from, begin)))
	f.Add([]byte("\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00\x00\x00\x00\x07"))
	f.Add(append(append([]byte{}, id...), make([]byte, 90)...))
	f.Add(append(append(append([]byte{}, id...), 0, 0, 0, 1, 0, 0, 0, 9), make([]byte, 82)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		out := s.datagram(b, from, begin)
		if out == nil {
			return
		}
		if a, ok := udptracker.ParseAnswer(out); !ok || len(b) < 16 || a.Transaction != udptracker.Transaction(binary.BigEndian.Uint32(b[12:])) {
			t.Fatalf("%x got the answer %x", b, out)
		}
	})
}
