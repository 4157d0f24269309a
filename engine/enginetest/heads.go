package enginetest

import (
	"bittoratio/engine/exchange"
)

// Heads returns the bytes of an exchange, as they would have come over the wire.
func Heads(client, sent, answer string) *exchange.Heads {
	return exchange.NewHeads([]byte(client), []byte(sent), []byte(answer))
}
