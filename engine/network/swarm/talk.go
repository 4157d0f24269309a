package swarm

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/names"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/moment"
	"bittoratio/engine/wire/peerwire"
)

// Limits for one peer.
const (
	talkTime     = 30 * time.Second
	dueTime      = 6 * time.Second  // for a piece; Transmission takes up to 3.5 s
	quietTime    = 15 * time.Second // for anything else
	crowdedTime  = 4 * time.Second  // for anything, while other peers wait for a conversation
	tickTime     = 50 * time.Millisecond
	writeTime    = 5 * time.Second
	freeFrames   = 100
	frameRate    = 20      // a second, beyond what was requested
	freeBytes    = 2 << 20 // beyond what was requested
	bytesOfPiece = peerwire.PieceSize + 1024
)

// talk is a conversation with one peer.
type talk struct {
	search  *Search
	contact *contact
	*met
	began    moment.Time
	received moment.Time  // when something wanted last arrived
	kept     int64        // bytes of such frames
	asked    atomic.Int64 // pieces and hashes
	number   byte         // the peer's number for metadata messages
	share    *share
	hashes   hashTalk
}

// converse talks with a peer when there is room for another conversation; gave is how many pieces were new.
func (s *Search) converse(ctx context.Context, c *contact, m *met) (gave int, err error) {
	defer m.conn.Close()
	if !s.room(ctx) {
		return 0, errSilent
	}
	defer s.count(&s.counts.talks, -1)
	now := udp.Now()
	t := &talk{search: s, contact: c, met: m, began: now, received: now}
	err = t.run(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.share != nil {
		gave = t.share.got
		s.assembly.leave(t.share)
	}
	if s.layers != nil {
		s.layers.giveBack(t.hashes.due)
	}
	return gave, err
}

// count adds by to one of the counts.
func (s *Search) count(of *int, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*of += by
}

// room waits until another conversation may begin, and reports whether it may.
func (s *Search) room(ctx context.Context) bool {
	s.count(&s.counts.waiting, +1)
	defer s.count(&s.counts.waiting, -1)
	for end := udp.Now() + quietTime; udp.Now() < end; {
		s.mu.Lock()
		ok := s.counts.talks < maxTalks
		if ok {
			s.counts.talks++
		}
		s.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-s.over:
			return false
		case <-time.After(tickTime):
		}
	}
	return false
}

// run talks until the description has arrived or the peer is of no more use.
func (t *talk) run(ctx context.Context) error {
	frames, broken := make(chan peerwire.Frame), make(chan error, 1)
	stop := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() { broken <- t.read(frames, stop) })
	defer reading.Wait()
	defer t.conn.Close()
	defer close(stop)
	if err := t.write(peerwire.AppendExtensions(nil)); err != nil {
		return err
	}
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.search.over:
			return nil
		case err := <-broken:
			return err
		case f := <-frames:
			err = t.take(f)
		case <-tick.C:
			err = t.patience(udp.Now())
		}
		if err == nil {
			err = t.ask(udp.Now())
		}
		if err != nil {
			return err
		}
	}
}

// read passes on the frames that matter; it returns an error when the peer has sent too many others.
func (t *talk) read(frames chan<- peerwire.Frame, stop <-chan struct{}) error {
	for {
		f, wanted, err := t.reader.Next()
		if err != nil {
			return err
		}
		asked := t.asked.Load()
		if int64(t.reader.Frames) > freeFrames+asked+int64(frameRate*(udp.Now()-t.began).Seconds()) || t.reader.Bytes > freeBytes+asked*bytesOfPiece {
			return errBroken
		}
		if !wanted {
			continue
		}
		f.Body = append([]byte(nil), f.Body...)
		select {
		case frames <- f:
		case <-stop:
			return nil
		}
	}
}

func (t *talk) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_ = t.conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := t.conn.Write(b)
	return err
}

