//go:build unix

package engine_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// alone is the environment variable with the name of the test for which this process was started.
const alone = "BITTORATIO_ENGINE_ALONE"

// inOwnProcess runs the test again in a process of its own, whose limits it may change, and returns true there.
func inOwnProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		return true
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), alone+"="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// fillDisk limits this process's files to size, and returns the function that lifts the limit.
func fillDisk(t *testing.T, size int64) (room func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	full := old
	full.Cur = uint64(size)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnAFullDiskAnnouncesContinueAtFactorOneUntilThereIsRoom(t *testing.T) {
	if !inOwnProcess(t) {
		return
	}
	enginetest.CheckGoroutines(t)
	var log lines
	d := startDrill(t, engine.Options{Multiplier: 3 * policy.One, Log: slog.New(slog.NewTextHandler(&log, nil))})
	d.sends(d.announce(1, 0, "started"), 0)
	d.sends(d.announce(1, 1000, ""), 0)
	ledger, err := os.Stat(filepath.Join(d.e.Folder(), "ledger.journal"))
	if err != nil {
		t.Fatal(err)
	}

	room := fillDisk(t, ledger.Size())
	if got, _ := d.sends(d.announce(1, 2000, ""), 0); got != good {
		t.Errorf("the client got %q", got)
	}
	await(t, "the window says Degraded", func() bool { return d.e.Snapshot().State == engine.Degraded })
	if s := d.e.Snapshot(); s.Trouble.Kind != engine.TroubleDisk || s.Trouble.Detail == "" || s.Torrents[0].Reason != exchange.ReasonDisk {
		t.Errorf("trouble %+v, reason %d", s.Trouble, s.Torrents[0].Reason)
	}
	d.sends(d.announce(1, 3000, ""), 0)
	d.sends(d.announce(2, 500, "started"), 0) // a session that is not on the disk
	d.plays((*enginetest.Exchange).Reset)
	if got, _ := d.sends(d.announce(2, 600, ""), 0); got != good {
		t.Errorf("with the tracker away too, the client got %q", got)
	}
	d.heals()
	if d.received() != "0started 3000 4000 5000 500started 600 " {
		t.Errorf("the tracker received %q", d.received())
	}

	room()
	await(t, "it recovers by itself", func() bool { return d.e.Snapshot().State == engine.On })
	if log.count("cannot be written") != 1 || log.count("can be written again") != 1 {
		t.Errorf("said %d and %d times:\n%s", log.count("cannot be written"), log.count("can be written again"), log.b.String())
	}
	d.sends(d.announce(1, 4000, ""), 0)
	if !strings.HasSuffix(d.received(), " 8000 ") {
		t.Errorf("the tracker received %q", d.received())
	}

	// What was reported meanwhile is on the disk: a program that is killed now continues from there.
	d.e = enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One, Folder: crashed(t, d.e)})
	d.said = 0
	if w := d.e.Snapshot().Pending; len(w) != 1 || w[0].Reported != 600 {
		t.Errorf("kept after a kill: %+v", w)
	}
	d.sends(d.announce(1, 5000, ""), 0)
	d.sends(d.announce(2, 700, ""), 0)
	if !strings.HasSuffix(d.received(), " 8000 11000 900 ") {
		t.Errorf("after a kill the tracker received %q", d.received())
	}
}

// TestAFirstStartOnAFullDiskServesClients: settings.json does not exist yet, and is written when there is room.
func TestAFirstStartOnAFullDiskServesClients(t *testing.T) {
	if !inOwnProcess(t) {
		return
	}
	enginetest.CheckGoroutines(t)
	room := fillDisk(t, 0)
	d := newDrill(t)
	for i, event := range []string{"started", ""} {
		if got, _ := d.sends(d.announce(1, 1000*i, event), 0); got != good {
			t.Errorf("the client got %q", got)
		}
	}
	if s := d.snapshot(); s.State != engine.Degraded || d.received() != "0started 1000 " {
		t.Errorf("state %v; the tracker received %q", s.State, d.received())
	}
	room()
	await(t, "it recovers by itself", func() bool { return d.e.Snapshot().State == engine.On })
	if d.sends(d.announce(1, 2000, ""), 0); !strings.HasSuffix(d.received(), " 4000 ") || !strings.Contains(saved(t, d.e), "multiplier") {
		t.Errorf("the tracker received %q; saved %q", d.received(), saved(t, d.e))
	}
}

// crashed returns a copy of a data folder as a kill would leave it.
func crashed(t *testing.T, e *engine.Engine) string {
	t.Helper()
	to := t.TempDir()
	err := fs.WalkDir(os.DirFS(e.Folder()), ".", func(path string, f fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".journal") && !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(filepath.Join(e.Folder(), path))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, path), b, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// startUnlooked is startDrill in a folder to which this start has not written anything yet, so that its first announce
// checks whether the folder still exists.
func startUnlooked(t *testing.T, log *lines) *drill {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "settings.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return startDrill(t, engine.Options{Folder: folder, Multiplier: 3 * policy.One, Log: slog.New(slog.NewTextHandler(log, nil))})
}

func TestALockRemovedDuringARunIsReportedAndTakenAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startUnlooked(t, &log)
	lock := filepath.Join(d.e.Folder(), "lock")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	d.sends(d.announce(1, 0, "started"), 0)
	await(t, "it recovers by itself", func() bool { return log.count("can be written again") == 1 })
	if log.count("lock file was removed") != 1 {
		t.Errorf("the log says\n%s", log.b.String())
	}
	d.sends(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 3000 " {
		t.Errorf("the tracker received %q", d.received())
	}
	if b, err := os.ReadFile(lock); err != nil || string(b) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the lock holds %q, %v", b, err)
	}
}

// TestARemovedFileOfAnswersIsWrittenAgain, even though no total depends on them.
func TestARemovedFileOfAnswersIsWrittenAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startUnlooked(t, &log)
	file := filepath.Join(d.e.Folder(), "answers.journal")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	d.sends(d.announce(1, 0, "started"), 0)
	await(t, "the file is made again", func() bool { return log.count("was made again") == 1 })
	if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), "\n") < 2 { // a header and the answer
		t.Errorf("it holds %q, %v", b, err)
	}
	d.sends(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 3000 " {
		t.Errorf("the tracker received %q", d.received())
	}
}

func TestAFolderRemovedDuringARunIsReportedAndNothingIsMultiplied(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startUnlooked(t, &log)
	if err := os.RemoveAll(d.e.Folder()); err != nil {
		t.Fatal(err)
	}
	d.sends(d.announce(1, 0, "started"), 0)
	d.sends(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 1000 " {
		t.Errorf("the tracker received %q", d.received())
	}
	await(t, "the window says Degraded", func() bool { return d.e.Snapshot().State == engine.Degraded })
	if s := d.e.Snapshot(); !strings.Contains(s.Trouble.Detail, "data folder was removed") || log.count("data folder was removed") != 1 {
		t.Errorf("trouble %+v; the log says\n%s", s.Trouble, log.b.String())
	}
}
