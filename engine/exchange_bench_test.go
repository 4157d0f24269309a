package engine_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/linelog"
)

// BenchmarkExchange measures a whole announce over loopback, with journal and log: client, program and tracker. The
// client and the tracker make a few of the allocations; without kept connections, so do one dial and one accept.
func BenchmarkExchange(b *testing.B) {
	for _, keepAlive := range []bool{false, true} {
		name := "close"
		if keepAlive {
			name = "kept"
		}
		b.Run(name, func(b *testing.B) {
			x := newExchanges(b, keepAlive)
			b.ReportAllocs()
			for b.Loop() {
				x.next()
			}
		})
	}
}

// exchanges makes announces of one session over loopback, one after another.
type exchanges struct {
	b         testing.TB
	at        string // the program's address
	tracker   string
	dials     atomic.Int64 // to the tracker
	keepAlive bool
	c         net.Conn
	n         int
	request   []byte
	answer    []byte
}

func newExchanges(b testing.TB, keepAlive bool) *exchanges {
	x := &exchanges{b: b, keepAlive: keepAlive, answer: make([]byte, 4<<10)}
	x.listen()
	out := linelog.NewWriter(io.Discard, true)
	b.Cleanup(out.Close)
	e := enginetest.Engine(b, engine.Options{Multiplier: 3000, Log: slog.New(linelog.NewJSON(out, slog.LevelInfo))})
	x.at = e.Snapshot().Addr
	b.Cleanup(func() {
		if x.c != nil {
			_ = x.c.Close()
		}
	})
	return x
}

// next makes one more announce, and waits for its answer.
func (x *exchanges) next() {
	if x.c == nil {
		var err error
		if x.c, err = net.Dial("tcp", x.at); err != nil {
			x.b.Fatal(err)
		}
	}
	connection := ""
	if !x.keepAlive {
		connection = "Connection: close\r\n"
	}
	x.request = fmt.Appendf(x.request[:0], "GET http://%s/0123456789abcdef0123456789abcdef/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR3000-aaaaaaaaaaaa&port=51413&uploaded=%d&downloaded=0&left=0&numwant=80&compact=1 HTTP/1.1\r\nHost: %s\r\nUser-Agent: Transmission/3.00\r\nAccept: */*\r\n%s\r\n", x.tracker, x.n*1000, x.tracker, connection)
	x.n++
	if _, err := x.c.Write(x.request); err != nil {
		x.b.Fatal(err)
	}
	if _, err := io.ReadFull(x.c, x.answer[:len(benchAnswer)]); err != nil {
		x.b.Fatal(err)
	}
	if !x.keepAlive {
		_ = x.c.Close()
		x.c = nil
	}
}

var benchAnswer = func() []byte {
	body := fmt.Sprintf("d8:completei3e10:incompletei4e8:intervali1800e5:peers1200:%s1:xi0ee", make([]byte, 1200))
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}()

// listen is the tracker: it gives every announce the same answer, and allocates only for connections.
func (x *exchanges) listen() {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		x.b.Fatal(err)
	}
	x.tracker = l.Addr().String()
	var serving sync.WaitGroup
	x.b.Cleanup(func() { _ = l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			x.dials.Add(1)
			serving.Go(func() {
				defer c.Close()
				buf := make([]byte, 4<<10)
				for {
					// The program writes a request in one piece, so it arrives in one.
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(benchAnswer); err != nil || !x.keepAlive {
						return
					}
				}
			})
		}
	})
}
