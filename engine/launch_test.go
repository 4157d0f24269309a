package engine

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

func newLaunching(t *testing.T, open bool) *Engine {
	t.Helper()
	e, err := New(Options{Folder: filepath.Join(t.TempDir(), "it's here"), Log: slog.New(slog.DiscardHandler), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(t.Context()); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Error(err)
		}
	})
	if err := e.Change(func(s *Settings) { s.OpenHTTPS, s.OpenHosts = open, []string{"tracker.example"} }); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestACommandLineHasAllThatAClientNeeds(t *testing.T) {
	e := newLaunching(t, true)
	bundle := e.Snapshot().HTTPS.Bundle
	for _, c := range []struct{ key, want string }{
		{"transmission", "http_proxy=http://127.0.0.1:0 https_proxy=http://127.0.0.1:0 no_proxy= CURL_CA_BUNDLE={B} PROGRAM"},
		{"qbittorrent", "SSL_CERT_FILE={B} PROGRAM"},
		{"rtorrent", "PROGRAM -o network.http.proxy_address.set=http://127.0.0.1:0 -o 'network.http.cacert.set=RAW'"},
		{"aria2", "PROGRAM --all-proxy=http://127.0.0.1:0 --no-proxy= '--ca-certificate=RAW'"},
	} {
		l, ok := e.LaunchCommand(c.key)
		raw := strings.ReplaceAll(bundle, "'", `'\''`)
		want := strings.NewReplacer("{B}", shellWord(bundle), "RAW", raw, "PROGRAM", shellWord(l.Program)).Replace(c.want)
		if got := l.line("linux"); !ok || got != want {
			t.Errorf("%s:\n%s, not\n%s", c.key, got, want)
		}
	}
	if l, _ := e.LaunchCommand("transmission"); l.line("windows") != `set "http_proxy=http://127.0.0.1:0" & set "https_proxy=http://127.0.0.1:0" & set "no_proxy=" & set "CURL_CA_BUNDLE=`+bundle+`" & "`+l.Program+`"` {
		t.Errorf("Windows: %s", l.line("windows"))
	}
	if _, ok := e.LaunchCommand("unknown"); ok || !errors.Is(e.LaunchClient("unknown"), ErrNotFound) {
		t.Error("an unknown client")
	}
}

func TestWithNothingToTrustNoCertificatesAreNamed(t *testing.T) {
	e := newLaunching(t, false)
	for _, l := range e.Launches() {
		if line := l.Line(); strings.Contains(line, "bundle") || strings.Contains(line, "BUNDLE") || !l.Proxied || strings.HasSuffix(line, "-o") {
			t.Errorf("%s: %s", l.Key, line)
		}
	}
}

func TestTheSystemsCommandsFitTheSystem(t *testing.T) {
	for _, c := range []struct{ system, has, trust, forget string }{
		{"linux", "/usr/local/share/ca-certificates", "update-ca-certificates", "update-ca-certificates --fresh"},
		{"linux", "/etc/pki/ca-trust/source/anchors", "update-ca-trust", "update-ca-trust"},
		{"linux", "/etc/ca-certificates/trust-source/anchors", "trust anchor --store", "trust anchor --remove"},
		{"darwin", "", "add-trusted-cert", "remove-trusted-cert"},
		{"windows", "", "certutil -user -addstore", "certutil -user -delstore"},
	} {
		s := systemTrust(c.system, "/it's/ca.pem", "BittOratio x on y", func(p string) bool { return p == c.has })
		if !strings.Contains(s.Trust, c.trust) || !strings.Contains(s.Forget, c.forget) || !strings.Contains(s.Trust, "ca.pem") || s.Everyone != (c.system == "linux") {
			t.Errorf("%s: %+v", c.system, s)
		}
	}
	if s := systemTrust("plan9", "x", "y", func(string) bool { return false }); s != (SystemTrust{}) {
		t.Errorf("%+v", s)
	}
}
