package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// reportedUDP returns the total in an announce.
func reportedUDP(announce []byte) uint64 { return binary.BigEndian.Uint64(announce[72:]) }

// udpEngine is enginetest.Engine, but allows datagrams.
func udpEngine(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	e := enginetest.NewEngine(t, o)
	if err := e.Change(func(s *settings.Settings) { s.UDPTrackers = true }); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e
}

// connectUDP gets the client a connection id.
func connectUDP(t *testing.T, a *enginetest.Association, tracker string) uint64 {
	t.Helper()
	a.Send(tracker, enginetest.UDPConnect(0xc294fca6))
	_, answer := a.Receive()
	if len(answer) != 16 || !bytes.Equal(answer[:8], []byte{0, 0, 0, 0, 0xc2, 0x94, 0xfc, 0xa6}) {
		t.Fatalf("the connect got %x, want a connection id", answer)
	}
	return binary.BigEndian.Uint64(answer[8:])
}

// under returns a request with another connection id.
func under(id uint64, request []byte) []byte {
	out := bytes.Clone(request)
	binary.BigEndian.PutUint64(out, id)
	return out
}

// TestOnlyEightBytesOfAUDPAnnounceChange, and no other datagram is changed.
func TestOnlyEightBytesOfAUDPAnnounceChange(t *testing.T) {
	for _, host := range []string{"127.0.0.2", "tracker.example"} {
		t.Run(host, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			enginetest.Names(t, trackerExample)
			tr := enginetest.NewUDPTracker(t, nil)
			e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
			to := host + ":" + portOf(t, tr.Addr)
			a := enginetest.Associate(t, addr(t, e))
			if id := connectUDP(t, a, to); id != enginetest.Connection {
				t.Fatalf("the connection id is %x, want the tracker's", id)
			}
			var want [][]byte
			for i, step := range []struct {
				uploaded, reported uint64
				event              uint32
			}{{0, 0, 2}, {1000, 3000, 0}, {1500, 4500, 1}, {1500, 4500, 3}} {
				announce := enginetest.UDPAnnounce(uint32(i), step.uploaded, step.event)
				a.Send(to, announce)
				head, answer := a.Receive()
				if head != "\x00\x00\x00"+enginetest.SOCKSAddress(t, tr.Addr) || !bytes.Equal(answer, enginetest.AnswerUDP(announce)) {
					t.Errorf("got %q %x", head, answer)
				}
				changed := bytes.Clone(announce)
				binary.BigEndian.PutUint64(changed[72:], step.reported)
				want = append(want, changed)
			}
			if got := tr.Announces(); fmt.Sprintf("%x", got) != fmt.Sprintf("%x", want) {
				t.Errorf("the tracker received\n%x, want\n%x", got, want)
			}
			if d := tr.Datagrams(); !bytes.Equal(d[0], enginetest.UDPConnect(0xc294fca6)) {
				t.Errorf("the connect was %x", d[0])
			}
			enginetest.Eventually(t, "the exchange is recorded", func() bool { return e.Snapshot().Seq >= 4 })
			s := e.Snapshot()
			if len(s.Torrents) != 1 || s.Totals.Seen != 1500 || s.Totals.Reported != 4500 || s.Torrents[0].Swarm.Seeders != 2 || s.Torrents[0].Client != "qBittorrent 4.5.2" {
				t.Errorf("Snapshot returned %+v", s)
			}
			if n := activity(e, 0)[1]; n.Seen != 1000 || n.Reported != 3000 || n.New != 1000 || n.Grown != 3000 || n.Factor != 3*policy.One || n.Interval != 30*time.Minute {
				t.Errorf("recorded: %+v", n)
			}
			a.Close()
		})
	}
}

