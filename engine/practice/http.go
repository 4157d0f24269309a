package practice

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// httpRequest is a parsed GET to the tracker.
type httpRequest struct {
	Announce
	compact  bool // peers as a string of bytes (BEP 23)
	noPeerID bool // peers as dictionaries have no ids
}

// parseAnnounce reads the query of an announce (BEP 3). words describes what is wrong with it; it is empty if nothing
// is. The peer's address is the one from which the request came; an address in the query is ignored.
func parseAnnounce(query string, from netip.Addr) (r httpRequest, words string) {
	q, _ := url.ParseQuery(query) // a pair that cannot be read does not affect the others
	hash, id := q.Get("info_hash"), q.Get("peer_id")
	if len(hash) != len(r.InfoHash) {
		return r, "info_hash is not 20 bytes long"
	}
	if len(id) != len(r.PeerID) {
		return r, "peer_id is not 20 bytes long"
	}
	r.InfoHash, r.PeerID = bittorrent.InfoHash([]byte(hash)), bittorrent.PeerID([]byte(id))
	r.Event = bittorrent.ParseEvent(q.Get("event"))
	port, err := strconv.ParseUint(q.Get("port"), 10, 16)
	if err != nil {
		return r, "port is not a number between 0 and 65535"
	}
	r.Addr = netip.AddrPortFrom(from, uint16(port))
	for _, n := range []struct {
		key string
		to  *uint64
	}{{"uploaded", &r.Counters.Uploaded}, {"downloaded", &r.Counters.Downloaded}, {"left", &r.Counters.Left}} {
		if *n.to, err = strconv.ParseUint(q.Get(n.key), 10, 63); err != nil {
			return r, n.key + " is not a number of bytes"
		}
	}
	r.NumWant = -1
	if want, err := strconv.Atoi(q.Get("numwant")); err == nil && want >= 0 {
		r.NumWant = want
	}
	r.compact, r.noPeerID = q.Get("compact") != "0", q.Get("no_peer_id") == "1"
	return r, ""
}

// scrapeHashes returns the torrents in a scrape (BEP 48).
func scrapeHashes(query string) (hashes []bittorrent.InfoHash) {
	q, _ := url.ParseQuery(query)
	for _, h := range q["info_hash"] {
		if len(h) == len(bittorrent.InfoHash{}) {
			hashes = append(hashes, bittorrent.InfoHash([]byte(h)))
		}
	}
	return hashes
}

// failureBody returns a refusal (BEP 3). If never is true, it has BEP 31's key for "do not try again".
func failureBody(words string, never bool) []byte {
	d := map[string]any{"failure reason": words}
	if never {
		d["retry in"] = "never"
	}
	return encode(d)
}

// body returns the bencoded answer to an announce from this address.
func (r *Reply) body(q httpRequest, from netip.Addr) []byte {
	if r.Failure != "" {
		return failureBody(r.Failure, r.Never)
	}
	d := map[string]any{
		"interval": seconds(r.Interval), "min interval": seconds(r.MinInterval), "tracker id": r.TrackerID,
		"complete": r.Swarm.Seeders, "incomplete": r.Swarm.Leechers, "downloaded": r.Swarm.Downloads,
		"external ip": string(from.AsSlice()),
	}
	if r.Warning != "" {
		d["warning message"] = r.Warning
	}
	if q.compact {
		var four, six []byte
		for _, p := range r.Peers {
			if p.Addr.Addr().Is4() {
				four = appendCompact(four, p.Addr)
			} else {
				six = appendCompact(six, p.Addr)
			}
		}
		d["peers"] = string(four)
		if len(six) > 0 {
			d["peers6"] = string(six)
		}
		return encode(d)
	}
	list := []map[string]any{}
	for _, p := range r.Peers {
		e := map[string]any{"ip": p.Addr.Addr().String(), "port": int64(p.Addr.Port())}
		if !q.noPeerID {
			e["peer id"] = string(p.ID[:])
		}
		list = append(list, e)
	}
	d["peers"] = list
	return encode(d)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// appendCompact appends an address and a port, big endian: 6 bytes of IPv4 (BEP 23), 18 of IPv6 (BEP 7).
func appendCompact(b []byte, a netip.AddrPort) []byte {
	return append(append(b, a.Addr().AsSlice()...), byte(a.Port()>>8), byte(a.Port()))
}

// scrapeBody returns the bencoded answer to a scrape.
func scrapeBody(files map[bittorrent.InfoHash]bittorrent.Swarm, interval time.Duration) []byte {
	d := map[string]any{}
	for h, s := range files {
		d[string(h[:])] = map[string]any{"complete": s.Seeders, "downloaded": s.Downloads, "incomplete": s.Leechers}
	}
	return encode(map[string]any{"files": d, "flags": map[string]any{"min_request_interval": seconds(interval / 2)}})
}

// encode cannot fail: the values are maps, lists, strings and numbers.
func encode(v any) []byte {
	b, err := bencode.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// answer writes a body, compressed if the client accepts that.
func answer(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "text/plain")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body) // never fails in memory
		_ = z.Close()
		body = b.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // fails if the client has gone, which is no error
}

// acceptsGzip reports whether an Accept-Encoding field names gzip without refusing it (RFC 9110 §12.5.3).
func acceptsGzip(field string) bool {
	for coding := range strings.SplitSeq(field, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, weighted := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			n, err := strconv.ParseFloat(q, 64)
			return !weighted || err == nil && n > 0
		}
	}
	return false
}
