// Package krpc reads and writes the datagrams of the Mainline DHT as bytes: queries, replies and errors (BEP 5), nodes
// and peers over IPv6 (BEP 32), counts of a swarm (BEP 33), ids that follow from an address (BEP 42) and the mark of
// read-only nodes (BEP 43).
//
// What a node does with a message does not belong here, nor do sockets.
package krpc
