//go:build clients

package clientstest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// rtorrent is one rTorrent process without its user interface, with its own settings file.
type rtorrent struct {
	t      *testing.T
	client *client // its folders, address and ports in the swarm
	rc     string  // path of its settings file
	socket string  // path of the socket for XML-RPC
}

// newRTorrent writes the settings file of an rTorrent that is not started yet. The lines in setup connect it to the
// program.
func (s swarm) newRTorrent(t *testing.T, setup string) *rtorrent {
	t.Helper()
	c := s.newClient(t, "rTorrent", 1)
	short, err := os.MkdirTemp("", "rt") // the path of a socket has at most 107 bytes, and that of an option file no comma
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	r := &rtorrent{t: t, client: c, rc: filepath.Join(short, "rc"), socket: filepath.Join(short, "rpc")}
	settings := fmt.Sprintf(`network.port_range.set = %s-%s
network.port_random.set = no
directory.default.set = %s
session.path.set = %s
network.scgi.open_local = %s
dht.mode.set = disable
protocol.pex.set = no
pieces.hash.on_completion.set = no
system.daemon.set = true
%s
`, c.peerPort, c.peerPort, c.data, t.TempDir(), r.socket, setup)
	if err := os.WriteFile(r.rc, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rtorrent) start(args ...string) {
	r.t.Helper()
	cmd := exec.Command("rtorrent", append([]string{"-n", "-o", "import=" + r.rc}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.client.config, "LANG=C.UTF-8", "TERM=dumb"}
	runUntilEnd(r.t, cmd, syscall.SIGKILL)
	eventually(r.t, "rTorrent answers", func() bool {
		c, err := net.Dial("unix", r.socket)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// call calls a method by XML-RPC over SCGI, and returns the value in the answer.
func (r *rtorrent) call(method string, arguments ...string) string {
	r.t.Helper()
	var body bytes.Buffer
	fmt.Fprintf(&body, "<?xml version=\"1.0\"?><methodCall><methodName>%s</methodName><params>", method)
	for _, a := range arguments {
		body.WriteString("<param><value><string>")
		_ = xml.EscapeText(&body, []byte(a)) // a buffer never fails
		body.WriteString("</string></value></param>")
	}
	body.WriteString("</params></methodCall>")
	head := "CONTENT_LENGTH\x00" + strconv.Itoa(body.Len()) + "\x00SCGI\x001\x00"
	conn, err := net.Dial("unix", r.socket)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%d:%s,%s", len(head), head, body.Bytes()); err != nil {
		r.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	_, text, found := strings.Cut(string(answer), "\r\n\r\n")
	if err != nil || !found || strings.Contains(text, "<fault>") {
		r.t.Fatalf("rTorrent: %s: %v %q", method, err, answer)
	}
	// The answer has one value, inside an element for its type.
	_, text, _ = strings.Cut(text, "<value>")
	text, _, _ = strings.Cut(text, "</value>")
	_, text, _ = strings.Cut(text, ">")
	text, _, _ = strings.Cut(text, "<")
	return text
}

func (r *rtorrent) share() {
	r.t.Helper()
	c := r.client
	file := filepath.Join(c.config, "a.torrent")
	if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, c.torrent.file, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.call("load.start", "", file)
}

func (r *rtorrent) hash() string { return strings.ToUpper(r.client.torrent.hash.String()) }

func (r *rtorrent) uploaded() uint64 {
	r.t.Helper()
	n, err := strconv.ParseUint(r.call("d.up.total", r.hash()), 10, 64)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rtorrent) trackerErrors() (found []string) {
	r.t.Helper()
	if n := r.call("t.failed_counter", r.hash()+":t0"); n != "0" {
		found = append(found, n+" announces failed")
	}
	if message := r.call("d.message", r.hash()); message != "" {
		found = append(found, message)
	}
	return found
}

func (r *rtorrent) stop() {
	r.t.Helper()
	r.call("d.stop", r.hash())
	r.call("d.close", r.hash())
}
