package httptracker_test

import (
	"bytes"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

const (
	infoHash = "info_hash=aaaaaaaaaaaaaaaaaaaa"
	peerID   = "&peer_id=-TR4140-bbbbbbbbbbbb"
	counters = "&uploaded=5&downloaded=6&left=7"
	usual    = infoHash + peerID + "&port=51413" + counters + "&event=started"
)

// parse reads a query after a path, as the proxy does with an origin-form request; ok is false too for bytes that no
// request line holds.
func parse(path, query string) (r httptracker.Request, raw []byte, ok bool) {
	raw = []byte("GET " + path + "?" + query + " HTTP/1.1\r\nHost: t\r\n\r\n")
	var head httphead.Request
	if head.Parse(raw) != nil {
		return r, raw, false
	}
	p, q := head.Origin()
	if string(p.Of(raw)) != path {
		return r, raw, false
	}
	r, ok = httptracker.Parse(raw, "http", "t", p, q)
	return r, raw, ok
}

func TestAnAnnounceIsRead(t *testing.T) {
	r, _, ok := parse("/announce", usual)
	want := bittorrent.Announce{
		InfoHash: bittorrent.InfoHash([]byte("aaaaaaaaaaaaaaaaaaaa")), PeerID: bittorrent.PeerID([]byte("-TR4140-bbbbbbbbbbbb")),
		Event: bittorrent.EventStarted, Counters: bittorrent.Counters{Uploaded: 5, Downloaded: 6, Left: 7}, Port: 51413,
	}
	if !ok || r.Scrape || r.Announce != want || r.Tracker.Secret() != "http://t/announce" {
		t.Errorf("unexpected result: %v %+v", ok, r)
	}
}

func TestParametersThatMayHoldAPasskeyAreRecognised(t *testing.T) {
	for query, want := range map[string][2]bool{
		usual: {}, usual + "&numwant=80&compact=1&no_peer_id=1&key=abc&supportcrypto=1&ipv6=::1&trackerid=x": {},
		usual + "&passkey=0123": {true, false}, usual + "&pk=1&ip=192.0.2.1": {true, true}, usual + "&ip=&auth=": {},
	} {
		if r, _, ok := parse("/announce", query); !ok || r.Announce.Keyed != want[0] || r.Announce.Elsewhere != want[1] {
			t.Errorf("%s: parse returned %v %+v", query, ok, r.Announce)
		}
	}
}

// TestOddAnnouncesAreRecognised: unusual queries of real clients and trackers are certainly announces, too.
func TestOddAnnouncesAreRecognised(t *testing.T) {
	for _, c := range []struct {
		name, path, query string
		uploaded          uint64
	}{
		{"a passkey in the path", "/0123456789abcdef0123456789abcdef/announce", usual, 5},
		{"a passkey behind the path", "/announce/0123456789abcdef0123456789abcdef", usual, 5},
		{"a passkey in the query", "/announce.php", "passkey=0123456789abcdef&" + usual, 5},
		{"a path of any name", "/tracker.php", usual, 5},
		{"no path but a slash", "/", usual, 5},
		{"a path that begins with uploaded=", "/uploaded=9/announce", usual, 5},
		{"no peer_id", "/announce", infoHash + counters, 5},
		{"only what must be there", "/announce", infoHash + "&uploaded=5", 5},
		{"uploaded first", "/announce", "uploaded=5&" + infoHash, 5},
		{"info_hash last", "/announce", "uploaded=5&left=0&" + infoHash, 5},
		{"nothing uploaded", "/announce", infoHash + "&uploaded=0", 0},
		{"leading zeros", "/announce", infoHash + "&uploaded=0000000000000000005", 5},
		{"2^63 - 1", "/announce", infoHash + "&uploaded=9223372036854775807", 1<<63 - 1},
		{"empty parameters", "/announce", "&&" + usual + "&&", 5},
		{"an empty value", "/announce", usual + "&trackerid=", 5},
		{"an empty event", "/announce", infoHash + peerID + counters + "&event=", 5},
		{"an unknown event", "/announce", infoHash + peerID + counters + "&event=update", 5},
		{"a parameter without =", "/announce", usual + "&supportcrypto", 5},
		{"a parameter that is an =", "/announce", usual + "&=", 5},
		{"a parameter with two =", "/announce", usual + "&key=a=b", 5},
		{"an unknown counter below zero", "/announce", infoHash + peerID + "&uploaded=5&downloaded=-1&left=-1", 5},
		{"a raw |", "/announce", usual + "&x=a|b", 5},
		{"bytes over 127", "/announce", usual + "&key=\xf1~\xbd", 5},
		{"bytes over 127 in the hash", "/announce", "info_hash=\xf1\xbd\xff\x80aaaaaaaaaaaaaaaa&uploaded=5", 5},
		{"an invalid escape elsewhere", "/announce", usual + "&x=%zz&%z=%", 5},
		{"a blank as plus", "/announce", usual + "&x=a+b", 5},
		{"a semicolon in a value", "/announce", usual + "&trackerid=a;b=c", 5},
		{"a name like one that counts", "/announce", usual + "&uploaded2=9&Xuploaded=9&my_info_hash=9&upload=9&uploade%64x=9&corrupt=9", 5},
		{"a name in a value", "/announce", usual + "&x=uploaded", 5},
		{"the hash escaped throughout", "/announce", "info_hash=" + strings.Repeat("%aF", 20) + "&uploaded=5", 5},
		{"a second question mark", "/announce", "x?&" + usual, 5},
		{"no passkey but a percent in the path", "/%61nnounce", usual, 5},
	} {
		r, raw, ok := parse(c.path, c.query)
		if !ok || r.Scrape || r.Announce.Counters.Uploaded != c.uploaded {
			t.Errorf("%s: recognised %v with uploaded %d", c.name, ok, r.Announce.Counters.Uploaded)
			continue
		}
		mustReport(t, c.name, &r, raw, 123456789)
	}
}

// TestDoubtfulAnnouncesAreNotRecognised: some tracker might read them otherwise than we do, so they pass untouched.
func TestDoubtfulAnnouncesAreNotRecognised(t *testing.T) {
	for name, query := range map[string]string{
		"nothing":                          "",
		"no uploaded":                      infoHash + peerID + "&left=0",
		"no info_hash":                     "peer_id=-TR4140-bbbbbbbbbbbb" + counters,
		"two uploaded":                     usual + "&uploaded=5",
		"two uploaded, one empty":          usual + "&uploaded=",
		"uploaded without =":               usual + "&uploaded",
		"only uploaded without =":          infoHash + "&uploaded",
		"an empty uploaded":                infoHash + "&uploaded=",
		"plus":                             infoHash + "&uploaded=+5",
		"minus":                            infoHash + "&uploaded=-5",
		"a fraction":                       infoHash + "&uploaded=5.0",
		"an exponent":                      infoHash + "&uploaded=5e3",
		"hexadecimal":                      infoHash + "&uploaded=0x5",
		"a blank before":                   infoHash + "&uploaded=%205",
		"a blank behind":                   infoHash + "&uploaded=5+",
		"an escaped digit":                 infoHash + "&uploaded=%31",
		"an escaped digit behind":          infoHash + "&uploaded=5%31",
		"a second =":                       infoHash + "&uploaded=5=6",
		"no =, but a number":               infoHash + "&uploaded5",
		"20 digits":                        infoHash + "&uploaded=00000000000000000005",
		"2^63":                             infoHash + "&uploaded=9223372036854775808",
		"2^64":                             infoHash + "&uploaded=18446744073709551616",
		"digits of another script":         infoHash + "&uploaded=\xd9\xa5",
		"only uploaded2":                   infoHash + "&uploaded2=5",
		"only Xuploaded":                   infoHash + "&Xuploaded=5",
		"capitals":                         infoHash + "&Uploaded=5",
		"capitals beside":                  usual + "&UPLOADED=5",
		"an escaped name":                  infoHash + "&%75ploaded=5",
		"an escaped name beside":           usual + "&%75ploaded=9",
		"a name escaped throughout beside": usual + "&%75%70%6C%6f%61%64%65%64=9",
		"an escaped name without =":        usual + "&%75ploaded",
		"an array":                         infoHash + "&uploaded[]=5",
		"an array beside":                  usual + "&uploaded[]=9",
		"an array with a key beside":       usual + "&uploaded[0]=9",
		"an escaped array beside":          usual + "&uploaded%5B%5D=9",
		"a blank before the name":          usual + "&+uploaded=9",
		"an escaped blank before it":       usual + "&%20uploaded=9",
		"a blank behind the name":          usual + "&uploaded+=9",
		"a zero byte behind the name":      usual + "&uploaded%00=9",
		"a zero byte and more behind it":   usual + "&uploaded%00x=9",
		"a semicolon before":               usual + "&x=1;uploaded=9",
		"a semicolon before, no &":         infoHash + ";uploaded=5",
		"a semicolon behind":               infoHash + "&uploaded=5;x=1",
		"a semicolon behind the name":      infoHash + "&uploaded;x=5",
		"a semicolon behind a hash":        infoHash + ";x=1&uploaded=5",
		"an escaped name behind one":       usual + "&x=1;%75ploaded=9",
		"an escaped name before one":       usual + "&%75ploaded;x=9",
		"an array before one":              usual + "&uploaded[];x=9",
		"a fragment's sign":                usual + "&x=1;info_hash",
		"two info_hash":                    usual + "&info_hash=aaaaaaaaaaaaaaaaaaaa",
		"two different info_hash":          usual + "&info_hash=bbbbbbbbbbbbbbbbbbbb",
		"an escaped second info_hash":      usual + "&info%5Fhash=bbbbbbbbbbbbbbbbbbbb",
		"a second info_hash, as PHP reads": usual + "&info.hash=bbbbbbbbbbbbbbbbbbbb",
		"another, as PHP reads":            usual + "&info+hash=bbbbbbbbbbbbbbbbbbbb",
		"yet another, as PHP reads":        usual + "&info[hash=bbbbbbbbbbbbbbbbbbbb",
		"info_hash without =":              usual + "&info_hash",
		"an empty info_hash":               "info_hash=&uploaded=5",
		"a hash of 19 bytes":               "info_hash=aaaaaaaaaaaaaaaaaaa&uploaded=5",
		"a hash of 21 bytes":               "info_hash=aaaaaaaaaaaaaaaaaaaaa&uploaded=5",
		"a hash in hex":                    "info_hash=" + strings.Repeat("61", 20) + "&uploaded=5",
		"a hash with an invalid escape":    "info_hash=%zzaaaaaaaaaaaaaaaaaaa&uploaded=5",
		"a hash with a cut escape":         "info_hash=aaaaaaaaaaaaaaaaaaa%6&uploaded=5",
		"a hash with a lone percent":       "info_hash=aaaaaaaaaaaaaaaaaaa%&uploaded=5",
		"two peer_id":                      usual + "&peer_id=-TR4140-bbbbbbbbbbbb",
		"a peer_id of 19 bytes":            infoHash + "&peer_id=-TR4140-bbbbbbbbbbb" + counters,
		"a peer_id of 21 bytes":            infoHash + "&peer_id=-TR4140-bbbbbbbbbbbbb" + counters,
	} {
		if r, _, ok := parse("/announce", query); ok {
			t.Errorf("%s: recognised %q as %+v", name, query, r.Announce)
		}
	}
	for name, path := range map[string]string{"a scrape's path": "/scrape", "a scrape's path in a folder": "/a/scrape.php", "a path with uploaded and no query": "/uploaded=5"} {
		query := usual
		if strings.Contains(path, "uploaded") {
			query = infoHash + peerID
		}
		if r, _, ok := parse(path, query); ok {
			t.Errorf("%s: recognised as %+v", name, r)
		}
	}
}

// TestATargetWithAFragmentIsRefused: a target with a raw fragment is refused before it is read.
func TestATargetWithAFragmentIsRefused(t *testing.T) {
	raw := []byte("GET http://t/announce?" + usual + "#&uploaded=9 HTTP/1.1\r\nHost: t\r\n\r\n")
	var head httphead.Request
	if err := head.Parse(raw); err != nil {
		t.Fatal(err)
	}
	a, _ := head.Absolute()
	if _, err := head.Forward(nil, a); err == nil {
		t.Error("a target with a fragment was accepted")
	}
}

func TestScrapesAreRead(t *testing.T) {
	a, b := bittorrent.InfoHash([]byte("aaaaaaaaaaaaaaaaaaaa")), bittorrent.InfoHash([]byte("bbbbbbbbbbbbbbbbbbbb"))
	for _, c := range []struct {
		path, query string
		hashes      []bittorrent.InfoHash
	}{
		{"/scrape", infoHash, []bittorrent.InfoHash{a}},
		{"/scrape.php", "passkey=x&" + infoHash + "&info_hash=bbbbbbbbbbbbbbbbbbbb", []bittorrent.InfoHash{a, b}},
		{"/0123456789abcdef/scrape", infoHash + "&" + infoHash, []bittorrent.InfoHash{a, a}},
		{"/scrape", "", nil},
	} {
		r, _, ok := parse(c.path, c.query)
		if !ok || !r.Scrape || !reflect.DeepEqual(r.Hashes, c.hashes) {
			t.Errorf("%s?%s: parse returned %v %v", c.path, c.query, ok, r.Hashes)
		}
	}
	for _, path := range []string{"/announce", "/", "/scrapes/announce", "/xscrape"} {
		if _, _, ok := parse(path, infoHash); ok {
			t.Errorf("%s was not recognised as a scrape", path)
		}
	}
}

func TestReportingTheSameTotalMakesNoEdit(t *testing.T) {
	for _, digits := range []string{"0", "7", "007", "9223372036854775807"} {
		r, _, ok := parse("/announce", infoHash+"&uploaded="+digits)
		if !ok {
			t.Fatalf("%s is not recognised", digits)
		}
		if e, ok := r.Report(r.Announce.Counters.Uploaded); ok {
			t.Errorf("%s is replaced by %s", digits, e.New)
		}
	}
}

// readers are how trackers read one name of a query: each gives every value it sees, in order. They share no code with
// the package.
var readers = map[string]func(query, name string) []string{
	"at &": func(query, name string) []string { return valuesOf(strings.Split(query, "&"), name, plainName) },
	"at & and ;": func(query, name string) []string {
		return valuesOf(strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' }), name, plainName)
	},
	"as PHP": func(query, name string) []string { return valuesOf(strings.Split(query, "&"), name, nameOfPHP) },
	"without case": func(query, name string) []string {
		return valuesOf(strings.Split(query, "&"), name, func(s string) string { return strings.ToLower(plainName(s)) })
	},
	"net/url": func(query, name string) []string {
		v, _ := url.ParseQuery(query) // it leaves out what it cannot read
		return v[name]
	},
}

func valuesOf(pairs []string, name string, read func(string) string) (values []string) {
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		if read(k) == name {
			values = append(values, plainName(v))
		}
	}
	return values
}

// plainName takes valid escapes off and leaves the others.
func plainName(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		if s[i] == '+' {
			b.WriteByte(' ')
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// nameOfPHP returns a name as PHP reads it: no blanks in front, nothing from a zero byte on, arrays by their name, and
// no dot, blank or lone bracket within.
func nameOfPHP(s string) string {
	s = strings.TrimLeft(plainName(s), " ")
	s, _, _ = strings.Cut(s, "\x00")
	if i := strings.IndexByte(s, '['); i > 0 && strings.IndexByte(s[i:], ']') > 0 {
		s = s[:i]
	}
	return strings.NewReplacer(".", "_", " ", "_", "[", "_").Replace(s)
}

// mustReport checks that every way of reading the query finds the reported total, and only that, in the request as it
// is sent, and that nothing but its digits has changed.
func mustReport(t *testing.T, name string, r *httptracker.Request, raw []byte, total uint64) {
	t.Helper()
	out, digits := raw, ""
	if e, ok := r.Report(total); ok {
		digits = string(e.Of(raw))
		if digits == "" || strings.Trim(digits, "0123456789") != "" || !bytes.HasSuffix(raw[:e.Start], []byte("uploaded=")) {
			t.Fatalf("%s: the edit replaces %q behind %q", name, digits, raw[:e.Start])
		}
		out = httphead.Apply(nil, raw, e)
	} else if total != r.Announce.Counters.Uploaded {
		t.Fatalf("%s: the edit does not report %d instead of %d", name, total, r.Announce.Counters.Uploaded)
	}
	_, query, _ := strings.Cut(strings.Split(string(out), " ")[1], "?") // not Fields: a path may hold blanks of Unicode
	for how, values := range readers {
		if got := values(query, "uploaded"); len(got) != 1 || strings.TrimLeft(got[0], "0") != strings.TrimLeft(strconv.FormatUint(total, 10), "0") {
			t.Fatalf("%s: read %s, %q has %q, want %d", name, how, query, got, total)
		}
		if got := values(query, "info_hash"); len(got) != 1 {
			t.Fatalf("%s: read %s, %q has %d hashes, want 1", name, how, query, len(got))
		}
	}
}
