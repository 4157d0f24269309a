package dht

import (
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest/cost"
	"bittoratio/engine/wire/moment"
)

func testStore() *store {
	n := byte(0)
	return newStore(func(b []byte) {
		for i := range b {
			n++
			b[i] = n
		}
	}, start)
}

func host(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{60, byte(i >> 16), byte(i >> 8), byte(i)})
}

func at(i int) netip.AddrPort { return netip.AddrPortFrom(host(i), 6881) }

func hash(i int) bittorrent.NodeID { return bittorrent.NodeID{byte(i >> 8), byte(i)} }

func TestTokensAreValidForFiveToTenMinutes(t *testing.T) {
	s := testStore()
	token := s.token(hash(1), host(1), start+time.Minute)
	for _, c := range []struct {
		after time.Duration
		from  netip.Addr
		valid bool
	}{
		{time.Minute, host(2), false}, // the token of another address
		{time.Minute, host(1), true},
		{4 * time.Minute, host(1), true},
		{6 * time.Minute, host(1), true},
		{9 * time.Minute, host(1), true},
		{11 * time.Minute, host(1), false},
		{12 * time.Minute, host(1), false},
	} {
		if got := s.valid(token, c.from, start+c.after); got != c.valid {
			t.Errorf("after %v from %v: valid is %v", c.after, c.from, got)
		}
	}
	if s.valid(nil, host(1), start) || s.valid([]byte("aoeusnth"), host(1), start) || s.valid(token[:7], host(1), start) {
		t.Error("an invented token is valid")
	}
	// After a long silence both secrets are new.
	token = s.token(hash(1), host(1), start+20*time.Minute)
	if s.valid(token, host(1), start+time.Hour) {
		t.Error("a token is valid after forty minutes")
	}
}

func TestTheStoreKeepsWithinItsLimits(t *testing.T) {
	s := testStore()
	now := start
	for i := range maxPerHash + 20 {
		ok := s.announce(hash(1), at(i), i%2 == 0, now)
		if ok != (i < maxPerHash) {
			t.Fatalf("peer %d of a hash: %v", i, ok)
		}
	}
	if s.token(hash(1), host(1), now) != nil {
		t.Error("a hash at its limit gets a token")
	}
	if !s.announce(hash(1), netip.AddrPortFrom(host(3), 7000), true, now) || s.size() != maxPerHash {
		t.Error("a peer of a full hash cannot renew, or is there twice")
	}
	if n := len(s.peers(hash(1), false, false, 50, now)); n != 50 {
		t.Errorf("%d peers are given out", n)
	}
	if n := len(s.peers(hash(1), false, true, 200, now)); n != maxPerHash/2-1 {
		t.Errorf("%d peers that are no seeds", n)
	}
	if n := len(s.peers(hash(1), true, false, 50, now)); n != 0 {
		t.Errorf("%d peers of the other family", n)
	}
	seeds, others := s.filters(hash(1), now)
	if a, b := int(seeds.Size()+0.5), int(others.Size()+0.5); a < 49 || a > 53 || b < 47 || b > 51 {
		t.Errorf("%d seeds, %d others", a, b)
	}
	if seeds, _ := s.filters(hash(2), now); seeds != nil {
		t.Error("there are counts of an unknown hash")
	}
	if s.peers(hash(1), false, false, 50, now+keepPeers) != nil || s.size() != 0 || len(s.hashes) != 0 {
		t.Error("peers are kept for longer than half an hour")
	}
}

func TestTheStoreDropsTheOldest(t *testing.T) {
	s := testStore()
	for i := range maxHashes + 10 {
		s.announce(hash(i), at(i), false, start+time.Duration(i)*time.Millisecond)
	}
	if len(s.hashes) != maxHashes || s.hashes[hash(9)] != nil || s.hashes[hash(10)] == nil {
		t.Errorf("%d hashes; the oldest is not what was dropped", len(s.hashes))
	}
	s = testStore()
	for i := range maxPeers + 100 {
		s.announce(hash(i/100), at(i), false, start+time.Duration(i)*time.Microsecond*500)
	}
	if s.size() != maxPeers {
		t.Errorf("%d peers", s.size())
	}
}

