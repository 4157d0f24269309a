// Package udptracker reads and writes what clients and trackers send each other in datagrams (BEP 15, and BEP 41 for
// the tail of an announce): it recognises datagrams, parses requests and answers, builds requests, and replaces the
// total, connection id or transaction id of an announce in place, so that every other byte stays. It has no sockets, no
// clock and no retries, and does not decide what is reported.
package udptracker
