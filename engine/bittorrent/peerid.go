package bittorrent

import "encoding/hex"

// PeerID names a client process (BEP 3), 20 bytes; by BEP 20 it tells which client.
type PeerID [20]byte

// String is the id as 40 lower-case hex digits. It is a secret of the session: not for logs.
func (p PeerID) String() string { return hex.EncodeToString(p[:]) }
