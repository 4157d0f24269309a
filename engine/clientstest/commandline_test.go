package clientstest

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// dataFolder returns the path of a data folder that does not exist yet, as on a first run.
func dataFolder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

func TestVersionPrintsTheProgramAndGo(t *testing.T) {
	out, errs, status := runOnce(t, "-version")
	if status != 0 || errs != "" {
		t.Fatalf("exit status %d, standard error %q; want 0 and nothing", status, errs)
	}
	for _, word := range []string{"BittOratio", runtime.Version()} {
		if !strings.Contains(out, word) {
			t.Errorf("-version printed %q, want %s in it", out, word)
		}
	}
}

func TestSetupPrintsTheStepsOfEveryClientItLists(t *testing.T) {
	out, errs, status := runOnce(t, "-setup", "list")
	if status != 0 || errs != "" {
		t.Fatalf("-setup list: exit status %d, standard error %q; want 0 and nothing", status, errs)
	}
	names := setupNames(out)
	if len(names) < 3 {
		t.Fatalf("-setup list prints %d clients, want at least 3:\n%s", len(names), out)
	}
	for _, name := range names {
		text, errs, status := runOnce(t, "-setup", name, "-listen", "127.0.0.1:18080", "-data", dataFolder(t))
		if status != 0 || errs != "" {
			t.Errorf("-setup %s: exit status %d, standard error %q; want 0 and nothing", name, status, errs)
		}
		// Clients without proxy settings (KTorrent, WebTorrent) get gateway addresses, which contain the port too.
		if !strings.Contains(text, "18080") {
			t.Errorf("-setup %s does not print the port of -listen:\n%s", name, text)
		}
	}
}

// setupNames returns the first word of each line that -setup list prints.
func setupNames(list string) []string {
	var names []string
	for line := range strings.Lines(list) {
		if words := strings.Fields(line); len(words) > 0 {
			names = append(names, words[0])
		}
	}
	return names
}

// TestAWrongCommandLineExitsWithStatus2 also checks that nothing is printed on standard output and that no data folder
// is created.
func TestAWrongCommandLineExitsWithStatus2(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown flag":         {"-nonsense"},
		"unknown client":       {"-setup", "nonsense"},
		"unknown launch":       {"-launch", "nonsense"},
		"nothing to convert":   {"-convert", ""},
		"nothing to look up":   {"-magnet", ""},
		"factor below one":     {"-multiplier", "0.5"},
		"factor above hundred": {"-multiplier", "101"},
		"factor not a number":  {"-multiplier", "twice"},
		"listen without port":  {"-listen", "127.0.0.1"},
		"port not a number":    {"-listen", "127.0.0.1:http"},
		"unknown log form":     {"-log", "xml"},
		"extra argument":       {"start"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := dataFolder(t)
			out, errs, status := runOnce(t, append([]string{"-headless", "-data", dir}, args...)...)
			if status != 2 {
				t.Errorf("exit status %d, want 2", status)
			}
			if out != "" || errs == "" {
				t.Errorf("standard output %q, standard error %q; want the reason on standard error alone", out, errs)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("a wrong command line created a data folder")
			}
		})
	}
}

func TestATakenPortExitsWithStatus1AndIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	out, errs, status := runOnce(t, "-headless", "-log", "json", "-listen", taken.Addr().String(), "-data", dataFolder(t))
	if status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	if strings.Count(errs, "\n") != 1 || !strings.Contains(errs, port) {
		t.Errorf("standard error %q, want one line that names port %s", errs, port)
	}
	if strings.Contains(out, `"listening"`) {
		t.Errorf("the program logged that it listens on a taken port: %s", out)
	}
}

func TestASecondProcessOnADataFolderNamesTheFirst(t *testing.T) {
	dir := dataFolder(t)
	first := startProgram(t, dir)
	_, errs, status := runOnce(t, "-headless", "-listen", "127.0.0.1:0", "-data", dir)
	if status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	pid := strconv.Itoa(first.cmd.Process.Pid)
	if strings.Count(errs, "\n") != 1 || !strings.Contains(errs, pid) {
		t.Errorf("standard error %q, want one line that names process %s", errs, pid)
	}
	first.stop()
	startProgram(t, dir).stop() // fails if the folder is still locked
}

func TestAKilledProgramReleasesItsDataFolder(t *testing.T) {
	dir := dataFolder(t)
	startProgram(t, dir).kill()
	startProgram(t, dir).stop()
}

func TestFlagsApplyToOneRunOnly(t *testing.T) {
	dir := dataFolder(t)
	tracker := startTracker(t, answers(goodAnswer))
	report := func(p *program, uploaded string, n int) uint64 {
		exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded="+uploaded+"&downloaded=0&left=0"))
		return uploadedOf(t, tracker.await(n)[n-1])
	}
	p := startProgram(t, dir, "-multiplier", "7.5")
	report(p, "0", 1)
	if reported := report(p, "1000", 2); reported != 7500 {
		t.Errorf("reported %d at a factor of 7.5, want 7500", reported)
	}
	p.stop()
	p = startProgram(t, dir) // at the default factor, 2
	if reported := report(p, "2000", 3); reported != 9500 {
		t.Errorf("reported %d after the restart, want 7500 + 2 × 1000", reported)
	}
	p.stop()
}
