package engine

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// SetPassthrough lets clients go on reaching their trackers through here with nothing multiplied, for those who want the
// program out of the way while clients are pointed at it; false multiplies again. The chosen multiplier stays what it
// is, in the settings and in the window. It holds until the engine stops, and does nothing while it is off.
func (e *Engine) SetPassthrough(passthrough bool) {
	e.mu.Lock()
	passthrough = passthrough && e.run != nil
	changed := passthrough != e.passthrough
	e.passthrough = passthrough
	e.mu.Unlock()
	if !changed {
		return
	}
	e.setRules()
	if passthrough {
		e.log.Info("forwarding at 1x: nothing is multiplied")
	} else {
		e.log.Info("multiplying again")
	}
	e.publish.Mark()
}

// rulesInForce are what the reporter obeys; the caller holds mu.
func (e *Engine) rulesInForce() policy.Rules {
	if e.passthrough {
		return policy.Rules{Factor: policy.One}
	}
	s := e.settings.InForce()
	return s.Rules()
}

// ActiveClient is a client that announces through here, as it says itself, and with how many torrents.
type ActiveClient struct {
	Client   string
	Torrents int
}

// Beyond its tracker's interval, and without one, a client may be silent for so long before it counts as gone.
const (
	lateAnnounce = 5 * time.Minute
	rareAnnounce = 35 * time.Minute
)

// ActiveClients are the clients that will miss this program when it stops: those that have announced lately and not said
// that they stopped. Those with the most torrents come first.
func (s *Snapshot) ActiveClients(now time.Time) []ActiveClient {
	var all []ActiveClient
	type share struct {
		client string
		hash   bittorrent.InfoHash
	}
	counted := map[share]bool{}
	for _, t := range s.Torrents {
		silent := now.After(t.Last.Add(rareAnnounce))
		if !t.Next.IsZero() {
			silent = now.After(t.Next.Add(lateAnnounce))
		}
		if silent || t.Event == bittorrent.EventStopped {
			continue
		}
		if of := (share{t.Client, t.InfoHash}); counted[of] {
			continue // on another tracker, too
		} else {
			counted[of] = true
		}
		at := 0
		for at < len(all) && all[at].Client != t.Client {
			at++
		}
		if at == len(all) {
			all = append(all, ActiveClient{Client: t.Client})
		}
		all[at].Torrents++
		for ; at > 0 && all[at].Torrents > all[at-1].Torrents; at-- {
			all[at], all[at-1] = all[at-1], all[at]
		}
	}
	return all
}
