package enginetest

import (
	"testing"
	"time"
	"unsafe"
)

// ClockAhead returns a moment as a clock shows it that is ahead by so many whole seconds (behind, if by is negative).
// What really passes until another moment, by the monotonic clock, stays the same. Package time has no way to make such
// a value; at is from [time.Now].
func ClockAhead(t testing.TB, at time.Time, by time.Duration) time.Time {
	t.Helper()
	ahead := at
	*(*uint64)(unsafe.Pointer(&ahead)) += uint64(by/time.Second) << 30 // the seconds of a value with a monotonic part
	if ahead.Sub(at) != 0 || ahead.UnixMilli()-at.UnixMilli() != by.Milliseconds() {
		t.Fatalf("package time has another form now: %v became %v", at, ahead)
	}
	return ahead
}