func TestOneAddressMayAnnounceFiveHashesASecond(t *testing.T) {
	s := testStore()
	kept := 0
	for i := range 100 {
		if s.announce(hash(i), at(1), false, start) {
			kept++
		}
	}
	if kept != hashRate {
		t.Errorf("%d at once", kept)
	}
	if !s.announce(hash(200), at(1), false, start+time.Second) || !s.announce(hash(200), at(2), false, start) {
		t.Error("a second later, or from elsewhere, it is still too much")
	}
}

func TestAnswersAreRateLimited(t *testing.T) {
	q := newQuota(false)
	count := func(from netip.Addr, n int, now moment.Time) (ok int) {
		for range n {
			if q.take(from, now) {
				ok++
			}
		}
		return ok
	}
	if n := count(host(1), 100, start); n != answerBurst {
		t.Errorf("%d answers at once to one address", n)
	}
	if n := count(host(1), 100, start+time.Second); n != answerRate {
		t.Errorf("%d answers a second later", n)
	}
	total := 0
	for i := range 1000 {
		total += count(host(i), 1, start+2*time.Second)
	}
	if total > answerAll {
		t.Errorf("%d answers in a second to all together", total)
	}
	for i := range 3 * maxAskers {
		q.take(host(i), start+3*time.Second)
	}
	if len(q.askers.buckets) > maxAskers {
		t.Errorf("%d addresses are remembered", len(q.askers.buckets))
	}
	if !q.take(host(1<<20), start+time.Minute) {
		t.Error("nobody new is answered a minute after a flood")
	}
	q = newQuota(true)
	if n := count(host(1), 300, start); n != answerAll {
		t.Errorf("%d answers in a test network", n)
	}
}

// TestAFloodFromForgedAddressesIsCheap: each datagram comes from another address, and no bucket becomes full again.
func TestAFloodFromForgedAddressesIsCheap(t *testing.T) {
	k := newAskers(answerRate, answerBurst)
	for i := range maxAskers {
		for range answerBurst {
			k.of(host(i), start).Take(start)
		}
	}
	cost.AtMost(t, "20,000 datagrams", 200*time.Millisecond, 1, func() {
		for i := range 20_000 {
			if k.of(host(1<<21+i), start+time.Millisecond) != nil {
				t.Fatal("there is room for one more")
			}
		}
	})
	if k.of(host(1<<22), start+time.Minute) == nil {
		t.Error("there is no room after the flood")
	}
}

func TestAnUnsolicitedQueryShowsThatOthersCanReachUs(t *testing.T) {
	var r reach
	if r.full(start) {
		t.Error("others are answered without the user's wish")
	}
	r.wish(true, start)
	r.sentTo(host(1))
	r.cameFrom(host(1), start+time.Minute) // it may come through a router
	if !r.full(start+trialFor-1) || r.full(start+trialFor) {
		t.Error("the trial does not end after a quarter of an hour")
	}
	r.cameFrom(host(2), start+trialFor+time.Minute)
	if r.full(start + trialFor + 2*time.Minute) {
		t.Error("a query after the trial counts")
	}
	day := start + trialAgain
	if !r.full(day) {
		t.Error("there is no other trial a day later")
	}
	r.cameFrom(host(2), day+time.Minute)
	if !r.full(day + 30*time.Hour) {
		t.Error("others came, and are not answered")
	}
	r.wish(false, day)
	if r.full(day) {
		t.Error("others are answered after the user wished otherwise")
	}
	r.wish(true, start)
	if r.moved(start + time.Hour); !r.full(start + time.Hour + trialFor - 1) {
		t.Error("another address does not begin a trial")
	}
}
