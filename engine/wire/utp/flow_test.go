package utp

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/wire/moment"
)

// pair is two flows without a network between them: the test carries the packets.
type pair struct {
	t            *testing.T
	now          moment.Time
	dialer, peer *Flow
}

func newPair(t *testing.T) *pair {
	p := &pair{t: t, now: begin, dialer: Dial(7, Options{Clock: 1<<32 - 1}, begin)}
	syn := p.next(p.dialer)
	if syn == nil || syn.Type != Syn || syn.ID != 7 || syn.Seq != 1 {
		t.Fatalf("the first packet is %+v", syn)
	}
	p.peer = Accept(syn, 65535, Options{}, p.now)
	p.carry()
	if !p.dialer.Connected() || !p.peer.Connected() {
		t.Fatal("the pair is not connected")
	}
	return p
}

func (p *pair) next(f *Flow) *Header {
	d := f.Next(p.now, nil)
	if d == nil {
		return nil
	}
	if len(d) > headerSize+PayloadIPv4 {
		p.t.Errorf("sent a datagram of %d bytes", len(d))
	}
	h, ok := Parse(d)
	if !ok {
		p.t.Fatalf("sent %x, which is not a packet", d)
	}
	return &h
}

// all returns what a flow sends now.
func (p *pair) all(f *Flow) (sent []Header) {
	for h := p.next(f); h != nil; h = p.next(f) {
		sent = append(sent, *h)
	}
	return sent
}

// carry delivers packets both ways until there are no more.
func (p *pair) carry() {
	for moved := true; moved; {
		moved = false
		for _, h := range p.all(p.dialer) {
			p.peer.Receive(&h, p.now)
			moved = true
		}
		for _, h := range p.all(p.peer) {
			p.dialer.Receive(&h, p.now)
			moved = true
		}
	}
}

// wait lets time pass, calls the flow at its deadlines, and returns what it sent.
func (p *pair) wait(f *Flow, d time.Duration) (sent []Header) {
	for until := p.now + d; ; {
		sent = append(sent, p.all(f)...)
		at := f.Deadline()
		if at == 0 || at > until {
			p.now = until
			return append(sent, p.all(f)...)
		}
		if at < p.now {
			p.t.Fatalf("the deadline is %v ago", p.now-at)
		}
		p.now = at
	}
}

func read(f *Flow) (string, bool) {
	var b [1 << 16]byte
	n, end := f.Read(b[:])
	return string(b[:n]), end
}

func TestADialSendsFiveSYNsAndGivesUpAfterSevenSeconds(t *testing.T) {
	p := &pair{t: t, now: begin}
	f := Dial(1, Options{}, begin)
	var at []time.Duration
	for !f.Over() {
		for range p.all(f) {
			at = append(at, p.now-begin)
		}
		if f.Over() {
			break
		}
		p.now = f.Deadline()
	}
	if !slices.Equal(at, []time.Duration{0, time.Second, 2 * time.Second, 3500 * time.Millisecond, 5 * time.Second}) || !errors.Is(f.Err(), ErrSilent) || p.now-begin != 7*time.Second {
		t.Errorf("SYNs at %v, error %v after %v", at, f.Err(), p.now-begin)
	}
}

func TestADuplicateSYNGetsTheSameAnswer(t *testing.T) {
	p := &pair{t: t, now: begin, dialer: Dial(7, Options{}, begin)}
	syn := p.next(p.dialer)
	p.peer = Accept(syn, 500, Options{}, p.now)
	p.peer.Write([]byte("hello"))
	first := p.all(p.peer)
	p.peer.Receive(syn, p.now)
	again := p.all(p.peer)
	if len(first) != 2 || first[0].Type != State || first[0].Seq != 500 || first[1].Type != Stream || first[1].Seq != 500 {
		t.Fatalf("the answer is %+v", first)
	}
	if len(again) != 1 || again[0].Type != State || again[0].Seq != 500 || again[0].Ack != 1 {
		t.Fatalf("the second answer is %+v", again)
	}
	p.dialer.Receive(&again[0], p.now)
	p.dialer.Receive(&first[1], p.now)
	p.carry()
	if got, _ := read(p.dialer); got != "hello" {
		t.Errorf("received %q, want %q", got, "hello")
	}
	p.peer.Receive(syn, p.now) // an old one, late: the other end knows our numbers already
	if sent := p.all(p.peer); len(sent) != 0 {
		t.Errorf("an old SYN was answered with %+v", sent)
	}
}

