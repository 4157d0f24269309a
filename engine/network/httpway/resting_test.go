package httpway

import (
	"io"
	"net"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// pair returns an idle connection and its other end.
func pair(t *testing.T, target upstream.Target) (*origin, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	mine, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = mine.Close(), theirs.Close() })
	return &origin{target: target, nc: mine, rested: time.Now()}, theirs
}

// ended waits until the other end of a connection is closed.
func ended(t *testing.T, theirs net.Conn) {
	t.Helper()
	_ = theirs.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("still open: %v", err)
	}
}

func TestOnlyAnOpenConnectionToTheSameServerIsReused(t *testing.T) {
	var r resting
	defer r.close()
	a, b := upstream.Target{Address: "a:1", ServerName: "a"}, upstream.Target{Address: "a:1", ServerName: "b"}
	good, _ := pair(t, a)
	closed, theirs := pair(t, a)
	old, _ := pair(t, a)
	old.rested = old.rested.Add(-2 * idleTime)
	for _, o := range []*origin{good, closed, old} {
		r.put(o)
	}
	_ = theirs.Close()
	for upstream.Alive(closed.nc) { // until the end arrives
		time.Sleep(time.Millisecond)
	}
	if o := r.take(b); o != nil {
		t.Error("another end's was given")
	}
	if o := r.take(a); o != good {
		t.Errorf("%v was given", o)
	}
	if o := r.take(a); o != nil || r.n != 0 || len(r.idle) != 0 {
		t.Errorf("%v was given, %d are counted", o, r.n)
	}
}

func TestIdleConnectionsAreBoundedAndClosed(t *testing.T) {
	var r resting
	target := upstream.Target{Address: "a:1", ServerName: "a"}
	var all []net.Conn
	for range maxResting + 1 {
		o, theirs := pair(t, target)
		all = append(all, theirs)
		r.put(o)
	}
	ended(t, all[maxResting])
	r.end(r.idle[target][0])
	ended(t, all[0])
	if r.n != maxResting-1 {
		t.Errorf("%d rest", r.n)
	}
	r.close()
	for _, theirs := range all {
		ended(t, theirs)
	}
	late, theirs := pair(t, target)
	r.put(late)
	ended(t, theirs)
}
