package metainfo

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
)

const here = "127.0.0.1:8080"

// s returns text as a bencoded string.
func s(text string) string { return strconv.Itoa(len(text)) + ":" + text }

const info = "d6:lengthi3e4:name5:a.bin12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxx7:privatei1ee"

// whole is a file with tiers, a web seed and unknown keys that look like trackers but are not.
var whole = "d" + s("announce") + s("https://a.example/KEY/announce") +
	s("announce-list") + "l" + "l" + s("https://a.example/KEY/announce") + s("udp://u.example:1337/announce") + "e" +
	"l" + s("http://h.example/announce.php?pk=1") + s("wss://w.example") + s("https://a.example/KEY/announce") + "ee" +
	s("comment") + s("https://a.example/KEY/announce") + s("info") + info + s("nodes") + "ll" + s("https://n.example") + "i1eee" +
	s("url-list") + "l" + s("https://seed.example/a.bin") + "ee"

func through(t string) (string, bool) { return bittorrent.ThroughGateway(t, here) }

func TestConvertingATorrentChangesOnlyItsTrackers(t *testing.T) {
	for name, file := range map[string]string{
		"whole":               whole,
		"bytes behind it":     whole + "\r\ntrailing",
		"a plain list":        "d" + s("announce-list") + "l" + s("udp://u.example:1/x") + "e" + s("info") + info + "e",
		"keys out of order":   "d" + s("info") + info + s("announce") + s("udp://u.example:1/x") + "e",
		"two announce keys":   "d" + s("announce") + s("udp://u.example:1/x") + s("announce") + s("udp://u.example:2/x") + s("info") + info + "e",
		"an announce that is": "d" + s("announce") + "i1e" + s("announce-list") + "i2e" + s("info") + info + "e",
		"no tracker":          "d" + s("info") + info + "e",
	} {
		tor, err := Parse([]byte(file))
		if err != nil {
			t.Errorf("%s: Parse returned %v", name, err)
			continue
		}
		got, changed := tor.Readdress(through)
		want := file
		for _, r := range []string{"https://a.example/KEY/announce", "udp://u.example:1337/announce", "http://h.example/announce.php?pk=1", "udp://u.example:1/x", "udp://u.example:2/x"} {
			to, _ := through(r)
			want = strings.ReplaceAll(want, s(r), s(to))
		}
		to, _ := through("https://a.example/KEY/announce")
		want = strings.Replace(want, s("comment")+s(to), s("comment")+s("https://a.example/KEY/announce"), 1)
		if string(got) != want {
			t.Errorf("%s: %d addresses changed\n%s\nwant\n%s", name, changed, got, want)
		}
		converted, err := Parse(got)
		if err != nil || converted.InfoHash != tor.InfoHash || !bytes.Equal(converted.Dictionary(), tor.Dictionary()) {
			t.Errorf("%s: the converted torrent has another hash: %s, %v", name, converted.InfoHash, err)
		}
		if back, n := converted.Readdress(bittorrent.FromGateway); string(back) != file || n != changed {
			t.Errorf("%s: %d of %d addresses were restored to\n%s", name, n, changed, back)
		}
	}
}

func TestATorrentFileGivesHashNameAndTrackers(t *testing.T) {
	v2 := "d9:file treede12:meta versioni2e4:name1:xe"
	hybrid := "d12:meta versioni2e4:name1:x6:pieces0:e"
	sum2 := sha256.Sum256([]byte(v2))
	for dict, want := range map[string]bittorrent.InfoHash{info: sha1.Sum([]byte(info)), v2: bittorrent.InfoHash(sum2[:20]), hybrid: sha1.Sum([]byte(hybrid))} {
		tor, err := Parse([]byte("d4:info" + dict + "e"))
		if err != nil || tor.InfoHash != want || string(tor.Dictionary()) != dict {
			t.Errorf("%s: Parse returned %s, %v", dict, tor.InfoHash, err)
		}
	}
	tor, err := Parse([]byte(whole))
	if err != nil || tor.Name != "a.bin" || len(tor.Trackers()) != 6 || slices.Contains(tor.Trackers(), "https://n.example") {
		t.Errorf("Trackers returned %q %q, %v", tor.Name, tor.Trackers(), err)
	}
}

func TestAFileThatIsNoTorrentIsRefused(t *testing.T) {
	for _, file := range []string{"", "<html>", "le", "de", "d4:infoi1ee", "d4:info" + info, whole[:len(whole)-1], "d8:announce1:xe", strings.Repeat("l", 1000)} {
		if tor, err := Parse([]byte(file)); err == nil {
			t.Errorf("%.40q was accepted as %s", file, tor.InfoHash)
		}
	}
}

// FuzzReaddress checks that converting a file leaves its info dictionary and everything but the trackers unchanged, and
// that it can be exactly undone.
func FuzzReaddress(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("d4:info" + info + "8:announce9:udp://a:1e"))
	f.Add([]byte("d8:announce38:http://127.0.0.1:1/announce/udp/a:1/xx4:infodee"))
	f.Add([]byte("d13:announce-listllll9:udp://b:2eee1:xe4:infod6:piecesleee tail"))
	f.Fuzz(func(t *testing.T, file []byte) {
		before, err := Parse(file)
		if err != nil {
			return
		}
		got, _ := before.Readdress(through)
		after, err := Parse(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", file, got, err)
		}
		if !bytes.Equal(after.Dictionary(), before.Dictionary()) || after.InfoHash != before.InfoHash || len(after.trackers) != len(before.trackers) {
			t.Fatalf("%q became %q", file, got)
		}
		plain, _ := before.Readdress(bittorrent.FromGateway)
		if back, _ := after.Readdress(bittorrent.FromGateway); !bytes.Equal(back, plain) {
			t.Fatalf("%q was restored to %q, want %q", file, back, plain)
		}
	})
}

func TestATorrentFileGivesItsMagnetLinkAndNodes(t *testing.T) {
	dict := "d6:lengthi3e4:name5:a b&c6:pieces0:e"
	nodes := "5:nodesll9:192.0.2.1i6881eel4:namei1eel9:192.0.2.2i0eel3:::1i70000eel5:fe80:i1eei7el11:2001:db8::1i2eee"
	f, err := Parse([]byte("d8:announce16:http://t/announc13:announce-listll16:http://t/announcel11:udp://u:1/aee4:info" + dict + nodes + "e"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := f.Link()
	if err != nil || l.InfoHash != f.InfoHash || l.Kind != bittorrent.V1 || l.Name != "a b&c" || !slices.Equal(l.Trackers(), []string{"http://t/announc", "udp://u:1/a"}) {
		t.Errorf("Secret returned %q, Link %v", l.Secret(), err)
	}
	if got := f.Nodes(); len(got) != 2 || got[0].String() != "192.0.2.1:6881" || got[1].String() != "[2001:db8::1]:2" {
		t.Errorf("Nodes returned %v", got)
	}
	for dict, kind := range map[string]bittorrent.HashKind{
		"d12:meta versioni2e4:name1:xe": bittorrent.V2, "d12:meta versioni2e4:name1:x6:pieces0:e": bittorrent.Hybrid,
	} {
		f, err := Parse([]byte("d4:info" + dict + "e"))
		if err != nil {
			t.Fatal(err)
		}
		if l, err := f.Link(); err != nil || l.Kind != kind || l.InfoHash != f.InfoHash || f.Nodes() != nil {
			t.Errorf("%s: Link returned %v, %v", dict, l, err)
		}
	}
}
