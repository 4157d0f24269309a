package httphead_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"
	"testing/iotest"

	"bittoratio/engine/wire/httphead"
)

// FuzzIdentity checks that a head without edits stays as it is, that an edit with the same bytes changes nothing, and
// that otherwise the bytes differ only at the edits.
func FuzzIdentity(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte, which uint, with []byte) {
		var r httphead.Request
		if r.Parse(raw) != nil {
			return
		}
		if got := httphead.Apply(nil, raw); !bytes.Equal(got, raw) {
			t.Fatalf("without edits %q became %q", raw, got)
		}
		span := r.Target
		if n := uint(len(r.Fields)); n > 0 {
			span = r.Fields[which%n].Value
		}
		if got := httphead.Apply(nil, raw, httphead.Edit{Span: span, New: span.Of(raw)}); !bytes.Equal(got, raw) {
			t.Fatalf("an edit that changes nothing made %q of %q", got, raw)
		}
		got := httphead.Apply(nil, raw, httphead.Edit{Span: span, New: with})
		if !bytes.HasPrefix(got, raw[:span.Start]) || !bytes.HasSuffix(got, raw[span.End:]) || len(got) != len(raw)-span.End+span.Start+len(with) {
			t.Fatalf("an edit of %v changed more: %q of %q", span, got, raw)
		}
		if a, ok := r.Absolute(); ok {
			mustForward(t, &r, a)
		}
	})
}

// mustForward checks that a forwarded head is valid, in origin form, and has only lines of the original.
func mustForward(t *testing.T, r *httphead.Request, a httphead.Absolute) {
	t.Helper()
	edits, err := r.Forward(nil, a)
	if err != nil {
		return
	}
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(r.Raw) {
			t.Fatalf("edit %v begins before byte %d in %q", e.Span, at, r.Raw)
		}
		at = e.End
	}
	var out httphead.Request
	if err := out.Parse(httphead.Apply(nil, r.Raw, edits...)); err != nil {
		if strings.ContainsAny(string(a.Authority.Of(r.Raw)), ",@\\") {
			return // no host: a proxy refuses such a target earlier
		}
		t.Fatalf("%q became %q: %v", r.Raw, out.Raw, err)
	}
	if p := a.Path.Of(r.Raw); len(p) > 0 && p[0] == '/' && out.Target.Of(out.Raw)[0] != '/' {
		t.Fatalf("the target became %q", out.Target.Of(out.Raw))
	}
	next := 0
	for _, f := range out.Fields {
		if strings.EqualFold(string(f.Name.Of(out.Raw)), "host") {
			continue
		}
		for next < len(r.Fields) && !bytes.Equal(r.Fields[next].Line.Of(r.Raw), f.Line.Of(out.Raw)) {
			next++
		}
		if next == len(r.Fields) {
			t.Fatalf("%q is not the next line of %q", f.Line.Of(out.Raw), r.Raw)
		}
		next++
	}
}

// FuzzHead checks that no input panics, and that what is accepted has all its parts inside, valid names, and lines that
// follow each other without a gap up to the blank line.
func FuzzHead(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		var q httphead.Request
		if q.Parse(raw) == nil {
			prefix := string(q.Method.Of(raw)) + " " + string(q.Target.Of(raw)) + " HTTP/1."
			if minor, ok := strings.CutPrefix(firstLine(raw), prefix); !ok || minor != "0" && minor != "1" {
				t.Fatalf("method %q or target %q is not in %q", q.Method.Of(raw), q.Target.Of(raw), raw)
			}
			mustTile(t, raw, q.Fields)
			if a, ok := q.Absolute(); ok && string(a.Scheme.Of(raw))+"://"+string(a.Authority.Of(raw))+string(a.Path.Of(raw)) != strings.SplitN(string(q.Target.Of(raw)), "?", 2)[0] {
				t.Fatalf("target %q was split at %v", q.Target.Of(raw), a)
			}
			_, _ = q.Framing()
			_, _, _ = q.KeepsAlive(), q.ClosesUpstream(), q.FromBrowser()
		}
		var a httphead.Response
		if a.Parse(raw) == nil {
			if a.Status < 100 || a.Status > 999 {
				t.Fatalf("status %d of %q", a.Status, raw)
			}
			mustTile(t, a.Raw, a.Fields)
			_, _ = a.Framing("GET")
		}
	})
}

func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\r\n")
	return line
}

