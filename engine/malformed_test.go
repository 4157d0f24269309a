package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// reflected is in every request that is refused, and must be in no answer: error pages of other proxies quoted their
// input (CVE-2021-44543).
const reflected = "<script>alert(1)</script>"

// TestMalformedRequestsAreRefusedAndNotForwarded checks the rules of RFC 9112 for requests: the client gets the status
// and a reason that repeats nothing from the request, its connection is closed, and the tracker receives nothing.
func TestMalformedRequestsAreRefusedAndNotForwarded(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	line := "GET http://TRACKER/announce?info_hash=" + enginetest.InfoHash + "&uploaded=5&x=" + reflected + " HTTP/1.1\r\n"
	post := strings.Replace(line, "GET", "POST", 1)
	host := "Host: TRACKER\r\n"
	for _, c := range []struct {
		name, request string
		status        int
	}{
		{"no version", "GET http://TRACKER/" + reflected + "\r\n\r\n", 400},
		{"four parts", "GET http://TRACKER/" + reflected + " x HTTP/1.1\r\n" + host + "\r\n", 400},
		{"two blanks", "GET  http://TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a tab", "GET\thttp://TRACKER/\tHTTP/1.1\r\n" + host + "\r\n", 400},
		{"a method that is no token", "GE(T http://TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"HTTP/2.0", strings.Replace(line, "1.1", "2.0", 1) + host + "\r\n", 505},
		{"HTTP/1.2", strings.Replace(line, "1.1", "1.2", 1) + host + "\r\n", 505},
		{"HTTP/0.9", strings.Replace(line, "1.1", "0.9", 1) + host + "\r\n", 505},
		{"http/1.1", strings.Replace(line, "HTTP", "http", 1) + host + "\r\n", 400},
		{"HTTP/1.10", strings.Replace(line, "1.1", "1.10", 1) + host + "\r\n", 400},
		{"no Host", line + "\r\n", 400},
		{"two Hosts", line + host + host + "\r\n", 400},
		{"two Hosts, one in 1.0", strings.Replace(line, "1.1", "1.0", 1) + host + host + "\r\n", 400},
		{"a Host with a path", line + "Host: TRACKER/" + reflected + "\r\n\r\n", 400},
		{"a Host with a user", line + "Host: a@TRACKER\r\n\r\n", 400},
		{"two Hosts in one line", line + "Host: TRACKER, other\r\n\r\n", 400},
		{"a blank before the colon", line + host + "X : " + reflected + "\r\n\r\n", 400},
		{"a folded line", line + host + "X: a\r\n " + reflected + "\r\n\r\n", 400},
		{"a blank before the first line", line + " " + host + "\r\n", 400},
		{"a name that is no token", line + host + reflected + ": 1\r\n\r\n", 400},
		{"no colon", line + host + "header\r\n\r\n", 400},
		{"no name", line + host + ": 1\r\n\r\n", 400},
		{"NUL in a value", line + host + "X: a\x00b\r\n\r\n", 400},
		{"a bare CR in a value", line + host + "X: a\rb\r\n\r\n", 400},
		{"a bare LF", strings.ReplaceAll(line+host+"\r\n", "\r\n", "\n"), 400},
		{"a bare LF between two lines", line + "X: a\n" + host + "\r\n", 400},
		{"ESC in a value", line + host + "X: \x1b[2J\r\n\r\n", 400},
		{"NUL in the target", "GET http://TRACKER/\x00 HTTP/1.1\r\n" + host + "\r\n", 400},
		{"DEL in the target", "GET http://TRACKER/\x7f HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a fragment", "GET http://TRACKER/#" + reflected + " HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a length and chunks", post + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"two lengths", post + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
		{"two lengths in a line", post + host + "Content-Length: 3, 3\r\n\r\nabc", 400},
		{"a length with a sign", post + host + "Content-Length: +3\r\n\r\nabc", 400},
		{"a negative length", post + host + "Content-Length: -1\r\n\r\n", 400},
		{"a length in hex", post + host + "Content-Length: 0x3\r\n\r\nabc", 400},
		{"a length with a leading zero", post + host + "Content-Length: 03\r\n\r\nabc", 400},
		{"an empty length", post + host + "Content-Length:\r\n\r\n", 400},
		{"a length over 64 bits", post + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
		{"chunks in 1.0", strings.Replace(post, "1.1", "1.0", 1) + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"two codings", post + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
		{"an unknown coding", post + host + "Transfer-Encoding: x" + "\r\n\r\n", 501},
		{"chunked with a parameter", post + host + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 501},
		{"two coding lines", post + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"a coding of vertical tabs", post + host + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
		{"a GET with a body", line + host + "Content-Length: 3\r\n\r\nabc", 400},
		{"a GET with chunks", line + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400},
		{"a HEAD with a body", strings.Replace(line, "GET", "HEAD", 1) + host + "Content-Length: 3\r\n\r\nabc", 400},
		{"Connection names a length", post + host + "Connection: content-length\r\nContent-Length: 0\r\n\r\n", 400},
		{"Connection names Host", line + host + "Connection: host\r\n\r\n", 400},
		{"a line of 17 KiB", "GET http://TRACKER/?" + strings.Repeat("a", 17<<10) + reflected + " HTTP/1.1\r\n" + host + "\r\n", 414},
		{"a head of 33 KiB", line + host + "X: " + strings.Repeat(reflected, 33<<10/len(reflected)) + "\r\n\r\n", 431},
		{"a head without end", line + host + "X: " + strings.Repeat("a", 64<<10), 431},
		{"101 lines", line + host + strings.Repeat("X: "+reflected+"\r\n", 100) + "\r\n", 431},
		{"origin-form", "GET /" + reflected + " HTTP/1.1\r\n" + host + "\r\n", 404},
		{"asterisk-form", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
		{"authority-form without CONNECT", "GET TRACKER HTTP/1.1\r\n" + host + "\r\n", 400},
		{"no authority", "GET http:///" + reflected + " HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a user and a password", "GET http://user:" + reflected + "@TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a port of letters", "GET http://TRACKERx/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"port 0", "GET http://127.0.0.2:0/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"port 65536", "GET http://127.0.0.2:65536/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a bracket that is not closed", "GET http://[::1/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"CONNECT with chunks", "CONNECT TRACKER HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"CONNECT with a length", "CONNECT TRACKER HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 400},
		{"CONNECT without a port", "CONNECT 127.0.0.2 HTTP/1.1\r\n" + host + "\r\n", 400},
		{"CONNECT to a URL", "CONNECT http://TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"CONNECT with a user", "CONNECT a@TRACKER HTTP/1.1\r\n" + host + "\r\n", 400},
		// Other schemes than http make no difference.
		{"https", "GET https://TRACKER/" + reflected + " HTTP/1.1\r\n" + host + "\r\n", 400},
		{"ftp", "GET ftp://TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"file", "GET file:///etc/passwd HTTP/1.1\r\n" + host + "\r\n", 400},
		{"gopher", "GET gopher://TRACKER/_x HTTP/1.1\r\n" + host + "\r\n", 400},
		{"urn", "GET urn:isbn:1 HTTP/1.1\r\n" + host + "\r\n", 400},
		{"ws", "GET ws://TRACKER/ HTTP/1.1\r\n" + host + "\r\n", 400},
		{"javascript", "GET javascript:alert(1) HTTP/1.1\r\n" + host + "\r\n", 400},
		{"udp", "GET udp://TRACKER/announce HTTP/1.1\r\n" + host + "\r\n", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := newest(e)
			cl := enginetest.Dial(t, addr(t, e))
			defer cl.Close()
			// Bytes after the answer make no difference, so this write may fail.
			_, _ = cl.Conn.Write([]byte(strings.ReplaceAll(c.request, "TRACKER", tr.Addr)))
			head, body := cl.Answer()
			mustBeRefused(t, c.status, head, body)
			if rest := cl.Rest(); rest != "" {
				t.Errorf("after the answer the client got %q, want the end", rest)
			}
			cl.Close() // the program waits for what the client still sends, and then records the refusal
			enginetest.Eventually(t, "the refusal is recorded", func() bool { return e.Snapshot().Seq > before })
			entries, _ := e.Activity(before)
			if len(entries) != 1 || entries[0].Kind != exchange.KindRefused || entries[0].Outcome != exchange.OutcomeRefused ||
				strings.Contains(fmt.Sprintf("%+v", entries), reflected) {
				t.Errorf("recorded as %+v", entries)
			}
		})
	}
	if heads := tr.Heads(); len(heads) != 0 || tr.Conns() != 0 {
		t.Errorf("the tracker received %q on %d connections, want nothing", heads, tr.Conns())
	}
	if s := e.Snapshot(); len(s.Torrents) != 0 {
		t.Errorf("the ledger has %d rows, want none", len(s.Torrents))
	}
}

// mustBeRefused checks that an answer is the program's own and repeats nothing from the request.
func mustBeRefused(t *testing.T, status int, head, body string) {
	t.Helper()
	if !strings.HasPrefix(head, fmt.Sprintf("HTTP/1.1 %d ", status)) {
		t.Errorf("the client got %q, want status %d", head, status)
	}
	for _, want := range []string{"Content-Type: text/plain; charset=utf-8", "X-Content-Type-Options: nosniff", "Connection: close"} {
		if !strings.Contains(head, "\r\n"+want+"\r\n") {
			t.Errorf("the answer %q does not have %q", head, want)
		}
	}
	if strings.Contains(head+body, "script") || strings.Contains(strings.ToLower(head), "access-control") || body == "" || len(body) > 200 {
		t.Errorf("the client got %q %q, want a short reason that repeats nothing", head, body)
	}
}

// TestAConnectionThatIsNotHTTPIsClosedAtOnce checks that a first byte that cannot begin a request ends the connection
// at once.
func TestAConnectionThatIsNotHTTPIsClosedAtOnce(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	for _, first := range []string{"\x16\x03\x01\x02\x00", "\x06\x01\x00", "\x00", "{\"method\":1}", "\n", " GET / HTTP/1.1\r\n", "\x80"} {
		cl := enginetest.Dial(t, addr(t, e))
		cl.Send(first)
		if got := cl.Rest(); got != "" {
			t.Errorf("a client that begins with %q got %q, want the end", first, got)
		}
	}
}

// TestAMalformedAnswerNeverLooksCompleteToTheClient: the client gets the program's own 504, or an answer that is visibly
// cut off.
func TestAMalformedAnswerNeverLooksCompleteToTheClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const ok = "HTTP/1.1 200 OK\r\n"
	body := enginetest.Peers
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	for _, c := range []struct {
		name, answer string
		cut          bool // the head is valid, so the client may have got it
	}{
		{"nothing", "", false},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Len", false},
		{"not HTTP", body, false},
		{"HTTP/0.9", "d8:intervali1800ee\r\n\r\n", false},
		{"HTTP/2.0", "HTTP/2.0 200 OK\r\n" + length + "\r\n" + body, false},
		{"ICY", "ICY 200 OK\r\n" + length + "\r\n" + body, false},
		{"a status of two digits", "HTTP/1.1 20 OK\r\n" + length + "\r\n" + body, false},
		{"a status of four digits", "HTTP/1.1 2000 OK\r\n" + length + "\r\n" + body, false},
		{"a status of letters", "HTTP/1.1 2x0 OK\r\n" + length + "\r\n" + body, false},
		{"a status below 100", "HTTP/1.1 099 OK\r\n" + length + "\r\n" + body, false},
		{"NUL", ok + "X: a\x00b\r\n" + length + "\r\n" + body, false},
		{"two lengths", ok + "Content-Length: 5\r\n" + length + "\r\n" + body, false},
		{"a length with a sign", ok + "Content-Length: +5\r\n\r\nabcde", false},
		{"a negative length", ok + "Content-Length: -5\r\n\r\nabcde", false},
		{"two lengths in a line", ok + "Content-Length: 5, 6\r\n\r\nabcde", false},
		{"an unknown coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false},
		{"chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
		{"a head of 257 KiB", ok + "X: " + strings.Repeat("a", 257<<10) + "\r\n" + length + "\r\n" + body, false},
		{"2001 lines", ok + strings.Repeat("X: a\r\n", 2001) + length + "\r\n" + body, false},
		{"a body shorter than its length", ok + "Content-Length: 200\r\n\r\n" + body, true},
		{"a chunk size of letters", chunked + "xyz\r\n" + body, true},
		{"a chunk size with a sign", chunked + "+5\r\nabcde\r\n0\r\n\r\n", true},
		{"a chunk size of 17 digits", chunked + "00000000000000005\r\nabcde\r\n0\r\n\r\n", true},
		{"a chunk longer than its size", chunked + "3\r\nabcde\r\n0\r\n\r\n", true},
		{"a chunk's bare LF", chunked + "5\nabcde\n0\n\n", true},
		{"an endless extension", chunked + "5;" + strings.Repeat("a", 300) + "\r\nabcde\r\n0\r\n\r\n", true},
		{"chunks without the last one", chunked + "5\r\nabcde\r\n", true},
		{"a trailer that is cut", chunked + "5\r\nabcde\r\n0\r\nX: ", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Send(c.answer); x.Close() })
			e := enginetest.Engine(t, engine.Options{})
			cl := enginetest.Dial(t, addr(t, e))
			cl.Send(strings.Replace(enginetest.Announce(tr.Addr, "5", ""), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
			got := cl.Rest()
			own := strings.HasPrefix(got, "HTTP/1.1 504 BittOratio: ")
			cut := c.cut && got != "" && strings.HasPrefix(c.answer, got) && (len(got) < len(c.answer) || !strings.HasSuffix(c.answer, "0\r\n\r\n"))
			if !own && !cut {
				t.Errorf("the client got %q, want the program's own answer or one that is cut", got)
			}
			if n := len(tr.Heads()); n != 1 {
				t.Errorf("the tracker received %d requests, want 1", n)
			}
			// The same for a request to something other than a tracker.
			cl = enginetest.Dial(t, addr(t, e))
			cl.Send("GET http://" + tr.Addr + "/page HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n")
			got = cl.Rest()
			own = strings.HasPrefix(got, "HTTP/1.1 502 BittOratio: ")
			cut = c.cut && got != "" && strings.HasPrefix(c.answer, got) && (len(got) < len(c.answer) || !strings.HasSuffix(c.answer, "0\r\n\r\n"))
			if !own && !cut {
				t.Errorf("for a page the client got %q, want the program's own answer or one that is cut", got)
			}
		})
	}
}

// TestBytesAfterAnAnswerWithoutABodyAreDropped: bytes after an answer without a body belong to no answer.
func TestBytesAfterAnAnswerWithoutABodyAreDropped(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for _, c := range []struct{ name, method, answer, want string }{
		{"204", "GET", "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
		{"a body longer than its length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcde", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Send(c.answer) })
			e := enginetest.Engine(t, engine.Options{})
			cl := enginetest.Dial(t, addr(t, e))
			for round := range 2 { // and the connection to the tracker is not reused
				cl.Send(c.method + " http://" + tr.Addr + "/page HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n")
				if got := cl.Read(len(c.want)); got != c.want {
					t.Errorf("the client got %q, want %q", got, c.want)
				}
				tr.Await(t, round+1)
			}
			if tr.Conns() != 2 {
				t.Errorf("%d connections to the tracker, want 2", tr.Conns())
			}
		})
	}
}
