package intercept

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/localca"
	"bittoratio/engine/wire/tlshello"
)

func TestTheKindOfARejectionIsRecognised(t *testing.T) {
	remote := func(code tls.AlertError) error { return &net.OpError{Op: "remote error", Err: code} }
	for _, c := range []struct {
		name string
		err  error
		want exchange.RejectReason
	}{
		{"unknown authority", remote(48), exchange.RejectedCertificate},
		{"bad certificate", remote(42), exchange.RejectedCertificate},
		{"any other alert", remote(80), exchange.RejectedCertificate},
		{"it closes", remote(0), exchange.RejectedSilently},
		{"it was stopped", remote(90), exchange.RejectedSilently},
		{"an end", io.EOF, exchange.RejectedSilently},
		{"a sudden end", io.ErrUnexpectedEOF, exchange.RejectedSilently},
		{"a reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, exchange.RejectedSilently},
		{"no common ground", errors.New("tls: no cipher suite supported by both client and server"), exchange.RejectedVersion},
		{"it is slow", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, exchange.NotRejected},
		{"we are stopped", &net.OpError{Op: "read", Err: net.ErrClosed}, exchange.NotRejected},
	} {
		if got := reasonOf(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAPlaintextAlertIsRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []byte
		want    tls.AlertError
		ok      bool
	}{
		{"alone", []byte{21, 3, 3, 0, 2, 2, 48}, 48, true},
		{"behind a change of cipher", []byte{20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 2, 42}, 42, true},
		{"encrypted", append([]byte{23, 3, 3, 0, 19}, make([]byte, 19)...), 0, false},
		{"cut", []byte{21, 3, 3}, 0, false},
		{"nothing", nil, 0, false},
	} {
		a, b := net.Pipe()
		go func() { _, _ = b.Write(c.records); _ = b.Close() }()
		p := &prefixConn{Conn: a, early: []byte("hello")}
		all, _ := io.ReadAll(io.LimitReader(p, int64(5+len(c.records))))
		if got, ok := p.alert(); ok != c.ok || ok && got != c.want || !bytes.Equal(all, append([]byte("hello"), c.records...)) {
			t.Errorf("%s: got %v, %v, having read %q", c.name, got, ok, all)
		}
		_ = a.Close()
	}
}

// interceptionOf returns an Interception that decrypts these hosts.
func interceptionOf(t *testing.T, hosts ...string) *Interception {
	t.Helper()
	o := New(func() {})
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

func TestOnlyListedHostsMayBeDecrypted(t *testing.T) {
	o := interceptionOf(t, "tracker.example", "*.private.example:8443")
	for address, want := range map[string]bool{
		"tracker.example:443": true, "Tracker.Example:443": true, "tracker.example:8443": false, "other.example:443": false,
		"192.0.2.7:443": true, "[2001:db8::7]:8443": true, "192.0.2.7:51413": false, // only the first TLS message names the tracker
		"a.private.example:8443": true, "private.example:8443": false,
	} {
		if got := o.MayIntercept(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	at := func(name string, port uint16) string { return net.JoinHostPort(name, strconv.Itoa(int(port))) }
	hello := tlshello.Hello{Version: tls.VersionTLS12, HTTP1: true}
	for _, c := range []struct {
		name string
		port uint16
		want bool
	}{{"tracker.example", 443, true}, {"tracker.example", 8443, false}, {"a.private.example", 8443, true}, {"192.0.2.7", 443, false}} {
		if got := o.Decide(o.Observe("", at(c.name, c.port), hello, time.Now())) != nil; got != c.want {
			t.Errorf("%s:%d: %v, want %v", c.name, c.port, got, c.want)
		}
	}
	o.Set(nil, nil)
	if o.MayIntercept("tracker.example:443") {
		t.Error("connections may be decrypted though the interception is off")
	}
}

func TestASilentEndIsNoRejectionByAClientThatAcceptedBefore(t *testing.T) {
	o := interceptionOf(t, "tracker.example")
	a := o.Observe("client", "tracker.example:443", tlshello.Hello{Version: tls.VersionTLS10, HTTP1: true}, time.Now())
	o.Trusted(a)
	if o.Rejected(a, io.EOF, time.Now()) {
		t.Error("a silent end counts as a rejected certificate")
	}
	if o.Rejected(a, &net.OpError{Op: "remote error", Err: tls.AlertError(48)}, time.Date(2010, time.January, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error("an alert counts as a rejected certificate though the clock is years off")
	}
	if !o.Rejected(a, &net.OpError{Op: "remote error", Err: tls.AlertError(48)}, time.Now()) {
		t.Error("an unknown-CA alert after an accepted certificate does not count as a rejection")
	}
	o.Retry()
	if o.Decide(a) != nil || o.Seen()[0].Refusal != exchange.RejectedVersion {
		t.Errorf("Seen returned %+v", o.Seen())
	}
}

// TestAHostWhoseTLSWeCannotSpeakIsDecryptedForNoClient, until the user tries again; other hosts are as before.
func TestAHostWhoseTLSWeCannotSpeakIsDecryptedForNoClient(t *testing.T) {
	o := interceptionOf(t, "tracker.example", "other.example", "*.many.example")
	hello, now := tlshello.Hello{Version: tls.VersionTLS12, HTTP1: true}, time.Now()
	one, two := o.Observe("one", "tracker.example:443", hello, now), o.Observe("two", "tracker.example:443", hello, now)
	other := o.Observe("one", "other.example:443", hello, now)
	if o.Decide(one) == nil || o.Decide(two) == nil || o.Decide(other) == nil {
		t.Fatal("a host is not decrypted at first")
	}
	if !o.StepAside(one, exchange.ProblemClientCert) || o.StepAside(two, exchange.ProblemTLSKind) {
		t.Error("StepAside reports a host as new twice, or not at all")
	}
	three := o.Observe("three", "tracker.example:443", hello, now)
	if o.Decide(one) != nil || o.Decide(two) != nil || o.Decide(three) != nil || o.Decide(other) == nil {
		t.Error("the host is decrypted for a client, or another host is not")
	}
	for _, v := range o.Seen() {
		if want := v.Host == "tracker.example"; want != (v.Refusal == exchange.TrackerAsksCert) || want != v.Refusal.OfTracker() {
			t.Errorf("seen: %+v", v)
		}
	}
	o.Retry()
	if o.Decide(one) == nil || o.Decide(three) == nil {
		t.Error("after Retry the host is not decrypted")
	}
	for i := range maxSeen + 10 {
		o.StepAside(o.Observe("", fmt.Sprintf("n%d.many.example:443", i), hello, now), exchange.ProblemTLSKind)
	}
	if len(o.checks) != maxSeen {
		t.Errorf("%d hosts are stored, want %d", len(o.checks), maxSeen)
	}
}

// TestAHostIsCheckedUntilItIsReached, but not at each connection.
func TestAHostIsCheckedUntilItIsReached(t *testing.T) {
	o, now := interceptionOf(t, "tracker.example"), time.Now()
	a := o.Observe("", "tracker.example:443", tlshello.Hello{Version: tls.VersionTLS12, HTTP1: true}, now)
	expect := func(want bool, at time.Time) {
		t.Helper()
		if o.Unchecked(a, at) != want {
			t.Errorf("Unchecked returned %v, want %v", !want, want)
		}
	}
	expect(true, now)
	o.Checked(a, false, now)
	expect(false, now.Add(checkPause))
	expect(true, now.Add(checkPause+time.Second))
	o.Checked(a, true, now)
	o.Checked(a, false, now) // two connections check at once
	expect(false, now.Add(time.Hour))
	o.Retry()
	expect(true, now)
	o.StepAside(a, exchange.ProblemTLSKind)
	o.Checked(a, true, now)
	if expect(false, now); o.Decide(a) != nil {
		t.Error("after a good check a host that was set aside is decrypted again")
	}
}

func TestTheListOfHostsIsBounded(t *testing.T) {
	o := interceptionOf(t, "tracker.example")
	now := time.Now()
	for i := range maxSeen + 10 {
		o.Observe("", fmt.Sprintf("n%d.example:443", i), tlshello.Hello{}, now.Add(time.Duration(i)*time.Second))
	}
	seen := o.Seen()
	if len(seen) != maxSeen || seen[0].Host != fmt.Sprintf("n%d.example", maxSeen+9) || seen[maxSeen-1].Host != "n10.example" {
		t.Errorf("%d rejections from %v to %v", len(seen), seen[0], seen[len(seen)-1])
	}
	if a := o.Observe("", "not a host:443", tlshello.Hello{}, now); a.Host() != "" {
		t.Errorf("Observe returned %v", a)
	}
}
