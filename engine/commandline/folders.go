package commandline

import (
	"os"
	"runtime"

	"bittoratio/engine/names"
)

// TorrentFolders returns the folders in which clients on this computer may store their torrents, for [engine.Options].
func TorrentFolders() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	return names.Places(runtime.GOOS, home, os.Getenv)
}
