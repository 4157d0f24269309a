package swarmview

import (
	"time"

	"bittoratio/engine/bittorrent"
)

// Request names the torrent that the user looks up, by one of the first three fields.
type Request struct {
	Link      string              // a magnet link, or a hash alone
	Path      string              // of a .torrent file
	Hash      bittorrent.InfoHash // of a torrent that a client announces
	Confirmed bool                // the user read that it looks private, and wants it all the same
	Further   bool                // with a longer time
}

// State is how far a search is.
type State uint8

// The states.
const (
	Looking   State = iota
	Described       // the description is here, and seeders and leechers are still counted
	Ended
)

// End is why a search ended.
type End uint8

// The ends.
const (
	EndNone        End = iota // it has not
	EndFound                  // the description is here
	EndNoNode                 // no node of the DHT answered; [Search.FirstNodes] has those that were asked
	EndNobody                 // nodes answered, and none named a peer
	EndUnreachable            // peers are named, and none can be reached
	EndNoMetadata             // the peers that were met do not have the description yet
	EndWrongHash              // descriptions came, all with another hash
	EndTimeOver               // peers answered, and the description was not whole in time, or nothing of it came
	EndStopped                // the user ended it
	EndPrivate                // it is private: only its own trackers were asked
	EndBroken                 // what peers send has the right hash and describes no torrent
	EndOff                    // the swarm was switched off meanwhile
)

// Group is a kind of first nodes of the DHT.
type Group uint8

// The groups, in the order in which they are asked.
const (
	GroupSaved   Group = iota // nodes of the last time
	GroupGiven                // nodes of the link or the .torrent
	GroupClients              // the user's own clients
	GroupPeers                // nodes of peers that were met
	GroupRouters              // well-known names
)

// Search is one search of this session.
type Search struct {
	ID         uint64
	InfoHash   bittorrent.InfoHash
	Hash       string // as people write it: 40 hex digits, 64 for a torrent of version 2 alone
	State      State
	End        End
	Began      time.Time
	Took       time.Duration // of one that has ended
	Automatic  bool          // not by a click: a torrent of the table has no name
	Progress   Progress
	FirstNodes []Group // which were asked, in that order
	Announced  int     // nodes that know the user's own client now, by this search
	Description
	There
}

// Progress is how far a search is.
type Progress struct {
	Queried, Answered int // nodes of the DHT
	Found, Tried      int // peers
	TCP, UTP          int // peers that were met, by the way they were reached
	Pieces, Of        int // of the description
	NoMetadata        int // peers that do not have the description
	Wrong             int // peers that sent a description with another hash
}

// Description is a torrent's description: its name, its size and its files.
type Description struct {
	Name        string // cleaned; the link's own word before the description is here, empty where it has none
	Known       bool   // the description is here: all below is right
	Size        int64
	Files       []File // at most 100,000
	FileCount   int
	Private, V2 bool
	Bytes       int    // of the .torrent that can be saved; 0 where it cannot
	NoLayers    bool   // no peer gave the hashes without which a .torrent of version 2 is not valid
	FileName    string // that the .torrent may have
}

// File is one file of a torrent.
type File struct {
	Path string // its parts with "/" between; cleaned: no part leads elsewhere
	Size int64
}

// There is who shares a torrent.
type There struct {
	Seeders, Leechers int // −1 where no source reported it
	Trackers          []Tracker
	Peers             []Peer // that were met
}

// Tracker is what one tracker counts.
type Tracker struct {
	Address           string // masked
	Seeders, Leechers int
}

// Peer is a peer that was met. Its address is left out on purpose.
type Peer struct {
	Program string // as it names itself, cleaned; empty if it does not
	UTP     bool   // it was reached over µTP, otherwise over TCP
}

// May is what may be done for a torrent.
type May uint8

// What may be done.
const (
	MayNot May = iota // nothing, and no button
	MayAsk            // only after the user read that it looks private
	MayOwn            // it is private: only its own trackers may be asked
	MayGo             // strangers may be asked
)

// Question is what is known of a torrent before anything is sent.
type Question struct {
	May      May
	InfoHash bittorrent.InfoHash
	Hash     string   // as [Search.Hash]
	Name     string   // cleaned; empty where it is not known
	Trackers []string // masked
	Private  bool
}
