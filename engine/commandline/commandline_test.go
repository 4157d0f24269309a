package commandline

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/report/policy"
)

func TestValidCommandLinesAreParsed(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/var/tmp/xdg")
	for _, c := range []struct {
		args string
		want Args
	}{
		{"", Args{}},
		{"-headless", Args{Headless: true}},
		{"--headless -v -log json", Args{Headless: true, Verbose: true, JSON: true}},
		{"-hidden", Args{Hidden: true}},
		{"-version", Args{Version: true}},
		{"-setup list", Args{Setup: "list"}},
		{"-check", Args{Check: true}},
		{"-check transmission -listen 127.0.0.1:0", Args{Check: true, CheckClient: "transmission", Options: engine.Options{Listen: "127.0.0.1:0"}}},
		{"-launch transmission", Args{Launch: "transmission"}},
		{"-convert x.torrent -back", Args{Convert: "x.torrent", Back: true}},
		{"-multiplier 2.5", Args{Options: engine.Options{Multiplier: 2500}}},
		{"-multiplier=1", Args{Options: engine.Options{Multiplier: policy.One}}},
		{"-listen 127.0.0.1:0 -data /x", Args{Options: engine.Options{Listen: "127.0.0.1:0", Folder: "/x"}}},
		{"-listen [::1]:8080", Args{Options: engine.Options{Listen: "[::1]:8080"}}},
		{"-listen 0.0.0.0:8080 -allow 10.0.0.0/8,fd00::/8", Args{Options: engine.Options{Listen: "0.0.0.0:8080", AllowNetworks: []string{"10.0.0.0/8", "fd00::/8"}}}},
		{"-listen localhost:8080", Args{Options: engine.Options{Listen: "localhost:8080"}}},
	} {
		var stderrText bytes.Buffer
		got, err := Parse(strings.Fields(c.args), &stderrText, true)
		if err != nil || stderrText.Len() > 0 {
			t.Errorf("%s: Parse returned %v, %s", c.args, err, &stderrText)
			continue
		}
		if c.want.Folder == "" && !c.want.Version {
			if c.want.Folder, err = DefaultFolder(); err != nil {
				t.Fatal(err)
			}
		}
		if got.Listen != c.want.Listen || got.Multiplier != c.want.Multiplier || got.Folder != c.want.Folder || got.Headless != c.want.Headless ||
			got.Hidden != c.want.Hidden || got.Version != c.want.Version || got.Setup != c.want.Setup || got.Launch != c.want.Launch || got.JSON != c.want.JSON || got.Convert != c.want.Convert || got.Back != c.want.Back || got.Verbose != c.want.Verbose || got.Check != c.want.Check || got.CheckClient != c.want.CheckClient ||
			!slices.Equal(got.AllowNetworks, c.want.AllowNetworks) {
			t.Errorf("%s: parsed as %+v, want %+v", c.args, got, c.want)
		}
	}
}