func TestPacketsBeforeTheAnswerToADialChangeNothing(t *testing.T) {
	p := &pair{t: t, now: begin}
	f := Dial(7, Options{}, begin)
	f.Receive(&Header{Type: State, ID: 7, Seq: 9, Ack: 1}, begin) // before even the SYN
	p.all(f)
	for _, h := range []Header{
		{Type: Stream, ID: 7, Seq: 9, Ack: 1, Payload: []byte("x")},
		{Type: Fin, ID: 7, Seq: 9, Ack: 1},
		{Type: State, ID: 7, Seq: 9, Ack: 2},
		{Type: State, ID: 7, Seq: 9, Ack: 0},
		{Type: Syn, ID: 7, Seq: 9},
	} {
		f.Receive(&h, begin)
		if f.Connected() || f.Readable() || len(p.all(f)) > 0 {
			t.Errorf("accepted %+v", h)
		}
	}
	f.Receive(&Header{Type: State, ID: 7, Seq: 9, Ack: 1}, begin)
	f.Receive(&Header{Type: Stream, ID: 7, Seq: 9, Ack: 1, Payload: []byte("x")}, begin)
	if got, _ := read(f); !f.Connected() || got != "x" {
		t.Errorf("received %q after the answer", got) // the answer's own number is not counted
	}
}

func TestForeignPacketsChangeNothing(t *testing.T) {
	p := newPair(t)
	p.dialer.Write([]byte("question"))
	p.carry()
	before := *p.dialer
	for name, h := range map[string]Header{
		"an ack of what was never sent":  {Type: State, Ack: 900},
		"data with such an ack":          {Type: Stream, Seq: p.dialer.in.ack + 1, Ack: 900, Payload: []byte("x")},
		"an ack half the numbers away":   {Type: State, Ack: p.dialer.out.next + 1<<15},
		"a mask of nothing, 255 bytes":   {Type: State, Ack: p.dialer.out.next - 1, Mask: bytes.Repeat([]byte{255}, 255)},
		"data far ahead":                 {Type: Stream, Seq: p.dialer.in.ack + 2000, Ack: p.dialer.out.next - 1, Payload: []byte("x")},
		"data from before the beginning": {Type: Stream, Seq: p.dialer.in.ack - 5, Ack: p.dialer.out.next - 1, Payload: []byte("x")},
		"a SYN":                          {Type: Syn, Seq: 1},
	} {
		h.Window = inboxBytes
		p.dialer.Receive(&h, p.now)
		for _, sent := range p.all(p.dialer) {
			if sent.Type != State {
				t.Errorf("%s: sent %+v", name, sent)
			}
		}
		if p.dialer.Err() != nil || p.dialer.Readable() || p.dialer.in.ack != before.in.ack || p.dialer.out.next != before.out.next || len(p.dialer.in.ahead) > 0 {
			t.Errorf("%s changed the connection", name)
		}
	}
	p.dialer.Write([]byte("more"))
	p.carry()
	if got, _ := read(p.peer); got != "questionmore" {
		t.Errorf("received %q, want %q", got, "questionmore")
	}
}

func TestAResetEndsAConnection(t *testing.T) {
	p := newPair(t)
	p.dialer.Receive(&Header{Type: Reset, Ack: 900}, p.now)
	if !errors.Is(p.dialer.Err(), ErrReset) || !p.dialer.Over() || p.dialer.Connected() || len(p.all(p.dialer)) > 0 || p.dialer.Write([]byte("x")) != 0 || p.dialer.Deadline() != 0 {
		t.Errorf("Err returned %v", p.dialer.Err())
	}
}

func TestResettingAConnectionEndsItAtBothEnds(t *testing.T) {
	p := newPair(t)
	silent := Dial(9, Options{}, p.now)
	if silent.Reset(p.now, nil) != nil {
		t.Error("a RESET came before the SYN")
	}
	p.next(silent)
	for name, f := range map[string]*Flow{"open": p.dialer, "dialling": silent} {
		id := f.ID() + 1
		h, ok := Parse(f.Reset(p.now, nil))
		if !ok || h.Type != Reset || h.ID != id || !f.Over() || f.Deadline() != 0 || len(p.all(f)) > 0 || f.Reset(p.now, nil) != nil {
			t.Errorf("%s: the packet is %+v", name, h)
		}
		if f == p.dialer {
			if p.peer.Receive(&h, p.now); !errors.Is(p.peer.Err(), ErrReset) {
				t.Errorf("the other end has the error %v", p.peer.Err())
			}
		}
	}
}

