//go:build unix

package engine_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestARestartedClientIsDecryptedAgain, because before it could not trust the certificate and rejected it.
func TestARestartedClientIsDecryptedAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	if _, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trackerRoots()}); err == nil {
		t.Fatal("the client trusts the program's certificate before its restart")
	}
	refused := func() bool { return s.seenClient("Transmission/4.1.4").Refusal == exchange.RejectedCertificate }
	enginetest.Eventually(t, "it has refused", refused)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "transmission-gtk"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := s.e.LaunchClient("transmission"); err != nil || refused() {
		t.Errorf("starting the client: %v; it still counts as rejecting the certificate: %v", err, refused())
	}
}