func TestInvalidCommandLinesAreRefused(t *testing.T) {
	for args, reason := range map[string]string{
		"-nosuch":                     "not defined",
		"headless":                    `"headless" is not a flag`,
		"-headless now":               `"now" is not a flag`,
		"-headless -hidden":           "exclude each other",
		"-check xyz":                  "no client is called",
		"-setup xyz":                  "no client is called",
		"-launch xyz":                 "no command line for",
		"-convert=":                   "-convert has an empty value",
		"-convert= -back":             "-convert has an empty value",
		"-magnet=":                    "-magnet has an empty value",
		"-magnet= -o x":               "-magnet has an empty value",
		"-setup=":                     "-setup has an empty value",
		"-launch=":                    "-launch has an empty value",
		"-tracker=":                   "-tracker has an empty value",
		"-dht-size -dht=":             "-dht has an empty value",
		"-check transmission deluge":  "is not a flag",
		"-back":                       "-back needs -convert",
		"-o x":                        "-o needs -magnet",
		"-wait 5s":                    "-wait needs -magnet",
		"-line 5":                     "-line needs -tracker",
		"-for 5s -headless":           "-for needs -demo",
		"-dht 127.0.0.1:1":            "-dht needs -magnet or -dht-size",
		"-dht-local -demo":            "-dht-local needs -magnet or -dht-size",
		"-log xml":                    "text or json",
		"-multiplier 0":               "1 to 100",
		"-multiplier 100.001":         "1 to 100",
		"-multiplier x":               "1 to 100",
		"-multiplier -2":              "1 to 100",
		"-listen 8080":                "host:port",
		"-listen 127.0.0.1:x":         "port",
		"-allow 192.168.1.7":          "network such as",
		"-listen 127.0.0.1:99999":     "65535",
		"-listen tracker.example:80":  "not an address",
		"-setup":                      "needs an argument",
		"-headless=maybe":             "invalid boolean",
		"-multiplier":                 "needs an argument",
		"-data /x -listen :0 -v -log": "needs an argument",
	} {
		var stderrText bytes.Buffer
		_, err := Parse(strings.Fields(args), &stderrText, true)
		if err == nil || errors.Is(err, flag.ErrHelp) || !strings.Contains(stderrText.String(), reason) || strings.Count(stderrText.String(), "\n") != 1 {
			t.Errorf("%s: Parse returned %v, %s", args, err, &stderrText)
		}
	}
}

// TestAnEmptyFlagCountsAsMissingOnlyIfItHasAnEnvironmentVariable: scripts may have empty variables.
func TestAnEmptyFlagCountsAsMissingOnlyIfItHasAnEnvironmentVariable(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/var/tmp/xdg")
	var stderrText bytes.Buffer
	if c, err := Parse([]string{"-check", ""}, &stderrText, true); err == nil || !strings.Contains(stderrText.String(), "-check: the client's name is empty") {
		t.Errorf("-check with an empty name is accepted: %+v, %s", c, &stderrText)
	}
	stderrText.Reset()
	if c, err := Parse([]string{"-listen=", "-allow=", "-multiplier=", "-data="}, &stderrText, true); err != nil || c.Listen != "" || len(c.AllowNetworks) > 0 || c.Folder == "" {
		t.Errorf("with empty flags that have variables: %+v, %v, %s", c, err, &stderrText)
	}
}

func TestEnvironmentVariablesReplaceMissingFlags(t *testing.T) {
	for name, value := range map[string]string{"LISTEN": "0.0.0.0:9090", "ALLOW": "10.0.0.0/8", "MULTIPLIER": "3", "DATA": "/x", "LOG": "json"} {
		t.Setenv("BITTORATIO_"+name, value)
	}
	var stderrText bytes.Buffer
	c, err := Parse(strings.Fields("-headless -multiplier 4"), &stderrText, true)
	if err != nil {
		t.Fatal(err, stderrText.String())
	}
	if c.Listen != "0.0.0.0:9090" || !slices.Equal(c.AllowNetworks, []string{"10.0.0.0/8"}) || c.Folder != "/x" || !c.JSON {
		t.Errorf("the environment was not used: %+v", c)
	}
	if c.Multiplier != 4*policy.One {
		t.Errorf("the flag does not override the variable: the multiplier is %v", c.Multiplier)
	}
	t.Setenv("BITTORATIO_LISTEN", "everywhere")
	if _, err := Parse(nil, &stderrText, true); err == nil || !strings.Contains(stderrText.String(), "host:port") {
		t.Errorf("a wrong address in a variable: %v, want an error that names the form; %s", err, &stderrText)
	}
}

func TestHelpListsEveryFlag(t *testing.T) {
	var stderrText bytes.Buffer
	if _, err := Parse([]string{"-help"}, &stderrText, true); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("Parse returned %v", err)
	}
	for _, name := range []string{"-headless", "-hidden", "-version", "-setup CLIENT", "-launch CLIENT", "-convert FILE|MAGNET", "-back", "-listen HOST:PORT", "-allow NETWORKS", "-multiplier N", "-data DIR", "-log text|json", "-v"} {
		if !strings.Contains(stderrText.String(), "  "+name) {
			t.Errorf("flag %s is not in the help\n%s", name, &stderrText)
		}
	}
}

