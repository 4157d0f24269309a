//go:build linux

package localca

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOpenSSLAndGnuTLSAgreeWithGo verifies leaves for listed hosts, and what a thief of the key would sign, with
// OpenSSL and GnuTLS, which most clients use.
func TestOpenSSLAndGnuTLSAgreeWithGo(t *testing.T) {
	for _, c := range []struct {
		name   string
		listed []string
		host   string
		good   bool
	}{
		{"a listed name", []string{"tracker.example", "other.example"}, "tracker.example", true},
		{"below a star", []string{"*.tracker.example"}, "pass.tracker.example", true},
		{"a listed address", []string{"tracker.example", "127.0.0.2"}, "127.0.0.2", true},
		{"another name", []string{"tracker.example"}, "bank.example", false},
		{"an address, where names are listed", []string{"tracker.example"}, "127.0.0.2", false},
		{"another address", []string{"127.0.0.3"}, "127.0.0.2", false},
		{"a name, where addresses are listed", []string{"127.0.0.2"}, "bank.example", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			a := open(t, folder(t), time.Now(), c.listed...)
			signed, err := a.sign(c.host, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			ca, leafFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "leaf.pem")
			for file, b := range map[string][]byte{ca: a.PEM(), leafFile: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed.Certificate[0]})} {
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			is := "-verify_hostname"
			if net.ParseIP(c.host) != nil {
				is = "-verify_ip"
			}
			runTool(t, c.good, "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca, is, c.host, leafFile)
			runTool(t, c.good, "certtool", "--verify", "--verify-profile=high", "--load-ca-certificate="+ca, "--verify-hostname="+c.host, "--infile="+leafFile)
			addr := serve(t, signed)
			_, port, _ := net.SplitHostPort(addr)
			runTool(t, c.good, "curl", "-sS", "--noproxy", "*", "--cacert", ca, "--connect-to", "::"+addr, "https://"+c.host+":"+port+"/")
		})
	}
}

// runTool runs a program, and checks whether it succeeds.
func runTool(t *testing.T, good bool, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Fatalf("%s: CombinedOutput returned %v", name, err)
	}
	if (err == nil) != good {
		t.Errorf("%s %s: got %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// serve answers every request over TLS, with this certificate.
func serve(t *testing.T, c *tls.Certificate) (addr string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*c}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
			b := make([]byte, 4096)
			if _, err := nc.Read(b); err == nil {
				_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
			}
			_ = nc.Close()
		}
	}()
	return l.Addr().String()
}
