// Package swarmview has the values that show what the program does in the swarm: the node of the DHT, searches, how large
// the DHT is. Nobody changes one after it was given out.
//
// What happens behind them is the business of package swarmask; sentences for people are the window's.
package swarmview
