package clientstest

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startLogged starts the program with its log on a pipe, and returns the reading end of the pipe when the port is open.
func startLogged(t *testing.T, addr string) (*exec.Cmd, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(binary, "-headless", "-log", "json", "-listen", addr, "-data", dataFolder(t))
	c.Stdout = w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = r.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	if _, err := r.Read(make([]byte, 512)); err != nil { // the line "listening"
		t.Fatal(err)
	}
	return c, r
}

// checkStops sends the program SIGTERM, and fails the test if it does not end in time.
func checkStops(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the program ended with an error: %v", err)
		}
	case <-time.After(patience):
		t.Fatalf("the program did not end within %v", patience)
	}
}

func TestTheProgramOutlivesTheReaderOfItsLog(t *testing.T) {
	tracker, addr := startTracker(t, answers(goodAnswer)), freeAddress(t)
	c, r := startLogged(t, addr)
	_ = r.Close()
	for range 3 {
		if status, body := exchange(t, addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9")); status != 200 || body != goodAnswer {
			t.Fatalf("the client got %d %q, want the tracker's answer", status, body)
		}
		time.Sleep(150 * time.Millisecond) // by then the program has tried to write a log line, which fails
	}
	checkStops(t, c)
}

// TestAStuckReaderOfTheLogBlocksNothing makes the program log several times what the unread pipe holds.
func TestAStuckReaderOfTheLogBlocksNothing(t *testing.T) {
	addr := freeAddress(t)
	c, _ := startLogged(t, addr)
	const refused = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" // each is logged
	for range 2000 {
		conn, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(conn, refused); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 64)); err != nil {
			t.Fatalf("the program does not answer while its log is not read: %v", err)
		}
		_ = conn.Close()
	}
	checkStops(t, c)
}

// TestAnErrorInTheSettingsIsNamedAndNothingStarts: the program must not start with the defaults instead, because they
// multiply.
func TestAnErrorInTheSettingsIsNamedAndNothingStarts(t *testing.T) {
	dir := dataFolder(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "settings.json")
	const comment = "{\n  // my tracker forbids it\n  \"multiplier\": 1\n}\n"
	if err := os.WriteFile(path, []byte(comment), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, status := runOnce(t, "-headless", "-data", dir, "-listen", "127.0.0.1:0")
	if status != 1 || out != "" || !strings.Contains(errs, path+": line 2, column 3: ") {
		t.Errorf("exit status %d, standard output %q, standard error %q; want 1, and the place of the error on standard error alone", status, out, errs)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != comment {
		t.Errorf("the file is %q (%v), want it unchanged", b, err)
	}
	for _, flag := range []string{"-setup", "-launch"} {
		if out, errs, status := runOnce(t, flag, "transmission", "-data", dir); status != 1 || out != "" || !strings.Contains(errs, "line 2, column 3") {
			t.Errorf("%s: exit status %d, standard output %q, standard error %q; want 1, and the place of the error on standard error alone", flag, status, out, errs)
		}
	}
}
