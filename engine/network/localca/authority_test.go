package localca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/store"
)

// now is fixed, except in the tests that run other programs, which use the real time.
var now = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

func folder(t *testing.T) *store.Folder {
	t.Helper()
	f, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func hosts(t *testing.T, texts ...string) []Host {
	t.Helper()
	var all []Host
	for _, text := range texts {
		h, err := ParseHost(text)
		if err != nil {
			t.Fatal(text, err)
		}
		all = append(all, h)
	}
	return all
}

func open(t *testing.T, f *store.Folder, at time.Time, texts ...string) *Authority {
	t.Helper()
	a, aside, err := Open(f, hosts(t, texts...), at)
	if err != nil || aside != "" {
		t.Fatalf("%v, aside %q", err, aside)
	}
	return a
}

func leaf(t *testing.T, a *Authority, name string, at time.Time) *tls.Certificate {
	t.Helper()
	c, err := a.Leaf(name, at)
	if err != nil {
		t.Fatal(name, err)
	}
	return c
}

// verify verifies a leaf for a name or address as a client that trusts the authority does.
func verify(a *Authority, l *x509.Certificate, name string, at time.Time) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	_, err := l.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: at})
	return err
}

func TestALeafIsValidForItsListedHostAndNoOther(t *testing.T) {
	a := open(t, folder(t), now, "tracker.example", "*.star.example:8443", "192.0.2.7", "[2001:db8::7]")
	for _, c := range []struct{ leaf, asked string }{
		{"tracker.example", "tracker.example"},
		{"pass.star.example", "pass.star.example"},
		{"192.0.2.7", "[192.0.2.7]"},
		{"2001:db8::7", "[2001:db8::7]"},
	} {
		l := leaf(t, a, c.leaf, now)
		if err := verify(a, l.Leaf, c.asked, now); err != nil {
			t.Errorf("%s: verify returned %v", c.leaf, err)
		}
		if verify(a, l.Leaf, "other.example", now) == nil {
			t.Errorf("%s is valid for another host", c.leaf)
		}
	}
	for _, name := range []string{"other.example", "a.tracker.example", "star.example", "192.0.2.8", "", "example"} {
		if c, err := a.Leaf(name, now); c != nil || !errors.Is(err, errNotListed) {
			t.Errorf("Leaf for %q returned %v", name, err)
		}
	}
}

// TestAStolenKeyCannotSignForUnlistedHosts signs what Leaf never would, as someone who has stolen the key could.
func TestAStolenKeyCannotSignForUnlistedHosts(t *testing.T) {
	for _, c := range []struct {
		listed []string
		stolen string
		good   bool
	}{
		{[]string{"tracker.example"}, "tracker.example", true},
		{[]string{"tracker.example"}, "bank.example", false},
		{[]string{"tracker.example"}, "192.0.2.7", false},
		{[]string{"tracker.example"}, "2001:db8::7", false},
		{[]string{"192.0.2.7"}, "192.0.2.7", true},
		{[]string{"192.0.2.7"}, "192.0.2.8", false},
		{[]string{"192.0.2.7"}, "2001:db8::7", false},
		{[]string{"192.0.2.7"}, "bank.example", false},
		{[]string{"[2001:db8::7]"}, "192.0.2.7", false},
	} {
		a := open(t, folder(t), now, c.listed...)
		stolen, err := a.sign(c.stolen, now)
		if err != nil {
			t.Fatal(err)
		}
		asked := c.stolen
		if strings.ContainsAny(asked, ":") || strings.Trim(asked, "0123456789.") == "" {
			asked = "[" + asked + "]"
		}
		if err := verify(a, stolen.Leaf, asked, now); (err == nil) != c.good {
			t.Errorf("hosts %v, certificate for %s: %v", c.listed, c.stolen, err)
		}
	}
}

