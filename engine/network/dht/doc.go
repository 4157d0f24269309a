// Package dht is a node of the Mainline DHT (BEP 5, 32, 33, 42, 43): it finds the peers of an info hash, counts them,
// estimates the size of the whole DHT, and answers others if the user wants that and others can reach it.
//
// The routing table, a lookup, the stored peers and the estimate of the size take the time from their callers, and
// return what to send; only [Node] has the sockets and the timer. An idle node sends nothing.
//
// The bytes of datagrams do not belong here (see wire/krpc), nor do the rules for which hashes may be looked up (see
// network/swarm).
package dht
