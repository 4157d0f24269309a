package httphead

import "bytes"

// Request is a request head (RFC 9112 §3): its bytes, and where its parts are. The zero value is ready for Parse,
// and may be used for one head after another.
type Request struct {
	head
	Method, Target Span
}

// Parse reads a whole head, blank line included; raw is kept, not copied. The error is an *[Error].
func (r *Request) Parse(raw []byte) error {
	r.Raw = raw
	end := bytes.IndexByte(raw, '\n')
	if end < 1 || raw[end-1] != '\r' {
		return bad("the request line ends without CR LF")
	}
	line := raw[:end-1]
	if len(line) > MaxLine {
		return &Error{414, "the request line is longer than 16 KiB"}
	}
	m := bytes.IndexByte(line, ' ')
	if m <= 0 || !isToken(line[:m]) {
		return bad("the method is not valid")
	}
	t := bytes.IndexByte(line[m+1:], ' ')
	if t <= 0 {
		return bad("the request line has not three parts")
	}
	t += m + 1
	for _, c := range line[m+1 : t] {
		if c <= ' ' || c == 0x7f {
			return bad("the target holds a control character")
		}
	}
	r.Method, r.Target = Span{0, m}, Span{m + 1, t}
	if err := r.parseVersion(line[t+1:]); err != nil {
		return err
	}
	if err := r.parseFields(end+1, true); err != nil {
		return err
	}
	return r.checkHost()
}

// checkHost enforces RFC 9112 §3.2: exactly one Host line with HTTP/1.1, at most one with 1.0, and a valid value.
func (r *Request) checkHost() error {
	var host []byte
	lines := 0
	for _, f := range r.Fields {
		if equalFold(f.Name.Of(r.Raw), "host") {
			host = f.Value.Of(r.Raw)
			lines++
		}
	}
	switch {
	case lines > 1:
		return bad("there are two Host lines")
	case lines == 0 && r.minor == 1:
		return bad("there is no Host line")
	case bytes.ContainsAny(host, " \t,/@?#\\"):
		return bad("the Host line is not valid")
	}
	return nil
}

// Is reports whether the method is this one (methods have case).
func (r *Request) Is(method string) bool { return string(r.Method.Of(r.Raw)) == method }

// FromBrowser reports whether the request has a mark that browsers put on the requests of pages. A page may be trying
// to talk to this program, so such a request never touches the ledger or a cached answer. Sec-Fetch-Mode alone is not a
// mark: the fetch of Node.js sends it, which WebTorrent uses; a browser also sends Sec-Fetch-Site and Sec-Fetch-Dest
// (measured). Nor are Referer and Cookie: aria2 sends both if its user wants. To an http address in the local network
// Firefox sends no mark but its User-Agent (measured).
func (r *Request) FromBrowser() bool {
	for _, f := range r.Fields {
		n := f.Name.Of(r.Raw)
		switch {
		case equalFold(n, "origin"), equalFold(n, "sec-fetch-site"), equalFold(n, "sec-fetch-dest"):
			return true
		case equalFold(n, "user-agent") && bytes.HasPrefix(f.Value.Of(r.Raw), []byte("Mozilla/")):
			return true
		}
	}
	return false
}

// KeepsAlive reports whether the client lets the connection be used again (RFC 9112 §9.3). Proxy-Connection counts too,
// because old clients send it to proxies; `close` in either wins.
func (r *Request) KeepsAlive() bool {
	if r.lists("connection", "close") || r.lists("proxy-connection", "close") {
		return false
	}
	return r.minor == 1 || r.lists("connection", "keep-alive") || r.lists("proxy-connection", "keep-alive")
}

// ClosesUpstream reports whether the head, as it goes to the tracker, asks for the connection to be closed.
func (r *Request) ClosesUpstream() bool {
	if r.lists("connection", "close") {
		return true
	}
	return r.minor == 0 && !r.lists("connection", "keep-alive")
}

// Framing returns where the request's body ends. The error is an *[Error].
func (r *Request) Framing() (Framing, error) {
	f, err := r.framing()
	if err == nil && f.Kind == UntilClose {
		f.Kind = NoBody
	}
	return f, err
}

// Absolute is the parts of an absolute-form target (RFC 9112 §3.2.2), as spans of Raw. A missing path has an empty
// span.
type Absolute struct{ Scheme, Authority, Path, Query Span }

// Absolute splits the target; ok is false if it is not of absolute form. Path ends before the question mark, Query
// starts after it. A target must not have a fragment: Forward refuses one.
func (r *Request) Absolute() (a Absolute, ok bool) {
	t := r.Target.Of(r.Raw)
	i := bytes.Index(t, []byte("://"))
	if i <= 0 || bytes.IndexByte(t[:i], '/') >= 0 || bytes.IndexByte(t[:i], '?') >= 0 {
		return a, false
	}
	base := r.Target.Start
	a.Scheme = Span{base, base + i}
	rest := base + i + 3
	end := rest
	for end < r.Target.End && r.Raw[end] != '/' && r.Raw[end] != '?' && r.Raw[end] != '#' {
		end++
	}
	a.Authority = Span{rest, end}
	q := bytes.IndexByte(r.Raw[end:r.Target.End], '?')
	if q < 0 {
		a.Path, a.Query = Span{end, r.Target.End}, Span{r.Target.End, r.Target.End}
	} else {
		a.Path, a.Query = Span{end, end + q}, Span{end + q + 1, r.Target.End}
	}
	return a, true
}