func TestADatagramNeverExceedsItsPayload(t *testing.T) {
	p := newPair(t)
	p.dialer.Write(bytes.Repeat([]byte("x"), 200<<10))
	p.carry() // next counts the bytes
	if got, _ := read(p.peer); len(got) == 0 {
		t.Error("nothing was received")
	}
}

func TestAfterALostPacketTheAckIsRepeatedEachSecondUntilTheTimeout(t *testing.T) {
	p := newPair(t)
	h := Header{Type: Stream, Seq: p.dialer.in.ack + 3, Ack: p.dialer.out.next - 1, Window: inboxBytes, Payload: []byte("x")}
	p.dialer.Receive(&h, p.now)
	start := p.now
	if sent := p.all(p.dialer); len(sent) != 1 || !bytes.Equal(sent[0].Mask, []byte{2, 0, 0, 0}) {
		t.Fatalf("the ack is %+v", sent)
	}
	sent := p.wait(p.dialer, 10*time.Second)
	if len(sent) != 3 || !errors.Is(p.dialer.Err(), ErrSilent) {
		t.Errorf("%d acks, error %v, after %v", len(sent), p.dialer.Err(), p.now-start)
	}
}

func TestAFINIsReadAsTheEndAfterAllBytes(t *testing.T) {
	p := newPair(t)
	p.dialer.Write([]byte("all of it"))
	p.dialer.Close(p.now)
	if p.dialer.Write([]byte("x")) != 0 {
		t.Error("Write succeeded after Close")
	}
	sent := p.all(p.dialer)
	if len(sent) != 2 || sent[1].Type != Fin {
		t.Fatalf("sent %+v", sent)
	}
	p.peer.Receive(&sent[1], p.now) // the FIN comes first
	if got, end := read(p.peer); got != "" || end {
		t.Errorf("read returned %q %v", got, end)
	}
	late := sent[1]
	late.Type, late.Seq, late.Payload = Stream, late.Seq+1, []byte("beyond")
	p.peer.Receive(&late, p.now)
	p.peer.Receive(&sent[0], p.now)
	if got, end := read(p.peer); got != "all of it" || !end {
		t.Errorf("read returned %q %v", got, end)
	}
	p.carry()
	p.wait(p.dialer, 0)
	if !p.dialer.Over() || p.dialer.Err() != nil {
		t.Errorf("the connection is not over though its FIN is acknowledged: %v", p.dialer.Err())
	}
}

func TestCloseWaitsTwoSecondsAtMost(t *testing.T) {
	p := newPair(t)
	p.dialer.Write([]byte("x"))
	p.dialer.Close(p.now)
	p.wait(p.dialer, 2*time.Second)
	if !p.dialer.Over() || p.dialer.Err() != nil {
		t.Errorf("after two seconds: error %v, over %v", p.dialer.Err(), p.dialer.Over())
	}
}

func TestAWindowOfZeroIsProbedEveryFifteenSeconds(t *testing.T) {
	p := newPair(t)
	full := Header{Type: State, Seq: p.dialer.in.ack + 1, Ack: p.dialer.out.next - 1, Window: 0}
	p.dialer.Receive(&full, p.now)
	p.dialer.Write(bytes.Repeat([]byte("x"), 5000))
	if sent := p.wait(p.dialer, 14*time.Second); len(sent) != 0 {
		t.Fatalf("sent %d packets into a window of 0", len(sent))
	}
	sent := p.wait(p.dialer, time.Second)
	if len(sent) != 1 || sent[0].Type != Stream {
		t.Fatalf("sent after 15 s: %+v", sent)
	}
	full.Ack = sent[0].Seq // taken, and full again
	p.dialer.Receive(&full, p.now)
	if sent := p.wait(p.dialer, 14*time.Second); len(sent) != 0 {
		t.Fatalf("sent %d packets into a window of 0", len(sent))
	}
	p.wait(p.dialer, time.Hour) // forever
	if !errors.Is(p.dialer.Err(), ErrSilent) {
		t.Error("a window that stays 0 does not end the connection")
	}
}

