package file

import (
	"io/fs"
	"os"
)

// own does nothing: a new file inherits the access list of its folder, as the client's own file did.
func own(*os.File, fs.FileInfo) error { return nil }

// ownerOf returns "unknown".
func ownerOf(string) int { return -1 }