// TestDatagramsAreRelayedOverIPv6, between client and program, and between program and tracker.
func TestDatagramsAreRelayedOverIPv6(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTrackerAt(t, "[::1]:0", nil)
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One, Listen: "[::1]:0"})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	for i, uploaded := range []uint64{0, 1000} {
		announce := enginetest.UDPAnnounce(uint32(i), uploaded, 0)
		a.Send(tr.Addr, announce)
		if head, answer := a.Receive(); head != "\x00\x00\x00"+enginetest.SOCKSAddress(t, tr.Addr) || !bytes.Equal(answer, enginetest.AnswerUDP(announce)) {
			t.Errorf("got %q %x", head, answer)
		}
	}
	if all := tr.Announces(); reportedUDP(all[1]) != 3000 {
		t.Errorf("reported %d, want 3000", reportedUDP(all[1]))
	}
}

// TestAClientThatReusesItsTransactionIDIsServed: a request after an answer is not a duplicate, even though it has the
// same transaction.
func TestAClientThatReusesItsTransactionIDIsServed(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	for i := range 200 {
		a.Send(tr.Addr, enginetest.UDPConnect(7))
		a.Receive()
		announce := enginetest.UDPAnnounce(7, uint64(i), 0)
		a.Send(tr.Addr, announce)
		if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(announce)) {
			t.Fatalf("%d: got %x", i, answer)
		}
	}
	if all := tr.Announces(); len(all) != 200 || reportedUDP(all[199]) != 3*199 {
		t.Errorf("%d announces, the last one reports %d; want 200 and 597", len(all), reportedUDP(all[len(all)-1]))
	}
}

// TestAThousandTorrentsAtOnceAreServed, with a host name that must be resolved first.
func TestAThousandTorrentsAtOnceAreServed(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	to := "tracker.example:" + portOf(t, tr.Addr)
	connectUDP(t, a, to)
	const torrents, atATime = 1000, 100 // the sockets would drop more
	answered := map[uint32]bool{}
	for i := range torrents {
		announce := enginetest.UDPAnnounce(uint32(i), 5, 2)
		binary.BigEndian.PutUint32(announce[16:], uint32(i))
		a.Send(to, announce)
		for i-len(answered) >= atATime || i == torrents-1 && len(answered) < torrents {
			_, answer := a.Receive()
			answered[binary.BigEndian.Uint32(answer[4:])] = true
		}
	}
	enginetest.Eventually(t, "all exchanges are recorded", func() bool { return len(e.Snapshot().Torrents) == torrents })
	if n := len(tr.Announces()); n != torrents {
		t.Errorf("the tracker received %d announces, want %d", n, torrents)
	}
}

// TestAStoppedIsForwardedThoughItsClientDisconnects: the client closes its association right after its last datagram.
func TestAStoppedIsForwardedThoughItsClientDisconnects(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	for i := range 20 {
		a := enginetest.Associate(t, addr(t, e))
		connectUDP(t, a, tr.Addr)
		a.Send(tr.Addr, enginetest.UDPAnnounce(1, uint64(i), 3))
		a.Close()
		if n := len(tr.AwaitAnnounces(t, i+1)); n != i+1 {
			t.Errorf("the tracker received %d announces, want %d", n, i+1)
		}
	}
	enginetest.Eventually(t, "all exchanges are recorded", func() bool { return e.Snapshot().Seq == 20 })
	for _, n := range activity(e, 0) {
		if n.Outcome != exchange.OutcomeForwarded {
			t.Errorf("recorded: %+v", n)
		}
	}
}

// TestADuplicateDatagramReportsTheSameTotal, even while the tracker is silent.
func TestADuplicateDatagramReportsTheSameTotal(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var deaf atomic.Int32
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if len(d) >= 98 && deaf.Add(-1) >= 0 {
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	a.Send(tr.Addr, enginetest.UDPAnnounce(1, 0, 2))
	a.Receive()
	deaf.Store(2)
	for n := 2; n <= 4; n++ {
		a.Send(tr.Addr, enginetest.UDPAnnounce(2, 500, 0))
		tr.AwaitAnnounces(t, n)
	}
	if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(enginetest.UDPAnnounce(2, 500, 0))) {
		t.Errorf("got %x", answer)
	}
	a.Send(tr.Addr, enginetest.UDPAnnounce(3, 500, 0)) // with another transaction
	a.Receive()
	for _, announce := range tr.Announces()[1:] {
		if reportedUDP(announce) != 1500 {
			t.Errorf("reported %d, want 1500", reportedUDP(announce))
		}
	}
}