func TestASlowReaderIsNotOverrun(t *testing.T) {
	p := newPair(t)
	all := noise(3<<20, 1)
	rest, got := all, []byte(nil)
	for p.peer.in.space() > PayloadIPv4 {
		n := p.dialer.Write(rest)
		rest = rest[n:]
		p.carry()
		p.now += 10 * time.Millisecond
		if len(rest) == 0 {
			t.Fatal("Write accepted everything though the other end reads nothing")
		}
	}
	if len(p.peer.in.ready)+p.peer.in.held > inboxBytes {
		t.Errorf("%d bytes are stored", len(p.peer.in.ready)+p.peer.in.held)
	}
	for i := 0; len(got) < len(all); i++ {
		if i == 100_000 {
			t.Fatalf("no progress after %d bytes: %+v", len(got), p.dialer.Stats())
		}
		s, _ := read(p.peer)
		got = append(got, s...)
		rest = rest[p.dialer.Write(rest):]
		p.carry()
		p.now += 10 * time.Millisecond
	}
	if !bytes.Equal(got, all) {
		t.Error("received other bytes than were sent")
	}
}

func TestAnIdleConnectionSendsNothing(t *testing.T) {
	p := newPair(t)
	p.dialer.Write([]byte("x"))
	p.carry()
	if sent := p.wait(p.dialer, 90*time.Second); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
	p.wait(p.dialer, time.Minute)
	if !errors.Is(p.dialer.Err(), ErrSilent) {
		t.Error("the connection of a vanished peer did not end")
	}
}

func TestTheDelayFieldMeasuresTheLastPacket(t *testing.T) {
	p := &pair{t: t, now: begin, dialer: Dial(7, Options{Clock: 100}, begin)}
	syn := p.next(p.dialer)
	if syn.Delay != 0 || syn.Time != 100 {
		t.Errorf("the SYN has time %d, delay %d", syn.Time, syn.Delay)
	}
	p.now = begin + 30*time.Millisecond
	p.peer = Accept(syn, 1, Options{Clock: 1<<32 - 50}, p.now)
	p.now = begin + 500*time.Millisecond // the answer is sent late
	if h := p.next(p.peer); h.Delay != 1<<32-150 {
		t.Errorf("the reported delay is %d", h.Delay)
	}
}

func TestASingleFlowFillsTheLinkAndKeepsTheQueueShort(t *testing.T) {
	const rate = 1_000_000
	p := newPipe(t, 1, way{rate: rate, buffer: 600_000, delay: 15 * time.Millisecond})
	p.ends[0].write = noise(20<<20, 1)
	p.run(10*time.Second, func() bool { return p.now-begin > 5*time.Second })
	from, at := len(p.ends[1].read), p.now
	p.run(12*time.Second, func() bool { return p.now-at > 10*time.Second })
	if share := float64(len(p.ends[1].read)-from) / (p.now - at).Seconds() / rate; share < .9 {
		t.Errorf("the transfer used %.0f %% of the link", 100*share)
	}
	if q := p.ends[0].flow.Stats().Queueing; q < 60*time.Millisecond || q > 140*time.Millisecond {
		t.Errorf("the queue is %v long", q)
	}
}

func TestALongQueueShrinksTheWindow(t *testing.T) {
	c := newCongestion(PayloadIPv4)
	now := begin
	c.slow, c.window = false, 100_000
	c.delayed(1<<32-20_000, now) // the clock wraps between the samples
	for range 40 {               // round trips
		now += 600 * time.Millisecond
		for range 8 {
			c.delayed(580_000, now)
		}
		c.acked(int(c.window), int(c.window))
	}
	if c.queueing != 600*time.Millisecond || c.window > 2*c.packet {
		t.Errorf("the queue is %v, the window %.0f", c.queueing, c.window)
	}
	for range 13 { // two minutes later the queue counts as the way's own length
		now += 10 * time.Second
		c.delayed(580_000, now)
	}
	if c.queueing != 0 {
		t.Errorf("the queue is %v, want 0", c.queueing)
	}
}

func TestAnUnusedWindowDoesNotGrow(t *testing.T) {
	c := newCongestion(1000)
	for range 1000 {
		c.acked(100, 100)
	}
	if c.window > 100+2*1000 {
		t.Errorf("the window is %.0f with 100 bytes in flight", c.window)
	}
	c = newCongestion(1000)
	c.slow, c.window = false, 50_000
	c.acked(50_000, 50_000) // one round trip without any queue
	if c.window > 52_000 {
		t.Errorf("the window grew to %.0f", c.window)
	}
}

