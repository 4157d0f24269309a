package httphead_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"bittoratio/engine/wire/httphead"
)

var chunked = []struct {
	name, raw string
	want      int
	content   string
}{
	{"nothing", "0\r\n\r\n", accepted, ""},
	{"one chunk", "5\r\nabcde\r\n0\r\n\r\n", accepted, "abcde"},
	{"two chunks", "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", accepted, "abcde"},
	{"line ends in a chunk", "5\r\n\r\n\r\n0\r\n0\r\n\r\n", accepted, "\r\n\r\n0"},
	{"hexadecimal", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", accepted, "01234567890123456789"},
	{"zeros before the size", "0005\r\nabcde\r\n000\r\n\r\n", accepted, "abcde"},
	{"16 digits", "0000000000000005\r\nabcde\r\n0\r\n\r\n", accepted, "abcde"},
	{"an extension", "5;a=b\r\nabcde\r\n0;c\r\n\r\n", accepted, "abcde"},
	{"an extension of 256 bytes", "5;" + strings.Repeat("a", 256) + "\r\nabcde\r\n0\r\n\r\n", accepted, "abcde"},
	{"a trailer", "0\r\nA: b\r\nC: d\r\n\r\n", accepted, ""},
	{"what follows is left", "0\r\n\r\nGET / HTTP/1.1\r\n", accepted, ""},

	{"plus", "+5\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"minus", "-5\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"0x", "0x5\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"underscore", "1_0\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"no size", "\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"only an extension", ";a\r\n\r\n", 400, ""},
	{"a blank before the size", " 5\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"a blank behind the size", "5 \r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"17 digits", "00000000000000005\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"2^64", "10000000000000000\r\n", 400, ""},
	{"2^64 - 1", "ffffffffffffffff\r\n", 400, ""},
	{"a line feed alone behind the size", "5\nabcde\r\n0\r\n\r\n", 400, ""},
	{"CR alone behind the size", "5\rabcde\r\n0\r\n\r\n", 400, ""},
	{"a line feed alone behind an extension", "5;a\nabcde\r\n0\r\n\r\n", 400, ""},
	{"CR in an extension", "5;a\rb\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"NUL in an extension", "5;\x00\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"an extension of 257 bytes", "5;" + strings.Repeat("a", 257) + "\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"extensions of 4097 bytes in all", strings.Repeat("1;"+strings.Repeat("a", 240)+"\r\nx\r\n", 18) + "0\r\n\r\n", 400, ""},
	{"a chunk longer than its size", "4\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"a chunk shorter than its size", "6\r\nabcde\r\n0\r\n\r\n", 400, ""},
	{"no line end behind a chunk", "5\r\nabcde0\r\n\r\n", 400, ""},
	{"a line feed alone behind a chunk", "5\r\nabcde\n0\r\n\r\n", 400, ""},
	{"CR alone behind a chunk", "5\r\nabcde\r0\r\n\r\n", 400, ""},
	{"a line feed alone in the trailer", "0\r\nA: b\n\r\n", 400, ""},
	{"a line feed alone ends the trailer", "0\r\n\n", 400, ""},
	{"CR in the trailer", "0\r\nA: b\rC\r\n\r\n", 400, ""},
	{"NUL in the trailer", "0\r\nA: \x00\r\n\r\n", 400, ""},
	{"a trailer over 8 KiB", "0\r\n" + strings.Repeat("A: b\r\n", 2049) + "\r\n", 400, ""},

	{"no last chunk", "5\r\nabcde\r\n", cut, ""},
	{"a cut size", "5", cut, ""},
	{"a cut chunk", "5\r\nabc", cut, ""},
	{"a cut trailer", "0\r\nA: b\r\n", cut, ""},
	{"empty", "", cut, ""},
}

func TestChunksAreAcceptedOrRefused(t *testing.T) {
	for _, c := range chunked {
		content, err := httphead.Dechunk([]byte(c.raw))
		if got := verdict(t, err); got != c.want || string(content) != c.content {
			t.Errorf("%s: got %d with %q, want %d with %q", c.name, got, content, c.want, c.content)
		}
		src := httphead.NewSource(strings.NewReader(c.raw), nil)
		wire, err := readBody(src, httphead.Framing{Kind: httphead.Chunked})
		if got := verdict(t, err); got != c.want {
			t.Errorf("%s, from a connection: got %d, want %d", c.name, got, c.want)
		}
		if err == nil && wire+string(src.Buffered()) != c.raw {
			t.Errorf("%s, from a connection: read %q, buffered %q", c.name, wire, src.Buffered())
		}
	}
}

func TestChunksAreReadTheSameHoweverTheyArrive(t *testing.T) {
	for _, c := range chunked {
		if len(c.raw) > 2000 {
			continue
		}
		whole, _, wholeErr := oneBody(httphead.Chunked, 0, strings.NewReader(c.raw))
		for i := range len(c.raw) + 1 {
			got, _, err := oneBody(httphead.Chunked, 0, &pieces{[]string{c.raw[:i], c.raw[i:]}, io.EOF})
			if verdict(t, err) != verdict(t, wholeErr) || err == nil && got != whole {
				t.Errorf("%s, cut at %d: got %q (%v), uncut %q (%v)", c.name, i, got, err, whole, wholeErr)
			}
		}
	}
}

// oneBody returns a body as it is on the wire, and the bytes after it.
func oneBody(k httphead.Kind, length int64, r io.Reader) (body, behind string, err error) {
	src := httphead.NewSource(r, nil)
	body, err = readBody(src, httphead.Framing{Kind: k, Length: length})
	return body, string(src.Buffered()), err
}

func TestABodyEndsWhereItsFramingEnds(t *testing.T) {
	for _, c := range []struct {
		kind         httphead.Kind
		length       int64
		body, behind string
		want         int
	}{
		{httphead.NoBody, 0, "", "", accepted},
		{httphead.Length, 0, "", "", accepted},
		{httphead.Length, 5, "abcde", "", accepted},
		{httphead.Length, 5, "abcde", "GET", accepted},
		{httphead.Length, 6, "abcde", "", cut},
		{httphead.Length, 1, "", "", cut},
		{httphead.UntilClose, 0, "abcde", "", accepted},
		{httphead.UntilClose, 0, "", "", accepted},
	} {
		all := c.body + c.behind
		for i := range len(all) + 1 {
			body, behind, err := oneBody(c.kind, c.length, &pieces{[]string{all[:i], all[i:]}, io.EOF})
			if verdict(t, err) != c.want || body != c.body || !strings.HasPrefix(c.behind, behind) {
				t.Errorf("kind %d, length %d of %q cut at %d: body %q, then %q (%v)", c.kind, c.length, all, i, body, behind, err)
			}
		}
	}
}

func TestALargeBodyPassesThroughASmallBuffer(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	got, _, err := oneBody(httphead.Length, int64(len(content)), iotest.HalfReader(bytes.NewReader(content)))
	if err != nil || got != string(content) {
		t.Errorf("read %d of %d bytes (%v)", len(got), len(content), err)
	}
	wire := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(content), content)
	if got, _, err = oneBody(httphead.Chunked, 0, strings.NewReader(wire)); err != nil || got != wire {
		t.Errorf("chunked: read %d of %d bytes (%v)", len(got), len(wire), err)
	}
}

func TestABrokenConnectionIsNoEndOfABody(t *testing.T) {
	broken := errors.New("broken")
	for _, k := range []httphead.Kind{httphead.Length, httphead.Chunked, httphead.UntilClose} {
		if _, _, err := oneBody(k, 100, &pieces{[]string{"5\r\nab"}, broken}); err != broken {
			t.Errorf("kind %d: %v, want %v", k, err, broken)
		}
	}
}

func TestBufferedReportsWhetherBytesNeedNoWaiting(t *testing.T) {
	src := httphead.NewSource(&pieces{[]string{pipeline[0] + "ab", "cde"}, io.EOF}, nil)
	if _, err := src.Head(httphead.MaxHead); err != nil {
		t.Fatal(err)
	}
	body := src.Body(httphead.Framing{Kind: httphead.Length, Length: 5})
	for _, step := range []struct {
		buffered bool
		piece    string
	}{{true, "ab"}, {false, "cde"}} {
		if body.Buffered() != step.buffered || body.Done() {
			t.Errorf("before %q: buffered %v, done %v", step.piece, body.Buffered(), body.Done())
		}
		if piece, err := body.Next(); err != nil || string(piece) != step.piece {
			t.Errorf("read %q (%v), want %q", piece, err, step.piece)
		}
	}
	if _, err := body.Next(); !body.Buffered() || !body.Done() || err != io.EOF {
		t.Errorf("at the end: buffered %v, done %v, %v", body.Buffered(), body.Done(), err)
	}
}
