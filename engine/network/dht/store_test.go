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
			t.Errorf("token after %v from %v: valid %v, want %v", c.after, c.from, got, c.valid)
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
			t.Fatalf("announce of peer %d of a hash returned %v", i, ok)
		}
	}
	if s.token(hash(1), host(1), now) != nil {
		t.Error("a hash at its limit gets a token")
	}
	if !s.announce(hash(1), netip.AddrPortFrom(host(3), 7000), true, now) || s.size() != maxPerHash {
		t.Error("a peer of a full hash cannot renew its announce, or is stored twice")
	}
	if n := len(s.peers(hash(1), false, false, 50, now)); n != 50 {
		t.Errorf("%d peers are returned, want 50", n)
	}
	if n := len(s.peers(hash(1), false, true, 200, now)); n != maxPerHash/2-1 {
		t.Errorf("%d peers without the seeds", n)
	}
	if n := len(s.peers(hash(1), true, false, 50, now)); n != 0 {
		t.Errorf("%d peers of the other family, want 0", n)
	}
	seeds, others := s.filters(hash(1), now)
	if a, b := int(seeds.Size()+0.5), int(others.Size()+0.5); a < 49 || a > 53 || b < 47 || b > 51 {
		t.Errorf("the filters estimate %d seeds and %d others, want about 51 and 49", a, b)
	}
	if seeds, _ := s.filters(hash(2), now); seeds != nil {
		t.Error("filters returned counts of an unknown hash")
	}
	if s.peers(hash(1), false, false, 50, now+keepPeers) != nil || s.size() != 0 || len(s.hashes) != 0 {
		t.Error("peers are still stored after half an hour")
	}
}

func TestTheStoreDropsTheOldest(t *testing.T) {
	s := testStore()
	for i := range maxHashes + 10 {
		s.announce(hash(i), at(i), false, start+time.Duration(i)*time.Millisecond)
	}
	if len(s.hashes) != maxHashes || s.hashes[hash(9)] != nil || s.hashes[hash(10)] == nil {
		t.Errorf("%d hashes, or another one than the oldest was dropped", len(s.hashes))
	}
	s = testStore()
	for i := range maxPeers + 100 {
		s.announce(hash(i/100), at(i), false, start+time.Duration(i)*time.Microsecond*500)
	}
	if s.size() != maxPeers {
		t.Errorf("%d peers, want %d", s.size(), maxPeers)
	}
}

func TestOneAddressMayAnnounceFiveHashesASecond(t *testing.T) {
	s := testStore()
	stored := 0
	for i := range 100 {
		if s.announce(hash(i), at(1), false, start) {
			stored++
		}
	}
	if stored != hashRate {
		t.Errorf("%d announces at once were accepted, want %d", stored, hashRate)
	}
	if !s.announce(hash(200), at(1), false, start+time.Second) || !s.announce(hash(200), at(2), false, start) {
		t.Error("an announce one second later or from another address was refused")
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
		t.Errorf("%d answers at once to one address, want %d", n, answerBurst)
	}
	if n := count(host(1), 100, start+time.Second); n != answerRate {
		t.Errorf("%d answers a second later, want %d", n, answerRate)
	}
	total := 0
	for i := range 1000 {
		total += count(host(i), 1, start+2*time.Second)
	}
	if total > answerAll {
		t.Errorf("%d answers in one second to all addresses", total)
	}
	for i := range 3 * maxAskers {
		q.take(host(i), start+3*time.Second)
	}
	if len(q.askers.buckets) > maxAskers {
		t.Errorf("%d addresses are stored", len(q.askers.buckets))
	}
	if !q.take(host(1<<20), start+time.Minute) {
		t.Error("a new address gets no answer one minute after a flood")
	}
	q = newQuota(true)
	if n := count(host(1), 300, start); n != answerAll {
		t.Errorf("%d answers in a test network, want %d", n, answerAll)
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
				t.Fatal("a full list accepted one more address")
			}
		}
	})
	if k.of(host(1<<22), start+time.Minute) == nil {
		t.Error("the list accepts no address one minute after the flood")
	}
}

func TestAnUnsolicitedQueryShowsThatOthersCanReachUs(t *testing.T) {
	var r reach
	if r.full(start) {
		t.Error("queries are answered though the user did not switch it on")
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
		t.Error("there is no second trial one day later")
	}
	r.cameFrom(host(2), day+time.Minute)
	if !r.full(day + 30*time.Hour) {
		t.Error("queries arrived, but they are not answered")
	}
	r.wish(false, day)
	if r.full(day) {
		t.Error("queries are answered after the user switched it off")
	}
	r.wish(true, start)
	if r.moved(start + time.Hour); !r.full(start + time.Hour + trialFor - 1) {
		t.Error("a changed address does not begin a new trial")
	}
}