func TestTheLogHasTheRequestedLevelAndForm(t *testing.T) {
	for _, c := range []struct {
		c    Args
		want string
	}{
		{Args{}, "warn"},
		{Args{Headless: true}, "info warn"},
		{Args{Headless: true, Verbose: true}, "debug info warn"},
		{Args{Verbose: true, JSON: true}, "debug info warn"},
	} {
		var out bytes.Buffer
		log := c.c.Logger(&out)
		log.Debug("debug")
		log.Info("info")
		log.Warn("warn")
		var got []string
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "{") != c.c.JSON {
				t.Errorf("%+v: the line %s has the wrong form", c.c, line)
			}
			for _, word := range []string{"debug", "info", "warn"} {
				if strings.Contains(line, word) {
					got = append(got, word)
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: the log has %q, want %q", c.c, got, c.want)
		}
	}
}

func TestSetupPrintsThePortOfTheNextRun(t *testing.T) {
	dir := t.TempDir()
	c := Args{Options: engine.Options{Folder: dir}}
	if got, err := c.ListenAddr(); got != "127.0.0.1:8080" || err != nil {
		t.Errorf("before the first run the address is %s (%v)", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(`{"listen": "127.0.0.1:9999"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := c.ListenAddr(); got != "127.0.0.1:9999" || err != nil {
		t.Errorf("with saved settings the address is %s (%v)", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte("{\n  \"listen\": \"127.0.0.1:9999\",\n}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Setup, c.Launch, c.Convert = "qbittorrent", "transmission", "magnet:?xt=urn:btih:167b734bc7816ae798b662fcadc245d153cd187a&tr=udp://t.example:80"
	_, setup := c.Text()
	for what, err := range map[string]error{"-setup": setup, "-launch": c.RunLaunch(&out, io.Discard), "-convert": c.RunConvert(&out)} {
		if err == nil || !strings.Contains(err.Error(), "settings.json: line 3, column 1") || out.Len() > 0 {
			t.Errorf("%s with a syntax error in settings.json: %v, want its place; output %s", what, err, &out)
		}
	}
	// With a pipe, os.ReadFile would block here forever.
	if err := errors.Join(os.Remove(filepath.Join(dir, "settings.json")), os.Mkdir(filepath.Join(dir, "settings.json"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ListenAddr(); err == nil || !strings.Contains(err.Error(), "settings.json: not a plain file; give it with -listen") {
		t.Errorf("with settings.json that is no plain file: %v", err)
	}
	c.Listen = "[::1]:7"
	if got, err := c.ListenAddr(); got != "[::1]:7" || err != nil {
		t.Errorf("with -listen the address is %s (%v)", got, err)
	}
}

func TestConvertReportsWhatItChanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "movie.torrent")
	if err := os.WriteFile(path, []byte("d8:announce19:https://t.example/a13:announce-listll19:https://t.example/ael15:wss://w.exampleee4:infod6:lengthi3e4:name5:a.bin12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxee"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-convert " + path: filepath.Join(dir, "movie.bittoratio.torrent") + "\n2 of 3 trackers' addresses changed; the torrent is the same (",
		"-convert magnet:?xt=urn:btih:167b734bc7816ae798b662fcadc245d153cd187a&tr=udp://t.example:80": "magnet:?xt=urn:btih:167b734bc7816ae798b662fcadc245d153cd187a&tr=http://127.0.0.1:8080/announce/udp/t.example:80\n",
	} {
		var out, stderrText bytes.Buffer
		c, err := Parse(append(strings.Fields(args), "-listen", "127.0.0.1:8080", "-data", dir), &stderrText, true)
		if err != nil {
			t.Fatalf("%s: Parse returned %v, %s", args, err, &stderrText)
		}
		if err := c.RunConvert(&out); err != nil || !strings.HasPrefix(out.String(), want) || strings.Contains(args, path) != strings.HasSuffix(out.String(), "own numbers: wss://w.example\n") {
			t.Errorf("%s: RunConvert returned %v, %s", args, err, &out)
		}
	}
}
