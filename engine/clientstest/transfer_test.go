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

// loopbackNetwork fails where this machine's network is not the one that packaging/loopback makes.
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
	t.Fatalf("run this on its own network: packaging/loopback go test -tags clients ./engine/clientstest/ (%v)", err)
}

// swarm is a torrent with its tracker, and the clients of one test. Several tests run at once: they wait most of their
// time, for what clients do at leisure.
type swarm struct {
	torrent torrent
	relay   *relay
	port    int // the tracker's; the clients' follow. Below those that outgoing connections take by chance
}

func newSwarm(t *testing.T, port int, path string) swarm {
	t.Helper()
	loopbackNetwork(t)
	shared := newTorrent(fmt.Sprintf("http://tracker.test:%d%s", port, path))
	return swarm{torrent: shared, relay: startTrackerPair(t, shared.hash, port), port: port}
}

// tracker is what the program's log calls it.
func (s swarm) tracker() string { return fmt.Sprintf("tracker.test:%d", s.port) }

// seeder starts a client that has the file, pointed at the program, or straight at the tracker if there is none.
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

// leech lets a new client get the whole file, straight from its peers and its tracker.
func (s swarm) leech(t *testing.T, number int) *client {
	t.Helper()
	c := s.newClient(t, fmt.Sprintf("leecher %d", number-1), number)
	c.start()
	c.share(false)
	c.awaitWhole()
	return c
}

// settled returns the client's own counter, once it no longer changes across an announce: the client's number, and what
// the tracker received. An announce that comes at once may have been on its way when the counter was read, and is not
// the one.
func (s swarm) settled(t *testing.T, c *client) (said uint64, heard arrival) {
	t.Helper()
	for range 10 {
		said = c.view().Uploaded
		read := time.Now()
		heard = s.relay.next(c)
		if time.Since(read) > 2*time.Second && c.view().Uploaded == said {
			return said, heard
		}
	}
	t.Fatalf("%s's counter does not come to rest", c.name)
	return 0, arrival{}
}

// TestATrackerReceivesThreeTimesTheClientsTotal is the whole program at work: Transmission shares a file with another,
// opentracker brings them together, and what it receives is read on its own side.
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
			if told := uploadedOf(t, started.head); told != 0 {
				t.Errorf("started tells %d, not 0", told)
			}
			if !bytes.HasPrefix(started.head, []byte("GET "+where.path+"?")) || started.from == seeder.ip {
				t.Errorf("the seeder's announce came from %s: %.80q", started.from, started.head)
			}

			first := s.leech(t, 2)
			said, heard := s.settled(t, seeder)
			if said < torrentSize {
				t.Errorf("the seeder says it uploaded %d bytes, less than the file", said)
			}
			if told := uploadedOf(t, heard.head); told != 3*said {
				t.Errorf("the tracker received %d, not 3 × %d", told, said)
			}

			s.leech(t, 3) // from the seeder and the first leecher
			said, heard = s.settled(t, seeder)
			if told := uploadedOf(t, heard.head); told != 3*said {
				t.Errorf("the tracker received %d, not 3 × %d", told, said)
			}
			own, straight := s.settled(t, first)
			if told := uploadedOf(t, straight.head); told != own || straight.from != first.ip {
				t.Errorf("the leecher, which goes straight to the tracker, said %d, and the tracker received %d from %s", own, told, straight.from)
			}
			if err := seeder.content(); err != nil {
				t.Error(err)
			}

			seeder.call("torrent-stop", nil, nil)
			stopped := s.relay.await(seeder, "stopped", 1)
			if told, last := uploadedOf(t, stopped.head), seeder.view().Uploaded; told != 3*last {
				t.Errorf("stopped tells %d, not 3 × %d", told, last)
			}
			p.await("the stopped announce", func(l *logLine) bool { return l.Event == "stopped" && l.Outcome == "forwarded" })
			p.stop()
			checkLog(t, p, s, seeder, func(int) (num, den uint64) { return 3, 1 })
		})
	}
}

// announces is every announce that the program has logged.
func announces(p *program) []logLine {
	return p.log(func(l *logLine) bool { return l.Msg == "announce" })
}

