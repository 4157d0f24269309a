package settings

import (
	"errors"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/localca"
)

// OpenHost returns the one spelling of an entry of [Settings.OpenHosts], from what a user may have typed, such as a
// tracker's whole address. The error is [ErrPasskey], [ErrNoHTTPS], or that it is no host.
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

// ErrNoHTTPS is the address of a tracker with another protocol, which needs no decrypting.
var ErrNoHTTPS = errors.New("is the address of a tracker without https")

// ErrPasskey is a host whose name seems to contain a passkey, which a certificate would show.
var ErrPasskey = localca.ErrPasskey
