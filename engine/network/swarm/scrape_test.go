package swarm

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/udptracker"
)

// spiky has bytes that are encoded in different ways: a blank, a plus, a percent sign.
var spiky = bittorrent.InfoHash{' ', '+', '%', 0, 255, 'a'}

func TestTrackersAreScrapedAndNothingIsAnnounced(t *testing.T) {
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.RequestURI)
		if r.URL.Query().Get("info_hash") != string(spiky[:]) {
			t.Errorf("the info hash of the scrape is %q", r.URL.Query().Get("info_hash"))
		}
		fmt.Fprintf(w, "d5:filesd20:%sd8:completei7e10:incompletei2eeee", spiky[:])
	}))
	defer server.Close()
	s := NewScraper(udp.Bind{}, &udp.Filter{LocalNetworks: true})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w, err := s.Scrape(ctx, server.URL+"/KEY/announce.php?pk=1", spiky)
	if err != nil || w.Seeders != 7 || w.Leechers != 2 {
		t.Errorf("Scrape returned %+v, %v", w, err)
	}
	if len(requests) != 1 || !strings.HasPrefix(requests[0], "/KEY/scrape.php?pk=1&info_hash=%20%2B%25%00%FF%61") {
		t.Errorf("the requests were %q", requests)
	}
	for _, tracker := range []string{server.URL + "/other", "wss://a.example/announce", "nonsense", "http://", "udp://"} {
		if w, err := s.Scrape(ctx, tracker, spiky); err == nil {
			t.Errorf("%s: Scrape returned %+v", tracker, w)
		}
	}
	if len(requests) != 1 {
		t.Errorf("the requests were %q", requests)
	}
}

// TestNoTrackerIsScrapedAtAClosedPort: a link may name any port.
func TestNoTrackerIsScrapedAtAClosedPort(t *testing.T) {
	requests := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests = true }))
	_ = server.Listener.Close()
	l, err := net.Listen("tcp", "127.0.0.77:10080") // Amanda's port, which no system service uses
	if err != nil {
		t.Fatal(err)
	}
	server.Listener = l
	server.Start()
	defer server.Close()
	if w, err := NewScraper(udp.Bind{}, &udp.Filter{LocalNetworks: true}).Scrape(t.Context(), server.URL+"/announce", spiky); err == nil || requests {
		t.Errorf("Scrape returned %+v, %v, requests %v", w, err, requests)
	}
}

func TestAUDPTrackerIsScraped(t *testing.T) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2048)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			r, ok := udptracker.ParseRequest(b[:n])
			switch {
			case !ok || r.Action == udptracker.Announces:
				t.Errorf("the tracker received %x", b[:n])
			case r.Action == udptracker.Connect:
				_, _ = c.WriteTo(udptracker.AppendConnected(nil, r.Transaction, 5), from)
			default:
				_, _ = c.WriteTo([]byte{0, 0, 0, 2, b[12], b[13], b[14], b[15], 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 4}, from)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	address := "udp://" + c.LocalAddr().String() + "/announce"
	if w, err := NewScraper(udp.Bind{}, &udp.Filter{LocalNetworks: true}).Scrape(ctx, address, spiky); err != nil || w.Seeders != 9 || w.Leechers != 4 {
		t.Errorf("Scrape returned %+v, %v", w, err)
	}
	if _, err := NewScraper(udp.Bind{}, &udp.Filter{}).Scrape(ctx, address, spiky); err == nil {
		t.Error("a refused address received a request")
	}
	_ = c.Close()
	<-done
}

func TestATrackersNameForARefusedAddressIsNotScraped(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server received a request") }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s := NewScraper(udp.Bind{}, &udp.Filter{})
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
		if _, err := s.Scrape(ctx, "http://"+net.JoinHostPort(host, port)+"/announce", spiky); err == nil {
			t.Errorf("%s was scraped though it is refused", host)
		}
	}
}

func TestAnEndlessScrapeAnswerIsCut(t *testing.T) {
	written := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.CopyN(w, endless{}, 64<<20)
		written <- err
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := NewScraper(udp.Bind{}, &udp.Filter{LocalNetworks: true}).Scrape(ctx, server.URL+"/announce", spiky); err == nil {
		t.Error("Scrape accepted an endless answer")
	}
	if <-written == nil {
		t.Error("Scrape read the whole answer of 64 MiB")
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestAScrapeFollowsALimitedNumberOfRedirects(t *testing.T) {
	requests := 0
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch {
		case strings.HasPrefix(r.URL.Path, "/loop"):
			http.Redirect(w, r, server.URL+r.RequestURI, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/inside"):
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/old"):
			http.Redirect(w, r, "/new/scrape?"+r.URL.RawQuery, http.StatusMovedPermanently)
		default:
			fmt.Fprintf(w, "d5:filesd20:%sd8:completei7e10:incompletei2eeee", spiky[:])
		}
	}))
	defer server.Close()
	s := NewScraper(udp.Bind{}, &udp.Filter{LocalNetworks: true})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if w, err := s.Scrape(ctx, server.URL+"/old/announce", spiky); err != nil || w.Seeders != 7 || requests != 2 {
		t.Errorf("Scrape returned %+v, %v after %d requests", w, err, requests)
	}
	for _, path := range []string{"/loop/announce", "/inside/announce", "/a b/announce", "/announce?a=b c"} {
		requests = 0
		if w, err := s.Scrape(ctx, server.URL+path, spiky); err == nil && path != "/a b/announce" || requests > 1+scrapeRedirects {
			t.Errorf("%s: Scrape returned %+v after %d requests", path, w, requests)
		}
	}
}
