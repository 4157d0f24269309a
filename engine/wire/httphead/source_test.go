package httphead_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"bittoratio/engine/wire/httphead"
)

// pieces returns one string per read, then the error.
type pieces struct {
	rest []string
	err  error
}

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.rest) > 0 && p.rest[0] == "" {
		p.rest = p.rest[1:]
	}
	if len(p.rest) == 0 {
		return 0, p.err
	}
	n := copy(b, p.rest[0])
	p.rest[0] = p.rest[0][n:]
	return n, nil
}

// readAll reads every message with a body of known length, and returns how the connection ended.
func readAll(src *httphead.Source) (messages []string, err error) {
	for {
		raw, err := src.Head(httphead.MaxHead)
		if err != nil {
			return messages, err
		}
		head := string(raw)
		var r httphead.Request
		if err := r.Parse(raw); err != nil {
			return messages, err
		}
		f, err := r.Framing()
		if err != nil {
			return messages, err
		}
		body, err := readBody(src, f)
		if err != nil {
			return messages, err
		}
		messages = append(messages, head+body)
	}
}

var pipeline = []string{
	line + host + "\r\n",
	post + "Content-Length: 3\r\n\r\nab\n",
	post + te + "\r\n3\r\na\r\n\r\n0\r\nT: u\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
}

func TestMessagesAreReadTheSameHoweverTheyArrive(t *testing.T) {
	all := "\r\n" + strings.Join(pipeline, "")
	same := func(how string, r io.Reader, buf []byte) {
		t.Helper()
		got, err := readAll(httphead.NewSource(r, buf))
		if err != io.EOF || strings.Join(got, "|") != strings.Join(pipeline, "|") {
			t.Errorf("%s: read %q, then %v", how, got, err)
		}
	}
	for i := range len(all) + 1 {
		same("cut in two", &pieces{[]string{all[:i], all[i:]}, io.EOF}, nil)
	}
	same("byte by byte", iotest.OneByteReader(strings.NewReader(all)), nil)
	same("with the end in the last read", iotest.DataErrReader(strings.NewReader(all)), nil)
	for size := 1; size < 70; size++ {
		same("from a small buffer on", strings.NewReader(all), make([]byte, size))
		same("from a small buffer on, byte by byte", iotest.OneByteReader(strings.NewReader(all)), make([]byte, size))
	}
}

// TestBytesAfterTheHeadAreNotConsumed: a tunnel, or the next message, continues with exactly the bytes that follow.
func TestBytesAfterTheHeadAreNotConsumed(t *testing.T) {
	src := httphead.NewSource(strings.NewReader(pipeline[0]+"\x16\x03\x01"), nil)
	if src.Waiting() {
		t.Error("Buffered is not empty before the first read")
	}
	head, err := src.Head(httphead.MaxHead)
	if err != nil || string(head) != pipeline[0] {
		t.Fatalf("head %q (%v)", head, err)
	}
	if !src.Waiting() || string(src.Buffered()) != "\x16\x03\x01" {
		t.Errorf("behind the head is %q", src.Buffered())
	}
	if cap(head) != len(head) {
		t.Error("appending to the head would overwrite what follows")
	}
}

func TestBeginWaitsForTheFirstByte(t *testing.T) {
	src := httphead.NewSource(&pieces{[]string{"G", pipeline[0][1:]}, io.EOF}, nil)
	if err := src.Begin(); err != nil || string(src.Buffered()) != "G" {
		t.Fatalf("Buffered returned %q (%v)", src.Buffered(), err)
	}
	if err := src.Begin(); err != nil || string(src.Buffered()) != "G" {
		t.Fatalf("a second Begin read more: %q (%v)", src.Buffered(), err)
	}
	if head, err := src.Head(httphead.MaxHead); err != nil || string(head) != pipeline[0] {
		t.Fatalf("Head returned %q (%v)", head, err)
	}
	if err := src.Begin(); err != io.EOF {
		t.Errorf("at the end: %v, want %v", err, io.EOF)
	}
}

func TestTheEndIsDistinguishedFromACutHead(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name, raw  string
		fails, err error
	}{
		{"nothing came", "", io.EOF, io.EOF},
		{"an empty line came", "\r\n", io.EOF, io.EOF},
		{"one byte came", "G", io.EOF, httphead.ErrCut},
		{"half an empty line came", "\r", io.EOF, httphead.ErrCut},
		{"all but the last byte came", pipeline[0][:len(pipeline[0])-1], io.EOF, httphead.ErrCut},
		{"the connection broke", "GET", broken, broken},
		{"the connection broke before the first byte", "", broken, broken},
		{"a read gave nothing", "GET", nil, io.ErrNoProgress},
	} {
		if _, err := httphead.NewSource(&pieces{[]string{c.raw}, c.fails}, nil).Head(httphead.MaxHead); err != c.err {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
}

// TestTheLargestHeadIsTheSameHoweverItArrives: the limit does not depend on how the bytes come.
func TestTheLargestHeadIsTheSameHoweverItArrives(t *testing.T) {
	for _, behind := range []string{"", "GET / HTTP/1.1\r\n\r\n"} {
		for size, want := range map[int]int{httphead.MaxHead: accepted, httphead.MaxHead + 1: 431} {
			raw := limitedHead(size) + behind
			for _, r := range []io.Reader{strings.NewReader(raw), iotest.OneByteReader(strings.NewReader(raw)), &pieces{[]string{raw[:4000], raw[4000:9000], raw[9000:]}, io.EOF}} {
				head, err := httphead.NewSource(r, nil).Head(httphead.MaxHead)
				if got := verdict(t, err); got != want || err == nil && len(head) != size {
					t.Errorf("head of %d bytes with %d behind: got %d, %d bytes", size, len(behind), got, len(head))
				}
			}
		}
	}
}

// TestAMalformedHeadIsRefusedAtOnce: a client that ends its lines with LF alone gets status 400 at once.
func TestAMalformedHeadIsRefusedAtOnce(t *testing.T) {
	waits := errors.New("waited")
	for _, raw := range []string{"GET / HTTP/1.1\nHost: t\n\n", "GET / HTTP/1.1\r\nHost: t\r\n\n", "GET / HTTP/1.1\nHost: t\n\r\n"} {
		if _, err := httphead.NewSource(&pieces{[]string{raw}, waits}, nil).Head(httphead.MaxHead); err != nil {
			t.Errorf("%q: Head returned %v", raw, err)
		}
	}
}

// TestALongBodyGetsALargerBuffer, and not a byte is lost when the room changes, also while bytes are buffered.
func TestALongBodyGetsALargerBuffer(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n\r\n"
	content := strings.Repeat("0123456789", 60_000)
	s := httphead.NewSource(strings.NewReader(content+head), nil)
	body := s.Body(httphead.Framing{Kind: httphead.Length, Length: int64(len(content))})
	var got strings.Builder
	longest := 0
	for i := 0; ; i++ {
		if i%3 == 1 {
			_ = s.Begin()
		}
		s.Widen()
		if i%3 > 0 {
			s.Narrow()
		}
		p, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(p))
		got.Write(p)
	}
	if got.String() != content {
		t.Errorf("received %d bytes, or other ones than were sent", got.Len())
	}
	if longest < 32<<10 {
		t.Errorf("the longest piece has %d bytes", longest)
	}
	if b, err := s.Head(httphead.MaxHead); err != nil || string(b) != head {
		t.Errorf("behind the body: %q, %v", b, err)
	}
}
