package commandline

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/metainfo"
)

// Magnet has -magnet and its additional flags.
type Magnet struct {
	Link  string // a magnet link or a hash
	Out   string // path for the .torrent; empty for none
	Wait  time.Duration
	Nodes string // first nodes in place of all others, host:port separated by commas
	Local bool   // private addresses are allowed
}

// check returns what is wrong with the flags; it sends nothing.
func (m *Magnet) check() error {
	for _, n := range m.nodes() {
		if _, _, err := net.SplitHostPort(n); err != nil {
			return fmt.Errorf("-dht: %q is not HOST:PORT", n)
		}
	}
	if m.Link == "" {
		return nil
	}
	if m.Wait <= 0 {
		return errors.New("-wait is a time above zero, such as 60s")
	}
	if _, err := bittorrent.ParseLink(m.Link); err != nil {
		return fmt.Errorf("-magnet: %w", err)
	}
	return nil
}

func (m *Magnet) nodes() []string {
	return strings.FieldsFunc(m.Nodes, func(r rune) bool { return r == ',' || r == ' ' })
}

// found is the output of -magnet.
type found struct {
	Hash      string         `json:"hash"`
	Name      string         `json:"name"`
	Size      int64          `json:"size"`
	FileCount int            `json:"file_count"`
	Files     []foundFile    `json:"files"`
	Private   bool           `json:"private"`
	Seeders   *int           `json:"seeders"` // null if no source reported it
	Leechers  *int           `json:"leechers"`
	Trackers  []foundTracker `json:"trackers"`
	Peers     foundPeers     `json:"peers"`
	How       string         `json:"how"` // how the first peer was reached
	Saved     string         `json:"saved,omitempty"`
}

type foundFile struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
}

type foundTracker struct {
	Tracker  string `json:"tracker"` // masked
	Seeders  int64  `json:"seeders"`
	Leechers int64  `json:"leechers"`
}

type foundPeers struct {
	Found    int            `json:"found"`
	Answered int            `json:"answered"`
	TCP      int            `json:"tcp"`
	UTP      int            `json:"utp"`
	Programs map[string]int `json:"programs"`
}

// RunMagnet looks up the torrent for -magnet. It can run while the program runs: it has its own sockets, and only reads
// the data folder. The error is why nothing was found or saved.
func (c *Args) RunMagnet(ctx context.Context, out io.Writer) error {
	m := &c.Magnet
	link, err := bittorrent.ParseLink(m.Link)
	if err != nil {
		return err
	}
	if err := m.free(link); err != nil {
		return err
	}
	var saved error
	var r *swarm.Result
	err = c.join(ctx, m.Wait, func(ctx context.Context, access *swarm.Access) (err error) {
		r, err = swarm.New(access.Network(), query(link)).Run(ctx, func(r *swarm.Result) { saved = m.save(link, r) })
		return err
	})
	switch {
	case err != nil:
		return err
	case r.Dictionary == nil:
		return errors.New("what peers send for this hash does not describe a torrent")
	}
	if err := writeFound(out, link, r, m.Out, saved); err != nil {
		return err
	}
	return saved
}

// join calls do with access to the swarm, for at most limit.
func (c *Args) join(ctx context.Context, limit time.Duration, do func(ctx context.Context, access *swarm.Access) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	access, err := swarm.Open(c.Magnet.access(ctx, c.Folder))
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	serving, stop := context.WithCancel(context.Background())
	defer stop()
	running.Go(func() { _ = access.Run(serving) })
	return do(ctx, access)
}

// access returns the options with which the swarm is reached.
func (m *Magnet) access(ctx context.Context, folder string) *swarm.AccessOptions {
	o := &swarm.AccessOptions{LocalNetworks: m.Local, First: dht.First{Routers: settings.Routers()}}
	if list := m.nodes(); len(list) > 0 {
		o.First = dht.First{Only: resolve(ctx, list)}
		return o
	}
	if b, err := os.ReadFile(filepath.Join(folder, store.DHTFile)); err == nil {
		if s, err := dht.ParseState(b); err == nil {
			for i := range s.Families {
				s.Families[i].ID = bittorrent.NodeID{} // two nodes with one id would disturb each other
			}
			o.State = s
		}
	}
	return o
}

