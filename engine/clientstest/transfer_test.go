//go:build clients

package clientstest

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"slices"
	"testing"
	"time"
)

// loopbackNetwork fails the test unless it runs in the network that packaging/loopback makes.
func loopbackNetwork(t *testing.T) {
	t.Helper()
	addrs, err := net.LookupHost("tracker.test")
	if err == nil && slices.Contains(addrs, "127.0.0.2") {
		var l net.Listener
		if l, err = net.Listen("tcp", "10.99.0.1:0"); err == nil {
			_ = l.Close()
			return
		}
	}
	t.Fatalf("this test needs its own network; run: packaging/loopback go test -tags clients ./engine/clientstest/ (%v)", err)
}

// swarm is a torrent, its tracker, and the ports of the clients of one test. Tests with real clients run in parallel,
// since they spend most of their time waiting for the clients.
type swarm struct {
	torrent torrent
	relay   *relay
	port    int // of the tracker; those of the clients follow. Below the ports that systems give to outgoing connections
}

func newSwarm(t *testing.T, port int, path string) swarm {
	t.Helper()
	loopbackNetwork(t)
	shared := newTorrent(fmt.Sprintf("http://tracker.test:%d%s", port, path))
	return swarm{torrent: shared, relay: startTrackerPair(t, shared.hash, port), port: port}
}

// tracker returns the tracker's name in the program's log.
func (s swarm) tracker() string { return fmt.Sprintf("tracker.test:%d", s.port) }

// seeder starts a client that has the file. It announces through p, or directly if p is nil.
func (s swarm) seeder(t *testing.T, p *program) *client {
	t.Helper()
	c := s.newClient(t, "the seeder", 1)
	if p == nil {
		c.start()
	} else {
		c.startThrough(p)
	}
	c.share(true)
	s.relay.await(c, "started", 1)
	return c
}

// leech starts a client that announces directly, and waits until it has the whole file.
func (s swarm) leech(t *testing.T, number int) *client {
	t.Helper()
	c := s.newClient(t, fmt.Sprintf("leecher %d", number-1), number)
	c.start()
	c.share(false)
	c.awaitComplete()
	return c
}

// settled returns an announce that the tracker received, and the client's own total in bytes that belongs to it: the
// total was the same before and after the announce. An announce within two seconds does not count, since the client may
// have made it before the total was read.
func (s swarm) settled(t *testing.T, c *client) (uploaded uint64, received arrival) {
	t.Helper()
	for range 10 {
		uploaded = c.view().Uploaded
		read := time.Now()
		received = s.relay.next(c)
		if time.Since(read) > 2*time.Second && c.view().Uploaded == uploaded {
			return uploaded, received
		}
	}
	t.Fatalf("the upload total of %s did not stay the same from one announce to the next", c.name)
	return 0, arrival{}
}

// TestATrackerReceivesThreeTimesTheClientsTotal: a Transmission shares a file through the program, two others get it,
// and the totals are checked in what opentracker receives.
func TestATrackerReceivesThreeTimesTheClientsTotal(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]struct {
		port int
		path string
	}{
		"announce":        {20100, "/announce"},
		"passkey in path": {20200, "/0123456789abcdef0123456789abcdef/announce"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSwarm(t, where.port, where.path)
			p := startProgram(t, dataFolder(t), "-multiplier", "3")
			seeder := s.seeder(t, p)
			started := s.relay.await(seeder, "started", 1)
			if reported := uploadedOf(t, started.head); reported != 0 {
				t.Errorf("with started the tracker received %d, want 0", reported)
			}
			if !bytes.HasPrefix(started.head, []byte("GET "+where.path+"?")) || started.from == seeder.ip {
				t.Errorf("the seeder's first announce came from %s, not through the program, or to another path: %.80q", started.from, started.head)
			}

			first := s.leech(t, 2)
			uploaded, last := s.settled(t, seeder)
			if uploaded < torrentSize {
				t.Errorf("the seeder's own total is %d bytes, want at least the file's %d", uploaded, torrentSize)
			}
			if reported := uploadedOf(t, last.head); reported != 3*uploaded {
				t.Errorf("the tracker received %d, want 3 × %d", reported, uploaded)
			}

			s.leech(t, 3) // from the seeder and the first leecher
			uploaded, last = s.settled(t, seeder)
			if reported := uploadedOf(t, last.head); reported != 3*uploaded {
				t.Errorf("the tracker received %d, want 3 × %d", reported, uploaded)
			}
			uploaded, last = s.settled(t, first)
			if reported := uploadedOf(t, last.head); reported != uploaded || last.from != first.ip {
				t.Errorf("the leecher, which announces directly, uploaded %d and the tracker received %d from %s, want the same from %s", uploaded, reported, last.from, first.ip)
			}
			if err := seeder.trackerError(); err != nil {
				t.Error(err)
			}

			seeder.call("torrent-stop", nil, nil)
			stopped := s.relay.await(seeder, "stopped", 1)
			if reported, uploaded := uploadedOf(t, stopped.head), seeder.view().Uploaded; reported != 3*uploaded {
				t.Errorf("with stopped the tracker received %d, want 3 × %d", reported, uploaded)
			}
			p.await("the stopped announce", func(l *logLine) bool { return l.Event == "stopped" && l.Outcome == "forwarded" })
			p.stop()
			checkLog(t, p, s, seeder, func(int) (num, den uint64) { return 3, 1 })
		})
	}
}

