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

// Client is one connection to the program that sends what a test says and reads what it expects. Every wait is
// bounded; what does not come fails the test.
type Client struct {
	Conn *net.TCPConn

	t      testing.TB
	stream net.Conn // Conn, or TLS over it
	r      *bufio.Reader
}

// Dial connects to host:port; the connection ends with the test at the latest.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	return DialFrom(t, nil, addr)
}

// DialFrom is Dial by a client that is bound to an address of this computer; nil is any.
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

// TLS makes what follows TLS.
func (c *Client) TLS(config *tls.Config) {
	c.t.Helper()
	stream := tls.Client(c.Conn, config)
	if err := stream.Handshake(); err != nil {
		c.t.Fatalf("handshake: %v", err)
	}
	c.stream = stream
	c.r.Reset(stream)
}

// Send writes the bytes as they are.
func (c *Client) Send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stream, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// Ask sends a request and reads the whole answer to it.
func (c *Client) Ask(request string) (head, body string) {
	c.t.Helper()
	c.Send(request)
	return c.Answer()
}

// Head reads the next head.
func (c *Client) Head() string {
	c.t.Helper()
	head, err := readHead(c.r)
	if err != nil {
		c.t.Fatalf("no whole head came: %v, after %q", err, head)
	}
	return head
}

// Answer reads a whole answer, by its length or up to the connection's end.
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
			c.t.Fatalf("length %q", value)
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
		c.t.Fatalf("%d bytes of %d came: %v, %q", got, n, err, b[:min(got, 200)])
	}
	return string(b)
}

// Rest reads up to the connection's end, be it orderly or not.
func (c *Client) Rest() string {
	c.t.Helper()
	b, err := io.ReadAll(c.r)
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		c.t.Fatalf("the connection does not end, after %q", b[:min(len(b), 200)])
	}
	return string(b)
}

// Close ends the connection.
func (c *Client) Close() { _ = c.stream.Close() }
