package localca

import (
	"bytes"
	"errors"

	"bittoratio/engine/store"
)

// errNoRoots means that this program does not know where the system has its authorities.
var errNoRoots = errors.New("this system's certificate authorities were not found")

// WriteBundle writes the system's authorities and this one into one file, for clients that trust only the authorities
// of one file, and would otherwise refuse every other server.
func (a *Authority) WriteBundle(folder *store.Folder) error {
	roots := systemRoots()
	if len(roots) == 0 {
		return errNoRoots
	}
	if !bytes.HasSuffix(roots, []byte("\n")) {
		roots = append(roots, '\n')
	}
	all := append(roots, a.PEM()...)
	if old, err := folder.ReadFile(store.BundleFile); err == nil && bytes.Equal(old, all) {
		return nil
	}
	return folder.WriteFile(store.BundleFile, all)
}