// announces returns the announces in the program's log so far.
func announces(p *program) []logLine {
	return p.log(func(l *logLine) bool { return l.Msg == "announce" })
}

// checkLog compares each announce that the tracker received from a client with the seen and reported totals in the
// program's log, and these with the ledger's rule: what is new since the last announce is multiplied by the factor at
// that moment. factor returns the factor of the nth announce, from 0, as a fraction.
func checkLog(t *testing.T, p *program, s swarm, c *client, factor func(n int) (num, den uint64)) {
	t.Helper()
	received, logged := s.relay.announcesOf(c), announces(p)
	if len(received) != len(logged) {
		t.Fatalf("the tracker received %d announces and %d are logged, want the same", len(received), len(logged))
	}
	var seen, reported, rest uint64 // bytes, bytes, halves of a byte
	for i, l := range logged {
		num, den := factor(i)
		grown := (l.Seen-seen)*num + rest*den/2
		seen, reported, rest = l.Seen, reported+grown/den, grown%den*2/den
		if l.Reported != reported || uploadedOf(t, received[i].head) != reported {
			t.Errorf("announce %d, seen %d: logged %d, received %d, want %d", i+1, l.Seen, l.Reported, uploadedOf(t, received[i].head), reported)
		}
		if l.Outcome != "forwarded" || l.InfoHash != s.torrent.hash.String() || l.Tracker != s.tracker() {
			t.Errorf("announce %d is logged as %v, want it forwarded to %s", i+1, l.all, s.tracker())
		}
	}
}

// TestAChangedFactorChangesNothingThatWasReported changes the factor from 3 to 1 to 2.5 while the seeder keeps sharing.
func TestAChangedFactorChangesNothingThatWasReported(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 20300, "/announce")
	dir := dataFolder(t)
	writeSettings(t, dir, "3")
	p := startProgram(t, dir)
	seeder := s.seeder(t, p)

	var factors [][2]uint64   // of each announce of the seeder, as a fraction
	var seen, reported uint64 // bytes, halves of a byte
	for i, step := range []struct {
		factor   string
		num, den uint64
	}{{"3", 3, 1}, {"1", 1, 1}, {"2.5", 5, 2}} {
		if i > 0 {
			p.reload(step.factor)
		}
		leecher := s.leech(t, 2+i)
		uploaded, last := s.settled(t, seeder)
		if uploaded <= seen {
			t.Fatalf("the seeder uploaded nothing at factor %s", step.factor)
		}
		reported += (uploaded - seen) * step.num * 2 / step.den
		seen = uploaded
		if got := uploadedOf(t, last.head); got != reported/2 {
			t.Errorf("at factor %s the tracker received %d, want %d", step.factor, got, reported/2)
		}
		for len(factors) < len(s.relay.announcesOf(seeder)) {
			factors = append(factors, [2]uint64{step.num, step.den})
		}
		leecher.call("torrent-stop", nil, nil) // so that the next leecher gets the file from the seeder alone
		s.relay.await(leecher, "stopped", 1)
	}
	if err := seeder.trackerError(); err != nil {
		t.Error(err)
	}
	seeder.call("torrent-stop", nil, nil)
	if got := uploadedOf(t, s.relay.await(seeder, "stopped", 1).head); got != reported/2 {
		t.Errorf("with stopped the tracker received %d, want %d", got, reported/2)
	}
	p.await("the stopped announce", func(l *logLine) bool { return l.Event == "stopped" && l.Outcome == "forwarded" })
	p.stop()
	checkLog(t, p, s, seeder, func(n int) (num, den uint64) {
		f := factors[min(n, len(factors)-1)]
		return f[0], f[1]
	})
}

// varying matches the parameters that differ between two runs of one client, and the one that the program changes.
var varying = regexp.MustCompile(`([?&](?:peer_id|key|uploaded)=)[^& ]*`)

// TestAProxiedRequestEqualsADirectOne compares byte for byte what the tracker receives from Transmission directly with
// what it receives from the same Transmission through the program.
func TestAProxiedRequestEqualsADirectOne(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 20700, "/announce")
	seeder := s.seeder(t, nil)
	collect := func(leecher, session int) map[string]string {
		s.leech(t, leecher)
		_, plain := s.settled(t, seeder)
		seeder.call("torrent-stop", nil, nil)
		heads := map[string]string{
			"started": string(s.relay.await(seeder, "started", session).head),
			"":        string(plain.head),
			"stopped": string(s.relay.await(seeder, "stopped", session).head),
		}
		for event, head := range heads {
			heads[event] = varying.ReplaceAllString(head, "${1}~")
		}
		return heads
	}
	directly := collect(2, 1)
	seeder.quit()
	p := startProgram(t, dataFolder(t), "-multiplier", "3")
	seeder.startThrough(p)
	seeder.resume()
	s.relay.await(seeder, "started", 2)
	through := collect(3, 2)
	for event, want := range directly {
		if through[event] != want {
			t.Errorf("event %q: through the program\n%q\nwant as directly\n%q", event, through[event], want)
		}
	}
	p.stop()
	for _, l := range announces(p) {
		if l.Event == "stopped" && l.Reported != 3*l.Seen {
			t.Errorf("with stopped %d was reported, want 3 × %d", l.Reported, l.Seen)
		}
	}
}
