// Package clients has the facts about each BitTorrent client: how to connect it to this program, which of its versions
// reads which setting, where its file is on each system, what to write there, and what can go wrong. They are in this
// folder, one JSON file per client; the code only inserts the address.
//
// It reads and changes nothing on the computer, and its code contains no fact about a client.
package clients
