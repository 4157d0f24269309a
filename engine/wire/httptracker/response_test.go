package httptracker

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

const (
	peer4 = "\x7f\x00\x00\x01\x1a\xe1"
	peer6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1a\xe1"
	hashA = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\xff"
	hashB = "infohashinfohashinfo"
)

func swarmOf(seeders, leechers, downloads int64) bittorrent.Swarm {
	return bittorrent.Swarm{Seeders: seeders, Leechers: leechers, Downloads: downloads}
}

// The answers are as each tracker's source writes them: its keys, in its order.
var announceAnswers = []struct {
	name, body string
	want       bittorrent.AnnounceResponse
}{
	{
		"opentracker", "d8:completei4e10:downloadedi9e10:incompletei1e8:intervali1742e12:min intervali871e5:peers12:" + peer4 + peer4 + "e",
		bittorrent.AnnounceResponse{Interval: 1742 * time.Second, MinInterval: 871 * time.Second, Swarm: swarmOf(4, 1, 9), Peers: 2},
	},
	{
		"opentracker with IPv6", "d8:completei1e10:downloadedi0e10:incompletei1e8:intervali1800e12:min intervali900e6:peers618:" + peer6 + "e",
		bittorrent.AnnounceResponse{Interval: 30 * time.Minute, MinInterval: 15 * time.Minute, Swarm: swarmOf(1, 1, 0), Peers: 1},
	},
	{
		"Ocelot", "d8:completei3e10:downloadedi7e10:incompletei2e8:intervali1800e12:min intervali1800e5:peers6:" + peer4 +
			"15:warning message23:Illegal character foun!e",
		bittorrent.AnnounceResponse{Interval: 30 * time.Minute, MinInterval: 30 * time.Minute, Swarm: swarmOf(3, 2, 7), Peers: 1, Warning: "Illegal character foun!"},
	},
	{
		"Ocelot refuses", "d14:failure reason17:Passkey not found8:intervali5400e12:min intervali5400ee",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "Passkey not found"},
	},
	{
		"XBT", "d8:completei0e10:incompletei1e8:intervali1800e12:min intervali1800e5:peers0:e",
		bittorrent.AnnounceResponse{Interval: 30 * time.Minute, MinInterval: 30 * time.Minute, Swarm: swarmOf(0, 1, -1)},
	},
	{
		"UNIT3D", "d8:completei12e10:downloadedi40e10:incompletei2e8:intervali2134e12:min intervali1800e5:peers6:" + peer4 + "6:peers618:" + peer6 + "e",
		bittorrent.AnnounceResponse{Interval: 2134 * time.Second, MinInterval: 30 * time.Minute, Swarm: swarmOf(12, 2, 40), Peers: 2},
	},
	{
		"UNIT3D refuses", "d14:failure reason56:Your client has been blocked. Please use another client.8:intervali5400e12:min intervali5400ee",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "Your client has been blocked. Please use another client."},
	},
	{
		"bittorrent-tracker", "d8:completei1e10:incompletei0e5:peers6:" + peer4 + "6:peers60:8:intervali600ee",
		bittorrent.AnnounceResponse{Interval: 10 * time.Minute, Swarm: swarmOf(1, 0, -1), Peers: 1},
	},
	{
		"bittorrent-tracker, not compact", "d8:completei1e10:incompletei1e5:peersld2:ip9:127.0.0.17:peer id20:-WW0202-abcdefghijkl4:porti6881eed2:ip3:::14:porti6882eee8:intervali600ee",
		bittorrent.AnnounceResponse{Interval: 10 * time.Minute, Swarm: swarmOf(1, 1, -1), Peers: 2},
	},
	{
		"tracker id", "d8:intervali12e5:peers0:10:tracker id5:TID42e",
		bittorrent.AnnounceResponse{Interval: 12 * time.Second, TrackerID: "TID42", Swarm: bittorrent.UnknownSwarm},
	},
	{"nothing said", "de", bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm}},
	{
		"bytes after the end", "d8:intervali60ee\r\n<!-- served by cdn -->",
		bittorrent.AnnounceResponse{Interval: time.Minute, Swarm: bittorrent.UnknownSwarm},
	},
	{
		"wrong types cost only their own keys", "d8:complete2:128:intervalli1ee12:min intervali60e5:peersi7e6:peers618:" + peer6 + "10:tracker idi1e15:warning messagedee",
		bittorrent.AnnounceResponse{MinInterval: time.Minute, Swarm: bittorrent.UnknownSwarm, Peers: 1},
	},
	{
		"negative numbers", "d8:completei-1e10:incompletei-9223372036854775808e8:intervali-5e12:min intervali-1ee",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm},
	},
	{
		"absurd intervals", "d8:intervali9223372036854775807e12:min intervali604801ee",
		bittorrent.AnnounceResponse{Interval: 7 * 24 * time.Hour, MinInterval: 7 * 24 * time.Hour, Swarm: bittorrent.UnknownSwarm},
	},
	{
		"a cut peer does not count", "d5:peers7:" + peer4 + "xe",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Peers: 1},
	},
	{"refused without words", "d14:failure reason0:e", bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "no reason given"}},
	{
		"refused for now", "d14:failure reason4:busy8:retry ini10ee",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "busy", RetryIn: 10 * time.Minute},
	},
	{"refused for good", "d14:failure reason2:no8:retry in5:nevere", bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "no"}},
	{
		"refused for an age", "d14:failure reason4:busy8:retry ini9223372036854775807ee",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "busy", RetryIn: 7 * 24 * time.Hour},
	},
	{"refused with a number", "d14:failure reasoni7e8:intervali9ee", bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "no reason given"}},
	{
		"a passkey repeated in the refusal", "d14:failure reason60:Passkey 0123456789abcdef0123456789abcdef is not in our listse",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "Passkey … is not in our lists"},
	},
	{
		"a terminal is not moved", "d14:failure reason37:no\x1b[2J\r\nway \xff \xe2\x80\xae txt\x00\x07\xc2\x85 \xc3\xa9 end.....e",
		bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: "no[2J way \uFFFD txt é end....."},
	},
}

