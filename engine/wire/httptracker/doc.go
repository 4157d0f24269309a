// Package httptracker reads what clients and trackers send each other over HTTP (BEP 3, 7, 23, 48): it recognises an
// announce or a scrape in a request with certainty, returns the one edit that reports another total, and reads a
// tracker's answers. It never builds a request from parsed fields. It has no sockets and no clock, and does not decide
// what is reported.
package httptracker
