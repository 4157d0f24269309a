// Package httptracker is what clients and trackers say to each other over HTTP (BEP 3, 7, 23, 48): it finds an announce
// or a scrape in a request beyond doubt, returns the one edit that reports another total, and reads a tracker's
// answers. A request is never built from what was read of it. No sockets, no clock, and nothing about what ought to be
// reported, may enter.
package httptracker
