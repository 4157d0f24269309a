package report

import "errors"

// errBehind is the state between a journal that can be written again and the compaction that writes what it missed.
var errBehind = errors.New("some totals are not in the journal yet")