func TestParseAnnounceResponseReadsRealTrackers(t *testing.T) {
	for _, c := range announceAnswers {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseAnnounceResponse([]byte(c.body))
			if err != nil || got != c.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
			if good := IsGood(200, got, err); good != (c.want.Failure == "") {
				t.Errorf("IsGood returned %v", good)
			}
			if IsGood(404, got, err) || IsGood(0, got, err) || IsGood(206, got, err) {
				t.Error("IsGood accepted another status than 200")
			}
		})
	}
}

func TestAnAnswerThatIsNoDictionaryIsAnError(t *testing.T) {
	for _, body := range []string{
		"", "le", "i1e", "4:spam", "<html><title>Log in</title></html>", "d8:intervali1800e", "d8:intervali18",
		"2000000000:x", "d5:peers2000000000:x", "d1:a" + strings.Repeat("l", 9) + strings.Repeat("e", 9) + "e",
		"d8:intervali01ee", "\xef\xbb\xbfd8:intervali60ee", "d5:peers2097152:" + strings.Repeat("x", 2<<20) + "e",
	} {
		r, err := ParseAnnounceResponse([]byte(body))
		if !errors.Is(err, ErrNotBencode) || r != (bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm}) {
			t.Errorf("%.20q: ParseAnnounceResponse returned %+v, %v", body, r, err)
		}
		if IsGood(200, r, err) {
			t.Errorf("IsGood accepted %.20q", body)
		}
		s, err := ParseScrapeResponse([]byte(body))
		if !errors.Is(err, ErrNotBencode) || !reflect.DeepEqual(s, bittorrent.ScrapeResponse{}) {
			t.Errorf("%.20q: ParseScrapeResponse returned %+v, %v", body, s, err)
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	for _, letter := range []string{"x", "é", "€", "😀"} {
		text := strings.Repeat(letter, 400)
		body, err := bencode.Marshal(map[string]any{"warning message": text + text})
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseAnnounceResponse(body)
		if err != nil || len(r.Warning) > 500 || len(r.Warning) < 490 || !utf8.ValidString(r.Warning) || !strings.HasSuffix(r.Warning, letter+"…") {
			t.Errorf("a warning of %q has %d bytes: %v", letter, len(r.Warning), err)
		}
	}
}

func TestParseScrapeResponseReadsRealTrackers(t *testing.T) {
	a, b := bittorrent.InfoHash([]byte(hashA)), bittorrent.InfoHash([]byte(hashB))
	for _, c := range []struct {
		name, body string
		want       bittorrent.ScrapeResponse
	}{
		{
			"opentracker", "d5:filesd20:" + hashA + "d8:completei4e10:downloadedi9e10:incompletei1eeee",
			bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{a: swarmOf(4, 1, 9)}},
		},
		{
			"Ocelot, keys out of order", "d5:filesd20:" + hashA + "d8:completei1e10:incompletei2e10:downloadedi3ee20:" + hashB + "d8:completei4e10:incompletei5e10:downloadedi6eeee",
			bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{a: swarmOf(1, 2, 3), b: swarmOf(4, 5, 6)}},
		},
		{
			"XBT, with flags", "d5:filesd20:" + hashB + "d8:completei1e10:downloadedi2e10:incompletei3eee5:flagsd20:min_request_intervali1800eee",
			bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{b: swarmOf(1, 3, 2)}, MinRequestInterval: 30 * time.Minute},
		},
		{
			"with a name", "d5:filesd20:" + hashA + "d8:completei1e4:name15:Some\r\nfile\x07.isoeee",
			bittorrent.ScrapeResponse{
				Files: map[bittorrent.InfoHash]bittorrent.Swarm{a: swarmOf(1, -1, -1)},
				Names: map[bittorrent.InfoHash]string{a: "Some file.iso"},
			},
		},
		{"nothing known", "d5:filesdee", bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{}}},
		{"no files at all", "de", bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{}}},
		{
			"wrong types cost only their own keys", "d5:filesd3:abcde20:" + hashB + "d8:completei1ee20:" + hashA + "lee5:flagsi1ee",
			bittorrent.ScrapeResponse{Files: map[bittorrent.InfoHash]bittorrent.Swarm{b: swarmOf(1, -1, -1)}},
		},
		{"refused", "d5:filesde14:failure reason11:no scraping5:flagsd20:min_request_intervali1800eee", bittorrent.ScrapeResponse{Failure: "no scraping"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseScrapeResponse([]byte(c.body))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

// shownSafely checks that a sentence is safe for a log, a terminal and a window.
func shownSafely(t *testing.T, s string, masked bool) {
	t.Helper()
	if len(s) > 500 || !utf8.ValidString(s) {
		t.Fatalf("%q has %d bytes, valid %v", s, len(s), utf8.ValidString(s))
	}
	word, digits := 0, false
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) && r != ' ' {
			t.Fatalf("%q has the character %U", s, r)
		}
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			word, digits = word+1, digits || r <= '9'
		} else {
			word, digits = 0, false
		}
		if masked && word >= 16 && digits {
			t.Fatalf("%q may have a passkey", s)
		}
	}
}

