package remote

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOnlyThisComputerIsContacted: at its loopback addresses and at those of its network cards; any other address is
// refused before a byte is sent, whatever its name.
func TestOnlyThisComputerIsContacted(t *testing.T) {
	for address, here := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true, "192.0.2.1:80": false, "[2001:db8::1]:80": false, "x": false,
	} {
		if err := onlyHere("", address, nil); (err == nil) != here {
			t.Errorf("%s: %v", address, err)
		}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			if err := onlyHere("", net.JoinHostPort(n.IP.String(), "80"), nil); err != nil {
				t.Errorf("%s: %v", n, err)
			}
		}
	}
}

func TestAnAddressIsHostAndPortOrAURL(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:9091": "http://127.0.0.1:9091", "[::1]:1": "http://[::1]:1", "https://localhost:8443/qb/": "https://localhost:8443/qb/",
		"127.0.0.1": "", ":9091": "", "https://localhost": "", "ftp://localhost:21": "", "http://u:p@localhost:1": "", "localhost:1?a": "", "localhost:1#a": "", "": "",
	} {
		base, _, err := HTTP("x", Access{Address: address})
		var no *Error
		if want == "" && (!errors.As(err, &no) || no.Kind != BadAddress) || want != "" && (err != nil || base.String() != want) {
			t.Errorf("%s: %v, %v", address, base, err)
		}
	}
}

// TestCertificatesOfOtherComputersAreVerified: only on this one may a client have made its own.
func TestCertificatesOfOtherComputersAreVerified(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	for _, elsewhere := range []bool{false, true} {
		_, h, err := HTTP("x", Access{Address: s.URL, Remote: elsewhere})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := h.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		h.CloseIdleConnections()
		if (err == nil) == elsewhere {
			t.Errorf("elsewhere %t: %v", elsewhere, err)
		}
	}
}
