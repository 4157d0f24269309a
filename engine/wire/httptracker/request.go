package httptracker

import (
	"bytes"
	"strconv"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/httphead"
)

// MaxUploaded is the largest total that every tracker can read: it must fit a signed 64-bit number.
const MaxUploaded = 1<<63 - 1

// Request is an announce or a scrape, recognised with certainty.
type Request struct {
	Tracker  bittorrent.TrackerURL
	Query    httphead.Span // of the request's head
	Scrape   bool
	Announce bittorrent.Announce // of an announce

	// Hashes are the torrents that a scrape asks about; its answer is cached by them.
	Hashes []bittorrent.InfoHash

	uploaded httphead.Span // the digits
}

// Parse recognises an announce or a scrape in a GET with a target of absolute or origin form. ok is false if there is
// any doubt: that is not an error, and the request passes untouched. scheme and authority name the tracker; path and
// query are spans of raw.
//
// Trackers split a query differently: at & only, or also at ;. Of a repeated key the first counts, or the last, or
// none. By each of these readings an announce has exactly one info_hash of 20 bytes and exactly one uploaded of 1 to 19
// digits, at most 2^63−1, with the keys in exactly these letters. So every tracker reads as the total the bytes that
// are read, and replaced, here.
func Parse(raw []byte, scheme, authority string, path, query httphead.Span) (Request, bool) {
	return new(Reader).Parse(raw, scheme, []byte(authority), path, query)
}

// Reader parses the requests of a connection, one after another. Most go to one tracker, whose address it parses only
// once; the engine's BenchmarkExchange takes 5 % longer otherwise. The zero value is ready.
type Reader struct {
	scheme, authority, path string // of tracker
	tracker                 bittorrent.TrackerURL
}

// Parse is like the function [Parse].
func (d *Reader) Parse(raw []byte, scheme string, authority []byte, path, query httphead.Span) (Request, bool) {
	var r Request
	var p params
	if !p.read(raw, query) || !d.read(scheme, authority, path.Of(raw)) {
		return r, false
	}
	r.Tracker, r.Query = d.tracker, query
	if p.uploadeds == 0 {
		if r.Scrape = isScrapePath(path.Of(raw)); r.Scrape && p.hashes > 0 {
			r.Hashes = append([]bittorrent.InfoHash{p.hash}, p.more...)
		}
		return r, r.Scrape
	}
	if p.uploadeds != 1 || p.hashes != 1 || p.peerIDs > 1 || isScrapePath(path.Of(raw)) {
		return r, false
	}
	total, ok := parseTotal(p.uploaded.Of(raw))
	if !ok {
		return r, false
	}
	r.uploaded = p.uploaded
	r.Announce = bittorrent.Announce{
		InfoHash: p.hash, PeerID: p.peerID, Event: p.event,
		Counters: bittorrent.Counters{Uploaded: total, Downloaded: p.downloaded, Left: p.left}, Port: p.port,
		Keyed: p.keyed, Elsewhere: p.elsewhere,
	}
	return r, true
}

// NamesTorrent reports whether a query has an info_hash of 20 bytes.
func NamesTorrent(query []byte) bool {
	for pair := range bytes.SplitSeq(query, []byte("&")) {
		var h bittorrent.InfoHash
		if value, ok := bytes.CutPrefix(pair, []byte("info_hash=")); ok && unescapeInto(h[:], value) {
			return true
		}
	}
	return false
}

// read sets tracker; it returns false if the parts are not an address.
func (d *Reader) read(scheme string, authority, path []byte) bool {
	if d.scheme == scheme && d.authority == string(authority) && d.path == string(path) {
		return true
	}
	u, err := bittorrent.NewTrackerURL(scheme, string(authority), string(path))
	if err != nil {
		return false
	}
	*d = Reader{scheme, string(authority), string(path), u}
	return true
}

// Report returns the edit that sends the tracker this total, in bytes; ok is false if the client's own digits are that
// total already, and nothing has to change.
func (r *Request) Report(total uint64) (e httphead.Edit, ok bool) {
	if total == r.Announce.Counters.Uploaded {
		return e, false
	}
	return httphead.Edit{Span: r.uploaded, New: strconv.AppendUint(nil, total, 10)}, true
}

func isScrapePath(path []byte) bool {
	return bytes.HasPrefix(path[bytes.LastIndexByte(path, '/')+1:], []byte("scrape"))
}

// parseTotal reads 1 to 19 plain digits up to [MaxUploaded].
func parseTotal(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, n <= MaxUploaded
}

// params has the parameters of a query, and counts those that may occur only once.
type params struct {
	hash      bittorrent.InfoHash   // the first
	more      []bittorrent.InfoHash // those after it: only scrapes have any
	hashes    int
	peerID    bittorrent.PeerID
	peerIDs   int
	event     bittorrent.Event
	uploaded  httphead.Span
	uploadeds int

	downloaded, left uint64
	port             uint16
	keyed, elsewhere bool
}