func FuzzParseAnnounceResponse(f *testing.F) {
	for _, c := range announceAnswers {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseAnnounceResponse(body)
		if err != nil {
			if !errors.Is(err, ErrNotBencode) || r != (bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm}) {
				t.Fatalf("the parser returned %+v with error %v", r, err)
			}
			return
		}
		if r.Interval < 0 || r.Interval > maxInterval || r.MinInterval < 0 || r.MinInterval > maxInterval || r.RetryIn < 0 || r.RetryIn > maxInterval {
			t.Fatalf("the intervals are out of bounds: %v, %v, %v", r.Interval, r.MinInterval, r.RetryIn)
		}
		if r.Peers < 0 || r.Peers > len(body) || min(r.Swarm.Seeders, r.Swarm.Leechers, r.Swarm.Downloads) < -1 {
			t.Fatalf("unexpected result: %+v", r)
		}
		shownSafely(t, r.Failure, true)
		shownSafely(t, r.Warning, true)
		if r.Failure != "" && r != (bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: r.Failure, RetryIn: r.RetryIn}) {
			t.Fatalf("a refusal has other fields: %+v", r)
		}
	})
}

func FuzzParseScrapeResponse(f *testing.F) {
	for _, s := range []string{
		"de", "d5:filesdee", "d5:filesd20:" + hashA + "d8:completei4e10:downloadedi9e10:incompletei1e4:name1:xeee",
		"d14:failure reason2:noe", "d5:filesle5:flagsd20:min_request_intervali99999999eee",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseScrapeResponse(body)
		if err != nil && (!errors.Is(err, ErrNotBencode) || !reflect.DeepEqual(r, bittorrent.ScrapeResponse{})) {
			t.Fatalf("the parser returned %+v with error %v", r, err)
		}
		if r.MinRequestInterval < 0 || r.MinRequestInterval > maxInterval || (r.Failure != "" && r.Files != nil) {
			t.Fatalf("unexpected result: %+v", r)
		}
		shownSafely(t, r.Failure, true)
		for hash, name := range r.Names {
			shownSafely(t, name, false)
			if _, ok := r.Files[hash]; !ok {
				t.Fatalf("%s has a name but no counts", hash)
			}
		}
	})
}

func BenchmarkParseAnnounceResponse(b *testing.B) {
	body := []byte("d8:completei12e10:downloadedi40e10:incompletei2e8:intervali2134e12:min intervali1800e5:peers1200:" +
		strings.Repeat(peer4, 200) + "6:peers60:e")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseAnnounceResponse(body); err != nil {
			b.Fatal(err)
		}
	}
}

func TestIntervalsAreReplacedInPlace(t *testing.T) {
	for body, want := range map[string]string{
		"d8:intervali1800e12:min intervali900e5:peers0:e": "d8:intervali300e12:min intervali300e5:peers0:e",
		"d5:peers12:8:intervali18:intervali1800ee":        "d5:peers12:8:intervali18:intervali300ee",
		"d5:peers14:x8:intervali5e8:intervali60ee":        "d5:peers14:x8:intervali5e8:intervali300ee",
		"d8:intervali60ee":                                "d8:intervali300ee",
		"d5:peers0:e":                                     "",
		"d8:interval2:60e":                                "",
		"<html>":                                          "",
		"":                                                "",
	} {
		if got, ok := SetIntervals([]byte(body), 300*time.Second); ok != (want != "") || ok && string(got) != want {
			t.Errorf("%q became %q, %v", body, got, ok)
		}
	}
}

func TestADictionaryIsFoundAfterPHPWarnings(t *testing.T) {
	for body, want := range map[string]bool{
		"d8:intervali60ee": true,
		"<b>Warning</b>: Undefined index in <b>/d.php</b>\nd8:intervali60e5:peers0:e": true,
		"<html>d8:interval</html>":               false,
		"de":                                     false,
		"":                                       false,
		strings.Repeat("d", 100_000):             false,
		strings.Repeat(" ", 70_000) + "d1:ai1ee": false,
	} {
		if got := HoldsDictionary([]byte(body)); got != want {
			t.Errorf("%.80q: %v, want %v", body, got, want)
		}
	}
}
