package bittorrent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const hash40 = "0102030405060708090a0b0c0d0e0f1011121314"

func TestAMagnetGivesItsInfoHash(t *testing.T) {
	for link, want := range map[string]string{
		"magnet:?xt=urn:btih:" + hash40:                                                                                    hash40,
		"MAGNET:?xt=urn:BTIH:" + strings.ToUpper(hash40):                                                                   hash40,
		" magnet:?dn=x&xt=urn%3Abtih%3A" + hash40 + "\n":                                                                   hash40,
		"magnet:?xt.1=urn:btih:AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU":                                                           hash40,
		"magnet:?xt=urn:sha1:nothing&xt=urn:btih:" + hash40:                                                                hash40,
		"magnet:?xt=urn:btmh:1220" + hash40 + "151617181920212223242526":                                                   hash40,
		"magnet:?xt=urn:btmh:1220" + strings.Repeat("ff", 32) + "&xt=urn:btih:" + hash40 + "&tr=http://a.example/announce": hash40,
	} {
		m, err := ParseMagnet(link)
		if err != nil || m.InfoHash.String() != want {
			t.Errorf("%q has the hash %s (%v), want %s", link, m.InfoHash, err, want)
		}
	}
	for _, link := range []string{
		"", "http://tracker.example/", "magnet:", "magnet:?dn=x", "magnet:?xt=urn:btih:12", "magnet:?xt=urn:btih:" + hash40 + " x",
		"magnet:?xt=urn:btmh:1120" + strings.Repeat("ff", 32), "magnet:?xt=urn:btih:" + strings.Repeat("g", 40),
		"magnet:?xt=urn:btih:" + hash40 + "&x=" + strings.Repeat("x", MaxMagnet),
	} {
		if m, err := ParseMagnet(link); err == nil {
			t.Errorf("%.80q was accepted as %s", link, m)
		}
	}
}

func TestConvertingAMagnetChangesOnlyItsTrackers(t *testing.T) {
	link := "magnet:?xt=urn:btih:" + hash40 + "&dn=A+name&tr=https%3A%2F%2Ft.example%2FKEY%2Fannounce%3Fa%3D1&tr=udp://u.example:80/announce" +
		"&tr.3=http%3a//h.example%2fannounce&ws=https%3A%2F%2Fseed.example%2Ffile&tr=wss%3A%2F%2Fw.example&x.pe=10.0.0.1:6881&tr="
	want := "magnet:?xt=urn:btih:" + hash40 + "&dn=A+name&tr=http%3A%2F%2F127.0.0.1%3A8080%2Fannounce%2Fhttps%2Ft.example%2FKEY%2Fannounce%3Fa%3D1" +
		"&tr=http://127.0.0.1:8080/announce/udp/u.example:80/announce" +
		"&tr.3=http%3a//127.0.0.1%3a8080/announce/http/h.example%2fannounce&ws=https%3A%2F%2Fseed.example%2Ffile&tr=wss%3A%2F%2Fw.example&x.pe=10.0.0.1:6881&tr="
	m, err := ParseMagnet(link)
	if err != nil {
		t.Fatal(err)
	}
	through, n := m.ThroughGateway(here)
	if n != 3 || through.Secret() != want {
		t.Errorf("%d trackers were converted:\n%s\nwant 3:\n%s", n, through.Secret(), want)
	}
	parsed, err := ParseMagnet(through.Secret())
	if err != nil || parsed.InfoHash != m.InfoHash || parsed.Name != "A name" {
		t.Errorf("the converted link is %v with the name %q (%v)", parsed, parsed.Name, err)
	}
	if got := parsed.Trackers(); !slices.Equal(got, []string{
		"http://127.0.0.1:8080/announce/https/t.example/KEY/announce?a=1", "http://127.0.0.1:8080/announce/udp/u.example:80/announce",
		"http://127.0.0.1:8080/announce/http/h.example/announce", "wss://w.example",
	}) {
		t.Errorf("the trackers are %q", got)
	}
	if back, n := through.FromGateway(); n != 3 || back.Secret() != link {
		t.Errorf("%d trackers were restored:\n%s\nwant 3:\n%s", n, back.Secret(), link)
	}
}

