package report

import "errors"

// errBehind is the trouble after the journal can be written again, until a compaction writes what it lacks.
var errBehind = errors.New("some totals are not in the journal yet")
