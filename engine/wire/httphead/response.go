package httphead

import "bytes"

// Response is a response head (RFC 9112 §4). The zero value is ready for Parse.
type Response struct {
	head
	Status int // 100 to 999
}

// Parse reads a whole head, blank line included; raw is kept, not copied. A missing reason phrase is accepted. Where
// the head breaks HTTP in a way that RFC 9112 lets a proxy correct, Raw is a corrected copy. The error is an *[Error].
func (r *Response) Parse(raw []byte) error {
	err := r.parse(raw)
	if err == nil {
		_, err = r.framing()
	}
	if err == nil {
		return nil
	}
	if r.parse(correct(raw)) != nil {
		return err
	}
	if _, still := r.framing(); still != nil {
		return r.parse(raw) // Framing returns the error, if the method's answer has a body at all
	}
	return nil
}

// parse is Parse for a head that is valid HTTP.
func (r *Response) parse(raw []byte) error {
	r.Raw = raw
	end := bytes.IndexByte(raw, '\n')
	if end < 1 || raw[end-1] != '\r' {
		return bad("the status line ends without CR LF")
	}
	line := raw[:end-1]
	if len(line) < 12 || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return bad("the status line is not valid")
	}
	if err := r.parseVersion(line[:8]); err != nil {
		return err
	}
	d := line[9:12]
	if d[0] < '1' || d[0] > '9' || !isDigit(d[1]) || !isDigit(d[2]) || !validValue(line[12:], false) {
		return bad("the status code is not valid")
	}
	r.Status = int(d[0]-'0')*100 + int(d[1]-'0')*10 + int(d[2]-'0')
	return r.parseFields(end+1, false)
}

// With returns a copy of the head with another value in the first line of that name; it is an error if there is none.
func (r *Response) With(name, value string) ([]byte, error) {
	for _, f := range r.Fields {
		if equalFold(f.Name.Of(r.Raw), name) {
			return Apply(nil, r.Raw, Edit{Span: f.Value, New: []byte(value)}), nil
		}
	}
	return nil, bad("there is no line of that name")
}

// Without returns a copy of the head without the lines of that name; nil if it has none.
func (r *Response) Without(name string) []byte {
	var edits []Edit
	for _, f := range r.Fields {
		if equalFold(f.Name.Of(r.Raw), name) {
			edits = append(edits, Edit{Span: f.Line})
		}
	}
	if edits == nil {
		return nil
	}
	return Apply(nil, r.Raw, edits...)
}

// Redirect returns the Location of an answer that sends the client elsewhere. RFC 9110 §15.4 names five codes for that,
// but libcurl follows any 3xx.
func (r *Response) Redirect() (location []byte, ok bool) {
	if r.Status/100 != 3 {
		return nil, false
	}
	return r.Get("location")
}

// Interim reports whether a final answer follows this one (1xx, RFC 9110 §15.2). 101 ends HTTP, so it is final.
func (r *Response) Interim() bool { return r.Status < 200 && r.Status != 101 }

// Framing returns where the body of an answer to this method ends (RFC 9112 §6.3). The error is an *[Error].
func (r *Response) Framing(method string) (Framing, error) {
	f, err := r.framing()
	if err != nil {
		return f, err
	}
	if method == "HEAD" || r.Status < 200 || r.Status == 204 || r.Status == 304 {
		return Framing{Kind: NoBody}, nil
	}
	return f, nil
}

// KeepsAlive reports whether the connection may be used again after this answer (RFC 9112 §9.3). After 101 it no longer
// carries HTTP.
func (r *Response) KeepsAlive() bool {
	if r.Status == 101 || r.lists("connection", "close") {
		return false
	}
	return r.minor == 1 || r.lists("connection", "keep-alive")
}
