// Package clientstest tests the built program as a black box: by its command line, its log, its port and its data folder,
// as scripts and BitTorrent clients use them. It holds nothing but tests.
//
// Four kinds of tests live here:
//
//   - the contract of the headless program: flags, exit statuses, log lines, an orderly stop;
//   - captures: recorded requests of real clients, sent through the program to a tracker that records them byte for byte;
//   - with the build tag clients: transfers between Debian's Transmission, qBittorrent, Deluge, rTorrent and aria2, with
//     opentracker; the matrix covers every client by every way. They need a network of their own, which
//     "packaging/loopback go test -tags clients" makes;
//   - with the build tag swarm: the program and real clients resolve the same magnet links, on such a network, and their
//     times are compared.
//
// The program is built once for all tests, without its window. BITTORATIO=path tests the program at that path instead.
package clientstest
