package udptracker_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/udptracker"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// captured are datagrams as clients sent them.
var captured = []struct{ name, datagram string }{
	{"qBittorrent 4.5.2 connects", "0000041727101980 00000000 c294fca6"},
	{"qBittorrent 4.5.2 starts", "4142434445464748 00000001 4158eee0 167b734bc7816ae798b662fcadc245d153cd187a 2d7142343532302d6c594177696c582937784534" +
		"0000000000000000 0000000000600000 0000000000000000 00000002 00000000 6d567a6e 000000c8 c8d7 02092f616e6e6f756e6365"},
	{"Deluge 2.0.3 stops", "4142434445464748 00000001 26c2569d 167b734bc7816ae798b662fcadc245d153cd187a 2d4445323033732d616f646346445054477a2956" +
		"0000000000000000 0000000000600000 0000000000000000 00000003 00000000 3da669dc 00000000 c8d9 02092f616e6e6f756e6365"},
}

func TestCapturedRequestsAreRead(t *testing.T) {
	var got []udptracker.Request
	for _, c := range captured {
		r, ok := udptracker.ParseRequest(unhex(t, c.datagram))
		if !ok {
			t.Fatalf("%s: not a request", c.name)
		}
		got = append(got, r)
	}
	hash := bittorrent.InfoHash(unhex(t, "167b734bc7816ae798b662fcadc245d153cd187a"))
	left := bittorrent.Counters{Left: 6 << 20}
	tail := []byte("\x02\x09/announce")
	want := []udptracker.Request{
		{Action: udptracker.Connect, Connection: 0x41727101980, Transaction: 0xc294fca6},
		{Action: udptracker.Announces, Connection: 0x4142434445464748, Transaction: 0x4158eee0, Announce: udptracker.Announce{
			Announce: bittorrent.Announce{InfoHash: hash, PeerID: bittorrent.PeerID([]byte("-qB4520-lYAwilX)7xE4")), Event: bittorrent.EventStarted, Counters: left, Port: 51415},
			Key:      0x6d567a6e, NumWant: 200, Tail: tail,
		}},
		{Action: udptracker.Announces, Connection: 0x4142434445464748, Transaction: 0x26c2569d, Announce: udptracker.Announce{
			Announce: bittorrent.Announce{InfoHash: hash, PeerID: bittorrent.PeerID([]byte("-DE203s-aodcFDPTGz)V")), Event: bittorrent.EventStopped, Counters: left, Port: 51417},
			Key:      0x3da669dc, Tail: tail,
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOnlyWellFormedRequestsAreRead(t *testing.T) {
	announce := unhex(t, captured[1].datagram)
	change := func(at int, b ...byte) []byte {
		out := bytes.Clone(announce)
		copy(out[at:], b)
		return out
	}
	scrape := udptracker.AppendScrape(nil, 7, 8, []bittorrent.InfoHash{{1}, {2}})
	for _, c := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"nothing", nil, false},
		{"a connect", udptracker.AppendConnect(nil, 5), true},
		{"a connect that is cut", udptracker.AppendConnect(nil, 5)[:15], false},
		{"a connect with bytes behind it", append(udptracker.AppendConnect(nil, 5), 0), true},
		{"a connect without the protocol's number", change(8, 0, 0, 0, 0)[:16], false},
		{"an announce", announce, true},
		{"an announce without a tail", announce[:98], true},
		{"an announce that is cut", announce[:97], false},
		{"an announce of the largest total", change(72, 0x7f, 255, 255, 255, 255, 255, 255, 255), true},
		{"an announce of a larger one", change(72, 0x80), false},
		{"a scrape", scrape, true},
		{"a scrape for nothing", scrape[:16], false},
		{"a scrape for less than one", scrape[:35], false},
		{"a scrape that is cut", scrape[:37], true},
		{"an action that only answers have", change(8, 0, 0, 0, 3), false},
		{"an action unknown", change(8, 0, 0, 0, 4), false},
		{"a query of the DHT", []byte("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe" + strings.Repeat(" ", 60)), false},
		{"a packet of µTP", append([]byte{0x01, 0x00, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xff, 0xff, 0, 1, 0, 2}, make([]byte, 100)...), false},
	} {
		if r, ok := udptracker.ParseRequest(c.b); ok != c.ok {
			t.Errorf("%s: %v %+v, want %v", c.name, ok, r, c.ok)
		}
	}
	r, _ := udptracker.ParseRequest(change(80, 0, 0, 0, 9))
	if r.Announce.Event != bittorrent.EventNone {
		t.Errorf("an unknown event is %v, want %v", r.Announce.Event, bittorrent.EventNone)
	}
}

func TestAnotherTotalChangesEightBytes(t *testing.T) {
	before := unhex(t, captured[1].datagram)
	after := bytes.Clone(before)
	udptracker.PutUploaded(after, 0x0102030405060708)
	want := append(append(bytes.Clone(before[:72]), 1, 2, 3, 4, 5, 6, 7, 8), before[80:]...)
	if !bytes.Equal(after, want) {
		t.Errorf("got %x, want %x", after, want)
	}
	udptracker.PutConnection(after, 0x1112131415161718, 0x21222324)
	want = append(unhex(t, "1112131415161718 00000001 21222324"), want[16:]...)
	if !bytes.Equal(after, want) {
		t.Errorf("got %x, want %x", after, want)
	}
}

func TestThePathIsReadAsItWasWritten(t *testing.T) {
	long := "/announce?passkey=" + strings.Repeat("x", 600)
	for _, c := range []struct{ name, tail, want string }{
		{"nothing", "", ""},
		{"one option", "\x02\x09/announce", "/announce"},
		{"made here", string(udptracker.AppendPath(nil, long)), long},
		{"with padding, another option and an end", "\x01\x01\x02\x02/a\x09\x03xyz\x02\x01b\x00\x02\x01c", "/ab"},
		{"cut in an option", "\x02\x02/a\x02\x09/anno", ""},
		{"cut before a length", "\x02\x02/a\x02", ""},
		{"of no bytes", "\x02\x00", ""},
	} {
		if got := udptracker.Path([]byte(c.tail)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if tail := udptracker.AppendPath(nil, ""); len(tail) > 0 {
		t.Errorf("an empty path gave %x", tail)
	}
}

// FuzzParseRequest checks that a request that is parsed and rebuilt is the same datagram, and that another total
// changes nothing else in it.
func FuzzParseRequest(f *testing.F) {
	announce := make([]byte, 98)
	announce[11] = byte(udptracker.Announces)
	for _, tail := range longTails {
		f.Add(append(announce[:98:98], tail...), uint64(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, total uint64) {
		r, ok := udptracker.ParseRequest(b)
		if !ok {
			return
		}
		var again []byte
		switch r.Action {
		case udptracker.Connect:
			again = append(udptracker.AppendConnect(nil, r.Transaction), b[16:]...)
		case udptracker.Announces:
			again = udptracker.AppendAnnounce(nil, r.Connection, r.Transaction, &r.Announce)
			copy(again[80:84], b[80:84]) // an unknown event is read as none
		case udptracker.Scrapes:
			again = udptracker.AppendScrape(nil, r.Connection, r.Transaction, r.Hashes)
			again = append(again, b[len(again):]...)
		default:
			t.Fatalf("unexpected action %d", r.Action)
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
		_ = udptracker.Path(r.Announce.Tail)
		var parted []bittorrent.InfoHash
		for part := range udptracker.Parts(b) {
			p, ok := udptracker.ParseRequest(part)
			if parted = append(parted, p.Hashes...); !ok || len(p.Hashes) > udptracker.MaxHashes || r.Action != udptracker.Scrapes && !bytes.Equal(part, b) {
				t.Fatalf("%x was split into the part %x", b, part)
			}
		}
		if !slices.Equal(parted, r.Hashes) {
			t.Fatalf("the parts of %x have fewer torrents", b)
		}
		if r.Action != udptracker.Announces {
			return
		}
		total &= udptracker.MaxUploaded
		udptracker.PutUploaded(again, total)
		told, ok := udptracker.ParseRequest(again)
		r.Announce.Counters.Uploaded = total
		if !ok || !reflect.DeepEqual(told, r) || !bytes.Equal(again[:72], b[:72]) || !bytes.Equal(again[80:], b[80:]) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}

// FuzzPath checks that a path that was written is read again, with any options around it.
func FuzzPath(f *testing.F) {
	f.Fuzz(func(t *testing.T, path string, before []byte) {
		if got := udptracker.Path(udptracker.AppendPath(nil, path)); got != path {
			t.Fatalf("%q became %q", path, got)
		}
		_ = udptracker.Path(before)
	})
}

// longTails are options of the greatest lengths that one byte can express, whole and cut off.
var longTails = [][]byte{
	udptracker.AppendPath(nil, strings.Repeat("/a", 127)), udptracker.AppendPath(nil, strings.Repeat("/a", 126)+"/ab"), udptracker.AppendPath(nil, strings.Repeat("/a", 300)),
	append([]byte{3, 254}, make([]byte, 254)...), append([]byte{3, 255}, make([]byte, 255)...), append([]byte{2, 255}, make([]byte, 254)...),
}

func TestLongOptionsAreReadToTheirEnd(t *testing.T) {
	announce := make([]byte, 98)
	announce[11] = byte(udptracker.Announces)
	for i, tail := range longTails {
		r, ok := udptracker.ParseRequest(append(announce[:98:98], tail...))
		if cut := i == len(longTails)-1; !ok || r.Announce.Keyed != cut {
			t.Errorf("tail %d of %d bytes: got %v, keyed %v", i, len(tail), ok, r.Announce.Keyed)
		}
	}
}

func TestOptionsThatMayHoldAPasskeyAreRecognised(t *testing.T) {
	b := make([]byte, 98)
	b[11] = byte(udptracker.Announces)
	for tail, want := range map[string]bool{
		"": false, "\x00": false, "\x02\x09/announce": false, "\x01\x02\x09/announce\x00": false,
		"\x02\x20/0123456789abcdef0123456789abcde": true, "\x02\x03/a?\x02\x02k=": true, "\x02\x09/ann": true,
	} {
		if r, ok := udptracker.ParseRequest(append(b[:98:98], tail...)); !ok || r.Announce.Keyed != want {
			t.Errorf("%q: got %v, keyed %v", tail, ok, r.Announce.Keyed)
		}
	}
}
