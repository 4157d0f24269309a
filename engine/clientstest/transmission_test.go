//go:build clients

package clientstest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// client is one transmission-daemon with its own folders and its own address.
type client struct {
	t        *testing.T
	name     string
	ip       string // 10.99.0.1 and up
	peerPort string // tells it apart at the tracker
	rpcPort  int
	config   string // folder
	data     string // folder of the shared file
	torrent  torrent

	rpcMu   sync.Mutex
	session string // RPC session id; guarded by rpcMu
	quit    func()
}

// newClient makes the folders of a client of this swarm that does not run yet; number is from 1 to 8.
func (s swarm) newClient(t *testing.T, name string, number int) *client {
	t.Helper()
	c := &client{
		t: t, name: name, ip: fmt.Sprintf("10.99.0.%d", number), peerPort: strconv.Itoa(s.port + 2*number),
		rpcPort: s.port + 2*number + 1, config: t.TempDir(), data: t.TempDir(), torrent: s.torrent,
	}
	s.relay.mu.Lock()
	s.relay.peers[c.peerPort] = net.ParseIP(c.ip)
	s.relay.mu.Unlock()
	c.writeConfig(nil)
	return c
}

// writeConfig keeps the client quiet: it knows of peers from its tracker alone and opens nothing to the network.
func (c *client) writeConfig(more map[string]any) {
	c.t.Helper()
	port, _ := strconv.Atoi(c.peerPort)
	settings := map[string]any{
		"bind-address-ipv4": c.ip, "bind-address-ipv6": "::1", "peer-port": port, "peer-port-random-on-start": false,
		"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": false,
		"port-forwarding-enabled": false, "blocklist-enabled": false, "download-dir": c.data,
		"incomplete-dir-enabled": false, "watch-dir-enabled": false, "ratio-limit-enabled": false,
		"rpc-enabled": true, "rpc-bind-address": "127.0.0.1", "rpc-port": c.rpcPort, "rpc-whitelist-enabled": false,
		"rpc-authentication-required": false, "rpc-host-whitelist-enabled": false, "start-added-torrents": true,
	}
	for k, v := range more {
		settings[k] = v
	}
	b, err := json.Marshal(settings)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.config, "settings.json"), b, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// start runs the daemon in an environment that holds nothing of this one but these words.
func (c *client) start(env ...string) {
	c.t.Helper()
	cmd := exec.Command("transmission-daemon", "--foreground", "--config-dir", c.config)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.config, "LANG=C"}, env...)
	runUntilEnd(c.t, cmd, syscall.SIGKILL) // an end in order is quitDaemon; at the end of the test nothing is to be saved
	c.quit = func() {
		c.t.Helper()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		eventually(c.t, c.name+" has quit", func() bool { return cmd.Process.Signal(syscall.Signal(0)) != nil })
	}
	eventually(c.t, c.name+" answers its RPC", func() bool { return opens(c.rpcAddr()) })
}

