package httphead_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"bittoratio/engine/wire/httphead"
)

// The result of a message: the status of its refusal, or one of these.
const (
	accepted = 0
	cut      = -1
)

func verdict(t *testing.T, err error) int {
	t.Helper()
	var refused *httphead.Error
	switch {
	case err == nil || err == io.EOF:
		return accepted
	case errors.Is(err, httphead.ErrCut):
		return cut
	case errors.As(err, &refused):
		if refused.Reason == "" || strings.ContainsAny(refused.Reason, "\r\n\"") {
			t.Errorf("the reason %q is not a plain sentence", refused.Reason)
		}
		return refused.Status
	}
	t.Fatalf("unexpected kind of error: %v", err)
	return 0
}

// readRequest reads one request to the end of its body, as a proxy does.
func readRequest(raw string) error {
	src := httphead.NewSource(strings.NewReader(raw), nil)
	head, err := src.Head(httphead.MaxHead)
	if err != nil {
		return err
	}
	var r httphead.Request
	if err := r.Parse(head); err != nil {
		return err
	}
	f, err := r.Framing()
	if err != nil {
		return err
	}
	if a, ok := r.Absolute(); ok {
		if _, err := r.Forward(nil, a); err != nil {
			return err
		}
	}
	_, err = readBody(src, f)
	return err
}

// readAnswer reads one answer to a request with this method, to the end of its body.
func readAnswer(method, raw string) (body string, err error) {
	src := httphead.NewSource(strings.NewReader(raw), nil)
	head, err := src.Head(httphead.MaxAnswerHead)
	if err != nil {
		return "", err
	}
	var r httphead.Response
	if err := r.Parse(head); err != nil {
		return "", err
	}
	f, err := r.Framing(method)
	if err != nil {
		return "", err
	}
	return readBody(src, f)
}

func readBody(src *httphead.Source, f httphead.Framing) (string, error) {
	var all []byte
	for body := src.Body(f); ; {
		piece, err := body.Next()
		if err == io.EOF {
			return string(all), nil
		}
		if err != nil {
			return string(all), err
		}
		if len(piece) == 0 {
			return string(all), errors.New("Next gave no bytes")
		}
		all = append(all, piece...)
	}
}

const (
	line = "GET http://t/announce HTTP/1.1\r\n"
	host = "Host: t\r\n"
	post = "POST http://t/ HTTP/1.1\r\nHost: t\r\n"
	te   = "Transfer-Encoding: chunked\r\n"
)

