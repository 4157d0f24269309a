package proxy

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// failureReply is an answer of this program's own, which is always a refusal, in every form that a client may show:
// libtorrent shows the status line's words, rTorrent the bencoded failure reason, Transmission the code. It is plain
// text with nothing of the request in it: an error page that quotes its input was the fault of other proxies.
func failureReply(status int, words string, closing bool) []byte {
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

// refuse answers a request that is not passed on, and ends the connection: what follows might be part of it.
func (c *conn) refuse(status int, reason string, p exchange.Problem) (keep bool) {
	_ = c.write(failureReply(status, reason, true))
	c.s.Note(exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: p, Status: status, Detail: reason, Swarm: bittorrent.UnknownSwarm})
	c.lingerClose()
	return false
}

// lingerClose lets the client read the refusal before what it still sends makes the system reset the connection.
func (c *conn) lingerClose() {
	if !closeWrite(c.nc) {
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	var sink [4096]byte
	for range 64 {
		if _, err := c.nc.Read(sink[:]); err != nil {
			return
		}
	}
}

// refuseBusy answers a connection for which there is no room.
func (s *Server) refuseBusy(nc net.Conn) {
	const reason = "too many connections at once"
	_ = nc.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = nc.Write(failureReply(503, reason, true))
	_ = nc.Close()
	s.Note(exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemBusy, Status: 503, Detail: reason, Swarm: bittorrent.UnknownSwarm})
}
