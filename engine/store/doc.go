// Package store is the data folder: who holds it, its small files, its journals.
//
// It is the only package that writes files. Two functions read a file of the user and make one beside it, when the user
// asks for that ([ReadBeside], [WriteBeside]). Everything in the folder is for the user alone (folder 0700, files 0600
// from the moment they exist; on Windows an access list for the user), symbolic links are not followed, and one process
// at a time holds the folder.
//
// Two kinds of file live there. A small file is replaced whole ([Folder.WriteFile]): a crash leaves the old or the
// new one. A journal grows by records ([Journal.Append]): a record is with the operating system when Append
// returns, so the death of the process loses nothing, and on the disk within a second, so a power cut loses at most
// that second. A damaged journal gives back every record that is still whole and is never silently emptied: the
// damaged file stays in the folder under a new name.
//
// This package must not know what records mean: to it a record is a line of bytes.
package store
