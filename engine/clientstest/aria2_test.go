//go:build clients

package clientstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// aria2 is one aria2c process that seeds; the test controls it over JSON-RPC.
type aria2 struct {
	t      *testing.T
	client *client // its folders, address and ports in the swarm
	conf   string  // path of its settings file
	log    string
	args   []string
}

// newARIA2 writes the settings file of an aria2 that is not started yet. The lines in setup connect it to the program;
// args are added to its command line.
func (s swarm) newARIA2(t *testing.T, setup string, args ...string) *aria2 {
	t.Helper()
	c := s.newClient(t, "aria2", 1)
	a := &aria2{t: t, client: c, conf: filepath.Join(c.config, "aria2.conf"), log: filepath.Join(c.config, "log"), args: args}
	if err := os.WriteFile(a.conf, []byte(setup+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *aria2) share() {
	a.t.Helper()
	c := a.client
	file := filepath.Join(c.config, "a.torrent")
	if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(file, c.torrent.file, 0o600); err != nil {
		a.t.Fatal(err)
	}
	args := append([]string{
		"--conf-path=" + a.conf, "--enable-rpc", "--rpc-listen-port=" + strconv.Itoa(c.rpcPort), "--listen-port=" + c.peerPort,
		"--dir=" + c.data, "--check-integrity", "--seed-ratio=0", "--enable-dht=false", "--enable-peer-exchange=false",
		"--disable-ipv6", "--log=" + a.log, "--log-level=info", "--quiet",
	}, a.args...)
	cmd := exec.Command("aria2c", append(args, file)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.config, "LANG=C.UTF-8"}
	runUntilEnd(a.t, cmd, syscall.SIGKILL)
	eventually(a.t, "aria2 answers", func() bool { return acceptsConnections(c.rpcAddr()) })
}

func (a *aria2) call(method string, reply any) {
	a.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc": "2.0", "id": "1", "method": "aria2.%s", "params": []}`, method)
	answer, err := direct.Post("http://"+a.client.rpcAddr()+"/jsonrpc", "application/json", strings.NewReader(body))
	if err != nil {
		a.t.Fatalf("aria2: %s: %v", method, err)
	}
	defer answer.Body.Close()
	response := struct{ Result any }{reply}
	if err := json.NewDecoder(answer.Body).Decode(&response); err != nil {
		a.t.Fatalf("aria2: %s: %v", method, err)
	}
}

func (a *aria2) uploaded() uint64 {
	a.t.Helper()
	var all []struct {
		UploadLength string `json:"uploadLength"`
	}
	if a.call("tellActive", &all); len(all) != 1 {
		a.t.Fatalf("aria2 has %d torrents, want 1", len(all))
	}
	n, err := strconv.ParseUint(all[0].UploadLength, 10, 64)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

func (a *aria2) trackerErrors() (found []string) {
	a.t.Helper()
	b, err := os.ReadFile(a.log)
	if err != nil {
		a.t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if bytes.Contains(line, []byte("[ERROR]")) || bytes.Contains(line, []byte("racker returned")) {
			found = append(found, string(line))
		}
	}
	return found
}

func (a *aria2) stop() {
	a.t.Helper()
	a.call("shutdown", new(any))
}
