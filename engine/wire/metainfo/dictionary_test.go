package metainfo

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bittoratio/engine/wire/bencode"
)

// files returns the files of an info dictionary as text: path, size, and whether there is a root.
func files(t *testing.T, dict string) (list []string) {
	t.Helper()
	i, err := ParseDictionary([]byte(dict))
	if err != nil {
		t.Fatalf("%.60q: ParseDictionary returned %v", dict, err)
	}
	for f := range i.Files() {
		line := string(bytes.Join(f.Path, []byte("|"))) + " " + strconv.FormatInt(f.Size, 10)
		if f.Root != nil {
			line += " root"
		}
		list = append(list, line)
	}
	return list
}

func TestFilesAreListedWhateverTheVersion(t *testing.T) {
	root := s(strings.Repeat("r", 32))
	leaf := func(size, more string) string { return "d0:d6:lengthi" + size + "e" + more + "ee" }
	tree := "9:file treed1:ad" + s("b") + leaf("70000", s("pieces root")+root) + "e" + s("empty") + leaf("0", "") + "e12:meta versioni2e"
	for dict, want := range map[string][]string{
		info: {"a.bin 3"},
		"d5:filesld6:lengthi5e4:pathl1:a1:beed4:attr1:p6:lengthi9e4:pathl4:.pad1:9eed6:lengthi7e4:pathl1:ceee4:name1:n6:pieces0:e": {"a|b 5", "c 7"},
		"d" + tree + "4:name1:x12:piece lengthi16384ee":           {"a|b 70000 root", "empty 0"},
		"d" + tree + "6:lengthi1e4:name1:x6:pieces0:e":            {"a|b 70000 root", "empty 0"},
		"d5:filesld6:lengthi-5e4:pathl2:..5:\x00\x1b[31eedei7eee": {"..|\x00\x1b[31 0", " 0", " 0"},
		"d6:lengthi-1e4:name2:..e":                                {".. 0"},
		"d5:filesi1ee":                                            nil,
		"d5:filesle9:file treelee":                                nil,
		"de":                                                      nil,
	} {
		if got := files(t, dict); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", dict, got, want)
		}
	}
}

func TestAnInfoDictionaryIsParsedOrRefused(t *testing.T) {
	i, err := ParseDictionary([]byte(info))
	if err != nil || i.Name != "a.bin" || !i.Private || !i.V1 || i.V2 || i.PieceLength != 16384 {
		t.Errorf("ParseDictionary returned %+v, %v", i, err)
	}
	if i, err = ParseDictionary([]byte("d12:meta versioni2e7:privatei0ee")); err != nil || i.Private || i.V1 || !i.V2 {
		t.Errorf("ParseDictionary returned %+v, %v", i, err)
	}
	if i, err = ParseDictionary([]byte("d7:privatei2ee")); err != nil || !i.Private {
		t.Errorf("ParseDictionary returned %+v, %v", i, err)
	}
	for name, dict := range map[string]string{
		"nothing": "", "a list": "le", "more behind it": "dee", "cut off": "d4:name1:x",
		"16 MiB of lists": strings.Repeat("l", 16<<20), "16 MiB of empty lists": "l" + strings.Repeat("le", 8<<20-1) + "e",
	} {
		if _, err := ParseDictionary([]byte(dict)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	many := "d5:filesl" + strings.Repeat("d6:lengthi1e4:pathl1:aee", 100_000) + "ee"
	if n := len(files(t, many)); n != 100_000 {
		t.Errorf("listed %d of 100,000 files", n)
	}
}

func TestABuiltTorrentKeepsTheInfoDictionaryByteForByte(t *testing.T) {
	odd := "d4:name1:x1:zi1e6:lengthi3ee" // keys out of order stay
	for name, c := range map[string]struct {
		around Around
		want   string
	}{
		"nothing":      {Around{}, "d4:info" + odd + "e"},
		"one tracker":  {Around{Trackers: []string{"", "http://a/announce", "http://a/announce"}}, "d8:announce17:http://a/announce4:info" + odd + "e"},
		"two trackers": {Around{Trackers: []string{"udp://b:1", "http://a/x"}}, "d8:announce9:udp://b:113:announce-listll9:udp://b:1el10:http://a/xee4:info" + odd + "e"},
		"all": {
			Around{[]string{"t"}, []string{"w1", "w2"}, []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:6881"), netip.MustParseAddrPort("[2001:db8::1]:1")}, map[string][]byte{"b": []byte("2"), "a": []byte("1")}},
			"d8:announce1:t4:info" + odd + "5:nodesll9:192.0.2.1i6881eel11:2001:db8::1i1eee12:piece layersd1:a1:11:b1:2e8:url-listl2:w12:w2ee",
		},
	} {
		got := Build([]byte(odd), c.around)
		if string(got) != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
		tor, err := Parse(got)
		if err != nil || string(tor.Dictionary()) != odd {
			t.Errorf("%s: Dictionary returned %q, Parse %v", name, tor.Dictionary(), err)
		}
		if n, err := bencode.Check(got, limits); err != nil || n != len(got) {
			t.Errorf("%s: Check returned %d, %v", name, n, err)
		}
	}
}

// FuzzDictionary checks that every dictionary that can be read has files of non-negative sizes, and is the same in a
// file that is built from it.
func FuzzDictionary(f *testing.F) {
	f.Add([]byte(info))
	f.Add([]byte("d5:filesld6:lengthi5e4:pathl1:a1:beee9:file treed1:ad0:d6:lengthi1eeee12:meta versioni2ee"))
	f.Fuzz(func(t *testing.T, dict []byte) {
		i, err := ParseDictionary(dict)
		if err != nil {
			return
		}
		for file := range i.Files() {
			if file.Size < 0 || file.Root != nil && len(file.Root) != 32 {
				t.Fatalf("unexpected result: %+v", file)
			}
		}
		tor, err := Parse(Build(dict, Around{Trackers: []string{"http://a.example/announce"}}))
		if err != nil || !bytes.Equal(tor.Dictionary(), dict) || tor.Name != i.Name {
			t.Fatalf("%q: Dictionary returned %q, Parse %v", dict, tor.Dictionary(), err)
		}
	})
}
