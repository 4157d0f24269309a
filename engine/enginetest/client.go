package enginetest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Client is one connection to the program, on which a test sends and reads bytes. Every method fails the test if it cannot
// do its work, at the latest 40 seconds after Dial.
type Client struct {
	Conn *net.TCPConn

	t      testing.TB
	stream net.Conn // Conn, or TLS on top of it
	r      *bufio.Reader
}

// Dial connects to host:port; the connection ends with the test at the latest.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	return DialFrom(t, nil, addr)
}

// DialFrom is Dial from an address of this computer; nil is any.
func DialFrom(t testing.TB, from net.IP, addr string) *Client {
	t.Helper()
	d := net.Dialer{Timeout: patience}
	if from != nil {
		d.LocalAddr = &net.TCPAddr{IP: from}
	}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	return &Client{Conn: c.(*net.TCPConn), t: t, stream: c, r: bufio.NewReaderSize(c, 64<<10)}
}

// TLS does a TLS handshake. What is sent and read afterwards is inside TLS.
func (c *Client) TLS(config *tls.Config) {
	c.t.Helper()
	stream := tls.Client(c.Conn, config)
	if err := stream.Handshake(); err != nil {
		c.t.Fatalf("TLS handshake: %v", err)
	}
	c.stream = stream
	c.r.Reset(stream)
}

// Send sends the bytes of s.
func (c *Client) Send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stream, s); err != nil {
		c.t.Fatalf("sending %.200q: %v", s, err)
	}
}

// Ask sends a request and reads the whole answer, as Answer does.
func (c *Client) Ask(request string) (head, body string) {
	c.t.Helper()
	c.Send(request)
	return c.Answer()
}

// Head reads bytes up to and including the next blank line.
func (c *Client) Head() string {
	c.t.Helper()
	head, err := readHead(c.r)
	if err != nil {
		c.t.Fatalf("reading a head: %v, after %q", err, head)
	}
	return head
}

// Answer reads a whole answer: its Content-Length says where the body ends, or else the end of the connection.
func (c *Client) Answer() (head, body string) {
	c.t.Helper()
	head = c.Head()
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(name, "content-length") {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			c.t.Fatalf("Content-Length is %q", value)
		}
		return head, c.Read(n)
	}
	return head, c.Rest()
}

// Read reads exactly n bytes.
func (c *Client) Read(n int) string {
	c.t.Helper()
	b := make([]byte, n)
	if got, err := io.ReadFull(c.r, b); err != nil {
		c.t.Fatalf("reading %d bytes: %v, after %d bytes: %q", n, err, got, b[:min(got, 200)])
	}
	return string(b)
}

// Rest reads up to the end of the connection, which may also be a reset.
func (c *Client) Rest() string {
	c.t.Helper()
	b, err := io.ReadAll(c.r)
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		c.t.Fatalf("the connection did not end in time, after %q", b[:min(len(b), 200)])
	}
	return string(b)
}

// Close closes the connection.
func (c *Client) Close() { _ = c.stream.Close() }
