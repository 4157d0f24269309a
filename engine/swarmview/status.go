package swarmview

import (
	"net/netip"

	"bittoratio/engine/bittorrent"
)

// Status is the part of a snapshot about the swarm.
type Status struct {
	On         bool   // the sockets are open; nothing is sent until something is looked up
	Fault      Fault  // why the sockets are closed although the user wants the swarm
	Port       uint16 // of UDP
	Full       bool   // others are answered now; otherwise the node is read-only
	Reached    bool   // queries of others have arrived
	Families   []Family
	Measuring  bool
	Wanted     int  // lookups that the running measurement will make in all
	Size       Size // of the running measurement, or of the last one until the first lookup; zero before any
	Days       []Day
	Searches   []*Search // newest first; a search that has changed, and only that, has another pointer
	Announcing int       // torrents for which the user's client is announced in the DHT
}

// Fault is why the sockets cannot be opened.
type Fault uint8

// The faults.
const (
	Fine        Fault = iota
	NoInterface       // the chosen interface does not exist: nothing is sent over another one
	NoPort            // the system gives no port
)

// Family is what the node knows over IPv4 or IPv6.
type Family struct {
	V6       bool
	ID       bittorrent.NodeID
	External netip.Addr // this computer as others see it; not valid until enough of them agree
	Buckets  []Bucket
	Nodes    []bittorrent.NodeID // nearest to ID first
}

// Bucket is one bucket of the table; its number is how many leading bits its nodes share with our id.
type Bucket struct{ Good, Other int }

// Size is an estimate of how many nodes the DHT has.
type Size struct {
	Lookups          int     // of the running measurement, if one runs
	Nodes, Low, High float64 // the estimate, and its 95 % interval
	Error            float64 // the relative standard error
}

// Day is the last estimate of a day.
type Day struct {
	Day     string  `json:"day"` // 2026-11-30, in UTC
	Nodes   float64 `json:"nodes"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Lookups int     `json:"lookups"`
}