// take processes one frame.
func (t *talk) take(f peerwire.Frame) error {
	switch f.ID {
	case peerwire.Port:
		if port, ok := peerwire.DHTPort(f.Body); ok && t.search.network.Ping != nil {
			t.search.pinged()
			t.search.network.Ping(netip.AddrPortFrom(t.contact.addr.Addr(), port))
		}
		return nil
	case peerwire.Hashes, peerwire.HashReject:
		return t.takeHashes(f)
	}
	number, message, _ := peerwire.ParseExtended(f.Body)
	switch number {
	case 0:
		return t.takeExtensions(message)
	case peerwire.MetadataID:
		return t.takeMetadata(message)
	}
	return nil
}

// takeExtensions records what the peer has; repetitions change nothing.
func (t *talk) takeExtensions(message []byte) error {
	e, ok := peerwire.ParseExtensions(message)
	if !ok {
		return errBroken
	}
	if t.share != nil {
		return nil
	}
	s := t.search
	s.mu.Lock()
	defer s.mu.Unlock()
	t.contact.program, t.contact.peerID = program(e.Client, t.hello), t.hello.PeerID
	if s.assembly.whole != nil {
		return nil // only hashes are requested from it
	}
	if e.Metadata != 0 && e.TooLarge {
		return errTooLarge
	}
	if e.Metadata == 0 || e.Size == 0 {
		return errNone
	}
	if t.share, ok = s.assembly.join(t.contact.addr, e.Size); !ok {
		return errNone
	}
	t.number, t.received = e.Metadata, udp.Now()
	return nil
}

// program returns the name and version of a peer's program, for people to read.
func program(version string, h peerwire.Handshake) string {
	const longest = 60
	if name := []rune(names.Clean(version)); len(name) > 0 {
		return string(name[:min(len(name), longest)])
	}
	return clients.NameOf(h.PeerID)
}

// takeMetadata processes a piece of the description.
func (t *talk) takeMetadata(message []byte) error {
	m, ok := peerwire.ParseMetadata(message)
	s := t.search
	switch {
	case !ok:
		return errBroken
	case m.Kind == peerwire.Reject:
		return errNone
	case m.Kind != peerwire.Piece || t.share == nil:
		return nil // an unknown kind must be ignored
	}
	s.mu.Lock()
	if s.assembly.whole != nil {
		s.mu.Unlock()
		return nil
	}
	ok = s.assembly.put(t.share, m.Index, m.Bytes)
	banned, whole := s.assembly.banned[t.contact.addr], s.assembly.whole
	if whole != nil {
		s.layers = s.neededLayers(whole)
	}
	s.mu.Unlock()
	if whole != nil {
		s.changed()
	}
	if !ok || banned {
		return errBroken
	}
	t.received = udp.Now()
	return nil
}

// ask sends the next request to the peer.
func (t *talk) ask(now moment.Time) error {
	s := t.search
	s.mu.Lock()
	if s.assembly.whole != nil {
		s.mu.Unlock()
		return t.askHashes(now)
	}
	var indexes []int
	if t.share != nil {
		if len(t.share.due) == 0 {
			t.received = now // nothing was requested before
		}
		indexes = s.assembly.next(t.share, now)
	}
	s.mu.Unlock()
	var b []byte
	for _, i := range indexes {
		b = peerwire.AppendAsk(b, t.number, i)
	}
	t.asked.Add(int64(len(indexes)))
	return t.write(b)
}

// patience returns an error when a conversation takes too long.
func (t *talk) patience(now moment.Time) error {
	s := t.search
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := t.reader.Kept.Load(); kept != t.kept {
		t.kept, t.received = kept, now // a piece is arriving
	}
	limit := quietTime
	if t.share != nil && len(t.share.due) > 0 || len(t.hashes.due) > 0 {
		limit = dueTime
	}
	if s.counts.waiting > 0 && !s.assembly.alone {
		limit = min(limit, crowdedTime)
	}
	if now-t.received > limit || now-t.began > talkTime {
		return errSilent
	}
	return nil
}
