package proxy

import (
	"bytes"
	"slices"
	"strings"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/wire/httphead"
)

// Replay sends a whole answer that is in memory.
func (q *carriage) Replay(raw []byte) {
	var resp httphead.Response
	parsed := resp.Parse(raw[:headLength(raw)])
	if parsed == nil && q.gated { // cached from an exchange that was not the gateway's, perhaps
		body := raw[len(resp.Raw):]
		keepCookies(&resp)
		raw = slices.Concat(resp.Raw, body)
	}
	err := q.write(raw)
	if err != nil || parsed != nil {
		q.keep = false
		return
	}
	framing, err := resp.Framing("GET")
	q.keep = err == nil && framing.Kind != httphead.UntilClose && resp.KeepsAlive() && q.req.KeepsAlive()
}

// Fail tells the client in words that there is no answer.
func (q *carriage) Fail(p exchange.Problem) []byte {
	raw := failureReply(504, announce.Words(p), false)
	q.Replay(raw)
	return raw
}

// CanReplay reports whether this client understands a cached answer: one that is chunked needs HTTP/1.1, a compressed one
// a client that asked for that coding.
func (q *carriage) CanReplay(raw []byte) bool {
	if raw == nil {
		return false
	}
	var resp httphead.Response
	if resp.Parse(raw[:headLength(raw)]) != nil {
		return false
	}
	if framing, err := resp.Framing("GET"); err != nil || framing.Kind == httphead.Chunked && q.req.Minor() == 0 {
		return false
	}
	coding, ok := resp.Get("content-encoding")
	if !ok {
		return true
	}
	accepted, _ := q.req.Get("accept-encoding")
	return strings.Contains(strings.ToLower(string(accepted)), strings.ToLower(string(coding)))
}

// headLength is where the head of a whole message ends.
func headLength(raw []byte) int {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return min(len(head)+4, len(raw))
}
