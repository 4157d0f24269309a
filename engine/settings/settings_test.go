package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

const secret = "0123456789abcdef0123456789abcdef"

// TestAFileOfVersion1Loads reads a file that the first version wrote. The file must never be changed.
func TestAFileOfVersion1Loads(t *testing.T) {
	b, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Version: 1, Listen: "127.0.0.1:8123", Multiplier: 2500,
		TrackerMultipliers: map[string]policy.Factor{"Tracker.Example:80": 4000, "tracker.example:6969": 1000},
		TorrentMultipliers: map[string]policy.Factor{"167b734bc7816ae798b662fcadc245d153cd187a": 1125},
		Ceiling:            1_250_000, JoinDuplicates: false, AllowNetworks: []string{"192.168.1.0/24", "fd00::/8"}, ReadNames: true, ActivityDays: 30, ActivityMiB: 50,
		Swarm:  Swarm{Routers: Routers()},
		Window: Window{StartEngine: true, CloseToTray: false, StartHidden: true, Theme: "dark", TextSize: "normal", Language: "system", Notify: true},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestEverySettingIsWrittenAsItWasRead: full.json has every key with a value other than its default.
func TestEverySettingIsWrittenAsItWasRead(t *testing.T) {
	b, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Format(&got, b); err != nil || !bytes.Equal(again, b) {
		t.Errorf("written again it is\n%s, %v", again, err)
	}
}

func TestInvalidValuesAreNamedByField(t *testing.T) {
	for _, c := range []struct{ text, field, reason string }{
		{`{"version": 2}`, "version", "newer"},
		{`{"version": 2, "listen": 7, "multiplier": "fast"}`, "version", "newer"},
		{`{"version": 0}`, "version", "is 0"},
		{`{"version": "1"}`, "version", "kind"},
		{`[]`, "settings.json", "kind"},
		{`"text"`, "settings.json", "kind"},
		{`{"listen": 8080}`, "listen", "kind"},
		{`{"listen": "8080"}`, "listen", "host:port"},
		{`{"listen": ":8080"}`, "listen", "127.0.0.1"},
		{`{"listen": "myhost:8080"}`, "listen", "not an address"},
		{`{"listen": "127.0.0.1:65536"}`, "listen", "65535"},
		{`{"listen": "127.0.0.1:+80"}`, "listen", "65535"},
		{`{"listen": "127.0.0.1:"}`, "listen", "65535"},
		{`{"listen": "0.0.0.0:8080"}`, "allow_networks", "0.0.0.0"},
		{`{"listen": "[::]:8080"}`, "allow_networks", "::"},
		{`{"listen": "192.168.1.5:8080"}`, "allow_networks", "192.168.1.5"},
		{`{"listen": "[::ffff:192.168.1.5]:8080"}`, "allow_networks", "192.168.1.5"},
		{`{"allow_networks": ["192.168.1.5"]}`, "allow_networks", "192.168.1.0/24"},
		{`{"allow_networks": "192.168.1.0/24"}`, "allow_networks", "kind"},
		{`{"multiplier": 0.5}`, "multiplier", "1 to 100"},
		{`{"multiplier": 101}`, "multiplier", "1 to 100"},
		{`{"multiplier": 1.2345}`, "multiplier", "three decimals"},
		{`{"multiplier": "3"}`, "multiplier", "1 to 100"},
		{`{"multiplier": null}`, "multiplier", "1 to 100"},
		{`{"multiplier": 1e1}`, "multiplier", "1 to 100"},
		{`{"tracker_multipliers": {"a.example": 0}}`, "tracker_multipliers", "1 to 100"},
		{`{"tracker_multipliers": {"a.example": {}}}`, "tracker_multipliers", "1 to 100"},
		{`{"tracker_multipliers": {"http://a.example/` + secret + `/announce": 2}}`, "tracker_multipliers", "host[:port]"},
		{`{"torrent_multipliers": {"abc": 2}}`, "torrent_multipliers", "40"},
		{`{"torrent_multipliers": {"167b734bc7816ae798b662fcadc245d153cd187a": 1000}}`, "torrent_multipliers", "1 to 100"},
		{`{"ceiling": -1}`, "ceiling", "kind"},
		{`{"tracker_ceilings": {"http://a.example/` + secret + `/announce": 2}}`, "tracker_ceilings", "host[:port]"},
		{`{"stop_ratio": 0.05}`, "stop_ratio", "0.1 to 1000"},
		{`{"stop_ratio": "2"}`, "stop_ratio", "0.1 to 1000"},
		{`{"tracker_stop_ratios": {"a.example": 2000}}`, "tracker_stop_ratios", "0.1 to 1000"},
		{`{"torrent_folders": ["torrents"]}`, "torrent_folders", "whole path"},
		{`{"window": {"theme": "pink"}}`, "window.theme", "dark"},
		{`{"window": {"text_size": "huge"}}`, "window.text_size", "large"},
		{`{"window": {"start_hidden": 1}}`, "window.start_hidden", "kind"},
		{`{"window": 1}`, "window", "kind"},
		{`{"swarm": {"port": 65536}}`, "swarm.port", "kind"},
		{`{"swarm": {"bind": " tun0"}}`, "swarm.bind", "interface"},
		{`{"swarm": {"routers": ["router.example"]}}`, "swarm.routers", "host:port"},
		{`{"swarm": {"routers": ["router.example:0"]}}`, "swarm.routers", "host:port"},
		{`{"swarm": {"routers": [":6881"]}}`, "swarm.routers", "host:port"},
	} {
		_, err := Parse([]byte(c.text))
		var se *Error
		if !errors.As(err, &se) || se.Field != c.field || !strings.Contains(se.Reason, c.reason) {
			t.Errorf("%s: unexpected error %v", c.text, err)
			continue
		}
		if strings.Contains(se.Error(), secret) {
			t.Errorf("%s: the error repeats a passkey", c.text)
		}
	}
}

// TestASyntaxErrorHasItsLineAndColumn: each text has a mistake that editors or people make; line and column are those
// that an editor shows.
func TestASyntaxErrorHasItsLineAndColumn(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
		slip         Slip
	}{
		{"empty", "", 1, 1, SlipEmpty},
		{"blank", " \n\n", 1, 1, SlipEmpty},
		{"an open brace", "{", 1, 2, SlipUnshut},
		{"cut off", "{\n  \"listen\": \"127", 2, 17, SlipUnshut},
		{"a comment", "{\n  // my tracker forbids it\n  \"version\": 1\n}\n", 2, 3, SlipComment},
		{"a comment behind an accent", "{\"é\": 1, # no\n}", 1, 10, SlipComment},
		{"a comma too many", "{\r\n  \"multiplier\": 1,\r\n}\r\n", 3, 1, SlipComma},
		{"a comma too many in a list", `{"allow_networks": ["10.0.0.0/8",]}`, 1, 34, SlipComma},
		{"single quotes", `{'version': 1}`, 1, 2, SlipOther},
		{"something behind", `{} x`, 1, 4, SlipOther},
		{"zeros", "\x00\x00\x00\x00", 1, 1, SlipOther},
		{"UTF-16, little end first", "\xff\xfe{\x00}\x00", 1, 1, SlipEncoding},
		{"UTF-16, big end first", "\xfe\xff\x00{\x00}", 1, 1, SlipEncoding},
		{"UTF-16 without a mark", "{\x00}\x00", 1, 1, SlipEncoding},
	} {
		_, err := Parse([]byte(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: unexpected error %v", c.name, err)
			continue
		}
		if syntax.Line != c.line || syntax.Column != c.column || syntax.Slip != c.slip || syntax.Reason == "" {
			t.Errorf("%s: %v, want line %d, column %d, slip %d", c.name, syntax, c.line, c.column, c.slip)
		}
	}
}

func TestAByteOrderMarkIsIgnored(t *testing.T) {
	const text = "\ufeff{\r\n  \"multiplier\": 1,\r\n  \"note\": true\r\n}\r\n"
	s, err := Parse([]byte(text))
	if err != nil || s.Multiplier != policy.One {
		t.Fatalf("%v, multiplier %v", err, s.Multiplier)
	}
	if b, err := Format(&s, []byte(text)); err != nil || !strings.Contains(string(b), `"note": true`) || strings.Contains(string(b), "\ufeff") {
		t.Errorf("written again it is %s, %v", b, err)
	}
}

func TestMissingKeysHaveTheirDefaults(t *testing.T) {
	s, err := Parse([]byte(`{"window": {"theme": "light"}}`))
	want := Default()
	want.Window.Theme = "light"
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("unexpected result: %+v, %v", s, err)
	}
	if err := want.Validate(); err != nil {
		t.Error(err)
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	s := Default()
	for _, c := range []struct{ name, old, want string }{
		{"none", `{"listen": "127.0.0.1:1"}`, ``},
		{"a note", `{"zz_note": {"b": [1, 2.50, "é"], "a": null}, "listen": "127.0.0.1:1"}`, `"zz_note": {"b": [1, 2.50, "é"], "a": null}`},
		{"in order", `{"zz": 1, "aa": 2}`, "\"aa\": 2,\n  \"zz\": 1\n}"},
		{"in the swarm's", `{"swarm": {"wobble": true, "enabled": true}}`, `"wobble": true`},
		{"in the window's", `{"window": {"wobble": true, "theme": "dark"}}`, `"wobble": true`},
		{"ours in another case is no other key", `{"Listen": "127.0.0.1:1", "Ceiling": 7, "window": {"THEME": "dark"}, "Allow_Networks": ["10.0.0.0/8"]}`, ``},
		{"what is empty does not come back", `{"tracker_multipliers": {"a.example": 2}, "allow_networks": ["10.0.0.0/8"]}`, ``},
		{"no JSON", `{"note": 1`, ``},
		{"not an object", `[1]`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Format(&s, []byte(c.old))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Parse(b); err != nil || !reflect.DeepEqual(got, s) {
				t.Errorf("read again: %+v, %v", got, err)
			}
			plain, _ := Format(&s, nil)
			if c.want == "" {
				if !bytes.Equal(b, plain) {
					t.Errorf("written as %s, want the file without a comment", b)
				}
				return
			}
			if !strings.Contains(squeeze(string(b)), squeeze(c.want)) {
				t.Errorf("%s is not in %s", c.want, b)
			}
			if again, err := Format(&s, b); err != nil || !bytes.Equal(again, b) {
				t.Errorf("written again it is %s, %v", again, err)
			}
		})
	}
}

