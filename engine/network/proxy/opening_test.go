package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/network/localca"
	"bittoratio/engine/wire/tlshello"
)

func TestWhyAClientIsNotOpened(t *testing.T) {
	remote := func(code tls.AlertError) error { return &net.OpError{Op: "remote error", Err: code} }
	for _, c := range []struct {
		name string
		err  error
		want Refusal
	}{
		{"unknown authority", remote(48), RefusedCertificate},
		{"bad certificate", remote(42), RefusedCertificate},
		{"any other alert", remote(80), RefusedCertificate},
		{"it closes", remote(0), RefusedSilently},
		{"it was stopped", remote(90), RefusedSilently},
		{"an end", io.EOF, RefusedSilently},
		{"a sudden end", io.ErrUnexpectedEOF, RefusedSilently},
		{"a reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, RefusedSilently},
		{"no common ground", errors.New("tls: no cipher suite supported by both client and server"), RefusedVersion},
		{"it is slow", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, NotRefused},
		{"we are stopped", &net.OpError{Op: "read", Err: net.ErrClosed}, NotRefused},
	} {
		if got := refusalOf(c.err); got != c.want {
			t.Errorf("%s: %d, not %d", c.name, got, c.want)
		}
	}
}

func TestAnAlertInTheClearIsRead(t *testing.T) {
	for _, c := range []struct {
		name string
		said []byte
		want tls.AlertError
		ok   bool
	}{
		{"alone", []byte{21, 3, 3, 0, 2, 2, 48}, 48, true},
		{"behind a change of cipher", []byte{20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 2, 42}, 42, true},
		{"encrypted", append([]byte{23, 3, 3, 0, 19}, make([]byte, 19)...), 0, false},
		{"cut", []byte{21, 3, 3}, 0, false},
		{"nothing", nil, 0, false},
	} {
		a, b := net.Pipe()
		go func() { _, _ = b.Write(c.said); _ = b.Close() }()
		p := &peeked{Conn: a, early: []byte("hello")}
		all, _ := io.ReadAll(io.LimitReader(p, int64(5+len(c.said))))
		if got, ok := p.alert(); ok != c.ok || ok && got != c.want || !bytes.Equal(all, append([]byte("hello"), c.said...)) {
			t.Errorf("%s: %v, %v, read %q", c.name, got, ok, all)
		}
		_ = a.Close()
	}
}

// openingTo is one that opens these hosts.
func openingTo(t *testing.T, hosts ...string) *Opening {
	t.Helper()
	o := NewOpening(func() {})
	var list []localca.Host
	for _, text := range hosts {
		h, err := localca.ParseHost(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
	o.Set(&localca.Authority{}, list)
	return o
}

func TestOnlyWhatIsListedMayBeOpened(t *testing.T) {
	o := openingTo(t, "tracker.example", "*.private.example:8443")
	for address, want := range map[string]bool{
		"tracker.example:443": true, "Tracker.Example:443": true, "tracker.example:8443": false, "other.example:443": false,
		"192.0.2.7:443": true, "[2001:db8::7]:8443": true, "192.0.2.7:51413": false, // whom an address is, only the hello tells
		"a.private.example:8443": true, "private.example:8443": false,
	} {
		if got := o.may(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	hello := tlshello.Hello{Version: tls.VersionTLS12, HTTP1: true}
	for _, c := range []struct {
		name string
		port uint16
		want bool
	}{{"tracker.example", 443, true}, {"tracker.example", 8443, false}, {"a.private.example", 8443, true}, {"192.0.2.7", 443, false}} {
		if got := o.judge(o.saw("", c.name, c.port, time.Now()), c.name, c.port, hello) != nil; got != c.want {
			t.Errorf("%s:%d: %v", c.name, c.port, got)
		}
	}
	o.Set(nil, nil)
	if o.may("tracker.example:443") {
		t.Error("switched off, and may be opened")
	}
}

func TestAClientThatWentOnBeforeMayEndWithoutAWord(t *testing.T) {
	o := openingTo(t, "tracker.example")
	k := o.saw("client", "tracker.example", 443, time.Now())
	o.asked(k)
	if o.refused(k, io.EOF) {
		t.Error("taken for a refusal")
	}
	if !o.refused(k, &net.OpError{Op: "remote error", Err: tls.AlertError(48)}) {
		t.Error("an alert is a refusal whatever was before")
	}
	old := tlshello.Hello{Version: tls.VersionTLS10, HTTP1: true}
	o.Retry()
	if o.judge(k, "tracker.example", 443, old) != nil || o.Seen()[0].Refusal != RefusedVersion {
		t.Errorf("%+v", o.Seen())
	}
}

func TestTheListOfHostsIsBounded(t *testing.T) {
	o := openingTo(t, "tracker.example")
	now := time.Now()
	for i := range maxSeen + 10 {
		o.saw("", fmt.Sprintf("n%d.example", i), 443, now.Add(time.Duration(i)*time.Second))
	}
	seen := o.Seen()
	if len(seen) != maxSeen || seen[0].Host != fmt.Sprintf("n%d.example", maxSeen+9) || seen[maxSeen-1].Host != "n10.example" {
		t.Errorf("%d, from %v to %v", len(seen), seen[0], seen[len(seen)-1])
	}
	if k := o.saw("", "not a host", 443, now); k != (sightingKey{}) {
		t.Errorf("%v", k)
	}
}
