// Package swarmask is what the program does in the swarm while the user wants it: it has the node of the DHT, runs the
// searches that the user asks for, finds names for hashes, and makes the user's own client known. [Part] owns all of it.
//
// What it shows are values of package swarmview. How a search goes is the business of package network/swarm, what the
// DHT is that of package network/dht.
package swarmask
