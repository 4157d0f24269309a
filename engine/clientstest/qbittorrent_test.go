//go:build clients

package clientstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
)

// qbittorrent is one qbittorrent-nox process with its own profile; the test controls it over its Web API.
type qbittorrent struct {
	t       *testing.T
	client  *client   // its folders, address and ports in the swarm
	profile string    // folder
	file    file.File // its settings file
	guide   func(addr string) clients.Guide
}

// newQBittorrent writes the profile of a qBittorrent that is not started yet. It gets peers from its tracker alone. The
// profile has the MigrationVersion of a qBittorrent that has run before: without it, qBittorrent 5.1 migrates the file
// at its first start and overwrites settings. The number depends on the version, because the program checks it before
// it changes the file.
func (s swarm) newQBittorrent(t *testing.T, number int) *qbittorrent {
	t.Helper()
	out, err := exec.Command("qbittorrent-nox", "--version").Output()
	if err != nil {
		t.Fatalf("qbittorrent-nox --version: %v", err)
	}
	version := strings.Replace(strings.TrimSpace(string(out)), " v", " ", 1) // "qBittorrent v4.5.2"
	kind, ok := clients.Called(version)
	if !ok || kind.Key != "qbittorrent" {
		t.Fatalf("qbittorrent-nox --version printed %q, want a known qBittorrent", version)
	}
	q := &qbittorrent{t: t, client: s.newClient(t, "qBittorrent", number), profile: t.TempDir()}
	q.guide = func(addr string) clients.Guide {
		of, _ := kind.Of(version)
		g, err := of.Render(clients.Values{Addr: addr})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	q.file = file.File{System: "the test's", Path: filepath.Join(q.profile, "qBittorrent", "config", "qBittorrent.conf"), Programs: []string{"qbittorrent", "qbittorrent-nox"}, Options: kind.FolderOptions}
	migration := 4 // of 4.5
	if g, _ := kind.Of(version); g.Key == "qbittorrent-4.6" {
		migration = 8
	}
	settings := fmt.Sprintf(`[BitTorrent]
Session\Port=%s
Session\DHTEnabled=false
Session\LSDEnabled=false
Session\PeXEnabled=false
Session\BTProtocol=TCP
Session\AddTorrentPaused=false
Session\AddTorrentStopped=false
Session\DefaultSavePath=%s
Session\QueueingSystemEnabled=false

[LegalNotice]
Accepted=true

[Meta]
MigrationVersion=%d

[Network]
PortForwardingEnabled=false

[Preferences]
WebUI\Address=127.0.0.1
WebUI\Port=%d
WebUI\LocalHostAuth=false
WebUI\CSRFProtection=false
WebUI\HostHeaderValidation=false
`, q.client.peerPort, q.client.data, migration, q.client.rpcPort)
	err = os.MkdirAll(filepath.Dir(q.file.Path), 0o700)
	if err == nil {
		err = os.WriteFile(q.file.Path, []byte(settings), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// apply changes the settings file as the program's window does. It tries again while the change is refused: other tests
// run qBittorrent with other profiles, and while one starts or ends, its profile cannot be determined.
func (q *qbittorrent) apply(plan *file.Plan, err error) {
	q.t.Helper()
	if err != nil {
		q.t.Fatal(err)
	}
	eventually(q.t, "the change of qBittorrent's settings file is not refused", func() bool {
		err = plan.Apply(file.Here())
		var running *file.RunningError
		return !errors.As(err, &running)
	})
	if err != nil {
		q.t.Fatal(err)
	}
}

// start starts qBittorrent with these environment variables, PATH, HOME and LANG.
func (q *qbittorrent) start(env ...string) {
	q.t.Helper()
	cmd := exec.Command("qbittorrent-nox", "--profile="+q.profile)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + q.profile, "LANG=C.UTF-8"}, env...)
	runUntilEnd(q.t, cmd, syscall.SIGKILL)
	q.client.quit = func() {
		q.t.Helper()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		eventually(q.t, "qBittorrent has quit", func() bool { return cmd.Process.Signal(syscall.Signal(0)) != nil })
	}
	eventually(q.t, "qBittorrent answers", func() bool { return acceptsConnections(q.client.rpcAddr()) })
}

// call posts to the Web API and returns the body of the answer.
func (q *qbittorrent) call(method, kind string, body io.Reader) []byte {
	q.t.Helper()
	answer, err := direct.Post("http://"+q.client.rpcAddr()+"/api/v2/"+method, kind, body)
	if err != nil {
		q.t.Fatalf("qBittorrent: %s: %v", method, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		q.t.Fatalf("qBittorrent: %s: %s %s %v", method, answer.Status, b, err)
	}
	return b
}

func (q *qbittorrent) form(method string, values url.Values) []byte {
	q.t.Helper()
	return q.call(method, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// set sets lines of the section BitTorrent in its settings file before it is started.
func (q *qbittorrent) set(lines ...string) {
	q.t.Helper()
	b, err := os.ReadFile(q.file.Path)
	for _, line := range lines {
		key, _, _ := strings.Cut(line, "=")
		section := "[BitTorrent]\n"
		b = regexp.MustCompile("(?m)^"+regexp.QuoteMeta(key)+"=.*\n").ReplaceAll(b, nil)
		b = bytes.Replace(b, []byte(section), []byte(section+line+"\n"), 1)
	}
	if err == nil {
		err = os.WriteFile(q.file.Path, b, 0o600)
	}
	if err != nil {
		q.t.Fatal(err)
	}
}

// share adds the torrent, whose file it already has.
func (q *qbittorrent) share() {
	q.t.Helper()
	c := q.client
	if err := os.WriteFile(filepath.Join(c.data, c.torrent.name), c.torrent.content, 0o600); err != nil {
		q.t.Fatal(err)
	}
	q.add()
}

// add adds the torrent.
func (q *qbittorrent) add() {
	q.t.Helper()
	c := q.client
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("torrents", "a.torrent")
	if err == nil {
		_, err = part.Write(c.torrent.file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		q.t.Fatal(err)
	}
	q.call("torrents/add", form.FormDataContentType(), &body)
}

// uploaded returns its own upload total, in bytes.
func (q *qbittorrent) uploaded() uint64 {
	q.t.Helper()
	var all []struct {
		Uploaded uint64 `json:"uploaded_session"`
	}
	if err := json.Unmarshal(q.form("torrents/info", nil), &all); err != nil || len(all) != 1 {
		q.t.Fatalf("qBittorrent has %d torrents, want 1 (%v)", len(all), err)
	}
	return all[0].Uploaded
}

// complete reports whether it has the whole file.
func (q *qbittorrent) complete() bool {
	q.t.Helper()
	var all []struct {
		Progress float64 `json:"progress"`
	}
	if err := json.Unmarshal(q.form("torrents/info", nil), &all); err != nil {
		q.t.Fatal(err)
	}
	return len(all) == 1 && all[0].Progress == 1
}

// trackerErrors returns the status of each tracker that is not working, once none is being updated.
func (q *qbittorrent) trackerErrors() (found []string) {
	q.t.Helper()
	eventually(q.t, "qBittorrent updates no tracker", func() (settled bool) {
		var all []struct {
			URL    string `json:"url"`
			Status int    `json:"status"` // 2 is working, 3 updating
			Msg    string `json:"msg"`
		}
		if err := json.Unmarshal(q.form("torrents/trackers", url.Values{"hash": {q.client.torrent.hash.String()}}), &all); err != nil {
			q.t.Fatal(err)
		}
		found, settled = nil, true
		for _, k := range all {
			if strings.Contains(k.URL, "://") && k.Status != 2 {
				found, settled = append(found, fmt.Sprintf("status %d %q", k.Status, k.Msg)), settled && k.Status != 3
			}
		}
		return settled
	})
	return found
}

func (q *qbittorrent) stop() {
	q.t.Helper()
	method := "torrents/pause"
	if v := strings.TrimSpace(string(q.form("app/version", nil))); strings.HasPrefix(v, "v5") {
		method = "torrents/stop"
	}
	q.form(method, url.Values{"hashes": {"all"}})
}

// TestQBittorrentKeepsUTPBehindSOCKS5: as long as the user does not allow datagrams, the program refuses UDP ASSOCIATE,
// so qBittorrent sends its µTP packets directly. Both peers of this test support nothing but µTP.
func TestQBittorrentKeepsUTPBehindSOCKS5(t *testing.T) {
	t.Parallel()
	bed := newTestbed(t, 27000, httpBySOCKS)
	seeder := bed.s.newQBittorrent(t, 1)
	seeder.set(`Session\BTProtocol=UTP`)
	seeder.apply(file.Point(seeder.file, *seeder.guide(bed.p.addr).Apply))
	seeder.start()
	seeder.share()
	eventually(t, "the tracker received the seeder's announce", func() bool { return len(bed.received()) > 0 })
	leecher := bed.s.newQBittorrent(t, 2)
	leecher.set(`Session\BTProtocol=UTP`)
	leecher.start()
	leecher.add()
	eventually(t, "the leecher has the whole file", leecher.complete)
	bed.p.await("UDP ASSOCIATE was refused", func(l *logLine) bool { return strings.Contains(fmt.Sprint(l.all["cause"]), "datagrams") })
	bed.p.stop()
}

// TestQBittorrentBoundToAnInterfaceReachesItsUDPTracker does so through SOCKS5, with datagrams allowed.
func TestQBittorrentBoundToAnInterfaceReachesItsUDPTracker(t *testing.T) {
	t.Parallel()
	newTestbed(t, 27100, udpBySOCKS).transfer(func(bed *testbed) clientUnderTest {
		q := bed.s.newQBittorrent(bed.t, 1)
		q.set(`Session\Interface=lo`, `Session\InterfaceName=lo`, `Session\InterfaceAddress=10.99.0.1`)
		q.apply(file.Point(q.file, *q.guide(bed.p.addr).Apply))
		q.start()
		return q
	})
}

// TestAppliedSettingsConnectQBittorrent changes qBittorrent's settings file as the program's window does, runs a real
// transfer, and undoes the change. The tracker has a passkey in its path, so qBittorrent would not reach it through an
// HTTP proxy.
func TestAppliedSettingsConnectQBittorrent(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 21500, "/0123456789abcdef0123456789abcdef/announce")
	p := startProgram(t, dataFolder(t), "-multiplier", "3")
	q := s.newQBittorrent(t, 1)
	q.start() // once, so that its version writes the settings file as it does for a user
	q.client.quit()
	before, err := os.ReadFile(q.file.Path)
	if err != nil {
		t.Fatal(err)
	}
	g := q.guide(p.addr)
	q.apply(file.Point(q.file, *g.Apply))

	q.start()
	if again, err := file.Point(q.file, *q.guide("127.0.0.1:1").Apply); err != nil || again.Apply(file.Here()) == nil {
		t.Errorf("the settings file was changed while qBittorrent runs (%v)", err)
	}
	q.share()
	s.relay.await(q.client, "started", 1)
	s.leech(t, 2)
	eventually(t, "qBittorrent has uploaded the file", func() bool { return q.uploaded() >= torrentSize })
	if shown := q.trackerErrors(); len(shown) > 0 {
		t.Errorf("qBittorrent shows the tracker errors %v, want none", shown)
	}
	q.stop()
	reported := uploadedOf(t, s.relay.await(q.client, "stopped", 1).head)
	last := p.await("the stopped announce", func(l *logLine) bool { return l.Event == "stopped" && l.Outcome == "forwarded" })
	if reported != last.Reported || reported != 3*last.Seen || last.Seen < torrentSize {
		t.Errorf("the tracker received %d; the log has reported %d, seen %d; want three times a total of at least %d", reported, last.Reported, last.Seen, torrentSize)
	}
	if port := parameter(s.relay.announcesOf(q.client)[0].head, "port"); port != q.client.peerPort {
		t.Errorf("qBittorrent announced port %s, want %s", port, q.client.peerPort)
	}

	q.client.quit()
	checkUndo(t, q, before)
}

// checkUndo undoes the change, and checks that none of our settings is left in the file, which qBittorrent has
// rewritten since.
func checkUndo(t *testing.T, q *qbittorrent, before []byte) {
	t.Helper()
	g := q.guide("127.0.0.1:1")
	q.apply(file.Back(q.file, *g.Apply))
	after, err := os.ReadFile(q.file.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range g.Apply.Set {
		line := []byte(set.Key + "=")
		if bytes.Contains(after, line) != bytes.Contains(before, line) {
			t.Errorf("the undo did not restore %s:\n%s", set.Key, after)
		}
	}
	if !bytes.Contains(after, []byte(`Session\Port=`+q.client.peerPort)) {
		t.Errorf("the undo removed a setting that is not ours:\n%s", after)
	}
}
