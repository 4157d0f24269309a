package bittorrent

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// Magnet is a magnet link of a torrent (BEP 9, BEP 53). Its trackers may hold passkeys, so every way to print it is
// masked; [Magnet.Secret] alone gives it whole.
type Magnet struct {
	InfoHash InfoHash // of a torrent of version 2 alone (BEP 52) the first 20 bytes of its hash, as trackers are told
	Name     string   // dn; empty where missing

	raw string
}

// MaxMagnet is the length of the longest link that is read, in bytes.
const MaxMagnet = 64 << 10

// IsMagnet is whether a text is meant as a magnet link.
func IsMagnet(s string) bool {
	return len(s) >= len("magnet:") && strings.EqualFold(s[:len("magnet:")], "magnet:")
}

// ParseMagnet reads a link; blanks around it are dropped. The error is a sentence for people that quotes nothing of it.
func ParseMagnet(s string) (Magnet, error) {
	m := Magnet{raw: strings.TrimSpace(s)}
	if !IsMagnet(m.raw) || len(m.raw) > MaxMagnet {
		return Magnet{}, errors.New("this is no magnet link")
	}
	for i := range len(m.raw) {
		if c := m.raw[i]; c <= ' ' || c == 0x7f {
			return Magnet{}, errors.New("the magnet link has a blank or a line break in it")
		}
	}
	v1, v2 := false, false
	for key, value := range m.pairs() {
		switch {
		case key == "dn" && m.Name == "":
			m.Name, _ = url.QueryUnescape(value)
		case topic(key, "xt"):
			if h, ok := parseBTIH(value); ok && !v1 {
				m.InfoHash, v1 = h, true
			} else if h, ok := parseBTMH(value); ok && !v1 && !v2 {
				m.InfoHash, v2 = h, true
			}
		}
	}
	if !v1 && !v2 {
		return Magnet{}, errors.New("the magnet link names no torrent: it has no xt=urn:btih: or xt=urn:btmh: that can be read")
	}
	return m, nil
}

// topic is whether a key is this one, or one of several (xt.1, tr.2).
func topic(key, word string) bool {
	return key == word || strings.HasPrefix(key, word+".")
}

// pairs are the parameters in their order, values as they are written.
func (m Magnet) pairs() func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		_, query, _ := strings.Cut(m.raw, "?")
		for pair := range strings.SplitSeq(query, "&") {
			key, value, _ := strings.Cut(pair, "=")
			if !yield(key, value) {
				return
			}
		}
	}
}

// parseBTIH reads urn:btih: with 40 hex digits or 32 of base 32.
func parseBTIH(value string) (h InfoHash, ok bool) {
	text, ok := urn(value, "urn:btih:")
	if !ok {
		return h, false
	}
	var b []byte
	var err error
	switch len(text) {
	case 40:
		b, err = hex.DecodeString(text)
	case 32:
		b, err = base32.StdEncoding.DecodeString(strings.ToUpper(text))
	}
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return InfoHash(b), true
}

// parseBTMH reads urn:btmh: with a multihash of SHA-256: 0x12, 0x20 and 32 bytes, in hex.
func parseBTMH(value string) (h InfoHash, ok bool) {
	text, ok := urn(value, "urn:btmh:")
	if !ok {
		return h, false
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 34 || b[0] != 0x12 || b[1] != 0x20 {
		return h, false
	}
	return InfoHash(b[2:22]), true
}

func urn(value, prefix string) (string, bool) {
	v, err := url.PathUnescape(value)
	if err != nil || len(v) < len(prefix) || !strings.EqualFold(v[:len(prefix)], prefix) {
		return "", false
	}
	return v[len(prefix):], true
}

// Trackers are the addresses of its trackers, in order, escapes taken off. They may hold passkeys: never print them.
func (m Magnet) Trackers() []string {
	var out []string
	for key, value := range m.pairs() {
		if v, err := url.QueryUnescape(value); topic(key, "tr") && err == nil && v != "" {
			out = append(out, v)
		}
	}
	return out
}

// ThroughGateway is the link with each tracker's address changed by the function of that name, and how many it
// changed. All else stays byte for byte.
func (m Magnet) ThroughGateway(addr string) (Magnet, int) {
	return m.readdress(func(t string) (string, bool) { return escapedAddress.through(t, addr) })
}

// FromGateway takes [Magnet.ThroughGateway] back.
func (m Magnet) FromGateway() (Magnet, int) { return m.readdress(escapedAddress.back) }

func (m Magnet) readdress(f func(string) (string, bool)) (Magnet, int) {
	head, query, ok := strings.Cut(m.raw, "?")
	if !ok {
		return m, 0
	}
	pairs := strings.Split(query, "&")
	changed := 0
	for i, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		if !topic(key, "tr") {
			continue
		}
		if to, ok := f(value); ok && to != value {
			pairs[i] = key + "=" + to
			changed++
		}
	}
	m.raw = head + "?" + strings.Join(pairs, "&")
	return m, changed
}

// Secret is the whole link with what its trackers' addresses hold.
func (m Magnet) Secret() string { return m.raw }

// String names the torrent and nothing else of the link.
func (m Magnet) String() string { return "magnet:?xt=urn:btih:" + m.InfoHash.String() }

// LogValue keeps trackers' passkeys out of structured logs too.
func (m Magnet) LogValue() slog.Value { return slog.StringValue(m.String()) }

// GoString keeps them out of %#v.
func (m Magnet) GoString() string { return fmt.Sprintf("bittorrent.Magnet(%s)", m.InfoHash) }
