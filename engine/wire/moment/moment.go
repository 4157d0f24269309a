// Package moment has the times of the swarm's packages: numbers that can be compared, added and subtracted, and that
// take up one word.
package moment

import "time"

// Time is a time on a clock that never goes back, as the duration since its start. Zero means never; in calculations it
// is long ago.
type Time = time.Duration

// First is before all other moments, and long after zero.
const First Time = 1 << 62
