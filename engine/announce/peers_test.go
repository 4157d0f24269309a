package announce_test

import (
	"bytes"
	"compress/gzip"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
)

// TestPeersComeFromTheCachedAnswersOfAllTrackers for a torrent, newest answer first, by whatever way the answer came.
func TestPeersComeFromTheCachedAnswersOfAllTrackers(t *testing.T) {
	const compact = "\x05\x06\x07\x08\x1a\xe1"
	peer := func(n byte) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{n, 6, 7, 8}), 6881)
	}
	body := func(first string) string { return "d5:peers6:" + first + compact[1:] + "e" }
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(body("\x03")))
	_ = z.Close()
	hash := bittorrent.InfoHash{7}
	a := newAnswers(&memory{})
	at := morning.Add(-time.Hour)
	cache := func(tracker byte, h bittorrent.InfoHash, scrape bool, raw string) {
		at = at.Add(time.Minute)
		if a.Keep(announce.AnswerKey{Tracker: bittorrent.TrackerID{tracker}, InfoHash: h, Scrape: scrape}, []byte(raw), at) == nil {
			t.Fatal("the answer is not cached")
		}
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	cache(1, hash, false, ok+"\r\n"+body("\x01"))
	cache(2, hash, false, ok+"Transfer-Encoding: chunked\r\n\r\n11\r\n"+body("\x02")+"\r\n0\r\n\r\n")
	cache(3, hash, false, ok+"Content-Encoding: gzip\r\n\r\n"+zipped.String())
	cache(4, hash, false, "\x00\x00\x00\x01tttt\x00\x00\x07\x08\x00\x00\x00\x01\x00\x00\x00\x01\x04"+compact[1:])
	cache(5, bittorrent.InfoHash{8}, false, ok+"\r\n"+body("\x05"))
	cache(6, hash, true, ok+"\r\n"+body("\x06"))
	cache(7, hash, false, ok+"\r\nnothing of the kind")
	cache(8, hash, false, ok+"Content-Encoding: br\r\n\r\n"+body("\x08"))
	if got, want := a.Peers(hash, morning), []netip.AddrPort{peer(4), peer(3), peer(2), peer(1)}; !slices.Equal(got, want) {
		t.Errorf("peers %v, want %v", got, want)
	}
	if got := a.Peers(hash, at.Add(announce.MaxAnswerAge+time.Minute)); len(got) > 0 {
		t.Errorf("peers of expired answers: %v, want none", got)
	}
}

// TestPeersThatMayBeIPv6AreNotReadAsIPv4: a datagram does not show which it has.
func TestPeersThatMayBeIPv6AreNotReadAsIPv4(t *testing.T) {
	const head = "\x00\x00\x00\x01tttt\x00\x00\x07\x08\x00\x00\x00\x01\x00\x00\x00\x01"
	six := func(first byte) string { return string(rune(first)) + strings.Repeat("\x01", 17) }
	for name, c := range map[string]struct {
		peers string
		want  int
	}{
		"one IPv6 peer":                       {six(0x20), 0},
		"two IPv6 peers":                      {six(0x26) + "\xfd" + strings.Repeat("\x01", 17), 0},
		"three IPv4 peers":                    {six(0x5b), 3},
		"six IPv4 peers, the first like IPv6": {six(0x20) + six(0x5b), 6},
		"two IPv4 peers like IPv6":            {six(0x20)[:12], 2},
		"no peer":                             {"", 0},
	} {
		a := newAnswers(&memory{})
		a.Keep(announce.AnswerKey{}, []byte(head+c.peers), morning)
		if got := a.Peers(bittorrent.InfoHash{}, morning); len(got) != c.want {
			t.Errorf("%s: Peers returned %v", name, got)
		}
	}
}
