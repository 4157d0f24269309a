package udptracker_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/udptracker"
)

func TestTrackersAnswersAreRead(t *testing.T) {
	unknown := bittorrent.UnknownSwarm
	const empty = "an empty answer, as for a torrent that the tracker does not serve"
	for _, c := range []struct {
		name, datagram string
		want           udptracker.Answer
		ok             bool
	}{
		{"a connection", "00000000 c294fca6 4142434445464748", udptracker.Answer{Transaction: 0xc294fca6, Connection: 0x4142434445464748, Swarm: unknown}, true},
		{"a connection that is cut", "00000000 c294fca6 41424344454647", udptracker.Answer{}, false},
		{
			"a swarm", "00000001 00000007 00000708 00000002 00000003 7f000001 1ae1 7f000002 1ae1 ff",
			udptracker.Answer{
				Action: udptracker.Announces, Transaction: 7, Interval: 30 * time.Minute, Swarm: bittorrent.Swarm{Seeders: 3, Leechers: 2, Downloads: -1},
				Peers: []byte("\x7f\x00\x00\x01\x1a\xe1\x7f\x00\x00\x02\x1a\xe1\xff"),
			},
			true,
		},
		{
			"numbers below zero", "00000001 00000007 ffffffff ffffffff 80000000",
			udptracker.Answer{Action: udptracker.Announces, Transaction: 7, Swarm: unknown, Peers: []byte{}},
			true,
		},
		{
			"an interval of years", "00000001 00000007 7fffffff 00000000 00000000",
			udptracker.Answer{Action: udptracker.Announces, Transaction: 7, Interval: 7 * 24 * time.Hour, Swarm: bittorrent.Swarm{Downloads: -1}, Peers: []byte{}},
			true,
		},
		{"a swarm that is cut", "00000001 00000007 00000708 00000002 000000", udptracker.Answer{Action: udptracker.Failure, Transaction: 7, Swarm: unknown, Reason: empty}, true},
		{"no swarm, as of opentracker", "00000001 00000007", udptracker.Answer{Action: udptracker.Failure, Transaction: 7, Swarm: unknown, Reason: empty}, true},
		{
			"two torrents and a piece", "00000002 00000007 00000001 00000002 00000003 00000004 00000005 00000006 00000007",
			udptracker.Answer{Action: udptracker.Scrapes, Transaction: 7, Swarm: unknown, Swarms: []bittorrent.Swarm{{Seeders: 1, Downloads: 2, Leechers: 3}, {Seeders: 4, Downloads: 5, Leechers: 6}}},
			true,
		},
		{"no words", "00000003 00000007", udptracker.Answer{Action: udptracker.Failure, Transaction: 7, Swarm: unknown, Reason: "no reason given"}, true},
		{"an action unknown", "00000004 00000007 00000000 00000000 00000000", udptracker.Answer{}, false},
		{"nothing", "", udptracker.Answer{}, false},
	} {
		got, ok := udptracker.ParseAnswer(unhex(t, c.datagram))
		if ok != c.ok || ok && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", c.name, ok, got, c.want)
		}
	}
}

func TestAFailureReasonIsSafeToShow(t *testing.T) {
	a, ok := udptracker.ParseAnswer([]byte("\x00\x00\x00\x03\x00\x00\x00\x07unknown passkey\n0123456789abcdef0123456789abcdef\x00"))
	if !ok || a.Reason != "unknown passkey …" {
		t.Errorf("the reason is %q", a.Reason)
	}
}

func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	connected := udptracker.AppendConnected(nil, 7, 0x4142434445464748)
	if a, ok := udptracker.ParseAnswer(connected); !ok || a.Action != udptracker.Connect || a.Transaction != 7 || a.Connection != 0x4142434445464748 {
		t.Errorf("%x: ParseAnswer returned %+v", connected, a)
	}
	failure := udptracker.AppendFailure(nil, 7, "no")
	udptracker.PutTransaction(failure, 8)
	if a, ok := udptracker.ParseAnswer(failure); !ok || a.Action != udptracker.Failure || a.Transaction != 8 || a.Reason != "no" {
		t.Errorf("%x: ParseAnswer returned %+v", failure, a)
	}
}

func TestOnlyWholePeersAreReturned(t *testing.T) {
	a := udptracker.Answer{Peers: []byte(strings.Repeat("x", 41))}
	if n := len(a.CompactPeers(false)); n != 36 {
		t.Errorf("got %d bytes of IPv4 peers, want 36", n)
	}
	if n := len(a.CompactPeers(true)); n != 36 {
		t.Errorf("got %d bytes of IPv6 peers, want 36", n)
	}
}

// FuzzParseAnswer checks that no datagram makes the parser read or return anything out of bounds.
func FuzzParseAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := udptracker.ParseAnswer(b)
		if !ok {
			return
		}
		if a.Interval < 0 || a.Interval > 7*24*time.Hour || len(a.CompactPeers(false))%6 != 0 || len(a.CompactPeers(true))%18 != 0 {
			t.Fatalf("unexpected result: %+v", a)
		}
		for _, s := range append(a.Swarms, a.Swarm) {
			if s.Seeders < -1 || s.Leechers < -1 || s.Downloads < -1 {
				t.Fatalf("unexpected result: %+v", s)
			}
		}
		if a.Action == udptracker.Failure && (a.Reason == "" || len(a.Reason) > 500 || !utf8.ValidString(a.Reason) || strings.ContainsAny(a.Reason, "\r\n\x1b\x00")) {
			t.Fatalf("unexpected reason %q", a.Reason)
		}
	})
}