// startThrough runs the daemon pointed at the program: from 4.1 on by a change of its settings file as the program's
// window makes it, before that by the program's own instructions.
func (c *client) startThrough(p *program) {
	c.t.Helper()
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 says it on standard error
	if err != nil {
		c.t.Fatalf("transmission-daemon --version: %v", err)
	}
	m := regexp.MustCompile(`transmission-daemon (\d+)\.(\d+)`).FindStringSubmatch(string(out))
	if m == nil {
		c.t.Fatalf("transmission-daemon --version says %q", out)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major > 4 || major == 4 && minor >= 1 {
		c.setup(p, "transmission-4.1", `"proxy_url": "([^"]+)"`)
		c.apply(p)
		c.start()
		return
	}
	c.start("http_proxy=" + c.setup(p, "transmission-2.12", `(?m)\bhttp_proxy=(\S+)`))
}

// apply changes the client's settings file as the program's window does.
func (c *client) apply(p *program) {
	c.t.Helper()
	kind, _ := clients.Find("transmission-4.1")
	g, err := kind.Render(clients.Values{Addr: p.addr})
	if err != nil {
		c.t.Fatal(err)
	}
	f := file.File{Path: filepath.Join(c.config, "settings.json"), Programs: []string{"transmission-daemon"}, Options: g.FolderOptions}
	// Another test may be asking one for its version just now, which looks like one that could hold any settings.
	eventually(c.t, "no daemon runs that could hold the settings", func() bool { return file.Here().Closed(f) == nil })
	plan, err := file.Point(f, *g.Apply)
	if err == nil {
		err = plan.Apply(file.Here())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// setup takes one value out of what the program says about pointing a client at it.
func (c *client) setup(p *program, name, value string) string {
	c.t.Helper()
	text, errs, status := runOnce(c.t, "-setup", name, "-listen", p.addr, "-data", p.dir)
	m := regexp.MustCompile(value).FindStringSubmatch(text)
	if status != 0 || m == nil || !strings.Contains(m[1], p.addr) {
		c.t.Fatalf("-setup %s (exit status %d) does not point at %s:\n%s%s", name, status, p.addr, text, errs)
	}
	return m[1]
}

func (c *client) rpcAddr() string { return fmt.Sprintf("127.0.0.1:%d", c.rpcPort) }

// direct never uses a proxy, whatever the environment of the tests says.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}, Timeout: patience}

// call is one request of Transmission's RPC; the answer's arguments go into reply.
func (c *client) call(method string, arguments map[string]any, reply any) {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"method": method, "arguments": arguments})
	if err != nil {
		c.t.Fatal(err)
	}
	for range 2 { // the first answer may only tell the session id
		request, err := http.NewRequest(http.MethodPost, "http://"+c.rpcAddr()+"/transmission/rpc", bytes.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		c.rpcMu.Lock()
		request.Header.Set("X-Transmission-Session-Id", c.session)
		c.rpcMu.Unlock()
		answer, err := direct.Do(request)
		if err != nil {
			c.t.Fatalf("%s: %s: %v", c.name, method, err)
		}
		if answer.StatusCode == http.StatusConflict {
			_ = answer.Body.Close()
			c.rpcMu.Lock()
			c.session = answer.Header.Get("X-Transmission-Session-Id")
			c.rpcMu.Unlock()
			continue
		}
		var said struct {
			Result    string          `json:"result"`
			Arguments json.RawMessage `json:"arguments"`
		}
		err = json.NewDecoder(answer.Body).Decode(&said)
		_ = answer.Body.Close()
		if err == nil && said.Result != "success" {
			err = fmt.Errorf("result %q", said.Result)
		}
		if err == nil && reply != nil {
			err = json.Unmarshal(said.Arguments, reply)
		}
		if err != nil {
			c.t.Fatalf("%s: %s: %v", c.name, method, err)
		}
		return
	}
	c.t.Fatalf("%s: %s: no session id is good", c.name, method)
}

// share gives the client the torrent; whole is whether the file is there already.
func (c *client) share(whole bool) {
	c.t.Helper()
	if whole {
		if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	c.call("torrent-add", map[string]any{"metainfo": base64.StdEncoding.EncodeToString(c.torrent.file)}, nil)
}

// resume starts the torrent of a client that was itself restarted: it takes requests before it has read its torrents,
// and then starts none.
func (c *client) resume() {
	c.t.Helper()
	eventually(c.t, c.name+" goes on with its torrent", func() bool {
		c.call("torrent-start", nil, nil)
		var reply struct {
			Torrents []view `json:"torrents"`
		}
		c.call("torrent-get", map[string]any{"fields": []string{"status"}}, &reply)
		return len(reply.Torrents) == 1 && reply.Torrents[0].Status != 0
	})
}

// view is what the client says of its torrent.
type view struct {
	Uploaded    uint64  `json:"uploadedEver"` // bytes
	PercentDone float64 `json:"percentDone"`  // 0 to 1
	Status      int     `json:"status"`       // 0 stopped, 4 downloading, 6 seeding
	Error       int     `json:"error"`        // 0 none, 1 a tracker's warning, 2 a tracker's error
	ErrorString string  `json:"errorString"`
	Trackers    []struct {
		Succeeded bool   `json:"lastAnnounceSucceeded"`
		Result    string `json:"lastAnnounceResult"`
	} `json:"trackerStats"`
}

func (c *client) view() view {
	c.t.Helper()
	var reply struct {
		Torrents []view `json:"torrents"`
	}
	fields := []string{"uploadedEver", "percentDone", "status", "error", "errorString", "trackerStats"}
	c.call("torrent-get", map[string]any{"fields": fields}, &reply)
	if len(reply.Torrents) != 1 || len(reply.Torrents[0].Trackers) != 1 {
		c.t.Fatalf("%s has %d torrents, not one on one tracker", c.name, len(reply.Torrents))
	}
	return reply.Torrents[0]
}

// awaitWhole waits until the client has the whole file, and checks that it is the one that was shared.
func (c *client) awaitWhole() {
	c.t.Helper()
	eventually(c.t, c.name+" has the whole file", func() bool { return c.view().PercentDone == 1 })
	got, err := os.ReadFile(filepath.Join(c.data, c.torrent.name))
	if err != nil || !bytes.Equal(got, c.torrent.content) {
		c.t.Fatalf("%s has another file than was shared (%v)", c.name, err)
	}
}

// content reports whether the client shows no tracker error, and shows the last announce as a success.
func (c *client) content() error {
	v := c.view()
	if k := v.Trackers[0]; v.Error != 0 || !k.Succeeded || k.Result != "Success" {
		return fmt.Errorf("%s shows error %d %q, last announce %v %q", c.name, v.Error, v.ErrorString, k.Succeeded, k.Result)
	}
	return nil
}
