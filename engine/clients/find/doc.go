// Package find finds the BitTorrent clients that are installed or run on this computer, with their versions, and
// returns the way to set each up that fits its version.
//
// A client that runs may read other settings than the usual ones, because of its options or variables. Its file is the
// one that they name; in doubt it has none.
//
// It only reads: package lists, bundles, services, processes and settings files. The only thing that it runs is a
// program's --version: only if root installed the program, for at most two seconds, and never as root. Package clients
// has the names of each client's programs and packages.
package find