func TestCertificatesHaveTheRequiredFields(t *testing.T) {
	a := open(t, folder(t), now, "tracker.example")
	c, l := a.cert, leaf(t, a, "tracker.example", now).Leaf
	critical := map[string]bool{}
	for _, e := range c.Extensions {
		critical[e.Id.String()] = e.Critical
	}
	host, _ := os.Hostname()
	for what, ok := range map[string]bool{
		"an authority of version 3 on P-256":       c.Version == 3 && c.IsCA && c.PublicKey.(*ecdsa.PublicKey).Curve == elliptic.P256(),
		"signed with SHA-256":                      c.SignatureAlgorithm == x509.ECDSAWithSHA256 && l.SignatureAlgorithm == x509.ECDSAWithSHA256,
		"path length 0":                            c.MaxPathLen == 0 && c.MaxPathLenZero,
		"basic constraints are critical":           critical["2.5.29.19"],
		"key usage is critical":                    critical["2.5.29.15"],
		"name constraints are critical":            critical["2.5.29.30"],
		"it signs certificates and nothing else":   c.KeyUsage == x509.KeyUsageCertSign,
		"of servers only":                          len(c.ExtKeyUsage) == 1 && c.ExtKeyUsage[0] == x509.ExtKeyUsageServerAuth,
		"it names itself and this computer":        strings.HasPrefix(c.Subject.CommonName, "BittOratio ") && strings.Contains(c.Subject.CommonName, host[:min(len(host), 20)]),
		"it lives a year at most":                  c.NotAfter.Sub(c.NotBefore) <= 365*24*time.Hour && c.NotBefore.Equal(now.Add(-skew)),
		"serials are positive and long":            c.SerialNumber.Sign() > 0 && c.SerialNumber.BitLen() > 64 && c.SerialNumber.BitLen() <= 159 && l.SerialNumber.Cmp(c.SerialNumber) != 0,
		"keys have names":                          len(c.SubjectKeyId) == 20 && len(l.SubjectKeyId) == 20 && bytes.Equal(l.AuthorityKeyId, c.SubjectKeyId),
		"a leaf is no authority":                   l.BasicConstraintsValid && !l.IsCA && l.KeyUsage == x509.KeyUsageDigitalSignature,
		"it is a server's":                         len(l.ExtKeyUsage) == 1 && l.ExtKeyUsage[0] == x509.ExtKeyUsageServerAuth,
		"it lives 45 days at most":                 l.NotAfter.Sub(l.NotBefore) <= 45*24*time.Hour,
		"its name is where names belong":           l.Subject.CommonName == "" && len(l.DNSNames) == 1 && l.DNSNames[0] == "tracker.example",
		"its key is not the authority's":           !a.leafKey.Equal(a.key),
		"it does not outlive its authority":        !leaf(t, a, "tracker.example", c.NotAfter.Add(-24*time.Hour)).Leaf.NotAfter.After(c.NotAfter),
		"it does not begin before its authority":   !l.NotBefore.Before(c.NotBefore),
		"a leaf is made once":                      leaf(t, a, "tracker.example", now) == leaf(t, a, "tracker.example", now.Add(time.Hour)),
		"and anew before it ends":                  leaf(t, a, "tracker.example", now) != leaf(t, a, "tracker.example", now.Add(leafLife)),
		"the fingerprint is the certificate's own": len(a.Fingerprint()) == 32*3-1,
	} {
		if !ok {
			t.Error("not true:", what)
		}
	}
}

