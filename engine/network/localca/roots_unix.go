//go:build !windows

package localca

import (
	"bytes"
	"os"
)

// rootFiles are the places where systems have the authorities that they trust, in one file of PEM.
var rootFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem", // openSUSE
	"/etc/ssl/cert.pem",      // macOS, Alpine, the BSDs
}

// systemRoots returns the authorities that this program itself trusts. Like crypto/x509 it observes SSL_CERT_FILE.
func systemRoots() []byte {
	for _, file := range append([]string{os.Getenv("SSL_CERT_FILE")}, rootFiles...) {
		if b, err := os.ReadFile(file); err == nil && bytes.Contains(b, []byte("-----BEGIN CERTIFICATE-----")) {
			return b
		}
	}
	return nil
}
