package enginetest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// UDPTracker is a udp tracker (BEP 15) that records every datagram, and calls its script to answer it.
type UDPTracker struct {
	Addr string // host:port

	conn     net.PacketConn
	script   func(datagram []byte) (answer []byte)
	done     sync.WaitGroup
	recorded chan struct{} // has one slot, filled when a datagram was recorded

	mu        sync.Mutex
	datagrams [][]byte // guarded by mu
}

// Connection is the connection id that AnswerUDP gives.
const Connection = 0x4142434445464748

// NewUDPTracker starts a tracker on 127.0.0.2. A nil script is AnswerUDP. If the script returns nil, no answer is sent.
func NewUDPTracker(t testing.TB, script func(datagram []byte) (answer []byte)) *UDPTracker {
	t.Helper()
	return NewUDPTrackerAt(t, "127.0.0.2:0", script)
}

// NewUDPTrackerAt is NewUDPTracker at addr.
func NewUDPTrackerAt(t testing.TB, addr string, script func(datagram []byte) (answer []byte)) *UDPTracker {
	t.Helper()
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if script == nil {
		script = AnswerUDP
	}
	tr := &UDPTracker{Addr: conn.LocalAddr().String(), conn: conn, script: script, recorded: make(chan struct{}, 1)}
	tr.done.Go(tr.serve)
	t.Cleanup(tr.Close)
	return tr
}

// AnswerUDP returns a tracker's answer to a datagram. A connect gets the id Connection; an announce with that id gets an
// interval of half an hour, three leechers, two seeders and the peer 127.0.0.9:6881; a scrape gets two seeders, seven
// downloads and three leechers for each torrent. Anything else gets an error, and less than 16 bytes nil.
func AnswerUDP(datagram []byte) []byte {
	if len(datagram) < 16 {
		return nil
	}
	be := binary.BigEndian
	action, transaction := datagram[8:12], datagram[12:16]
	out := append(bytes.Clone(action), transaction...)
	switch id := be.Uint64(datagram); {
	case be.Uint32(action) == 0 && id == 0x41727101980:
		return be.AppendUint64(out, Connection)
	case id != Connection:
		return append([]byte{0, 0, 0, 3}, append(bytes.Clone(transaction), "Connection ID missmatch."...)...)
	case be.Uint32(action) == 1 && len(datagram) >= 98:
		for _, n := range []uint32{1800, 3, 2} {
			out = be.AppendUint32(out, n)
		}
		return append(out, 127, 0, 0, 9, 26, 225)
	case be.Uint32(action) == 2:
		for range (len(datagram) - 16) / 20 {
			for _, n := range []uint32{2, 7, 3} {
				out = be.AppendUint32(out, n)
			}
		}
		return out
	}
	return append([]byte{0, 0, 0, 3}, append(bytes.Clone(transaction), "what?"...)...)
}

// AnswerUDPUnder returns AnswerUDP for a tracker that gives another connection id, and accepts no other.
func AnswerUDPUnder(id uint64) func(datagram []byte) (answer []byte) {
	be := binary.BigEndian
	return func(datagram []byte) []byte {
		if len(datagram) < 16 {
			return nil
		}
		d := bytes.Clone(datagram)
		switch be.Uint64(d) {
		case Connection:
			be.PutUint64(d, id)
		case id:
			be.PutUint64(d, Connection)
		}
		answer := AnswerUDP(d)
		if be.Uint32(answer) == 0 {
			be.PutUint64(answer[8:], id)
		}
		return answer
	}
}

// Close closes the socket and waits for its goroutine. It may be called twice.
func (tr *UDPTracker) Close() {
	_ = tr.conn.Close()
	tr.done.Wait()
}

func (tr *UDPTracker) serve() {
	b := make([]byte, 1<<16)
	for {
		n, from, err := tr.conn.ReadFrom(b)
		if err != nil {
			return
		}
		datagram := bytes.Clone(b[:n])
		tr.mu.Lock()
		tr.datagrams = append(tr.datagrams, datagram)
		tr.mu.Unlock()
		select {
		case tr.recorded <- struct{}{}:
		default:
		}
		if answer := tr.script(datagram); answer != nil {
			_, _ = tr.conn.WriteTo(answer, from)
		}
	}
}

// Datagrams returns the datagrams received so far.
func (tr *UDPTracker) Datagrams() [][]byte {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([][]byte(nil), tr.datagrams...)
}

