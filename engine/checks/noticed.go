package checks

import "time"

// Noticed is what a torrent's tracker could notice about it, from the announces that reached the tracker in this run.
// The check of the port only uses the announced port; nothing is dialled.
type Noticed struct {
	Since    time.Time // when the first announce was checked; zero if none was
	Findings []Finding // the newest of each check that has fired, in the order of the checks
	Began    bool      // the first announce of each session was seen
	Counted  bool      // the tracker has reported how many peers lack something
	Rate     uint64    // bytes per second: the fastest growth between two announces; 0 if there were no two
	Line     uint64    // bytes per second, compared with Rate
	Ceiling  bool      // Line is the user's ceiling, not the default
}
