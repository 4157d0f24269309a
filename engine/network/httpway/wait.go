package httpway

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"

	"bittoratio/engine/network/upstream"
)

const (
	lookPause = time.Second     // between two checks whether the client is still there
	goneTime  = 4 * time.Second // for the answer after the client has left: at most 5 s with the time before that is noticed
)

// wait limits the wait for the answer to an announce. A client that has left gets no answer, but the tracker's answer
// still counts, so the exchange may end, in less time than for a client that waits.
type wait struct {
	client net.Conn  // nil if it makes no difference whether the client leaves
	until  time.Time // the next bytes must arrive before
	end    time.Time // of all waiting, once the client has left; zero while it is there
	ends   bool      // the exchange ends when the client leaves, because only the client needs the answer
	timed  bool      // the next read's deadline is set already
	last   bool      // that deadline is the end of all waiting, and not only the next look at the client

	// body is true while another goroutine reads the client's connection. It notices itself that the client leaves, and on
	// Windows a look could wait for bytes that it has read. It is nil for a request without a body.
	body *atomic.Bool
}

// left records that the client has left.
func (w *wait) left(now time.Time) {
	if w.client != nil && w.end.IsZero() {
		if w.end = now; !w.ends {
			w.end = now.Add(goneTime)
		}
	}
}

// expect sets the time before which the next bytes of an answer must arrive.
func (o *origin) expect(limit time.Time) {
	if o.wait.client == nil {
		_ = o.nc.SetReadDeadline(limit)
		return
	}
	o.wait.until, o.wait.timed = limit, false
}

// send sends a whole request. On a connection that was used before and is still open, it usually waits for the answer too.
func (o *origin) send(request []byte) (sent int, err error) {
	if o.served {
		o.setDeadline()
		sent, err = o.sender.Send(o.nc, request)
	}
	if err != nil || sent == len(request) {
		return sent, err
	}
	_ = o.nc.SetWriteDeadline(o.wait.until)
	n, err := o.nc.Write(request[sent:])
	return sent + n, err
}

// Read reads from the tracker's connection.
func (o *origin) Read(b []byte) (int, error) {
	n, err := o.read(b)
	o.responding = o.responding || n > 0
	return n, err
}

// read does the work of Read. While it waits for an answer, it checks every second whether the client is still there.
func (o *origin) read(b []byte) (int, error) {
	w := &o.wait
	if w.client == nil {
		return o.nc.Read(b)
	}
	for {
		if !w.timed {
			o.setDeadline()
		}
		n, err := o.nc.Read(b)
		w.timed = false
		if n > 0 || w.last || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if (w.body == nil || !w.body.Load()) && upstream.Ended(w.client) {
			w.left(time.Now())
		}
	}
}

// setDeadline sets the deadline of the next read.
func (o *origin) setDeadline() {
	w := &o.wait
	limit := w.until
	if !w.end.IsZero() && w.end.Before(limit) {
		limit = w.end
	}
	pause := time.Now().Add(lookPause)
	if w.last = !pause.Before(limit); w.last {
		pause = limit
	}
	w.timed = true
	_ = o.nc.SetReadDeadline(pause)
}
