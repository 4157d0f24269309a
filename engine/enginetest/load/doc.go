// Command load measures what the program costs an announce, beside a direct connection, the least that a Go proxy can
// do (the raw floor), and net/http/httputil.ReverseProxy, all in one run on this machine, and prints ratios. It is for
// Linux, since it reads processor time from /proc.
//
//	go run ./engine/enginetest/load            builds the nogui program and measures it
//	go run ./engine/enginetest/load -prog BIN  measures that one
//
// The cells https, httpsnew and httpskept are a run of their own, beside the tracker itself and an interceptor built on
// net/http.
//
// Every announce is checked where it arrives: a cell counts only if the origin got every one of them, and their sum is
// exactly three times what the clients said (once for direct). Everything stays on loopback.
package main
