// Package enginetest is for tests only: a [Tracker] that records what it receives and plays what a test says, a scripted
// [Client], an engine in a folder of its own, names that resolve here, and a check that no goroutine is left. All of it speaks bytes, never
// net/http, since bytes are what is promised. It must not enter the program.
package enginetest
