// Package swarmview has the values that show what the program does in the swarm: the node of the DHT, searches, how
// large the DHT is. A published value never changes.
//
// What happens behind them is the business of package swarmask; sentences for people are the window's.
package swarmview