// TestTheProgramConnectsItselfToATrackerThatReturns: clients use a placeholder for a minute, so the program itself
// connects to the tracker.
func TestTheProgramConnectsItselfToATrackerThatReturns(t *testing.T) {
	enginetest.Parallel(t)
	var deaf atomic.Bool
	deaf.Store(true)
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if deaf.Load() {
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	id := connectUDP(t, a, tr.Addr)
	if id == enginetest.Connection {
		t.Fatal("the client got the tracker's connection id, though the tracker was silent")
	}
	deaf.Store(false)
	for i, uploaded := range []uint64{0, 1000} {
		announce := under(id, enginetest.UDPAnnounce(uint32(i), uploaded, 0))
		a.Send(tr.Addr, announce)
		if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(under(enginetest.Connection, announce))) {
			t.Errorf("got %q", answer)
		}
	}
	all := tr.AwaitAnnounces(t, 2)
	want := enginetest.UDPAnnounce(1, 3000, 0)
	if len(all) != 2 || !bytes.Equal(all[1], want) || len(e.Snapshot().Pending) != 0 {
		t.Errorf("the tracker received %x, want %x", all, want)
	}
}

// TestAUDPAnnounceBelongsToItsSessionAfterARestart: the client uses its connection id from before the restart, which
// the program no longer knows.
func TestAUDPAnnounceBelongsToItsSessionAfterARestart(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	o := engine.Options{Multiplier: 3 * policy.One, Folder: t.TempDir()}
	e := udpEngine(t, o)
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	for i, uploaded := range []uint64{0, 1000} {
		a.Send(tr.Addr, enginetest.UDPAnnounce(uint32(i), uploaded, 0))
		a.Receive()
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	e = udpEngine(t, o)
	a = enginetest.Associate(t, addr(t, e))
	a.Send(tr.Addr, enginetest.UDPAnnounce(2, 1100, 0))
	a.Receive()
	if all := tr.Announces(); reportedUDP(all[2]) != 3300 {
		t.Errorf("reported %d, want 3300 in the same session", reportedUDP(all[2]))
	}
}

// TestOtherDatagramsPassUntouched: those of peers and of the DHT, and those that have the form of an announce but not
// their tracker's connection id.
func TestOtherDatagramsPassUntouched(t *testing.T) {
	enginetest.CheckGoroutines(t)
	peer := enginetest.NewUDPTracker(t, func(d []byte) []byte { return append([]byte("re:"), d...) })
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	for _, d := range [][]byte{
		{},
		{0},
		[]byte("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"),
		append([]byte{0x41, 0x00, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xff, 0xff, 0, 1, 0, 2}, make([]byte, 1380)...),
		enginetest.UDPAnnounce(7, 1000, 0),
		under(7, enginetest.UDPAnnounce(7, 1000, 2)),
		bytes.Repeat([]byte("x"), 60000),
	} {
		a.Send(peer.Addr, d)
		if _, answer := a.Receive(); !bytes.Equal(answer, append([]byte("re:"), d...)) {
			t.Errorf("%.40x: got %.40x", d, answer)
		}
	}
	if s := e.Snapshot(); len(s.Torrents) != 0 || s.Seq != 0 {
		t.Errorf("recorded: %+v, want nothing", s)
	}
}

// TestScrapesInDatagramsAreRecorded and not changed.
func TestScrapesInDatagramsAreRecorded(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	scrape := append(under(enginetest.Connection, enginetest.UDPConnect(9)), "\x01\x02\x03456789abcdefghijk"...)
	scrape[11] = 2
	a.Send(tr.Addr, scrape)
	if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(scrape)) {
		t.Errorf("got %x", answer)
	}
	if d := tr.Datagrams(); !bytes.Equal(d[1], scrape) {
		t.Errorf("the tracker received %x", d[1])
	}
	enginetest.Eventually(t, "the exchange is recorded", func() bool { return e.Snapshot().Seq == 1 })
	if n := activity(e, 0)[0]; n.Kind != exchange.KindScrape || n.Swarm.Seeders != 2 || n.Swarm.Leechers != 3 || n.InfoHash.String() != enginetest.HexHash {
		t.Errorf("recorded: %+v", n)
	}
}

