package krpc

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
)

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

const (
	idA = "abcdefghij0123456789"
	idB = "mnopqrstuvwxyz123456"
)

// TestTheExamplesOfBEP5AreReadAndWritten reads the examples of BEP 5, and writes them unchanged except for `v` and the
// text of the error.
func TestTheExamplesOfBEP5AreReadAndWritten(t *testing.T) {
	a, b := bittorrent.NodeID([]byte(idA)), bittorrent.NodeID([]byte(idB))
	for _, c := range []struct {
		wire string
		want Message
	}{
		{"d1:ad2:id20:" + idA + "e1:q4:ping1:t2:aa1:y1:qe", Message{Kind: Query, Method: Ping, Body: Body{ID: a, HasID: true}}},
		{"d1:rd2:id20:" + idB + "e1:t2:aa1:y1:re", Message{Kind: Reply, Body: Body{ID: b, HasID: true}}},
		{
			"d1:ad2:id20:" + idA + "6:target20:" + idB + "e1:q9:find_node1:t2:aa1:y1:qe",
			Message{Kind: Query, Method: FindNode, Body: Body{ID: a, HasID: true, Asked: Asked{Target: b, HasTarget: true}}},
		},
		{
			"d1:ad2:id20:" + idA + "9:info_hash20:" + idB + "e1:q9:get_peers1:t2:aa1:y1:qe",
			Message{Kind: Query, Method: GetPeers, Body: Body{ID: a, HasID: true, Asked: Asked{Target: b, HasTarget: true}}},
		},
		{
			"d1:rd2:id20:" + idA + "5:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re",
			Message{Kind: Reply, Body: Body{ID: a, HasID: true, Token: []byte("aoeusnth"), Values: []netip.AddrPort{ap("97.120.106.101:11893"), ap("105.100.104.116:28269")}}},
		},
		{
			"d1:ad2:id20:" + idA + "12:implied_porti1e9:info_hash20:" + idB + "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
			Message{Kind: Query, Method: AnnouncePeer, Body: Body{ID: a, HasID: true, Token: []byte("aoeusnth"), Asked: Asked{Target: b, HasTarget: true, Port: 6881, ImpliedPort: true}}},
		},
		{"d1:eli201e5:errore1:t2:aa1:y1:ee", Message{Kind: Error, Code: 201}},
		{
			"d2:ip6:axje.u1:rd2:id20:" + idA + "5:nodes26:" + idB + "\x01\x02\x03\x04\x1a\xe16:nodes638:" + idB + "\x2a\x01234567890123\x01\x02\x1a\xe1e2:roi1e1:t2:aa1:y1:re",
			Message{
				Kind: Reply, ReadOnly: true, External: ap("97.120.106.101:11893"),
				Body: Body{ID: a, HasID: true, Nodes: []Node{{b, ap("1.2.3.4:6881")}, {b, netip.AddrPortFrom(netip.AddrFrom16([16]byte([]byte("\x2a\x01234567890123\x01\x02"))), 6881)}}},
			},
		},
		{
			"d1:ad2:id20:" + idA + "9:info_hash20:" + idB + "6:noseedi1e6:scrapei1e4:wantl2:n42:n6ee1:q9:get_peers1:t2:aa1:y1:qe",
			Message{Kind: Query, Method: GetPeers, Body: Body{ID: a, HasID: true, Asked: Asked{Target: b, HasTarget: true, NoSeed: true, Scrape: true, Want: WantV4 | WantV6}}},
		},
	} {
		c.want.Transaction = []byte("aa")
		got, err := Parse([]byte(c.wire))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q:\n%+v\nwant\n%+v (%v)", c.wire, got, c.want, err)
		}
		if out := string(c.want.Append(nil)); strings.Replace(out, "1:v4:"+version, "", 1) != c.wire {
			t.Errorf("wrote\n%q, want\n%q", out, c.wire)
		}
	}
}

