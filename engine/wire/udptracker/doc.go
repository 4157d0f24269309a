// Package udptracker is what clients and trackers say to each other in datagrams (BEP 15, and BEP 41 for the tail of an
// announce): it tells what a datagram is, reads requests and answers, makes requests, and puts another total, another
// connection id or another transaction id into an announce in its place, so that every other byte stays. No sockets, no
// clock, no resending, and nothing about what ought to be reported, may enter.
package udptracker