// squeeze removes blanks and line ends, which do not matter.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestTheMostSpecificFactorApplies(t *testing.T) {
	s := Default()
	hash := bittorrent.InfoHash{1}
	s.TrackerMultipliers = map[string]policy.Factor{"Near.Example:80": 3000, "[::1]:6969": 4000}
	s.TorrentMultipliers = map[string]policy.Factor{strings.ToUpper(hash.String()): 5000}
	rules := s.Rules()
	for _, c := range []struct {
		host string
		hash bittorrent.InfoHash
		want policy.Factor
	}{
		{"far.example", bittorrent.InfoHash{2}, 2000},
		{"near.example", bittorrent.InfoHash{2}, 3000},
		{"[::1]:6969", bittorrent.InfoHash{2}, 4000},
		{"near.example", hash, 5000},
		{"far.example", hash, 5000},
	} {
		if got := rules.For(c.host, c.hash).Factor; got != c.want {
			t.Errorf("%s %s: factor %v, want %v", c.host, c.hash.Short(), got, c.want)
		}
	}
}

func TestGuardsOfTrackersReachTheRules(t *testing.T) {
	s := Default()
	s.Ceiling, s.StopRatio = 100, 3000
	s.TrackerCeilings = map[string]uint64{"Near.Example:80": 7}
	s.TrackerStopRatios = map[string]policy.Ratio{"near.example": 2000}
	rules := s.Rules()
	if r := rules.For("near.example", bittorrent.InfoHash{}); r.Global.PerSecond != 100 || r.Tracker.PerSecond != 7 || r.Stop.At != 2000 || r.Factor != s.Multiplier {
		t.Errorf("For returned %+v", r)
	}
	if r := rules.For("far.example", bittorrent.InfoHash{}); r.Tracker.PerSecond != 0 || r.Stop.At != 3000 {
		t.Errorf("For returned %+v", r)
	}
}