func TestInvalidDatagramsAreRefused(t *testing.T) {
	head := func(first, ext byte) string { return string([]byte{first, ext}) + strings.Repeat("\x00", 18) }
	for name, d := range map[string]string{
		"nothing":                 "",
		"19 bytes":                head(1, 0)[:19],
		"another version":         head(2, 0),
		"type 5":                  head(0x51, 0),
		"a DHT message":           "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe",
		"a mask past the end":     head(0x21, 1) + "\x00\xff\x01",
		"an extension cut off":    head(0x21, 1) + "\x00",
		"an extension missing":    head(0x21, 1),
		"a chain of 300":          head(0x21, 2) + strings.Repeat("\x02\x00", 300),
		"a chain of nine":         head(0x21, 2) + strings.Repeat("\x02\x00", 8) + "\x00\x00",
		"a chain without its end": head(0x21, 2) + "\x02\x00\x02\x00",
	} {
		if h, ok := Parse([]byte(d)); ok {
			t.Errorf("%s was accepted as %+v", name, h)
		}
	}
	if h, ok := Parse([]byte(head(0x21, 2) + "\x03\x01x\x01\x00\x00\x04abcd")); !ok || string(h.Mask) != "abcd" || h.Payload != nil {
		t.Errorf("Parse returned %+v %v", h, ok)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x21\x02" + strings.Repeat("\x00", 18) + "\x03\x01x\x01\x00\x00\x04abcd"))
	f.Add([]byte("\x01\x00" + strings.Repeat("\x07", 18) + "payload"))
	f.Add([]byte("\x41\x01" + strings.Repeat("\xff", 18) + "\x00\x08abcdefgh"))
	f.Fuzz(func(t *testing.T, d []byte) {
		h, ok := Parse(d)
		if !ok {
			return
		}
		again, ok := Parse(h.Append(nil))
		if !ok || again.Type != h.Type || again.ID != h.ID || again.Time != h.Time || again.Delay != h.Delay || again.Window != h.Window ||
			again.Seq != h.Seq || again.Ack != h.Ack || !bytes.Equal(again.Mask, h.Mask) || !bytes.Equal(again.Payload, h.Payload) {
			t.Fatalf("%x: %+v became %+v", d, h, again)
		}
	})
}

// FuzzFlow gives a connection arbitrary packets in any order: it must keep its limits and never panic.
func FuzzFlow(f *testing.F) {
	f.Add([]byte("\x01\x00\x05abc\x21\x04\x00\xff\xff\xff\xff"), true)
	f.Add([]byte{0x11, 0, 1, 2, 3, 0x01, 0xff, 0x80, 0x21, 0x31, 0x41}, false)
	f.Fuzz(func(t *testing.T, script []byte, dial bool) {
		now := begin
		var fl *Flow
		if dial {
			fl = Dial(65535, Options{}, now)
		} else {
			fl = Accept(&Header{Type: Syn, ID: 65535, Seq: 65535}, 65535, Options{}, now)
		}
		var b [4096]byte
		for len(script) >= 4 {
			c := script[:4]
			script = script[4:]
			now += time.Duration(c[3]) * 10 * time.Millisecond
			switch h := (Header{Type: Type(c[0] % 5), Seq: fl.in.ack + uint16(c[1]) - 3, Ack: fl.out.first() + uint16(c[2]) - 3, Window: uint32(c[3]) << 12}); c[0] >> 5 {
			case 0, 1:
				h.Payload = b[:int(c[3])<<3]
				fl.Receive(&h, now)
			case 2:
				h.Mask = b[:c[3]]
				fl.Receive(&h, now)
			case 3:
				h.Mask = bytes.Repeat([]byte{0xff}, int(c[3]))
				fl.Receive(&h, now)
			case 4:
				fl.Write(b[:int(c[1])<<4])
			case 5:
				fl.Read(b[:c[1]])
			case 6:
				if c[1] > 200 {
					fl.Close(now)
				}
			}
			for n := 0; ; n++ {
				d := fl.Next(now, nil)
				if d == nil {
					break
				}
				if h, ok := Parse(d); !ok || n > 1000 || len(h.Mask)%4 != 0 {
					t.Fatalf("datagram %d is invalid: %x", n, d)
				}
			}
			if at := fl.Deadline(); at != 0 && at <= now {
				t.Fatalf("the deadline %v has passed, but Next had nothing to do", at)
			}
			if len(fl.in.ready)+fl.in.held > inboxBytes || fl.out.open < 0 || fl.out.unacked < fl.out.open || fl.out.window < fl.out.packet {
				t.Fatalf("the flow is out of bounds: %+v", fl.out)
			}
		}
	})
}
