package swarm

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/metainfo"
	"bittoratio/engine/wire/peerwire"
)

// Reason is why a search found no description.
type Reason int

// Why a search found no description, in the order of Reason's values.
const (
	NotAllowed  Reason = iota // not allowed: see [Ask]
	NoNode                    // no node of the DHT answered, and no other source named a peer
	Nobody                    // no peer was named
	Unreachable               // peers were named, but none answered
	NoMetadata                // peers answered, but do not have the description yet
	TooLarge                  // peers have a description that is larger than is accepted
	WrongHash                 // descriptions arrived, but all had another hash
	TimeOver                  // peers answered, but the description was not complete in time, or none of it arrived
	Stopped                   // the user ended it
)

// Failure is why and where a search ended without a description.
type Failure struct {
	Reason Reason
	Progress
}

// Error returns the reason in English, for the command line.
func (f *Failure) Error() string {
	n := strconv.Itoa
	switch f.Reason {
	case NotAllowed:
		return "a private torrent is not looked for"
	case NoNode:
		return "no node of the DHT answered, and no tracker or link named a peer"
	case Nobody:
		return "nobody has it: " + n(f.Answered) + " nodes of the DHT answered, and none names a peer"
	case Unreachable:
		return n(f.Found) + " peers are named, and none of the " + n(f.Tried) + " that were tried can be reached"
	case NoMetadata:
		return "the peers that answered do not have the description yet"
	case TooLarge:
		return "the description is larger than the " + n(peerwire.MaxMetadata>>20) + " MiB that are accepted"
	case WrongHash:
		return "the description that came has another hash; " + n(f.Wrong) + " peers sent such a one"
	case TimeOver:
		if f.Of == 0 {
			return "the peers that answered sent nothing of the description"
		}
		return "peers answered, but the description was not whole in time: " + n(f.Pieces) + " of " + n(f.Of) + " parts"
	}
	return "the search was stopped"
}

// failure returns the reason for the end of a search without a description.
func (s *Search) failure(ctx context.Context) *Failure {
	f := &Failure{Progress: s.Progress()}
	met := f.Met[TCP] + f.Met[UTP]
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // not its cause, which may be a signal
		f.Reason = Stopped
	case f.Wrong > 0:
		f.Reason = WrongHash
	case met > 0 && f.Of == 0 && f.TooLarge > 0:
		f.Reason = TooLarge
	case met > 0 && f.Of == 0 && f.NoMetadata > 0:
		f.Reason = NoMetadata
	case met > 0:
		f.Reason = TimeOver
	case f.Found > 0:
		f.Reason = Unreachable
	case s.query.Verdict == Allowed && s.network.Lookup != nil && f.Answered == 0:
		f.Reason = NoNode
	default:
		f.Reason = Nobody
	}
	return f
}

// maxFiles is the largest number of files that are listed.
const maxFiles = 100_000

// Peer is a peer that the search connected to.
type Peer struct {
	Addr    netip.AddrPort
	Way     Way
	Program string // as the peer reports it, cleaned; empty if it did not
}

// Tracker is what one tracker counts.
type Tracker struct {
	Address string // it may hold a key: never print it
	Swarm   bittorrent.Swarm
}

// Result is what a search found. Without a description only the counts are set.
type Result struct {
	Dictionary []byte // the description, byte for byte
	Name       string // cleaned
	Size       int64
	Files      []swarmview.File // at most 100,000
	FileCount  int
	Private    bool
	V1, V2     bool              // the versions whose hashes it has
	Layers     map[string][]byte // see [metainfo.Around]; nil for version 1
	Missing    bool              // no peer gave the layers, without which a .torrent would not be valid

	Seeders, Leechers int // −1 where no source reported it
	Trackers          []Tracker
	Peers             []Peer           // met
	Nodes             []netip.AddrPort // of the DHT, nearest to the hash first
	Progress          Progress
}

// Nothing returns the result of a search that found nothing.
func Nothing() *Result { return &Result{Seeders: -1, Leechers: -1} }

// result returns what is known now; whole is the description.
func (s *Search) result(whole []byte) *Result {
	r := &Result{Progress: s.Progress()}
	r.Seeders, r.Leechers = r.Progress.Seeders, r.Progress.Leechers
	s.mu.Lock()
	defer s.mu.Unlock()
	var trackers []string
	for t := range s.swarms {
		trackers = append(trackers, t)
	}
	slices.Sort(trackers)
	for _, t := range trackers {
		r.Trackers = append(r.Trackers, Tracker{t, s.swarms[t]})
	}
	r.Peers = s.met()
	r.Nodes = slices.Clone(s.nearest)
	if whole != nil {
		r.describe(whole)
		if r.V2 && r.Dictionary != nil {
			var ok bool
			r.Layers, ok = s.layers.bytes()
			r.Missing = !ok
		}
	}
	if r.Private {
		r.Peers, r.Nodes = nil, nil // what strangers sent is dropped (BEP 27)
	}
	return r
}

// Met returns the peers that the search has met so far.
func (s *Search) Met() []Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met()
}

// met is [Search.Met] for callers that hold s.mu.
func (s *Search) met() (out []Peer) {
	for _, c := range s.sorted(byAddress) {
		if c.met {
			out = append(out, Peer{c.addr, c.way, c.program})
		}
	}
	return out
}

// sorted returns all peers, sorted by order. s.mu is held.
func (s *Search) sorted(order func(a, b *contact) int) (all []*contact) {
	for _, c := range s.contacts {
		all = append(all, c)
	}
	slices.SortFunc(all, order)
	return all
}

// Describe reads a description. The result's dictionary is nil if it cannot be read.
func Describe(dictionary []byte) *Result {
	r := new(Result)
	r.describe(dictionary)
	return r
}

// describe sets the fields that a description determines: none if it has the right hash but cannot be read.
func (r *Result) describe(whole []byte) {
	d, err := metainfo.ParseDictionary(whole)
	if err != nil {
		return
	}
	r.Dictionary, r.Name, r.Private, r.V1, r.V2 = whole, names.Clean(d.Name), d.Private, d.V1, d.V2
	for f := range d.Files() {
		if r.FileCount++; len(r.Files) < maxFiles {
			r.Files = append(r.Files, swarmview.File{Path: cleanPath(f.Path), Size: f.Size})
		}
		if r.Size += f.Size; r.Size < 0 {
			r.Size = 1<<63 - 1
		}
	}
}

// cleanPath joins the parts of a file's path for people to read. Each part is cleaned by [CleanName], so none leads out of
// the torrent's folder.
func cleanPath(parts [][]byte) string {
	const deepest = 32
	var b strings.Builder
	for i, p := range parts {
		if i == deepest {
			b.WriteString("/…")
			break
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(CleanName(string(p)))
	}
	return b.String()
}

// CleanName returns a name that may be the name of one file on any system: cleaned for people, without separators, and
// never one that leads elsewhere.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, names.Clean(name))
	if name = strings.TrimRight(name, ". "); name == "" {
		return "_"
	}
	return name
}
