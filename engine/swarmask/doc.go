// Package swarmask is what the program does in the swarm while the user wants it: it has the node of the DHT, runs the
// searches that the user asks for, finds names for hashes, and announces the user's own client to the DHT. [Part] owns
// all of it.
//
// It shows values of package swarmview. Package network/swarm carries out a search, and package network/dht is the
// node.
package swarmask
