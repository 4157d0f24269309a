package find

import (
	"cmp"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/wire/bencode"
	"bittoratio/engine/wire/metainfo"
)

// Census counts the trackers of a client's torrents, from the client's own folder.
type Census struct {
	Torrents  int
	Converted int            // torrents with a gateway address
	Gateways  map[string]int // torrents with a gateway address at this host:port
	By        map[string]int // torrents that have a tracker with this scheme: "http", "https", "udp"
	Trackers  []Tracker      // those of the most torrents first
}

// Tracker is a tracker and how many torrents have it.
type Tracker struct {
	Scheme   string // http, https or udp; others are ws and wss
	Host     string // with its port if that is not the scheme's own; what may be a passkey is masked
	Torrents int
}

// Limits of a census, because the user waits for it.
const (
	censusFiles = 20_000
	censusFile  = 16 << 20
)

// Census reads the folders of a found client. It ignores files that are not torrents.
func (on Computer) Census(f *Client) Census {
	c, ok := named(f.Key)
	if !ok {
		return Census{}
	}
	torrents := map[string]map[Tracker]bool{} // by the files' names, since qBittorrent has two files for each torrent
	for _, folder := range on.foldersOf(f, &c) {
		on.read(folder, torrents)
	}
	return count(torrents)
}

// foldersOf returns the folders in which a found client stores its torrents. A client that was started with another
// folder stores them there, or in its subfolder data. Another user's client stores none in this user's home.
func (on Computer) foldersOf(f *Client, c *clients.Client) (all []string) {
	for _, folder := range on.Folders(c) {
		switch last := path.Base(filepath.ToSlash(folder)); {
		case f.Folder != "":
			for _, own := range []string{path.Join(f.Folder, last), path.Join(path.Dir(f.Folder), "data", last)} {
				if !slices.Contains(all, own) {
					all = append(all, own)
				}
			}
		case f.owns(c, folder) && !(f.Foreign && strings.HasPrefix(folder, on.Home+"/")):
			all = append(all, folder)
		}
	}
	return all
}

func (on Computer) read(folder string, torrents map[string]map[Tracker]bool) {
	entries, err := fs.ReadDir(on.Disk, folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if len(torrents) >= censusFiles || ext != ".torrent" && ext != ".fastresume" || !e.Type().IsRegular() {
			continue
		}
		all, ok := trackersOf(on.Disk, filepath.Join(folder, e.Name()), ext)
		if !ok {
			continue
		}
		name := folder + "\x00" + strings.TrimSuffix(e.Name(), ext)
		if torrents[name] == nil {
			torrents[name] = map[Tracker]bool{}
		}
		for _, t := range all {
			torrents[name][t] = true
		}
	}
}

// trackersOf reads one file; ok is false if it does not belong to a torrent.
func trackersOf(disk fs.FS, path, ext string) (all []Tracker, ok bool) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, censusFile))
	if err != nil {
		return nil, false
	}
	var addresses []string
	if ext == ".torrent" {
		t, err := metainfo.Parse(text)
		if err != nil {
			return nil, false
		}
		addresses = t.Trackers()
	} else {
		var resume struct {
			Trackers [][]string `bencode:"trackers"`
		}
		if err := bencode.Unmarshal(text, bencode.Limits{Size: censusFile, Depth: 8, Elements: 1 << 20}, &resume); err != nil {
			return nil, false
		}
		addresses = slices.Concat(resume.Trackers...)
	}
	for _, a := range addresses {
		all = append(all, tracker(a))
	}
	return all, true
}

// converted marks a tracker with a gateway address.
const converted = "gateway"

func tracker(address string) Tracker {
	if _, ok := bittorrent.FromGateway(address); ok {
		_, rest, _ := strings.Cut(address, "://")
		at, _, _ := strings.Cut(rest, "/")
		return Tracker{Scheme: converted, Host: at}
	}
	scheme, authority := bittorrent.Authority(address)
	u, err := bittorrent.NewTrackerURL(scheme, authority, "")
	if err != nil {
		return Tracker{}
	}
	return Tracker{Scheme: scheme, Host: u.Host()}
}

func count(torrents map[string]map[Tracker]bool) (c Census) {
	c.Torrents, c.By, c.Gateways = len(torrents), map[string]int{}, map[string]int{}
	counts := map[Tracker]int{}
	for _, own := range torrents {
		schemes := map[string]bool{}
		for t := range own {
			counts[t]++
			schemes[t.Scheme] = true
		}
		for s := range schemes {
			c.By[s]++
		}
	}
	c.Converted = c.By[converted]
	delete(c.By, converted)
	delete(c.By, "")
	for t, n := range counts {
		switch {
		case t.Scheme == converted:
			c.Gateways[t.Host] = n
		case t.Host != "": // otherwise it is not an address
			t.Torrents = n
			c.Trackers = append(c.Trackers, t)
		}
	}
	slices.SortFunc(c.Trackers, func(a, b Tracker) int {
		return cmp.Or(cmp.Compare(b.Torrents, a.Torrents), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Scheme, b.Scheme))
	})
	return c
}

// owns reports whether a folder belongs to this program: it is in the program's sandbox, and is named after it rather
// than after another of the client's programs.
func (f *Client) owns(c *clients.Client, folder string) bool {
	if (f.Sandbox == Flatpak) != strings.Contains(folder, "/.var/app/") || (f.Sandbox == Snap) != strings.Contains(folder, "/snap/") {
		return false
	}
	names := func(p clients.Program) bool {
		return slices.Contains(strings.Split(filepath.ToSlash(folder), "/"), p.Name)
	}
	i := slices.IndexFunc(c.Programs, names)
	return f.Program == "" || i < 0 && !ownFolder(c, f.Program) || i >= 0 && c.Programs[i].Name == f.Program
}

// usedHere reports whether this user's own folder of the client contains anything.
func (l *look) usedHere(c *clients.Client, f *Client) bool {
	return slices.ContainsFunc(l.Folders(c), func(folder string) bool {
		if !strings.HasPrefix(folder, l.Home+"/") || !f.owns(c, folder) {
			return false
		}
		entries, err := fs.ReadDir(l.Disk, folder)
		return err == nil && len(entries) > 0
	})
}

// ownFolder reports whether the user's home has a folder named after one of the client's programs.
func ownFolder(c *clients.Client, program string) bool {
	return slices.ContainsFunc(c.Torrents, func(t clients.Folder) bool {
		return strings.HasPrefix(t.Path, "~/") && slices.Contains(strings.Split(t.Path, "/"), program)
	})
}
