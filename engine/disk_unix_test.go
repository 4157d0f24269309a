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

// childTest is the environment variable with the name of the test for which this process was started.
const childTest = "BITTORATIO_ENGINE_ALONE"

// inOwnProcess runs the test again in a process of its own, whose limits it may change, and returns true there.
func inOwnProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv(childTest) == t.Name() {
		return true
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childTest+"="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("CombinedOutput returned %v\n%s", err, out)
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
	d := startOutage(t, engine.Options{Multiplier: 3 * policy.One, Log: slog.New(slog.NewTextHandler(&log, nil))})
	d.send(d.announce(1, 0, "started"), 0)
	d.send(d.announce(1, 1000, ""), 0)
	ledger, err := os.Stat(filepath.Join(d.e.Folder(), "ledger.journal"))
	if err != nil {
		t.Fatal(err)
	}

	room := fillDisk(t, ledger.Size())
	if got, _ := d.send(d.announce(1, 2000, ""), 0); got != good {
		t.Errorf("the client got %q, want %q", got, good)
	}
	await(t, "the state is Degraded", func() bool { return d.e.Snapshot().State == engine.Degraded })
	if s := d.e.Snapshot(); s.Trouble.Kind != engine.TroubleDisk || s.Trouble.Detail == "" || s.Torrents[0].Reason != exchange.ReasonDisk {
		t.Errorf("trouble %+v, reason %d; want those of the full disk", s.Trouble, s.Torrents[0].Reason)
	}
	d.send(d.announce(1, 3000, ""), 0)
	d.send(d.announce(2, 500, "started"), 0) // a session that is not on the disk
	d.setFault((*enginetest.Exchange).Reset)
	if got, _ := d.send(d.announce(2, 600, ""), 0); got != good {
		t.Errorf("with the tracker away too, the client got %q", got)
	}
	d.clearFault()
	if d.received() != "0started 3000 4000 5000 500started 600 " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started 3000 4000 5000 500started 600 ")
	}

	room()
	await(t, "it recovers by itself", func() bool { return d.e.Snapshot().State == engine.On })
	if log.count("cannot be written") != 1 || log.count("can be written again") != 1 {
		t.Errorf("the log has the failure %d times and the recovery %d times, want each once:\n%s", log.count("cannot be written"), log.count("can be written again"), log.b.String())
	}
	d.send(d.announce(1, 4000, ""), 0)
	if !strings.HasSuffix(d.received(), " 8000 ") {
		t.Errorf("the tracker received %q", d.received())
	}

	// What was reported meanwhile is on the disk: a program that is killed now continues from there.
	d.e = enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One, Folder: crashed(t, d.e)})
	d.recorded = 0
	if w := d.e.Snapshot().Pending; len(w) != 1 || w[0].Reported != 600 {
		t.Errorf("pending after a kill: %+v, want one with 600 reported", w)
	}
	d.send(d.announce(1, 5000, ""), 0)
	d.send(d.announce(2, 700, ""), 0)
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
	d := newOutage(t)
	for i, event := range []string{"started", ""} {
		if got, _ := d.send(d.announce(1, 1000*i, event), 0); got != good {
			t.Errorf("the client got %q, want %q", got, good)
		}
	}
	if s := d.snapshot(); s.State != engine.Degraded || d.received() != "0started 1000 " {
		t.Errorf("state %v; the tracker received %q", s.State, d.received())
	}
	room()
	await(t, "it recovers by itself", func() bool { return d.e.Snapshot().State == engine.On })
	if d.send(d.announce(1, 2000, ""), 0); !strings.HasSuffix(d.received(), " 4000 ") || !strings.Contains(saved(t, d.e), "multiplier") {
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

// startInUncheckedFolder is startOutage in a folder to which this start has not written anything yet, so that its first
// announce checks whether the folder still exists.
func startInUncheckedFolder(t *testing.T, log *lines) *outage {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "settings.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return startOutage(t, engine.Options{Folder: folder, Multiplier: 3 * policy.One, Log: slog.New(slog.NewTextHandler(log, nil))})
}

func TestALockRemovedDuringARunIsReportedAndTakenAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startInUncheckedFolder(t, &log)
	lock := filepath.Join(d.e.Folder(), "lock")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	d.send(d.announce(1, 0, "started"), 0)
	await(t, "it recovers by itself", func() bool { return log.count("can be written again") == 1 })
	if log.count("lock file was removed") != 1 {
		t.Errorf("the log does not have the removed lock once:\n%s", log.b.String())
	}
	d.send(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 3000 " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started 3000 ")
	}
	if b, err := os.ReadFile(lock); err != nil || string(b) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the lock holds %q, %v", b, err)
	}
}

// TestARemovedFileOfAnswersIsWrittenAgain, even though no total depends on them.
func TestARemovedFileOfAnswersIsWrittenAgain(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startInUncheckedFolder(t, &log)
	file := filepath.Join(d.e.Folder(), "answers.journal")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	d.send(d.announce(1, 0, "started"), 0)
	await(t, "the file is made again", func() bool { return log.count("was made again") == 1 })
	if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), "\n") < 2 { // a header and the answer
		t.Errorf("the file of answers has %q (%v), want a header and the answer", b, err)
	}
	d.send(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 3000 " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started 3000 ")
	}
}

func TestAFolderRemovedDuringARunIsReportedAndNothingIsMultiplied(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	d := startInUncheckedFolder(t, &log)
	if err := os.RemoveAll(d.e.Folder()); err != nil {
		t.Fatal(err)
	}
	d.send(d.announce(1, 0, "started"), 0)
	d.send(d.announce(1, 1000, ""), 0)
	if d.received() != "0started 1000 " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started 1000 ")
	}
	await(t, "the state is Degraded", func() bool { return d.e.Snapshot().State == engine.Degraded })
	if s := d.e.Snapshot(); !strings.Contains(s.Trouble.Detail, "data folder was removed") || log.count("data folder was removed") != 1 {
		t.Errorf("trouble %+v, want the removed folder; the log is\n%s", s.Trouble, log.b.String())
	}
}
