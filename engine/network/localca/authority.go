package localca

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/store"
)

// Authority signs leaves for the hosts it was made for. It is safe for concurrent use.
type Authority struct {
	hosts   []Host
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey
	leafKey *ecdsa.PrivateKey // of all leaves of this run; never on disk

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // guarded by mu; by name
}

// errNoHosts means that the list is empty.
var errNoHosts = errors.New("no host is listed")

// Open reads the authority of a data folder, or makes one. It renews the authority if the list has other names, if its
// end is near, or if it is not valid by a clock that may be right. If names were only added, the key stays, so that
// clients which trust the old certificate keep working for the old names; otherwise the key is new, so that the old
// certificate becomes useless. aside is the new name of a file that could not be read.
func Open(folder *store.Folder, hosts []Host, now time.Time) (a *Authority, aside string, err error) {
	if len(hosts) == 0 {
		return nil, "", errNoHosts
	}
	cert, key, err := read(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if aside, err = folder.SetAside(store.AuthorityFile); err != nil {
			return nil, "", err
		}
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, aside, err
	}
	a = &Authority{hosts: slices.Clone(hosts), cert: cert, key: key, leafKey: leafKey, leaves: map[string]*tls.Certificate{}}
	if cert == nil || a.Stale(now) || !samePermitted(cert, hosts) {
		if err := a.issue(folder, now); err != nil {
			return nil, aside, err
		}
	}
	return a, aside, a.writeCertificate(folder)
}

// issue makes the certificate, and a new key unless the old one may stay.
func (a *Authority) issue(folder *store.Folder, now time.Time) (err error) {
	subject := ""
	if a.cert != nil && !a.Stale(now) && onlyGrew(a.cert, a.hosts) {
		subject = a.cert.Subject.CommonName
	} else if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	t := authorityTemplate(a.hosts, cmp.Or(subject, commonName(a.key)), now)
	der, err := x509.CreateCertificate(rand.Reader, t, t, &a.key.PublicKey, a.key)
	if err != nil {
		return fmt.Errorf("make the authority's certificate: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("make the authority's certificate: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	// Both are in one file, so that a crash cannot leave a key with another key's certificate.
	return folder.WriteFile(store.AuthorityFile, append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...))
}

// commonName returns the certificate's purpose and the name of the computer. Each key gets its own name, since some
// programs look for a certificate's issuer only by name.
func commonName(key *ecdsa.PrivateKey) string {
	var id [4]byte
	if point, err := key.PublicKey.Bytes(); err == nil {
		sum := sha256.Sum256(point)
		copy(id[:], sum[:])
	}
	name := "BittOratio " + hex.EncodeToString(id[:])
	if host, err := os.Hostname(); err == nil && host != "" {
		name += " on " + host
	}
	return strings.ToValidUTF8(name[:min(len(name), 64)], "") // RFC 5280 appendix A.1: ub-common-name
}

// writeCertificate writes the public part into a file of its own, for clients.
func (a *Authority) writeCertificate(folder *store.Folder) error {
	old, err := folder.ReadFile(store.CertificateFile)
	if err == nil && bytes.Equal(old, a.PEM()) {
		return nil
	}
	return folder.WriteFile(store.CertificateFile, a.PEM())
}

var errUnreadable = errors.New("not the authority's key and certificate")

// read reads the authority in the folder. The error quotes nothing from the file.
func read(folder *store.Folder) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	b, err := folder.ReadFile(store.AuthorityFile)
	if err != nil {
		return nil, nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, nil, errUnreadable
	}
	secret, _ := pem.Decode(rest)
	if secret == nil || secret.Type != "PRIVATE KEY" {
		return nil, nil, errUnreadable
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil || cert.CheckSignatureFrom(cert) != nil {
		return nil, nil, errUnreadable
	}
	parsed, err := x509.ParsePKCS8PrivateKey(secret.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || !key.PublicKey.Equal(cert.PublicKey) || !cert.IsCA {
		return nil, nil, errUnreadable
	}
	return cert, key, nil
}

// Name returns the authority's name in lists of certificates; empty if the data folder has none that can be read.
func Name(folder *store.Folder) string {
	cert, _, err := read(folder)
	if err != nil {
		return ""
	}
	return cert.Subject.CommonName
}

// Remove deletes the authority with its key, and files of it that were set aside. Clients may still trust the
// certificate, but it is useless without the key.
func Remove(folder *store.Folder) error {
	return errors.Join(folder.Erase(store.AuthorityFile), folder.Erase(store.CertificateFile), folder.Erase(store.BundleFile))
}

// ClockIsWrong reports whether a clock shows a time before this program existed, like that of a computer with an empty
// battery until it has a network. No certificate is checked against such a clock.
func ClockIsWrong(now time.Time) bool { return now.Before(programBegan) }

var programBegan = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Stale reports whether the authority should be renewed: it is about to expire or, by the clock, not valid yet.
func (a *Authority) Stale(now time.Time) bool {
	return !ClockIsWrong(now) && (now.Before(a.cert.NotBefore) || now.After(a.cert.NotAfter.Add(-renewBefore)))
}

// Until returns when the authority expires.
func (a *Authority) Until() time.Time { return a.cert.NotAfter }

// Fingerprint returns the SHA-256 of the certificate in the form for people: pairs of hex digits with colons between.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// PEM returns the public certificate (RFC 7468).
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// String returns the authority's name, and nothing of the key.
func (a *Authority) String() string { return a.cert.Subject.CommonName }

// GoString keeps the key out of %#v.
func (a *Authority) GoString() string { return a.String() }

// LogValue keeps the key out of structured logs.
func (a *Authority) LogValue() slog.Value { return slog.StringValue(a.String()) }
