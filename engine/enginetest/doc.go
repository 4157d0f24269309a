// Package enginetest helps tests of the engine: a [Tracker] that records what it receives and answers as the test says, a
// [Client] that sends and reads bytes, an engine with a folder of its own, host names that the test resolves, and a check
// that no goroutine is left. Clients and trackers exchange bytes and do not use net/http, because the engine promises which
// bytes it sends. The program must not import this package.
package enginetest
