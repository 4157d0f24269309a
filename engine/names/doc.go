// Package names knows what torrents are called, how large they are and whether they are private. An announce carries
// only an info hash; the rest is in the folders in which clients on this computer keep their torrents, and in
// .torrent files and magnet links that the user hands over. Files are read as a stranger's: bounded, guarded, and only
// plain ones.
//
// This package uses no network and writes no file: the book returns and restores its text, which the caller saves.
package names
