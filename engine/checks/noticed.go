package checks

import "time"

// Noticed is what a torrent's tracker could notice of it, from the announces that reached the tracker in this run. The
// check of the port goes by the port that the client announces; nothing is dialled.
type Noticed struct {
	Since    time.Time // of the first announce that was looked at; zero if there was none
	Findings []Finding // the newest of each check that fired, in the order of the checks
	Began    bool      // the first announce of each session was seen
	Counted  bool      // the tracker has said how many peers lack something
	Rate     uint64    // bytes per second: the fastest growth between two announces; 0 where there were no two
	Line     uint64    // bytes per second that the rate is compared with
	Ceiling  bool      // Line is the user's, not a guess
}
