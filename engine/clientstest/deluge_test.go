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

// deluge is one deluged with its own folder, asked by testdata/askdeluge.py.
type deluge struct {
	t      *testing.T
	client *client // its folders, address and ports, for the swarm
	in     io.Writer
	out    *bufio.Scanner
	stderr lockedText
}

// newDeluge makes the settings of one that does not run yet; setup is the entry that points it at the program.
func (s swarm) newDeluge(t *testing.T, setup string) *deluge {
	t.Helper()
	c := s.newClient(t, "Deluge", 1)
	settings := fmt.Sprintf(`{"file": 1, "format": 1}{
%s
"daemon_port": %d, "listen_ports": [%s, %s], "random_port": false, "listen_interface": "%s", "listen_use_sys_port": false,
"dht": false, "lsd": false, "upnp": false, "natpmp": false, "utpex": false, "new_release_check": false,
"download_location": "%s", "add_paused": false
}`, setup, c.rpcPort, c.peerPort, c.peerPort, c.ip, c.data)
	// Its port is open a moment before it has made an account by itself.
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
	eventually(d.t, "Deluge answers", func() bool { return opens(d.client.rpcAddr()) })
	d.ask()
}

// ask starts what asks it things, once it runs.
func (d *deluge) ask() {
	d.t.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/askdeluge.py", d.client.config, strconv.Itoa(d.client.rpcPort)) // Debian's: its packages know no other
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

// call gives it one command; the answer goes into reply.
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

// status is what it says of its torrent.
func (d *deluge) status() delugeStatus {
	d.t.Helper()
	all := map[string]*delugeStatus{}
	d.call("status", &all)
	one := all[d.client.torrent.hash.String()]
	if one == nil {
		d.t.Fatalf("Deluge has no such torrent: %v", all)
	}
	return *one
}

func (d *deluge) uploaded() uint64 { return d.status().Uploaded }

func (d *deluge) wrong() (wrong []string) {
	d.t.Helper()
	if said := d.status().Tracker; said != "Announce OK" {
		wrong = append(wrong, said)
	}
	return wrong
}

func (d *deluge) stop() {
	d.t.Helper()
	d.call("pause", new(any))
}
