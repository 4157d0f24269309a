// Command load measures how much time and processor time the program adds to an announce. In the same run it measures, for
// comparison, a direct connection, the least that a Go proxy can do (the raw floor), and net/http/httputil.ReverseProxy,
// and prints the ratios. It runs on Linux only, since it reads processor time from /proc.
//
//	go run ./engine/enginetest/load            builds the program without its window, and measures it
//	go run ./engine/enginetest/load -prog BIN  measures the program BIN
//
// A cell is one measurement: a kind of connection and a number of workers, such as kept/32. The cells https, httpsnew and
// httpskept are measured in a second run, which compares the program with a direct connection and with an interceptor that
// is built on net/http.
//
// The command fails unless the origin, which is its tracker, receives every announce of a cell, with a sum of exactly three
// times the clients' totals, or once for direct. Everything stays on loopback.
package main
