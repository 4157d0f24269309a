// Package names knows what torrents are called, how large they are and whether they are private. An announce carries
// only an info hash; the rest is in the folders in which clients on this computer keep their torrents, and in
// .torrent files and magnet links that the user hands over. Files are read as a stranger's: bounded, guarded, and only
// plain ones.
//
// Nothing here ever asks a network, and nothing is written: the book gives and takes its text, and others keep it.
package names
