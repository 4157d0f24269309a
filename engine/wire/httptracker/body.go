package httptracker

import "bittoratio/engine/wire/httphead"

// PlainBody returns the content of a body as it was on the wire: without chunk sizes, without content coding, at most
// limit bytes.
func PlainBody(head *httphead.Response, body []byte, limit int) ([]byte, error) {
	if _, chunked := head.Get("transfer-encoding"); chunked {
		var err error
		if body, err = httphead.Dechunk(body); err != nil {
			return nil, err
		}
	}
	encoding, ok := head.Get("content-encoding")
	if !ok {
		return body, nil
	}
	return Inflate(string(encoding), body, limit)
}
