// Package dht is a node of the Mainline DHT (BEP 5, 32, 33, 42, 43): it looks for the peers of an info hash, counts
// them, measures how large the whole DHT is, and answers others if the user wants that and others can reach it.
//
// The routing table, a lookup, the stored peers and the estimate of the size take the time from their callers and
// return what is to be sent; only [Node] has the sockets and the timer. An idle node sends nothing.
//
// The bytes of datagrams do not belong here (see wire/krpc), nor do the rules for which hashes may be looked up (see
// network/swarm).
package dht