func mustTile(t *testing.T, raw []byte, fields []httphead.Field) {
	t.Helper()
	at := len(firstLine(raw)) + 2
	for _, f := range fields {
		line := string(f.Line.Of(raw))
		if f.Line.Start != at || f.Name.Start != at || !strings.HasSuffix(line, "\r\n") || f.Value.Start < f.Name.End+1 || f.Value.End > f.Line.End-2 || f.Value.End < f.Value.Start {
			t.Fatalf("line %v is not the next one of %q", f, raw)
		}
		name, value := string(f.Name.Of(raw)), string(f.Value.Of(raw))
		if name == "" || strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Fatalf("the field name is %q", name)
		}
		if strings.ContainsAny(value, "\r\n\x00") || value != strings.Trim(value, " \t") || strings.Trim(strings.Replace(line, name+":", "", 1), " \t\r\n") != value {
			t.Fatalf("the value %q is not in line %q", value, line)
		}
		at = f.Line.End
	}
	if string(raw[at:]) != "\r\n" {
		t.Fatalf("the lines do not end where the head %q ends", raw)
	}
}

// FuzzChunks checks that chunks are read the same in one piece and byte by byte, that nothing after the last one is
// read, and that the result is that of net/http where it reads them too.
func FuzzChunks(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		content, err := httphead.Dechunk(raw)
		for how, r := range map[string]io.Reader{"in one piece": bytes.NewReader(raw), "byte by byte": iotest.OneByteReader(bytes.NewReader(raw))} {
			body, behind, wireErr := oneBody(httphead.Chunked, 0, r)
			if (err == nil) != (wireErr == nil) || errors.Is(err, httphead.ErrCut) != errors.Is(wireErr, httphead.ErrCut) {
				t.Fatalf("%q, %s: forwarding returned %v, reading %v", raw, how, wireErr, err)
			}
			if !bytes.HasPrefix(raw, []byte(body+behind)) {
				t.Fatalf("%q, %s: the body %q is not in the input", raw, how, body)
			}
			if err != nil {
				continue
			}
			if again, err := httphead.Dechunk([]byte(body)); err != nil || !bytes.Equal(again, content) {
				t.Fatalf("%q, %s: does not end where reading ends: %q (%v)", raw, how, body, err)
			}
			if _, err := httphead.Dechunk([]byte(body[:len(body)-1])); !errors.Is(err, httphead.ErrCut) {
				t.Fatalf("%q, %s: a byte behind the message was read", raw, how)
			}
		}
		if err != nil {
			return
		}
		reference, referenceErr := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(raw)))
		if referenceErr == nil && !bytes.Equal(reference, content) {
			t.Fatalf("%q: read %q, net/http reads %q", raw, content, reference)
		}
	})
}

// FuzzFraming checks that the end of a body is where net/http finds it, if net/http accepts the head too.
func FuzzFraming(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		var q httphead.Request
		if q.Parse(raw) == nil {
			ours, err := q.Framing()
			reference, referenceErr := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
			if err == nil && referenceErr == nil {
				mustEndAt(t, raw, ours, httphead.NoBody, reference.ContentLength, reference.TransferEncoding)
			}
		}
		var a httphead.Response
		if a.Parse(raw) == nil {
			for _, method := range []string{"GET", "HEAD"} {
				ours, err := a.Framing(method)
				reference, referenceErr := http.ReadResponse(bufio.NewReader(bytes.NewReader(a.Raw)), &http.Request{Method: method})
				if err != nil || referenceErr != nil {
					continue
				}
				if method == "HEAD" || a.Status < 200 || a.Status == 204 || a.Status == 304 {
					if ours.Kind != httphead.NoBody {
						t.Fatalf("%s %q: the body has kind %d", method, a.Raw, ours.Kind)
					}
					continue
				}
				mustEndAt(t, a.Raw, ours, httphead.UntilClose, reference.ContentLength, reference.TransferEncoding)
			}
		}
	})
}

// mustEndAt compares the end of a body with the one that net/http finds; without is the meaning of a missing length.
func mustEndAt(t *testing.T, raw []byte, ours httphead.Framing, without httphead.Kind, length int64, coding []string) {
	t.Helper()
	want := httphead.Framing{Kind: httphead.Length, Length: length}
	switch {
	case len(coding) > 0:
		want = httphead.Framing{Kind: httphead.Chunked}
	case length < 0 || length == 0 && ours.Kind == httphead.NoBody:
		want = httphead.Framing{Kind: without}
	}
	if ours != want {
		t.Fatalf("%q: framing %v, net/http has %v", raw, ours, want)
	}
}