func TestAPrintedMagnetShowsNoPasskey(t *testing.T) {
	m, err := ParseMagnet("magnet:?xt=urn:btih:" + hash40 + "&tr=https%3A%2F%2Ft.example%2FSECRET%2Fannounce")
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s %s", m, m, m, m, m.LogValue()); strings.Contains(s, "SECRET") {
		t.Errorf("printing the link gives %v", s)
	}
}

// FuzzMagnet checks that a link that has no gateway addresses yet is exactly restored after its conversion, and that
// the converted link names the same torrent.
func FuzzMagnet(f *testing.F) {
	f.Add("magnet:?xt=urn:btih:" + hash40 + "&tr=udp://u.example:80")
	f.Add("magnet:?xt=urn:btih:AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU&tr.1=https%3A%2f%2Ft.example%2Fannounce&&tr=%zz")
	f.Add("magnet:?tr=http://[::1]:80/announce/udp/u.example:80&xt=urn:btmh:1220" + strings.Repeat("ab", 32))
	f.Fuzz(func(t *testing.T, link string) {
		m, err := ParseMagnet(link)
		if err != nil {
			return
		}
		through, n := m.ThroughGateway(here)
		parsed, err := ParseMagnet(through.Secret())
		if err != nil && len(through.Secret()) <= MaxMagnet || err == nil && parsed.InfoHash != m.InfoHash {
			t.Fatalf("%q became %q: %v", link, through.Secret(), err)
		}
		plain, _ := m.FromGateway()
		if back, _ := through.FromGateway(); back.Secret() != plain.Secret() {
			t.Fatalf("%q came back as %q (%d changed)", plain.Secret(), back.Secret(), n)
		}
	})
}

func TestAMagnetGivesItsHashesOfBothVersions(t *testing.T) {
	v2 := strings.Repeat("ab", 32)
	for link, want := range map[string]struct {
		kind   HashKind
		hash   string
		sha256 byte
	}{
		"magnet:?xt=urn:btih:" + hash40:                                                  {V1, hash40, 0},
		"magnet:?xt=urn:btmh:1220" + v2:                                                  {V2, v2[:40], 0xab},
		"magnet:?xt=urn:btmh:1220" + v2 + "&xt=urn:btih:" + hash40:                       {Hybrid, hash40, 0xab},
		"magnet:?xt=urn:btih:" + hash40 + "&xt=urn:btmh:1220" + v2:                       {Hybrid, hash40, 0xab},
		"magnet:?xt=urn:btmh:1220" + v2 + "&xt=urn:btmh:1220" + strings.Repeat("cd", 32): {V2, v2[:40], 0xab},
		hash40:                                {V1, hash40, 0},
		" AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU\n": {V1, hash40, 0},
		v2:                                    {V2, v2[:40], 0xab},
		"1220" + v2:                           {V2, v2[:40], 0xab},
	} {
		m, err := ParseLink(link)
		if err != nil || m.Kind != want.kind || m.InfoHash.String() != want.hash || m.SHA256[31] != want.sha256 {
			t.Errorf("%q is read as %+v (%v)", link, m, err)
		}
	}
	for _, link := range []string{"", "abc", hash40 + "0", hash40 + "&tr=x", "urn:btih:" + hash40, strings.Repeat("g", 64), "http://a.example/" + hash40} {
		if m, err := ParseLink(link); err == nil {
			t.Errorf("%q was accepted as %s", link, m)
		}
	}
}

func TestAMagnetGivesItsPeersAndWebSeeds(t *testing.T) {
	m, err := ParseMagnet("magnet:?xt=urn:btih:" + hash40 + "&ws=https%3A%2F%2Fseed.example%2Fa&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:80&x.pe=%5B::ffff:192.0.2.1%5D:6881" +
		"&x.pe=host.example:6881&x.pe=192.0.2.1&x.pe=192.0.2.1:0&x.pe=[fe80::1%25eth0]:1&ws.1=http://b.example/&ws=")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.Peers()); got != "[192.0.2.1:6881 [2001:db8::1]:80]" {
		t.Errorf("the peers are %v, want %v", got, "[192.0.2.1:6881 [2001:db8::1]:80]")
	}
	if got := m.WebSeeds(); !slices.Equal(got, []string{"https://seed.example/a", "http://b.example/"}) {
		t.Errorf("WebSeeds returned %v", got)
	}
}
