// Package clientstest drives the built program as a black box: from outside, by its command line, its log, its port and
// its data folder, as scripts and BitTorrent clients do. It holds tests and nothing else, and knows nothing of how the
// program is made inside.
//
// Four kinds of tests live here:
//
//   - the contract of the headless program: flags, exit statuses, log lines, the order of a stop;
//   - captures: requests of real clients, byte for byte, sent through the program to a tracker that records them;
//   - with the build tag clients: opentracker, Transmission, qBittorrent, Deluge, rTorrent and aria2, as Debian packages
//     them, which really share a torrent; the matrix has every client by every way in.
//     They need addresses that only a network of their own has: packaging/loopback go test -tags clients makes it.
//   - with the build tag swarm: magnet links resolved among real clients, beside those clients, in the same network.
//
// The program is built once a run, without its window. BITTORATIO=path tests that one instead.
package clientstest
