//go:build swarm && linux

package clientstest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
)

// mesh is a DHT that consists of our own nodes, in this process.
type mesh []*dht.Node

// newMesh starts a hundred nodes, each in a /24 of its own, and returns the address of the first.
func newMesh(t *testing.T) (mesh, netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	var m mesh
	first := netip.MustParseAddrPort("198.18.100.1:6881")
	for i := range 100 {
		bind, err := udp.ParseBind(netip.AddrFrom4([4]byte{198, 18, byte(100 + i), 1}).String())
		if err != nil {
			t.Fatal(err)
		}
		filter := &udp.Filter{LocalNetworks: true}
		s, err := udp.Listen(udp.Options{Bind: bind, Port: first.Port(), Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		n := dht.New(&dht.Options{Sockets: []dht.Socket{s}, Filter: filter, AnswerOthers: true, First: dht.First{Only: []netip.AddrPort{first}}})
		running.Go(func() { _ = s.Run(ctx, n.Receive, nil) })
		running.Go(func() { _ = n.Run(ctx) })
		m = append(m, n)
	}
	for range 2 {
		for _, n := range m[1:] { // one after the other, as nodes join a real DHT
			if _, err := n.Search(ctx, bittorrent.InfoHash(n.Status().Families[0].ID), dht.Announce{}, &dht.SearchOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m, first
}

// storing returns how many nodes store peers that others announced.
func (m mesh) storing() (nodes int) {
	for _, n := range m {
		if n.Status().Stored > 0 {
			nodes++
		}
	}
	return nodes
}

// runInBackground starts a program and kills it at the end of the test. A program that ends with its standard input
// also ends if this process dies.
func runInBackground(t *testing.T, home string, command ...string) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Env = append(os.Environ(), "HOME="+home)
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// heapSize returns the size of the heap in bytes, after a collection.
func heapSize() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// TestSwarmOfOurNodesServesOtherClients runs a DHT that consists almost entirely of our nodes. Exactly the eight
// nearest nodes must store a torrent that libtorrent announces, and the program, libtorrent and aria2 must find it
// there. With -thorough Transmission must find it too, and the program must find what Transmission and aria2 announce.
func TestSwarmOfOurNodesServesOtherClients(t *testing.T) {
	n := sharedSwarm(t)
	before := heapSize()
	m, first := newMesh(t)
	used := float64(max(heapSize(), before)-before) / (1 << 20)
	if t.Logf("a hundred nodes use %.1f MiB", used); used > 8 {
		t.Errorf("a hundred nodes use %.1f MiB, want at most 8", used)
	}
	data := filepath.Join(n.dir, "data")
	runInBackground(t, n.dir, "/usr/bin/python3", "-W", "ignore", "testdata/seed.py", "198.18.200.1", first.String(), n.Torrents["small"].Path, data)
	began := time.Now()
	for m.storing() < dht.K {
		if time.Since(began) > time.Minute {
			t.Fatalf("after a minute %d nodes store libtorrent's announce, want %d", m.storing(), dht.K)
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second) // a ninth node would store it within that time
	if t.Logf("libtorrent's announce was stored after %v", time.Since(began)-time.Second); m.storing() != dht.K {
		t.Errorf("%d nodes store libtorrent's announce, want %d", m.storing(), dht.K)
	}
	for i, finder := range []string{"ours", "libtorrent", "aria2", "transmission"} {
		if finder == "transmission" && !*thorough { // it takes a minute
			continue
		}
		limit, link, bind := 90*time.Second, btih(n.Torrents["small"].V1), fmt.Sprintf("198.18.%d.1", 210+i)
		home := filepath.Join(n.dir, "mesh-"+finder)
		if err := os.Mkdir(home, 0o755); err != nil {
			t.Fatal(err)
		}
		var took time.Duration
		switch finder {
		case "ours":
			took = n.fetch(t, "small", link, first.String(), limit)
		case "libtorrent":
			file := filepath.Join(home, "found")
			took, _ = n.runUntilWritten(t, "small", file, limit, "/usr/bin/python3", "-W", "ignore", "testdata/magnet.py", bind, first.String(), link, file)
		case "aria2":
			command := n.aria2(bind, home, filepath.Join(home, "dht"), link)
			for i := range command {
				command[i] = strings.Replace(command[i], firstNode, first.String(), 1)
			}
			took, _ = n.runUntilWritten(t, "small", filepath.Join(home, n.Torrents["small"].V1+".torrent"), limit, command...)
		case "transmission":
			took = n.findByTransmission(t, home, bind, first, link, limit)
		}
		if t.Logf("found by %s after %v", finder, took); took >= limit {
			t.Errorf("%s did not find the torrent within %v", finder, limit)
		}
	}
	if *thorough {
		n.findAnnouncedByOthers(t, data, first)
	}
}

// writeMeshSettings writes the settings of a Transmission whose first node is in the mesh.
func writeMeshSettings(home, bind, data string, first netip.AddrPort) error {
	text := fmt.Sprintf(`{"bind-address-ipv4": %q, "peer-port": 6881, "dht-enabled": true, "lpd-enabled": false, "port-forwarding-enabled": false, "rpc-enabled": false,
		"download-dir": %q, "watch-dir-enabled": true, "watch-dir": %q, "preallocation": 0}`, bind, data, filepath.Join(home, "watch"))
	return errors.Join(os.MkdirAll(filepath.Join(home, "watch"), 0o755), os.WriteFile(filepath.Join(home, "settings.json"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(home, "dht.bootstrap"), []byte(fmt.Sprintf("%s %d\n", first.Addr(), first.Port())), 0o600))
}

func (n *swarmNet) findByTransmission(t *testing.T, home, bind string, first netip.AddrPort, link string, limit time.Duration) time.Duration {
	t.Helper()
	if err := writeMeshSettings(home, bind, home, first); err != nil {
		t.Fatal(err)
	}
	took, _ := n.runUntilWritten(t, "small", filepath.Join(home, "torrents", "*.torrent"), limit, "transmission-cli", "-g", home, "-w", home, link)
	return took
}

// findAnnouncedByOthers has Transmission and aria2 each announce a torrent in the mesh, where the program must find it.
func (n *swarmNet) findAnnouncedByOthers(t *testing.T, data string, first netip.AddrPort) {
	t.Helper()
	const limit = 3 * time.Minute
	home := filepath.Join(n.dir, "mesh-announces")
	if err := writeMeshSettings(home, "198.18.220.1", data, first); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(n.Torrents["medium"].Path)
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "watch", "medium.torrent"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	runInBackground(t, home, "transmission-daemon", "-f", "-g", home)
	runInBackground(t, home, "aria2c", "--no-conf", "-q", "-d", data, "--interface=198.18.221.1", "--listen-port=6881", "--dht-listen-port=6881", "--enable-dht=true",
		"--dht-file-path="+filepath.Join(home, "dht.dat"), "--dht-entry-point="+first.String(), "--bt-enable-lpd=false", "--seed-ratio=0",
		"--check-integrity=true", "--allow-overwrite=true", "--bt-seed-unverified=true", n.Torrents["large"].Path)
	for torrent, program := range map[string]string{"medium": "Transmission", "large": "aria2"} {
		took := limit
		for began := time.Now(); took == limit && time.Since(began) < limit; {
			if n.fetch(t, torrent, btih(n.Torrents[torrent].V1), first.String(), 20*time.Second) < 20*time.Second {
				took = time.Since(began)
			} else {
				time.Sleep(time.Second)
			}
		}
		if t.Logf("the torrent of %s was found after %v", program, took); took == limit {
			t.Errorf("the torrent that %s announces was not found within %v", program, limit)
		}
	}
}
