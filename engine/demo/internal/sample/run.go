package sample

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/practice"
)

// World has the clients, the torrents and the tracker of one demonstration.
type World struct {
	tracker *practice.Server
	program *engine.Engine // through which the clients announce
	pace    Pace
	clients []client
	ports   []net.Listener
	began   time.Time
}

// New prepares the clients of a demonstration. Close closes what it opened.
func New(tracker *practice.Server, program *engine.Engine, pace Pace) (*World, error) {
	w := &World{tracker: tracker, program: program, pace: pace, clients: append([]client(nil), clients...)}
	for i := range w.clients {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			w.closePorts()
			return nil, fmt.Errorf("open a sample client's port: %w", err)
		}
		w.ports = append(w.ports, l)
		w.clients[i].port = uint16(l.Addr().(*net.TCPAddr).Port)
	}
	return w, nil
}

func (w *World) closePorts() {
	for _, l := range w.ports {
		_ = l.Close()
	}
}

// When the tracker of a demonstration fails, in intervals.
const (
	outageAfter = 3
	outageTime  = 2
	outageEvery = 40
	stopTime    = 5 * time.Second // for the last announces
)

// Run announces until ctx ends, then sends `stopped` for every torrent, and returns when all goroutines have ended.
func (w *World) Run(ctx context.Context) {
	w.began = time.Now()
	var all sync.WaitGroup
	for _, l := range w.ports {
		all.Go(func() { acceptPeers(l) })
	}
	var sessions sync.WaitGroup
	for i := range torrents {
		t := &torrents[i]
		sessions.Go(func() { w.seed(ctx, t) })
		sessions.Go(func() { w.leech(ctx, t) })
	}
	_, refused := unregistered.file()
	w.tracker.Tracker().Refuse(refused, "unregistered torrent")
	sessions.Go(func() { w.leech(ctx, &unregistered) })
	sessions.Go(func() { w.fail(ctx) })
	sessions.Wait()
	w.closePorts()
	all.Wait()
}

// acceptPeers accepts connections to the port, like a client with an open port, and sends nothing.
func acceptPeers(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

// fail makes the tracker fail for a while, from time to time.
func (w *World) fail(ctx context.Context) {
	for pause(ctx, outageAfter*w.pace.Interval) {
		w.tracker.SetDown(true)
		pause(ctx, outageTime*w.pace.Interval)
		w.tracker.SetDown(false)
		if !pause(ctx, (outageEvery-outageAfter-outageTime)*w.pace.Interval) {
			return
		}
	}
}

// pause waits; it returns false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// begin waits until a torrent begins. since returns the time that has passed since then.
func (w *World) begin(ctx context.Context, t *torrent) (since func() time.Duration, ok bool) {
	at := w.began.Add(time.Duration(t.begins) * w.pace.Interval / 2)
	ok = pause(ctx, time.Until(at))
	return func() time.Duration { return time.Since(at) }, ok
}

// seed announces for the client that has the torrent.
func (w *World) seed(ctx context.Context, t *torrent) {
	since, ok := w.begin(ctx, t)
	if !ok {
		return
	}
	_, hash := t.file()
	c := &w.clients[t.seeder]
	n := numbers{hash: hash, event: bittorrent.EventStarted}
	for {
		w.announce(ctx, c, n)
		if !pause(ctx, w.pace.Interval) {
			break
		}
		n.event = bittorrent.EventNone
		n.Uploaded, _ = t.moved(w.pace, since())
	}
	n.Uploaded, _ = t.moved(w.pace, since())
	w.stop(ctx, c, n)
}

// leech announces for the client that downloads the torrent, round after round.
func (w *World) leech(ctx context.Context, t *torrent) {
	since, ok := w.begin(ctx, t)
	if !ok {
		return
	}
	_, hash := t.file()
	c := &w.clients[t.leecher]
	n := numbers{hash: hash, event: bittorrent.EventStarted}
	n.Left = t.size
	round := 0
	for {
		w.announce(ctx, c, n)
		if !pause(ctx, w.pace.Interval) {
			break
		}
		after := since()
		if next := t.round(w.pace, after); next != round { // the torrent was downloaded, removed and added again
			n.event = bittorrent.EventStopped
			w.announce(ctx, c, n)
			round = next
			n = numbers{hash: hash, event: bittorrent.EventStarted}
			n.Left = t.size
			continue
		}
		_, now := t.moved(w.pace, after)
		n.event = bittorrent.EventNone
		if now == t.size && n.Left > 0 {
			n.event = bittorrent.EventCompleted
		}
		n.Downloaded, n.Left = now, t.size-now
	}
	w.stop(ctx, c, n)
}

// announce sends one announce; the program and the tracker show the result.
func (w *World) announce(ctx context.Context, c *client, n numbers) {
	_ = c.announce(ctx, w.tracker.Addr(), w.program.Snapshot().Addr, n)
}

// stop sends the last announce of a session, with its own time limit.
func (w *World) stop(ctx context.Context, c *client, n numbers) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	n.event = bittorrent.EventStopped
	w.announce(ctx, c, n)
}
