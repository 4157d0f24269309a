package clientstest

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestAnAnnounceIsLoggedWithItsFields(t *testing.T) {
	tracker := startTracker(t, answers(goodAnswer))
	p := startProgram(t, dataFolder(t), "-multiplier", "3")
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=1000&downloaded=9&left=0&event=completed"))
	l := p.await("the second announce", func(l *logLine) bool { return l.Msg == "announce" && l.Event == "completed" })
	for field, want := range map[string]any{
		"level": "INFO", "tracker": tracker.addr, "info_hash": infoHash, "seen": 1000.0, "reported": 3000.0, "factor": 3.0,
		"outcome": "forwarded", "status": 200.0, "interval": 1800.0, "seeders": 3.0, "leechers": 2.0,
	} {
		if l.all[field] != want {
			t.Errorf("%s is %v, want %v", field, l.all[field], want)
		}
	}
	for _, field := range []string{"time", "took_ms"} {
		if _, there := l.all[field]; !there {
			t.Errorf("the log line lacks the field %s", field)
		}
	}
	if _, there := l.all["failure"]; there {
		t.Error("the log line has a failure, though the tracker sent none")
	}
}

func TestAFailureReasonReachesClientAndLog(t *testing.T) {
	const failure = "d14:failure reason12:unregisterede"
	tracker := startTracker(t, answers(failure))
	p := startProgram(t, dataFolder(t))
	status, body := exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
	if status != 200 || body != failure {
		t.Errorf("the client got %d %q, want the tracker's answer", status, body)
	}
	l := p.await("the announce", func(l *logLine) bool { return l.Msg == "announce" })
	if l.all["failure"] != "unregistered" || l.Outcome != "forwarded" {
		t.Errorf("failure %v, outcome %s; want unregistered, forwarded", l.all["failure"], l.Outcome)
	}
}

func TestAScrapeIsLogged(t *testing.T) {
	const found = "d5:filesd20:\x16{sK\xc7\x81j\xe7\x98\xb6b\xfc\xad\xc2E\xd1S\xcd\x18zd8:completei3e10:downloadedi9e10:incompletei2eeee"
	tracker := startTracker(t, answers(found))
	p := startProgram(t, dataFolder(t))
	head := captured(t, "testdata/captures/transmission-3.00/7-scrape.http", tracker.addr)
	if status, body := exchange(t, p.addr, head); status != 200 || body != found {
		t.Errorf("the client got %d %q, want the tracker's answer", status, body)
	}
	l := p.await("the scrape", func(l *logLine) bool { return l.Msg == "scrape" })
	if l.Tracker != tracker.addr || l.Outcome != "forwarded" || l.Status != 200 {
		t.Errorf("logged %v, want a forwarded scrape of %s with status 200", l.all, tracker.addr)
	}
}

func TestSecretsAreInNeitherLog(t *testing.T) {
	const passkey = "0123456789abcdef0123456789abcdef"
	tracker := startTracker(t, answers(goodAnswer))
	for _, form := range []string{"json", "text"} {
		t.Run(form, func(t *testing.T) {
			addr := freeAddress(t)
			p := launch(t, nil, dataFolder(t), "-log", form, "-v", "-listen", addr)
			eventually(t, "the port is open", func() bool { return acceptsConnections(addr) })
			exchange(t, addr, announceTo(tracker.addr, "/"+passkey+"/announce", "uploaded=0&downloaded=0&left=9&event=started"))
			exchange(t, addr, announceTo(tracker.addr, "/announce.php", "passkey="+passkey+"&uploaded=1&downloaded=0&left=9"))
			p.signal(syscall.SIGTERM)
			p.wait()
			out := p.output() + p.errText.String()
			if !strings.Contains(out, tracker.addr) {
				t.Errorf("the log does not name the tracker %s:\n%s", tracker.addr, out)
			}
			for _, secret := range []string{passkey, "w61clq4hqv7x", "peer_id", "uploaded=0"} {
				if strings.Contains(out, secret) {
					t.Errorf("the log contains the secret %q", secret)
				}
			}
		})
	}
}

