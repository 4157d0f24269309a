package httphead

import "bytes"

// correct returns a well-formed copy of an answer's head that breaks HTTP in a way that RFC 9112 lets a proxy correct, as
// curl and libtorrent do. What it cannot correct stays for Response.Parse to refuse.
//
//   - A bare LF ends a line; a CR within a line becomes a blank (§2.2).
//   - A line between the status line and the first header that begins with a blank is dropped (§2.2).
//   - Blanks between a name and its colon are removed (§5.1).
//   - A folded line is joined with the one before it (§5.2).
//   - A list of equal lengths becomes one, leading zeros go, a length beside `chunked` is dropped (§6.3), and so is
//     `identity`, which older servers send (RFC 7230 §3.3.1 took it out).
func correct(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+64)
	first, folds := true, false
	for line := range bytes.SplitSeq(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n")) {
		line = bytes.ReplaceAll(bytes.TrimSuffix(line, []byte("\r")), []byte("\r"), []byte(" "))
		if len(line) > 0 && isBlank(line[0]) && !first {
			if folds {
				out = append(append(out[:len(out)-2], ' '), trim(line)...)
				out = append(out, "\r\n"...)
			}
			continue
		}
		folds = !first
		first = false
		out = append(append(out, withoutBlank(line)...), "\r\n"...)
	}
	return correctFraming(out)
}

// withoutBlank removes blanks between a header's name and its colon.
func withoutBlank(line []byte) []byte {
	name, value, ok := bytes.Cut(line, []byte(":"))
	short := bytes.TrimRight(name, " \t")
	if !ok || len(short) == len(name) || !isToken(short) { // a status line has a blank too
		return line
	}
	return append(append(bytes.Clone(short), ':'), value...)
}

// correctFraming corrects the lines that determine where the body ends.
func correctFraming(raw []byte) []byte {
	var r Response
	if r.parse(raw) != nil {
		return raw
	}
	chunked := r.minor == 1 && r.lists("transfer-encoding", "chunked")
	var edits []Edit
	for _, f := range r.Fields {
		name, value := f.Name.Of(raw), f.Value.Of(raw)
		switch {
		case equalFold(name, "transfer-encoding") && equalFold(value, "identity"), chunked && equalFold(name, "content-length"):
			edits = append(edits, Edit{Span: f.Line})
		case equalFold(name, "content-length"):
			if n, ok := oneLength(value); ok && !bytes.Equal(n, value) {
				edits = append(edits, Edit{Span: f.Value, New: n})
			}
		}
	}
	return Apply(nil, raw, edits...)
}

// oneLength returns the number in a Content-Length that repeats it, or that has leading zeros.
func oneLength(value []byte) (n []byte, ok bool) {
	for item := range bytes.SplitSeq(value, []byte(",")) {
		item = trim(item)
		for len(item) > 1 && item[0] == '0' {
			item = item[1:]
		}
		if _, plain := parseLength(item); !plain || n != nil && !bytes.Equal(n, item) {
			return nil, false
		}
		n = item
	}
	return n, true
}
