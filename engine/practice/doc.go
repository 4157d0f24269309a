// Package practice is a small, real BitTorrent tracker in memory, to try BittOratio with and to test clients or a
// tracker's rules: announce and scrape over HTTP (BEP 3, 7, 23, 24, 31, 48) and over UDP (BEP 15, 41).
//
// It applies to every peer the five checks that private trackers commonly make (see [Check]), and shows what it noticed
// and from which numbers. It takes no action. A real tracker may have other checks.
//
// [Tracker] holds the swarms and takes the time as an argument, so tests run it without a socket. [Listen] puts it on a
// TCP and a UDP socket of one address; [Server.Serve] answers there.
package practice
