// Package launch starts a client so that it comes through BittOratio and trusts its authority, for that run of the client
// alone, and writes the same as a line for a terminal. Which programs take which variables and options, package clients
// knows.
package launch