func TestUnusualMessagesAreRead(t *testing.T) {
	for name, wire := range map[string]string{
		"another order":          "d1:y1:q1:t2:aa1:q4:ping1:ad2:id20:" + idA + "ee",
		"unknown keys":           "d1:ad2:id20:" + idA + "1:xd1:yli1eeee1:q4:ping1:t2:aa1:v4:UTxx1:y1:q1:zle" + "e",
		"a repeated key":         "d1:ad2:id3:xxx2:id20:" + idA + "e1:q1:x1:q4:ping1:t2:aa1:y1:qe",
		"arguments repeated":     "d1:ade1:ad2:id20:" + idA + "e1:q4:ping1:t2:aa1:y1:qe",
		"bytes behind":           "d1:ad2:id20:" + idA + "e1:q4:ping1:t2:aa1:y1:qe\x00\xff trailing",
		"numbers of wrong types": "d1:ad2:id20:" + idA + "4:port1:x4:seedle6:scrapedee1:q4:ping1:t2:aa1:y1:qe",
	} {
		m, err := Parse([]byte(wire))
		want := Message{Kind: Query, Method: Ping, Transaction: []byte("aa"), Body: Body{ID: bittorrent.NodeID([]byte(idA)), HasID: true}}
		if err != nil || !reflect.DeepEqual(m, want) {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
}

func TestInvalidMessagesAreRefused(t *testing.T) {
	for name, wire := range map[string]string{
		"nothing":                     "",
		"one byte":                    "d",
		"a list":                      "le",
		"a string of 2 GB":            "2000000000:x",
		"the same as an id":           "d1:ad2:id2000000000:x",
		"60,000 lists":                strings.Repeat("l", 60000),
		"lists in a dictionary":       "d1:a" + strings.Repeat("l", 4000),
		"dictionaries, 20,000":        strings.Repeat("d0:", 20000),
		"seventeen deep":              "d1:a" + strings.Repeat("l", 16) + strings.Repeat("e", 16) + "1:t2:aa1:y1:qe",
		"a negative length":           "d1:ad2:id-5:x",
		"a number of 40 digits":       "d1:ai" + strings.Repeat("9", 40) + "e",
		"a length of 20 digits":       "d1:a99999999999999999999:xe",
		"longer than what is read":    "d1:t2:aa1:x4090:" + strings.Repeat("x", 4090) + "1:y1:qe",
		"no transaction":              "d1:ad2:id20:" + idA + "e1:q4:ping1:t0:1:y1:qe",
		"a transaction of 21 bytes":   "d1:ad2:id20:" + idA + "e1:q4:ping1:t21:123456789012345678901" + "1:y1:qe",
		"no kind":                     "d1:q4:ping1:t2:aae",
		"an unknown kind":             "d1:q4:ping1:t2:aa1:y1:xe",
		"a kind of two letters":       "d1:q4:ping1:t2:aa1:y2:qqe",
		"a kind that is a number":     "d1:q4:ping1:t2:aa1:yi1ee",
		"cut in the middle of a node": "d1:rd2:id20:" + idA + "5:nodes26:abc",
	} {
		if m, err := Parse([]byte(wire)); err == nil {
			t.Errorf("%s was accepted as %+v", name, m)
		}
	}
}

func TestPartsOfTheWrongSizeCountAsMissing(t *testing.T) {
	reply := func(body string) Body {
		m, err := Parse([]byte("d1:rd" + body + "e1:t2:aa1:y1:re"))
		if err != nil {
			t.Fatalf("%q: Parse returned %v", body, err)
		}
		return m.Body
	}
	for _, id := range []string{"19:" + idA[:19], "21:" + idA + "x", "i5e", "le"} {
		if b := reply("2:id" + id); b.HasID || b.ID != (bittorrent.NodeID{}) {
			t.Errorf("the id %q was accepted", id)
		}
	}
	for _, nodes := range []string{"25:" + strings.Repeat("x", 25), "7:abcdefg", "27:" + strings.Repeat("x", 27), "i1e", "le"} {
		if b := reply("5:nodes" + nodes); b.Nodes != nil {
			t.Errorf("the nodes %q were accepted", nodes)
		}
	}
	mapped := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x7f\x00\x00\x01\x1a\xe1"
	if b := reply("6:valuesl5:abcde18:" + mapped + "i1e6:axje.ue"); len(b.Values) != 1 {
		t.Errorf("the values are %v, want the one complete address", b.Values)
	}
	if b := reply("4:BFsd255:" + strings.Repeat("x", 255) + "4:BFpe256:" + strings.Repeat("x", 256)); b.Seeds != nil || b.Peers == nil {
		t.Error("a filter of 255 bytes was accepted, or one of 256 was not")
	}
	for port, want := range map[string]uint16{"i0e": 0, "i70000e": 0, "i-1e": 0, "i65535e": 65535, "4:6881": 0} {
		if m, err := Parse([]byte("d1:ad4:port" + port + "e1:q13:announce_peer1:t2:aa1:y1:qe")); err != nil || m.Body.Asked.Port != want {
			t.Errorf("port %s: got %d, %v", port, m.Body.Asked.Port, err)
		}
	}
	for ip, want := range map[string]string{"4:\x01\x02\x03\x04": "1.2.3.4:0", "6:\x01\x02\x03\x04\x1a\xe1": "1.2.3.4:6881", "5:12345": "invalid AddrPort"} {
		if m, err := Parse([]byte("d2:ip" + ip + "1:t2:aa1:y1:re")); err != nil || m.External.String() != want {
			t.Errorf("ip %q: got %s, %v", ip, m.External, err)
		}
	}
}

// TestTheBloomFilterMatchesBEP33 checks the example of BEP 33.
func TestTheBloomFilterMatchesBEP33(t *testing.T) {
	var f, half Bloom
	for i := range 256 {
		f.Add(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
	}
	for i := range 0x3e8 {
		a := netip.MustParseAddr("2001:db8::").As16()
		a[14], a[15] = byte(i>>8), byte(i)
		half.Add(netip.AddrFrom16(a))
	}
	f.Or(&half)
	if got := hex.EncodeToString(f[:8]); got != "f6c3f5eaa07ffd91" {
		t.Errorf("the filter begins with %s, want %s", got, "f6c3f5eaa07ffd91")
	}
	if got := f.Size(); math.Abs(got-1224.9308) > 0.0001 {
		t.Errorf("the filter estimates %f", got)
	}
	if got := new(Bloom).Size(); got != 0 {
		t.Errorf("an empty filter estimates %f, want 0", got)
	}
	full := Bloom(bytes.Repeat([]byte{0xff}, 256))
	if got := full.Size(); got < 7000 || got > 8000 {
		t.Errorf("a full filter estimates %f", got)
	}
}

// TestNodeIDsMatchBEP42 checks the examples of BEP 42.
func TestNodeIDsMatchBEP42(t *testing.T) {
	for _, c := range []struct {
		addr string
		r    byte
		want string
	}{
		{"124.31.75.21", 1, "5fbfb8"},
		{"21.75.31.124", 86, "5a3ce8"},
		{"65.23.51.170", 22, "a5d430"},
		{"84.124.73.14", 65, "1b0320"},
		{"43.213.53.83", 90, "e56f68"},
	} {
		a := netip.MustParseAddr(c.addr)
		if got := fmt.Sprintf("%06x", prefix(a, c.r)>>8); got != c.want {
			t.Errorf("%s, %d: got %s, want %s", c.addr, c.r, got, c.want)
		}
		random := bittorrent.NodeID{2: 0xff, 3: 0x77, 10: 0x99, 19: c.r}
		id := Secure(random, a)
		if !Matches(id, a) || id[2]&7 != 7 || id[3] != 0x77 || id[10] != 0x99 || id[19] != c.r {
			t.Errorf("%s: %s does not match, or lost its random part", c.addr, id)
		}
		if Matches(random, a) || Matches(id, a.Next()) {
			t.Errorf("%s: another id or another address matches", c.addr)
		}
	}
	six := netip.MustParseAddr("2a00:1450:4001:81b::200e")
	id := Secure(bittorrent.NodeID{19: 5}, six)
	if !Matches(id, six) || !Matches(id, netip.MustParseAddr("2a00:1450:4001:81b:ffff::1")) || Matches(id, netip.MustParseAddr("2a00:1450:4001:81c::200e")) {
		t.Error("the id of an IPv6 node depends on more than the first 64 bits of its address")
	}
	for _, local := range []string{"10.1.1.1", "172.16.0.1", "192.168.0.1", "169.254.0.1", "127.0.0.1", "::1", "fe80::1", "fc00::1"} {
		if !Matches(bittorrent.NodeID{}, netip.MustParseAddr(local)) {
			t.Errorf("an arbitrary id of the local address %s was refused", local)
		}
	}
}

// FuzzParse checks that reading any datagram ends without a panic, and that what is read can be written and read again
// with the same result.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"d1:ad2:id20:" + idA + "12:implied_porti1e9:info_hash20:" + idB + "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
		"d2:ip6:axje.u1:rd2:id20:" + idA + "5:nodes26:" + idB + "\x01\x02\x03\x04\x1a\xe15:token1:x6:valuesl6:axje.uee1:t2:aa1:y1:re",
		"d1:eli201e5:errore1:t2:aa1:y1:ee", "d1:ad6:target20:" + idB + "4:wantl2:n42:n6ee1:q9:find_node1:t2:aa1:y1:qe",
		"d1:rd4:BFpe256:" + strings.Repeat("x", 256) + "e2:roi1e1:t2:aa1:y1:re", "llll", "d1:ad2:id900000000:x",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			if !reflect.DeepEqual(m, Message{}) {
				t.Fatalf("Parse returned %+v with error %v", m, err)
			}
			return
		}
		out := m.Append(nil)
		again, err := Parse(out)
		if len(out) > MaxRead {
			return // `v` and whole keys can make it longer than what is read
		}
		if err != nil {
			t.Fatalf("%q was written as %q: %v", b, out, err)
		}
		if twice := again.Append(nil); !bytes.Equal(twice, out) {
			t.Fatalf("written as %q, then as %q", out, twice)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	nodes := strings.Repeat(idB+"\x01\x02\x03\x04\x1a\xe1", 8)
	in := []byte("d2:ip6:axje.u1:rd2:id20:" + idA + "5:nodes208:" + nodes + "5:token8:aoeusnthe1:t2:aa1:v4:LT\x01\x021:y1:re")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}
