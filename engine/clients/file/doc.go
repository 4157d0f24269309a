// Package file changes a client's own settings file for the user, so that the client uses this program, and undoes
// that. Package clients has the keys and files.
//
// It writes only such a file and the backup beside it, only on request, and never while the client runs, which would
// overwrite it when it ends. A file is always replaced whole: it is the old one or the new one. Everything that is not
// changed stays as it is, byte for byte.
package file
