package dht

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
)

const (
	maxSaved     = 200      // nodes of each family
	maxStateFile = 16 << 10 // bytes
)

// State is what a node saves from one run to the next.
type State struct {
	Port     uint16         // of the sockets
	Families [2]FamilyState // IPv4, IPv6
}

// FamilyState is the state of one address family.
type FamilyState struct {
	ID       bittorrent.NodeID // zero: none yet
	External netip.Addr        // as others saw us
	Nodes    []krpc.Node
}

type stateFile struct {
	Version int        `json:"version"`
	Port    uint16     `json:"port"`
	IPv4    familyFile `json:"ipv4"`
	IPv6    familyFile `json:"ipv6"`
}

type familyFile struct {
	ID      string `json:"id,omitempty"`
	Address string `json:"address,omitempty"`
	Nodes   string `json:"nodes,omitempty"` // as in a reply of the DHT, in base64
}

// State returns what to save: the ids, our address, and the nodes that failed least recently.
func (n *Node) State() (s State) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, f := range n.core.families {
		if f == nil {
			continue
		}
		s.Port = f.socket.LocalAddr().Port()
		nodes := f.table.remembered(maxSaved)
		if len(nodes) == 0 {
			nodes = f.saved // no node was needed in this run
		}
		s.Families[i] = FamilyState{ID: f.self, External: f.votes.address, Nodes: nodes}
	}
	return s
}

// Marshal returns the state as a file, at most 16 KiB.
func (s State) Marshal() []byte {
	f := stateFile{Version: 1, Port: s.Port, IPv4: s.Families[0].file(maxSaved), IPv6: s.Families[1].file(maxSaved / 2)}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // never: it has only strings
	}
	return append(b, '\n')
}

func (s FamilyState) file(most int) (f familyFile) {
	if s.ID == (bittorrent.NodeID{}) {
		return f
	}
	f.ID = s.ID.String()
	if s.External.IsValid() {
		f.Address = s.External.String()
	}
	var b []byte
	for _, n := range s.Nodes[:min(most, len(s.Nodes))] {
		b = krpc.AppendAddr(append(b, n.ID[:]...), n.Addr)
	}
	f.Nodes = base64.StdEncoding.EncodeToString(b)
	return f
}

// ParseState reads a file. It returns an error for a damaged one: then the node begins without it.
func ParseState(b []byte) (s State, err error) {
	var f stateFile
	if len(b) > maxStateFile {
		return s, fmt.Errorf("read the saved nodes: the file has %d bytes", len(b))
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return s, fmt.Errorf("read the saved nodes: %w", err)
	}
	s.Port = f.Port
	if s.Families[0], err = f.IPv4.parse(26); err == nil {
		s.Families[1], err = f.IPv6.parse(38)
	}
	if err != nil {
		return State{}, fmt.Errorf("read the saved nodes: %w", err)
	}
	return s, nil
}

func (f familyFile) parse(size int) (s FamilyState, err error) {
	if f.ID == "" {
		return s, nil
	}
	id, err := hex.DecodeString(f.ID)
	if err != nil || len(id) != len(s.ID) {
		return s, fmt.Errorf("the id has %d digits", len(f.ID))
	}
	s.ID = bittorrent.NodeID(id)
	if f.Address != "" {
		if s.External, err = netip.ParseAddr(f.Address); err != nil {
			return s, err
		}
	}
	b, err := base64.StdEncoding.DecodeString(f.Nodes)
	if err != nil || len(b)%size != 0 {
		return s, fmt.Errorf("the nodes have %d bytes", len(b))
	}
	for ; len(b) > 0; b = b[size:] {
		if a, ok := krpc.ParseAddr(b[20:size]); ok {
			s.Nodes = append(s.Nodes, krpc.Node{ID: bittorrent.NodeID(b[:20]), Addr: a})
		}
	}
	return s, nil
}
