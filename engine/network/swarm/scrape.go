package swarm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httptracker"
	"bittoratio/engine/wire/udptracker"
)

// scrapeRedirects is how many redirects of a tracker are followed.
const scrapeRedirects = 3

// Why a tracker is not scraped, beside errors of the network.
var (
	errNoScrape = errors.New("scrape: this tracker has no address for it")
	errScrape   = errors.New("scrape: the tracker does not know the torrent, or refuses")
)

// Scraper requests the number of seeders and leechers from trackers (BEP 48, BEP 15). It announces nothing.
type Scraper struct {
	bind     udp.Bind
	filter   *udp.Filter
	trackers upstream.Dialer
}

// NewScraper returns a scraper that uses only one interface, and never sends to a refused address, whatever its name.
func NewScraper(bind udp.Bind, filter *udp.Filter) *Scraper {
	return &Scraper{bind: bind, filter: filter}
}

// dial connects over TCP. It checks all addresses of a name before it sends anything.
func (s *Scraper) dial(ctx context.Context, address string) (net.Conn, error) {
	err := error(udp.ErrRefused)
	for _, v6 := range []bool{false, true} {
		d, ok := udp.Dialer(&s.bind, v6)
		if !ok {
			continue
		}
		keep := d.Control
		d.Control = func(network, address string, c syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || s.filter.Refuses(a) {
				return udp.ErrRefused
			}
			if keep != nil {
				return keep(network, address, c)
			}
			return nil
		}
		family := "tcp4"
		if v6 {
			family = "tcp6"
		}
		c, e := d.DialContext(ctx, family, address)
		if e == nil {
			return c, nil
		}
		if !v6 {
			err = e
		}
	}
	return nil, err
}

// Scrape returns what one tracker counts for a torrent. Errors do not contain the tracker's address.
func (s *Scraper) Scrape(ctx context.Context, tracker string, hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
	u, err := url.Parse(tracker)
	if err != nil {
		return bittorrent.UnknownSwarm, errNoScrape
	}
	switch u.Scheme {
	case "http", "https":
		return s.overHTTP(ctx, u, hash)
	case "udp":
		return s.overUDP(ctx, u.Host, hash)
	}
	return bittorrent.UnknownSwarm, errNoScrape
}

func (s *Scraper) overHTTP(ctx context.Context, u *url.URL, hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
	path, ok := bittorrent.ScrapePath(u.EscapedPath())
	if !ok {
		return bittorrent.UnknownSwarm, errNoScrape
	}
	target := path + "?"
	if u.RawQuery != "" {
		target += u.RawQuery + "&"
	}
	target += "info_hash="
	for _, b := range hash { // byte by byte: trackers disagree about "+" and other signs
		target += fmt.Sprintf("%%%02X", b)
	}
	for range 1 + scrapeRedirects {
		answer, err := s.get(ctx, u, target)
		if err != nil {
			return bittorrent.UnknownSwarm, errScrape // its text may contain the address
		}
		if answer.Head.Status/100 == 3 {
			location, _ := answer.Head.Get("location")
			next, err := u.Parse(string(location))
			if err != nil {
				return bittorrent.UnknownSwarm, errScrape
			}
			u, target = next, next.RequestURI()
			continue
		}
		body, err := httptracker.PlainBody(&answer.Head, answer.Body, upstream.MaxAnswer)
		if err != nil {
			return bittorrent.UnknownSwarm, errScrape
		}
		r, err := httptracker.ParseScrapeResponse(body)
		if w, ok := r.Files[hash]; ok && err == nil {
			return w, nil
		}
		return bittorrent.UnknownSwarm, errScrape
	}
	return bittorrent.UnknownSwarm, errScrape
}

// get requests one target from an http server. The request reveals no more about this program than needed.
func (s *Scraper) get(ctx context.Context, u *url.URL, target string) (*upstream.Answer, error) {
	tracker, err := bittorrent.NewTrackerURL(u.Scheme, u.Host, "/")
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || upstream.ClosedPort(tracker.Port()) || strings.ContainsAny(target, " \t\r\n") {
		return nil, errNoScrape
	}
	conn, err := s.dial(ctx, tracker.Address())
	if err != nil {
		return nil, err
	}
	request := "GET " + target + " HTTP/1.1\r\nHost: " + tracker.Authority() + "\r\nConnection: close\r\n\r\n"
	return s.trackers.ExchangeOver(ctx, conn, upstream.TargetOf(tracker), []byte(request))
}

func (s *Scraper) overUDP(ctx context.Context, address string, hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
	if s.bind != (udp.Bind{}) {
		return bittorrent.UnknownSwarm, errNoScrape // it could not use the interface
	}
	at, ok := s.resolve(ctx, address)
	if !ok {
		return bittorrent.UnknownSwarm, errNoScrape
	}
	answer, err := s.trackers.ExchangeUDP(ctx, at.String(), udptracker.AppendScrape(nil, 0, 0, []bittorrent.InfoHash{hash}), upstream.Dialling{})
	if err != nil || len(answer.Swarms) != 1 {
		return bittorrent.UnknownSwarm, errScrape
	}
	return answer.Swarms[0], nil
}

// resolve returns the first address of a name that the filter does not refuse.
func (s *Scraper) resolve(ctx context.Context, address string) (netip.AddrPort, bool) {
	list, _ := upstream.Resolve(ctx, address)
	for _, a := range list {
		if a = udp.Clean(a); !s.filter.Refuses(a) {
			return a, true
		}
	}
	return netip.AddrPort{}, false
}
