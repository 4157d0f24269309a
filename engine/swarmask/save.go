package swarmask

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"bittoratio/engine/convert"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/store"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/metainfo"
)

const (
	nameLength = 180 // bytes of a file's name without its endings; file systems take 255
	maxCopies  = 99  // names to try: "x (2).torrent" and so on
)

// around returns what a saved .torrent has outside its description.
func (v *search) around() metainfo.Around {
	a := metainfo.Around{Trackers: v.trackers, WebSeeds: v.webSeeds, Layers: v.found.Layers}
	if len(a.Trackers) == 0 {
		a.Nodes = v.found.Nodes
	}
	return a
}

// size returns how many bytes the .torrent has.
func (v *search) size() int {
	if v.torrent != nil {
		return len(v.torrent)
	}
	return len(metainfo.Build(nil, v.around())) + len(v.found.Dictionary)
}

// Bytes returns the .torrent of a search that has found its description: the user's file, byte for byte, or one made of
// what peers sent, with the link's trackers and web seeds, and with nodes of the DHT if it has no tracker. If gateway
// is true, its trackers lead through this program. The error is a *[swarmview.Error].
func (p *Part) Bytes(id uint64, gateway bool) ([]byte, error) {
	p.searches.mu.Lock()
	v := p.searches.find(id)
	kind, b := swarmview.Gone, []byte(nil)
	switch {
	case v == nil:
	case v.torrent != nil:
		b = v.torrent
	case v.found.Dictionary == nil:
		kind = swarmview.NotKnown
	case v.found.Missing:
		kind = swarmview.NoLayers
	default:
		b = metainfo.Build(v.found.Dictionary, v.around())
	}
	p.searches.mu.Unlock()
	if b == nil {
		return nil, &swarmview.Error{Kind: kind}
	}
	if !gateway {
		return b, nil
	}
	c, err := convert.Bytes(b, p.Gateway(), false)
	if err != nil {
		return nil, &swarmview.Error{Kind: swarmview.NoGateway, Detail: err.Error()}
	}
	return c.File, nil
}

// Magnet returns the whole link of a search. Its trackers' addresses may contain keys, so it is only for the clipboard.
// The error is a *[swarmview.Error].
func (p *Part) Magnet(id uint64, gateway bool) (string, error) {
	p.searches.mu.Lock()
	v := p.searches.find(id)
	if v == nil {
		p.searches.mu.Unlock()
		return "", &swarmview.Error{Kind: swarmview.Gone}
	}
	link, _ := v.link.FromGateway()
	text := link.Secret()
	if link.Name == "" && v.found.Dictionary != nil && v.found.Name != "" {
		text += "&dn=" + url.QueryEscape(v.found.Name)
	}
	p.searches.mu.Unlock()
	if !gateway {
		return text, nil
	}
	c, err := convert.Bytes([]byte(text), p.Gateway(), false)
	if err != nil {
		return "", &swarmview.Error{Kind: swarmview.NoGateway, Detail: err.Error()}
	}
	return c.Magnet, nil
}

// Save writes the .torrent of a search and returns its path. path is a folder, in which Save finds a free name, or a
// file that must not exist yet. An existing file with the same bytes is accepted; no file is ever overwritten. The
// error is a *[swarmview.Error].
func (p *Part) Save(id uint64, path string, gateway bool) (file string, err error) {
	b, err := p.Bytes(id, gateway)
	if err != nil {
		return "", err
	}
	if st, err := os.Stat(path); err != nil || !st.IsDir() {
		return path, write(path, b)
	}
	t, err := metainfo.Parse(b)
	if err != nil {
		return "", &swarmview.Error{Kind: swarmview.NotKnown}
	}
	name := filepath.Join(path, fileName(swarm.Describe(t.Dictionary()).Name, gateway))
	for n := 1; n <= maxCopies; n++ {
		file = name
		if n > 1 {
			file = strings.TrimSuffix(name, ".torrent") + " (" + strconv.Itoa(n) + ").torrent"
		}
		if err = write(file, b); !errors.Is(err, &swarmview.Error{Kind: swarmview.Exists}) {
			return file, err
		}
	}
	return "", err
}

// write makes a new file.
func write(file string, b []byte) error {
	err := store.WriteBeside(file, b, 0o644)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrExist):
		return &swarmview.Error{Kind: swarmview.Disk, Detail: cause(err)}
	}
	if old, _, err := store.ReadBeside(file, metainfo.MaxSize); err == nil && bytes.Equal(old, b) {
		return nil
	}
	return &swarmview.Error{Kind: swarmview.Exists}
}

// reserved are names that Windows reserves for devices, with any ending.
const reserved = " con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 "

// fileName returns a name that the .torrent may have on any system.
func fileName(name string, gateway bool) string {
	name = swarm.CleanName(name)
	for len(name) > nameLength {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.TrimRight(stem, " ") // Windows ignores them
	if strings.Contains(reserved, " "+strings.ToLower(stem)+" ") || strings.HasPrefix(name, ".") {
		name = "_" + name
	}
	if gateway {
		name += ".bittoratio"
	}
	return name + ".torrent"
}
