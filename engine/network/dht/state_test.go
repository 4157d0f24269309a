package dht

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"bittoratio/engine/wire/krpc"
)

func TestStateIsReadBackAndDamageIsRefused(t *testing.T) {
	d := newRandom()
	s := State{Port: 50123}
	s.Families[0] = FamilyState{ID: d.id(), External: netip.MustParseAddr("80.1.2.3")}
	s.Families[1] = FamilyState{ID: d.id()}
	for i := range 300 {
		s.Families[0].Nodes = append(s.Families[0].Nodes, d.node())
		s.Families[1].Nodes = append(s.Families[1].Nodes, krpc.Node{ID: d.id(), Addr: netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x2a, 15: byte(i)}), 6881)})
	}
	b := s.Marshal()
	if len(b) > maxStateFile {
		t.Errorf("the file has %d bytes", len(b))
	}
	got, err := ParseState(b)
	s.Families[0].Nodes = s.Families[0].Nodes[:maxSaved]
	s.Families[1].Nodes = s.Families[1].Nodes[:maxSaved/2]
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, got, s)
	}
	for name, damaged := range map[string]string{
		"nothing": "", "half": string(b[:len(b)/2]), "a word": "hello", "a list": "[]", "zeros": strings.Repeat("\x00", 100),
		"another id": strings.Replace(string(b), s.Families[0].ID.String(), "abc", 1), "a wrong address": strings.Replace(string(b), "80.1.2.3", "80.1.2", 1),
		"too long": strings.Repeat(" ", maxStateFile) + string(b),
	} {
		if got, err := ParseState([]byte(damaged)); err == nil || !reflect.DeepEqual(got, State{}) {
			t.Errorf("%s: ParseState returned %v", name, err)
		}
	}
}

// FuzzParseState checks that reading any file ends, and that what is read can be written and read again with the same
// result.
func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"version":1,"ipv4":{"id":"0102030405060708090a0b0c0d0e0f1011121314","address":"1.2.3.4","nodes":""},"ipv6":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseState(b)
		if err != nil {
			return
		}
		again, err := ParseState(s.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Families {
			if len(s.Families[i].Nodes) <= maxSaved/2 && !reflect.DeepEqual(again.Families[i], s.Families[i]) {
				t.Fatalf("%+v, then %+v", s.Families[i], again.Families[i])
			}
		}
	})
}
