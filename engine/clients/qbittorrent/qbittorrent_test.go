package qbittorrent

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
)

const hash = "0102030405060708090a0b0c0d0e0f1011121314"

// page answers like qBittorrent's Web API, without requiring a password.
func page(t *testing.T, requests *[]url.Values) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s %s: ParseForm returned %v", r.Method, r.URL, err)
		}
		switch strings.TrimPrefix(r.URL.Path, "/api/v2/torrents/") {
		case "info":
			io.WriteString(w, `[{"hash":"`+hash+`","name":"a"}]`)
		case "trackers":
			io.WriteString(w, `[{"url":"** [DHT] **","tier":""},{"url":"** [PeX] **","tier":-1},{"url":"https://c.example/announce","tier":1},
				{"url":"udp://a.example:1/announce","tier":0},{"url":"http://d.example/a%20b/announce","tier":2}]`)
		case "editTracker":
			*requests = append(*requests, r.Form)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	c, err := New(remote.Access{Address: s.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestTrackersAreListedAndReplacedOneByOne(t *testing.T) {
	var requests []url.Values
	c := page(t, &requests)
	all, err := c.Torrents(t.Context(), bittorrent.InfoHash{1})
	if err != nil || len(all) != 1 || all[0].InfoHash.String() != hash || all[0].Name != "a" {
		t.Fatalf("the torrents are %+v (%v), want one", all, err)
	}
	want := []remote.Tracker{{Announce: "udp://a.example:1/announce"}, {Tier: 1, Announce: "https://c.example/announce"}, {Tier: 2, Announce: "http://d.example/a%20b/announce"}}
	if !reflect.DeepEqual(all[0].Trackers, want) {
		t.Errorf("the trackers are %+v, want %+v", all[0].Trackers, want)
	}
	// qBittorrent would write an address with percent signs differently.
	n, err := c.Readdress(t.Context(), all[0], func(a string) (string, bool) { return "http://x/" + a, !strings.HasPrefix(a, "udp:") })
	if n != 1 || err != nil || len(requests) != 1 || requests[0].Get("origUrl") != "https://c.example/announce" || requests[0].Get("newUrl") != "http://x/https://c.example/announce" || requests[0].Get("hash") != hash {
		t.Errorf("%d trackers changed (%v), want 1; the requests are %v", n, err, requests)
	}
}

// TestATorrentThatIsRemovedOrRefusesDoesNotStopTheOthers: a torrent may be removed while the others are listed or
// changed, and one that has the new address already refuses it. The other trackers are listed and changed all the same.
func TestATorrentThatIsRemovedOrRefusesDoesNotStopTheOthers(t *testing.T) {
	gone := strings.Repeat("0", 40)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch strings.TrimPrefix(r.URL.Path, "/api/v2/torrents/") {
		case "info":
			io.WriteString(w, `[{"hash":"`+gone+`","name":"gone"},{"hash":"`+hash+`","name":"a"}]`)
		case "trackers":
			if r.Form.Get("hash") == gone {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, `[{"url":"https://a.example/announce","tier":0},{"url":"https://b.example/announce","tier":1}]`)
		case "editTracker":
			switch {
			case r.Form.Get("hash") == gone:
				http.NotFound(w, r)
			case r.Form.Get("origUrl") == "https://a.example/announce":
				http.Error(w, "New tracker URL already exists", http.StatusConflict)
			}
		}
	}))
	defer s.Close()
	c, err := New(remote.Access{Address: s.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, err := c.Torrents(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "a" {
		t.Fatalf("the torrents are %+v (%v), want one", all, err)
	}
	through := func(a string) (string, bool) { return "http://x/" + a, true }
	var no *remote.Error
	if n, err := c.Readdress(t.Context(), all[0], through); n != 1 || !errors.As(err, &no) || no.Kind != remote.NotDone {
		t.Errorf("%d trackers changed, error %v", n, err)
	}
	removed := remote.Torrent{Trackers: all[0].Trackers}
	if n, err := c.Readdress(t.Context(), removed, through); n != 0 || err != nil {
		t.Errorf("%d trackers changed, error %v", n, err)
	}
}

func TestErrorsGiveTheReasonAndNoPassword(t *testing.T) {
	answer := func(status int, login string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "auth/login") && login != "" {
				io.WriteString(w, login)
				return
			}
			w.WriteHeader(status)
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
		name, address, user string
		want                remote.Kind
	}{
		{"a password, and none is given", answer(403, ""), "", remote.WrongLogin},
		{"another password", answer(403, "Fails."), "me", remote.WrongLogin},
		{"too many tries", answer(403, ""), "me", remote.Refused},
		{"another name in Host", answer(401, ""), "me", remote.Refused},
		{"a login without a session", answer(403, "Ok."), "me", remote.NotSpeaking},
		{"another server", answer(200, ""), "me", remote.NotSpeaking},
		{"moved", answer(301, ""), "me", remote.NotSpeaking},
		{"no", answer(409, ""), "me", remote.NotDone},
		{"no server", closed.Addr().String(), "me", remote.NotHere},
		{"another computer", "203.0.113.1:8080", "me", remote.NotHere},
		{"a URL of another kind", "ftp://127.0.0.1:8080", "me", remote.BadAddress},
	} {
		a := remote.Access{Address: c.address, User: c.user}
		if c.user != "" {
			a.Password = "hunter2"
		}
		client, err := New(a)
		if err == nil {
			_, err = client.Torrents(t.Context())
			client.Close()
		}
		var got *remote.Error
		if !errors.As(err, &got) || got.Kind != c.want || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want kind %d", c.name, err, c.want)
		}
	}
}

// TestTheWebPageIsReachedOverHTTPS, with the certificate that the user made for it, also behind a path.
func TestTheWebPageIsReachedOverHTTPS(t *testing.T) {
	var asked, referer string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, referer = r.URL.Path, r.Header.Get("Referer")
		io.WriteString(w, `{"proxy_type": 0}`)
	}))
	defer s.Close()
	for _, path := range []string{"", "/qb"} {
		c, err := New(remote.Access{Address: s.URL + path + "/"})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := c.Preferences(t.Context(), []string{"proxy_type"}); err != nil || len(all) != 1 || asked != path+"/api/v2/app/preferences" || referer != s.URL+path {
			t.Errorf("%v, %v; asked %s from %s", all, err, asked, referer)
		}
		c.Close()
	}
}
