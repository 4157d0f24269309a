// Package names finds out the names of torrents, their sizes and whether they are private. An announce has only an info
// hash; the rest is in the folders in which clients on this computer store their torrents, and in .torrent files and
// magnet links from the user. Files are not trusted: only plain ones are read, with limits and a guard.
//
// This package uses no network and writes no file: the caller saves the book's text.
package names
