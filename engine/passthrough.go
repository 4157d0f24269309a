package engine

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// SetAtOne lets clients go on reaching their trackers through here with nothing multiplied, for those who want the
// program out of the way while clients are pointed at it; false multiplies again. The chosen multiplier stays what it
// is, in the settings and in the window. It holds until the engine stops, and does nothing while it is off.
func (e *Engine) SetAtOne(atOne bool) {
	e.mu.Lock()
	atOne = atOne && e.run != nil
	changed := atOne != e.atOne
	e.atOne = atOne
	e.mu.Unlock()
	if !changed {
		return
	}
	e.setRules()
	if atOne {
		e.log.Info("forwarding at 1x: nothing is multiplied")
	} else {
		e.log.Info("multiplying again")
	}
	e.publish.mark()
}

// rulesInForce are what the reporter obeys; the caller holds mu.
func (e *Engine) rulesInForce() policy.Rules {
	if e.atOne {
		return policy.Rules{Factor: One}
	}
	s := e.inForce()
	return s.Rules()
}

// Pointed is a client that announces through here, as it says itself, and with how many torrents.
type Pointed struct {
	Client   string
	Torrents int
}

// Beyond its tracker's interval, and without one, a client may be silent for so long before it counts as gone.
const (
	lateAnnounce = 5 * time.Minute
	rareAnnounce = 35 * time.Minute
)

// Pointed are the clients that will miss this program when it stops: those that have announced lately and not said
// that they stopped. Those with the most torrents come first.
func (s *Snapshot) Pointed(now time.Time) []Pointed {
	var all []Pointed
	for _, t := range s.Torrents {
		silent := now.After(t.Last.Add(rareAnnounce))
		if !t.Next.IsZero() {
			silent = now.After(t.Next.Add(lateAnnounce))
		}
		if silent || t.Event == bittorrent.EventStopped {
			continue
		}
		at := 0
		for at < len(all) && all[at].Client != t.Client {
			at++
		}
		if at == len(all) {
			all = append(all, Pointed{Client: t.Client})
		}
		all[at].Torrents++
		for ; at > 0 && all[at].Torrents > all[at-1].Torrents; at-- {
			all[at], all[at-1] = all[at-1], all[at]
		}
	}
	return all
}
