package sample

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
)

// numbers are the numbers of an announce.
type numbers struct {
	hash  bittorrent.InfoHash
	event bittorrent.Event
	bittorrent.Counters
}

// client is how one real client announces: by which door, and with which bytes.
type client struct {
	peerID string
	port   uint16 // on which it accepts peers
	head   func(c *client, tracker, program string, n numbers) string
	socks  bool
}

// The heads of three clients, byte for byte as recorded from Transmission 4.1.4 with an HTTP proxy, qBittorrent 4.5.2
// with SOCKS5, and rTorrent 0.9.8 with a gateway address.
var clients = []client{
	{peerID: "-TR4140-demo00000001", head: func(c *client, tracker, _ string, n numbers) string {
		return "GET http://" + tracker + "/announce?" + n.ids(c.peerID) + "&port=" + c.portText() + n.totals() +
			"&numwant=80&key=8A188F48&compact=1&supportcrypto=1" + n.eventText() + " HTTP/1.1\r\nHost: " + tracker +
			"\r\nUser-Agent: Transmission/4.1.4\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip, br, zstd\r\nProxy-Connection: Keep-Alive\r\n\r\n"
	}},
	{peerID: "-qB4520-demo00000002", socks: true, head: func(c *client, tracker, _ string, n numbers) string {
		return "GET /announce?" + n.ids(c.peerID) + "&port=" + c.portText() + n.totals() + "&corrupt=0&key=49BDCE04" + n.eventText() +
			"&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 HTTP/1.1\r\nHost: " + tracker +
			"\r\nUser-Agent: qBittorrent/4.5.2\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
	}},
	{peerID: "-lt0D80-demo00000003", head: func(c *client, tracker, program string, n numbers) string {
		return "GET /announce/http/" + tracker + "/announce?" + n.ids(c.peerID) + "&key=261635fb&compact=1&port=" + c.portText() + n.totals() +
			n.eventText() + " HTTP/1.1\r\nHost: " + program +
			"\r\nUser-Agent: rtorrent/0.9.8/0.13.8\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n\r\n"
	}},
}

func (c *client) portText() string { return strconv.Itoa(int(c.port)) }

func (n *numbers) ids(peerID string) string {
	return "info_hash=" + escape(n.hash[:]) + "&peer_id=" + peerID
}

func (n *numbers) totals() string {
	return fmt.Sprintf("&uploaded=%d&downloaded=%d&left=%d", n.Uploaded, n.Downloaded, n.Left)
}

func (n *numbers) eventText() string {
	if n.event == bittorrent.EventNone {
		return ""
	}
	return "&event=" + n.event.String()
}

// escape percent-encodes every byte that a query must not contain as it is (RFC 3986 §2.3).
func escape(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("-._~", c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// patience is how long a client waits for an answer.
const patience = 20 * time.Second

// announce sends one announce to the tracker through the program. It ends with the answer, whatever that is: real
// clients also continue after a failure.
func (c *client) announce(ctx context.Context, tracker, program string, n numbers) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", program)
	if err != nil {
		return fmt.Errorf("connect to the program: %w", err)
	}
	defer func() { _ = nc.Close() }()
	defer context.AfterFunc(ctx, func() { _ = nc.Close() })()
	r := bufio.NewReader(nc)
	if c.socks {
		if err := socks(nc, r, tracker); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(nc, c.head(c, tracker, program, n)); err != nil {
		return fmt.Errorf("send an announce: %w", err)
	}
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return fmt.Errorf("read the answer to an announce: %w", err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// socks requests a connection to the tracker by SOCKS5 (RFC 1928), without authentication.
func socks(w io.Writer, r io.Reader, tracker string) error {
	at, err := netip.ParseAddrPort(tracker)
	if err != nil {
		return fmt.Errorf("read the practice tracker's address: %w", err)
	}
	ip := at.Addr().As4()
	greeting := []byte{5, 1, 0}
	request := append(append([]byte{5, 1, 0, 1}, ip[:]...), byte(at.Port()>>8), byte(at.Port()))
	var answer [10]byte
	for _, step := range []struct {
		send []byte
		read int
	}{{greeting, 2}, {request, 10}} {
		if _, err := w.Write(step.send); err != nil {
			return fmt.Errorf("connect by SOCKS5: %w", err)
		}
		if _, err := io.ReadFull(r, answer[:step.read]); err != nil || answer[1] != 0 {
			return fmt.Errorf("connect by SOCKS5: answer %d, %w", answer[1], err)
		}
	}
	return nil
}
