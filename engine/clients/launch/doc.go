// Package launch starts a client so that it connects through BittOratio and trusts its authority, for that run of the
// client alone, and writes the same as a line for a terminal. Package clients has the variables and options of each
// program.
package launch