// Announces returns the announces received so far.
func (tr *UDPTracker) Announces() (all [][]byte) {
	for _, d := range tr.Datagrams() {
		if len(d) >= 98 && binary.BigEndian.Uint32(d[8:]) == 1 {
			all = append(all, d)
		}
	}
	return all
}

// AwaitAnnounces waits until the tracker has received n announces in all, and returns them.
func (tr *UDPTracker) AwaitAnnounces(t testing.TB, n int) [][]byte {
	t.Helper()
	timeout := time.After(patience)
	for {
		if all := tr.Announces(); len(all) >= n {
			return all
		}
		select {
		case <-tr.recorded:
		case <-timeout:
			t.Fatalf("the tracker received %d announces, not %d", len(tr.Announces()), n)
		}
	}
}

// UDPConnect returns a connect request.
func UDPConnect(transaction uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0}, transaction)
}

// UDPAnnounce returns an announce as libtorrent sends it, for the torrent of [Announce] and with the id [Connection].
// uploaded is in bytes; event is 0 for none, 1 completed, 2 started, 3 stopped.
func UDPAnnounce(transaction uint32, uploaded uint64, event uint32) []byte {
	be := binary.BigEndian
	b := be.AppendUint32(append(be.AppendUint64(nil, Connection), 0, 0, 0, 1), transaction)
	b = append(b, "\x01\x02\x03456789abcdefghijk-qB4520-fqonkus8jIM("...)
	b = be.AppendUint64(be.AppendUint64(be.AppendUint64(b, 11), 22), uploaded)
	b = be.AppendUint32(be.AppendUint32(be.AppendUint32(be.AppendUint32(b, event), 0), 0x6d567a6e), 200)
	return append(be.AppendUint16(b, 51415), "\x02\x09/announce"...)
}

// Association is the client's side of a UDP ASSOCIATE of SOCKS5.
type Association struct {
	Control *Client
	Conn    *net.UDPConn
	Relay   string // host:port to which the client sends its datagrams

	t testing.TB
}

// Associate opens an association with the program at proxy.
func Associate(t testing.TB, proxy string) *Association {
	t.Helper()
	return AssociateFrom(t, nil, proxy)
}

// AssociateFrom is Associate from an address of this computer; nil is any.
func AssociateFrom(t testing.TB, from net.IP, proxy string) *Association {
	t.Helper()
	c := DialFrom(t, from, proxy)
	_ = c.Conn.SetDeadline(time.Time{})
	c.Send("\x05\x01\x00")
	if got := c.Read(2); got != "\x05\x00" {
		t.Fatalf("the SOCKS5 greeting got the answer %q", got)
	}
	c.Send("\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00")
	got := c.Read(4)
	size := map[string]int{"\x05\x00\x00\x01": 4, "\x05\x00\x00\x04": 16}[got]
	if size == 0 {
		t.Fatalf("the UDP ASSOCIATE request got the answer %q", got)
	}
	bound := c.Read(size + 2)
	at := &net.UDPAddr{IP: net.IP(bound[:size]), Port: int(binary.BigEndian.Uint16([]byte(bound[size:])))}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: c.Conn.LocalAddr().(*net.TCPAddr).IP}) // as the control connection
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &Association{Control: c, Conn: conn, Relay: at.String(), t: t}
}

// Send sends payload through the relay to host:port.
func (a *Association) Send(to string, payload []byte) {
	a.t.Helper()
	a.SendRaw(append([]byte("\x00\x00\x00"+SOCKSAddress(a.t, to)), payload...))
}

// SendRaw sends the relay a datagram that includes its SOCKS5 header.
func (a *Association) SendRaw(b []byte) {
	a.t.Helper()
	at, err := net.ResolveUDPAddr("udp", a.Relay)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.Conn.WriteToUDP(b, at); err != nil {
		a.t.Fatal(err)
	}
}

// Receive returns the next datagram from the relay, split into its SOCKS5 header, with an IPv4 or IPv6 address, and the
// payload.
func (a *Association) Receive() (head string, payload []byte) {
	a.t.Helper()
	_ = a.Conn.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 1<<16)
	n, err := a.Conn.Read(b)
	if err != nil || n < 10 {
		a.t.Fatalf("receiving a datagram from the relay: %v, %d bytes", err, n)
	}
	end := 10
	if b[3] == 4 {
		end = 22
	}
	return string(b[:end]), b[end:n]
}

// Close closes the control connection for writing, and waits until the program closes it too.
func (a *Association) Close() {
	_ = a.Control.Conn.CloseWrite()
	_ = a.Control.Conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, a.Control.Conn); err != nil {
		a.t.Errorf("waiting for the end of the control connection: %v", err)
	}
}
