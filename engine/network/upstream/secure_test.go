package upstream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
)

// issue makes a certificate for names and addresses; without a parent it is a self-signed authority.
func issue(t *testing.T, parent *tls.Certificate, until time.Time, name string, addrs ...net.IP) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: addrs, BasicConstraintsValid: true, IsCA: parent == nil, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	by, signer := c, any(key)
	if parent != nil {
		by, signer = parent.Leaf, parent.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// server answers one request over TLS, and sends the number of bytes of requests that it read to received.
func server(t *testing.T, config *tls.Config) (addr string, received chan int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received = make(chan int, 1)
	go func() {
		defer l.Close()
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		c := tls.Server(nc, config)
		b := make([]byte, 1024)
		n, err := c.Read(b)
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		}
		received <- n
	}()
	return l.Addr().String(), received
}

func TestATrackerMustProveItsNameBeforeItReceivesAnything(t *testing.T) {
	later, here := time.Now().Add(time.Hour), net.IPv4(127, 0, 0, 1)
	root := issue(t, nil, later, "root")
	stranger := issue(t, nil, later, "stranger")
	roots := x509.NewCertPool()
	roots.AddCert(root.Leaf)
	const good, bad = exchange.ProblemNone, exchange.ProblemTLS
	one := func(c tls.Certificate) []tls.Certificate { return []tls.Certificate{c} }
	own := one(issue(t, &root, later, "tracker", here))
	for _, c := range []struct {
		name   string
		config *tls.Config
		want   exchange.Problem
	}{
		{"the tracker's own", &tls.Config{Certificates: own}, good},
		{"expired", &tls.Config{Certificates: one(issue(t, &root, time.Now().Add(-time.Minute), "tracker", here))}, bad},
		{"another host's", &tls.Config{Certificates: one(issue(t, &root, later, "tracker", net.IPv4(127, 0, 0, 2)))}, bad},
		{"self-signed", &tls.Config{Certificates: one(issue(t, nil, later, "tracker", here))}, bad},
		{"an unknown root's", &tls.Config{Certificates: one(issue(t, &stranger, later, "tracker", here))}, bad},
		{"an unknown root's, and one is asked for", &tls.Config{ClientAuth: tls.RequireAnyClientCert, Certificates: one(issue(t, &stranger, later, "tracker", here))}, bad},
		{"TLS 1.1", &tls.Config{MaxVersion: tls.VersionTLS11, Certificates: own}, exchange.ProblemTLSKind},
		{"an old cipher", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}, Certificates: own}, exchange.ProblemTLSKind},
		{"another protocol", &tls.Config{NextProtos: []string{"tracker/2"}, Certificates: own}, exchange.ProblemTLSKind},
		{"one is asked for", &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: own}, good},
		{"one is required", &tls.Config{ClientAuth: tls.RequireAnyClientCert, Certificates: own}, exchange.ProblemClientCert},
		{"one is required in TLS 1.2", &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12, Certificates: own}, exchange.ProblemClientCert},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, received := server(t, c.config)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			d := upstream.Dialer{TLS: &tls.Config{RootCAs: roots}}
			answer, err := d.Exchange(ctx, upstream.Target{Address: at, ServerName: "127.0.0.1"}, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
			n := <-received
			if c.want == good {
				if err != nil || string(answer.Body) != "hi" || n == 0 {
					t.Fatalf("the exchange returned %v, the tracker received %d bytes", err, n)
				}
				return
			}
			var f *upstream.Error
			if !errors.As(err, &f) || f.Problem != c.want || f.Op != "dial" && c.want != exchange.ProblemClientCert || n != 0 {
				t.Fatalf("the exchange returned %v; the tracker received %d bytes", err, n)
			}
		})
	}
}

func TestAnotherHostsCertificateDoesNotRevealTheTrackersName(t *testing.T) {
	later := time.Now().Add(time.Hour)
	root := issue(t, nil, later, "root")
	roots := x509.NewCertPool()
	roots.AddCert(root.Leaf)
	at, _ := server(t, &tls.Config{Certificates: []tls.Certificate{issue(t, &root, later, "tracker", net.IPv4(127, 0, 0, 1))}})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	d := upstream.Dialer{TLS: &tls.Config{RootCAs: roots}}
	const passkey = "0123456789abcdef0123456789abcdef"
	_, err := d.Exchange(ctx, upstream.Target{Address: at, ServerName: passkey + ".tracker.example"}, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	var f *upstream.Error
	if !errors.As(err, &f) || f.Problem != exchange.ProblemTLS || f.Op != "dial" || strings.Contains(err.Error(), passkey) {
		t.Errorf("unexpected error %v", err)
	}
}

// TestABodyIsSentWhileTheAnswerIsRead also to a server that asked for a client's certificate. Only the race detector
// notices an error.
func TestABodyIsSentWhileTheAnswerIsRead(t *testing.T) {
	later := time.Now().Add(time.Hour)
	root := issue(t, nil, later, "root")
	roots := x509.NewCertPool()
	roots.AddCert(root.Leaf)
	at, _ := server(t, &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{issue(t, &root, later, "tracker", net.IPv4(127, 0, 0, 1))}})
	d := upstream.Dialer{TLS: &tls.Config{RootCAs: roots}}
	c, err := d.Connect(t.Context(), upstream.Target{Address: at, ServerName: "127.0.0.1"}, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var sending sync.WaitGroup
	sending.Go(func() {
		for err := error(nil); err == nil; {
			_, err = c.Write(make([]byte, 100))
		}
	})
	_, _ = io.Copy(io.Discard, c) // until the server closes
	sending.Wait()
}

// TestATLSChoiceThatWasNotOfferedIsAnErrorOfItsOwnKind: such servers send no alert.
func TestATLSChoiceThatWasNotOfferedIsAnErrorOfItsOwnKind(t *testing.T) {
	const rsa3DES, unknown = "\x00\x0a", "\x7f\x7f"
	for name, c := range map[string]struct{ version, cipher string }{
		"TLS 1.0": {"\x03\x01", rsa3DES}, "an obsolete cipher": {"\x03\x03", rsa3DES}, "an unknown cipher": {"\x03\x03", unknown},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			defer nc.Close()
			_, _ = nc.Read(make([]byte, 4096))
			hello := c.version + strings.Repeat("r", 32) + "\x00" + c.cipher + "\x00" // no session, no compression
			message := "\x02\x00\x00" + string(rune(len(hello))) + hello
			_, _ = io.WriteString(nc, "\x16"+c.version+"\x00"+string(rune(len(message)))+message)
			_, _ = io.Copy(io.Discard, nc)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		var f *upstream.Error
		_, err = new(upstream.Dialer).Exchange(ctx, upstream.Target{Address: l.Addr().String(), ServerName: "127.0.0.1"}, []byte("GET / HTTP/1.1\r\n\r\n"))
		if !errors.As(err, &f) || f.Problem != exchange.ProblemTLSKind || f.Op != "dial" {
			t.Errorf("%s: Exchange returned %v", name, err)
		}
		cancel()
		_ = l.Close()
	}
}