// read walks the query; it returns false if some tracker might read it differently.
func (p *params) read(raw []byte, query httphead.Span) bool {
	for at := query.Start; at <= query.End; {
		end := at
		for end < query.End && raw[end] != '&' {
			end++
		}
		if !p.pair(raw, httphead.Span{Start: at, End: end}) {
			return false
		}
		at = end + 1
	}
	return true
}

func (p *params) pair(raw []byte, s httphead.Span) bool {
	b := s.Of(raw)
	if bytes.IndexByte(b, ';') >= 0 && semicolonMatters(b) {
		return false
	}
	eq := bytes.IndexByte(b, '=')
	if eq < 0 {
		return !disguised(b)
	}
	key, value := b[:eq], b[eq+1:]
	switch string(key) {
	case "uploaded":
		p.uploadeds++
		p.uploaded = httphead.Span{Start: s.Start + eq + 1, End: s.End}
	case "info_hash":
		var h bittorrent.InfoHash
		if !unescapeInto(h[:], value) {
			return false
		}
		if p.hashes++; p.hashes == 1 {
			p.hash = h
		} else {
			p.more = append(p.more, h)
		}
	case "peer_id":
		p.peerIDs++
		return unescapeInto(p.peerID[:], value)
	case "event":
		p.event = bittorrent.ParseEvent(string(value))
	case "downloaded":
		p.downloaded, _ = parseTotal(value)
	case "left":
		p.left, _ = parseTotal(value)
	case "port":
		if n, ok := parseTotal(value); ok && n <= 65535 {
			p.port = uint16(n)
		}
	case "ip":
		p.elsewhere = p.elsewhere || len(value) > 0
	default:
		p.keyed = p.keyed || len(value) > 0 && !usual(key)
		return !disguised(key)
	}
	return true
}

// usual reports whether a key is one that clients send to every tracker. Any other may hold a key of the user.
func usual(key []byte) bool {
	switch string(key) {
	case "numwant", "num_want", "compact", "no_peer_id", "key", "trackerid", "ipv4", "ipv6", "corrupt", "redundant",
		"supportcrypto", "requirecrypto", "cryptoport", "azudp", "azver", "azhttp", "azas", "azq", "hide", "max_ul", "max_dl":
		return true
	}
	return false
}

// semicolonMatters reports whether splitting at semicolons too would reveal a key that counts.
func semicolonMatters(pair []byte) bool {
	for part := range bytes.SplitSeq(pair, []byte(";")) {
		if k, _, _ := bytes.Cut(part, []byte("=")); disguised(k) {
			return true
		}
	}
	return false
}

// counts reports whether key is one of those that an announce must have exactly once. It ignores case, as some trackers
// do.
func counts(key []byte) bool {
	switch len(key) {
	case len("uploaded"):
		return bytes.EqualFold(key, []byte("uploaded"))
	case len("info_hash"):
		return bytes.EqualFold(key, []byte("info_hash"))
	case len("peer_id"):
		return bytes.EqualFold(key, []byte("peer_id"))
	}
	return false
}

// disguised reports whether a tracker may read a key as one that counts: after it has decoded escapes, trimmed blanks
// and cut the key at a zero byte, or, as PHP does, has dropped an array's brackets and replaced a dot, a blank or a
// lone bracket by an underscore.
func disguised(key []byte) bool {
	if counts(key) {
		return true
	}
	odd := false
	for _, c := range key {
		odd = odd || c == '%' || c == '+' || c == '[' || c == '.'
	}
	if !odd {
		return false
	}
	plain, _, _ := bytes.Cut(unescape(key), []byte{0})
	plain = bytes.TrimSpace(plain)
	array, _, _ := bytes.Cut(plain, []byte("["))
	if counts(bytes.TrimSpace(array)) {
		return true
	}
	for i, c := range plain {
		if c == ' ' || c == '.' || c == '[' {
			plain[i] = '_'
		}
	}
	return counts(plain)
}

// unescape decodes valid escapes, and replaces a plus by a blank; invalid escapes stay.
func unescape(b []byte) []byte {
	plain := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '%' && i+2 < len(b) && unhex(b[i+1]) < 16 && unhex(b[i+2]) < 16:
			plain = append(plain, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
		case c == '+':
			plain = append(plain, ' ')
		default:
			plain = append(plain, c)
		}
	}
	return plain
}

// unescapeInto decodes %xx (RFC 3986 §2.1), and + as a space. It reports whether src is valid and decodes to exactly
// len(dst) bytes.
func unescapeInto(dst, src []byte) bool {
	n := 0
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c == '%' {
			if i+2 >= len(src) {
				return false
			}
			hi, lo := unhex(src[i+1]), unhex(src[i+2])
			if hi > 15 || lo > 15 {
				return false
			}
			c = hi<<4 | lo
			i += 2
		} else if c == '+' {
			c = ' '
		}
		if n == len(dst) {
			return false
		}
		dst[n] = c
		n++
	}
	return n == len(dst)
}

// unhex returns the value of a hex digit, 255 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
