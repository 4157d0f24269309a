package engine_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
)

// BenchmarkExchange is a whole announce over loopback, with journal and log: client, program and tracker. Of the
// allocations a handful are the client's and the tracker's own, one dial and one accept where connections are not kept.
func BenchmarkExchange(b *testing.B) {
	for _, kept := range []bool{false, true} {
		name, connection := "close", "Connection: close\r\n"
		if kept {
			name, connection = "kept", ""
		}
		b.Run(name, func(b *testing.B) {
			tracker := newBenchTracker(b, kept)
			e := enginetest.Engine(b, engine.Options{Multiplier: 3000, Log: slog.New(engine.NewJSONLog(engine.NewLineWriter(io.Discard), slog.LevelInfo))})
			at := e.Snapshot().Addr
			var c net.Conn
			var request []byte
			answer := make([]byte, 4<<10)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if c == nil {
					var err error
					if c, err = net.Dial("tcp", at); err != nil {
						b.Fatal(err)
					}
				}
				request = fmt.Appendf(request[:0], "GET http://%s/0123456789abcdef0123456789abcdef/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR3000-aaaaaaaaaaaa&port=51413&uploaded=%d&downloaded=0&left=0&numwant=80&compact=1 HTTP/1.1\r\nHost: %s\r\nUser-Agent: Transmission/3.00\r\nAccept: */*\r\n%s\r\n", tracker, n*1000, tracker, connection)
				if _, err := c.Write(request); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c, answer[:len(benchAnswer)]); err != nil {
					b.Fatal(err)
				}
				if !kept {
					_ = c.Close()
					c = nil
				}
			}
			if c != nil {
				_ = c.Close()
			}
		})
	}
}

var benchAnswer = func() []byte {
	body := fmt.Sprintf("d8:completei3e10:incompletei4e8:intervali1800e5:peers1200:%s1:xi0ee", make([]byte, 1200))
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}()

// newBenchTracker answers all the same, and makes no garbage but for a connection. It says where it listens.
func newBenchTracker(b *testing.B, kept bool) string {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4<<10)
				for {
					// A request comes in one piece: the program writes it so.
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(benchAnswer); err != nil || !kept {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}
