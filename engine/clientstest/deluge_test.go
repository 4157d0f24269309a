//go:build clients

package clientstest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// deluge is one deluged process with its own settings folder; the test controls it through testdata/askdeluge.py.
type deluge struct {
	t      *testing.T
	client *client // its folders, address and ports in the swarm
	in     io.Writer
	out    *bufio.Scanner
	stderr lockedText
}

// newDeluge writes the settings of a Deluge that is not started yet. The entry in setup connects it to the program.
func (s swarm) newDeluge(t *testing.T, setup string) *deluge {
	t.Helper()
	c := s.newClient(t, "Deluge", 1)
	settings := fmt.Sprintf(`{"file": 1, "format": 1}{
%s
"daemon_port": %d, "listen_ports": [%s, %s], "random_port": false, "listen_interface": "%s", "listen_use_sys_port": false,
"dht": false, "lsd": false, "upnp": false, "natpmp": false, "utpex": false, "new_release_check": false,
"download_location": "%s", "add_paused": false
}`, setup, c.rpcPort, c.peerPort, c.peerPort, c.ip, c.data)
	// deluged opens its port before it has created an account, so the account is written here.
	for name, text := range map[string]string{"core.conf": settings, "auth": "localclient:0123456789abcdef:10\n"} {
		if err := os.WriteFile(filepath.Join(c.config, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &deluge{t: t, client: c}
}

func (d *deluge) start(env ...string) {
	d.t.Helper()
	cmd := exec.Command("deluged", "--do-not-daemonize", "--config", d.client.config, "--loglevel", "warning")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.client.config, "LANG=C.UTF-8"}, env...)
	runUntilEnd(d.t, cmd, syscall.SIGKILL)
	eventually(d.t, "Deluge answers", func() bool { return acceptsConnections(d.client.rpcAddr()) })
	d.startController()
}

// startController starts the script through which the test controls the running Deluge.
func (d *deluge) startController() {
	d.t.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/askdeluge.py", d.client.config, strconv.Itoa(d.client.rpcPort)) // Debian's Python is the one that has Deluge's modules
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.client.config, "LANG=C.UTF-8"}
	cmd.Stderr = &d.stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.in, d.out = in, bufio.NewScanner(out)
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// call sends the script one command and decodes its answer into reply.
func (d *deluge) call(command string, reply any) {
	d.t.Helper()
	if _, err := fmt.Fprintln(d.in, command); err != nil || !d.out.Scan() {
		d.t.Fatalf("Deluge: %s: %v\n%s", command, err, d.stderr.String())
	}
	if err := json.Unmarshal(d.out.Bytes(), reply); err != nil || strings.HasPrefix(d.out.Text(), `{"error"`) {
		d.t.Fatalf("Deluge: %s: %s", command, d.out.Text())
	}
}

func (d *deluge) share() {
	d.t.Helper()
	c := d.client
	file := filepath.Join(c.config, "a.torrent")
	if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(file, c.torrent.file, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.call("add "+file+" "+c.data, new(any))
}

type delugeStatus struct {
	Uploaded uint64 `json:"total_uploaded"` // bytes
	Tracker  string `json:"tracker_status"`
}

// status returns Deluge's status of its torrent.
func (d *deluge) status() delugeStatus {
	d.t.Helper()
	all := map[string]*delugeStatus{}
	d.call("status", &all)
	one := all[d.client.torrent.hash.String()]
	if one == nil {
		d.t.Fatalf("Deluge does not have the torrent: %v", all)
	}
	return *one
}

func (d *deluge) uploaded() uint64 { return d.status().Uploaded }

func (d *deluge) trackerErrors() (found []string) {
	d.t.Helper()
	if status := d.status().Tracker; status != "Announce OK" {
		found = append(found, status)
	}
	return found
}

func (d *deluge) stop() {
	d.t.Helper()
	d.call("pause", new(any))
}
