package httptracker_test

import (
	"os"
	"testing"

	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// BenchmarkAnnounce measures what the wire packages do for one announce, with the buffers of a connection that has
// carried others before.
func BenchmarkAnnounce(b *testing.B) {
	raw, err := os.ReadFile("testdata/requests/transmission-4.1.4-proxied-plain.http")
	if err != nil {
		b.Fatal(err)
	}
	var head httphead.Request
	if err := head.Parse(raw); err != nil {
		b.Fatal(err)
	}
	a, ok := head.Absolute()
	if !ok {
		b.Fatal("not of absolute form")
	}
	authority := string(a.Authority.Of(raw))
	var edits []httphead.Edit
	var out []byte

	b.Run("head", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := head.Parse(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("forward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if edits, err = head.Forward(edits[:0], a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("announce", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := httptracker.Parse(raw, "http", authority, a.Path, a.Query); !ok {
				b.Fatal("not recognised")
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = head.Parse(raw)
			a, _ := head.Absolute()
			edits, _ = head.Forward(edits[:0], a)
			r, _ := httptracker.Parse(raw, "http", authority, a.Path, a.Query)
			if e, ok := r.Report(123456789); ok {
				edits = append(edits, httphead.Edit{})
				copy(edits[2:], edits[1:])
				edits[1] = e
			}
			out = httphead.Apply(out[:0], raw, edits...)
		}
	})
}
