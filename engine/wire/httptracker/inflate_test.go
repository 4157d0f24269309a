package httptracker

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// codings are those that a client may offer, each with a server's writer.
var codings = []struct {
	test, name string
	writer     func(io.Writer) io.WriteCloser
}{
	{"gzip", "gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	{"x-gzip", "x-gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	{"capitals", " GZIP ", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	{"zlib", "deflate", func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }},
	{"raw deflate", "deflate", func(w io.Writer) io.WriteCloser { return must(flate.NewWriter(w, 6)) }},
	{"br", "br", func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }},
	{"zstd", "zstd", func(w io.Writer) io.WriteCloser { return must(zstd.NewWriter(w)) }},
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func deflated(t testing.TB, writer func(io.Writer) io.WriteCloser, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := writer(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var plainAnswer = []byte("d8:completei4e10:downloadedi9e10:incompletei1e8:intervali1742e5:peers12:" + peer4 + peer4 + "e")

func TestInflateDecodesEveryCoding(t *testing.T) {
	for _, c := range codings {
		t.Run(c.test, func(t *testing.T) {
			sent := deflated(t, c.writer, plainAnswer)
			for range 3 { // the second and third time with a used reader
				got, err := Inflate(c.name, sent, 1<<20)
				if err != nil || !bytes.Equal(got, plainAnswer) {
					t.Fatalf("Inflate returned %q, %v", got, err)
				}
			}
			if _, err := Inflate(c.name, sent, len(plainAnswer)); err != nil {
				t.Errorf("a body of exactly the limit: %v", err)
			}
			if _, err := Inflate(c.name, sent, len(plainAnswer)-1); !errors.Is(err, ErrTooLarge) {
				t.Errorf("one byte above the limit: %v", err)
			}
		})
	}
}

func TestInflateRefusesACutBody(t *testing.T) {
	for _, c := range codings {
		sent := deflated(t, c.writer, plainAnswer)
		for _, n := range []int{0, 1, 2, 5, len(sent) / 2, len(sent) - 1} {
			if got, err := Inflate(c.name, sent[:n], 1<<20); err == nil || got != nil {
				t.Errorf("%s, %d of %d bytes: got %q", c.test, n, len(sent), got)
			}
		}
		if got, err := Inflate(c.name, sent, 1<<20); err != nil || !bytes.Equal(got, plainAnswer) {
			t.Errorf("%s after cut bodies: %q, %v", c.test, got, err)
		}
	}
}

func TestInflateStopsABomb(t *testing.T) {
	zeros := make([]byte, 4<<20)
	for _, c := range codings {
		t.Run(c.test, func(t *testing.T) {
			sent := deflated(t, c.writer, zeros)
			got, err := Inflate(c.name, sent, 256<<10)
			if !errors.Is(err, ErrTooLarge) || got != nil {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
		})
	}
}

func TestInflateBoundsTheRatio(t *testing.T) {
	small := deflated(t, codings[0].writer, make([]byte, 65<<10))
	if len(small) > 600 {
		t.Fatalf("the compressed body has %d bytes, too many for this test", len(small))
	}
	if _, err := Inflate("gzip", small, 1<<20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("65 KiB from %d bytes: unexpected error %v", len(small), err)
	}
	if _, err := Inflate("gzip", deflated(t, codings[0].writer, make([]byte, 64<<10)), 1<<20); err != nil {
		t.Errorf("64 KiB: unexpected error %v", err)
	}
}

func TestInflateLeavesOtherBodiesAlone(t *testing.T) {
	for _, coding := range []string{"", "identity", "Identity"} {
		if got, err := Inflate(coding, plainAnswer, 1<<20); err != nil || !bytes.Equal(got, plainAnswer) {
			t.Errorf("%q: Inflate returned %q, %v", coding, got, err)
		}
		if _, err := Inflate(coding, plainAnswer, 5); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%q: Inflate returned %v", coding, err)
		}
	}
	for _, coding := range []string{"compress", "gzip, br", "x", strings.Repeat("y", 9999)} {
		if _, err := Inflate(coding, plainAnswer, 1<<20); !errors.Is(err, ErrEncoding) || len(err.Error()) > 100 {
			t.Errorf("%.20q: Inflate returned %v", coding, err)
		}
	}
}

func TestInflateIsSafeForConcurrentUse(t *testing.T) {
	var all sync.WaitGroup
	for _, c := range codings {
		sent := deflated(t, c.writer, plainAnswer)
		for range 4 {
			all.Go(func() {
				for range 50 {
					if got, err := Inflate(c.name, sent, 1<<20); err != nil || !bytes.Equal(got, plainAnswer) {
						t.Errorf("%s: Inflate returned %q, %v", c.test, got, err)
						return
					}
				}
			})
		}
	}
	all.Wait()
}

func FuzzInflate(f *testing.F) {
	for i, c := range codings {
		f.Add(i, deflated(f, c.writer, plainAnswer))
	}
	f.Add(5, []byte("\x1b\x00\x00"))
	f.Fuzz(func(t *testing.T, coding int, body []byte) {
		name := codings[uint(coding)%uint(len(codings))].name
		got, err := Inflate(name, body, 1<<18)
		if err == nil && len(got) > min(1<<18, max(alwaysFine, maxRatio*len(body))) || err != nil && got != nil {
			t.Fatalf("%s: got %d of %d bytes, %v", name, len(got), len(body), err)
		}
		// A reader that has read garbage must read the next answer as a new one does.
		c := codings[uint(coding)%uint(len(codings))]
		if again, err := Inflate(c.name, deflated(t, c.writer, plainAnswer), 1<<18); err != nil || !bytes.Equal(again, plainAnswer) {
			t.Fatalf("%s afterwards: got %q, %v", name, again, err)
		}
	})
}

func BenchmarkInflateGzip(b *testing.B) {
	sent := deflated(b, codings[0].writer, plainAnswer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inflate("gzip", sent, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