// checkLog compares, announce by announce, what the tracker received from a client with what the program's log says it
// saw and told, and that with the ledger's rules: what is new since the last announce, times the factor of its moment.
// factor is that of the nth announce, as a fraction.
func checkLog(t *testing.T, p *program, s swarm, c *client, factor func(n int) (num, den uint64)) {
	t.Helper()
	heard, logged := s.relay.of(c), announces(p)
	if len(heard) != len(logged) {
		t.Fatalf("the tracker received %d announces, and %d are logged", len(heard), len(logged))
	}
	var seen, told, rest uint64
	for i, l := range logged {
		num, den := factor(i)
		grown := (l.Seen-seen)*num + rest*den/2 // rest counts halves of a byte
		seen, told, rest = l.Seen, told+grown/den, grown%den*2/den
		if l.Reported != told || uploadedOf(t, heard[i].head) != told {
			t.Errorf("announce %d, seen %d: logged %d, heard %d, not %d", i+1, l.Seen, l.Reported, uploadedOf(t, heard[i].head), told)
		}
		if l.Outcome != "forwarded" || l.InfoHash != s.torrent.hash.String() || l.Tracker != s.tracker() {
			t.Errorf("announce %d is logged as %v", i+1, l.all)
		}
	}
}

// TestAChangedFactorChangesNothingThatWasReported moves the factor 3 → 1 → 2.5 while the seeder goes on sharing.
func TestAChangedFactorChangesNothingThatWasReported(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 20300, "/announce")
	dir := dataFolder(t)
	writeSettings(t, dir, "3")
	p := startProgram(t, dir)
	seeder := s.seeder(t, p)

	var factors [][2]uint64 // of each announce of the seeder, as a fraction
	var seen, told uint64   // told in halves of a byte
	for i, step := range []struct {
		factor   string
		num, den uint64
	}{{"3", 3, 1}, {"1", 1, 1}, {"2.5", 5, 2}} {
		if i > 0 {
			p.reload(step.factor)
		}
		leecher := s.leech(t, 2+i)
		said, heard := s.settled(t, seeder)
		if said <= seen {
			t.Fatalf("at factor %s the seeder uploaded nothing", step.factor)
		}
		told += (said - seen) * step.num * 2 / step.den
		seen = said
		if got := uploadedOf(t, heard.head); got != told/2 {
			t.Errorf("after a step at factor %s the tracker received %d, not %d", step.factor, got, told/2)
		}
		for len(factors) < len(s.relay.of(seeder)) {
			factors = append(factors, [2]uint64{step.num, step.den})
		}
		leecher.call("torrent-stop", nil, nil) // so that the next one has the file from the seeder alone
		s.relay.await(leecher, "stopped", 1)
	}
	if err := seeder.content(); err != nil {
		t.Error(err)
	}
	seeder.call("torrent-stop", nil, nil)
	if got := uploadedOf(t, s.relay.await(seeder, "stopped", 1).head); got != told/2 {
		t.Errorf("stopped tells %d, not %d", got, told/2)
	}
	p.await("the stopped announce", func(l *logLine) bool { return l.Event == "stopped" && l.Outcome == "forwarded" })
	p.stop()
	checkLog(t, p, s, seeder, func(n int) (num, den uint64) {
		f := factors[min(n, len(factors)-1)]
		return f[0], f[1]
	})
}

// varying is what differs between two runs of one client, and the one thing that this program changes.
var varying = regexp.MustCompile(`([?&](?:peer_id|key|uploaded)=)[^& ]*`)

// TestProxiedRequestIsTheDirectOne compares byte for byte what the tracker gets from Transmission itself with what it
// gets from the same Transmission through the program.
func TestProxiedRequestIsTheDirectOne(t *testing.T) {
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
	straight := collect(2, 1)
	seeder.quit()
	p := startProgram(t, dataFolder(t), "-multiplier", "3")
	seeder.startThrough(p)
	seeder.resume()
	s.relay.await(seeder, "started", 2)
	through := collect(3, 2)
	for event, want := range straight {
		if through[event] != want {
			t.Errorf("event %q:\nthrough the program %q\n          directly %q", event, through[event], want)
		}
	}
	p.stop()
	for _, l := range announces(p) {
		if l.Event == "stopped" && l.Reported != 3*l.Seen {
			t.Errorf("stopped told %d for %d", l.Reported, l.Seen)
		}
	}
}
