// Package launch starts a client so that, only in that run, it connects through BittOratio and trusts its authority. It
// also returns the command for a terminal that does the same. Package clients has the variables and options of each
// program.
package launch
