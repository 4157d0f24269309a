// Package swarmview has the values that show what the program does in the swarm: the node of the DHT, searches, and the
// size of the DHT. A published value never changes.
//
// Package swarmask produces them; the window has the texts for people.
package swarmview