// TestAnEmptyUDPAnswerDoesNotCountAsSilence: for a torrent that it does not serve, opentracker sends only the
// transaction. The tracker then does not count as silent, and no announce becomes pending.
func TestAnEmptyUDPAnswerDoesNotCountAsSilence(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		if answer := enginetest.AnswerUDP(d); answer[3] != 1 {
			return answer
		}
		return enginetest.AnswerUDP(d)[:8]
	})
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	for i := range uint32(4) { // one more than makes a tracker count as away
		a.Send(tr.Addr, enginetest.UDPAnnounce(i, uint64(i)*1000, 0))
		if _, answer := a.Receive(); !bytes.Equal(answer, []byte{0, 0, 0, 1, 0, 0, 0, byte(i)}) {
			t.Errorf("announce %d got %q", i, answer)
		}
	}
	_, body := enginetest.Dial(t, addr(t, e)).Ask(gatewayed("/announce/udp/"+tr.Addr, "5", ""))
	if want := "d14:failure reason65:an empty answer, as for a torrent that the tracker does not servee"; body != want {
		t.Errorf("through the gateway the client got %q, want %q", body, want)
	}
	enginetest.Eventually(t, "all exchanges are recorded", func() bool { return e.Snapshot().Seq >= 5 })
	s := e.Snapshot()
	if len(s.Pending) > 0 || len(s.Trackers) != 1 || s.Trackers[0].Away || len(s.Torrents) == 0 || !strings.Contains(s.Torrents[0].Failure, "an empty answer") {
		t.Errorf("pending: %+v, want nothing; torrents: %+v, want the failure", s.Pending, s.Torrents)
	}
}

func TestClientsOfASilentUDPTrackerAreAnswered(t *testing.T) {
	enginetest.Parallel(t)
	tr := enginetest.NewUDPTracker(t, nil)
	patience := enginetest.Patience
	patience.Background = 3 * time.Second // for an answer that does not arrive
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One, Patience: patience})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	a.Send(tr.Addr, enginetest.UDPAnnounce(1, 0, 2))
	a.Receive()
	tr.Close()

	stopped := enginetest.UDPAnnounce(2, 1000, 3)
	a.Send(tr.Addr, stopped)
	if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(stopped)) {
		t.Errorf("stopped got %x", answer)
	}
	id := connectUDP(t, a, tr.Addr)
	other := under(id, enginetest.UDPAnnounce(3, 5, 2))
	other[16] ^= 0xff // another torrent
	a.Send(tr.Addr, other)
	if _, answer := a.Receive(); string(answer) != "\x00\x00\x00\x03\x00\x00\x00\x03BittOratio: the tracker did not answer in time" {
		t.Errorf("another torrent got %q", answer)
	}
	enginetest.Eventually(t, "both announces are pending", func() bool { return len(e.Snapshot().Pending) == 2 })
	for _, k := range e.Snapshot().Pending {
		if k.Event == bittorrent.EventStopped && k.Reported != 3000 || k.Problem != exchange.ProblemTimeout {
			t.Errorf("pending: %+v, want the timeout, and stopped with 3000", k)
		}
	}

	back := enginetest.NewUDPTrackerAt(t, tr.Addr, nil)
	a.Close() // the client may have gone
	for _, k := range e.Snapshot().Pending {
		e.Deliver(k.ID)
	}
	for _, announce := range back.AwaitAnnounces(t, 2) {
		want := bytes.Clone(stopped)
		binary.BigEndian.PutUint64(want[72:], 3000)
		if announce[83] == 2 {
			want = under(enginetest.Connection, other)
		}
		if !bytes.Equal(announce[16:], want[16:]) || !bytes.Equal(announce[:12], want[:12]) {
			t.Errorf("the tracker received %x, want %x", announce, want)
		}
	}
	enginetest.Eventually(t, "nothing is pending", func() bool { return len(e.Snapshot().Pending) == 0 })
}