// TestTheTextLogHasOneLinePerAnnounce checks that a line names the tracker, the event and the outcome beside the info
// hash.
func TestTheTextLogHasOneLinePerAnnounce(t *testing.T) {
	tracker := startTracker(t, answers(goodAnswer))
	addr := freeAddress(t)
	p := launch(t, nil, dataFolder(t), "-log", "text", "-multiplier", "3", "-listen", addr)
	eventually(t, "the port is open", func() bool { return acceptsConnections(addr) })
	exchange(t, addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
	exchange(t, addr, announceTo(tracker.addr, "/announce", "uploaded=1000&downloaded=9&left=0&event=completed"))
	p.signal(syscall.SIGTERM)
	p.wait()
	var about []string
	for line := range strings.Lines(p.output()) {
		if strings.Contains(line, infoHash) {
			about = append(about, line)
		}
	}
	if len(about) != 2 {
		t.Fatalf("%d lines name the torrent, want 2:\n%s", len(about), p.output())
	}
	for _, word := range []string{tracker.addr, "completed", "forwarded"} {
		if !strings.Contains(about[1], word) {
			t.Errorf("the line %q lacks %s", about[1], word)
		}
	}
}

func TestTheProgramStopsInOrderOnEitherSignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			tracker := startTracker(t, answers(goodAnswer))
			p := startProgram(t, dataFolder(t))
			exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
			p.signal(s)
			if status := p.wait(); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
			lines := p.log(func(*logLine) bool { return true })
			if last := lines[len(lines)-1]; last.Msg != "stopped" || last.Pending != 0 {
				t.Errorf("the last line is %v, want stopped with nothing pending", last.all)
			}
			if acceptsConnections(p.addr) {
				t.Error("the port is open after the program ended")
			}
		})
	}
}

