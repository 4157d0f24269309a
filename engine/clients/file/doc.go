// Package file changes a client's own settings file for the user, so that the client uses this program, and undoes
// that. Package clients has the keys and files.
//
// It writes nothing but such a file and its backup beside it, only when it is asked to, never while the client runs
// (the client would write over it when it ends), and never a part of a file: it is the old one or the new one. All
// that is not changed stays as it is, byte for byte.
package file
