package localca

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

// How long certificates are valid. Clients refuse private leaves of more than 825 days, and public ones of more than
// 398, from 2029 on 47 (CA/Browser Forum Baseline Requirements §6.3.2); ours stay below all of these.
const (
	skew          = 2 * 24 * time.Hour   // before now, since clocks differ
	authorityLife = 365 * 24 * time.Hour // including the skew
	renewBefore   = 60 * 24 * time.Hour
	leafLife      = 32 * 24 * time.Hour // including the skew; less than renewBefore, so that no leaf outlives its authority
	leafRenew     = 2 * 24 * time.Hour
	maxLeaves     = 256
)

// authorityTemplate returns an authority that may sign servers' certificates for the hosts and nothing else. If no name
// or no address is listed, all of that kind are excluded, because a constraint on one kind does not affect the other
// (Baseline Requirements §7.1.2.5.2: the empty name, the two empty networks).
func authorityTemplate(hosts []Host, name string, now time.Time) *x509.Certificate {
	names, networks := permitted(hosts)
	from := now.Add(-skew).UTC().Truncate(time.Second)
	t := &x509.Certificate{
		Subject:                     pkix.Name{CommonName: name, Organization: []string{"BittOratio"}},
		NotBefore:                   from,
		NotAfter:                    from.Add(authorityLife),
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         names,
		PermittedIPRanges:           networks,
	}
	if len(names) == 0 {
		t.ExcludedDNSDomains = []string{""}
	}
	if len(networks) == 0 {
		t.ExcludedIPRanges = []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
	}
	return t
}

// permitted returns the name constraints of the hosts, in order and each once. A name also permits those below it,
// which cannot be avoided (RFC 5280 §4.2.1.10); but leaves are made only for listed names.
func permitted(hosts []Host) (names []string, networks []*net.IPNet) {
	var addrs []netip.Addr
	for _, h := range hosts {
		if h.addr.IsValid() {
			addrs = append(addrs, h.addr)
		} else {
			names = append(names, h.name)
		}
	}
	slices.Sort(names)
	slices.SortFunc(addrs, netip.Addr.Compare)
	for _, a := range slices.Compact(addrs) {
		networks = append(networks, &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())})
	}
	return slices.Compact(names), networks
}

func sameNetwork(a, b *net.IPNet) bool { return a.String() == b.String() }

// samePermitted reports whether the certificate is for exactly these names and addresses.
func samePermitted(cert *x509.Certificate, hosts []Host) bool {
	names, networks := permitted(hosts)
	return slices.Equal(cert.PermittedDNSDomains, names) && slices.EqualFunc(cert.PermittedIPRanges, networks, sameNetwork)
}

// onlyGrew reports whether hosts include every host of the certificate, and more.
func onlyGrew(cert *x509.Certificate, hosts []Host) bool {
	names, networks := permitted(hosts)
	for _, old := range cert.PermittedDNSDomains {
		if !slices.Contains(names, old) {
			return false
		}
	}
	for _, old := range cert.PermittedIPRanges {
		if !slices.ContainsFunc(networks, func(n *net.IPNet) bool { return sameNetwork(n, old) }) {
			return false
		}
	}
	return true
}

// errNotListed means that the authority is not for this name.
var errNotListed = errors.New("the host is not listed")

// Leaf returns a certificate for one of the listed names or addresses, in lower case; it makes a new one if memory has
// none.
func (a *Authority) Leaf(name string, now time.Time) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leaves[name]; c != nil && now.After(c.Leaf.NotBefore) && now.Before(c.Leaf.NotAfter.Add(-leafRenew)) {
		return c, nil
	}
	if !slices.ContainsFunc(a.hosts, func(h Host) bool { return h.Covers(name) }) {
		return nil, errNotListed
	}
	c, err := a.sign(name, now)
	if err != nil || ClockIsWrong(now) { // such a leaf is not kept
		return c, err
	}
	if len(a.leaves) >= maxLeaves {
		for other := range a.leaves { // any one: a client may ask for every name below a domain
			delete(a.leaves, other)
			break
		}
	}
	a.leaves[name] = c
	return c, nil
}

// sign makes a leaf: its name is in the alternative names (RFC 9525 §2), and its subject names only the issuer.
func (a *Authority) sign(name string, now time.Time) (*tls.Certificate, error) {
	from := now.Add(-skew).UTC().Truncate(time.Second)
	t := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"BittOratio, on this computer"}},
		NotBefore:             from,
		NotAfter:              from.Add(leafLife),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if from.Before(a.cert.NotBefore) {
		t.NotBefore = a.cert.NotBefore
	}
	if t.NotAfter.After(a.cert.NotAfter) || ClockIsWrong(now) { // a client on another computer knows the time
		t.NotAfter = a.cert.NotAfter
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		t.IPAddresses = []net.IP{addr.Unmap().AsSlice()}
	} else {
		t.DNSNames = []string{name}
	}
	point, err := a.leafKey.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(point)
	t.SubjectKeyId = id[:20] // RFC 7093 §2, method 1
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, &a.leafKey.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey, Leaf: leaf}, nil
}
