package clients

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

// generations returns all generations, by key.
func generations(t *testing.T) map[string]Generation {
	t.Helper()
	all := map[string]Generation{}
	for _, c := range All() {
		for _, g := range c.Generations {
			if _, twice := all[g.Key]; twice {
				t.Fatalf("two generations are called %s", g.Key)
			}
			all[g.Key] = g
		}
	}
	if len(all) < 12 {
		t.Fatalf("only %d generations, want at least 12", len(all))
	}
	return all
}

func TestGuidesMatchTheirGoldenFiles(t *testing.T) {
	all := generations(t)
	for key, g := range all {
		guide, err := g.Render(Values{Addr: "127.0.0.1:8080"})
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("testdata", key+".golden")
		if *update {
			if err := os.WriteFile(name, []byte(guide.Text()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatalf("%v (create it with -update, then read it)", err)
		}
		if guide.Text() != string(want) {
			t.Errorf("%s differs from its golden file (run with -update, then read the difference):\n%s", key, guide.Text())
		}
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d golden files for %d generations: %v", len(files), len(all), err)
	}
}

func TestEachFileDescribesOneClient(t *testing.T) {
	names, err := fs.Glob(clientFiles, "*.json")
	if err != nil || len(names) == 0 || len(names) != len(All()) {
		t.Fatalf("%d files, %d clients: %v", len(names), len(All()), err)
	}
	orders := map[int]string{}
	for _, name := range names {
		f, err := readClient(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != f.Key+".json" {
			t.Errorf("file %s has the client %s", name, f.Key)
		}
		if orders[f.Order] != "" {
			t.Errorf("%s and %s have the same place in the order", f.Key, orders[f.Order])
		}
		orders[f.Order] = f.Key
	}
	all := All()
	if all[0].Key != "transmission" || all[len(all)-1].Key != "other" {
		t.Errorf("the list goes from %s to %s, want transmission to other", all[0].Key, all[len(all)-1].Key)
	}
}

func TestFindAcceptsClientsGenerationsAndAliases(t *testing.T) {
	for key, want := range map[string]string{
		"transmission": "transmission-4.1", "transmission-4.1": "transmission-4.1", "transmission-2.12": "transmission-2.12",
		"transmission-1.50": "transmission-1.50", "qbittorrent": "qbittorrent-4.6", "qbittorrent-4.1": "qbittorrent-4.1", "qbittorrent-4.4.1": "qbittorrent-4.4.1", "deluge": "deluge",
		"rtorrent": "rtorrent", "aria2": "aria2", "biglybt": "biglybt", "vuze": "biglybt", "ktorrent": "ktorrent", "utorrent": "utorrent",
		"µTorrent": "utorrent", "fragments": "fragments", "other": "other", " Transmission ": "transmission-4.1",
	} {
		if g, ok := Find(key); !ok || g.Key != want {
			t.Errorf("%q finds %q", key, g.Key)
		}
	}
	for _, key := range []string{"", "list", "transmission-", "transmission-3", "xyz"} {
		if g, ok := Find(key); ok {
			t.Errorf("%q finds %q", key, g.Key)
		}
	}
}

func TestAVersionSelectsItsGeneration(t *testing.T) {
	for name, want := range map[string]string{
		"Transmission 4.1.4": "transmission-4.1", "Transmission 4.1.0 beta": "transmission-4.1", "Transmission 4.0.6": "transmission-2.12",
		"Transmission/3.00": "transmission-2.12", "Transmission 2.94": "transmission-2.12", "Transmission 2.11": "transmission-1.50",
		"Transmission 1.93+": "transmission-1.50", "Transmission 1.22": "transmission-1.50", "Transmission": "transmission-4.1", "Transmission 5.0.0": "transmission-4.1",
		"qBittorrent 5.3.0": "qbittorrent-4.6", "qBittorrent v4.5.2": "qbittorrent-4.4.1", "qBittorrent/4.5.2": "qbittorrent-4.4.1", "qBittorrent 4.4.1": "qbittorrent-4.4.1",
		"qBittorrent 4.4.0": "qbittorrent-4.1", "Deluge 2.2.0": "deluge", "rTorrent (libtorrent 0.13.8)": "rtorrent",
	} {
		c, ok := Called(name)
		guess := name == "Transmission" || name == "Transmission 1.22"
		if g, known := c.Of(name); !ok || g.Key != want || known == guess {
			t.Errorf("version %q selects %s (known: %v), want %s", name, g.Key, known, want)
		}
	}
}

func TestFindKnowsEveryName(t *testing.T) {
	names := Names()
	for key := range generations(t) {
		if !slices.Contains(names, key) {
			t.Errorf("%s has no name", key)
		}
	}
	seen := map[string]bool{}
	for _, n := range names {
		if _, ok := Find(n); !ok || seen[n] || strings.ToLower(n) != n || strings.ContainsAny(n, " /") {
			t.Errorf("name %q is not found, not unique or not in lower case", n)
		}
		seen[n] = true
	}
	for _, c := range All() {
		for _, a := range c.Aliases {
			if seen[a] || strings.ToLower(a) != a {
				t.Errorf("alias %q is not unique or not in lower case", a)
			}
			seen[a] = true
		}
	}
}

// addresses are what an engine may listen on, and what a client then uses.
var addresses = []struct{ listen, addr, host, port string }{
	{"127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", "8080"},
	{"127.0.0.1:17653", "127.0.0.1:17653", "127.0.0.1", "17653"},
	{"[::1]:8080", "[::1]:8080", "::1", "8080"},
	{"192.168.1.5:1", "192.168.1.5:1", "192.168.1.5", "1"},
	{"localhost:65535", "127.0.0.1:65535", "127.0.0.1", "65535"},
	{"0.0.0.0:8080", "127.0.0.1:8080", "127.0.0.1", "8080"},
	{"[::]:8080", "127.0.0.1:8080", "127.0.0.1", "8080"},
	{":8080", "127.0.0.1:8080", "127.0.0.1", "8080"},
	{"[2001:DB8::0:1]:080", "[2001:db8::1]:80", "2001:db8::1", "80"},
}

func TestGuidesContainTheCurrentAddress(t *testing.T) {
	for key, g := range generations(t) {
		if guide, err := g.Render(Values{Addr: "127.0.0.1:8080", Language: "fr"}); err != nil || strings.Contains(guide.Text(), "{{") {
			t.Errorf("%s has placeholders in French (%v)", key, err)
		}
		for _, a := range addresses {
			guide, err := g.Render(Values{Addr: a.listen})
			if err != nil {
				t.Fatalf("%s with %s: %v", key, a.listen, err)
			}
			if strings.Contains(guide.Text(), "{{") {
				t.Errorf("%s has placeholders", key)
			}
			whole := 0
			for _, s := range guide.Snippets {
				if strings.Contains(s.Text, a.addr) || strings.Contains(s.Text, a.host) && strings.Contains(s.Text, a.port) {
					whole++
				}
				// A URL with an IPv6 address without brackets is invalid.
				if strings.Contains(s.Text, "http://"+a.host) && !strings.Contains(s.Text, "http://"+a.addr) {
					t.Errorf("%s: an address without brackets in %s", key, s.Text)
				}
			}
			if strings.HasPrefix(key, "docker-") { // its network has other names
				whole = strings.Count(guide.Snippets[0].Text, ":"+a.port)
			}
			if whole == 0 {
				t.Errorf("%s: no snippet has %s", key, a.addr)
			}
		}
	}
}

func TestRenderRefusesAddressesThatNoClientCanUse(t *testing.T) {
	g, ok := Find("transmission")
	if !ok {
		t.Fatal("no Transmission")
	}
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		if guide, err := g.Render(Values{Addr: addr}); !errors.Is(err, ErrNoPort) || !reflect.DeepEqual(guide, Guide{}) {
			t.Errorf("address %s: %v, want ErrNoPort", addr, err)
		}
	}
	for _, addr := range []string{
		"", "127.0.0.1", "::1", "::1:8080", "[::1]", "[::1:8080", "[127.0.0.1]:8080", "[fe80::1%eth0]:8080", "127.0.0.1:x", "127.0.0.1:65536",
		"127.0.0.1:-1", `a"b:80`, "a b:80", "a;b:80", "-a:80", "{{.Port}}:80", "a/b:80", "é:80",
	} {
		if guide, err := g.Render(Values{Addr: addr}); err == nil || errors.Is(err, ErrNoPort) || !reflect.DeepEqual(guide, Guide{}) {
			t.Errorf("address %q: %v, want an error", addr, err)
		}
	}
}

func TestRenderDoesNotChangeTheClientsData(t *testing.T) {
	g, _ := Find("transmission-1.50")
	first, err := g.Render(Values{Addr: "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	first.Steps[0], first.Files[0].Path, first.Snippets[0].Text = "x", "x", "x"
	second, err := g.Render(Values{Addr: "127.0.0.1:9090"})
	if err != nil || second.Steps[0] == "x" || second.Files[0].Path == "x" || !strings.Contains(second.Snippets[0].Text, "9090") {
		t.Errorf("the second guide has changes of the first: %+v (%v)", second, err)
	}
}

func TestNoTextIsEmptyOrUntidy(t *testing.T) {
	tidy := func(t *testing.T, what, s string) {
		t.Helper()
		if strings.TrimSpace(s) != s || s == "" || !utf8.ValidString(s) || strings.Contains(s, "  ") || strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("%s is empty or untidy: %q", what, s)
		}
	}
	for key, g := range generations(t) {
		guide, err := g.Render(Values{Addr: "127.0.0.1:8080"})
		if err != nil {
			t.Fatal(err)
		}
		tidy(t, key+" client", guide.Client)
		tidy(t, key+" title", guide.Title)
		tidy(t, key+" intro", guide.Intro)
		tidy(t, key+" off", guide.Off)
		for _, d := range guide.Doors {
			tidy(t, key+" "+d.Trackers, d.Text)
		}
		if g.Title != guide.Title || len(guide.Steps) == 0 || len(guide.Traps) == 0 {
			t.Errorf("%s: title %q, %d steps, %d traps; want some of each", key, g.Title, len(guide.Steps), len(guide.Traps))
		}
		for _, s := range append(guide.Steps, guide.Traps...) {
			tidy(t, key, s)
		}
		for _, f := range guide.Files {
			tidy(t, key+" system", f.System)
			tidy(t, key+" path", f.Path)
		}
		for _, s := range guide.Snippets {
			tidy(t, key+" snippet", s.Title)
			tidy(t, key+" snippet", s.Place)
			tidy(t, key+" snippet", s.Language)
			if strings.Trim(s.Text, "\n") != s.Text || s.Text == "" || strings.ContainsAny(s.Text, "\t\r") {
				t.Errorf("%s: the snippet is untidy: %q", key, s.Text)
			}
		}
	}
}

func TestEachGuideCoversEveryKindOfTracker(t *testing.T) {
	for key, g := range generations(t) {
		var kinds []string
		for _, d := range g.guide.Doors {
			kinds = append(kinds, d.Trackers)
			if d.Door.String() == "" || d.Text == "" {
				t.Errorf("%s, %s: door %q, text %q; want both", key, d.Trackers, d.Door, d.Text)
			}
		}
		if !slices.Equal(kinds, []string{"http://", "https://", "udp://"}) {
			t.Errorf("%s covers %v trackers, want http, https and udp", key, kinds)
		}
	}
}

func TestEachGuideExplainsWhatHappensWhileThisProgramIsOff(t *testing.T) {
	for key, g := range generations(t) {
		if !strings.HasSuffix(g.guide.Off, ".") {
			t.Errorf("%s: no sentence about the program being off: %q", key, g.guide.Off)
		}
	}
}

// TestAppliedSettingsMatchTheSnippet: the text to copy and the change by the program must have the same settings.
func TestAppliedSettingsMatchTheSnippet(t *testing.T) {
	found := 0
	for key, g := range generations(t) {
		guide, err := g.Render(Values{Addr: "127.0.0.1:8080"})
		if err != nil {
			t.Fatal(err)
		}
		if guide.Apply == nil {
			continue
		}
		found++
		section := ""
		type plain struct{ section, key, value string }
		french := map[plain]bool{}
		text := guide.Snippets[0].Text
		if guide.Apply.Format == "conf" {
			text = guide.Snippets[1].Text // the first is for the command line
		}
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.TrimSpace(line)
			switch name, value, ok := strings.Cut(line, "="); {
			case guide.Apply.Format == "json", guide.Apply.Format == "deluge":
				name, value, _ = strings.Cut(strings.TrimSuffix(line, ","), ": ")
				if value == "{" {
					section = strings.Trim(name, `"`)
				}
				french[plain{section, strings.Trim(name, `"`), value}] = true
			case strings.HasPrefix(line, "["):
				section = strings.Trim(line, "[]")
			case ok:
				french[plain{section, strings.TrimSpace(name), strings.TrimSpace(value)}] = true
			}
		}
		for _, set := range guide.Apply.Set {
			if !set.Present && !french[plain{set.Section, set.Key, set.Value}] {
				t.Errorf("%s applies %+v, which its snippet does not have", key, set)
			}
		}
		here := 0
		for _, f := range guide.Files {
			if (f.On == "") != (len(f.Programs) == 0) {
				t.Errorf("%s: a file has a system or programs, but not both: %+v", key, f)
			}
			if f.On != "" {
				here++
			}
		}
		if here == 0 {
			t.Errorf("%s has no file to which its settings are applied", key)
		}
	}
	if found < 8 {
		t.Errorf("only %d generations can be applied", found)
	}
}

// prose returns the texts of a guide that are for people.
func prose(g *Guide) (all []string) {
	all = append(all, g.Title, g.Intro, g.Off)
	all = append(append(all, g.Steps...), g.Traps...)
	for _, d := range g.Doors {
		all = append(all, d.Text)
	}
	for _, s := range g.Snippets {
		all = append(all, s.Title, s.Place)
	}
	for _, f := range g.Files {
		all = append(all, f.System)
	}
	return all
}

// same are texts that read the same in French.
var same = regexp.MustCompile(`^((Linux|macOS|Windows|Linux, service|Windows, Qt|Windows, service|Flatpak|Snap|terminal|Terminal|[\w.]+\.(json|conf|rc|yaml)|\.rtorrent\.rc|sudo .*)|(Docker Compose|Fragments 3|Deluge 2\.x|Tixati|WebTorrent Desktop|webtorrent-cli)|[A-Z]\w+( > [A-Z]\w+)+( > Proxy Server)?)$`)

func TestTheFrenchTextsAreComplete(t *testing.T) {
	words := wordsIn("fr")
	verbs := regexp.MustCompile(`\{\{[^}]*\}\}`)
	sorted := func(s string) []string { v := verbs.FindAllString(s, -1); slices.Sort(v); return v }
	for _, c := range All() {
		for _, g := range c.Generations {
			for _, text := range prose(&g.guide) {
				french := words[text]
				if french == "" && !same.MatchString(text) {
					t.Errorf("%s: no French for %q", g.Key, text)
				}
				if french != "" && !slices.Equal(sorted(french), sorted(text)) {
					t.Errorf("%s: %q has other verbs than %q", g.Key, french, text)
				}
				if strings.ContainsAny(french, "\"'") || regexp.MustCompile(` [;:?!»]|« `).MatchString(french) {
					t.Errorf("%q: French has other quotes and spaces", french)
				}
			}
		}
	}
	for _, f := range read() {
		own := map[string]bool{f.Name: true}
		c := f.client()
		for _, g := range c.Generations {
			for _, text := range prose(&g.guide) {
				own[text] = true
			}
		}
		for text, french := range f.In["fr"] {
			if !own[text] {
				t.Errorf("%s: the translated text %q is not used", f.Key, text)
			}
			if french != words[text] {
				t.Errorf("%s: %q is translated as %q in another file", f.Key, french, words[text])
			}
		}
	}
}

func TestGuidesAreRenderedInFrench(t *testing.T) {
	g, _ := Find("qbittorrent")
	guide, err := g.Render(Values{Addr: "127.0.0.1:8080", Language: "fr"})
	if err != nil || !strings.Contains(guide.Steps[1], "Choisissez Type SOCKS5, Host 127.0.0.1") || guide.Title != "qBittorrent 4.6, 5.x et suivants" {
		t.Errorf("the French guide has title %q and step %q (%v)", guide.Title, guide.Steps[1], err)
	}
	if english, err := g.Render(Values{Addr: "127.0.0.1:8080"}); err != nil || english.Snippets[0].Text != guide.Snippets[0].Text || !reflect.DeepEqual(english.Apply, guide.Apply) {
		t.Errorf("the snippets or settings differ between the languages (%v)", err)
	}
}

func TestClientsAreRecognisedByTheirNames(t *testing.T) {
	for name, want := range map[string]string{
		"Transmission 4.1.4": "transmission", "Transmission/3.00": "transmission", "qBittorrent 5.3.0": "qbittorrent", "qBittorrent/4.5.2": "qbittorrent",
		"Deluge 2.0.3": "deluge", "rTorrent 0.16.17": "rtorrent", "rtorrent/0.9.8/0.13.8": "rtorrent", "aria2/1.37.0": "aria2", "BiglyBT 4.1.0.0": "biglybt",
		"Vuze 5.7.6.0": "biglybt", "µTorrent 3.5.5": "utorrent", "BitTorrent 7.10": "utorrent", "KTorrent 25.4.0": "ktorrent", "Tixati 3.15": "tixati",
		"WebTorrent Desktop 0.24": "webtorrent", "WebTorrent 2.2": "webtorrent-cli", "curl/8.0": "", "": "",
	} {
		if c, ok := Called(name); c.Key != want || ok != (want != "") {
			t.Errorf("%q is recognised as %q, want %q", name, c.Key, want)
		}
	}
}

func TestJSONSnippetsAreValid(t *testing.T) {
	found := 0
	for key, g := range generations(t) {
		guide, err := g.Render(Values{Addr: "[::1]:8080"})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range guide.Snippets {
			if s.Language != "json" {
				continue
			}
			found++
			// A value is one or more members to put before others.
			var v map[string]any
			if err := json.Unmarshal([]byte("{\n"+s.Text+"\n\"x\": 0\n}"), &v); err != nil || len(v) < 2 {
				t.Errorf("%s: %v in the snippet\n%s", key, err, s.Text)
			}
		}
	}
	if found < 3 {
		t.Errorf("only %d JSON snippets", found)
	}
}

func TestTransmissionGetsTheKeysItReads(t *testing.T) {
	for key, want := range map[string]string{
		"transmission-4.1": `{"proxy_url": "http://[::1]:8080"}`,
		"transmission-1.50": `{"proxy": "::1", "proxy-auth-enabled": false, "proxy-auth-password": "", "proxy-auth-username": "",
			"proxy-enabled": true, "proxy-port": 8080, "proxy-type": 0}`,
	} {
		g, _ := Find(key)
		guide, err := g.Render(Values{Addr: "[::1]:8080"})
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted map[string]any
		if err := json.Unmarshal([]byte("{"+strings.TrimSuffix(guide.Snippets[0].Text, ",")+"}"), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, wanted) {
			t.Errorf("%s: the settings are %v, want %v", key, got, wanted)
		}
	}
}

func TestTextFitsATerminal(t *testing.T) {
	for _, key := range Names() {
		text, err := Text(key, "127.0.0.1:8080")
		if err != nil || !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			t.Fatalf("%s: Text returned %v", key, err)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: line %q ends with a blank", key, line)
			}
		}
	}
	for key, want := range map[string][]string{
		"transmission": {"====\n\nFor Transmission 2.12 to 4.0: -setup transmission-2.12.", `"open_https": true`},
		"fragments":    {"===\n\nFragments is"},
	} {
		for _, w := range want {
			if text, _ := Text(key, "127.0.0.1:8080"); !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", key, w, text)
			}
		}
	}
	if text, err := Text("list", ""); err != nil || text != strings.Join(Names(), "\n")+"\n" {
		t.Errorf("the list is %q (%v), want all names", text, err)
	}
	if _, err := Text("xyz", "127.0.0.1:8080"); err == nil || !strings.Contains(err.Error(), "-setup list") {
		t.Errorf("Text returned %v", err)
	}
	if _, err := Text("deluge", "127.0.0.1:0"); !errors.Is(err, ErrNoPort) {
		t.Errorf("Text returned %v", err)
	}
}
