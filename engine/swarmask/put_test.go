package swarmask

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/network/swarm"
	"bittoratio/engine/swarmview"
)

// put puts a request on the list, as a search that has ended.
func (w *world) put(s *subject, err error) *search {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.searches.mu.Lock()
	defer w.searches.mu.Unlock()
	v, fresh := w.searches.put(s, time.Now())
	if !fresh {
		w.t.Fatal("the search is already on the list")
	}
	return v
}

// saved returns the .torrent and the link of a search, and checks the size that the window shows.
func (w *world) saved(v *search) (file []byte, link string) {
	w.t.Helper()
	file, err := w.Bytes(v.id, false)
	if err != nil || v.view.Bytes != len(file) || !v.view.Known {
		w.t.Errorf("the view has %d bytes, want %d; %v", v.view.Bytes, len(file), err)
	}
	link, err = w.Magnet(v.id, false)
	if err != nil {
		w.t.Error(err)
	}
	return file, link
}

// TestALookUpWithFewerParametersRemovesNothing: looking up a known torrent again, by its hash alone or by a link with
// fewer parameters, removes nothing from what is saved with it.
func TestALookUpWithFewerParametersRemovesNothing(t *testing.T) {
	hash := hashOf(open).String()
	t.Run("a link", func(t *testing.T) {
		w := newWorld(t)
		link := linkTo(open, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")}, "http%3A%2F%2Ftracker.example%2Fannounce") + "&ws=http%3A%2F%2Fseed.example%2F"
		v := w.put(ofLink(link))
		v.take(swarm.Describe([]byte(open)))
		file, magnet := w.saved(v)
		w.put(ofLink(hash))
		if f, m := w.saved(v); !bytes.Equal(f, file) || m != magnet || len(v.peers) != 1 {
			t.Errorf("saved returned %q, %s, %v", f, m, v.peers)
		}
		w.put(ofLink("magnet:?xt=urn:btih:" + hash + "&tr=http%3A%2F%2Fother.example%2Fannounce"))
		if f, _ := w.saved(v); !bytes.Contains(f, []byte("http://other.example/announce")) || !bytes.Contains(f, []byte("http://seed.example/")) {
			t.Errorf("saved returned %q", f)
		}
	})
	t.Run("a file", func(t *testing.T) {
		w := newWorld(t)
		v := w.put(ofLink(hash))
		v.take(swarm.Describe([]byte(open)))
		source := []byte("d8:announce31:http://tracker.example/announce7:comment2:hi4:info" + open + "5:nodesll9:127.0.0.1i9eeee")
		w.put(ofTorrent(source))
		if f, _ := w.saved(v); !bytes.Equal(f, source) {
			t.Errorf("saved returned %q", f)
		}
		w.put(ofLink("magnet:?xt=urn:btih:" + hash + "&tr=http%3A%2F%2Fother.example%2Fannounce"))
		if f, _ := w.saved(v); !bytes.Equal(f, source) || len(v.nodes) != 1 || len(v.trackers) != 1 || v.trackers[0] != "http://tracker.example/announce" {
			t.Errorf("saved returned %q, %v, %q", f, v.nodes, v.trackers)
		}
	})
	t.Run("before the metadata is known", func(t *testing.T) { // and so nothing is stored
		w := newWorld(t)
		v := w.put(ofLink(linkTo(open, nil, "http%3A%2F%2Ftracker.example%2Fannounce")))
		w.put(ofLink(hash))
		if len(v.trackers) > 0 {
			t.Errorf("v.trackers is %q", v.trackers)
		}
	})
}

// TestLayersAreKept: a .torrent of version 2 is not valid without them (BEP 52), and a search may find them only once.
func TestLayersAreKept(t *testing.T) {
	layer := bytes.Repeat([]byte{1}, 64)
	root := sha256.Sum256(layer)
	for name, v1 := range map[string]string{"version 2": "", "hybrid": "6:pieces0:"} {
		dictionary := fmt.Appendf(nil, "d9:file treed1:ad0:d6:lengthi32767e11:pieces root32:%seee12:meta versioni2e4:name1:n12:piece lengthi16384e%se", root[:], v1)
		layers := map[string][]byte{string(root[:]): layer}
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			source := fmt.Appendf(nil, "d4:info%s12:piece layersd32:%s64:%see", dictionary, root[:], layer)
			v := w.put(ofTorrent(source))
			hash := v.hash.String()
			for _, link := range []string{hash, "magnet:?xt=urn:btih:" + hash + "&tr=http%3A%2F%2Fother.example%2Fannounce"} {
				w.put(ofLink(link))
				if f, _ := w.saved(v); !bytes.Equal(f, source) {
					t.Errorf("saved returned %q", f)
				}
			}
		})
		t.Run(name+" that was found", func(t *testing.T) {
			w := newWorld(t)
			sum := sha1.Sum(dictionary)
			if v1 == "" {
				whole := sha256.Sum256(dictionary)
				sum = [20]byte(whole[:])
			}
			v := w.put(ofLink(fmt.Sprintf("%x", sum)))
			r := swarm.Describe(dictionary)
			r.Layers = layers
			v.take(r)
			file, _ := w.saved(v)
			if !strings.Contains(string(file), "12:piece layersd32:"+string(root[:])+"64:") {
				t.Fatalf("saved returned %q", file)
			}
			again := swarm.Describe(dictionary)
			again.Missing = true
			v.take(again)
			if f, _ := w.saved(v); !bytes.Equal(f, file) || v.view.NoLayers {
				t.Errorf("saved returned %q, %+v", f, v.view)
			}
		})
	}
	w := newWorld(t)
	v := w.put(ofLink(hashOf(open).String()))
	r := swarm.Describe([]byte(open))
	r.Missing = true
	v.take(r)
	if _, err := w.Bytes(v.id, false); kindOf(err) != swarmview.NoLayers || v.view.Bytes != 0 {
		t.Errorf("Bytes returned %v, %+v", err, v.view)
	}
}