func TestGatewayNamesMustBeHostNames(t *testing.T) {
	for name, ok := range map[string]bool{"seedbox.example.org": true, "Box_1.example.": true, "": false, "box.example:8080": false, "http://box.example": false, "*.example": false} {
		s := Default()
		s.GatewayNames = []string{name}
		if err := s.Validate(); (err == nil) != ok {
			t.Errorf("%q: Validate returned %v", name, err)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	b, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Clone()
	// By reflection, so that new fields are checked too.
	v, w := reflect.ValueOf(s), reflect.ValueOf(c)
	for i := range v.NumField() {
		switch v.Field(i).Kind() {
		case reflect.Map, reflect.Slice, reflect.Pointer:
			if v.Field(i).Len() == 0 || v.Field(i).Pointer() == w.Field(i).Pointer() {
				t.Errorf("%s is empty or shared with the original", v.Type().Field(i).Name)
			}
		}
	}
	if c.Swarm.Routers = append(c.Swarm.Routers[:0], "x:1"); s.Swarm.Routers[0] == "x:1" {
		t.Error("Swarm.Routers is shared with the original")
	}
	c.Swarm.Routers = slices.Clone(s.Swarm.Routers)
	if !reflect.DeepEqual(s, c) {
		t.Errorf("got %+v, want %+v", c, s)
	}
}

func FuzzSettings(f *testing.F) {
	b, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, text := range []string{
		"{}", "[]", "", "null", `{"version":2}`, `{"multiplier":1.5,"Multiplier":2}`, `{"x":{"y":1},"window":{"z":[null]}}`,
		`{"window":{"theme":"dark","theme":"light"}}`, `{"allow_networks":[],"tracker_multipliers":{}}`, `{"listen":"[::1%lo]:1"}`, "\ufeff{}", "\xff\xfe{\x00}\x00", "{\n//\n}",
		`{"tracker_multipliers":{"a\u2026.example":2}}`, `{"\ud800":1}`, `{"window":{}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("parsed, but it is not valid: %v", err)
		}
		b, err := Format(&s, text)
		if err != nil {
			t.Fatalf("parsed, but it cannot be written: %v", err)
		}
		again, err := Parse(b)
		if err != nil {
			t.Fatalf("written as %s: %v", b, err)
		}
		x, _ := json.Marshal(s)
		y, _ := json.Marshal(again)
		if !bytes.Equal(x, y) {
			t.Fatalf("%s became %s", x, y)
		}
		if twice, err := Format(&again, b); err != nil || !bytes.Equal(twice, b) {
			t.Fatalf("written as %s, and again as %s, %v", b, twice, err)
		}
		s.Rules()
	})
}

// TestHasReportsOnlyKeysInTheFile: Has reports keys that are in the file, not those with a default.
func TestHasReportsOnlyKeysInTheFile(t *testing.T) {
	for text, want := range map[string]bool{
		`{"version": 1, "udp_trackers": false}`: true,
		"\ufeff" + `{"UDP_Trackers": true}`:     true, // the decoder accepts it too
		`{"version": 1}`:                        false,
		`{"window": {"udp_trackers": true}}`:    false,
		`{"udp_trackers": tr`:                   false,
		``:                                      false,
	} {
		if Has([]byte(text), "udp_trackers") != want {
			t.Errorf("%q: got %v", text, !want)
		}
	}
}
