package httpway

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

const notHere = "there is nothing here but announces and scrapes that name a torrent and its tracker"

const (
	notForPages = "no web page may use this program"
	badName     = "this program is called by its address, by this computer's name, or by a name that gateway_names lists"
)

// gatewayDoor serves requests to this program itself.
type gatewayDoor struct{ *Stream }

// serve serves a request to this program itself, for a tracker whose address is in the path (see
// [bittorrent.ThroughGateway]): only announces and scrapes. Over http and https it sends the client's head with another
// target and Host.
func (c gatewayDoor) serve(ctx context.Context) (keep bool) {
	host, named := c.req.Get("host")
	if named && !c.s.isOwnName(string(host)) {
		return c.refuse(403, badName, exchange.ProblemSyntax)
	}
	framing, ok := c.framing()
	if !ok {
		return false
	}
	path, query := c.req.Origin()
	b, ok := behindGateway(string(path.Of(c.req.Raw)))
	if !ok || !c.req.Is("GET") || framing.Kind != httphead.NoBody && framing.Length > 0 {
		return c.refuseOther(string(path.Of(c.req.Raw)))
	}
	target := b.path
	if query.Start > path.End {
		target += "?" + string(query.Of(c.req.Raw))
	}
	raw, err := httphead.Aim(c.req.Raw, target, b.tracker.Authority())
	if err == nil {
		err = c.req.Parse(raw)
	}
	if err != nil {
		c.refuseHead(err)
		return false
	}
	path, query = c.req.Origin()
	c.edits, c.gated = c.edits[:0], true
	r, ok := c.reader.Parse(raw, b.tracker.Scheme(), []byte(b.tracker.Authority()), path, query)
	if ok && c.fromBrowser(&r) || !ok && c.req.FromBrowser() {
		return c.refuse(403, notForPages, exchange.ProblemSyntax)
	}
	if !ok && b.tracker.Scheme() != "udp" && (mayAnnounce(query.Of(raw)) || b.scrape && httptracker.NamesTorrent(query.Of(raw))) {
		return passing(c).serve(ctx, b.tracker, c.target(b.tracker), framing, true) // it is not certainly an announce
	}
	if !ok || r.Scrape && len(r.Hashes) == 0 {
		return c.refuse(404, notHere, exchange.ProblemSyntax)
	}
	if b.tracker.Scheme() == "udp" {
		r.Tracker = b.tracker
	}
	return c.serveTracker(ctx, r, c.target(r.Tracker))
}

// isIcon reports whether a path is that of the icon that browsers show. At each start Transmission requests it from
// each of its trackers' hosts, in four formats, which must not fill the log.
func isIcon(path string) bool { return strings.HasPrefix(path, "/favicon.") }

// refuseOther refuses a request that is neither an announce nor a scrape.
func (c gatewayDoor) refuseOther(path string) (keep bool) {
	switch {
	case c.req.FromBrowser():
		return c.refuse(403, notForPages, exchange.ProblemSyntax)
	case isIcon(path):
		c.client.Refuse(404, notHere)
		return false
	}
	return c.refuse(404, notHere, exchange.ProblemSyntax)
}

// mayAnnounce reports whether a query has what every announce has, so that the gateway cannot be used for anything
// else.
func mayAnnounce(query []byte) bool {
	if !httptracker.NamesTorrent(query) {
		return false
	}
	var peer, port bool
	for pair := range bytes.SplitSeq(query, []byte("&")) {
		peer = peer || bytes.HasPrefix(pair, []byte("peer_id="))
		port = port || bytes.HasPrefix(pair, []byte("port="))
	}
	return peer && port
}

// isMeant reports whether a request to the proxy is meant for the gateway: clients with this proxy send requests to
// this computer through the proxy too.
func (c gatewayDoor) isMeant(authority, path []byte) bool {
	if !bytes.HasPrefix(path, []byte("/announce/")) && !bytes.HasPrefix(path, []byte("/scrape/")) {
		return false // nearly every request: this check is cheap
	}
	u, err := bittorrent.NewTrackerURL("http", string(authority), "")
	if err != nil || !c.s.dialer.LeadsBack(u.Address()) {
		return false
	}
	_, ok := behindGateway(string(path))
	return ok
}

// serveByProxy is serve for a request in the form for a proxy; edits change it into the form for a server.
func (c gatewayDoor) serveByProxy(ctx context.Context) (keep bool) {
	raw := httphead.Apply(nil, c.req.Raw, c.edits...)
	if err := c.req.Parse(raw); err != nil {
		c.refuseHead(err)
		return false
	}
	return c.serve(ctx)
}