// TestPendingAnnouncesAreSentBeforeALiveDatagram, in the order in which the client sent them.
func TestPendingAnnouncesAreSentBeforeALiveDatagram(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{Multiplier: 3 * policy.One})
	to := "late.example:" + portOf(t, tr.Addr) // the name does not resolve yet
	a := enginetest.Associate(t, addr(t, e))
	a.Send(to, under(connectUDP(t, a, to), enginetest.UDPAnnounce(1, 0, 2)))
	a.Receive()
	enginetest.Eventually(t, "started is pending", func() bool { return len(e.Snapshot().Pending) == 1 })
	enginetest.Names(t, resolveLocally)
	at := enginetest.NewUDPTrackerAt(t, "127.0.0.1:"+portOf(t, tr.Addr), nil)
	b := enginetest.Associate(t, addr(t, e)) // this resolves the name again
	b.Send(to, under(connectUDP(t, b, to), enginetest.UDPAnnounce(2, 100, 0)))
	if _, answer := b.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(enginetest.UDPAnnounce(2, 100, 0))) {
		t.Errorf("got %x", answer)
	}
	all := at.AwaitAnnounces(t, 2)
	if len(all) != 2 || all[0][83] != 2 || reportedUDP(all[0]) != 0 || all[1][83] != 0 || reportedUDP(all[1]) != 300 {
		t.Errorf("the tracker received %x", all)
	}
}

// TestATrackerSilentOverUDPIsNotAwayOverHTTP: many trackers serve both at one port, and firewalls drop datagrams.
func TestATrackerSilentOverUDPIsNotAwayOverHTTP(t *testing.T) {
	enginetest.Parallel(t)
	tr := enginetest.NewTracker(t, nil)
	enginetest.NewUDPTrackerAt(t, tr.Addr, func([]byte) []byte { return nil })
	e := udpEngine(t, engine.Options{Patience: enginetest.Hurried()})
	a := enginetest.Associate(t, addr(t, e))
	id := connectUDP(t, a, tr.Addr)
	for i := range 3 {
		announce := under(id, enginetest.UDPAnnounce(uint32(i), 5, 2))
		announce[16] = byte(i) // different torrents at once
		a.Send(tr.Addr, announce)
	}
	for range 3 {
		if _, answer := a.Receive(); answer[3] != 3 {
			t.Errorf("got %q", answer)
		}
	}
	enginetest.Eventually(t, "it is away", func() bool {
		s := e.Snapshot()
		return len(s.Trackers) == 1 && s.Trackers[0].Away && len(s.Pending) == 3
	})
	if head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, "5", "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Errorf("over HTTP the client got %q, want the tracker's answer", head)
	}
	if len(tr.Heads()) != 1 || !e.Snapshot().Trackers[0].Away {
		t.Errorf("%d announces over HTTP, want 1; the udp tracker should be away: %+v", len(tr.Heads()), e.Snapshot().Trackers)
	}
}

// TestClientsOfAnUnresolvableUDPTrackerAreAnsweredAtOnce, because that does not change while the client waits.
func TestClientsOfAnUnresolvableUDPTrackerAreAnsweredAtOnce(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	id := connectUDP(t, a, "gone.example:6969")
	a.Send("gone.example:6969", under(id, enginetest.UDPAnnounce(3, 5, 2)))
	if _, answer := a.Receive(); string(answer) != "\x00\x00\x00\x03\x00\x00\x00\x03BittOratio: the tracker's name does not resolve" {
		t.Errorf("got %q", answer)
	}
	enginetest.Eventually(t, "the announce is pending", func() bool { return len(e.Snapshot().Pending) == 1 })
	if w := e.Snapshot().Pending; w[0].Problem != exchange.ProblemDNS {
		t.Errorf("pending: %+v, want one whose name did not resolve", w)
	}
}

