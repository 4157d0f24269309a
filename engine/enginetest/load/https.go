package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bittoratio/engine/enginetest"
)

// secureName is the tracker's name that clients send in TLS. They connect to its address, as libtorrent does.
const secureName = "tracker.load"

// secureRun measures https: a direct connection, an interceptor built on net/http, and the programs. Before the slash a
// cell has the kind of connection: https, a new one for each announce with "Connection: close", as libtorrent does it;
// httpsnew, a new one without that header, as rTorrent does it; or httpskept, one for all announces, as Transmission does.
func secureRun(progs []string, dir, origin string, cells []cell, rounds, n int) {
	root, err := enginetest.Issue(nil, time.Now().Add(time.Hour))
	check(err)
	leaf, err := enginetest.Issue(&root, time.Now().Add(time.Hour), secureName)
	check(err)
	keep(filepath.Join(dir, "root.pem"), &root)
	keep(filepath.Join(dir, "leaf.pem"), &leaf)
	check(os.Setenv("SSL_CERT_FILE", filepath.Join(dir, "root.pem"))) // for the programs that are started below
	front := start(os.Args[0], "-role", "front", "-dir", dir, "-origin", origin)
	defer front.stop()
	_, port, err := net.SplitHostPort(front.addr)
	check(err)
	subjects := []*process{{name: "direct", addr: front.addr, roots: enginetest.Roots(&root)}}
	mitm := named("net/http", start(os.Args[0], "-role", "intercept", "-dir", dir))
	mitm.roots = enginetest.Roots(&root) // for simplicity it signs with the tracker's root
	subjects = append(subjects, mitm)
	for i, prog := range progs {
		folder := filepath.Join(dir, "secure"+strconv.Itoa(i))
		check(os.MkdirAll(folder, 0o700))
		b, err := json.Marshal(map[string]any{"open_https": true, "open_hosts": []string{secureName + ":" + port}})
		check(err)
		check(os.WriteFile(filepath.Join(folder, "settings.json"), b, 0o600))
		p := named(filepath.Base(prog), startProgram(prog, folder))
		p.roots = x509.NewCertPool()
		ca, err := os.ReadFile(filepath.Join(folder, "bittoratio-ca.pem"))
		check(err)
		p.roots.AppendCertsFromPEM(ca)
		subjects = append(subjects, p)
	}
	for _, s := range subjects[1:] {
		defer s.stop()
	}
	results := map[string][]result{}
	for round := range rounds {
		for _, cell := range cells {
			for i := range subjects {
				s := subjects[(i+round)%len(subjects)]
				s.target, s.silent = front.addr, cell.mode == "httpsnew"
				results[cell.String()+s.name] = append(results[cell.String()+s.name], measure(s, origin, cell.mode == "httpskept", cell.workers, n))
			}
		}
	}
	report(subjects, 2, cells, results)
}

// keep writes a certificate with its key into a PEM file; kept reads it.
func keep(path string, c *tls.Certificate) {
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	check(err)
	check(os.WriteFile(path, append(enginetest.PEM(c), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), 0o600))
}

func kept(dir, name string) tls.Certificate {
	path := filepath.Join(dir, name)
	c, err := tls.LoadX509KeyPair(path, path)
	check(err)
	return c
}

// connected turns a connection to a subject into a TLS connection to the tracker through it.
func (c *client) connected(nc net.Conn) net.Conn {
	if !c.direct {
		_, err := io.WriteString(nc, "CONNECT "+c.target+" HTTP/1.0\r\n\r\n")
		check(err)
		const granted = "HTTP/1.1 200 OK\r\n\r\n"
		b := make([]byte, len(granted))
		_, err = io.ReadFull(nc, b)
		check(err)
		if string(b) != granted {
			log.Fatalf("CONNECT: %q", b)
		}
	}
	return tls.Client(nc, &tls.Config{
		RootCAs: c.roots, ServerName: secureName,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}, // as clients with OpenSSL 3.0 and GnuTLS do
	})
}

// frontend accepts TLS and forwards the decrypted bytes to the origin.
func frontend(l net.Listener, dir, origin string) {
	l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{kept(dir, "leaf.pem")}})
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			o, err := net.Dial("tcp", origin)
			check(err) // for example, the system has no port left, because too many connections ended in the last minute
			defer o.Close()
			go func() { _, _ = io.Copy(o, c) }()
			_, _ = io.Copy(c, o)
		}()
	}
}

// intercept decrypts every CONNECT with net/http, as a simple interceptor would: it signs a certificate for each
// connection, parses requests and answers, and keeps connections to the tracker open if the client allows it.
func intercept(l net.Listener, dir string) {
	root := kept(dir, "root.pem")
	var err error
	root.Leaf, err = x509.ParseCertificate(root.Certificate[0])
	check(err)
	roots := enginetest.Roots(&root)
	transport := &http.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: roots, ServerName: secureName},
		DisableCompression: true, MaxIdleConnsPerHost: 100,
	}
	config := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c, err := enginetest.Issue(&root, time.Now().Add(time.Hour), h.ServerName)
		return &c, err
	}}
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := r.Host
		nc, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer nc.Close()
		if _, err := io.WriteString(nc, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			return
		}
		stream := tls.Server(nc, config)
		in := bufio.NewReader(stream)
		for {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			q := []byte(req.URL.RawQuery)
			i := strings.Index(req.URL.RawQuery, "uploaded=") + len("uploaded=")
			e := i
			for q[e] >= '0' && q[e] <= '9' {
				e++
			}
			req.URL.RawQuery = string(q[:i]) + strconv.FormatUint(uploaded(q)*factor, 10) + string(q[e:])
			req.URL.Scheme, req.URL.Host, req.RequestURI = "https", address, ""
			resp, err := transport.RoundTrip(req)
			if err != nil {
				return
			}
			err = resp.Write(stream)
			_ = resp.Body.Close()
			if err != nil || req.Close {
				_ = stream.CloseWrite()
				return
			}
		}
	}))
}
