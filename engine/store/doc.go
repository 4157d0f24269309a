// Package store is the data folder: its lock, its small files and its journals.
//
// It is the only package that writes files. At the user's request, [ReadBeside] reads a file of the user and
// [WriteBeside] makes one beside it; [ReadPlain] reads other programs' files. Only the user may access the folder
// (folder 0700, files 0600 from the moment they exist; on Windows an access list). Symbolic links are not followed, and
// one process at a time holds the folder.
//
// It has two kinds of files. A small file is replaced whole ([Folder.WriteFile]): a crash leaves the old or the new
// one. A journal grows by records ([Journal.Append]): when Append returns, the operating system has the record, so a
// crash of the process loses nothing; within a second it is on the disk, so a power cut loses at most that second. From
// a damaged journal every undamaged record is read, and the damaged file stays in the folder under a new name.
//
// This package does not know what records mean: to it a record is a line of bytes.
package store
