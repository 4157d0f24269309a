package swarm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httptracker"
	"bittoratio/engine/wire/udptracker"
)

const (
	scrapeSize      = 1 << 20 // of an answer
	scrapeRedirects = 3
)

// The reasons why a tracker is not scraped, beside those of the network.
var (
	errNoScrape = errors.New("scrape: this tracker has no address for it")
	errScrape   = errors.New("scrape: the tracker does not know the torrent, or refuses")
)

// Scraper asks trackers how many seeders and leechers they count (BEP 48, BEP 15). It announces nothing.
type Scraper struct {
	filter *udp.Filter
	http   *http.Client
	udp    *upstream.Dialer // nil where an interface is chosen that it could not keep to
}

// NewScraper returns a scraper that keeps to an interface, and sends to no refused address, whatever name leads there.
func NewScraper(bind udp.Bind, filter *udp.Filter) *Scraper {
	s := &Scraper{filter: filter}
	if bind == (udp.Bind{}) {
		s.udp = &upstream.Dialer{}
	}
	s.http = &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return s.dial(ctx, bind, network, address)
			},
			TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > scrapeRedirects {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	return s
}

// dial connects over TCP; what a name leads to is looked at before anything is sent.
func (s *Scraper) dial(ctx context.Context, bind udp.Bind, network, address string) (net.Conn, error) {
	var err error
	for _, v6 := range []bool{false, true} {
		d, ok := bind.Dialer(v6)
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
		family := strings.TrimRight(network, "46") + "4"
		if v6 {
			family = strings.TrimRight(network, "46") + "6"
		}
		c, e := d.DialContext(ctx, family, address)
		if e == nil {
			return c, nil
		}
		if err == nil {
			err = e
		}
	}
	return nil, err
}

// Scrape returns what one tracker counts for a torrent. No error says anything of the tracker's address.
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

func (s *Scraper) overHTTP(ctx context.Context, u *url.URL, hash bittorrent.InfoHash) (w bittorrent.Swarm, err error) {
	w = bittorrent.UnknownSwarm
	path, ok := bittorrent.ScrapePath(u.EscapedPath())
	if !ok {
		return w, errNoScrape
	}
	u.Path, u.RawPath, u.Fragment = path, "", ""
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
	}
	query := "info_hash="
	for _, b := range hash { // byte by byte: trackers read "+" and others differently
		query += fmt.Sprintf("%%%02X", b)
	}
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return w, errNoScrape
	}
	request.Header.Set("User-Agent", "") // nothing more about us than needed
	answer, err := s.http.Do(request)
	if err != nil {
		return w, errScrape // its text has the address
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, scrapeSize))
	if err != nil {
		return w, errScrape
	}
	return swarmIn(httptracker.ParseScrapeResponse(body))(hash)
}

// swarmIn finds one torrent in an answer.
func swarmIn(r bittorrent.ScrapeResponse, err error) func(hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
	return func(hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
		if w, ok := r.Files[hash]; ok && err == nil {
			return w, nil
		}
		return bittorrent.UnknownSwarm, errScrape
	}
}

func (s *Scraper) overUDP(ctx context.Context, address string, hash bittorrent.InfoHash) (bittorrent.Swarm, error) {
	if s.udp == nil {
		return bittorrent.UnknownSwarm, errNoScrape
	}
	at, ok := s.resolve(ctx, address)
	if !ok {
		return bittorrent.UnknownSwarm, errNoScrape
	}
	answer, err := s.udp.ExchangeUDP(ctx, at.String(), udptracker.AppendScrape(nil, 0, 0, []bittorrent.InfoHash{hash}))
	if err != nil || len(answer.Swarms) != 1 {
		return bittorrent.UnknownSwarm, errScrape
	}
	return answer.Swarms[0], nil
}

// resolve is the first address of a name that is not refused.
func (s *Scraper) resolve(ctx context.Context, address string) (netip.AddrPort, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, false
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "udp", port)
	if err != nil {
		return netip.AddrPort{}, false
	}
	list, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for _, ip := range list {
		if a := udp.Clean(netip.AddrPortFrom(ip, uint16(number))); !s.filter.Refuses(a) {
			return a, true
		}
	}
	return netip.AddrPort{}, false
}
