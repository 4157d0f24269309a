package transmission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
)

const hash = "0102030405060708090a0b0c0d0e0f1011121314"

// daemon answers as Transmission does: 409 until the client sends the session id, which changes once meanwhile.
func daemon(t *testing.T, version int, requests *[]string) *httptest.Server {
	var calls atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := fmt.Sprint("session-", calls.Load()/3)
		if r.Header.Get("X-Transmission-Session-Id") != id {
			w.Header().Set("X-Transmission-Session-Id", id)
			http.Error(w, "conflict", http.StatusConflict)
			return
		}
		calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/transmission/rpc" || r.Method != http.MethodPost {
			t.Errorf("%s %s: ReadAll returned %v", r.Method, r.URL, err)
		}
		*requests = append(*requests, string(body))
		var call struct{ Method string }
		_ = json.Unmarshal(body, &call)
		switch call.Method {
		case "session-get":
			fmt.Fprintf(w, `{"result":"success","arguments":{"rpc-version":%d}}`, version)
		case "torrent-get":
			io.WriteString(w, `{"result":"success","arguments":{"torrents":[{"hashString":"`+hash+`","name":"a","trackers":[
				{"id":7,"tier":1,"announce":"https://c.example/announce"},{"id":0,"tier":0,"announce":"udp://a.example:1/announce"},{"id":3,"tier":0,"announce":"wss://b.example"}]}]}}`)
		default:
			io.WriteString(w, `{"result":"success","arguments":{}}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestTrackersAreReplacedInTheFormOfEachVersion(t *testing.T) {
	for version, want := range map[int]string{
		16: `{"method":"torrent-set","arguments":{"ids":["` + hash + `"],"trackerReplace":[0,"x:udp://a.example:1/announce",7,"x:https://c.example/announce"]}}`,
		17: `{"method":"torrent-set","arguments":{"ids":["` + hash + `"],"trackerList":"x:udp://a.example:1/announce\nwss://b.example\n\nx:https://c.example/announce\n"}}`,
	} {
		var requests []string
		s := daemon(t, version, &requests)
		c, err := New(remote.Access{Address: s.Listener.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		torrents, err := c.Torrents(context.Background(), bittorrent.InfoHash{1})
		if err != nil || len(torrents) != 1 || torrents[0].InfoHash.String() != hash || torrents[0].Trackers[2] != (remote.Tracker{ID: 7, Tier: 1, Announce: "https://c.example/announce"}) {
			t.Fatalf("the torrents are %+v (%v), want one", torrents, err)
		}
		readdress := func(a string) (string, bool) { return "x:" + a, !strings.HasPrefix(a, "wss:") }
		if n, err := c.Readdress(context.Background(), torrents[0], readdress); n != 2 || err != nil {
			t.Fatalf("%d trackers changed, error %v", n, err)
		}
		if got := requests[len(requests)-1]; got != want {
			t.Errorf("version %d: the request is %s\nwant %s", version, got, want)
		}
		before := len(requests)
		if n, err := c.Readdress(context.Background(), torrents[0], func(a string) (string, bool) { return a, true }); n != 0 || err != nil || len(requests) != before {
			t.Errorf("without a change: %d trackers changed (%v), %d requests; want none", n, err, len(requests)-before)
		}
		wantIDs := map[string]any{"fields": []any{"hashString", "name", "trackers"}, "ids": []any{"01" + strings.Repeat("00", 19)}}
		var first struct{ Arguments map[string]any }
		if err := json.Unmarshal([]byte(requests[0]), &first); err != nil || !reflect.DeepEqual(first.Arguments, wantIDs) {
			t.Errorf("the first request is %s (%v)", requests[0], err)
		}
	}
}

func TestErrorsGiveTheRemedyAndNoPassword(t *testing.T) {
	answer := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if u, p, _ := r.BasicAuth(); u != "me" || p != "hunter2" {
				t.Errorf("the login is %q %q", u, p)
			}
			w.Header().Set("Location", "http://127.0.0.3:1/")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name, address string
		want          remote.Kind
	}{
		{"login", answer(401, ""), remote.WrongLogin},
		{"whitelist", answer(403, ""), remote.Refused},
		{"host whitelist", answer(421, ""), remote.Refused},
		{"moved", answer(301, ""), remote.NotSpeaking},
		{"another server", answer(200, "<html>"), remote.NotSpeaking},
		{"no session", answer(409, ""), remote.NotSpeaking},
		{"no", answer(200, `{"result":"invalid argument"}`), remote.NotDone},
		{"odd", answer(200, `{"result":"success","arguments":{"torrents":7}}`), remote.NotSpeaking},
		{"odd hash", answer(200, `{"result":"success","arguments":{"torrents":[{"hashString":"x"}]}}`), remote.NotSpeaking},
		{"no server", closed.Addr().String(), remote.NotHere},
		{"another computer", "203.0.113.1:9091", remote.NotHere},
		{"a URL of another kind", "ftp://127.0.0.1:9091", remote.BadAddress},
		{"a login in it", "me:hunter2@127.0.0.1:9091", remote.BadAddress},
	} {
		client, err := New(remote.Access{Address: c.address, User: "me", Password: "hunter2"})
		if err == nil {
			_, err = client.Torrents(context.Background())
			client.Close()
		}
		var refusal *remote.Error
		if !errors.As(err, &refusal) || refusal.Kind != c.want || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "rpc\"") {
			t.Errorf("%s: %v, want kind %d", c.name, err, c.want)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", remote.Access{Address: "a:1", Password: "hunter2"}, remote.Access{Password: "hunter2"}, remote.Access{Password: "hunter2"}); strings.Contains(s, "hunter2") {
		t.Errorf("the password is printed: %s", s)
	}
}

// TestTheRPCIsReachedAtItsPathAndOverHTTPS: rpc-url may be changed, the user may paste the web page's address, and a
// proxy in front may speak https with a certificate of its own.
func TestTheRPCIsReachedAtItsPathAndOverHTTPS(t *testing.T) {
	for path, want := range map[string]string{
		"": "/transmission/rpc", "/": "/transmission/rpc", "/transmission/web/": "/transmission/rpc", "/transmission/web/index.html": "/transmission/rpc",
		"/box/rpc": "/box/rpc", "/boxrpc": "/boxrpc", "/box/web": "/box/rpc", "/box": "/box/rpc",
	} {
		var asked string
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			io.WriteString(w, `{"result":"success","arguments":{"rpc-version":17,"torrents":[]}}`)
		}))
		c, err := New(remote.Access{Address: s.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Torrents(t.Context()); err != nil || asked != want {
			t.Errorf("%s: asks %s, %v", path, asked, err)
		}
		c.Close()
		s.Close()
	}
}
