package downstream

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// FailureReply returns an answer of this program's own, which is always a refusal, in every form that a client may
// show: libtorrent shows the status line, rTorrent the bencoded failure reason, Transmission the code. It is plain text
// without anything from the request: other proxies had error pages that quoted their input, which was a vulnerability.
func FailureReply(status int, words string, closing bool) []byte {
	reason := "BittOratio: " + words
	body := "d14:failure reason" + strconv.Itoa(len(reason)) + ":" + reason + "e"
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, reason)
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n")
	b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	if closing {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n" + body)
	return []byte(b.String())
}

// Refuse answers a request that is not passed on, and ends the output, because the bytes that follow may be part of the
// request.
func (c *Conn) Refuse(status int, words string) {
	_ = c.Write(FailureReply(status, words, true))
	c.LingerClose()
}

// RefuseBusy answers and closes a connection, within a second, if there is no room for it.
func RefuseBusy(nc net.Conn, words string) {
	_ = nc.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = nc.Write(FailureReply(503, words, true))
	_ = nc.Close()
}