// TestOnlyItsOwnClientCanUseAnAssociation: datagrams from other programs are neither accepted nor forwarded.
func TestOnlyItsOwnClientCanUseAnAssociation(t *testing.T) {
	enginetest.CheckGoroutines(t)
	peer := enginetest.NewUDPTracker(t, func(d []byte) []byte { return d })
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	stranger, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 7)})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	relay, _ := net.ResolveUDPAddr("udp4", a.Relay)
	sendFrom := func(c *net.UDPConn, what string) {
		t.Helper()
		if _, err := c.WriteToUDP([]byte("\x00\x00\x00"+enginetest.SOCKSAddress(t, peer.Addr)+what), relay); err != nil {
			t.Fatal(err)
		}
	}
	sendFrom(stranger, "before the client")
	a.Send(peer.Addr, []byte("one"))
	if _, answer := a.Receive(); string(answer) != "one" {
		t.Errorf("got %q", answer)
	}
	sendFrom(stranger, "after the client")
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}) // from the same computer, but another port
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	sendFrom(other, "beside the client")
	a.Send(peer.Addr, []byte("two"))
	if _, answer := a.Receive(); string(answer) != "two" {
		t.Errorf("got %q", answer)
	}
	if d := peer.Datagrams(); len(d) != 2 {
		t.Errorf("the peer received %q", d)
	}
}

// TestTheRelayDropsForbiddenDatagrams: fragments, malformed datagrams, and datagrams to this program, to broadcast,
// multicast and unspecified addresses, and, unless they are recognised, to system ports.
func TestTheRelayDropsForbiddenDatagrams(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, resolveLocally)
	peer := enginetest.NewUDPTracker(t, func(d []byte) []byte { return d })
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	port := portOf(t, a.Relay)
	for _, to := range []string{
		a.Relay, "0.0.0.0:" + port, "tracker.example:" + port, "255.255.255.255:6969", "224.0.0.1:6969", "0.0.0.0:6969",
		"127.0.0.2:53", "127.0.0.2:0", "[ff02::1]:6969",
	} {
		a.Send(to, []byte("x"))
	}
	a.SendRaw([]byte("\x00\x00\x01" + enginetest.SOCKSAddress(t, peer.Addr) + "piece"))
	a.SendRaw([]byte("\x00\x00"))
	a.Send(peer.Addr, []byte("whole"))
	if _, answer := a.Receive(); string(answer) != "whole" {
		t.Errorf("got %q", answer)
	}
	if d := peer.Datagrams(); len(d) != 1 {
		t.Errorf("the peer received %q", d)
	}
}

// TestTheNumberOfAssociationsIsBounded, and the end of one makes room.
func TestTheNumberOfAssociationsIsBounded(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := udpEngine(t, engine.Options{})
	var all []*enginetest.Association
	for range 64 {
		all = append(all, enginetest.Associate(t, addr(t, e)))
	}
	c := enginetest.Dial(t, addr(t, e))
	c.Send("\x05\x01\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00")
	if got := c.Rest(); got != "\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00" {
		t.Errorf("an association over the limit got %q, want a refusal", got)
	}
	all[0].Close()
	enginetest.Associate(t, addr(t, e))
}

// TestAStopDoesNotWaitForAssociations: clients keep them open forever.
func TestAStopDoesNotWaitForAssociations(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewUDPTracker(t, nil)
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	connectUDP(t, a, tr.Addr)
	begun := time.Now()
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("the stop took %v, want at most 4 s", took)
	}
	if rest := a.Control.Rest(); rest != "" {
		t.Errorf("the control connection got %q, want only its end", rest)
	}
}

