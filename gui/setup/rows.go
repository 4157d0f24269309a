//go:build !nogui

package setup

import (
	"errors"

	"bittoratio/engine/clientsetup"
	"bittoratio/gui/lang"
)

// names are the clients, in the order the list has them.
func names(clients []clientsetup.Client) []string {
	out := make([]string, 0, len(clients))
	for _, c := range clients {
		out = append(out, c.Name)
	}
	return out
}

// releases are the generations of a client's releases that are set up differently.
func releases(c clientsetup.Client) []string {
	out := make([]string, 0, len(c.Generations))
	for _, g := range c.Generations {
		out = append(out, g.Title)
	}
	return out
}

// unfilled says why a guide could not be filled in.
func unfilled(err error, addr string) string {
	if errors.Is(err, clientsetup.ErrNoPort) {
		return lang.L("The port is chosen when the program is switched on. Switch on first, or set a port in Settings.")
	}
	return lang.L("A client cannot be pointed at %s. Choose another address in Settings.", addr)
}
