package httphead_test

import (
	"testing"

	"bittoratio/engine/wire/httphead"
)

// TestForwardIsWhatTheClientWouldHaveSentItself also checks that whatever is not named here stays as it came.
func TestForwardIsWhatTheClientWouldHaveSentItself(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"absolute form", "GET http://t:6969/announce?a=b HTTP/1.1\r\nHost: t:6969\r\n\r\n", "GET /announce?a=b HTTP/1.1\r\nHost: t:6969\r\n\r\n"},
		{"no path", "GET http://t HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"no path but a query", "GET http://t?a=b HTTP/1.1\r\nHost: t\r\n\r\n", "GET /?a=b HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"an empty query", "GET http://t/? HTTP/1.1\r\nHost: t\r\n\r\n", "GET /? HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"a second address in the query", "GET http://t/a?u=http://v/ HTTP/1.1\r\nHost: t\r\n\r\n", "GET /a?u=http://v/ HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"a scheme in capitals", "GET HTTP://t/ HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"escapes, case, order and blanks stay", "GET http://t/%7e/%7E//a;b?+&&x=%zz HTTP/1.1\r\naCCept:  */* \r\nhOST:t\r\nA:\r\n\r\n", "GET /%7e/%7E//a;b?+&&x=%zz HTTP/1.1\r\naCCept:  */* \r\nhOST:t\r\nA:\r\n\r\n"},

		{"a Host that agrees but for case", "GET http://t.test/ HTTP/1.1\r\nHost: T.Test\r\n\r\n", "GET / HTTP/1.1\r\nHost: T.Test\r\n\r\n"},
		{"a Host that agrees but for the port of http", "GET http://t:80/ HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"a target without the port of http", "GET http://t/ HTTP/1.1\r\nHost: t:80\r\n\r\n", "GET / HTTP/1.1\r\nHost: t:80\r\n\r\n"},
		{"a Host that differs", "GET http://t:6969/ HTTP/1.1\r\nA: b\r\nhost:  u  \r\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\nhost:  t:6969  \r\nC: d\r\n\r\n"},
		{"a Host with another port", "GET http://t:6969/ HTTP/1.1\r\nHost: t:6970\r\n\r\n", "GET / HTTP/1.1\r\nHost: t:6969\r\n\r\n"},
		{"a Host that is longer", "GET http://t/ HTTP/1.1\r\nHost: t.evil.test\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"an empty Host", "GET http://t/ HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost:t\r\n\r\n"},
		{"an IPv6 Host", "GET http://[::1]:6969/ HTTP/1.1\r\nHost: [::1]:6969\r\n\r\n", "GET / HTTP/1.1\r\nHost: [::1]:6969\r\n\r\n"},
		{"no Host in 1.0", "GET http://t:81/?a HTTP/1.0\r\nA: b\r\n\r\n", "GET /?a HTTP/1.0\r\nHost: t:81\r\nA: b\r\n\r\n"},

		{"Proxy-Connection", "GET http://t/ HTTP/1.1\r\nHost: t\r\nProxy-Connection: Keep-Alive\r\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nA: b\r\n\r\n"},
		{"Proxy-Authorization in front", "GET http://t/ HTTP/1.1\r\nproxy-authorization: Basic eDp5\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"two Proxy-Connections", "GET http://t/ HTTP/1.1\r\nProxy-Connection: a\r\nHost: t\r\nPROXY-CONNECTION: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"Proxy-Features is no hop-by-hop line", "GET http://t/ HTTP/1.1\r\nHost: t\r\nProxy-Features: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nProxy-Features: a\r\n\r\n"},
		{"close stays", "GET http://t/ HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"},
		{"keep-alive is for the proxy", "GET http://t/ HTTP/1.1\r\nHost: t\r\nConnection: Keep-Alive\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"keep-alive means something in 1.0", "GET http://t/ HTTP/1.0\r\nHost: t\r\nConnection: Keep-Alive\r\n\r\n", "GET / HTTP/1.0\r\nHost: t\r\nConnection: Keep-Alive\r\n\r\n"},
		{"Connection names a line behind it", "GET http://t/ HTTP/1.1\r\nHost: t\r\nConnection: TE, X-hop\r\nTE: trailers\r\nx-HOP: 1\r\nX-hope: 2\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nX-hope: 2\r\n\r\n"},
		{"Connection names a line before it", "GET http://t/ HTTP/1.1\r\nUpgrade: h2c\r\nHost: t\r\nConnection: close, Upgrade\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
		{"two Connection lines", "GET http://t/ HTTP/1.1\r\nHost: t\r\nConnection: close\r\nConnection: a\r\nA: 1\r\nB: 2\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nB: 2\r\n\r\n"},
		{"nothing is added", "GET http://t/ HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
	} {
		r, a := parse(t, c.raw)
		edits, err := r.Forward(nil, a)
		if err != nil {
			t.Errorf("%s: Forward returned %v", c.name, err)
			continue
		}
		if got := string(httphead.Apply(nil, r.Raw, edits...)); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func parse(t *testing.T, raw string) (*httphead.Request, httphead.Absolute) {
	t.Helper()
	r := new(httphead.Request)
	if err := r.Parse([]byte(raw)); err != nil {
		t.Fatalf("%q: Parse returned %v", raw, err)
	}
	a, ok := r.Absolute()
	if !ok {
		t.Fatalf("%q is not of absolute form", raw)
	}
	return r, a
}

func TestAnAbsoluteTargetIsSplit(t *testing.T) {
	for _, c := range []struct{ target, scheme, authority, path, query string }{
		{"http://t/announce?a=b", "http", "t", "/announce", "a=b"},
		{"http://t:6969/announce", "http", "t:6969", "/announce", ""},
		{"http://t", "http", "t", "", ""},
		{"http://t?a=b", "http", "t", "", "a=b"},
		{"http://t?a=b/c", "http", "t", "", "a=b/c"},
		{"http://t/a?b?c", "http", "t", "/a", "b?c"},
		{"http://[::1]:80/a", "http", "[::1]:80", "/a", ""},
		{"http://u:p@t/a", "http", "u:p@t", "/a", ""},
		{"HTTPS://t/a", "HTTPS", "t", "/a", ""},
		{"http:///a", "http", "", "/a", ""},
		{"http://t#a", "http", "t", "#a", ""},
	} {
		r, a := parse(t, "GET "+c.target+" HTTP/1.1\r\nHost: t\r\n\r\n")
		got := [4]string{string(a.Scheme.Of(r.Raw)), string(a.Authority.Of(r.Raw)), string(a.Path.Of(r.Raw)), string(a.Query.Of(r.Raw))}
		if want := [4]string{c.scheme, c.authority, c.path, c.query}; got != want {
			t.Errorf("%s: got %q, want %q", c.target, got, want)
		}
	}
	for _, target := range []string{"/", "*", "t:443", "/a?u=http://t/", "?u=http://t/", "://t/", "mailto:a@b", "http:/t/a"} {
		var r httphead.Request
		if err := r.Parse([]byte("GET " + target + " HTTP/1.1\r\nHost: t\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, ok := r.Absolute(); ok {
			t.Errorf("%s was accepted as absolute form", target)
		}
	}
}

func TestAnOriginTargetIsSplit(t *testing.T) {
	for _, c := range []struct{ target, path, query string }{
		{"/announce?a=b", "/announce", "a=b"},
		{"/announce", "/announce", ""},
		{"/?", "/", ""},
		{"/a?b?c", "/a", "b?c"},
	} {
		var r httphead.Request
		if err := r.Parse([]byte("GET " + c.target + " HTTP/1.1\r\nHost: t\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		path, query := r.Origin()
		if string(path.Of(r.Raw)) != c.path || string(query.Of(r.Raw)) != c.query {
			t.Errorf("%s: path %q and query %q", c.target, path.Of(r.Raw), query.Of(r.Raw))
		}
	}
}

func TestApplyMakesTheEditsAndNothingElse(t *testing.T) {
	raw := []byte("0123456789")
	span := func(a, b int) httphead.Span { return httphead.Span{Start: a, End: b} }
	for _, c := range []struct {
		want  string
		edits []httphead.Edit
	}{
		{"0123456789", nil},
		{"ab23456789", []httphead.Edit{{span(0, 2), []byte("ab")}}},
		{"01234567xyz", []httphead.Edit{{span(8, 10), []byte("xyz")}}},
		{"0a1234b56789", []httphead.Edit{{span(1, 1), []byte("a")}, {span(5, 5), []byte("b")}}},
		{"0189", []httphead.Edit{{span(2, 5), nil}, {span(5, 8), nil}}},
		{"", []httphead.Edit{{span(0, 10), nil}}},
		{"0123456789!", []httphead.Edit{{span(10, 10), []byte("!")}}},
	} {
		if got := string(httphead.Apply(nil, raw, c.edits...)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.edits, got, c.want)
		}
	}
	if got := string(httphead.Apply([]byte("front "), raw, httphead.Edit{Span: span(1, 10)})); got != "front 0" {
		t.Errorf("appended to existing bytes: %q, want %q", got, "front 0")
	}
	defer func() {
		if recover() == nil {
			t.Error("overlapping edits were applied")
		}
	}()
	httphead.Apply(nil, raw, httphead.Edit{Span: span(0, 3)}, httphead.Edit{Span: span(2, 4)})
}
