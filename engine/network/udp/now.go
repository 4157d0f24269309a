package udp

import (
	"time"

	"bittoratio/engine/wire/moment"
)

var start = time.Now()

// Now returns the present moment. It is called in so many places that copies there were 1.6 kB of the program.
//
//go:noinline
func Now() moment.Time { return moment.First + time.Since(start) }

// Until returns how long it is until a moment.
func Until(t moment.Time) time.Duration { return t - Now() }