func TestTheAuthorityIsReplacedWhenItMustBe(t *testing.T) {
	f := folder(t)
	first := open(t, f, now, "a.example", "b.example")
	for _, c := range []struct {
		name              string
		at                time.Time
		hosts             []string
		sameCert, sameKey bool
	}{
		{"the same list", now.Add(time.Hour), []string{"b.example", "a.example", "a.example:8443"}, true, true},
		{"a host more", now, []string{"a.example", "b.example", "192.0.2.7"}, false, true},
		{"a host less", now, []string{"a.example"}, false, false},
		{"another host", now, []string{"a.example", "c.example"}, false, false},
		{"the end is near", first.Until().Add(-renewBefore + time.Hour), []string{"a.example", "b.example"}, false, false},
		{"the clock was set back", now.Add(-3 * 24 * time.Hour), []string{"a.example", "b.example"}, false, false},
	} {
		was := open(t, f, now, "a.example", "b.example")
		got := open(t, f, c.at, c.hosts...)
		if same := was.cert.Equal(got.cert); same != c.sameCert {
			t.Errorf("%s: got the same certificate: %v, want %v", c.name, same, c.sameCert)
		}
		if same := was.key.Equal(got.key); same != c.sameKey || (was.String() == got.String()) != c.sameKey {
			t.Errorf("%s: got the same key: %v, names %v and %v", c.name, same, was, got)
		}
		on, err := f.ReadFile(store.CertificateFile)
		if err != nil || !bytes.Equal(on, got.PEM()) {
			t.Errorf("%s: the public certificate is not the new one: %v", c.name, err)
		}
		if c.sameKey { // a client that trusts the old certificate continues with the old names
			if err := verify(was, leaf(t, got, "a.example", c.at).Leaf, "a.example", c.at); err != nil {
				t.Errorf("%s: verify returned %v", c.name, err)
			}
		}
		if err := Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Open(f, nil, now); !errors.Is(err, errNoHosts) {
		t.Errorf("Open without hosts returned %v", err)
	}
}

// TestAClockThatBeginsInThePastDoesNotReplaceTheAuthority: the computer's battery is empty. No client would trust a new
// authority; a client on another computer knows the time.
func TestAClockThatBeginsInThePastDoesNotReplaceTheAuthority(t *testing.T) {
	f := folder(t)
	first := open(t, f, now, "a.example")
	past := time.Date(2010, time.January, 1, 0, 0, 10, 0, time.UTC)
	again := open(t, f, past, "a.example")
	if again.Stale(past) || !again.cert.Equal(first.cert) {
		t.Error("the authority was replaced")
	}
	later := now.Add(50 * 24 * time.Hour)
	if err := verify(first, leaf(t, again, "a.example", past).Leaf, "a.example", later); err != nil {
		t.Error(err)
	}
	if l := leaf(t, again, "a.example", later).Leaf; l.NotAfter.Sub(l.NotBefore) > leafLife {
		t.Errorf("once the clock is right, a leaf lives %v", l.NotAfter.Sub(l.NotBefore))
	}
}

func TestADamagedAuthorityIsSetAside(t *testing.T) {
	other := open(t, folder(t), now, "a.example")
	for name, damage := range map[string]func([]byte) []byte{
		"cut":                   func(b []byte) []byte { return b[:len(b)/2] },
		"empty":                 func([]byte) []byte { return nil },
		"another certificate":   func(b []byte) []byte { return append(other.PEM(), b[len(b)-200:]...) },
		"another's certificate": func(b []byte) []byte { _, key := pem.Decode(b); return append(other.PEM(), key...) },
		"flipped":               func(b []byte) []byte { b[200] ^= 4; return b },
		"no PEM":                func([]byte) []byte { return []byte("hello") },
	} {
		f := folder(t)
		was := open(t, f, now, "a.example")
		b, err := f.ReadFile(store.AuthorityFile)
		if err != nil {
			t.Fatal(err)
		}
		torn := damage(bytes.Clone(b))
		if err := f.WriteFile(store.AuthorityFile, torn); err != nil {
			t.Fatal(err)
		}
		got, aside, err := Open(f, hosts(t, "a.example"), now)
		if err != nil || aside == "" || got.cert.Equal(was.cert) {
			t.Errorf("%s: %v, aside %q", name, err, aside)
			continue
		}
		if saved, err := f.ReadFile(aside); err != nil || !bytes.Equal(saved, torn) {
			t.Errorf("%s: the file set aside: %v", name, err)
		}
		if err := Remove(f); err != nil {
			t.Fatal(err)
		}
		left, _ := filepath.Glob(f.Path("*.pem*"))
		if _, err := f.ReadFile(aside); !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
			t.Errorf("%s: a key remains after the removal: %v", name, left)
		}
	}
}

func TestTheKeyIsPrivateAndIsNeverShown(t *testing.T) {
	f := folder(t)
	a := open(t, f, now, "a.example")
	if st, err := os.Stat(f.Path(store.AuthorityFile)); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", st.Mode(), err)
	}
	secret := fmt.Sprint(a.key.D)
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", a)
	fmt.Fprintf(&out, "%v %+v %#v %s %s", a, a, a, a.PEM(), a.Fingerprint())
	if s := out.String(); strings.Contains(s, secret) || strings.Contains(s, "PRIVATE") {
		t.Errorf("String or the log has the private key: %s", s)
	}
	public, err := f.ReadFile(store.CertificateFile)
	if err != nil || bytes.Contains(public, []byte("PRIVATE")) {
		t.Errorf("the public certificate: %v", err)
	}
}

func TestTheCacheOfLeavesIsBounded(t *testing.T) {
	a := open(t, folder(t), now, "*.star.example")
	for i := range maxLeaves + 10 {
		leaf(t, a, fmt.Sprintf("n%d.star.example", i), now)
	}
	if len(a.leaves) != maxLeaves {
		t.Errorf("%d leaves are stored, want %d", len(a.leaves), maxLeaves)
	}
}
