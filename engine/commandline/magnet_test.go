package commandline

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/swarm"
)

const someHash = "0102030405060708090a0b0c0d0e0f1011121314"

func TestMagnetFlagsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	for args, want := range map[string]string{
		"-magnet nonsense":                   "-magnet",
		"-o x.torrent":                       "-o needs -magnet",
		"-magnet " + someHash + " -wait 0s":  "-wait",
		"-magnet " + someHash + " -dht host": "HOST:PORT",
	} {
		var stderr bytes.Buffer
		if _, err := Parse(strings.Fields("-data x "+args), &stderr, false); err == nil || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: Parse returned %v, %s", args, err, &stderr)
		}
	}
	c, err := Parse(strings.Fields("-data x -magnet "+someHash+" -dht 192.0.2.1:6881,[2001:db8::1]:1 -wait 5s -o f"), io.Discard, false)
	if err != nil || c.Magnet.Out != "f" || len(c.Magnet.nodes()) != 2 {
		t.Errorf("parsed as %+v (%v)", c.Magnet, err)
	}
}

func TestATorrentIsSavedAndNoFileIsOverwritten(t *testing.T) {
	link, err := bittorrent.ParseMagnet("magnet:?xt=urn:btih:" + someHash + "&tr=http%3A%2F%2Fa.example%2Fannounce&ws=http%3A%2F%2Fw.example%2F")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.torrent")
	m := Magnet{Out: file}
	r := &swarm.Result{Dictionary: []byte("d6:lengthi1e4:name1:xe")}
	const want = "d8:announce25:http://a.example/announce4:infod6:lengthi1e4:name1:xe8:url-listl17:http://w.example/ee"
	for range 2 { // the second time the same file exists already
		if err := m.save(link, r); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(file); err != nil || string(b) != want {
			t.Errorf("the file has %s (%v), want %s", b, err, want)
		}
	}
	r.Dictionary = []byte("d6:lengthi2e4:name1:xe")
	if err := m.save(link, r); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Errorf("save returned %v", err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != want {
		t.Errorf("the file has %s (%v), want %s", b, err, want)
	}
	m.Out = filepath.Join(t.TempDir(), "y.torrent")
	r.Missing = true
	if err := m.save(link, r); err == nil {
		t.Error("a torrent without the hashes of its pieces was saved")
	}
	if _, err := os.Stat(m.Out); err == nil {
		t.Error("the file is left after the error")
	}
}

// TestATorrentThatCannotBeSavedIsNotSearchedFor: the search would take a minute and show strangers the hash. With -wait
// 1ms every search ends with an error of its own.
func TestATorrentThatCannotBeSavedIsNotSearchedFor(t *testing.T) {
	dir := t.TempDir()
	const info = "d6:lengthi1e4:name1:xe"
	same := map[string]string{
		"v1": fmt.Sprintf("%x", sha1.Sum([]byte(info))),
		"v2": fmt.Sprintf("%x", sha256.Sum256([]byte(info))),
	}
	file := filepath.Join(dir, "x.torrent")
	if err := os.WriteFile(file, []byte("d4:info"+info+"e"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link")); err != nil {
		t.Log(err) // Windows may forbid it
	}
	for name, c := range map[string]struct{ out, hash, want string }{
		"another torrent":    {file, someHash, "x.torrent exists already"},
		"a folder":           {dir, someHash, "exists already"},
		"no such folder":     {filepath.Join(dir, "no", "x.torrent"), someHash, "cannot be saved"},
		"the same":           {file, same["v1"], "no node of the DHT"},
		"the same by SHA256": {file, same["v2"], "no node of the DHT"},
		"a free name":        {filepath.Join(dir, "y.torrent"), someHash, "no node of the DHT"},
	} {
		a, err := Parse([]string{"-data", "x", "-dht-local", "-magnet", c.hash, "-dht", "127.0.0.1:1", "-wait", "1ms", "-o", c.out}, io.Discard, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.RunMagnet(context.Background(), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: RunMagnet returned %v", name, err)
		}
	}
	link, err := bittorrent.ParseLink(someHash)
	if err != nil {
		t.Fatal(err)
	}
	m := Magnet{Out: filepath.Join(dir, "link")}
	if _, err := os.Lstat(m.Out); err == nil && m.free(link) == nil {
		t.Error("a dangling symlink counts as a free name")
	}
}

// TestAConvertedLinkIsLookedUpAtItsTrackersOwnAddresses: the gateway's address is private, so the search would refuse
// it.
func TestAConvertedLinkIsLookedUpAtItsTrackersOwnAddresses(t *testing.T) {
	plain, err := bittorrent.ParseMagnet("magnet:?xt=urn:btih:" + someHash + "&tr=udp%3A%2F%2Ft.example%3A1&tr.1=https://u.example/KEY/announce?a=b")
	if err != nil {
		t.Fatal(err)
	}
	converted, changed := plain.ThroughGateway("127.0.0.1:8080")
	if got, want := query(converted).Trackers, plain.Trackers(); changed != 2 || !slices.Equal(got, want) {
		t.Errorf("the trackers are %q, want %q", got, want)
	}
}

func TestTheResultOfASearchShowsNoPasskey(t *testing.T) {
	var out bytes.Buffer
	r := &swarm.Result{
		Dictionary: []byte("de"), Name: "x", Seeders: -1, Leechers: 3,
		Trackers: []swarm.Tracker{{Address: "http://t.example/0123456789abcdef0123/announce?passkey=secret"}},
	}
	if err := writeFound(&out, bittorrent.Magnet{}, r, "", nil); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"0123456789abcdef", "secret"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the result shows %s: %s", bad, &out)
		}
	}
	for _, good := range []string{`"seeders": null`, `"leechers": 3`, `"files": []`, `"tracker": "http://t.example/`} {
		if !strings.Contains(out.String(), good) {
			t.Errorf("the result does not have %s: %s", good, &out)
		}
	}
}

func TestASearchWithoutAResultGivesTheReason(t *testing.T) {
	c, err := Parse(strings.Fields("-data x -dht-local -magnet "+someHash+" -dht 127.0.0.1:1 -wait 300ms"), io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.RunMagnet(context.Background(), &out); err == nil || !strings.Contains(err.Error(), "no node of the DHT answered") || out.Len() > 0 {
		t.Errorf("the command returns %v, output %s", err, &out)
	}
}
