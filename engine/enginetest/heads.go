package enginetest

import (
	"bittoratio/engine/exchange"
)

// Heads returns the heads of an exchange: the client's request, the request that was sent to the tracker, and the answer.
func Heads(client, sent, answer string) *exchange.Heads {
	return exchange.NewHeads([]byte(client), []byte(sent), []byte(answer))
}
