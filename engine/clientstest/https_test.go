//go:build clients

package clientstest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// httpsSwarm is a swarm whose tracker uses https. The program and the clients trust the root of its certificate, as
// they trust the roots of real trackers.
type httpsSwarm struct {
	swarm
	root  *tls.Certificate
	roots string // PEM file of root
	front *enginetest.Front
}

// newHTTPSSwarm starts the tracker at port, and TLS in front of it at port + 50.
func newHTTPSSwarm(t *testing.T, port int, path string) httpsSwarm {
	t.Helper()
	loopbackNetwork(t)
	shared := newTorrent(fmt.Sprintf("https://tracker.test:%d%s", port+50, path))
	s := httpsSwarm{swarm: swarm{torrent: shared, relay: startTrackerPair(t, shared.hash, port), port: port}}
	s.root = enginetest.MustIssue(t, nil, time.Now().Add(time.Hour))
	s.roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(s.roots, enginetest.PEM(s.root), 0o600); err != nil {
		t.Fatal(err)
	}
	leaf := enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), "tracker.test")
	s.front = enginetest.NewFront(t, fmt.Sprintf("127.0.0.2:%d", port+50), fmt.Sprintf("127.0.0.2:%d", port), &tls.Config{Certificates: []tls.Certificate{*leaf}})
	return s
}

func (s httpsSwarm) host() string { return fmt.Sprintf("tracker.test:%d", s.port+50) }

// program starts the program so that it decrypts connections to these hosts.
func (s httpsSwarm) program(t *testing.T, open ...string) *program {
	t.Helper()
	dir := dataFolder(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{"version": 1, "multiplier": 3, "open_https": true, "open_hosts": open})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return startProgramIn(t, []string{"SSL_CERT_FILE=" + s.roots}, dir)
}

// launchEnvironment returns the environment variables in the command line that -launch prints for a client.
func launchEnvironment(t *testing.T, p *program, client string) []string {
	t.Helper()
	line, errs, status := runOnce(t, "-launch", client, "-listen", p.addr, "-data", p.dir)
	if status != 0 {
		t.Fatalf("-launch %s: exit status %d\n%s%s", client, status, line, errs)
	}
	var env []string
	for word := range strings.FieldsSeq(line) {
		if name, _, ok := strings.Cut(word, "="); ok && !strings.HasPrefix(name, "-") {
			env = append(env, word)
		}
	}
	return env
}

// TestAnHTTPSTrackerReceivesThreeTimesTheClientsTotal starts Transmission with the command line of -launch; its
// settings do not mention the program.
func TestAnHTTPSTrackerReceivesThreeTimesTheClientsTotal(t *testing.T) {
	t.Parallel()
	s := newHTTPSSwarm(t, 21100, "/0123456789abcdef0123456789abcdef/announce")
	p := s.program(t, s.host())
	seeder := s.newClient(t, "the seeder", 1)
	seeder.start(launchEnvironment(t, p, "transmission-daemon")...)
	seeder.share(true)
	s.relay.await(seeder, "started", 1)
	leecher := s.newClient(t, "the leecher", 2)
	leecher.start("CURL_CA_BUNDLE=" + s.roots)
	leecher.share(false)
	leecher.awaitComplete()
	uploaded, last := s.settled(t, seeder)
	if reported := uploadedOf(t, last.head); uploaded < torrentSize || reported != 3*uploaded {
		t.Errorf("the seeder uploaded %d and the tracker received %d, want three times the total of at least %d", uploaded, reported, torrentSize)
	}
	if uploaded, last := s.settled(t, leecher); uploadedOf(t, last.head) != uploaded {
		t.Errorf("the leecher, which announces directly, uploaded %d and the tracker received %d, want the same", uploaded, uploadedOf(t, last.head))
	}
	if err := seeder.trackerError(); err != nil {
		t.Error(err)
	}
	seeder.call("torrent-stop", nil, nil)
	stopped := s.relay.await(seeder, "stopped", 1)
	if reported, uploaded := uploadedOf(t, stopped.head), seeder.view().Uploaded; reported != 3*uploaded {
		t.Errorf("with stopped the tracker received %d, want 3 × %d", reported, uploaded)
	}
	p.await("the stopped announce", func(l *logLine) bool {
		return l.Event == "stopped" && l.Outcome == "forwarded" && l.Tracker == s.host() && l.Reported == 3*l.Seen
	})
	if strings.Contains(p.output(), "0123456789abcdef0123") {
		t.Error("the log contains the passkey")
	}
	p.stop()
}

