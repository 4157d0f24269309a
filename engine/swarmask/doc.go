// Package swarmask does what the user wants from the swarm: it runs the node of the DHT, runs searches, finds names for
// hashes, and announces the user's own client to the DHT. All of it is in [Part].
//
// It shows values of package swarmview. Package network/swarm carries out a search, and package network/dht is the
// node.
package swarmask
