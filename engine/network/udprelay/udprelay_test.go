package udprelay_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/udprelay"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/socks"
)

// client is a client of one association, of a relay that has only a desk.
type client struct {
	t       *testing.T
	conn    *net.UDPConn
	relay   netip.AddrPort
	control net.Conn
	closed  chan struct{} // closed when the relay has finished serving it
	spool   *announce.Spool
	to      netip.AddrPort // the tracker
}

// associate begins an association for datagrams to a tracker; it ends with the test.
func associate(t *testing.T, tracker string) *client {
	t.Helper()
	return associateWith(t, tracker, enginetest.Patience)
}

// associateWith is associate with another patience of the desk.
func associateWith(t *testing.T, tracker string, patience announce.Patience) *client {
	t.Helper()
	return associateOn(t, tracker, patience, enginetest.NoJournal{})
}

// associateOn is associateWith with another journal of the trackers' answers.
func associateOn(t *testing.T, tracker string, patience announce.Patience, disk store.Recorder) *client {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	return associateFrom(t, tracker, patience, conn, socks.Address{}, disk)
}

// associateFrom is associateOn for a socket of the client, which says that it sends from named.
func associateFrom(t *testing.T, tracker string, patience announce.Patience, conn *net.UDPConn, named socks.Address, disk store.Recorder) *client {
	t.Helper()
	now := time.Now()
	reporter, answers, spool := report.New(), announce.NewAnswers(), announce.NewSpool()
	reporter.SetJournal(enginetest.NoJournal{}, now)
	answers.SetJournal(disk, now)
	spool.SetJournal(enginetest.NoJournal{}, now)
	health, turns := announce.NewHealth(), announce.NewGate[ledger.Key](1)
	desk := announce.NewDesk(announce.Parts{
		Accountant: reporter, Answers: answers, Health: health, Spool: spool, Turns: turns,
		Deliverer: announce.NewDeliverer(spool, health, turns, nil, nil, nil), Log: slog.New(slog.DiscardHandler),
		Note: func(exchange.Entry) {}, Changed: func() {}, Recovered: func() {}, Patience: patience,
	})
	desk.SetJoinDuplicates(true)
	relay := udprelay.New(udprelay.Parts{Desk: desk, Reported: reporter.Reported, Recovered: func() {}})

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	control, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	at, closed := make(chan netip.AddrPort, 1), make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		desk.Run(ctx, func() {
			_ = relay.Serve(ctx, ctx.Done(), accepted, named, func(a netip.AddrPort) error { at <- a; return nil })
			close(closed)
			<-ctx.Done()
		})
		relay.Close()
	})
	t.Cleanup(func() {
		_ = control.Close()
		stop()
		served.Wait()
		_, _ = conn.Close(), accepted.Close()
	})
	return &client{t, conn, <-at, control, closed, spool, netip.MustParseAddrPort(tracker)}
}

func (c *client) send(payload []byte) {
	c.t.Helper()
	if _, err := c.conn.WriteToUDPAddrPort(append(socks.AppendDatagram(nil, c.to), payload...), c.relay); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) receive() []byte {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 2048)
	n, err := c.conn.Read(b)
	if err != nil {
		c.t.Fatal(err)
	}
	_, payload, ok := socks.ParseDatagram(b[:n])
	if !ok {
		c.t.Fatalf("received %x", b[:n])
	}
	return payload
}

// connect gets a connection id.
func (c *client) connect() {
	c.t.Helper()
	c.send(enginetest.UDPConnect(7))
	if b := c.receive(); len(b) != 16 || binary.BigEndian.Uint64(b[8:]) != enginetest.Connection {
		c.t.Fatalf("the answer to the connect is %x", b)
	}
}

// TestDatagramsOfASessionArriveInOrder, though each has a goroutine of its own.
func TestDatagramsOfASessionArriveInOrder(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const announces = 20
	tr := enginetest.NewUDPTracker(t, nil)
	c := associate(t, tr.Addr)
	c.connect()
	for i := range announces {
		c.send(enginetest.UDPAnnounce(uint32(100+i), uint64(i), 0))
	}
	for i := range announces {
		if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != uint32(100+i) {
			t.Errorf("answer %d is %x", i, b)
		}
	}
	for i, b := range tr.AwaitAnnounces(t, announces) {
		if got := binary.BigEndian.Uint64(b[56:]); got != 11 || binary.BigEndian.Uint64(b[72:]) != uint64(i) {
			t.Errorf("announce %d has %d uploaded", i, binary.BigEndian.Uint64(b[72:]))
		}
	}
}