// isOwnName reports whether a Host line names this program as its user does: by an address, by this computer's name, by
// a name that only the local network knows, or by a name on the user's list. An attacker may let any other name resolve
// to this computer, and to a browser a page under that name would have the same origin.
func (s *Way) isOwnName(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if a, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return !a.Unmap().IsUnspecified()
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return false
	}
	if !strings.Contains(name, ".") || name == s.computer {
		return true
	}
	for _, local := range []string{".local", ".internal", ".home.arpa"} { // RFC 6762, RFC 8375, and ICANN's private-use name
		if strings.HasSuffix(name, local) {
			return true
		}
	}
	listed := s.gatewayNames.Load()
	return listed != nil && slices.Contains(*listed, name)
}

// SetGatewayNames sets the names by which clients may call the gateway, besides those that can only mean this computer.
func (s *Way) SetGatewayNames(names []string) {
	listed := make([]string, len(names))
	for i, n := range names {
		listed[i] = strings.ToLower(strings.TrimSuffix(n, "."))
	}
	s.gatewayNames.Store(&listed)
}

// behind is the tracker to which a gateway's path leads.
type behind struct {
	tracker bittorrent.TrackerURL
	path    string // the target of the request to it
	scrape  bool
}

// behindGateway splits a gateway's path. Clients make a scrape's address from the announce's: some replace the first
// "announce" in it, others the last.
func behindGateway(path string) (b behind, ok bool) {
	part := strings.SplitN(path, "/", 5)
	if len(part) < 4 || part[0] != "" || part[1] != "announce" && part[1] != "scrape" {
		return b, false
	}
	scheme, own := strings.ToLower(part[2]), ""
	if len(part) == 5 {
		own = "/" + part[4]
	}
	switch b.path = own; {
	case scheme == "udp" && own == "": // a datagram needs no path, but a request does
		b.path = "/announce"
	case scheme == "udp":
	case scheme != "http" && scheme != "https":
		return b, false
	case own == "":
		b.path, own = "/", "/"
	}
	if b.scrape = part[1] == "scrape"; b.scrape {
		if b.path, ok = scrapePath(scheme, b.path); !ok {
			return b, false
		}
		if own != "" {
			own = b.path
		}
	}
	// Some clients escape the brackets of an IPv6 address, which a path must not contain (RFC 3986 §3.3).
	authority := brackets.Replace(part[3])
	tracker, err := bittorrent.NewTrackerURL(scheme, authority, own)
	b.tracker = tracker
	return b, err == nil
}

var brackets = strings.NewReplacer("%5B", "[", "%5b", "[", "%5D", "]", "%5d", "]")

// scrapePath returns the path of a scrape for an announce's path: by BEP 48 or, where that is impossible, with the
// first "announce" replaced, as some clients do. A datagram has no path.
func scrapePath(scheme, announce string) (path string, ok bool) {
	if path, ok = bittorrent.ScrapePath(announce); ok {
		return path, true
	}
	if scheme == "udp" {
		return "/scrape", true
	}
	path = strings.Replace(announce, "announce", "scrape", 1)
	return path, path != announce
}

// keepCookies removes the cookies from an answer that goes through the gateway. There all trackers have the same host,
// this program: a client that keeps cookies, as aria2 does, would send each tracker the others' cookies, and look like
// a browser.
func keepCookies(r *httphead.Response) {
	head := r.Without("set-cookie")
	if head == nil {
		return
	}
	if err := r.Parse(head); err != nil { // never: it was just parsed, with more lines
		panic(err)
	}
}

// leadThroughGateway makes the Location of the answer whose head was just read lead through the gateway: otherwise the
// client would then announce to the tracker directly. It is relative, so that it is valid under every name of this
// computer. ok is false for a redirect that must not be followed: see [led].
func (q *carriage) leadThroughGateway(to bittorrent.TrackerURL, target string, now time.Time) (ok bool) {
	if q.up.public() {
		if !mayLead(to.Address()) {
			return false
		}
		q.s.led.add(to.Address(), now)
	}
	head, err := q.resp.With("location", "/announce/"+to.Scheme()+"/"+to.Authority()+target)
	if err == nil {
		err = q.resp.Parse(head)
	}
	if err != nil { // never: the head was just parsed, and the new value has no control characters
		panic(err)
	}
	return true
}
