package httptracker_test

import (
	"testing"

	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// FuzzParseRequest checks that nothing panics, that every tracker reads the reported total in a recognised announce,
// and that we read everything else in it as before.
func FuzzParseRequest(f *testing.F) {
	f.Fuzz(func(t *testing.T, path, query string, total uint64) {
		r, raw, ok := parse(path, query)
		if !ok {
			return
		}
		if r.Scrape {
			if e, ok := r.Report(0); ok && len(e.Of(raw)) > 0 {
				t.Fatalf("the scrape %q has an announce with totals", query)
			}
			return
		}
		total &= httptracker.MaxUploaded
		mustReport(t, "fuzz", &r, raw, total)
		e, ok := r.Report(total)
		if !ok {
			return
		}
		out := httphead.Apply(nil, raw, e)
		var head httphead.Request
		if err := head.Parse(out); err != nil {
			t.Fatalf("%q became %q: %v", raw, out, err)
		}
		p, q := head.Origin()
		again, ok := httptracker.Parse(out, "http", "t", p, q)
		want := r.Announce
		want.Counters.Uploaded = total
		if !ok || again.Announce != want || again.Tracker != r.Tracker {
			t.Fatalf("%q became %q: %v %+v, want %+v", raw, out, ok, again.Announce, want)
		}
	})
}
