package engine_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// TestADownloadPassesByEachRoute: a large answer to something other than an announce passes by each route, even if its
// client pauses for longer than the time limit of a client that reads, and even if its path looks like a scrape.
func TestADownloadPassesByEachRoute(t *testing.T) {
	enginetest.Parallel(t)
	body := strings.Repeat("0123456789abcdef", 24<<20/16)
	r := newNamelessRig(t)
	var all sync.WaitGroup
	for i := range routes {
		if v := &routes[i]; !v.gateway {
			all.Go(func() {
				t.Run(v.name, func(t *testing.T) {
					r := r.scene(t, func(x *enginetest.Exchange, _ int) { x.Answer(body) })
					c := v.open(r, v.at(r.first))
					defer c.Close()
					_ = c.Conn.SetDeadline(time.Now().Add(2 * time.Minute))
					c.Send(v.get(r.first, "/files/scrape-"+r.torrent+".tar", ""))
					time.Sleep(11 * time.Second) // the limit is ten
					if head, got := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 200 ") || got != body {
						t.Errorf("the client got %q and %d of %d bytes", head, len(got), len(body))
					}
				})
			})
		}
	}
	all.Wait()
}

// TestADownloadEndsWithItsClientByEachRoute: a silent server takes up no place for a client that has left.
func TestADownloadEndsWithItsClientByEachRoute(t *testing.T) {
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		if v.gateway {
			return
		}
		ended := make(chan error, 1)
		r = r.scene(t, func(x *enginetest.Exchange, _ int) {
			_ = x.Conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			_, err := x.Conn.Read(make([]byte, 1))
			ended <- err
		})
		c := v.open(r, v.at(r.first))
		c.Send(v.get(r.first, "/seed-"+r.torrent, ""))
		enginetest.Eventually(t, "the server is asked", func() bool { return len(r.first.headsOf(r.torrent)) == 1 })
		c.Close()
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the server's connection is still open")
		}
	})
}

// TestAnUpgradeIsCopiedByEachRoute on which the client talks directly to the server.
func TestAnUpgradeIsCopiedByEachRoute(t *testing.T) {
	const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
	byEachRoute(t, func(t *testing.T, r *rig, v *route) {
		if v.gateway || v.name == "proxy" {
			return // an upgrade is only for the next hop (RFC 9110 §7.8)
		}
		r = r.scene(t, func(x *enginetest.Exchange, _ int) {
			x.Send(answer + "hello")
			if got := x.Body(4); got != "ping" {
				t.Errorf("the server got %q, want %q", got, "ping")
			}
			x.Send("pong")
			x.Close()
		})
		c := v.open(r, v.at(r.first))
		defer c.Close()
		c.Send(v.get(r.first, "/announce?"+r.torrent, "Upgrade: websocket\r\nConnection: Upgrade\r\n"))
		if got := c.Read(len(answer) + 5); got != answer+"hello" {
			t.Fatalf("got %q", got)
		}
		c.Send("ping")
		if got := c.Read(4); got != "pong" {
			t.Errorf("got %q, want %q", got, "pong")
		}
	})
}
