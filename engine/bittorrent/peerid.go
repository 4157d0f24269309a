package bittorrent

import "encoding/hex"

// PeerID identifies a client process (BEP 3), 20 bytes; by BEP 20 its head names the client.
type PeerID [20]byte

// ClientHead is how many bytes at the beginning of a peer id may name the client. What follows is random.
const ClientHead = 10

// String returns the id as 40 lower-case hex digits. It is a secret of the session: not for logs.
func (p PeerID) String() string { return hex.EncodeToString(p[:]) }
