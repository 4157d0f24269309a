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
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = mine.Close(), far.Close() })
	return &origin{target: target, nc: mine, rested: time.Now()}, far
}

// ended waits until the other end of a connection is closed.
func ended(t *testing.T, far net.Conn) {
	t.Helper()
	_ = far.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other end is still open: %v", err)
	}
}

func TestOnlyAnOpenConnectionToTheSameServerIsReused(t *testing.T) {
	var r resting
	defer r.close()
	a, b := upstream.Target{Address: "a:1", ServerName: "a"}, upstream.Target{Address: "a:1", ServerName: "b"}
	good, _ := pair(t, a)
	closed, far := pair(t, a)
	old, _ := pair(t, a)
	old.rested = old.rested.Add(-2 * idleTime)
	for _, o := range []*origin{good, closed, old} {
		r.put(o)
	}
	_ = far.Close()
	for upstream.Alive(closed.nc) { // until the end arrives
		time.Sleep(time.Millisecond)
	}
	if o := r.take(b); o != nil {
		t.Error("take returned the connection of another target")
	}
	if o := r.take(a); o != good {
		t.Errorf("take returned %v, want the open one", o)
	}
	if o := r.take(a); o != nil || r.n != 0 || len(r.idle) != 0 {
		t.Errorf("take returned %v, want none; the count is %d", o, r.n)
	}
}

func TestIdleConnectionsAreBoundedAndClosed(t *testing.T) {
	var r resting
	target := upstream.Target{Address: "a:1", ServerName: "a"}
	var all []net.Conn
	for range maxResting + 1 {
		o, far := pair(t, target)
		all = append(all, far)
		r.put(o)
	}
	ended(t, all[maxResting])
	r.end(r.idle[target][0])
	ended(t, all[0])
	if r.n != maxResting-1 {
		t.Errorf("%d connections are counted after one ended, want %d", r.n, maxResting-1)
	}
	r.close()
	for _, far := range all {
		ended(t, far)
	}
	late, far := pair(t, target)
	r.put(late)
	ended(t, far)
}
