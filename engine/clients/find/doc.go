// Package find finds the BitTorrent clients that are installed or run on this computer, with their versions, and
// returns the way to set each up that fits its version.
//
// A client that runs may read another settings file than the usual one, because of its options or variables. Then that
// one is its file. If it is not certain which file a client reads, none is changed.
//
// It only reads: package lists, bundles, services, processes and settings files. The only thing that it runs is a
// program's --version: only if root installed the program, for at most two seconds, and never as root. Package clients
// has the names of each client's programs and packages.
package find
