// Package moment is time as the parts of the swarm keep it: in one word, reckoned with as with any number.
package moment

import "time"

// Time is when something was or will be, by a clock that only goes forward. Zero is never; reckoned with, it is long ago.
type Time = time.Duration

// First is before all other moments, and long after zero.
const First Time = 1 << 62