// resolve returns the addresses of first nodes.
func resolve(ctx context.Context, list []string) (out []netip.AddrPort) {
	for _, n := range list {
		list, _ := upstream.Resolve(ctx, n)
		out = append(out, list...)
	}
	return out
}

// query returns what the swarm is asked about a link. The link may be a converted one: the trackers are asked at their own
// addresses, because the gateway's is private and may not be reachable.
func query(link bittorrent.Magnet) swarm.Query {
	own, _ := link.FromGateway()
	return swarm.Query{Link: link, Trackers: own.Trackers(), Peers: link.Peers(), Verdict: swarm.Allowed}
}

// free returns an error if the .torrent could not be saved because its folder is missing, or its name is taken by something
// other than this torrent. It is for before the search: strangers are not asked for what would then be lost.
func (m *Magnet) free(link bittorrent.Magnet) error {
	if m.Out == "" {
		return nil
	}
	if _, err := os.Lstat(m.Out); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(m.Out)); err != nil {
			return fmt.Errorf("the .torrent cannot be saved: %w", err)
		}
		return nil
	}
	if old, _, err := store.ReadBeside(m.Out, metainfo.MaxSize); err == nil {
		if t, err := metainfo.Parse(old); err == nil && (link.Kind == bittorrent.V2 && sha256.Sum256(t.Dictionary()) == link.SHA256 ||
			link.Kind != bittorrent.V2 && sha1.Sum(t.Dictionary()) == link.InfoHash) {
			return nil
		}
	}
	return m.taken()
}

func (m *Magnet) taken() error {
	return fmt.Errorf("%s exists already with other content, and was not overwritten", filepath.Base(m.Out))
}

// save writes the .torrent into a new file. An existing file with the same bytes is no error; any other one is.
func (m *Magnet) save(link bittorrent.Magnet, r *swarm.Result) error {
	switch {
	case m.Out == "" || r.Dictionary == nil:
		return nil
	case r.Missing:
		return errors.New("the .torrent cannot be saved: no peer gave the hashes of its pieces, which a torrent of version 2 needs")
	}
	around := metainfo.Around{Trackers: link.Trackers(), WebSeeds: link.WebSeeds(), Layers: r.Layers}
	if len(around.Trackers) == 0 {
		around.Nodes = r.Nodes
	}
	b := metainfo.Build(r.Dictionary, around)
	err := store.WriteBeside(m.Out, b, 0o644)
	if errors.Is(err, fs.ErrExist) {
		old, _, err := store.ReadBeside(m.Out, metainfo.MaxSize)
		if t, broken := metainfo.Parse(old); err == nil && broken == nil && bytes.Equal(t.Dictionary(), r.Dictionary) {
			return nil
		}
		return m.taken()
	}
	return err
}

// writeFound writes the answer as one JSON object.
func writeFound(out io.Writer, link bittorrent.Magnet, r *swarm.Result, file string, saved error) error {
	f := found{
		Hash: link.InfoHash.String(), Name: r.Name, Size: r.Size, FileCount: r.FileCount, Files: []foundFile{}, Private: r.Private,
		Seeders: known(r.Seeders), Leechers: known(r.Leechers), Trackers: []foundTracker{},
		Peers: foundPeers{Found: r.Progress.Found, TCP: r.Progress.Met[swarm.TCP], UTP: r.Progress.Met[swarm.UTP], Programs: map[string]int{}},
	}
	f.Peers.Answered = f.Peers.TCP + f.Peers.UTP
	if link.Kind == bittorrent.V2 {
		f.Hash = fmt.Sprintf("%x", link.SHA256)
	}
	for _, x := range r.Files {
		f.Files = append(f.Files, foundFile(x))
	}
	for _, t := range r.Trackers {
		f.Trackers = append(f.Trackers, foundTracker{bittorrent.ShownTracker(t.Address), t.Swarm.Seeders, t.Swarm.Leechers})
	}
	for _, p := range r.Peers {
		if p.Program != "" {
			f.Peers.Programs[p.Program]++
		}
	}
	if f.How = "tcp"; f.Peers.TCP == 0 && f.Peers.UTP > 0 {
		f.How = "utp"
	}
	if file != "" && saved == nil {
		f.Saved = file
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(f)
}

func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
