package ledger_test

import (
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

var (
	someKey = ledger.Key{
		Tracker: bittorrent.TrackerID([]byte("tttttttttttttttt")), InfoHash: bittorrent.InfoHash([]byte("hhhhhhhhhhhhhhhhhhhh")),
		PeerID: bittorrent.PeerID([]byte("-TR4140-\x00\x01\xff bbbbbbbb")),
	}
	someSession = ledger.Session{
		Seen: 5, Reported: 1<<63 - 1, Carry: 999, First: 0, Last: 1<<63 - 1, Event: bittorrent.EventPaused, Left: 1<<64 - 1,
		Downloaded: 11, Base: exchange.Sums{Seen: 12, Reported: 13, Downloaded: 14}, Carried: exchange.Sums{Seen: 15, Reported: 16, Downloaded: 17},
		Origin: bittorrent.TrackerID([]byte("oooooooooooooooo")),
	}
)

const someRecord = "s 74747474747474747474747474747474 6868686868686868686868686868686868686868 2d5452343134302d0001ff206262626262626262 " +
	"5 9223372036854775807 999 0 9223372036854775807 4 18446744073709551615 tracker.test:6969 11 12 13 14 15 16 17 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f"

func TestARecordHoldsAWholeSession(t *testing.T) {
	if got := string(ledger.AppendRecord(nil, someKey, &someSession, "tracker.test:6969")); got != someRecord {
		t.Errorf("\n got %q\nwant %q", got, someRecord)
	}
	k, s, host, err := ledger.ParseRecord([]byte(someRecord))
	if err != nil || k != someKey || s != someSession || string(host) != "tracker.test:6969" {
		t.Errorf("read as %v %+v %q (%v), want the session that was written", k, s, host, err)
	}
}

func TestARecordOfALaterVersionIsRead(t *testing.T) {
	for _, behind := range []string{" more", " 1 2 3", " "} {
		if _, s, host, err := ledger.ParseRecord([]byte(someRecord + behind)); err != nil || s != someSession || string(host) != "tracker.test:6969" {
			t.Errorf("with %q behind it the record is read as %+v %q (%v)", behind, s, host, err)
		}
	}
	if _, _, host, err := ledger.ParseRecord([]byte(strings.TrimSuffix(someRecord, "tracker.test:6969 11 12 13 14 15 16 17 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f"))); err != nil || len(host) != 0 {
		t.Errorf("a record without a host is read with the host %q (%v)", host, err)
	}
}

// TestARecordOfVersion020IsRead: a record of version 0.2.0 has no sums, so they begin at zero; everything else is read.
func TestARecordOfVersion020IsRead(t *testing.T) {
	old := strings.TrimSuffix(someRecord, " 11 12 13 14 15 16 17 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f")
	want := someSession
	want.Downloaded, want.Base, want.Carried, want.Origin = 0, exchange.Sums{}, exchange.Sums{}, bittorrent.TrackerID{}
	for _, behind := range []string{"", " ", " more", " 1 2 3", " 1 2 3 4 5 6 x"} {
		if _, s, host, err := ledger.ParseRecord([]byte(old + behind)); err != nil || s != want || string(host) != "tracker.test:6969" {
			t.Errorf("with %q behind it the record is read as %+v %q (%v)", behind, s, host, err)
		}
	}
}

func TestImpossibleRecordsAreRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"another letter":            {"s ", "t "},
		"no letter":                 {"s ", ""},
		"a short tracker":           {"747474747474747474747474747474 ", " "},
		"a long tracker":            {"s 74", "s 7474"},
		"a key not in hex":          {"s 74", "s 7g"},
		"no number":                 {" 5 ", "  "},
		"a word for a number":       {" 5 ", " five "},
		"a negative number":         {" 5 ", " -5 "},
		"a number over 64 bits":     {" 5 ", " 18446744073709551616 "},
		"more seen than reported":   {" 5 9223372036854775807 ", " 6 5 "},
		"more than 2^63-1 reported": {" 5 9223372036854775807 ", " 5 9223372036854775808 "},
		"a carry of a whole byte":   {" 999 ", " 1000 "},
		"a time before 1970":        {" 0 9223372036854775807 4", " 0 9223372036854775808 4"},
		"an unknown event":          {" 4 18446", " 5 18446"},
		"nothing behind the left":   {"18446744073709551615 tracker.test:6969 11 12 13 14 15 16 17 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f", "18446744073709551615"},
	} {
		record := strings.Replace(someRecord, change[0], change[1], 1)
		if record == someRecord {
			t.Fatalf("%s: the record has no %q", name, change[0])
		}
		if _, s, _, err := ledger.ParseRecord([]byte(record)); err == nil {
			t.Errorf("%s: the record is accepted as %+v", name, s)
		}
	}
	for i := range strings.Index(someRecord, " tracker.test") {
		if _, _, _, err := ledger.ParseRecord([]byte(someRecord[:i])); err == nil {
			t.Errorf("a record that is cut at %d is accepted", i)
		}
	}
}
