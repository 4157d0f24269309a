package httpway

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// Replay sends the client a whole answer from memory.
func (q *carriage) Replay(raw []byte) {
	var resp httphead.Response
	parsed := resp.Parse(raw[:headLength(raw)])
	if parsed == nil && q.gated { // it may have been cached without the gateway
		body := raw[len(resp.Raw):]
		keepCookies(&resp)
		raw = slices.Concat(resp.Raw, body)
	}
	err := q.client.Write(raw)
	if err != nil || parsed != nil {
		q.keep = false
		return
	}
	framing, err := resp.Framing("GET")
	q.keep = err == nil && framing.Kind != httphead.UntilClose && resp.KeepsAlive() && q.req.KeepsAlive()
}

// Fail sends the client an answer that states why the tracker's is missing, and returns it.
func (q *carriage) Fail(p exchange.Problem) []byte {
	raw := downstream.FailureReply(504, announce.Words(p), false)
	q.Replay(raw)
	return raw
}

// Defer returns a cached answer with other intervals in it; raw if its body is coded or in chunks.
func (q *carriage) Defer(raw []byte, after time.Duration) []byte {
	var resp httphead.Response
	head := headLength(raw)
	if resp.Parse(raw[:head]) != nil {
		return raw
	}
	framing, err := resp.Framing("GET")
	if _, coded := resp.Get("content-encoding"); coded || err != nil || framing.Kind == httphead.Chunked {
		return raw
	}
	body, ok := httptracker.SetIntervals(raw[head:], after)
	if !ok {
		return raw
	}
	first := raw[:head]
	if framing.Kind == httphead.Length {
		if first, err = resp.With("content-length", strconv.Itoa(len(body))); err != nil {
			return raw
		}
	}
	return slices.Concat(first, body)
}

// CanReplay reports whether this client understands a cached answer: if it is chunked the client needs HTTP/1.1, and if
// it is compressed the client must accept that coding.
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

// headLength returns where the head of a whole message ends.
func headLength(raw []byte) int {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return min(len(head)+4, len(raw))
}