func TestAPendingAnnounceIsCountedAtTheStop(t *testing.T) {
	away := freeAddress(t)
	p := startProgram(t, dataFolder(t))
	status, body := exchange(t, p.addr, announceTo(away, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
	if status != 504 || !strings.HasPrefix(body, "d14:failure reason") {
		t.Errorf("the client got %d %q, want 504 with a bencoded reason", status, body)
	}
	if l := p.await("the announce", func(l *logLine) bool { return l.Msg == "announce" }); l.Outcome != "failed" {
		t.Errorf("outcome %s, want failed", l.Outcome)
	}
	if last := p.stop(); last.Msg != "stopped" || last.Pending != 1 {
		t.Errorf("the last line is %v, want stopped with one pending announce", last.all)
	}
}

// TestAnAnnounceToAnUnreachableTrackerIsAnsweredFromTheCacheAndDeliveredLater also kills the program while the announce
// is pending.
func TestAnAnnounceToAnUnreachableTrackerIsAnsweredFromTheCacheAndDeliveredLater(t *testing.T) {
	addr, dir := freeAddress(t), dataFolder(t)
	tracker := startTrackerAt(t, addr, answers(goodAnswer))
	p := startProgram(t, dir, "-multiplier", "3")
	exchange(t, p.addr, announceTo(addr, "/announce", "uploaded=0&downloaded=0&left=0&event=started"))
	tracker.await(1)
	tracker.close()
	status, body := exchange(t, p.addr, announceTo(addr, "/announce", "uploaded=1000&downloaded=0&left=0"))
	if status != 200 || body != goodAnswer {
		t.Errorf("the client got %d %q, want the tracker's last answer", status, body)
	}
	l := p.await("the second announce", func(l *logLine) bool { return l.Msg == "announce" && l.Seen == 1000 })
	if l.Outcome != "cached" || l.Status != 0 || l.Reported != 3000 {
		t.Errorf("logged %v, want an announce answered from the cache with 3000 reported", l.all)
	}
	p.kill()

	tracker = startTrackerAt(t, addr, answers(goodAnswer))
	p = startProgram(t, dir, "-multiplier", "3")
	if last := p.stop(); last.Msg != "stopped" || last.Pending != 0 {
		t.Errorf("the last line is %v, want stopped with nothing pending", last.all)
	}
	l = p.await("the redelivered announce", func(l *logLine) bool { return l.Msg == "redelivered" })
	if l.Tracker != addr || l.InfoHash != infoHash || l.Event != "" || l.Reported != 3000 {
		t.Errorf("logged %v, want the delivery of 3000 to %s", l.all, addr)
	}
	if reported := uploadedOf(t, tracker.await(1)[0]); reported != 3000 {
		t.Errorf("the tracker received %d, want 3000", reported)
	}
}

func TestASecondSignalEndsTheProgramAtOnce(t *testing.T) {
	silent := startTracker(t, nil)
	p := startProgram(t, dataFolder(t))
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	head := announceTo(silent.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started")
	if _, err := conn.Write(head); err != nil {
		t.Fatal(err)
	}
	silent.await(1) // an orderly stop now waits for this exchange
	p.signal(syscall.SIGTERM)
	eventually(t, "the port is closed after the first signal", func() bool { return !acceptsConnections(p.addr) })
	began := time.Now()
	p.signal(syscall.SIGTERM)
	p.wait()
	if took := time.Since(began); took > time.Second {
		t.Errorf("the program ended %v after the second signal, want at most a second", took)
	}
}

func TestTotalsSurviveAKill(t *testing.T) {
	tracker := startTracker(t, answers(goodAnswer))
	dir := dataFolder(t)
	var got []uint64
	report := func(p *program, query string) {
		exchange(t, p.addr, announceTo(tracker.addr, "/announce", query))
		heads := tracker.await(len(got) + 1)
		got = append(got, uploadedOf(t, heads[len(got)]))
	}
	// The worked example of the ledger's rules; its factors are the flags of four runs.
	p := startProgram(t, dir, "-multiplier", "3")
	report(p, "uploaded=0&downloaded=0&left=0&event=started")
	report(p, "uploaded=1000&downloaded=0&left=0")
	p.kill()
	p = startProgram(t, dir, "-multiplier", "1")
	report(p, "uploaded=1500&downloaded=0&left=0")
	p.kill()
	p = startProgram(t, dir, "-multiplier", "2.5")
	report(p, "uploaded=1501&downloaded=0&left=0")
	report(p, "uploaded=1502&downloaded=0&left=0")
	report(p, "uploaded=1400&downloaded=0&left=0")
	p.kill()
	p = startProgram(t, dir, "-multiplier", "2.5")
	report(p, "uploaded=1602&downloaded=0&left=0")
	report(p, "uploaded=1602&downloaded=0&left=0&event=stopped")
	report(p, "uploaded=0&downloaded=0&left=0&event=started")
	p.stop()
	want := []uint64{0, 3000, 3500, 3502, 3505, 3505, 3755, 3755, 0}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("the tracker received %v, want %v", got, want)
		}
	}
}

func TestSIGHUPReadsTheSettingsAgain(t *testing.T) {
	tracker := startTracker(t, answers(goodAnswer))
	dir := dataFolder(t)
	writeSettings(t, dir, "3")
	p := startProgram(t, dir)
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=0&event=started"))
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=1000&downloaded=0&left=0"))
	p.reload("1.5")
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=2000&downloaded=0&left=0"))
	if reported := uploadedOf(t, tracker.await(3)[2]); reported != 4500 {
		t.Errorf("the tracker received %d, want 3000 + 1.5 × 1000", reported)
	}
	p.stop()
}

// writeSettings replaces settings.json by a rename, as a careful editor does. Duplicates are forwarded, so that a
// client that announces again without new upload is still received by the tracker.
func writeSettings(t *testing.T, dir, factor string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text := `{"version": 1, "listen": "127.0.0.1:0", "multiplier": ` + factor + `, "join_doubled_announces": false}`
	file := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// reload changes the factor of the running program by settings.json and SIGHUP, and waits until the log confirms it.
func (p *program) reload(factor string) {
	p.t.Helper()
	writeSettings(p.t, p.dir, factor)
	before := len(p.log(isReload))
	p.signal(syscall.SIGHUP)
	eventually(p.t, "the log confirms the new settings", func() bool { return len(p.log(isReload)) > before })
}

func isReload(l *logLine) bool { return l.Msg == "reloaded" }

// portsTried counts the ports that freeAddress has tried, so that parallel tests get different ones.
var portsTried atomic.Int32

// freeAddress returns a loopback address on which no program listens. Its port is below those that systems give to
// outgoing connections.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 10_000 {
		port := int(20_000 + portsTried.Add(1)%10_000)
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port from 20000 to 29999 is free")
	return ""
}

// acceptsConnections reports whether a program accepts connections at addr.
func acceptsConnections(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
