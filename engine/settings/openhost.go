package settings

import (
	"errors"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/localca"
)

// OpenHost returns an entry of [Settings.OpenHosts] in the one way it is written, from the way a person may write it, which
// may be a tracker's whole address; the error is [ErrPasskey], [ErrNoHTTPS], or that it is no host.
func OpenHost(text string) (string, error) {
	scheme, host := bittorrent.Authority(text)
	if scheme != "" && scheme != "https" {
		return "", ErrNoHTTPS
	}
	h, err := localca.ParseHost(host)
	if err != nil {
		return "", err
	}
	return h.String(), nil
}

// ErrNoHTTPS is the address of a tracker that speaks another protocol: nothing of it is encrypted.
var ErrNoHTTPS = errors.New("is the address of a tracker without https")

// ErrPasskey is a host whose name holds what looks like a passkey, which a certificate would show.
var ErrPasskey = localca.ErrPasskey
