package engine_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// gatewayed returns an announce of a client that uses a gateway address.
func gatewayed(path, uploaded, extra string) string {
	return "GET " + path + "?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&port=51413&uploaded=" + uploaded +
		"&downloaded=7&left=9&numwant=80&key=4c5d6e7f&compact=1" + extra + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Transmission/3.00\r\naccept: */*\r\n\r\n"
}

func TestTheGatewayChangesOnlyTheAddressAndTheTotal(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	plain := enginetest.NewTracker(t, nil)
	for _, c := range []struct {
		name, scheme, authority string
		tracker                 *enginetest.Tracker
	}{
		{"http", "http", plain.Addr, plain},
		{"https", "https", secureName + ":" + s.port, s.tracker},
		{"HTTPS", "HTTPS", secureName + ":" + s.port, s.tracker},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := enginetest.Dial(t, addr(t, s.e))
			n := len(c.tracker.Heads())
			own := "/" + c.name + "/PASSKEY0123456789abcdef/announce"
			for i, step := range [][2]string{{"0&event=started", "0&event=started"}, {"1000", "3000"}, {"1500&event=stopped", "4500&event=stopped"}} {
				request := gatewayed("/announce/"+c.scheme+"/"+c.authority+own, step[0], "")
				if head, body := client.Ask(request); head+body != enginetest.Answer(enginetest.Peers) {
					t.Fatalf("got %q %q", head, body)
				}
				want := gatewayed(own, step[1], "")
				want = strings.Replace(want, "Host: 127.0.0.1:8080", "Host: "+c.authority, 1)
				if got := c.tracker.Await(t, n+i+1)[n+i]; got != want {
					t.Errorf("the tracker received\n%q, want\n%q", got, want)
				}
			}
		})
	}
	// Through the gateway and through the proxy it is the same tracker and session.
	client := enginetest.Dial(t, addr(t, s.e))
	request := strings.Replace(gatewayed("/both/announce", "0", "&event=started"), "GET ", "GET http://"+plain.Addr, 1)
	client.Ask(strings.Replace(request, "127.0.0.1:8080", plain.Addr, 1))
	n := len(plain.Heads())
	client.Ask(gatewayed("/announce/http/"+plain.Addr+"/both/announce", "1000", ""))
	if got := enginetest.Query(plain.Await(t, n+1)[n], "uploaded"); got != "3000" {
		t.Errorf("through the proxy reported %s, want 3000 in the same session", got)
	}
}

// TestTheGatewayIsReachedThroughTheProxyToo: a client that has this program as its proxy and a converted torrent sends
// the gateway's announces through the proxy.
func TestTheGatewayIsReachedThroughTheProxyToo(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	own := addr(t, s.e)
	path := "/announce/https/" + secureName + ":" + s.port + "/PASSKEY0123456789abcdef/announce"
	viaGateway := func(uploaded string) string {
		return strings.Replace(gatewayed(path, uploaded, ""), "127.0.0.1:8080", own, 1)
	}
	for i, c := range []struct {
		name string
		ask  func(uploaded string) (head, body string)
	}{
		{"the proxy", func(uploaded string) (string, string) {
			request := strings.Replace(viaGateway(uploaded), "GET ", "GET http://"+own, 1)
			return enginetest.Dial(t, own).Ask(strings.Replace(request, "accept:", "Proxy-Connection: Keep-Alive\r\naccept:", 1))
		}},
		{"SOCKS5", func(uploaded string) (string, string) {
			return enginetest.SOCKS5(t, own, own).Ask(viaGateway(uploaded))
		}},
		{"SOCKS4", func(uploaded string) (string, string) {
			return enginetest.SOCKS4(t, own, own).Ask(viaGateway(uploaded))
		}},
	} {
		if head, body := c.ask(fmt.Sprint(1000 * (i + 1))); head+body != enginetest.Answer(enginetest.Peers) {
			t.Fatalf("%s: ask returned %q %q", c.name, head, body)
		}
		want := strings.Replace(gatewayed("/PASSKEY0123456789abcdef/announce", fmt.Sprint(1000+3000*i), ""), "127.0.0.1:8080", secureName+":"+s.port, 1)
		if got := s.tracker.Await(t, i+1)[i]; got != want {
			t.Errorf("%s: the tracker received\n%q, want\n%q", c.name, got, want)
		}
	}
}

func TestBothFormsOfAScrapeReachTheTrackerThroughTheGateway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const files = "d5:filesd20:\x01\x02\x03456789abcdefghijkd8:completei5e10:downloadedi7e10:incompletei9eeee"
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer(files) })
	e := enginetest.Engine(t, engine.Options{})
	for i, path := range []string{"/scrape/http/" + tr.Addr + "/k/announce.php", "/announce/http/" + tr.Addr + "/k/scrape.php"} {
		head, body := enginetest.Dial(t, addr(t, e)).Ask("GET " + path + "?info_hash=" + enginetest.InfoHash + " HTTP/1.1\r\nHost: localhost:8080\r\n\r\n")
		if head+body != enginetest.Answer(files) {
			t.Errorf("%s: got %q %q", path, head, body)
		}
		want := "GET /k/scrape.php?info_hash=" + enginetest.InfoHash + " HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n"
		if got := tr.Await(t, i+1)[i]; got != want {
			t.Errorf("the tracker received %q, want %q", got, want)
		}
	}
}

// TestUnusualAnnouncesReachTheTrackerThroughTheGateway: an announce to a tracker without a path, a request that is not
// certainly an announce, and a scrape of a tracker whose passkey is the last part of its path.
func TestUnusualAnnouncesReachTheTrackerThroughTheGateway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const certain = "&peer_id=-TR4100-0123456789ab&port=1"
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	for i, c := range [][2]string{
		{"/announce/http/" + tr.Addr + "?info_hash=" + enginetest.InfoHash + certain + "&uploaded=1", "/?info_hash=" + enginetest.InfoHash + certain + "&uploaded=1"},
		{"/announce/http/" + tr.Addr + "/a?info_hash=" + enginetest.InfoHash + certain + "&uploaded=-1", "/a?info_hash=" + enginetest.InfoHash + certain + "&uploaded=-1"},
		{"/scrape/http/" + tr.Addr + "/announce/KEY?info_hash=" + enginetest.InfoHash, "/scrape/KEY?info_hash=" + enginetest.InfoHash},
	} {
		head, _ := enginetest.Dial(t, addr(t, e)).Ask("GET " + c[0] + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("%s: got %q", c[0], head)
		}
		if got, want := tr.Await(t, i+1)[i], "GET "+c[1]+" HTTP/1.1\r\nHost: "+tr.Addr+"\r\n\r\n"; got != want {
			t.Errorf("the tracker received %q, want %q", got, want)
		}
	}
}

// TestTheGatewayRefusesARedirectThatBypassesIt: otherwise the client would get the tracker's own address, and
// announce to it directly.
func TestTheGatewayRefusesARedirectThatBypassesIt(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 302 Found\r\nLocation: udp://tracker.example:1/announce\r\nContent-Length: 0\r\n\r\n")
	})
	e := enginetest.Engine(t, engine.Options{})
	const reason = "BittOratio: the tracker redirects announces to an address that is not followed"
	head, body := enginetest.Dial(t, addr(t, e)).Ask(gatewayed("/announce/http/"+tr.Addr+"/announce", "5", ""))
	if !strings.HasPrefix(head, "HTTP/1.1 502 "+reason+"\r\n") || strings.Contains(head, "Location") || body != fmt.Sprintf("d14:failure reason%d:%se", len(reason), reason) {
		t.Errorf("got %q %q", head, body)
	}
}

func TestTheGatewayServesOnlyAnnouncesAndScrapes(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	for path, status := range map[string]int{
		"/announce/http/" + tr.Addr + "/file.zip":                                                  404,
		"/announce/http/" + tr.Addr + "/announce?info_hash=short&uploaded=1":                       404,
		"/announce/http/" + tr.Addr + "/announce?uploaded=1":                                       404,
		"/announce/http/" + tr.Addr + "/reboot.cgi?info_hash=" + enginetest.InfoHash:               404,
		"/announce/http/" + tr.Addr + "/a?port=1&uploaded=-1&info_hash=" + enginetest.InfoHash:     404,
		"/scrape/http/" + tr.Addr + "/announce":                                                    404,
		"/scrape/http/" + tr.Addr + "/other?info_hash=" + enginetest.InfoHash:                      404,
		"/announce/ftp/" + tr.Addr + "/announce?uploaded=1&info_hash=" + enginetest.InfoHash:       404,
		"/announce/http/user@" + tr.Addr + "/announce?uploaded=1&info_hash=" + enginetest.InfoHash: 404,
		"/announce/udp/127.0.0.2/announce?uploaded=1&info_hash=" + enginetest.InfoHash:             404,
		"/announced/http/" + tr.Addr + "/announce?uploaded=1&info_hash=" + enginetest.InfoHash:     404,
		"/announce/http/" + addr(t, e) + "/announce?uploaded=1&info_hash=" + enginetest.InfoHash:   403,
		"/announce":  404,
		"/announce/": 404,
	} {
		head, body := enginetest.Dial(t, addr(t, e)).Ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
		if !strings.HasPrefix(head, fmt.Sprintf("HTTP/1.1 %d BittOratio: ", status)) || !strings.HasPrefix(body, "d14:failure reason") || strings.Contains(strings.ToLower(head), "access-control") {
			t.Errorf("%s: got %q %q", path, head, body)
		}
	}
	if heads := tr.Heads(); len(heads) != 0 {
		t.Errorf("the tracker received %q", heads)
	}
}

func TestARedirectStaysInTheGateway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	second := enginetest.NewTracker(t, nil)
	location := "http://" + second.Addr + "/new/announce?uploaded=3000"
	first := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		if x.Query("uploaded") == "0" {
			x.Answer(enginetest.Peers)
			return
		}
		x.Send("HTTP/1.1 302 Found\r\nX-Before: y\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n")
	})
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	c := enginetest.Dial(t, addr(t, e))
	c.Ask(gatewayed("/announce/http/"+first.Addr+"/announce", "0", "&event=started"))
	head, _ := c.Ask(gatewayed("/announce/http/"+first.Addr+"/announce", "1000", ""))
	through := "/announce/http/" + second.Addr + "/new/announce?uploaded=3000"
	if want := "HTTP/1.1 302 Found\r\nX-Before: y\r\nLocation: " + through + "\r\nContent-Length: 0\r\n\r\n"; head != want {
		t.Fatalf("the client got %q, want %q", head, want)
	}
	// The client returns with the query that the tracker repeated: the same total is reported, and not multiplied once
	// more.
	c.Ask(gatewayed("/announce/http/"+second.Addr+"/new/announce", "3000", ""))
	if got := enginetest.Query(second.Await(t, 1)[0], "uploaded"); got != "3000" {
		t.Errorf("the second tracker received %s, want 3000", got)
	}
}

func TestTheGatewayAnnouncesToUDPTrackersForHTTPClients(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	c := enginetest.Dial(t, addr(t, e))
	for i, step := range []struct {
		uploaded, extra string
		reported        uint64
		event           uint32
	}{{"0", "&event=started", 0, 2}, {"1000", "", 3000, 0}, {"1500", "&event=stopped", 4500, 3}} {
		head, body := c.Ask(gatewayed("/announce/udp/"+tr.Addr+"/announce/PASSKEY", step.uploaded, step.extra))
		if want := "d8:completei2e10:incompletei3e8:intervali1800e5:peers6:\x7f\x00\x00\x09\x1a\xe1e"; body != want || !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") {
			t.Fatalf("got %q %q", head, body)
		}
		be, d := binary.BigEndian, tr.AwaitAnnounces(t, i+1)[i]
		if be.Uint64(d[72:]) != step.reported || be.Uint32(d[80:]) != step.event || be.Uint64(d[56:]) != 7 || be.Uint64(d[64:]) != 9 || be.Uint32(d[88:]) != 0x4c5d6e7f ||
			be.Uint32(d[92:]) != 80 || be.Uint16(d[96:]) != 51413 || !bytes.Equal(d[36:56], []byte("-TR4100-0123456789ab")) || string(d[98:]) != "\x02\x11/announce/PASSKEY" {
			t.Errorf("the tracker received %x", d)
		}
	}
	_, body := c.Ask(strings.Replace(gatewayed("/announce/udp/"+tr.Addr, "1600", "&ip=192.0.2.7"), "compact=1", "compact=0", 1))
	if d := tr.AwaitAnnounces(t, 4)[3]; !bytes.Equal(d[84:88], []byte{192, 0, 2, 7}) {
		t.Errorf("the tracker received the client's address as %v, want 192.0.2.7", d[84:88])
	}
	for i, left := range []string{"left=-1", "left=18446744073709551615", "left="} {
		c.Ask(strings.Replace(gatewayed("/announce/udp/"+tr.Addr, strconv.Itoa(1700+i), ""), "left=9", left, 1))
		if d := tr.AwaitAnnounces(t, 5+i)[4+i]; binary.BigEndian.Uint64(d[64:]) != 1<<63-1 {
			t.Errorf("the tracker received %s as %x, want 2^63-1", left, d[64:72])
		}
	}
	if !strings.Contains(body, "5:peersld2:ip9:127.0.0.94:porti6881eee") {
		t.Errorf("the peers are not in the form of dictionaries: %q", body)
	}
	for _, path := range []string{"/scrape/udp/" + tr.Addr, "/announce/udp/" + tr.Addr + "/scrape"} {
		_, body = c.Ask("GET " + path + "?info_hash=" + enginetest.InfoHash + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		if want := "d5:filesd20:\x01\x02\x03456789abcdefghijkd8:completei2e10:downloadedi7e10:incompletei3eeee"; body != want {
			t.Errorf("%s: %q, want %q", path, body, want)
		}
	}
}

// TestAUDPTrackerGetsOnlyTheQueryOfItsOwnAddress: nothing of the client's query is sent, in whatever order it is.
// KTorrent sends the info hash last.
func TestAUDPTrackerGetsOnlyTheQueryOfItsOwnAddress(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	c := enginetest.Dial(t, addr(t, e))
	for i, s := range []struct{ own, tail string }{{"", "\x02\x04/ann"}, {"auth=x&key=y&", "\x02\x11/ann?auth=x&key=y"}} {
		c.Ask("GET /announce/udp/" + tr.Addr + "/ann?" + s.own + "peer_id=-KT25c0-abcdefghijkl&port=6881&uploaded=" + strconv.Itoa(i) + "&downloaded=0&left=0&compact=1&numwant=200&key=1122334455&info_hash=" +
			enginetest.InfoHash + " HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nuser-agent: KTorrent/25.4.0\r\ncontent-length: 0\r\n\r\n")
		if d := tr.AwaitAnnounces(t, i+1)[i]; string(d[98:]) != s.tail {
			t.Errorf("%q: the tracker received %q", s.own, d[98:])
		}
	}
}

func TestAnAnnounceToASilentUDPTrackerIsAnsweredAndPending(t *testing.T) {
	enginetest.Parallel(t)
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if binary.BigEndian.Uint32(d[8:]) == 1 && binary.BigEndian.Uint64(d[72:]) > 0 {
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Hurried()})
	c := enginetest.Dial(t, addr(t, e))
	_, first := c.Ask(gatewayed("/announce/udp/"+tr.Addr, "0", "&event=started"))
	began := time.Now()
	if _, body := c.Ask(gatewayed("/announce/udp/"+tr.Addr, "1000", "&event=completed")); body != first {
		t.Errorf("the client got %q, want %q", body, first)
	}
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("the client waited %v, want at most 9 s", took)
	}
	enginetest.Eventually(t, "the announce is pending", func() bool { return len(e.Snapshot().Pending) == 1 })
	if k := e.Snapshot().Pending[0]; k.Reported != 3000 {
		t.Errorf("pending: %+v, want 3000 reported", k)
	}
}

func TestABadCertificateIsRefusedThroughTheGateway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, func(root *tls.Certificate) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, root, time.Now().Add(-time.Minute), secureName)}}
	})
	head, body := enginetest.Dial(t, addr(t, s.e)).Ask(gatewayed("/announce/https/"+secureName+":"+s.port+"/announce", "5", ""))
	if !strings.HasPrefix(head, "HTTP/1.1 504 BittOratio: the tracker's certificate was not accepted\r\n") || !strings.HasPrefix(body, "d14:failure reason") {
		t.Errorf("got %q %q", head, body)
	}
	if heads := s.tracker.Heads(); len(heads) != 0 {
		t.Errorf("the tracker received %q", heads)
	}
}
