package krpc

import (
	"errors"
	"net/netip"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// Sizes in bytes: of a datagram that is read at most, of one that is sent at most (BEP 32), and of a transaction id
// that is echoed at most.
const (
	MaxRead        = 4096
	MaxSent        = 1024
	MaxTransaction = 20
)

// Kind is the kind of a message: its `y`.
type Kind byte

// The kinds of messages.
const (
	Query Kind = 'q'
	Reply Kind = 'r'
	Error Kind = 'e'
)

// The methods of queries (BEP 5).
const (
	Ping         = "ping"
	FindNode     = "find_node"
	GetPeers     = "get_peers"
	AnnouncePeer = "announce_peer"
)

// The codes of errors (BEP 5).
const (
	ProtocolError = 203
	UnknownMethod = 204
)

// Want is the address families of the nodes that a query asks for (BEP 32); 0 means the socket's own.
type Want uint8

// The families.
const (
	WantV4 Want = 1 << iota
	WantV6
)

// Node is a node of the DHT: its id and where it is.
type Node struct {
	ID   bittorrent.NodeID
	Addr netip.AddrPort
}

// Message is one datagram. After [Parse] its slices share the datagram's bytes.
type Message struct {
	Kind        Kind
	Transaction []byte
	ReadOnly    bool           // the sender answers no queries (BEP 43)
	External    netip.AddrPort // of the receiver, as the sender sees it (BEP 42); some leave the port out: it is 0 then
	Method      string         // of a query
	Body        Body           // of a query its arguments, of a reply its values
	Code        int            // of an error
}

// Body has the fields of a query or a reply. A field that is missing on the wire or of the wrong type is zero.
type Body struct {
	ID     bittorrent.NodeID // of the sender
	HasID  bool              // an id of 20 bytes was there
	Token  []byte
	Asked  Asked  // of a query
	Nodes  []Node // of a reply
	Values []netip.AddrPort
	Seeds  *Bloom // BFsd
	Peers  *Bloom // BFpe: peers that are not seeds
}

// Asked are the arguments of a query other than its sender's id.
type Asked struct {
	Target      bittorrent.NodeID // `target` or `info_hash`
	HasTarget   bool
	Port        uint16 // of an announced peer; 0 where it is out of range
	ImpliedPort bool   // the port is the one that the query came from
	Seed        bool   // the announced peer has everything
	NoSeed      bool   // seeds are not wanted
	Scrape      bool   // counts are wanted (BEP 33)
	Want        Want
}

var (
	errNoMessage = errors.New("krpc: this is no message")
	limits       = bencode.Limits{Size: MaxRead, Depth: 16, Elements: 2048}
)

// Parse reads a datagram. It accepts unknown keys, keys in any order, repeated keys (the last one counts), and bytes
// after the message.
func Parse(b []byte) (Message, error) {
	if len(b) == 0 || b[0] != 'd' {
		return Message{}, errNoMessage
	}
	n, err := bencode.Check(b, limits)
	if err != nil {
		return Message{}, err
	}
	var m Message
	var arguments, values, fault bencode.RawMessage
	for key, v := range bencode.Entries(b, bencode.Span{End: n}) {
		raw := v.Of(b)
		switch string(key) {
		case "t":
			m.Transaction, _ = bencode.Text(raw)
		case "y":
			m.Kind = 0
			if y, _ := bencode.Text(raw); len(y) == 1 {
				m.Kind = Kind(y[0])
			}
		case "q":
			method, _ := bencode.Text(raw)
			m.Method = string(method)
		case "ro":
			m.ReadOnly = flag(raw)
		case "ip":
			m.External = external(raw)
		case "a":
			arguments = raw
		case "r":
			values = raw
		case "e":
			fault = raw
		}
	}
	switch {
	case len(m.Transaction) == 0 || len(m.Transaction) > MaxTransaction:
		return Message{}, errNoMessage
	case m.Kind == Query:
		m.Body.read(arguments)
	case m.Kind == Reply:
		m.Body.read(values)
	case m.Kind == Error:
		m.Code = code(fault)
	default:
		return Message{}, errNoMessage
	}
	if m.Kind != Query {
		m.Method = ""
	}
	return m, nil
}

// read reads a dictionary of a checked message; nil is an empty one.
func (o *Body) read(dict bencode.RawMessage) {
	if dict == nil {
		return
	}
	var v4, v6 bencode.RawMessage // of a repeated key the last counts
	for key, v := range bencode.Entries(dict, bencode.Span{End: len(dict)}) {
		raw := v.Of(dict)
		switch string(key) {
		case "id":
			o.ID, o.HasID = nodeID(raw)
		case "token":
			o.Token, _ = bencode.Text(raw)
		case "nodes":
			v4 = raw
		case "nodes6":
			v6 = raw
		case "values":
			o.Values = peers(raw)
		case "BFsd":
			o.Seeds = parseBloom(raw)
		case "BFpe":
			o.Peers = parseBloom(raw)
		default:
			o.Asked.read(string(key), raw)
		}
	}
	o.Nodes = appendNodes(appendNodes(nil, v4, 4), v6, 16)
}

func (a *Asked) read(key string, raw bencode.RawMessage) {
	switch key {
	case "target", "info_hash":
		a.Target, a.HasTarget = nodeID(raw)
	case "port":
		a.Port = 0
		if p, ok := bencode.Int(raw); ok && p > 0 && p <= 65535 {
			a.Port = uint16(p)
		}
	case "implied_port":
		a.ImpliedPort = flag(raw)
	case "seed":
		a.Seed = flag(raw)
	case "noseed":
		a.NoSeed = flag(raw)
	case "scrape":
		a.Scrape = flag(raw)
	case "want":
		a.Want = 0
		for v := range bencode.Elements(raw, bencode.Span{End: len(raw)}) {
			switch family, _ := bencode.Text(v.Of(raw)); string(family) {
			case "n4":
				a.Want |= WantV4
			case "n6":
				a.Want |= WantV6
			}
		}
	}
}

// flag reports whether a value is a number other than zero.
func flag(raw bencode.RawMessage) bool {
	n, ok := bencode.Int(raw)
	return ok && n != 0
}

func nodeID(raw bencode.RawMessage) (bittorrent.NodeID, bool) {
	b, ok := bencode.Text(raw)
	if !ok || len(b) != len(bittorrent.NodeID{}) {
		return bittorrent.NodeID{}, false
	}
	return bittorrent.NodeID(b), true
}

// code returns the number of an error: [number, text].
func code(raw bencode.RawMessage) int {
	if raw == nil {
		return 0
	}
	for v := range bencode.Elements(raw, bencode.Span{End: len(raw)}) {
		n, _ := bencode.Int(v.Of(raw))
		return int(n)
	}
	return 0
}
