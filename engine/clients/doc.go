// Package clients has the facts about each BitTorrent client: how it is pointed at this program, which of its versions
// read which setting, where its file is on each system, what to write there, and what goes wrong. They are in this
// folder, one JSON file a client; the code only fills in the address.
//
// It reads and changes nothing on the computer, and holds no fact about a client in code.
package clients
