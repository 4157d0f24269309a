package settings

import (
	"errors"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/localca"
)

// OpenHost returns the canonical form of an entry of [Settings.OpenHosts], from what a user may have typed, such as a
// tracker's whole address. The error is [ErrPasskey], [ErrNoHTTPS], or that the text is not a host.
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

// ErrNoHTTPS means that the address is that of a tracker with another protocol, which needs no decrypting.
var ErrNoHTTPS = errors.New("is the address of a tracker without https")

// ErrPasskey means that the host's name seems to contain a passkey, which a certificate would show.
var ErrPasskey = localca.ErrPasskey
