// Package swarm finds out what a torrent is from its swarm: a [Search] scrapes the link's trackers, looks for peers in
// the DHT and fetches the torrent's description (its metadata, BEP 9) from them, over TCP and µTP at the same time, one
// file from many peers. [Ask] decides whether a hash may be looked up at all.
//
// It never requests content, never offers any, and announces nothing to a tracker.
package swarm