// TestTheClientGetsTheDatagramBeforeTheDesk, so the client does not wait for the disk.
func TestTheClientGetsTheDatagramBeforeTheDesk(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	disk := enginetest.NewStuckJournal()
	defer disk.Release()
	c := associateOn(t, tr.Addr, enginetest.Patience, disk)
	c.connect()
	sent := enginetest.UDPAnnounce(7, 1, 0)
	c.send(sent)
	got := c.receive()
	disk.Await() // the desk does wait for it
	if !bytes.Equal(got, enginetest.AnswerUDP(sent)) {
		t.Errorf("the client got %x", got)
	}
}

// TestADuplicateDatagramGetsTheSameAnswer: everything but the connection and the transaction is equal.
func TestADuplicateDatagramGetsTheSameAnswer(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	c := associate(t, tr.Addr)
	c.connect()
	for transaction := range uint32(3) {
		c.send(enginetest.UDPAnnounce(transaction, 5, 2))
		if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != transaction {
			t.Errorf("the answer to announce %d is %x", transaction, b)
		}
	}
	other := enginetest.UDPAnnounce(9, 5, 2)
	other[97]++ // another port
	c.send(other)
	c.receive()
	if received := tr.AwaitAnnounces(t, 2); len(received) != 2 || received[1][97] != other[97] {
		t.Errorf("the tracker received %x", received)
	}
}

// TestLostConnectsDoNotFailTheAnnounce: the client has an id of ours, and would send its announce again after 15 s (BEP
// 15). Until then it gets nothing but the tracker's answer.
func TestLostConnectsDoNotFailTheAnnounce(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var lost atomic.Int32
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if lost.Add(1) <= 4 { // two for the client's connect, and our first two
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	patience := enginetest.Patience
	patience.Libtorrent, patience.Cached = 28*time.Second, time.Second
	c := associateWith(t, tr.Addr, patience)
	c.send(enginetest.UDPConnect(7))
	answered := c.receive()
	if len(answered) != 16 || binary.BigEndian.Uint64(answered[8:]) == enginetest.Connection {
		t.Fatalf("the answer to the connect is %x", answered)
	}
	announced := enginetest.UDPAnnounce(8, 5, 2)
	copy(announced, answered[8:])
	c.send(announced)
	if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != 8 {
		t.Errorf("the answer to the announce is %q", b)
	}
	if n := len(tr.AwaitAnnounces(t, 1)); n != 1 {
		t.Errorf("the tracker received %d announces, want 1", n)
	}
}

// TestARequestWithAnotherTrackersConnectionIDIsSentWithTheRightOne: libtorrent caches ids by the tracker's address,
// which it does not know if the proxy resolves the names, and then uses the latest id for every tracker.
func TestARequestWithAnotherTrackersConnectionIDIsSentWithTheRightOne(t *testing.T) {
	enginetest.CheckGoroutines(t)
	first, second := enginetest.NewUDPTracker(t, nil), enginetest.NewUDPTracker(t, enginetest.AnswerUDPUnder(7))
	c := associate(t, first.Addr)
	c.connect()
	c.to = netip.MustParseAddrPort(second.Addr)
	c.send(enginetest.UDPAnnounce(8, 5, 2))
	if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != 8 {
		t.Errorf("the answer to the announce is %q", b)
	}
	c.send(append(enginetest.UDPAnnounce(9, 5, 2)[:11], "\x02\x00\x00\x00\x09\x01\x02\x03456789abcdefghijk"...))
	if b := c.receive(); len(b) != 20 || b[3] != 2 || b[7] != 9 {
		t.Errorf("the answer to the scrape is %q", b)
	}
	if n := len(second.Announces()); n != 1 {
		t.Errorf("the tracker received %d announces, want 1", n)
	}
	if n := c.spool.Len(); n != 0 {
		t.Errorf("%d announces are pending, want 0", n)
	}
}

// TestALostDatagramIsSentAgain, because libtorrent sends each only once, and gives up after 10 s.
func TestALostDatagramIsSentAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var announces atomic.Int32
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if d[11] == 1 && announces.Add(1) == 1 {
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	patience := enginetest.Patience
	patience.Libtorrent = 28 * time.Second
	c := associateWith(t, tr.Addr, patience)
	c.connect()
	began := time.Now()
	c.send(enginetest.UDPAnnounce(8, 5, 2))
	if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != 8 {
		t.Errorf("the answer to the announce is %q", b)
	}
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("the answer took %v", took)
	}
	if all := tr.Announces(); len(all) != 2 || !bytes.Equal(all[0], all[1]) {
		t.Errorf("the tracker received %x", all)
	}
}

