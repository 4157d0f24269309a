// Package peerwire reads and writes what peers of a torrent exchange (BEP 3), as far as it is about the torrent's
// description: the handshake, the frames, the extension protocol (BEP 10), metadata (BEP 9) and the hashes of version 2
// (BEP 52). It has no message that asks for content or offers any.
//
// Package network/swarm has the connections, and decides what to request from which peer.
package peerwire
