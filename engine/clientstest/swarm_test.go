//go:build swarm && linux

package clientstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeebo/bencode"
)

// swarmNet is a network of real clients; testdata/swarmnet.py has it.
type swarmNet struct {
	Torrents map[string]struct {
		Path, V1, V2 string
		Metadata     int
	}
	Seeds []struct {
		Address, Program string
		Torrents         []string
	}
	dir   string
	tries int
	end   io.Closer // the network ends with it: at the latest with this process
}

const firstNode = "198.18.1.1:6881"

var startSwarm = sync.OnceValues(func() (*swarmNet, error) {
	dir, err := os.MkdirTemp("", "bittoratio-swarm-")
	if err != nil {
		return nil, err
	}
	c := exec.Command("/usr/bin/python3", "-W", "ignore", "testdata/swarmnet.py", dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	n := &swarmNet{dir: dir, end: in}
	if err == nil {
		err = json.NewDecoder(out).Decode(n)
	}
	return n, err
})

func theSwarm(t *testing.T) *swarmNet {
	t.Helper()
	n, err := startSwarm()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// seeds are the addresses at which a program seeds a torrent.
func (n *swarmNet) seeds(program, torrent string) (list []string) {
	for _, s := range n.Seeds {
		if s.Program == program && slices.Contains(s.Torrents, torrent) {
			list = append(list, s.Address)
		}
	}
	return list
}

// try runs a command until its file is there whole, and returns how long that took; limit if it never was.
func (n *swarmNet) try(t *testing.T, torrent, file string, limit time.Duration, command ...string) time.Duration {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	begin := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(ended)
	}()
	defer func() {
		_ = c.Process.Kill()
		<-ended
	}()
	for look := time.NewTicker(time.Millisecond); time.Since(begin) < limit; <-look.C {
		if st, err := os.Stat(file); err == nil && st.Size() >= int64(n.Torrents[torrent].Metadata) {
			return time.Since(begin)
		}
		select {
		case <-ended:
			if _, err := os.Stat(file); err != nil {
				t.Logf("%s: %s", command[0], &out)
				return limit
			}
		default:
		}
	}
	return limit
}

// ours fetches a torrent with the program under test and compares what it saved.
func (n *swarmNet) ours(t *testing.T, torrent, link, node string, limit time.Duration) time.Duration {
	t.Helper()
	n.tries++
	file := filepath.Join(n.dir, fmt.Sprintf("ours-%d.torrent", n.tries))
	took := n.try(t, torrent, file, limit, binary, "-data", n.dir, "-magnet", link, "-o", file, "-dht", node, "-dht-local", "-wait", limit.String())
	if took < limit {
		n.same(t, torrent, file)
	}
	return took
}

// same reports a saved .torrent that is not the one that is seeded.
func (n *swarmNet) same(t *testing.T, torrent, file string) {
	t.Helper()
	var parts [2]struct {
		Info   bencode.RawMessage `bencode:"info"`
		Layers bencode.RawMessage `bencode:"piece layers"`
	}
	for i, f := range []string{n.Torrents[torrent].Path, file} {
		b, err := os.ReadFile(f)
		if err == nil {
			err = bencode.DecodeBytes(b, &parts[i])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(parts[0].Info, parts[1].Info) || !bytes.Equal(parts[0].Layers, parts[1].Layers) {
		t.Errorf("%s: another torrent was saved", torrent)
	}
}

func middle(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

func btih(hash string) string { return "magnet:?xt=urn:btih:" + hash }
func btmh(hash string) string { return "magnet:?xt=urn:btmh:1220" + hash }

// TestSwarmIsFasterThanEach resolves links beside libtorrent and aria2, from an empty table and one first node.
func TestSwarmIsFasterThanEach(t *testing.T) {
	n := theSwarm(t)
	const limit = 25 * time.Second
	for torrent, most := range map[string]time.Duration{"small": 100 * time.Millisecond, "large": 400 * time.Millisecond} {
		took := map[string][]time.Duration{}
		link := btih(n.Torrents[torrent].V1)
		for i := range 3 {
			bind := fmt.Sprintf("198.19.%d.%d", len(torrent), i+1)
			file := filepath.Join(n.dir, fmt.Sprintf("theirs-%s-%d", torrent, i))
			took["ours"] = append(took["ours"], n.ours(t, torrent, link, firstNode, limit))
			took["libtorrent"] = append(took["libtorrent"], n.try(t, torrent, file, limit, "/usr/bin/python3", "-W", "ignore", "testdata/magnet.py", bind, firstNode, link, file))
			if err := os.Mkdir(file+".aria2", 0o755); err != nil {
				t.Fatal(err)
			}
			took["aria2"] = append(took["aria2"], n.try(t, torrent, filepath.Join(file+".aria2", n.Torrents[torrent].V1+".torrent"), limit, "aria2c", "--no-conf", "-q", "-d", file+".aria2",
				"--interface="+bind, "--listen-port=6882", "--dht-listen-port=6882", "--dht-file-path="+file+".dht", "--dht-entry-point="+firstNode, "--enable-dht=true",
				"--bt-enable-lpd=false", "--bt-metadata-only=true", "--bt-save-metadata=true", link))
		}
		t.Logf("%s, %d bytes of metadata: %v", torrent, n.Torrents[torrent].Metadata, took)
		ours := middle(took["ours"])
		if ours > most || ours >= middle(took["libtorrent"]) || ours >= middle(took["aria2"]) {
			t.Errorf("%s: %v", torrent, took)
		}
	}
}

// TestSwarmDeadPeersDoNotDelay finds six peers among 156.
func TestSwarmDeadPeersDoNotDelay(t *testing.T) {
	n := theSwarm(t)
	var took []time.Duration
	for range 3 {
		peers := n.seeds("libtorrent", "small")
		for i := range 150 {
			peers = append(peers, fmt.Sprintf("198.51.100.%d:6881", i+1))
		}
		rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
		took = append(took, n.ours(t, "small", btih(n.Torrents["small"].V1)+"&x.pe="+strings.Join(peers, "&x.pe="), "198.51.100.250:1", 20*time.Second))
	}
	if t.Log(took); middle(took) > 500*time.Millisecond {
		t.Errorf("%v", took)
	}
}

// TestSwarmEveryClientIsASource asks one client at a time, which the link names.
func TestSwarmEveryClientIsASource(t *testing.T) {
	n := theSwarm(t)
	for program, most := range map[string]time.Duration{
		"libtorrent": 500 * time.Millisecond, "rtorrent": time.Second, "aria2": 3 * time.Second, "transmission": 10 * time.Second, // it answers when it wants to
	} {
		t.Run(program, func(t *testing.T) {
			took := n.ours(t, "small", btih(n.Torrents["small"].V1)+"&x.pe="+n.seeds(program, "small")[0], "198.51.100.250:1", 20*time.Second)
			if t.Log(took); took > most {
				t.Error("too slow")
			}
		})
	}
}

// TestSwarmBothVersions takes hybrid torrents and those of version 2, by each of their hashes, with their layers.
func TestSwarmBothVersions(t *testing.T) {
	n := theSwarm(t)
	for torrent, links := range map[string][]string{
		"hybrid": {btih(n.Torrents["hybrid"].V1), btmh(n.Torrents["hybrid"].V2), btih(n.Torrents["hybrid"].V1) + "&xt=urn:btmh:1220" + n.Torrents["hybrid"].V2},
		"second": {btmh(n.Torrents["second"].V2)},
	} {
		for _, link := range links {
			if took := n.ours(t, torrent, link+"&x.pe="+n.seeds("libtorrent", torrent)[0], "198.51.100.250:1", 20*time.Second); took == 20*time.Second {
				t.Errorf("%s by %.30s: not found", torrent, link)
			}
		}
	}
}

// TestSwarmBehindALossyWay reaches one peer through a relay that loses, doubles and delays datagrams.
func TestSwarmBehindALossyWay(t *testing.T) {
	n := theSwarm(t)
	found := 0
	for i := range 5 {
		seeds := n.seeds("libtorrent", "medium")
		at := lossy(t, netip.MustParseAddrPort(fmt.Sprintf("198.19.200.%d:7000", i+1)), netip.MustParseAddrPort(seeds[i%len(seeds)]), .1)
		took := n.ours(t, "medium", btih(n.Torrents["medium"].V1)+"&x.pe="+at.String(), "198.51.100.250:1", 20*time.Second)
		if t.Log(took); took < 20*time.Second {
			found++
		}
	}
	if found < 4 {
		t.Errorf("%d of 5", found)
	}
}

// lossy relays datagrams between whoever comes and one peer.
func lossy(t *testing.T, at, to netip.AddrPort, loss float64) netip.AddrPort {
	t.Helper()
	in, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	outs := map[netip.AddrPort]*net.UDPConn{}
	spoil := func(b []byte, send func([]byte)) {
		if rand.Float64() < loss {
			return
		}
		late := 10 * time.Millisecond
		if rand.Float64() < .1 {
			late += rand.N(30 * time.Millisecond)
		}
		copies := 1
		if rand.Float64() < .05 {
			copies = 2
		}
		b = bytes.Clone(b)
		for range copies {
			time.AfterFunc(late, func() { send(b) })
		}
	}
	pass := func(c *net.UDPConn, take func(b []byte, from netip.AddrPort)) {
		b := make([]byte, 4096)
		for {
			k, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			take(b[:k], from)
		}
	}
	running.Go(func() {
		pass(in, func(b []byte, from netip.AddrPort) {
			out := outs[from]
			if out == nil {
				if out, err = net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(198, 19, 201, byte(len(outs)+1))}, net.UDPAddrFromAddrPort(to)); err != nil {
					return
				}
				outs[from] = out
				running.Go(func() {
					pass(out, func(b []byte, _ netip.AddrPort) {
						spoil(b, func(b []byte) { _, _ = in.WriteToUDPAddrPort(b, from) })
					})
				})
			}
			spoil(b, func(b []byte) { _, _ = out.Write(b) })
		})
		for _, out := range outs {
			_ = out.Close()
		}
	})
	t.Cleanup(func() {
		_ = in.Close()
		running.Wait()
	})
	return at
}
