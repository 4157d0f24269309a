package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync/atomic"
)

const factor = 3

// answer is the origin's answer to each announce, with 200 compact peers.
var answer = func() []byte {
	body := "d8:completei3e10:incompletei1000e8:intervali1800e5:peers1200:" + string(make([]byte, 1200)) + "e"
	return []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}()

// Position and number of the digits in the body that differ between answers with -vary.
const (
	varying       = len("d8:completei3e10:incompletei")
	varyingDigits = 4
)

// origin answers announces, counts them, and adds up their totals.
type origin struct {
	vary   bool
	n, sum atomic.Uint64
}

func (o *origin) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go o.client(c)
	}
}

func (o *origin) client(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 8192)
	mine := bytes.Clone(answer)
	digits := mine[bytes.Index(mine, []byte("\r\n\r\n"))+4+varying:][:varyingDigits]
	n := 0
	for {
		k, err := c.Read(buf[n:])
		if err != nil {
			return
		}
		n += k
		if !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
			continue
		}
		req := buf[:n]
		n = 0
		if bytes.HasPrefix(req, []byte("GET /stats ")) {
			body := fmt.Sprintf("%d %d", o.n.Swap(0), o.sum.Swap(0))
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			continue
		}
		count := o.n.Add(1)
		o.sum.Add(uploaded(req))
		if o.vary {
			strconv.AppendUint(digits[:0], 1000+count%9000, 10)
		}
		if _, err := c.Write(mine); err != nil {
			return
		}
		if bytes.Contains(req, []byte("\r\nConnection: close\r\n")) {
			return
		}
	}
}

func uploaded(req []byte) uint64 {
	i := bytes.Index(req, []byte("uploaded=")) + len("uploaded=")
	e := i
	for req[e] >= '0' && req[e] <= '9' {
		e++
	}
	v, err := strconv.ParseUint(string(req[i:e]), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// floor is the least that a Go forward proxy can do and still multiply: raw sockets, a new connection for each announce, no
// checks, no limits, no ledger.
func floor(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go floorClient(c)
	}
}

func floorClient(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 8192)
	n := 0
	for !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
		k, err := c.Read(buf[n:])
		if err != nil {
			return
		}
		n += k
	}
	const scheme = len("GET http://")
	req := buf[:n]
	path := scheme + bytes.IndexByte(req[scheme:], '/')
	i := bytes.Index(req, []byte("uploaded=")) + len("uploaded=")
	e := i
	for req[e] >= '0' && req[e] <= '9' {
		e++
	}
	out := append(make([]byte, 0, n+16), "GET "...)
	out = append(out, req[path:i]...)
	out = strconv.AppendUint(out, uploaded(req)*factor, 10)
	out = append(out, req[e:]...)
	u, err := net.Dial("tcp", string(req[scheme:path]))
	check(err)
	defer u.Close()
	if _, err := u.Write(out); err != nil {
		return
	}
	for {
		k, err := u.Read(buf)
		if k > 0 {
			if _, err := c.Write(buf[:k]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// reverse is the reverse proxy of the standard library, used as a forward proxy.
func reverse(l net.Listener) {
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			q := []byte(r.In.URL.RawQuery)
			i := bytes.Index(q, []byte("uploaded=")) + len("uploaded=")
			e := i
			for q[e] >= '0' && q[e] <= '9' {
				e++
			}
			v, _ := strconv.ParseUint(string(q[i:e]), 10, 64)
			r.Out.URL.RawQuery = string(q[:i]) + strconv.FormatUint(v*factor, 10) + string(q[e:])
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	_ = http.Serve(l, p)
}
