package exchange

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
)

// Heads are the bytes of an exchange: the client's request, the request to the tracker, and the head of its answer.
// They contain passkeys, so they are kept only in memory, for the newest exchanges, and while there is a window. Every
// way to print them is masked, except [Heads.Secret].
type Heads struct{ client, sent, answer []byte }

// NewHeads copies the three; each may be empty.
func NewHeads(client, sent, answer []byte) *Heads {
	return &Heads{bytes.Clone(client), bytes.Clone(sent), bytes.Clone(answer)}
}

// Masked returns the three texts with everything that may be a passkey replaced by "…".
func (h *Heads) Masked() (client, sent, answer string) {
	return maskHead(h.client), maskHead(h.sent), maskHead(h.answer)
}

// Secret returns the three texts as they were on the wire, only for the user and only on request.
func (h *Heads) Secret() (client, sent, answer string) {
	return string(h.client), string(h.sent), string(h.answer)
}

// String reveals nothing of the content.
func (h *Heads) String() string { return "heads of an exchange" }

// GoString keeps passkeys out of %#v.
func (h *Heads) GoString() string { return h.String() }

// LogValue keeps passkeys out of structured logs too.
func (h *Heads) LogValue() slog.Value { return slog.StringValue(h.String()) }

// Param is one parameter of an announce: the client's value and the value that was sent to the tracker, as in the
// query.
type Param struct{ Name, Client, Sent string }

// Params returns the parameters of the announce, in the client's order, masked.
func (h *Heads) Params() []Param {
	client, sent, _ := h.Masked()
	params, changed := query(client), query(sent)
	for i := range params {
		if i < len(changed) && changed[i].Name == params[i].Name {
			params[i].Sent = changed[i].Client
		}
	}
	return params
}

func query(head string) []Param {
	line, _, _ := strings.Cut(head, "\n")
	_, q, _ := strings.Cut(line, "?")
	q, _, _ = strings.Cut(q, " ")
	if q == "" {
		return nil
	}
	var out []Param
	for p := range strings.SplitSeq(q, "&") {
		name, value, _ := strings.Cut(p, "=")
		out = append(out, Param{Name: name, Client: value})
	}
	return out
}

// plain are the parameters of an announce without secrets (BEP 3, 7, 23, 41, 48 and what clients add).
var plain = []string{
	"info_hash", "peer_id", "port", "uploaded", "downloaded", "left", "event", "numwant", "compact", "no_peer_id",
	"supportcrypto", "requirecrypto", "corrupt", "redundant", "cryptoport", "azudp", "azver", "azsf", "azq", "hide",
}

// unmasked are the header lines without secrets.
var unmasked = []string{
	"accept", "accept-encoding", "accept-language", "connection", "proxy-connection", "user-agent", "content-type",
	"content-length", "content-encoding", "transfer-encoding", "date", "server", "cache-control", "expires", "pragma",
	"retry-after", "vary", "keep-alive",
}

const hidden = "…"

// maskHead hides everything in a head that is not known to be harmless.
func maskHead(raw []byte) string {
	lines := strings.SplitAfter(string(raw), "\n")
	for i, l := range lines {
		body := strings.TrimRight(l, "\r\n")
		end := l[len(body):]
		switch {
		case body == "":
		case i == 0:
			lines[i] = maskFirst(body) + end
		default:
			lines[i] = maskField(body) + end
		}
	}
	return strings.Join(lines, "")
}

// maskFirst masks the first line. In an answer, the tracker may have put anything there.
func maskFirst(l string) string {
	if strings.HasPrefix(l, "HTTP/") {
		words := strings.SplitN(l, " ", 3)
		if len(words) == 3 && len(words[2]) > 32 {
			words[2] = hidden
		}
		return strings.Join(words, " ")
	}
	words := strings.Split(l, " ")
	if len(words) != 3 {
		return hidden
	}
	return words[0] + " " + maskTarget(words[1]) + " " + words[2]
}

func maskTarget(t string) string {
	path, q, has := strings.Cut(t, "?")
	if scheme, rest, ok := strings.Cut(path, "://"); ok {
		authority, inner, _ := strings.Cut(rest, "/")
		path = hidden
		if u, err := bittorrent.NewTrackerURL(scheme, authority, "/"+inner); err == nil {
			path = u.String()
		}
	} else if u, err := bittorrent.NewTrackerURL("http", "h", path); err == nil {
		path = strings.TrimPrefix(u.String(), "http://h")
	}
	if !has {
		return path
	}
	parts := strings.Split(q, "&")
	for i, p := range parts {
		if name, value, ok := strings.Cut(p, "="); !ok || value != "" && !slices.Contains(plain, name) {
			parts[i] = hidden
			if ok && len(name) <= 16 {
				parts[i] = name + "=" + hidden
			}
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

func maskField(l string) string {
	name, value, ok := strings.Cut(l, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return hidden
	case slices.Contains(unmasked, strings.ToLower(name)):
		return l
	case strings.EqualFold(name, "host"):
		if u, err := bittorrent.NewTrackerURL("http", value, ""); err == nil {
			return name + ": " + u.Host()
		}
	}
	return name + ": " + hidden
}
