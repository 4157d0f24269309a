package bittorrent

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Magnet is a magnet link of a torrent (BEP 9, BEP 53). Its trackers may hold passkeys, so every way to print it is
// masked; only [Magnet.Secret] returns it whole.
type Magnet struct {
	InfoHash InfoHash // for version 2 alone (BEP 52) the first 20 bytes of its hash, as sent to trackers
	Kind     HashKind
	SHA256   [32]byte // the whole hash of version 2; zeros for version 1
	Name     string   // dn; empty if missing

	raw string
}

// HashKind is which hashes identify a torrent (BEP 52).
type HashKind int

// The kinds of hashes: SHA-1 of version 1, SHA-256 of version 2, or both.
const (
	V1 HashKind = iota
	V2
	Hybrid
)

// MaxMagnet is the length of the longest link that is read, in bytes.
const MaxMagnet = 64 << 10

// IsMagnet reports whether a text is meant as a magnet link; it ignores leading blanks.
func IsMagnet(s string) bool {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	return len(s) >= len("magnet:") && strings.EqualFold(s[:len("magnet:")], "magnet:")
}

// These are the reasons why a text is not read as a magnet link.
var (
	ErrNotMagnet   = errors.New("this is no magnet link")
	ErrMagnetBlank = errors.New("the magnet link has a blank or a line break in it")
	ErrMagnetTopic = errors.New("the magnet link names no torrent: it has no xt=urn:btih: or xt=urn:btmh: that can be read")
)

// fromHTML decodes the forms in which the source of a page writes the "&" between a link's parameters. That is safe: no
// link has parameters called "amp;tr" or "#38;tr".
var fromHTML = strings.NewReplacer("&amp;", "&", "&AMP;", "&", "&#38;", "&", "&#038;", "&", "&#x26;", "&", "&#X26;", "&")

// ParseMagnet reads a link. It drops blanks around it, and reads a link from the source of a page as the page shows it.
// The error is [ErrNotMagnet], [ErrMagnetBlank] or [ErrMagnetTopic].
func ParseMagnet(s string) (Magnet, error) {
	m := Magnet{raw: fromHTML.Replace(strings.TrimSpace(s))}
	if !IsMagnet(m.raw) || len(m.raw) > MaxMagnet {
		return Magnet{}, ErrNotMagnet
	}
	for i := range len(m.raw) {
		if c := m.raw[i]; c <= ' ' || c == 0x7f {
			return Magnet{}, ErrMagnetBlank
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
			} else if h, ok := parseBTMH(value); ok && !v2 {
				m.SHA256, v2 = h, true
			}
		}
	}
	switch {
	case v1 && v2:
		m.Kind = Hybrid
	case v2:
		m.Kind, m.InfoHash = V2, InfoHash(m.SHA256[:20])
	case !v1:
		return Magnet{}, ErrMagnetTopic
	}
	return m, nil
}

// ParseLink reads a magnet link, or only a hash: of version 1 in 40 hex digits or 32 of base 32, of version 2 in 64 hex
// digits, or 68 with the prefix that it has in a link.
func ParseLink(s string) (Magnet, error) {
	s = strings.TrimSpace(s)
	if IsMagnet(s) {
		return ParseMagnet(s)
	}
	prefix := "urn:btih:"
	if len(s) == 64 {
		prefix = "urn:btmh:1220"
	} else if len(s) == 68 {
		prefix = "urn:btmh:"
	}
	m, err := ParseMagnet("magnet:?xt=" + prefix + s)
	if err != nil || strings.ContainsAny(s, "&=%") {
		return Magnet{}, errors.New("this is neither a magnet link nor the hash of a torrent")
	}
	return m, nil
}

// topic reports whether a key is word, or one of several (xt.1, tr.2).
func topic(key, word string) bool {
	return key == word || strings.HasPrefix(key, word+".")
}

// pairs returns the parameters in order, with values as they are written.
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
func parseBTMH(value string) (h [32]byte, ok bool) {
	text, ok := urn(value, "urn:btmh:")
	if !ok {
		return h, false
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 34 || b[0] != 0x12 || b[1] != 0x20 {
		return h, false
	}
	return [32]byte(b[2:]), true
}

func urn(value, prefix string) (string, bool) {
	v, err := url.PathUnescape(value)
	if err != nil || len(v) < len(prefix) || !strings.EqualFold(v[:len(prefix)], prefix) {
		return "", false
	}
	return v[len(prefix):], true
}

// Trackers returns the addresses of the link's trackers (tr), in order and with their escapes decoded. They may contain
// passkeys: never print them.
func (m Magnet) Trackers() []string { return m.values("tr") }

// WebSeeds returns the addresses of the link's web seeds (ws; BEP 19), in order and with their escapes decoded.
func (m Magnet) WebSeeds() []string { return m.values("ws") }

// Peers returns the peers in the link (x.pe; BEP 9), in order, each once. It leaves out host names: otherwise the
// author of a link could make this computer look up any name.
func (m Magnet) Peers() (list []netip.AddrPort) {
	for _, v := range m.values("x.pe") {
		a, err := netip.ParseAddrPort(v)
		a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		if err == nil && a.Port() != 0 && a.Addr().Zone() == "" && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// values returns the non-empty values of a key, in order and with their escapes decoded.
func (m Magnet) values(word string) (list []string) {
	for key, value := range m.pairs() {
		if v, err := url.QueryUnescape(value); topic(key, word) && err == nil && v != "" {
			list = append(list, v)
		}
	}
	return list
}

// ThroughGateway returns the link with each tracker's address changed by the function [ThroughGateway], and how many it
// changed. Everything else stays byte for byte.
func (m Magnet) ThroughGateway(addr string) (Magnet, int) {
	return m.readdress(func(t string) (string, bool) { return escapedAddress.through(t, addr) })
}

// FromGateway undoes [Magnet.ThroughGateway].
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

// Secret returns the whole link, with the passkeys in its trackers' addresses. Never show or log it.
func (m Magnet) Secret() string { return m.raw }

// String returns the torrent's hash, and nothing else from the link.
func (m Magnet) String() string {
	if m.Kind == V2 {
		return "magnet:?xt=urn:btmh:1220" + hex.EncodeToString(m.SHA256[:])
	}
	return "magnet:?xt=urn:btih:" + m.InfoHash.String()
}

// LogValue keeps trackers' passkeys out of structured logs too.
func (m Magnet) LogValue() slog.Value { return slog.StringValue(m.String()) }

// GoString keeps passkeys out of %#v.
func (m Magnet) GoString() string { return fmt.Sprintf("bittorrent.Magnet(%s)", m.InfoHash) }
