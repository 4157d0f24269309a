package httpway

import (
	"errors"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

const portWords = "no tracker listens on that port; browsers do not go there either"

var errHome = errors.New("that address leads back to this program")

// refuse answers a request that is not passed on, and ends the connection, because the bytes that follow may be part of
// the request.
func (c *Stream) refuse(status int, reason string, p exchange.Problem) (keep bool) {
	c.client.Refuse(status, reason)
	c.s.Note(exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: p, Status: status, Detail: reason, Swarm: bittorrent.UnknownSwarm})
	return false
}
