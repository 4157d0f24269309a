package swarmview

import (
	"time"

	"bittoratio/engine/bittorrent"
)

// Request names the torrent to look up, by one of the first three fields.
type Request struct {
	Link      string              // a magnet link, or only a hash
	Path      string              // of a .torrent file
	Hash      bittorrent.InfoHash // of a torrent that a client announces
	Confirmed bool                // the user has read that it looks private, and wants the search nevertheless
	Further   bool                // with more time
}

// State is how far a search is.
type State uint8

// The states.
const (
	Looking   State = iota
	Described       // the description has arrived, and seeders and leechers are still being counted
	Ended
)

// End is why a search ended.
type End uint8

// The ends.
const (
	EndNone        End = iota // it has not ended
	EndFound                  // the description has arrived
	EndNoNode                 // no node of the DHT answered; [Search.FirstNodes] has those that were asked
	EndNobody                 // nodes answered, but none named a peer
	EndUnreachable            // peers are named, but none can be reached
	EndNoMetadata             // the peers that were met do not have the description yet
	EndWrongHash              // descriptions arrived, all with another hash
	EndTimeOver               // peers answered, but the description was not complete in time, or none of it arrived
	EndStopped                // the user ended it
	EndPrivate                // it is private: only its own trackers were asked
	EndBroken                 // what peers sent has the right hash, but is not a torrent's description
	EndTooLarge               // peers have a description that is larger than is accepted
	EndOff                    // the swarm was switched off meanwhile
)

// Group is a kind of first nodes of the DHT.
type Group uint8

// The groups, in the order in which they are asked.
const (
	GroupSaved   Group = iota // nodes of the last run
	GroupGiven                // nodes of the link or the .torrent
	GroupClients              // the user's own clients
	GroupPeers                // nodes of peers that were met
	GroupRouters              // well-known names
)

// Search is one search of this run.
type Search struct {
	ID         uint64
	InfoHash   bittorrent.InfoHash
	Hash       string // as people write it: 40 hex digits, or 64 for a torrent of version 2 alone
	State      State
	End        End
	Began      time.Time
	Took       time.Duration // of a search that has ended
	Automatic  bool          // nobody clicked: a torrent of the table has no name
	Progress   Progress
	FirstNodes []Group // which were asked, in that order
	Announced  int     // nodes that this search made to know the user's own client
	Description
	There
}

// Progress is how far a search is.
type Progress struct {
	Queried, Answered int // nodes of the DHT
	Found, Tried      int // peers
	TCP, UTP          int // peers that were met, by transport
	Pieces, Of        int // of the description
	NoMetadata        int // peers that do not have the description
	Wrong             int // peers that sent a description with another hash
}

// Description is a torrent's description: its name, its size and its files.
type Description struct {
	Name        string // cleaned; before the description arrives, the name in the link, if there is one
	Known       bool   // the description has arrived: everything below is set
	Size        int64
	Files       []File // at most 100,000
	FileCount   int
	Private, V2 bool
	Bytes       int    // of the .torrent that can be saved; 0 if it cannot
	NoLayers    bool   // no peer sent the hashes without which a .torrent of version 2 is not valid
	FileName    string // that the .torrent may have
}

// File is one file of a torrent.
type File struct {
	Path string // its parts joined by "/"; cleaned, so that no part leads elsewhere
	Size int64
}

// There is who shares a torrent.
type There struct {
	Seeders, Leechers int // −1 where no source reported it
	Trackers          []Tracker
	Peers             []Peer // that were met
}

// Tracker has the counts of one tracker.
type Tracker struct {
	Address           string // masked
	Seeders, Leechers int
}

// Peer is a peer that was met. Its address is left out intentionally.
type Peer struct {
	Program string // as the peer reports it, cleaned; may be empty
	UTP     bool   // it was reached over µTP, otherwise over TCP
}

// May is what may be done about a torrent.
type May uint8

// What may be done.
const (
	MayNot May = iota // nothing, and no button
	MayAsk            // only after a warning that it looks private
	MayOwn            // it is private: only its own trackers may be asked
	MayGo             // strangers may be asked
)

// Question is what is known about a torrent before anything is sent.
type Question struct {
	May      May
	InfoHash bittorrent.InfoHash
	Hash     string   // as in [Search.Hash]
	Name     string   // cleaned; empty if unknown
	Trackers []string // masked
	Private  bool
}