// newHost returns the edit that adds a Host line before all others.
func (r *Request) newHost(host []byte) Edit {
	at := bytes.IndexByte(r.Raw, '\n') + 1
	return Edit{Span: Span{at, at}, New: append(append([]byte("Host: "), host...), "\r\n"...)}
}

// Forward appends to dst the edits that turn an absolute-form request into the one that the client would have sent to
// the origin itself: with an origin-form target, with a Host line that names the target (RFC 9112 §3.2.2), and without
// the hop-by-hop lines of RFC 9110 §7.6.1: Proxy-Connection, Proxy-Authorization, and what Connection names.
// `Connection: close` stays, since clients send that to a tracker too. `keep-alive` has no meaning in HTTP/1.1, and
// aria2 sends it to proxies but not to trackers (captured), so it stays only in HTTP/1.0.
func (r *Request) Forward(dst []Edit, a Absolute) ([]Edit, error) {
	if bytes.IndexByte(r.Target.Of(r.Raw), '#') >= 0 {
		return nil, bad("the target has a fragment")
	}
	origin := Edit{Span: Span{a.Scheme.Start, a.Authority.End}}
	if a.Path.Start == a.Path.End {
		origin.New = []byte("/")
	}
	dst = append(dst, origin)
	if _, named := r.Get("host"); !named { // HTTP/1.0
		dst = append(dst, r.newHost(a.Authority.Of(r.Raw)))
	}
	for _, f := range r.Fields {
		name := f.Name.Of(r.Raw)
		switch {
		case equalFold(name, "proxy-connection"), equalFold(name, "proxy-authorization"):
			dst = append(dst, Edit{Span: f.Line})
		case equalFold(name, "connection"):
			if namesFraming(f.Value.Of(r.Raw)) {
				return nil, bad("the Connection line names a header that frames the message")
			}
			if !r.staysConnection(f.Value.Of(r.Raw)) {
				dst = append(dst, Edit{Span: f.Line})
			}
		case equalFold(name, "host"):
			if !sameAuthority(f.Value.Of(r.Raw), a.Authority.Of(r.Raw)) {
				dst = append(dst, Edit{Span: f.Value, New: a.Authority.Of(r.Raw)})
			}
		default:
			if r.namedByConnection(name) {
				dst = append(dst, Edit{Span: f.Line})
			}
		}
	}
	return dst, nil
}

// namedByConnection reports whether a Connection line names this header as one for this hop only.
func (r *Request) namedByConnection(name []byte) bool {
	for _, f := range r.Fields {
		if !equalFold(f.Name.Of(r.Raw), "connection") {
			continue
		}
		for word := range bytes.SplitSeq(f.Value.Of(r.Raw), []byte(",")) {
			if bytes.EqualFold(trim(word), name) {
				return true
			}
		}
	}
	return false
}

// namesFraming reports whether a Connection line asks to drop a header without which the message would be another.
func namesFraming(v []byte) bool {
	for word := range bytes.SplitSeq(v, []byte(",")) {
		if w := trim(word); equalFold(w, "content-length") || equalFold(w, "transfer-encoding") || equalFold(w, "host") {
			return true
		}
	}
	return false
}

// staysConnection reports whether a Connection line with this value is sent to the tracker.
func (r *Request) staysConnection(v []byte) bool {
	for word := range bytes.SplitSeq(v, []byte(",")) {
		if w := trim(word); !equalFold(w, "close") && (r.minor == 1 || !equalFold(w, "keep-alive")) {
			return false
		}
	}
	return true
}

// sameAuthority reports whether two authorities are equal without regard to case and to http's own port.
func sameAuthority(a, b []byte) bool {
	return bytes.EqualFold(bytes.TrimSuffix(a, []byte(":80")), bytes.TrimSuffix(b, []byte(":80")))
}

// Origin returns the parts of an origin-form target (RFC 9112 §3.2.1): Path ends before the question mark, Query starts
// after it.
func (r *Request) Origin() (path, query Span) {
	q := bytes.IndexByte(r.Target.Of(r.Raw), '?')
	if q < 0 {
		return r.Target, Span{r.Target.End, r.Target.End}
	}
	return Span{r.Target.Start, r.Target.Start + q}, Span{r.Target.Start + q + 1, r.Target.End}
}

// Readdress returns a whole origin-form request with another target and Host, as a client that follows a redirect sends
// it (RFC 9110 §15.4). other means that the host is not the one before; then [Credentials] are left out. The target
// must hold no blank or control character.
func Readdress(request []byte, target, host string, other bool) ([]byte, error) {
	var r Request
	if err := r.Parse(request); err != nil {
		return nil, err
	}
	edits := []Edit{{Span: r.Target, New: []byte(target)}}
	if _, named := r.Get("host"); !named { // HTTP/1.0
		edits = append(edits, r.newHost([]byte(host)))
	}
	for _, f := range r.Fields {
		switch name := f.Name.Of(r.Raw); {
		case equalFold(name, "host"):
			edits = append(edits, Edit{Span: f.Value, New: []byte(host)})
		case other && Credentials(name):
			edits = append(edits, Edit{Span: f.Line})
		}
	}
	return Apply(nil, request, edits...), nil
}

// Credentials reports whether a field of this name holds a secret that only the host may get to which the client sent
// it.
func Credentials(name []byte) bool {
	return equalFold(name, "authorization") || equalFold(name, "cookie") || equalFold(name, "proxy-authorization")
}

// Aim returns a whole origin-form request with another target and Host, and everything else as it is. The target must
// hold no blank or control character.
func Aim(request []byte, target, host string) ([]byte, error) {
	return Readdress(request, target, host, false)
}
