package enginetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Issue makes a certificate for host names and IP addresses, valid for the 24 hours before until. If parent is nil, the
// certificate is a self-signed authority.
func Issue(parent *tls.Certificate, until time.Time, hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	c := &x509.Certificate{
		Subject: pkix.Name{Organization: []string{"test"}, CommonName: until.String()}, NotBefore: until.Add(-24 * time.Hour), NotAfter: until,
		BasicConstraintsValid: true, IsCA: parent == nil, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if c.IsCA {
		c.KeyUsage |= x509.KeyUsageCertSign
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	by, signer := c, key
	if parent != nil {
		by, signer = parent.Leaf, parent.PrivateKey.(*ecdsa.PrivateKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// MustIssue is Issue; it fails the test on an error.
func MustIssue(t testing.TB, parent *tls.Certificate, until time.Time, hosts ...string) *tls.Certificate {
	t.Helper()
	c, err := Issue(parent, until, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

// Roots returns a pool with these certificates.
func Roots(certificates ...*tls.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c.Leaf)
	}
	return pool
}

// PEM returns a certificate in PEM, without its key.
func PEM(c *tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

// Front puts TLS in front of a server without it.
type Front struct {
	Addr  string       // host:port
	Read  atomic.Int64 // decrypted bytes from clients
	Shook atomic.Int64 // successful handshakes

	l    net.Listener
	done sync.WaitGroup
	mu   sync.Mutex
	open map[net.Conn]struct{} // guarded by mu
}

// NewFront accepts TLS at addr, and forwards the decrypted bytes to the server at behind. It ends with the test at the
// latest.
func NewFront(t testing.TB, addr, behind string, config *tls.Config) *Front {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{Addr: l.Addr().String(), l: l, open: map[net.Conn]struct{}{}}
	f.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.done.Go(func() { f.serve(tls.Server(c, config), behind) })
		}
	})
	t.Cleanup(f.Close)
	return f
}

// Close closes the listener and all connections, and waits for their goroutines. It may be called twice.
func (f *Front) Close() {
	_ = f.l.Close()
	f.mu.Lock()
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.done.Wait()
}

func (f *Front) serve(c *tls.Conn, behind string) {
	defer f.keep(c.NetConn())()
	_ = c.SetDeadline(time.Now().Add(patience))
	if c.Handshake() != nil {
		return
	}
	f.Shook.Add(1)
	_ = c.SetDeadline(time.Time{})
	back, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer f.keep(back)()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(c, back)
		_ = c.CloseWrite()
		_ = c.NetConn().(*net.TCPConn).CloseWrite() // as real servers do
	})
	_, _ = io.Copy(io.MultiWriter(back, counter{f}), c)
	_ = back.(*net.TCPConn).CloseWrite()
	both.Wait()
}

type counter struct{ f *Front }

func (c counter) Write(b []byte) (int, error) {
	c.f.Read.Add(int64(len(b)))
	return len(b), nil
}

// keep registers a connection for Close. The returned function closes it.
func (f *Front) keep(c net.Conn) (end func()) {
	f.mu.Lock()
	f.open[c] = struct{}{}
	f.mu.Unlock()
	return func() {
		_ = c.Close()
		f.mu.Lock()
		delete(f.open, c)
		f.mu.Unlock()
	}
}