// TestNoDatagramStopsTheRelay: whatever is sent through it or answered, it continues, and logs no fault of its own.
func TestNoDatagramStopsTheRelay(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	var log bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex // for random
	mangle := func(b []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		b = bytes.Clone(b[:random.IntN(len(b)+1)])
		for range random.IntN(4) {
			if len(b) > 0 {
				b[random.IntN(len(b))] = byte(random.Uint32())
			}
		}
		return b
	}
	var mangled atomic.Bool
	mangled.Store(true)
	tr := enginetest.NewUDPTracker(t, func(d []byte) []byte {
		answer := enginetest.AnswerUDP(d)
		if mangled.Load() {
			answer = mangle(answer)
		}
		return answer
	})
	e := udpEngine(t, engine.Options{Log: slog.New(linelog.NewText(&log, slog.LevelDebug))})
	a := enginetest.Associate(t, addr(t, e))
	scrape := append(under(enginetest.Connection, enginetest.UDPConnect(9)), "\x01\x02\x03456789abcdefghijk"...)
	scrape[11] = 2
	heads := []string{"\x00\x00\x00" + enginetest.SOCKSAddress(t, tr.Addr), "\x00\x00\x00" + enginetest.SOCKSAddress(t, "tracker.example:"+portOf(t, tr.Addr)), "\x00\x00\x00" + enginetest.SOCKSAddress(t, "gone.example:1234")}
	for i := range 3000 {
		request := [][]byte{enginetest.UDPConnect(uint32(i)), enginetest.UDPAnnounce(uint32(i), uint64(i), uint32(i%5)), scrape}[i%3]
		d := append([]byte(heads[i%len(heads)]), request...)
		if i%2 == 0 {
			d = mangle(d)
		}
		a.SendRaw(d)
	}
	mangled.Store(false)
	a.Close()
	b := enginetest.Associate(t, addr(t, e))
	connectUDP(t, b, tr.Addr)
	announce := enginetest.UDPAnnounce(7, 100, 0)
	copy(announce[36:], "-qB4520-another-one.") // another session, which does not wait for the others
	b.Send(tr.Addr, announce)
	if _, answer := b.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(announce)) {
		t.Errorf("got %x", answer)
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "fault of this program") {
		t.Errorf("the log has a fault of the program:\n%s", log.String())
	}
}

// TestTheLogOfADatagramHoldsNoPasskey wherever it is in the tracker's address.
func TestTheLogOfADatagramHoldsNoPasskey(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const passkey = "0123456789abcdef0123456789abcdef"
	enginetest.Names(t, resolveLocally)
	tr := enginetest.NewUDPTrackerAt(t, "127.0.0.1:0", nil)
	var log bytes.Buffer
	e := udpEngine(t, engine.Options{Log: slog.New(linelog.NewText(&log, slog.LevelDebug))})
	a := enginetest.Associate(t, addr(t, e))
	to := passkey + ".tracker.example:" + portOf(t, tr.Addr)
	connectUDP(t, a, to)
	announce := append(enginetest.UDPAnnounce(1, 5, 2)[:98], "\x02\x2a/announce/"+passkey...)
	a.Send(to, announce)
	if _, answer := a.Receive(); !bytes.Equal(answer, enginetest.AnswerUDP(announce)) {
		t.Fatalf("got %x", answer)
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), passkey) || !strings.Contains(log.String(), "….tracker.example") {
		t.Errorf("the log is %q, want the masked host, and no passkey", log.String())
	}
}

// TestAUDPTrackersErrorAtConnectReachesTheClient: the client's connection id is a placeholder, because the tracker was
// silent.
func TestAUDPTrackersErrorAtConnectReachesTheClient(t *testing.T) {
	enginetest.Parallel(t)
	var banned atomic.Bool
	tr := enginetest.NewUDPTracker(t, func(request []byte) []byte {
		if !banned.Load() {
			return nil
		}
		return append([]byte{0, 0, 0, 3}, append(bytes.Clone(request[12:16]), "you are banned"...)...)
	})
	e := udpEngine(t, engine.Options{})
	a := enginetest.Associate(t, addr(t, e))
	id := connectUDP(t, a, tr.Addr)
	banned.Store(true)
	for i := range 4 {
		announce := under(id, enginetest.UDPAnnounce(uint32(i), 5, 2))
		announce[16] = byte(i) // another torrent each time
		a.Send(tr.Addr, announce)
		if _, answer := a.Receive(); string(answer[8:]) != "you are banned" || answer[3] != 3 {
			t.Errorf("announce %d got %q", i, answer)
		}
	}
	enginetest.Eventually(t, "all exchanges are recorded", func() bool { return len(e.Snapshot().Torrents) == 4 && len(e.Snapshot().Pending) == 4 })
	if trackers := e.Snapshot().Trackers; len(trackers) != 1 || trackers[0].Away {
		t.Errorf("the tracker counts as away: %+v", trackers)
	}
}