// TestAnExchangeOutlastsTheClientsAssociation: the client gets an answer in place of the tracker's, and goes; the
// tracker's own comes later, and counts.
func TestAnExchangeOutlastsTheClientsAssociation(t *testing.T) {
	enginetest.CheckGoroutines(t)
	gone := make(chan struct{})
	answer := sync.OnceFunc(func() { close(gone) })
	defer answer()
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if d[11] == 1 { // the announce
			<-gone
		}
		return enginetest.AnswerUDP(d)
	})
	patience := enginetest.Patience
	patience.Libtorrent, patience.Others, patience.Background = 100*time.Millisecond, 100*time.Millisecond, time.Minute
	c := associateWith(t, tr.Addr, patience)
	c.connect()
	c.send(enginetest.UDPAnnounce(8, 5, 1))
	if b := c.receive(); len(b) < 8 || b[3] != 3 {
		t.Errorf("the client got %x before the tracker's answer", b)
	}
	if n := c.spool.Len(); n != 1 {
		t.Errorf("%d announces are pending while the exchange continues, want 1", n)
	}
	_ = c.control.Close()
	<-c.closed
	answer()
	enginetest.Eventually(t, "the announce counts as delivered", func() bool { return c.spool.Len() == 0 })
	if n := len(tr.Announces()); n != 1 {
		t.Errorf("the tracker received %d announces, want 1", n)
	}
}

// stray is a socket of another program on the client's computer.
func (c *client) stray() *net.UDPConn {
	c.t.Helper()
	other, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(c.relay))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = other.Close() })
	return other
}

// TestAStrayDatagramDoesNotReplaceTheClient: the port of an association may have been that of an earlier one, whose
// client still sends.
func TestAStrayDatagramDoesNotReplaceTheClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr, silent := enginetest.NewUDPTracker(t, nil), enginetest.NewUDPTracker(t, func([]byte) []byte { return nil })
	c := associate(t, tr.Addr)
	stray := c.stray()
	for _, b := range []string{"x", "\x00\x00\x01\x01\x7f\x00\x00\x02\x1b\x39fragment", string(socks.AppendDatagram(nil, netip.MustParseAddrPort(silent.Addr))) + "stray"} {
		if _, err := stray.Write([]byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	enginetest.Eventually(t, "the stray one is passed on", func() bool { return len(silent.Datagrams()) == 1 })
	c.connect()
	c.send(enginetest.UDPAnnounce(8, 5, 2))
	if b := c.receive(); len(b) < 8 || b[3] != 1 || binary.BigEndian.Uint32(b[4:]) != 8 {
		t.Errorf("the answer to the announce is %q", b)
	}
}

// TestAClientThatNamesItsPortIsNotReplaced, although another program has got an answer before.
func TestAClientThatNamesItsPortIsNotReplaced(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	named := socks.Address{IP: netip.IPv4Unspecified(), Port: conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()}
	c := associateFrom(t, tr.Addr, enginetest.Patience, conn, named, enginetest.NoJournal{})
	stray := c.stray()
	request := append(socks.AppendDatagram(nil, c.to), enginetest.UDPConnect(6)...)
	for _, want := range []bool{true, false} {
		if _, err := stray.Write(request); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		_ = stray.SetReadDeadline(time.Now().Add(20 * time.Second))
		if !want {
			c.connect() // the relay reads one datagram after the other
			_ = stray.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		}
		if n, err := stray.Read(b); want != (err == nil) {
			t.Errorf("the other program got %q, %v", b[:n], err)
		}
		c.connect()
	}
}
