package local

import (
	"strings"
	"testing"
)

func TestTrustCommandsFitTheSystem(t *testing.T) {
	for _, c := range []struct{ system, has, trust, forget string }{
		{"linux", "/usr/local/share/ca-certificates", "update-ca-certificates", "update-ca-certificates --fresh"},
		{"linux", "/etc/pki/ca-trust/source/anchors", "update-ca-trust", "update-ca-trust"},
		{"linux", "/etc/ca-certificates/trust-source/anchors", "trust anchor --store", "trust anchor --remove"},
		{"darwin", "", "add-trusted-cert", "remove-trusted-cert"},
		{"windows", "", "certutil -user -addstore", "certutil -user -delstore"},
	} {
		s := TrustOn(c.system, "/it's/ca.pem", "BittOratio x on y", func(p string) bool { return p == c.has })
		if !strings.Contains(s.Trust, c.trust) || !strings.Contains(s.Forget, c.forget) || !strings.Contains(s.Trust, "ca.pem") || s.Everyone != (c.system == "linux") {
			t.Errorf("the commands on %s are %+v", c.system, s)
		}
	}
	if s := TrustOn("plan9", "x", "y", func(string) bool { return false }); s != (SystemTrust{}) {
		t.Errorf("the commands on an unknown system are %+v, want none", s)
	}
}