var requests = []struct {
	name string
	raw  string
	want int
}{
	// The request line.
	{"an announce", line + host + "\r\n", accepted},
	{"origin-form", "GET / HTTP/1.1\r\n" + host + "\r\n", accepted},
	{"CONNECT", "CONNECT t:443 HTTP/1.1\r\nHost: t:443\r\n\r\n", accepted},
	{"CONNECT of old libtorrent", "CONNECT 127.0.0.2:6443 HTTP/1.0\r\n\r\n", accepted},
	{"an unknown method", "BREW http://t/ HTTP/1.1\r\n" + host + "\r\n", accepted},
	{"a method that is no token", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"no method", " / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"two blanks", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
	{"a tab between", "GET\t/ HTTP/1.1\r\n" + host + "\r\n", 400},
	{"a blank in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"a tab in the target", "GET /a\tb HTTP/1.1\r\n" + host + "\r\n", 400},
	{"NUL in the target", "GET /a\x00b HTTP/1.1\r\n" + host + "\r\n", 400},
	{"DEL in the target", "GET /a\x7fb HTTP/1.1\r\n" + host + "\r\n", 400},
	{"CR in the target", "GET /a\rb HTTP/1.1\r\n" + host + "\r\n", 400},
	{"a byte over 127 in the target", "GET /\xf1~\xbd HTTP/1.1\r\n" + host + "\r\n", accepted},
	{"no target", "GET HTTP/1.1\r\n" + host + "\r\n", 400},
	{"HTTP/0.9", "GET /\r\n\r\n", 400},
	{"a blank behind the version", "GET / HTTP/1.1 \r\n" + host + "\r\n", 400},
	{"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 505},
	{"HTTP/2.0", "GET / HTTP/2.0\r\n" + host + "\r\n", 505},
	{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	{"HTTP/1.10", "GET / HTTP/1.10\r\n" + host + "\r\n", 400},
	{"HTTP/11", "GET / HTTP/11\r\n" + host + "\r\n", 400},
	{"http/1.1", "GET / http/1.1\r\n" + host + "\r\n", 400},
	{"HTTP/1.x", "GET / HTTP/1.x\r\n" + host + "\r\n", 400},
	{"another protocol", "GET / HTCPCP/1.1\r\n" + host + "\r\n", 400},
	{"a line feed alone ends the request line", "GET / HTTP/1.1\n" + host + "\r\n", 400},
	{"one empty line before", "\r\n" + line + host + "\r\n", accepted},
	{"two empty lines before", "\r\n\r\n" + line + host + "\r\n", 400},
	{"a target with a fragment", "GET http://t/a#uploaded=1 HTTP/1.1\r\n" + host + "\r\n", 400},

	// Header lines.
	{"an obsolete fold", line + host + "A: b\r\n c\r\n\r\n", 400},
	{"an obsolete fold by tab", line + host + "A: b\r\n\tc\r\n\r\n", 400},
	{"a blank before the first line", line + " Host: t\r\n\r\n", 400},
	{"a blank before the colon", line + "Host : t\r\n\r\n", 400},
	{"a tab before the colon", line + "Host\t: t\r\n\r\n", 400},
	{"no colon", line + host + "Nothing\r\n\r\n", 400},
	{"no name", line + host + ": a\r\n\r\n", 400},
	{"a name that is no token", line + host + "A/B: c\r\n\r\n", 400},
	{"a name over 127", line + host + "\xc3\xa9: c\r\n\r\n", 400},
	{"a name with NUL", line + host + "A\x00: c\r\n\r\n", 400},
	{"NUL in a value", line + host + "A: b\x00c\r\n\r\n", 400},
	{"CR in a value", line + host + "A: b\rc\r\n\r\n", 400},
	{"two CR at the end", line + host + "A: b\r\r\n\r\n", 400},
	{"a control character in a value", line + host + "A: b\x01c\r\n\r\n", 400},
	{"a tab in a value", line + host + "A: b\tc\r\n\r\n", accepted},
	{"a value over 127", line + host + "A: \xc3\xa9\r\n\r\n", accepted},
	{"an empty value", line + host + "A:\r\n\r\n", accepted},
	{"blanks around a value", line + host + "A: \t b \t\r\n\r\n", accepted},
	{"no blank before the value", line + "Host:t\r\n\r\n", accepted},
	{"a line feed alone ends a line", line + "Host: t\nA: b\r\n\r\n", 400},
	{"a line feed alone ends the head", line + host + "\n", 400},
	{"the head is cut", line + host, cut},
	{"the head is cut in its last CR LF", line + host + "\r", cut},

	// Host.
	{"no Host in 1.1", line + "\r\n", 400},
	{"no Host in 1.0", "GET http://t/ HTTP/1.0\r\n\r\n", accepted},
	{"two Hosts", line + host + "Host: u\r\n\r\n", 400},
	{"two equal Hosts", line + host + host + "\r\n", 400},
	{"two Hosts in 1.0", "GET http://t/ HTTP/1.0\r\n" + host + host + "\r\n", 400},
	{"two Hosts in different case", line + host + "hOST: t\r\n\r\n", 400},
	{"an empty Host", line + "Host:\r\n\r\n", accepted},
	{"a Host with a blank", line + "Host: t u\r\n\r\n", 400},
	{"a list of Hosts", line + "Host: t,u\r\n\r\n", 400},
	{"a Host with a path", line + "Host: t/a\r\n\r\n", 400},
	{"a Host with a user", line + "Host: a@t\r\n\r\n", 400},
	{"a Host other than the target", line + "Host: u\r\n\r\n", accepted},

	// The body's length.
	{"a length", post + "Content-Length: 5\r\n\r\nabcde", accepted},
	{"a length of 0", post + "Content-Length: 0\r\n\r\n", accepted},
	{"a body that is cut", post + "Content-Length: 5\r\n\r\nabcd", cut},
	{"a length with plus", post + "Content-Length: +5\r\n\r\nabcde", 400},
	{"a length with minus", post + "Content-Length: -5\r\n\r\nabcde", 400},
	{"a length with a leading zero", post + "Content-Length: 05\r\n\r\nabcde", 400},
	{"a length of 00", post + "Content-Length: 00\r\n\r\n", 400},
	{"a length in hex", post + "Content-Length: 0x5\r\n\r\nabcde", 400},
	{"a length with a fraction", post + "Content-Length: 5.0\r\n\r\nabcde", 400},
	{"an empty length", post + "Content-Length:\r\n\r\n", 400},
	{"a length with blanks within", post + "Content-Length: 1 2\r\n\r\n", 400},
	{"a length over 64 bits", post + "Content-Length: 18446744073709551621\r\n\r\nabcde", 400},
	{"a length of 19 digits", post + "Content-Length: 9223372036854775808\r\n\r\nabcde", 400},
	{"a list of lengths", post + "Content-Length: 5, 5\r\n\r\nabcde", 400},
	{"two lengths that differ", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
	{"two equal lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", accepted},
	{"three lengths, the last different", post + "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nabcde", 400},
	{"length and coding", post + "Content-Length: 5\r\n" + te + "\r\n0\r\n\r\n", 400},
	{"coding and length", post + te + "Content-Length: 5\r\n\r\n0\r\n\r\n", 400},

	// Transfer codings.
	{"chunked", post + te + "\r\n5\r\nabcde\r\n0\r\n\r\n", accepted},
	{"chunked in capitals", post + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", accepted},
	{"Chunked", post + "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n", accepted},
	{"gzip", post + "Transfer-Encoding: gzip\r\n\r\n", 501},
	{"gzip and chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
	{"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501},
	{"identity", post + "Transfer-Encoding: identity\r\n\r\n", 501},
	{"chunked with a parameter", post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 501},
	{"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
	{"chunked in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 501},
	{"two coding lines", post + te + te + "\r\n0\r\n\r\n", 400},
	{"coding and identity", post + te + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
	{"coding in 1.0", "POST http://t/ HTTP/1.0\r\n" + host + te + "\r\n0\r\n\r\n", 400},
	{"a blank before the coding's colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
	{"a folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
	{"a vertical tab before chunked", post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400},

	// Hop-by-hop lines that would change the message's form.
	{"Connection names Host", line + host + "Connection: host\r\n\r\n", 400},
	{"Connection names the length", post + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nabcde", 400},
	{"Connection names the coding", post + "Connection: close, transfer-encoding\r\n" + te + "\r\n0\r\n\r\n", 400},
	{"Expect without a body", line + host + "Expect: 100-continue\r\n\r\n", accepted},

	// Limits.
	{"a request line of 16 KiB", limitedLine(httphead.MaxLine) + host + "\r\n", accepted},
	{"a request line over 16 KiB", limitedLine(httphead.MaxLine+1) + host + "\r\n", 414},
	{"a head of 32 KiB", limitedHead(httphead.MaxHead), accepted},
	{"a head over 32 KiB", limitedHead(httphead.MaxHead + 1), 431},
	{"a head of 1 MiB", limitedHead(1 << 20), 431},
	{"a head that never ends", line + host + "A: " + strings.Repeat("a", 1<<20), 431},
	{"100 lines", line + host + strings.Repeat("A: b\r\n", 99) + "\r\n", accepted},
	{"101 lines", line + host + strings.Repeat("A: b\r\n", 100) + "\r\n", 431},
}

func limitedLine(n int) string {
	const front, back = "GET /", " HTTP/1.1"
	return front + strings.Repeat("a", n-len(front)-len(back)) + back + "\r\n"
}

func limitedHead(n int) string {
	front, back := line+host+"A: ", "\r\n\r\n"
	return front + strings.Repeat("a", n-len(front)-len(back)) + back
}

func TestRequestsAreAcceptedOrRefused(t *testing.T) {
	for _, c := range requests {
		if got := verdict(t, readRequest(c.raw)); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

var answers = []struct {
	name   string
	method string
	raw    string
	want   int
	body   string
}{
	{"a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde", accepted, "de"},
	{"what follows a length is not read", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ndeHTTP/1.1", accepted, "de"},
	{"closed without length, 1.0", "GET", "HTTP/1.0 200 OK\r\n\r\nde", accepted, "de"},
	{"closed without length, 1.1", "GET", "HTTP/1.1 200 OK\r\n\r\nde", accepted, "de"},
	{"no reason phrase", "GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", accepted, ""},
	{"no blank behind the status", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", accepted, ""},
	{"a reason phrase over 127", "GET", "HTTP/1.1 200 \xe9\r\nContent-Length: 0\r\n\r\n", accepted, ""},
	{"chunked", "GET", "HTTP/1.1 200 OK\r\n" + te + "\r\n2\r\nde\r\n0\r\n\r\n", accepted, "2\r\nde\r\n0\r\n\r\n"},
	{"a trailer goes with the body", "GET", "HTTP/1.1 200 OK\r\n" + te + "\r\n0\r\nContent-Length: 5\r\n\r\nabcde", accepted, "0\r\nContent-Length: 5\r\n\r\n"},
	{"HEAD has no body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde", accepted, ""},
	{"HEAD, chunked", "HEAD", "HTTP/1.1 200 OK\r\n" + te + "\r\n2\r\nde", accepted, ""},
	{"204 has no body", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nde", accepted, ""},
	{"304 has no body", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nde", accepted, ""},
	{"100 has no body", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", accepted, ""},
	{"103 has no body", "GET", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200", accepted, ""},
	{"a control character in a value", "GET", "HTTP/1.1 200 OK\r\nA: b\x01\r\nContent-Length: 0\r\n\r\n", accepted, ""},

	{"a body that is cut", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nde", cut, "de"},
	{"a head that is cut", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", cut, ""},
	{"a chunk that is cut", "GET", "HTTP/1.1 200 OK\r\n" + te + "\r\n3\r\nde", cut, "3\r\nde"},
	{"chunks without the last", "GET", "HTTP/1.1 200 OK\r\n" + te + "\r\n2\r\nde\r\n", cut, "2\r\nde\r\n"},
	{"a length with plus", "GET", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nde", 400, ""},
	{"two lengths that differ", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nde", 400, ""},
	{"two equal lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nde", accepted, "de"},
	{"length and coding", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + te + "\r\n0\r\n\r\n", accepted, "0\r\n\r\n"},
	{"length and coding in an answer to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + te + "\r\n", accepted, ""},
	{"length and coding in 1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n" + te + "\r\nde", 400, ""},
	{"coding in 1.0", "GET", "HTTP/1.0 200 OK\r\n" + te + "\r\n0\r\n\r\n", 400, ""},
	{"gzip as transfer coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nde", 501, ""},
	{"an obsolete fold", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", accepted, ""},
	{"a blank before the colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", accepted, ""},
	{"NUL in a value", "GET", "HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n", 400, ""},
	{"CR in a value", "GET", "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 0\r\n\r\nde", accepted, "de"},
	{"CR in the reason phrase", "GET", "HTTP/1.1 200 O\rK\r\n\r\n", accepted, ""},
	{"line feeds alone", "GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", accepted, ""},
	{"a line without a colon", "GET", "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n", 400, ""},
	{"HTTP/2.0", "GET", "HTTP/2.0 200 OK\r\n\r\n", 505, ""},
	{"another protocol", "GET", "ICY 200 OK  \r\n\r\n", 400, ""},
	{"a status of two digits", "GET", "HTTP/1.1 20 OK\r\n\r\n", 400, ""},
	{"a status of four digits", "GET", "HTTP/1.1 2000 OK\r\n\r\n", 400, ""},
	{"a status with a sign", "GET", "HTTP/1.1 +20 OK\r\n\r\n", 400, ""},
	{"a status below 100", "GET", "HTTP/1.1 099 OK\r\n\r\n", 400, ""},
	{"two blanks before the status", "GET", "HTTP/1.1  200 OK\r\n\r\n", 400, ""},
	{"a head over 32 KiB", "GET", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", httphead.MaxHead) + "\r\n\r\n", accepted, ""},
	{"a head over 256 KiB", "GET", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", httphead.MaxAnswerHead) + "\r\n\r\n", 431, ""},
	{"2000 lines", "GET", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 2000) + "\r\n", accepted, ""},
	{"2001 lines", "GET", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 2001) + "\r\n", 431, ""},
}

func TestAnswersAreAcceptedOrRefused(t *testing.T) {
	for _, c := range answers {
		body, err := readAnswer(c.method, c.raw)
		if got := verdict(t, err); got != c.want || body != c.body {
			t.Errorf("%s: got %d with body %q, want %d with %q", c.name, got, body, c.want, c.body)
		}
	}
}

// TestAnAnswerThatBreaksHTTPIsCorrected: what is passed on is well formed, and everything else in it stays.
func TestAnAnswerThatBreaksHTTPIsCorrected(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ name, raw, want string }{
		{"well formed", ok + "A:b \r\ncontent-length:62\r\n\r\n", ok + "A:b \r\ncontent-length:62\r\n\r\n"},
		{"line feeds", "HTTP/1.1 200 OK\nA: b\n\n", ok + "A: b\r\n\r\n"},
		{"the last line feed", ok + "A: b\n\n", ok + "A: b\r\n\r\n"},
		{"CR in a value", ok + "A: b\rc\r\n\r\n", ok + "A: b c\r\n\r\n"},
		{"blanks before the colon", ok + "A \t: b\r\nC:  d \r\n\r\n", ok + "A: b\r\nC:  d \r\n\r\n"},
		{"folded lines", ok + "A: b\r\n \t c\r\n d\r\nE: f\r\n\r\n", ok + "A: b c d\r\nE: f\r\n\r\n"},
		{"a blank line's kin before the first header", ok + "  A: b\r\nC: d\r\n\r\n", ok + "C: d\r\n\r\n"},
		{"one length twice", ok + "content-length:  62, 62\r\n\r\n", ok + "content-length:  62\r\n\r\n"},
		{"leading zeros", ok + "Content-Length: 000062\r\n\r\n", ok + "Content-Length: 62\r\n\r\n"},
		{"nothing but zeros", ok + "Content-Length: 00\r\n\r\n", ok + "Content-Length: 0\r\n\r\n"},
		{"two lines of one length", ok + "Content-Length: 62\r\nContent-Length: 062\r\n\r\n", ok + "Content-Length: 62\r\nContent-Length: 62\r\n\r\n"},
		{"identity", ok + "Transfer-Encoding: identity\r\nContent-Length: 62\r\n\r\n", ok + "Content-Length: 62\r\n\r\n"},
		{"length and chunks", ok + "Content-Length: 62\r\nTransfer-Encoding: chunked\r\n\r\n", ok + "Transfer-Encoding: chunked\r\n\r\n"},
		{"chunks behind a blank", "HTTP/1.1 200 OK\nTransfer-Encoding : chunked\n\n", ok + "Transfer-Encoding: chunked\r\n\r\n"},
	} {
		var r httphead.Response
		if err := r.Parse([]byte(c.raw)); err != nil || string(r.Raw) != c.want {
			t.Errorf("%s: Parse returned %q, %v", c.name, r.Raw, err)
		}
		if f, err := r.Framing("GET"); err != nil || strings.Contains(c.want, "62") != (f == httphead.Framing{Kind: httphead.Length, Length: 62}) {
			t.Errorf("%s: framing %v, %v", c.name, f, err)
		}
	}
	for _, lines := range []string{"Content-Length: 62, 63\r\n", "Content-Length: 6 2\r\n", "Content-Length: 62,\r\n", "Content-Length: 0x3e\r\n", "Transfer-Encoding: gzip, chunked\r\n"} {
		var r httphead.Response
		err := r.Parse([]byte(ok + lines + "\r\n"))
		if _, framing := r.Framing("GET"); err == nil && framing == nil {
			t.Errorf("%q was accepted", lines)
		}
	}
}

func TestInterimAnswersAreNotFinal(t *testing.T) {
	for raw, want := range map[string]bool{
		"HTTP/1.1 100 Continue\r\n\r\n":            true,
		"HTTP/1.1 103 Early Hints\r\n\r\n":         true,
		"HTTP/1.1 101 Switching Protocols\r\n\r\n": false,
		"HTTP/1.1 200 OK\r\n\r\n":                  false,
	} {
		var r httphead.Response
		if err := r.Parse([]byte(raw)); err != nil || r.Interim() != want {
			t.Errorf("%q: interim %v (%v), want %v", raw, r.Interim(), err, want)
		}
	}
}

func TestKeepAliveFollowsVersionAndConnectionHeader(t *testing.T) {
	for _, c := range []struct {
		version, lines         string
		client, closesUpstream bool
		answer                 bool
	}{
		{"1.1", "", true, false, true},
		{"1.1", "Connection: keep-alive\r\n", true, false, true},
		{"1.1", "Connection: close\r\n", false, true, false},
		{"1.1", "Connection: Close\r\n", false, true, false},
		{"1.1", "Connection: TE, close\r\n", false, true, false},
		{"1.1", "Connection: TE\r\nConnection: close\r\n", false, true, false},
		{"1.1", "Connection: keep-alive, close\r\n", false, true, false},
		{"1.1", "Connection: closed\r\n", true, false, true},
		{"1.1", "Proxy-Connection: close\r\n", false, false, true},
		{"1.0", "", false, true, false},
		{"1.0", "Connection: Keep-Alive\r\n", true, false, true},
		{"1.0", "Proxy-Connection: Keep-Alive\r\n", true, true, false},
		{"1.0", "Connection: close\r\nProxy-Connection: keep-alive\r\n", false, true, false},
	} {
		var q httphead.Request
		var a httphead.Response
		if err := q.Parse([]byte("GET / HTTP/" + c.version + "\r\nHost: t\r\n" + c.lines + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if err := a.Parse([]byte("HTTP/" + c.version + " 200 OK\r\n" + c.lines + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if q.KeepsAlive() != c.client || q.ClosesUpstream() != c.closesUpstream || a.KeepsAlive() != c.answer {
			t.Errorf("HTTP/%s %q: request keeps alive %v, closes upstream %v, answer keeps alive %v", c.version, c.lines, q.KeepsAlive(), q.ClosesUpstream(), a.KeepsAlive())
		}
	}
}

// TestAnUpgradedConnectionIsNotReused: after 101 the bytes on it are no longer HTTP.
func TestAnUpgradedConnectionIsNotReused(t *testing.T) {
	var r httphead.Response
	if err := r.Parse([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")); err != nil || r.KeepsAlive() {
		t.Errorf("keeps alive: %v (%v)", r.KeepsAlive(), err)
	}
}

func TestBrowsersAreRecognisedByTheirHeaders(t *testing.T) {
	for lines, want := range map[string]bool{
		"User-Agent: Transmission/4.1.4\r\nAccept: */*\r\n":  false,
		"Origin: http://evil.test\r\n":                       true,
		"Origin: null\r\n":                                   true,
		"referer: http://evil.test/\r\n":                     false,
		"User-Agent: aria2/1.36.0\r\nCookie: __cf_bm=a;\r\n": false,
		"Cookie: a=b\r\nUser-Agent: Mozilla/5.0 (X11)\r\n":   true,
		"User-Agent: Mozilla/5.0 (X11)\r\n":                  true,
		"Accept-Language: fr\r\nCookie: a=b\r\n":             false,
		"Accept-Language: fr\r\n":                            false,
		"Set-Cookie: a=b\r\n":                                false,
		"Sec-Fetch-Site: cross-site\r\n":                     true,
		"sec-fetch-dest: image\r\n":                          true,
		"Sec-Fetch-Mode: cors\r\nAccept-Language: *\r\n":     false,
		"Sec-Fetc: a\r\n":                                    false,
		"X-Origin: a\r\n":                                    false,
	} {
		var r httphead.Request
		if err := r.Parse([]byte(line + host + lines + "\r\n")); err != nil || r.FromBrowser() != want {
			t.Errorf("%q: from a browser %v (%v), want %v", lines, r.FromBrowser(), err, want)
		}
	}
}

// TestARequestCanParseTheNextHead: the same value parses one head after another.
func TestARequestCanParseTheNextHead(t *testing.T) {
	var r httphead.Request
	for _, c := range []struct {
		raw    string
		fields int
		minor  int
	}{
		{line + host + "A: b\r\nC: d\r\n\r\n", 3, 1},
		{"GET / HTTP/1.0\r\n\r\n", 0, 0},
		{line + host + "\r\n", 1, 1},
	} {
		if err := r.Parse([]byte(c.raw)); err != nil || len(r.Fields) != c.fields || r.Minor() != c.minor {
			t.Errorf("%q: %d fields, minor %d (%v)", c.raw, len(r.Fields), r.Minor(), err)
		}
	}
}
