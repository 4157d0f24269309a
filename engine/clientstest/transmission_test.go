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

// client has the folders, the address and the ports of one client in a swarm. Its methods control transmission-daemon;
// other clients only use its fields.
type client struct {
	t        *testing.T
	name     string
	ip       string // 10.99.0.1 and up
	peerPort string // distinguishes it at the tracker
	rpcPort  int
	config   string // settings folder
	data     string // folder of the shared file
	torrent  torrent

	rpcMu   sync.Mutex
	session string // RPC session id; guarded by rpcMu
	quit    func()
}

// newClient creates the folders of a client that is not started yet; number is from 1 to 8, one for each client of the
// swarm.
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

// writeConfig writes Transmission's settings, with more added: it gets peers from its tracker alone, and opens no port
// of a router. It tries peers without encryption first: libtorrent 2.0 breaks its encrypted attempt off, and
// Transmission 3.00 comes back after ten seconds, then two minutes, then fifteen.
func (c *client) writeConfig(more map[string]any) {
	c.t.Helper()
	port, _ := strconv.Atoi(c.peerPort)
	settings := map[string]any{
		"bind-address-ipv4": c.ip, "bind-address-ipv6": "::1", "peer-port": port, "peer-port-random-on-start": false,
		"encryption": 0, "dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": false,
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

// start starts transmission-daemon with these environment variables, PATH, HOME and LANG.
func (c *client) start(env ...string) {
	c.t.Helper()
	cmd := exec.Command("transmission-daemon", "--foreground", "--config-dir", c.config)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.config, "LANG=C"}, env...)
	runUntilEnd(c.t, cmd, syscall.SIGKILL) // at the end of the test there is nothing to save; quit ends it in an orderly way
	c.quit = func() {
		c.t.Helper()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		eventually(c.t, c.name+" has quit", func() bool { return cmd.Process.Signal(syscall.Signal(0)) != nil })
	}
	eventually(c.t, c.name+" answers its RPC", func() bool { return acceptsConnections(c.rpcAddr()) })
}

// startThrough connects transmission-daemon to the program and starts it: 4.1 and later by a change of the settings
// file as the program's window makes it, earlier versions by the environment variable that -setup prints.
func (c *client) startThrough(p *program) {
	c.t.Helper()
	out, err := exec.Command("transmission-daemon", "--version").CombinedOutput() // 3.00 prints it on standard error
	if err != nil {
		c.t.Fatalf("transmission-daemon --version: %v", err)
	}
	m := regexp.MustCompile(`transmission-daemon (\d+)\.(\d+)`).FindStringSubmatch(string(out))
	if m == nil {
		c.t.Fatalf("transmission-daemon --version printed %q", out)
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

// apply changes Transmission's settings file as the program's window does.
func (c *client) apply(p *program) {
	c.t.Helper()
	kind, _ := clients.Find("transmission-4.1")
	g, err := kind.Render(clients.Values{Addr: p.addr})
	if err != nil {
		c.t.Fatal(err)
	}
	f := file.File{Path: filepath.Join(c.config, "settings.json"), Programs: []string{"transmission-daemon"}, Options: g.FolderOptions}
	// Another test may be running transmission-daemon --version, which could be mistaken for the owner of the settings.
	eventually(c.t, "no transmission-daemon runs that could own the settings", func() bool { return file.Here().Closed(f) == nil })
	plan, err := file.Point(f, *g.Apply)
	if err == nil {
		err = plan.Apply(file.Here())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// setup returns the first group of the regular expression value in what -setup name prints.
func (c *client) setup(p *program, name, value string) string {
	c.t.Helper()
	text, errs, status := runOnce(c.t, "-setup", name, "-listen", p.addr, "-data", p.dir)
	m := regexp.MustCompile(value).FindStringSubmatch(text)
	if status != 0 || m == nil || !strings.Contains(m[1], p.addr) {
		c.t.Fatalf("-setup %s (exit status %d) does not print %s with the address %s:\n%s%s", name, status, value, p.addr, text, errs)
	}
	return m[1]
}

func (c *client) rpcAddr() string { return fmt.Sprintf("127.0.0.1:%d", c.rpcPort) }

// direct never uses a proxy, even if the environment of the tests names one.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}, Timeout: patience}

// call calls a method of Transmission's RPC and decodes the arguments of the answer into reply.
func (c *client) call(method string, arguments map[string]any, reply any) {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"method": method, "arguments": arguments})
	if err != nil {
		c.t.Fatal(err)
	}
	for range 2 { // the first answer may be only the session id
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
		var response struct {
			Result    string          `json:"result"`
			Arguments json.RawMessage `json:"arguments"`
		}
		err = json.NewDecoder(answer.Body).Decode(&response)
		_ = answer.Body.Close()
		if err == nil && response.Result != "success" {
			err = fmt.Errorf("result %q", response.Result)
		}
		if err == nil && reply != nil {
			err = json.Unmarshal(response.Arguments, reply)
		}
		if err != nil {
			c.t.Fatalf("%s: %s: %v", c.name, method, err)
		}
		return
	}
	c.t.Fatalf("%s: %s: the session id was refused twice", c.name, method)
}

// share adds the torrent; whole is whether the client already has its file.
func (c *client) share(whole bool) {
	c.t.Helper()
	if whole {
		if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	c.call("torrent-add", map[string]any{"metainfo": base64.StdEncoding.EncodeToString(c.torrent.file)}, nil)
}

// resume starts the torrent after a restart of the client. It tries again until that works, since Transmission accepts
// requests before it has read its torrents.
func (c *client) resume() {
	c.t.Helper()
	eventually(c.t, c.name+" has started its torrent again", func() bool {
		c.call("torrent-start", nil, nil)
		var reply struct {
			Torrents []view `json:"torrents"`
		}
		c.call("torrent-get", map[string]any{"fields": []string{"status"}}, &reply)
		return len(reply.Torrents) == 1 && reply.Torrents[0].Status != 0
	})
}

// view is Transmission's view of its torrent.
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
		c.t.Fatalf("%s has %d torrents, want one with one tracker", c.name, len(reply.Torrents))
	}
	return reply.Torrents[0]
}

// awaitComplete waits until the client has the whole file, and compares it with the shared one.
func (c *client) awaitComplete() {
	c.t.Helper()
	eventually(c.t, c.name+" has the whole file", func() bool { return c.view().PercentDone == 1 })
	got, err := os.ReadFile(filepath.Join(c.data, c.torrent.name))
	if err != nil || !bytes.Equal(got, c.torrent.content) {
		c.t.Fatalf("the file of %s differs from the shared one (%v)", c.name, err)
	}
}

// trackerError returns what the client shows if it shows a tracker error, or no success for its last announce.
func (c *client) trackerError() error {
	v := c.view()
	if k := v.Trackers[0]; v.Error != 0 || !k.Succeeded || k.Result != "Success" {
		return fmt.Errorf("%s shows error %d %q, last announce %v %q", c.name, v.Error, v.ErrorString, k.Succeeded, k.Result)
	}
	return nil
}