// TestAClientWithoutOurCertificateStillReachesItsTracker connects Transmission to the program, but does not have it
// trust the program's authority: after the first refusal, the program forwards the connection undecrypted.
func TestAClientWithoutOurCertificateStillReachesItsTracker(t *testing.T) {
	t.Parallel()
	s := newHTTPSSwarm(t, 21200, "/announce")
	p := s.program(t, s.host())
	seeder := s.newClient(t, "the seeder", 1)
	seeder.start("https_proxy=http://"+p.addr, "CURL_CA_BUNDLE="+s.roots)
	seeder.share(true)
	refused := p.await("the client refused the certificate", func(l *logLine) bool { return l.Level == "WARN" && l.Tracker == s.host() })
	if refused.all["client"] == "" {
		t.Errorf("the log line %v does not name the client", refused.all)
	}
	s.relay.await(seeder, "started", 1)
	eventually(t, "the client shows no tracker error", func() bool { return seeder.trackerError() == nil })
	if n := len(announces(p)); n != 0 {
		t.Errorf("%d announces were decrypted, want 0", n)
	}
	p.stop()
}

// TestOnlyListedHostsAreDecrypted checks with curl that a listed host is decrypted, and that another port and an
// address, which are not on the list, present their own certificate.
func TestOnlyListedHostsAreDecrypted(t *testing.T) {
	t.Parallel()
	s := newHTTPSSwarm(t, 21300, "/announce")
	p := s.program(t, s.host())
	bundle := filepath.Join(p.dir, "bittoratio-bundle.pem")
	other := enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), "tracker.test", "127.0.0.2")
	enginetest.NewFront(t, "127.0.0.2:21360", "127.0.0.2:21300", &tls.Config{Certificates: []tls.Certificate{*other}})
	target := "/announce?info_hash=" + enginetest.InfoHash + "&peer_id=-XX0000-0123456789ab&port=1&uploaded=0&left=0&compact=1"
	for _, c := range []struct{ name, url, trusts, issuer string }{
		{"a listed host", "https://" + s.host(), bundle, "BittOratio"},
		{"another port, not listed", "https://tracker.test:21360", s.roots, "test"},
		{"an address, not listed", "https://127.0.0.2:21360", s.roots, "test"},
	} {
		for _, proxy := range []string{"http://" + p.addr, "socks5h://" + p.addr} {
			cmd := exec.Command("curl", "-sS", "-v", "--noproxy", "", "--proxy", proxy, "--cacert", c.trusts, c.url+target)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "issuer: ") || !strings.Contains(issuer(string(out)), c.issuer) {
				t.Errorf("%s through %s: want a certificate issued by %s (%v)\n%s", c.name, proxy, c.issuer, err, out)
			}
		}
	}
	p.stop()
}

// issuer returns who signed the certificate, according to the output of curl -v.
func issuer(output string) string {
	_, line, _ := strings.Cut(output, "issuer: ")
	line, _, _ = strings.Cut(line, "\n")
	return line
}

// TestOurAuthorityIsTrustedForNoOtherHost makes a client trust nothing but the program's authority, and connects it to
// a host that is not on the list.
func TestOurAuthorityIsTrustedForNoOtherHost(t *testing.T) {
	t.Parallel()
	s := newHTTPSSwarm(t, 21400, "/announce")
	p := s.program(t, s.host())
	pool := x509.NewCertPool()
	b, err := os.ReadFile(filepath.Join(p.dir, "bittoratio-ca.pem"))
	if err != nil || !pool.AppendCertsFromPEM(b) {
		t.Fatal(err)
	}
	proxy := &url.URL{Scheme: "http", Host: p.addr}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}}
	answer, err := client.Get("https://" + s.host() + "/scrape")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	_, port, _ := net.SplitHostPort(s.front.Addr)
	if answer, err = client.Get("https://localhost:" + port + "/"); err == nil {
		_ = answer.Body.Close()
		t.Error("a client that trusts only our authority reached a host that is not listed")
	}
	p.stop()
}
