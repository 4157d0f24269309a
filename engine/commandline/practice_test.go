package commandline

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPracticeFlagsAreChecked(t *testing.T) {
	for _, c := range []struct{ args, fault string }{
		{"-demo -for 30s", ""},
		{"-tracker 127.0.0.1:6969 -line 12.5", ""},
		{"-tracker 6969", "-tracker"},
		{"-tracker 127.0.0.1:0 -line 0", "-line"},
		{"-tracker 127.0.0.1:0 -line NaN", "-line"},
		{"-demo -tracker 127.0.0.1:0", "exclude"},
		{"-for 30s", "-for needs -demo"},
		{"-demo -for -1s", "-for"},
	} {
		var stderr bytes.Buffer
		_, err := Parse(append(strings.Fields(c.args), "-data", t.TempDir()), &stderr, true)
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(stderr.String(), c.fault)) {
			t.Errorf("%s: Parse returned %v, String %q", c.args, err, stderr.String())
		}
	}
}

// lines is a log that signals when it grows.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer // guarded by mu
	grew chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(b)
	select {
	case l.grew <- struct{}{}:
	default:
	}
	return len(b), nil
}

// await waits for a text in the log, and returns what follows it up to the next blank.
func (l *lines) await(t *testing.T, text string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		all := l.all.String()
		l.mu.Unlock()
		if _, rest, ok := strings.Cut(all, text); ok {
			value, _, _ := strings.Cut(rest, `"`)
			return value
		}
		select {
		case <-l.grew:
		case <-late:
			t.Fatalf("%q is not in the log:\n%s", text, all)
		}
	}
}

func TestThePracticeTrackerRunsUntilItIsStopped(t *testing.T) {
	c, err := Parse([]string{"-tracker", "127.0.0.1:0", "-log", "json", "-data", t.TempDir()}, io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	c.Headless = true
	log := &lines{grew: make(chan struct{}, 1)}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.RunTracker(ctx, log) }()
	addr := log.await(t, `"addr":"`)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	r, err := client.Get("http://" + addr + "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR4100-000000000001&port=0&uploaded=7&downloaded=0&left=0")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil || !bytes.HasPrefix(body, []byte("d8:complete")) {
		t.Errorf("the tracker answered %q (%v)", body, err)
	}
	log.await(t, `7 bytes were announced as uploaded before`)
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	log.await(t, `"stopped`)
}
